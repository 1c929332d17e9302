//! What single words say beyond how rare they are: that `holdings` may come and go and `north` may not.
//!
//! LinkOrgs' network learns which words of a name matter; here it is a table that can be read. For each common word the
//! odds of a match where only one of the names bears it, and where both do, given everything else
//! ([`crate::model::word_odds`]).

use super::levels::Comparison;
use crate::text::hash::word_hash;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The odds of a word, in thousandths of a bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[i16; 2]", into = "[i16; 2]")]
pub struct Odds {
    /// What it adds to the log2 odds of a match that only one name bears the word.
    pub lone: i16,
    /// What it adds that both bear it.
    pub shared: i16,
}

impl From<[i16; 2]> for Odds {
    fn from([lone, shared]: [i16; 2]) -> Odds {
        Odds { lone, shared }
    }
}

impl From<Odds> for [i16; 2] {
    fn from(odds: Odds) -> [i16; 2] {
        [odds.lone, odds.shared]
    }
}

/// The odds of words by their hashes ([`word_hash`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordOdds {
    by_hash: FxHashMap<u32, Odds>,
}

impl WordOdds {
    /// The table of these words.
    pub fn new(words: &BTreeMap<String, Odds>) -> WordOdds {
        WordOdds { by_hash: words.iter().map(|(word, odds)| (word_hash(word), *odds)).collect() }
    }

    /// The odds of a word; nothing for a word that it does not know.
    pub fn of(&self, word: u32) -> Odds {
        self.by_hash.get(&word).copied().unwrap_or_default()
    }

    /// What words say that stand on one side only, and on both, in thousandths of a bit.
    pub fn sum(&self, lone: &[u32], shared: &[u32]) -> (i32, i32) {
        (
            lone.iter().map(|word| i32::from(self.of(*word).lone)).sum(),
            shared.iter().map(|word| i32::from(self.of(*word).shared)).sum(),
        )
    }
}

/// Bounds of what words say beyond their rarity, in thousandths of a bit.
const BOUNDS: [i32; 18] =
    [-6000, -4500, -3500, -2500, -1800, -1300, -900, -600, -350, -150, 0, 1, 150, 400, 800, 1300, 2000, 3000];
/// The names of the bands.
const LEVELS: [&str; 19] = [
    "<-6.00", "≥-6.00", "≥-4.50", "≥-3.50", "≥-2.50", "≥-1.80", "≥-1.30", "≥-0.90", "≥-0.60", "≥-0.35", "≥-0.15", "0",
    ">0", "≥0.15", "≥0.40", "≥0.80", "≥1.30", "≥2.00", "≥3.00",
];

/// The comparison of the words that only one side has.
pub(super) const LONE: Comparison = Comparison {
    name: "lone_words",
    about: "what is known of the words that only one side has, in bits beyond their rarity",
    levels: &LEVELS,
    monotone: true,
};

/// The comparison of the words that both sides have.
pub(super) const SHARED: Comparison = Comparison {
    name: "shared_words",
    about: "what is known of the words that both sides have, in bits beyond their rarity",
    levels: &LEVELS,
    monotone: true,
};

/// The level of what words say, given in thousandths of a bit.
pub fn level(odds: i32) -> u8 {
    1 + BOUNDS.iter().take_while(|bound| odds >= **bound).count() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_names_and_nothing_has_its_own() {
        assert_eq!(usize::from(level(i32::MAX)), LEVELS.len());
        assert_eq!(level(i32::MIN), 1);
        assert_eq!(LEVELS[usize::from(level(0)) - 1], "0");
        assert_eq!(LEVELS[usize::from(level(-1)) - 1], "≥-0.15");
    }

    #[test]
    fn unknown_words_say_nothing() {
        let odds = WordOdds::new(&BTreeMap::from([("north".to_owned(), Odds { lone: -2000, shared: 100 })]));
        assert_eq!(odds.sum(&[word_hash("north"), 7], &[7]), (-2000, 0));
    }
}
