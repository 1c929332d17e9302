//! A sketch of a text's letter pairs in 128 bits, to turn away hopeless pairs without looking at their texts.
//!
//! Pairs of letters and not 3-grams, because swapping two letters of a short word leaves hardly a 3-gram as it was.

/// Each pair of neighbouring letters, spaces included, sets one of 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sketch([u64; 2]);

impl Sketch {
    /// The sketch of a text.
    pub fn of(text: &str) -> Sketch {
        let mut words = [0; 2];
        let mut last = b' ';
        for letter in text.bytes().chain([b' ']) {
            // Fibonacci hashing: the top seven bits of the product are well mixed.
            let place = (u32::from(last) << 8 | u32::from(letter)).wrapping_mul(0x9E37_79B9) >> 25;
            let [low, high] = &mut words;
            *(if place < 64 { low } else { high }) |= 1 << (place % 64);
            last = letter;
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

    #[test]
    fn swapped_letters_overlap_more_than_other_words() {
        let captec = Sketch::of("captec");
        assert!(captec.overlap(Sketch::of("cpatec")) > 50);
        assert!(captec.overlap(Sketch::of("siemens")) < 30);
    }

    proptest! {
        #[test]
        fn a_part_overlaps_its_whole_entirely(words in proptest::collection::vec("[a-z]{1,9}", 1..6), keep in 1usize..6) {
            let part: Vec<String> = words.iter().take(keep).cloned().collect();
            prop_assert_eq!(Sketch::of(&part.join(" ")).overlap(Sketch::of(&words.join(" "))), 100);
        }
    }
}
