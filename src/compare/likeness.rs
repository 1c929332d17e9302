//! Likeness of two words: spelling errors, abbreviations, common stems.

use super::prepared::WordMark;

/// Likeness of equal words.
pub const EQUAL: u16 = 256;

/// Likeness of words that stand for each other in the lexicon (`intl`, `international`).
pub const SYNONYM: u16 = 250;

/// Whether two words have enough letters in common to be alike at all: what [`likeness`] would say 0 to, told without
/// looking at the words. An abbreviation has no letter that the whole word has not; a spelling error changes at most two.
pub fn may_be_alike(a: &WordMark, b: &WordMark) -> bool {
    let (only_a, only_b) = (a.letters & !b.letters, b.letters & !a.letters);
    let errors = spelling_errors(usize::from(a.length.max(b.length))) as u32;
    only_a == 0 || only_b == 0 || (only_a.count_ones() <= errors && only_b.count_ones() <= errors) || {
        // A common stem of five letters and more has at least three different ones.
        a.length >= 5 && b.length >= 5 && (a.letters & b.letters).count_ones() >= 3
    }
}

/// The spelling errors that are forgiven in a word of this length.
fn spelling_errors(length: usize) -> usize {
    match length {
        0..=3 => 0,
        4..=5 => 1,
        6..=8 => 2,
        9..=12 => 3,
        _ => 4,
    }
}

/// How alike two different words are, from 0 (they say different things) to [`EQUAL`]. Symmetric.
///
/// - Spelling errors: an optimal string alignment distance of 1 for four letters and more, 2 from six, 3 from nine, 4 from
///   thirteen; each costs its share of the longer word.
/// - An abbreviation: a prefix of two letters and more, or first letter and consonants in order (`mfg`).
/// - A single initial.
/// - A long common stem (`universidad`, `university`).
pub fn likeness(left: &str, right: &str) -> u16 {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let (short, long) = (short.as_bytes(), long.as_bytes());
    if short == long {
        return EQUAL;
    }
    let common = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let by_abbreviation = if common == short.len() {
        match common {
            0 => 0,
            1 => 112,
            2 => 128,
            _ => 192,
        }
    } else if is_contraction(short, long) {
        120
    } else if common >= 5 && common * 2 >= long.len() {
        160 * common as u16 / long.len() as u16
    } else {
        0
    };
    by_abbreviation.max(by_spelling(short, long))
}

fn by_spelling(short: &[u8], long: &[u8]) -> u16 {
    let budget = spelling_errors(long.len());
    if budget == 0 || long.len() - short.len() > budget {
        return 0;
    }
    let arguments = rapidfuzz::distance::osa::Args::default().score_cutoff(budget);
    let distance =
        rapidfuzz::distance::osa::distance_with_args(short.iter().copied(), long.iter().copied(), &arguments);
    distance.map_or(0, |distance| EQUAL - (EQUAL as usize * distance / long.len()) as u16)
}

/// `mfg` of `manufacturing`: the same first letter, and every letter in order, none but the first a vowel.
fn is_contraction(short: &[u8], long: &[u8]) -> bool {
    if short.len() < 2 || long.len() < short.len() + 2 || short.first() != long.first() {
        return false;
    }
    let mut rest = long.iter();
    let in_order = short.iter().all(|letter| rest.any(|other| other == letter));
    in_order && short.iter().skip(1).all(|letter| !b"aeiou".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Preparer, Rarity, Text};
    use proptest::prelude::*;

    fn text(word: &str) -> Text {
        Preparer::new(crate::text::shipped(), &Rarity::default()).text(word).unwrap()
    }

    #[test]
    fn abbreviations_are_alike() {
        assert!(likeness("mfg", "manufacturing") > 0);
        assert!(likeness("elektro", "elektrotechnik") > 150);
        assert_eq!(likeness("bank", "steel"), 0);
    }

    proptest! {
        #[test]
        fn words_that_are_alike_may_be_alike(left in "[a-e1]{1,9}", right in "[a-e1]{1,9}") {
            let (left, right) = (text(&left), text(&right));
            let (a, b) = (left.words[0], right.words[0]);
            prop_assert!(likeness(left.word(&a), right.word(&b)) == 0 || may_be_alike(&a, &b));
        }
    }
}
