//! Codes: words with digits that tell one thing from all others, such as model numbers, part numbers and phone numbers.

use super::levels::Comparison;
use super::prepared::{Text, WordMark};
use super::rarity::UNIQUE;

/// The least length of a code in bytes; what is shorter is rather a number, a size or a year.
const LEAST: u8 = 4;

/// The rarity from which on a code is as good as a name.
const RARE: u16 = UNIQUE / 10 * 8;

/// The names of the levels.
const LEVELS: [&str; 6] =
    ["different", "on one side only", "none", "some shared, others not", "shared", "rare ones shared"];

/// The comparison.
pub(super) const COMPARISON: Comparison = Comparison {
    name: "codes",
    about: "model numbers and other words with digits, of four letters and more",
    levels: &LEVELS,
    monotone: false,
};

/// The level of two texts: whether the codes of one are those of the other, or stand in them.
pub(super) fn codes(left: &Text, right: &Text) -> u8 {
    let is_code = |word: &&WordMark| word.numeric && word.length >= LEAST;
    let [of_left, of_right] = [left, right].map(|text| text.words.iter().filter(is_code).count());
    match (of_left, of_right) {
        (0, 0) => return 3,
        (0, _) | (_, 0) => return 2,
        _ => {}
    }
    let shared = |own: &Text, other: &Text| {
        let met = own
            .words
            .iter()
            .filter(is_code)
            .filter(|code| other.words.iter().filter(is_code).any(|word| is_same((own, code), (other, word))));
        met.fold((0, 0), |(count, rarest), code| (count + 1, code.rarity.max(rarest)))
    };
    let ((from_left, rarest_left), (from_right, rarest_right)) = (shared(left, right), shared(right, left));
    match rarest_left.max(rarest_right) {
        0 => 1,
        _ if from_left < of_left && from_right < of_right => 4,
        rarity if rarity < RARE => 5,
        _ => 6,
    }
}

/// Whether two codes are the same, or one begins or ends with the other (`kdl40` and `kdl40b`).
fn is_same((own, code): (&Text, &WordMark), (other, word): (&Text, &WordMark)) -> bool {
    if code.hash == word.hash {
        return true;
    }
    let (code, word) = (own.word(code), other.word(word));
    let (long, short) = if code.len() < word.len() { (word, code) } else { (code, word) };
    long.starts_with(short) || long.ends_with(short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Preparer, Rarity};

    fn level(left: &str, right: &str) -> &'static str {
        let rarity = Rarity::default();
        let preparer = Preparer::new(crate::text::shipped(), &rarity);
        let [left, right] = [left, right].map(|text| preparer.text(text).unwrap());
        assert_eq!(codes(&left, &right), codes(&right, &left));
        LEVELS[usize::from(codes(&left, &right)) - 1]
    }

    #[test]
    fn codes_are_told_apart() {
        assert_eq!(level("sony turntable pslx350h", "PSLX350H belt drive"), "rare ones shared");
        assert_eq!(level("tv kdl40b", "tv kdl40bz"), "rare ones shared");
        assert_eq!(level("tv kdl40b", "tv kdl50b"), "different");
        assert_eq!(level("tv kdl40b", "tv"), "on one side only");
        assert_eq!(level("tv 40", "tv 50"), "none");
        assert_eq!(level("x1000 y2000", "x1000 z3000"), "some shared, others not");
    }
}
