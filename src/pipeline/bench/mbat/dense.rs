//! Dense random matrices, which our bindings are held against: Gaussian ones, and orthogonal ones of Haar measure.
//!
//! An orthogonal matrix of Haar measure is the Q of the QR decomposition of a Gaussian matrix, its columns times the signs of
//! R's diagonal (Stewart, "The efficient generation of random orthogonal matrices with an application to condition
//! estimators", SIAM J. Numer. Anal. 17(3), 1980; without the signs Q is orthogonal, but not Haar). [`haar`] does that.
//! [`Reflections`] is the other form of the same paper: the reflections that such a decomposition would find are drawn by
//! themselves, since what each of them is made from is Gaussian again. They are applied in the time of a product with the
//! matrix, and neither the decomposition (seconds at 1,024 dimensions) nor the matrix is ever made.

use crate::mbat::atoms::mix;
use nalgebra::DMatrix;
use std::f32::consts::TAU;

/// Normal deviates from a seed, without end (Box and Muller, 1958).
#[derive(Debug, Clone)]
pub struct Normals {
    seed: u64,
    drawn: u64,
    spare: Option<f32>,
}

impl Normals {
    /// The deviates of a seed.
    pub fn new(seed: u64) -> Normals {
        Normals { seed, drawn: 0, spare: None }
    }
}

impl Iterator for Normals {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if let Some(spare) = self.spare.take() {
            return Some(spare);
        }
        let bits = mix(self.seed, self.drawn);
        self.drawn += 1;
        let part = 1.0 / (1 << 24) as f32;
        // Above 0, so that it has a logarithm.
        let uniform = ((bits >> 40) + 1) as f32 * part;
        let (sin, cos) = ((bits & 0xff_ffff) as f32 * part * TAU).sin_cos();
        let radius = (-2.0 * uniform.ln()).sqrt();
        self.spare = Some(radius * sin);
        Some(radius * cos)
    }
}

/// A matrix of normal deviates of variance 1 / rows: a square one keeps the length of a vector in the mean, not of each.
pub fn gaussian(rows: usize, columns: usize, seed: u64) -> DMatrix<f32> {
    let scale = 1.0 / (rows as f32).sqrt();
    let mut normals = Normals::new(seed);
    DMatrix::from_fn(rows, columns, |_, _| normals.next().unwrap_or_default() * scale)
}

/// An orthogonal matrix of Haar measure. Time: a QR decomposition, in 64 bits, so that rounding to 32 is its only error.
pub fn haar(dims: usize, seed: u64) -> DMatrix<f32> {
    let (mut q, r) = gaussian(dims, dims, seed).cast::<f64>().qr().unpack();
    for (mut column, diagonal) in q.column_iter_mut().zip(r.diagonal().iter()) {
        if *diagonal < 0.0 {
            column.neg_mut();
        }
    }
    q.cast()
}

/// An orthogonal matrix of Haar measure as a product of reflections.
#[derive(Debug, Clone, Copy)]
pub struct Reflections {
    /// Rows and columns.
    pub dims: usize,
    /// What it is drawn from.
    pub seed: u64,
}

impl Reflections {
    /// The products of the matrix with the columns of another.
    pub fn apply(self, columns: &mut DMatrix<f32>) {
        self.change_signs(columns);
        (0..self.dims).rev().for_each(|step| self.reflect(step, columns));
    }

    /// The products of the transpose with the columns of another matrix.
    pub fn apply_transposed(self, columns: &mut DMatrix<f32>) {
        (0..self.dims).for_each(|step| self.reflect(step, columns));
        self.change_signs(columns);
    }

    /// The column from which a decomposition would make its reflection of a step.
    fn column(self, step: usize) -> impl Iterator<Item = f32> {
        Normals::new(mix(self.seed, step as u64)).take(self.dims - step)
    }

    /// R's diagonal has the sign that the column's first number has not.
    fn change_signs(self, columns: &mut DMatrix<f32>) {
        for (step, mut row) in columns.row_iter_mut().enumerate() {
            if self.column(step).next().is_some_and(|first| first >= 0.0) {
                row.neg_mut();
            }
        }
    }

    fn reflect(self, step: usize, columns: &mut DMatrix<f32>) {
        let mut normal: Vec<f32> = self.column(step).collect();
        let length = dot(&normal, &normal).sqrt();
        if let Some(first) = normal.first_mut() {
            *first += length.copysign(*first);
        }
        let squares = dot(&normal, &normal);
        for column in columns.as_mut_slice().chunks_exact_mut(self.dims) {
            let rest = column.get_mut(step..).unwrap_or_default();
            let twice = 2.0 * dot(&normal, rest) / squares;
            rest.iter_mut().zip(&normal).for_each(|(number, normal)| *number -= twice * normal);
        }
    }
}

/// The inner product, in sixteen sums side by side, which a compiler turns into wide instructions.
fn dot(left: &[f32], right: &[f32]) -> f32 {
    let (left, left_rest) = left.as_chunks::<16>();
    let (right, right_rest) = right.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for (left, right) in left.iter().zip(right) {
        for (sum, (a, b)) in sums.iter_mut().zip(left.iter().zip(right)) {
            *sum += a * b;
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIMS: usize = 40;

    fn by_reflections(seed: u64) -> DMatrix<f32> {
        let mut matrix = DMatrix::identity(DIMS, DIMS);
        Reflections { dims: DIMS, seed }.apply(&mut matrix);
        matrix
    }

    #[test]
    fn both_forms_are_orthogonal_and_the_transpose_is_the_inverse() {
        for matrix in [haar(DIMS, 1), by_reflections(1)] {
            let product = matrix.transpose() * &matrix;
            assert!((product - DMatrix::identity(DIMS, DIMS)).amax() < 1e-5);
        }
        let mut matrix = by_reflections(1);
        Reflections { dims: DIMS, seed: 1 }.apply_transposed(&mut matrix);
        assert!((matrix - DMatrix::identity(DIMS, DIMS)).amax() < 1e-5);
    }

    #[test]
    fn traces_are_those_of_haar_measure() {
        // Of mean 0 and variance 1 (Diaconis and Shahshahani, 1994); without the signs the mean is far below.
        for matrix in [haar as fn(usize, u64) -> DMatrix<f32>, |_, seed| by_reflections(seed)] {
            let traces: Vec<f32> = (0..400).map(|seed| matrix(DIMS, seed).trace()).collect();
            let mean = traces.iter().sum::<f32>() / 400.0;
            let variance = traces.iter().map(|trace| (trace - mean).powi(2)).sum::<f32>() / 400.0;
            assert!(mean.abs() < 0.2 && (variance - 1.0).abs() < 0.25, "{mean} {variance}");
        }
    }

    #[test]
    fn gaussian_matrices_have_the_stated_variance() {
        let matrix = gaussian(200, 300, 3);
        let variance = matrix.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>() / 300.0;
        assert!((variance - 1.0).abs() < 0.03 && matrix.mean().abs() < 0.001, "{variance}");
    }
}
