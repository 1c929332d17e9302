//! Sketches: signs of a randomly rotated vector, whose agreement tells the angle between two vectors.
//!
//! The share of signs in which two vectors agree is about 1 − angle / π (random hyperplanes: Goemans & Williamson, JACM
//! 42(6), 1995; Charikar, "Similarity Estimation Techniques from Rounding Algorithms", STOC 2002). A rotation is H·D·H·D: the
//! Walsh–Hadamard transform H after random signs D, twice, as of Ailon & Chazelle, "The Fast Johnson–Lindenstrauss
//! Transform" (SIAM J. Comput. 39(1), 2009) and Andoni et al., "Practical and Optimal LSH for Angular Distance" (NIPS 2015).
//! It costs additions of integers alone, so a vector has the same signs on every machine.

use super::atoms::mix;

const ROTATION: u64 = 0x726f_7461_7469_6f6e;

/// Random rotations that a number of signs is taken from.
#[derive(Debug, Clone)]
pub struct Rotation {
    dims: usize,
    bits: usize,
    /// For each rotation: the coordinates that change their signs before the first and the second transform.
    flips: Vec<[Box<[bool]>; 2]>,
}

impl Rotation {
    /// Rotations of vectors of so many dimensions, drawn from a seed, for so many signs; one rotation gives as many signs as
    /// there are dimensions, or the next power of two.
    pub fn new(dims: usize, bits: usize, seed: u64) -> Rotation {
        let width = dims.next_power_of_two();
        let flips = (0..bits.div_ceil(width) as u64).map(|rotation| {
            std::array::from_fn(|pass| {
                let salt = mix(mix(seed ^ ROTATION, rotation), pass as u64);
                (0..width as u64).map(|place| mix(salt, place) >> 63 == 1).collect()
            })
        });
        Rotation { dims, bits, flips: flips.collect() }
    }

    /// The number of signs.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// The signs of a vector in steps of any length; coordinates that are missing count as zeros.
    ///
    /// Time: dims · log2(dims) additions for every `dims` signs, twice.
    pub fn signs(&self, numbers: &[i8]) -> Signs {
        let width = self.dims.next_power_of_two();
        let mut words = vec![0_u64; self.bits.div_ceil(64)].into_boxed_slice();
        let mut rotated = vec![0_i64; width];
        for (rotation, passes) in self.flips.iter().enumerate() {
            rotated.fill(0);
            for (slot, number) in rotated.iter_mut().zip(numbers) {
                *slot = (*number).into();
            }
            for flips in passes {
                for (number, flip) in rotated.iter_mut().zip(flips) {
                    *number = if *flip { -*number } else { *number };
                }
                walsh_hadamard(&mut rotated);
            }
            let first = rotation * width;
            for (bit, number) in (first..self.bits).zip(&rotated) {
                if let Some(word) = words.get_mut(bit / 64) {
                    *word |= u64::from(*number >= 0) << (bit % 64);
                }
            }
        }
        Signs { bits: self.bits, words }
    }
}

/// The Walsh–Hadamard transform in place, of a power of two of numbers, without making them shorter again.
fn walsh_hadamard(numbers: &mut [i64]) {
    let mut half = 1;
    while half < numbers.len() {
        for pair in numbers.chunks_exact_mut(half * 2) {
            let (low, high) = pair.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

/// The signs of a rotated vector, one bit each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signs {
    bits: usize,
    words: Box<[u64]>,
}

impl Signs {
    /// The number of signs.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// The number of signs in which two sketches of the same rotation agree.
    pub fn agreement(&self, other: &Signs) -> u32 {
        let differ: u32 = self.words.iter().zip(&other.words).map(|(a, b)| (a ^ b).count_ones()).sum();
        (self.bits.min(other.bits) as u32).saturating_sub(differ)
    }

    /// The signs of a band of up to 32 bits, counted from 0: those from `band · bits` on.
    pub fn band(&self, band: usize, bits: usize) -> u32 {
        let start = band * bits;
        let word = |at: usize| u128::from(self.words.get(at).copied().unwrap_or_default());
        let both = word(start / 64) | word(start / 64 + 1) << 64;
        ((both >> (start % 64)) as u64 & ((1 << bits.min(32)) - 1)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(seed: u64) -> Vec<i8> {
        (0..512).map(|place| (mix(seed, place) >> 57) as i8 - 64).collect()
    }

    #[test]
    fn agreement_tells_the_angle() {
        let rotation = Rotation::new(512, 4096, 3);
        for parts in 1..8_i32 {
            let (one, other) = (drawn(1), drawn(2));
            let both = |(a, b): (&i8, &i8)| ((i32::from(*a) * parts + i32::from(*b) * (8 - parts)) / 8) as i8;
            let mixed: Vec<i8> = one.iter().zip(&other).map(both).collect();
            let cosine = super::super::vector::cosine_of_packed(&one, &mixed);
            let agreement = f64::from(rotation.signs(&one).agreement(&rotation.signs(&mixed))) / 4096.0;
            let expected = 1.0 - cosine.acos() / std::f64::consts::PI;
            assert!((agreement - expected).abs() < 0.03, "{cosine} {agreement} {expected}");
        }
    }

    #[test]
    fn signs_are_the_same_for_ever() {
        let signs = Rotation::new(512, 64, 0).signs(&drawn(5));
        assert_eq!(signs.words[0], 1_827_882_443_277_523_607);
    }

    proptest! {
        #[test]
        fn bands_are_the_signs(bits in 1usize..=16, band in 0usize..30) {
            let signs = Rotation::new(192, 512, 9).signs(&drawn(1)[..192]);
            let bit = |at: usize| signs.words.get(at / 64).map_or(0, |word| (word >> (at % 64)) as u32 & 1);
            let expected = (0..bits).map(|place| bit(band * bits + place) << place).sum::<u32>();
            prop_assert_eq!(signs.band(band, bits), expected);
        }
    }
}
