//! What single words say beyond how rare they are: that `holdings` may come and go and `north` may not.
//!
//! LinkOrgs' network learns which words of a name matter; here it is a table that can be read. For each common word the
//! odds of a match where only one of the names bears it, and where both do, given everything else
//! ([`crate::model::word_odds`]).

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
