//! Arithmetic on integers where floating point could differ from machine to machine: logarithms, unit length, a bell curve.
//!
//! `ln`, `exp` and `sin` of the standard library are those of the platform and may differ in their last bit; everything
//! here is made of integers, and of divisions and square roots that IEEE 754 fixes to the bit.

/// The length of a unit vector in fixed point: numbers are in parts of 2²⁴.
pub const UNIT: i32 = 1 << 24;

/// Log2 of a positive number in parts of 65,536, rounded down; 0 for anything that is not a positive finite number.
///
/// The integer part is the exponent; the bits of the fraction come by squaring the mantissa (Knuth, *The Art of Computer
/// Programming*, vol. 1, 1.2.2, exercise 25).
pub fn log2(number: f64) -> i64 {
    if !number.is_normal() || number < 0.0 {
        return 0;
    }
    let bits = number.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1023;
    // The mantissa from 1 to 2 in parts of 2⁶².
    let mut mantissa = (1 << 62) | (bits & ((1 << 52) - 1)) << 10;
    let mut fraction = 0;
    for _ in 0..16 {
        mantissa = ((u128::from(mantissa) * u128::from(mantissa)) >> 62) as u64;
        fraction <<= 1;
        if mantissa >= 1 << 63 {
            mantissa >>= 1;
            fraction |= 1;
        }
    }
    (exponent << 16) + fraction
}

/// The natural logarithm of 2 in parts of 65,536.
pub const LN_2: i64 = 45_426;

/// The natural logarithm of a positive number in parts of 65,536, as [`log2`].
pub fn ln(number: f64) -> i64 {
    (log2(number) * LN_2) >> 16
}

/// Sums stretched or shrunk to unit length ([`UNIT`], but for rounding); zeros stay zeros.
///
/// Error: at most half a part of 2²⁴ a number by rounding, and 2⁻²² of the length.
pub fn unit(sums: &[i64]) -> Box<[i32]> {
    let mut numbers = vec![0; sums.len()].into_boxed_slice();
    unit_into(sums, &mut numbers);
    numbers
}

/// The same into numbers that are there; returns the length that the sums had.
pub fn unit_into(sums: &[i64], numbers: &mut [i32]) -> f64 {
    let greatest = sums.iter().fold(0, |greatest, sum| greatest | sum.unsigned_abs());
    if greatest == 0 {
        numbers.fill(0);
        return 0.0;
    }
    // All numbers below 2²⁴, so that the squares of 2¹⁵ of them fit into 63 bits, and the greatest as large as can be.
    let shift = 64 - greatest.leading_zeros() as i32 - 24;
    let half = if shift > 0 { 1 << (shift - 1) } else { 0 };
    let shifted = |sum: i64| if shift > 0 { (sum + half) >> shift } else { sum << -shift };
    let squares: u64 = sums.iter().map(|sum| (shifted(*sum) * shifted(*sum)).unsigned_abs()).sum();
    let length = (squares.isqrt().max(1)) as i64;
    // One division for all: the length is from 2²³ to 2³¹·⁵, so that the factor keeps 22 bits and more.
    let factor = (i64::from(UNIT) << 30) / length;
    for (number, sum) in numbers.iter_mut().zip(sums) {
        *number = ((shifted(*sum) * factor + (1 << 29)) >> 30) as i32;
    }
    length as f64 * f64::powi(2.0, shift)
}

/// exp(−k²/1024) in parts of 1,024, for k = 0, 1, …: a bell curve in steps of a 16th, whose square root of the mean square
/// is √2.
pub const BELL: [i32; 81] = [
    1024, 1023, 1020, 1015, 1008, 999, 989, 976, 962, 946, 929, 910, 890, 868, 846, 822, 797, 772, 746, 720, 693, 666,
    638, 611, 583, 556, 529, 502, 476, 450, 425, 401, 377, 354, 331, 310, 289, 269, 250, 232, 215, 198, 183, 168, 155,
    142, 130, 118, 108, 98, 89, 81, 73, 66, 59, 53, 48, 43, 38, 34, 30, 27, 24, 21, 19, 17, 15, 13, 11, 10, 9, 7, 6, 6,
    5, 4, 4, 3, 3, 2, 2,
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bell_is_the_exponential() {
        for (k, number) in BELL.iter().enumerate() {
            let exact = (-(k as f64).powi(2) / 1024.0).exp() * 1024.0;
            assert_eq!(*number, exact.round() as i32, "{k}");
        }
    }

    #[test]
    fn no_number_without_a_logarithm_breaks_it() {
        for number in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324] {
            assert_eq!(log2(number), 0);
        }
    }

    proptest! {
        #[test]
        fn the_logarithm_is_one(number in 1e-300..1e300) {
            prop_assert!((log2(number) as f64 / 65_536.0 - number.log2()).abs() < 1.0 / 30_000.0);
        }

        #[test]
        fn sums_become_unit_vectors(sums in proptest::collection::vec(-(1_i64 << 50)..(1 << 50), 1..600), shift in 0..50) {
            let sums: Vec<i64> = sums.into_iter().map(|sum| sum >> shift).collect();
            let numbers = unit(&sums);
            let length = numbers.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt() / f64::from(UNIT);
            let is_zero = sums.iter().all(|sum| *sum == 0);
            prop_assert!(if is_zero { length == 0.0 } else { (length - 1.0).abs() < 1e-6 }, "{}", length);
        }
    }
}
