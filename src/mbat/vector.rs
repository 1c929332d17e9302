//! Vectors: in 24 bits a number as they are made, in 8 bits as they are kept.

use super::fixed::UNIT;
use serde::{Deserialize, Serialize};

/// A vector of unit length, or of zeros: numbers in parts of 2²⁴.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector {
    numbers: Box<[i32]>,
}

impl Vector {
    /// A vector of numbers in parts of 2²⁴ ([`UNIT`]).
    pub fn new(numbers: impl Into<Box<[i32]>>) -> Vector {
        Vector { numbers: numbers.into() }
    }

    /// The numbers, in parts of 2²⁴.
    pub fn numbers(&self) -> &[i32] {
        &self.numbers
    }

    /// The numbers as floats: each is exact, as it has 25 bits at most.
    pub fn floats(&self) -> impl ExactSizeIterator<Item = f32> + '_ {
        self.numbers.iter().map(|number| *number as f32 / UNIT as f32)
    }

    /// Whether it holds nothing: what says nothing has no direction.
    pub fn is_zero(&self) -> bool {
        self.numbers.iter().all(|number| *number == 0)
    }

    /// Its length; 1 within 10⁻⁶, or 0.
    pub fn length(&self) -> f64 {
        (inner(&self.numbers, &self.numbers) as f64).sqrt() / f64::from(UNIT)
    }

    /// The cosine of two vectors, from −1 to 1; 0 where one of them is zero.
    pub fn cosine(&self, other: &Vector) -> f64 {
        let lengths = self.length() * other.length();
        let unit = f64::from(UNIT);
        if lengths == 0.0 { 0.0 } else { inner(&self.numbers, &other.numbers) as f64 / (unit * unit) / lengths }
    }

    /// The vector in 8 bits a number.
    pub fn packed(&self) -> Packed {
        let greatest = self.numbers.iter().map(|number| number.unsigned_abs()).max().unwrap_or_default().max(1);
        let greatest = i64::from(greatest);
        let pack = |number: &i32| (i64::from(*number) * 254 + greatest).div_euclid(greatest * 2) as i8;
        Packed { numbers: self.numbers.iter().map(pack).collect(), scale: greatest as f32 / 127.0 / UNIT as f32 }
    }
}

fn inner(left: &[i32], right: &[i32]) -> i128 {
    left.iter().zip(right).map(|(a, b)| i128::from(i64::from(*a) * i64::from(*b))).sum()
}

/// A vector in 8 bits a number, with the length of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Packed {
    /// The numbers in steps, from −127 to 127.
    pub numbers: Box<[i8]>,
    /// The length of a step.
    pub scale: f32,
}

impl Packed {
    /// The cosine of two packed vectors, from −1 to 1; 0 where one of them is zero. It differs from that of the vectors by
    /// some thousandths.
    pub fn cosine(&self, other: &Packed) -> f64 {
        cosine_of_packed(&self.numbers, &other.numbers)
    }
}

/// The cosine of two packed vectors, from −1 to 1; 0 where one of them is zero.
pub fn cosine_of_packed(left: &[i8], right: &[i8]) -> f64 {
    let squares = inner_of_packed(left, left) * inner_of_packed(right, right);
    if squares == 0 { 0.0 } else { inner_of_packed(left, right) as f64 / (squares as f64).sqrt() }
}

/// The inner product of two packed vectors, in steps.
pub fn inner_of_packed(left: &[i8], right: &[i8]) -> i64 {
    // Of 32,768 dimensions at most, so that the sum fits into 32 bits.
    i64::from(left.iter().zip(right).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>())
}

#[cfg(test)]
mod tests {
    use super::super::fixed::unit;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packing_keeps_cosines(
            left in proptest::collection::vec(-1000_i64..1000, 256),
            right in proptest::collection::vec(-1000_i64..1000, 256),
        ) {
            let (left, right) = (Vector::new(unit(&left)), Vector::new(unit(&right)));
            let both = Vector::new(unit(&left.numbers().iter().zip(right.numbers()).map(|(a, b)| i64::from(a + b)).collect::<Vec<_>>()));
            prop_assert!((left.packed().cosine(&both.packed()) - left.cosine(&both)).abs() < 0.01);
        }
    }

    #[test]
    fn zeros_are_like_nothing() {
        let zero = Vector::new(vec![0; 64]);
        assert!(zero.is_zero() && zero.length() == 0.0 && zero.cosine(&zero) == 0.0);
        assert_eq!(zero.packed().cosine(&zero.packed()), 0.0);
    }
}
