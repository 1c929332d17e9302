//! How a model came to be, as its file tells it.

use super::MatchWeight;
use serde::{Deserialize, Serialize};

/// How a model came to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Training {
    /// The command that trains it again.
    pub command: String,
    /// Each set of pairs with its numbers of pairs and matches.
    pub sets: Vec<TrainingSet>,
    /// What was chosen, and how well the model did where it was chosen; none for a model of names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
}

/// What was chosen for a model by pairs that it was not trained on, and how well it does on them at the threshold, which
/// was chosen there, too.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chosen {
    /// The pairs: the name of their set, or that each was left out of a part of the training.
    pub on: String,
    /// Rounds of boosting.
    pub rounds: usize,
    /// Combinations of two comparisons at most.
    pub combinations: usize,
    /// The match weight, in micro-bits, that became 0: the prior was lowered by so much.
    pub cut: MatchWeight,
    /// The share of matches among the pairs that it takes for matches.
    pub precision: f64,
    /// The share of the matches that it finds.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
}

/// A set of pairs that a model was trained on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingSet {
    /// Its name.
    pub name: String,
    /// Its pairs.
    pub pairs: u64,
    /// Those of them that are matches.
    pub matches: u64,
}
