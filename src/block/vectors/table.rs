//! The vectors of a table's rows.

use super::THOUSANDTHS;
use crate::mbat::vector::inner_of_packed;
use crate::mbat::{Packed, Vector};
use rayon::prelude::*;

/// The vectors of a table's rows, of one length of steps each, with the mean of all rows taken from them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vectors {
    dims: usize,
    /// Row after row.
    numbers: Vec<i8>,
    /// By row: 1 / length in steps; 0 where the row says nothing.
    inverses: Vec<f64>,
}

impl Vectors {
    /// The vectors of the rows of all tables of a job, from which the mean of them all is taken. Rows that say nothing are not
    /// counted and stay zeros.
    ///
    /// Vectors of other dimensions than `dims` say nothing.
    pub fn centred(tables: Vec<Vec<Packed>>, dims: usize) -> Vec<Vectors> {
        let mut sums = vec![0_i64; dims];
        let mut count = 0_i64;
        for packed in tables.iter().flatten().filter(|packed| says_something(packed, dims)) {
            count += 1;
            sums.iter_mut().zip(parts(packed)).for_each(|(sum, part)| *sum += part);
        }
        let mean: Vec<i64> = sums.into_iter().map(|sum| (sum * 2 + count).div_euclid(count.max(1) * 2)).collect();
        tables.into_iter().map(|table| Vectors::around(&table, &mean)).collect()
    }

    fn around(table: &[Packed], mean: &[i64]) -> Vectors {
        let dims = mean.len();
        let centred = |packed: &Packed| {
            if !says_something(packed, dims) {
                return vec![0; dims].into_boxed_slice();
            }
            let centred = parts(packed).zip(mean).map(|(part, mean)| (part - mean) as i32);
            Vector::new(centred.collect::<Vec<i32>>()).packed().numbers
        };
        let rows: Vec<(Box<[i8]>, f64)> = table
            .par_iter()
            .map(|packed| {
                let numbers = centred(packed);
                let squares = inner_of_packed(&numbers, &numbers);
                (numbers, if squares == 0 { 0.0 } else { 1.0 / (squares as f64).sqrt() })
            })
            .collect();
        let mut vectors = Vectors { dims, numbers: Vec::with_capacity(rows.len() * dims), inverses: Vec::new() };
        for (numbers, inverse) in rows {
            vectors.numbers.extend(numbers);
            vectors.inverses.push(inverse);
        }
        vectors
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.inverses.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.inverses.is_empty()
    }

    /// Dimensions.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The numbers of a row's vector, in steps.
    pub fn row(&self, row: u32) -> &[i8] {
        let start = row as usize * self.dims;
        self.numbers.get(start..start + self.dims).unwrap_or_default()
    }

    /// Whether a row says nothing, and so is near to none.
    pub fn is_silent(&self, row: u32) -> bool {
        self.inverse(row) == 0.0
    }

    /// The rows that say something.
    pub fn speaking(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len() as u32).filter(|row| !self.is_silent(*row))
    }

    /// The cosine of a row and a row of another table, in thousandths, rounded down; the same with the two swapped.
    pub fn cosine(&self, row: u32, other: &Vectors, other_row: u32) -> i32 {
        let inner = inner_of_packed(self.row(row), other.row(other_row));
        let cosine = inner as f64 * (self.inverse(row) * other.inverse(other_row));
        ((cosine * f64::from(THOUSANDTHS)).floor() as i32).clamp(-THOUSANDTHS, THOUSANDTHS)
    }

    fn inverse(&self, row: u32) -> f64 {
        self.inverses.get(row as usize).copied().unwrap_or_default()
    }
}

fn says_something(packed: &Packed, dims: usize) -> bool {
    packed.numbers.len() == dims && packed.numbers.iter().any(|number| *number != 0)
}

/// The numbers in parts of 2²⁴.
fn parts(packed: &Packed) -> impl Iterator<Item = i64> + '_ {
    // A product of 8 and 24 bits is exact.
    let step = f64::from(packed.scale) * f64::from(1 << 24);
    packed.numbers.iter().map(move |number| (f64::from(*number) * step).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_taken_away_and_silent_rows_stay_silent() {
        let packed = |numbers: [i32; 3]| Vector::new(numbers.map(|number| number << 20).to_vec()).packed();
        let tables = vec![vec![packed([8, 1, 0]), packed([0, 0, 0])], vec![packed([8, -1, 0])]];
        let [left, right] = Vectors::centred(tables, 3).try_into().unwrap();
        assert_eq!((left.row(0), left.row(1), right.row(0)), (&[0, 127, 0][..], &[0, 0, 0][..], &[0, -127, 0][..]));
        assert_eq!((left.cosine(0, &right, 0), left.cosine(1, &right, 0)), (-1000, 0));
        assert_eq!(left.speaking().collect::<Vec<_>>(), [0]);
    }
}
