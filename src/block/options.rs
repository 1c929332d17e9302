//! When blocking keys are dropped and pairs turned away.

use super::keys::KeyKind;

/// When a key is dropped and when a pair is turned away; the defaults were chosen on the validation tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockOptions {
    /// The pairs that a key may give; a key that would give more is dropped and reported.
    pub pairs_per_key: u64,
    /// The same for keys of kind [`KeyKind::Exact`] and [`KeyKind::Sorted`].
    pub pairs_per_exact_key: u64,
    /// The same for keys of kind [`KeyKind::Gram`].
    pub pairs_per_gram_key: u64,
    /// The same for keys of kind [`KeyKind::Meaning`].
    pub pairs_per_meaning_key: u64,
    /// The least cosine of two texts' vectors, in thousandths, for pairs that share no other key than one of
    /// [`KeyKind::Meaning`].
    pub least_cosine: u16,
    /// The least overlap of the two texts' letter pairs ([`super::sketch::Sketch::overlap`]) in percent, for pairs that share no exact, sorted,
    /// initials or alias key.
    pub least_overlap: u32,
}

impl BlockOptions {
    /// The pairs that a key of a kind may give.
    pub(super) fn limit(&self, kind: KeyKind) -> u64 {
        match kind {
            KeyKind::Exact | KeyKind::Sorted => self.pairs_per_exact_key,
            KeyKind::Gram => self.pairs_per_gram_key,
            KeyKind::Meaning => self.pairs_per_meaning_key,
            _ => self.pairs_per_key,
        }
    }
}

impl Default for BlockOptions {
    fn default() -> BlockOptions {
        BlockOptions {
            pairs_per_key: 20_000,
            pairs_per_exact_key: 1_000_000,
            pairs_per_gram_key: 500,
            pairs_per_meaning_key: 50_000,
            least_cosine: 400,
            least_overlap: 50,
        }
    }
}

/// A key that was dropped because it would have given too many pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedKey {
    /// What it is made of: `word "bank"`.
    pub name: String,
    /// The pairs that it would have given.
    pub pairs: u64,
}
