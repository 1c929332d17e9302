//! What a shared 3-gram says, in integers, so that an order of candidates is the same on every machine.
//!
//! A gram that occurs in `d` of `n` entries weighs log2((n + 1) / d); texts are compared like vectors by the cosine of
//! those weights (tf–idf of character 3-grams). What enters a dot product is the square of the weight, scaled so that a
//! gram of a single entry has [`HIGHEST`].

/// The square of the highest weight. A text has at most 255 grams ([`crate::config::Limits::compared_bytes`] of at most
/// 255 bytes), so every sum fits 16 bits.
pub(super) const HIGHEST: u32 = 255;

/// Grams of a text that take part.
pub(super) const MOST_GRAMS: usize = 255;

/// The weights of grams among a number of entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct GramWeights {
    entries: u32,
}

impl GramWeights {
    /// The weights among so many entries.
    pub(super) fn new(entries: u32) -> GramWeights {
        GramWeights { entries }
    }

    /// The squared weight of a gram that occurs in so many entries, from 1 to [`HIGHEST`].
    pub(super) fn squared(self, frequency: u32) -> u16 {
        let whole = log2(self.entries.saturating_add(1)).max(1);
        let weight = whole.saturating_sub(log2(frequency.max(1)));
        let squared = u64::from(weight) * u64::from(weight) * u64::from(HIGHEST);
        let rounded = (squared * 2).div_ceil(u64::from(whole) * u64::from(whole) * 2);
        rounded.clamp(1, u64::from(HIGHEST)) as u16
    }
}

/// The length of a vector whose squared length is given, times 256. At most 65,280 for at most [`MOST_GRAMS`] grams.
pub(super) fn norm(squared: u32) -> u16 {
    (u64::from(squared) << 16).isqrt().min(u64::from(u16::MAX)) as u16
}

/// log2 in 1/256, rounded down, by repeated squaring of the mantissa (Knuth, TAOCP 1.2.2, exercise 25): integers only.
fn log2(value: u32) -> u32 {
    let whole = value.max(1).ilog2();
    let mut mantissa = u64::from(value.max(1)) << (31 - whole);
    let mut fraction = 0;
    for _ in 0..8 {
        mantissa = (mantissa * mantissa) >> 31;
        let bit = mantissa >> 32 & 1;
        mantissa >>= bit;
        fraction = fraction << 1 | bit as u32;
    }
    whole << 8 | fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rarest_gram_weighs_most() {
        let weights = GramWeights::new(1_000_000);
        assert_eq!(weights.squared(1), HIGHEST as u16);
        assert_eq!(weights.squared(1_000), 64);
        assert_eq!(weights.squared(1_000_000), 1);
        assert_eq!(GramWeights::new(0).squared(0), HIGHEST as u16);
    }

    proptest! {
        #[test]
        fn logarithms_are_those_of_the_reals(value in 1u32..) {
            let real = f64::from(value).log2() * 256.0;
            prop_assert!((f64::from(log2(value)) - real).abs() <= 1.01);
        }

        #[test]
        fn a_more_frequent_gram_never_weighs_more(entries: u32, a: u32, b: u32) {
            let weights = GramWeights::new(entries);
            prop_assert!(weights.squared(a.min(b)) >= weights.squared(a.max(b)));
        }

        #[test]
        fn norms_are_roots(squared in 0u32..=65_025) {
            let root = f64::from(squared).sqrt() * 256.0;
            prop_assert!((f64::from(norm(squared)) - root).abs() <= 1.0);
        }
    }
}
