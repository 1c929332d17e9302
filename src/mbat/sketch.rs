//! Bit-sign sketches of vectors of small integers.
//!
//! The share of places where the signs of two vectors agree tells the angle between them (Goemans & Williamson, "Improved
//! approximation algorithms for maximum cut", JACM 42(6), 1995; Charikar, "Similarity estimation techniques from rounding
//! algorithms", STOC 2002): 1 − angle/π for directions drawn at random. Vectors of records have many zeros, which have no
//! sign, so they are turned first, all by the same rotation HD·HD: signs drawn at random, then Walsh–Hadamard, both twice
//! (Ailon & Chazelle, "The fast Johnson–Lindenstrauss transform", SIAM J. Comput. 39(1), 2009). All of it is sums and
//! differences of integers, so a sketch is the same on every machine.
//!
//! Walsh–Hadamard wants a power of two. A vector of D coordinates is cut into blocks of the largest power of two b that
//! divides D, and between the two rounds the coordinates are dealt out, so that every block of the second round holds as
//! many of each block of the first (a transposition, which for a power of two changes nothing). Every step is orthogonal up
//! to the factor √b, so a turned vector is exactly b times as long as before. For D a multiple of 64, as vectors of records
//! are, a coordinate of the result depends on at least min(D, 4096) coordinates.
//!
//! More bits than coordinates come from further rotations, each with signs of its own; fewer are the first ones.

use super::atoms::mix;

/// One rotation for all vectors of a kind, or several, side by side.
///
/// ```
/// use cognate::mbat::sketch::Rotation;
/// let rotation = Rotation::new(64, 256, 1);
/// let vector: Vec<i8> = (0..64).map(|place| if place % 9 == 0 { 50 - place } else { 0 }).collect();
/// let (near, opposite): (Vec<i8>, Vec<i8>) = vector.iter().map(|number| (number / 2, -number)).unzip();
/// let signs = rotation.signs(&vector);
/// assert!(signs.agreement(&rotation.signs(&near)) > 240);
/// assert!(signs.agreement(&rotation.signs(&opposite)) < 16);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    dims: usize,
    bits: usize,
    block: usize,
    /// For each turn the signs of its first round, then those of its second: −1 or 1.
    signs: Vec<i32>,
}

impl Rotation {
    /// Coordinates of a vector at most: with more, the integers might not fit.
    pub const DIMS: usize = 32_768;

    /// The rotations for vectors of `dims` coordinates, 1 to [`Rotation::DIMS`] (what is beyond is cut off), that give so
    /// many bits, rounded up to a multiple of 64. Another seed gives another rotation.
    pub fn new(dims: usize, bits: usize, seed: u64) -> Rotation {
        let dims = dims.clamp(1, Rotation::DIMS);
        let bits = bits.next_multiple_of(64);
        let turns = bits.div_ceil(dims);
        let sign = |place: usize| if mix(seed, place as u64) >> 63 == 0 { 1 } else { -1 };
        let signs = (0..turns * 2 * dims).map(sign).collect();
        Rotation { dims, bits, block: 1 << dims.trailing_zeros(), signs }
    }

    /// How many coordinates a vector has.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// How many bits a sketch has.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// The largest power of two that divides the coordinates: what each turn multiplies lengths by.
    pub fn scale(&self) -> usize {
        self.block
    }

    /// The turned vector, as many numbers as there are bits. A vector that is too short is filled with zeros, one that is
    /// too long is cut.
    ///
    /// Time: O(bits · log D) for D a power of two, some five microseconds for 512.
    pub fn turned(&self, vector: &[i8]) -> Vec<i32> {
        let mut out = Vec::with_capacity(self.bits.next_multiple_of(self.dims));
        let mut round = Vec::with_capacity(self.dims);
        for signs in self.signs.chunks_exact(self.dims * 2) {
            let (first, second) = signs.split_at(self.dims);
            let numbers = vector.iter().map(|number| i32::from(*number)).chain(std::iter::repeat(0));
            round.clear();
            round.extend(first.iter().zip(numbers).map(|(sign, number)| sign * number));
            round.chunks_exact_mut(self.block).for_each(hadamard);
            let start = out.len();
            for offset in 0..self.block {
                out.extend(round.iter().skip(offset).step_by(self.block));
            }
            let turned = out.get_mut(start..).unwrap_or_default();
            turned.iter_mut().zip(second).for_each(|(number, sign)| *number *= sign);
            turned.chunks_exact_mut(self.block).for_each(hadamard);
        }
        out.truncate(self.bits);
        out
    }

    /// The sketch of a vector.
    pub fn signs(&self, vector: &[i8]) -> Signs {
        Signs::of(&self.turned(vector))
    }
}

/// The signs of a turned vector: a bit that is set says "negative". Zero counts as positive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Signs(Box<[u64]>);

impl Signs {
    /// The signs of numbers, the first in the lowest bit of the first word.
    pub fn of(turned: &[i32]) -> Signs {
        let word = |numbers: &[i32]| numbers.iter().rev().fold(0, |word, number| word << 1 | u64::from(*number < 0));
        Signs(turned.chunks(64).map(word).collect())
    }

    /// The bits, 64 to a word.
    pub fn words(&self) -> &[u64] {
        &self.0
    }

