//! Lengths and inner products through nested bindings: ours, dense orthogonal matrices, Gaussian matrices.

use super::dense::{Reflections, gaussian, haar};
use super::property::{Property, Spread};
use crate::mbat::Binding;
use crate::mbat::atoms::mix;
use crate::mbat::fixed::UNIT;
use nalgebra::DMatrix;
use serde::Serialize;

/// The deepest nesting that is measured.
pub const LEVELS: usize = 64;

/// Pairs of vectors that are bound.
const PAIRS: usize = 16;

/// Dimensions in which powers of one matrix are taken: the drift is larger where there are few.
const POWER_DIMS: usize = 256;

/// Draws of that matrix.
const POWER_DRAWS: u64 = 6;

/// The lengths of vectors of length 1 after so many bindings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LevelPoint {
    /// Bindings.
    pub levels: usize,
    /// The length under our bindings.
    pub ours: Spread,
    /// The length under dense orthogonal matrices.
    pub haar: Spread,
    /// The length under Gaussian matrices of variance 1 / dimensions.
    pub gaussian: Spread,
}

/// What nesting does to lengths, level by level from 0, and the properties that it shows.
///
/// The lengths of all, and the inner products of pairs that have a cosine of about 1/2 in the beginning.
pub fn levels(dims: usize, seed: u64) -> (Vec<LevelPoint>, Vec<Property>) {
    let start = starts(dims, mix(seed, 1));
    // Our bindings take integers: the same vectors in parts of 2²⁴.
    let mut ours: Vec<Vec<i32>> = start.column_iter().map(|column| fixed(column.iter().copied())).collect();
    let whole = inners_of_integers(&ours);
    let (mut orthogonal, mut drifting) = (start.clone(), start.clone());
    let mut points = vec![point(0, &ours, &start, &start)];
    for level in 1..=LEVELS {
        let seed = mix(mix(seed, 2), level as u64);
        let binding = Binding::of_key(&format!("level {level}"), dims, seed, 0, false);
        ours.iter_mut().for_each(|vector| *vector = binding.bind(vector));
        Reflections { dims, seed }.apply(&mut orthogonal);
        drifting = gaussian(dims, dims, seed) * drifting;
        points.push(point(level, &ours, &orthogonal, &drifting));
    }
    let first = inners(&start);
    let errors =
        |matrix: &DMatrix<f32>| inners(matrix).iter().zip(&first).map(|(a, b)| (a - b).abs()).collect::<Vec<_>>();
    let greatest = |errors: &[f64]| errors.iter().copied().fold(0.0, f64::max);
    let off = |spread: fn(&LevelPoint) -> Spread| {
        greatest(
            &points.iter().map(|point| (spread(point).mean - 1.0).abs() + spread(point).deviation).collect::<Vec<_>>(),
        )
    };
    // Logarithms of lengths add up: each level varies by 1 / (2 dimensions).
    let drift = (LEVELS as f64 / 2.0 / dims as f64).sqrt();
    let is_drift = |seen: f64| (drift / 2.5..drift * 2.5).contains(&seen);
    let at = |level: usize| points.get(level).map_or_else(String::new, |point| point.gaussian.to_string());
    let last = points.last().map_or(0.0, |point| (point.gaussian.mean - 1.0).abs().hypot(point.gaussian.deviation));
    let inner_drift = Spread::of(errors(&drifting)).mean;
    let is_exact = inners_of_integers(&ours) == whole;
    let properties = vec![
        Property::below("length kept through 1..64 bindings: ours", 1e-5, off(|point| point.ours)),
        Property::below("  the same: dense Haar", 1e-5, off(|point| point.haar)),
        Property::new(
            "  dense Gaussian drifts",
            format!("off by {drift:.3} after 64, × 0.4 to 2.5"),
            format!("after 8: {}, after 64: {}", at(8), at(LEVELS)),
            is_drift(last),
        ),
        Property::new(
            "inner products kept through 64 bindings: ours",
            "exact in integers",
            if is_exact { "exact" } else { "not exact" },
            is_exact,
        ),
        Property::below("  the same: dense Haar", 1e-5, greatest(&errors(&orthogonal))),
        Property::new(
            "  dense Gaussian does not keep them",
            "mean error of a cosine of 1/2 above 0.01",
            format!("{inner_drift:.3}"),
            inner_drift > 0.01,
        ),
    ];
    (points, properties)
}

/// Vectors of length 1: pairs of columns with a cosine of about 1/2.
fn starts(dims: usize, seed: u64) -> DMatrix<f32> {
    let mut columns = gaussian(dims, 2 * PAIRS, seed);
    for pair in columns.as_mut_slice().chunks_exact_mut(2 * dims) {
        let (one, other) = pair.split_at_mut(dims);
        other.iter_mut().zip(one).for_each(|(number, own)| *number = 0.5 * *own + 0.75_f32.sqrt() * *number);
    }
    columns.column_iter_mut().for_each(|mut column| {
        column.normalize_mut();
    });
    columns
}

