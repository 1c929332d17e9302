//! A sketch of a text's 3-grams in 128 bits, to turn away hopeless pairs without looking at their texts.

use crate::text::grams::Gram;

/// Each gram sets one of 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sketch([u64; 2]);

impl Sketch {
    /// The sketch of a list of grams.
    pub fn of(grams: &[Gram]) -> Sketch {
        let mut words = [0; 2];
        for gram in grams {
            // Fibonacci hashing: the top seven bits of the product are well mixed.
            let place = gram.wrapping_mul(0x9E37_79B9) >> 25;
            let [low, high] = &mut words;
            *(if place < 64 { low } else { high }) |= 1 << (place % 64);
        }
        Sketch(words)
    }

    fn ones(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The overlap coefficient of two sketches in percent: common bits by those of the sketch that has fewer.
    pub fn overlap(self, other: Sketch) -> u32 {
        let ([a, b], [c, d]) = (self.0, other.0);
        100 * Sketch([a & c, b & d]).ones() / self.ones().min(other.ones()).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_part_overlaps_its_whole_entirely(grams in proptest::collection::vec(any::<u32>(), 1..40), keep in 1usize..40) {
            let part: Vec<u32> = grams.iter().take(keep).copied().collect();
            prop_assert_eq!(Sketch::of(&part).overlap(Sketch::of(&grams)), 100);
        }
    }
}