    /// The signs of a band of up to 32 bits, counted from 0: those from `band · bits` on.
    pub fn band(&self, band: usize, bits: usize) -> u32 {
        let start = band * bits;
        let word = |at: usize| u128::from(self.words().get(at).copied().unwrap_or_default());
        let both = word(start / 64) | word(start / 64 + 1) << 64;
        ((both >> (start % 64)) as u64 & ((1 << bits.min(32)) - 1)) as u32
    }

    /// In how many bits two sketches of the same rotation agree: of n bits about n · (1 − angle/π), give or take √n / 2.
    pub fn agreement(&self, other: &Signs) -> u32 {
        self.0.iter().zip(&other.0).map(|(a, b)| (!(a ^ b)).count_ones()).sum()
    }
}

/// Walsh–Hadamard in place, of a power of two of numbers.
///
/// No sum overflows: what stands in a block at any time is at most as long as the result of both rounds, which for numbers
/// of eight bits is 128 · √D · D, below 2³⁰ with D = 32,768.
fn hadamard(numbers: &mut [i32]) {
    let mut half = 1;
    while half < numbers.len() {
        for pair in numbers.chunks_exact_mut(half * 2) {
            let (left, right) = pair.split_at_mut(half);
            for (a, b) in left.iter_mut().zip(right) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn squared<T: Copy + Into<i64>>(numbers: &[T]) -> i64 {
        numbers.iter().map(|number| (*number).into()).map(|number: i64| number * number).sum()
    }

    #[test]
    fn chance_is_that_of_splitmix64() {
        // The first three outputs of the reference implementation for the seed 1234567.
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([0, 1, 2].map(|place| mix(1_234_567, place)), expected);
    }

    #[test]
    fn sketches_never_change() {
        let vector: Vec<i8> = (0..192).map(|place: i32| if place % 7 == 0 { (place - 90) as i8 } else { 0 }).collect();
        assert_eq!(Rotation::new(192, 256, 5).signs(&vector).words(), GOLDEN);
    }

    /// Computed from the definition by another program.
    const GOLDEN: [u64; 4] =
        [0xe432_4360_8f64_63fd, 0x9b6c_50cd_2f79_db84, 0x7426_51f5_5bf4_702a, 0x01a3_6008_d23d_b46d];

    #[test]
    fn the_longest_vector_fits() {
        for dims in [Rotation::DIMS, Rotation::DIMS - 64] {
            let rotation = Rotation::new(dims, dims, 3);
            let turned = rotation.turned(&vec![-128; dims]);
            assert_eq!(squared(&turned), (dims as i64) << 14 << (2 * rotation.scale().trailing_zeros()));
        }
    }

    #[test]
    fn a_single_coordinate_is_spread_and_agreement_tells_the_angle() {
        let rotation = Rotation::new(512, 8192, 11);
        let mut one = vec![0; 512];
        one[77] = 100;
        for degrees in [0.0_f64, 20.0, 45.0, 60.0, 90.0, 135.0, 180.0] {
            let mut other = vec![0; 512];
            other[77] = (100.0 * degrees.to_radians().cos()).round() as i8;
            other[300] = (100.0 * degrees.to_radians().sin()).round() as i8;
            let share = f64::from(rotation.signs(&one).agreement(&rotation.signs(&other))) / 8192.0;
            assert!((share - (1.0 - degrees / 180.0)).abs() < 0.03, "{degrees}: {share}");
        }
    }

    proptest! {
        #[test]
        fn lengths_are_kept(vector in prop::collection::vec(any::<i8>(), 1..700), seed: u64) {
            let rotation = Rotation::new(vector.len(), vector.len(), seed);
            let whole = rotation.turned(&vector);
            // Bits come in words, so numbers of a second turn may follow.
            let turned = whole.get(..vector.len()).unwrap();
            let scale = rotation.scale() as i64;
            prop_assert_eq!(squared(turned), squared(&vector) * scale * scale);
        }

        #[test]
        fn agreement_is_close_to_the_angle(left in prop::collection::vec(-20..20_i8, 320), seed: u64, mix in 0..=10_i32) {
            let right: Vec<i8> = left.iter().rev().zip(&left)
                .map(|(a, b)| ((i32::from(*a) * mix + i32::from(*b) * (10 - mix)) / 4) as i8).collect();
            prop_assume!(squared(&left) > 0 && squared(&right) > 0);
            let dot: i64 = left.iter().zip(&right).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
            let cosine = dot as f64 / (squared(&left) as f64 * squared(&right) as f64).sqrt();
            let rotation = Rotation::new(320, 4096, seed);
            let share = f64::from(rotation.signs(&left).agreement(&rotation.signs(&right))) / 4096.0;
            let expected = 1.0 - cosine.clamp(-1.0, 1.0).acos() / std::f64::consts::PI;
            prop_assert!((share - expected).abs() < 0.06, "{} for {}", share, expected);
        }

        #[test]
        fn no_vector_panics(vector: Vec<i8>, dims in 0..300_usize, bits in 0..600_usize) {
            let signs = Rotation::new(dims, bits, 1).signs(&vector);
            prop_assert_eq!(signs.words().len() * 64, bits.next_multiple_of(64));
            prop_assert_eq!(signs.agreement(&signs) as usize, bits.next_multiple_of(64));
        }
    }
}