fn fixed(numbers: impl Iterator<Item = f32>) -> Vec<i32> {
    numbers.map(|number| (number * UNIT as f32).round() as i32).collect()
}

/// Lengths and inner products of the pairs, in parts of 2⁴⁸.
fn inners_of_integers(vectors: &[Vec<i32>]) -> Vec<i64> {
    let inner = |a: &[i32], b: &[i32]| a.iter().zip(b).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum::<i64>();
    let of_pair = |pair: &[Vec<i32>; 2]| {
        let [one, other] = pair;
        [inner(one, one), inner(other, other), inner(one, other)]
    };
    vectors.as_chunks().0.iter().flat_map(of_pair).collect()
}

/// The inner products of the pairs.
fn inners(matrix: &DMatrix<f32>) -> Vec<f64> {
    let dims = matrix.nrows();
    let inner = |pair: &[f32]| {
        let (one, other) = pair.split_at(dims);
        one.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    matrix.as_slice().chunks_exact(2 * dims).map(inner).collect()
}

fn lengths(matrix: &DMatrix<f32>) -> Spread {
    Spread::of(matrix.column_iter().map(|column| length(column.iter().map(|number| f64::from(*number)))))
}

fn length(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.map(|number| number * number).sum::<f64>().sqrt()
}

fn point(levels: usize, ours: &[Vec<i32>], orthogonal: &DMatrix<f32>, drifting: &DMatrix<f32>) -> LevelPoint {
    let unit = f64::from(UNIT);
    let own = ours.iter().map(|vector| length(vector.iter().map(|number| f64::from(*number) / unit)));
    LevelPoint { levels, ours: Spread::of(own), haar: lengths(orthogonal), gaussian: lengths(drifting) }
}

/// Powers of one matrix, and unbinding by the transpose.
pub fn one_matrix(dims: usize, seed: u64) -> Vec<Property> {
    let start = starts(dims, mix(seed, 3));
    let binding = Binding::of_key("key", dims, seed, 0, false);
    let vectors: Vec<Vec<i32>> = start.column_iter().map(|column| fixed(column.iter().copied())).collect();
    let come_back: Vec<bool> = vectors.iter().map(|vector| binding.unbind(&binding.bind(vector)) == *vector).collect();
    let sums: Vec<bool> = vectors
        .as_chunks()
        .0
        .iter()
        .map(|[a, b]: &[Vec<i32>; 2]| {
            let add = |a: &[i32], b: &[i32]| a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<i32>>();
            binding.bind(&add(a, b)) == add(&binding.bind(a), &binding.bind(b))
        })
        .collect();
    let power = (0..LEVELS).fold(Binding::identity(dims), |power, _| binding.after(&power));
    let powers: Vec<Vec<i32>> = vectors.iter().map(|vector| power.bind(vector)).collect();
    let is_kept = inners_of_integers(&powers) == inners_of_integers(&vectors);
    let mut back = start.clone();
    let reflections = Reflections { dims, seed };
    reflections.apply(&mut back);
    reflections.apply_transposed(&mut back);
    let matrix = gaussian(dims, dims, mix(seed, 4));
    let noisy = matrix.transpose() * (&matrix * &start);
    let cosines = noisy.column_iter().zip(start.column_iter()).map(|(a, b)| f64::from(a.dot(&b) / a.norm() / b.norm()));
    let after_powers = |matrix: fn(usize, u64) -> DMatrix<f32>| {
        Spread::of((0..POWER_DRAWS).flat_map(|draw| {
            let matrix = matrix(POWER_DIMS, mix(seed, 5 + draw));
            let vectors = starts(POWER_DIMS, mix(seed, 50 + draw));
            let last = (0..LEVELS).fold(vectors, |vectors, _| &matrix * vectors);
            last.column_iter().map(|column| f64::from(column.norm())).collect::<Vec<_>>()
        }))
    };
    let (of_haar, of_gaussian) = (after_powers(haar), after_powers(|dims, seed| gaussian(dims, dims, seed)));
    vec![
        Property::all("the transpose takes a binding back: ours", "exact in integers", &come_back),
        Property::below("  the same: dense Haar", 1e-5, f64::from((back - &start).amax())),
        Property::near("  dense Gaussian: cosine to what was bound", 0.03, &[(0.5_f64.sqrt(), Spread::of(cosines))]),
        Property::new(
            "power 64 of one matrix keeps lengths: ours",
            "exact in integers",
            if is_kept { "exact" } else { "not exact" },
            is_kept,
        ),
        Property::below(
            format!("  the same: dense Haar by QR, D={POWER_DIMS}"),
            1e-5,
            (of_haar.mean - 1.0).abs() + of_haar.deviation,
        ),
        Property::new(
            format!("  dense Gaussian does not, D={POWER_DIMS}"),
            "off by more than 0.3",
            of_gaussian.to_string(),
            (of_gaussian.mean - 1.0).abs().max(of_gaussian.deviation) > 0.3,
        ),
        Property::all("binding distributes over sums", "exact in integers", &sums),
    ]
}
