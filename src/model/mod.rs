//! The model: levels in, match weight out.
//!
//! A match weight is the evidence in **micro-bits** of log2 odds: a weight of 3,000,000 says that the pair is 2³ = 8 times
//! as likely to be a match as not. Every level of every comparison has a weight, some combinations of two comparisons'
//! levels have one too, and a pair's weight is their sum with the prior. Sums of integers are exact, so a weight is the
//! same on every machine and with any number of threads, and an explanation ([`explain`]) adds up to the last unit.
//!
//! - [`fit`]: the weights from labelled pairs, by a ridge logistic regression with monotone levels.
//! - [`explain`]: the terms of a weight by name.
//! - [`shipped`](mod@shipped): the models inside the binary.

pub mod explain;
pub mod fit;
pub mod shipped;
mod tabulate;

use crate::compare::levels::COUNT;
use crate::compare::rarity::WordCounts;
use crate::compare::{COMPARISONS, Levels};
use crate::config::Kind;
use crate::error::{Error, ErrorKind, Place, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The evidence for a match in micro-bits of log2 odds.
pub type MatchWeight = i32;

/// Micro-bits in a bit.
pub const BIT: i32 = 1_000_000;

/// The format of model files that this version writes and reads.
pub const FORMAT: u32 = 1;

/// The probability that a match weight stands for: 1 / (1 + 2^−weight).
///
/// ```
/// assert_eq!(cognate::model::probability(0), 0.5);
/// assert_eq!(cognate::model::probability(3_000_000), 8.0 / 9.0);
/// ```
pub fn probability(weight: MatchWeight) -> f64 {
    1.0 / (1.0 + (-f64::from(weight) / f64::from(BIT)).exp2())
}

/// The least match weight whose probability reaches `probability` (from 0 to 1).
pub fn weight_of(probability: f64) -> MatchWeight {
    let odds = probability / (1.0 - probability);
    // The cast saturates, so 0 and 1 become the extreme weights.
    (odds.log2() * f64::from(BIT)).ceil() as i32
}

/// The weights of one comparison's levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelWeights {
    /// The comparison's name.
    pub comparison: String,
    /// The weight of each level in micro-bits, from level 0 (missing) on.
    pub weights: Vec<MatchWeight>,
}

/// The weights of the combinations of two comparisons' levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interaction {
    /// The first comparison's name.
    pub first: String,
    /// The second comparison's name.
    pub second: String,
    /// The weight in micro-bits by the first's level, then by the second's.
    pub weights: Vec<Vec<MatchWeight>>,
}

/// How a model came to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Training {
    /// The command that trains it again.
    pub command: String,
    /// Each set of pairs with its numbers of pairs and matches.
    pub sets: Vec<TrainingSet>,
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

/// A model as its file holds it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// The format of the file ([`FORMAT`]).
    pub format: u32,
    /// What it is for.
    pub kind: Kind,
    /// The weight of a pair before anything is compared, in micro-bits.
    pub prior: MatchWeight,
    /// The weights of the comparisons, in the order of [`COMPARISONS`].
    pub comparisons: Vec<LevelWeights>,
    /// The weights of combinations of levels.
    pub interactions: Vec<Interaction>,
    /// The counts of common words, to know rarity without a table at hand.
    pub words: WordCounts,
    /// How it was trained.
    pub training: Training,
}

/// A model, checked and ready to score.
#[derive(Debug, Clone)]
pub struct Model {
    file: ModelFile,
    digest: String,
    /// The weights by comparison and level, [`WIDTH`] places to a comparison.
    tables: Vec<MatchWeight>,
    interactions: Vec<InteractionTable>,
    is_monotone: bool,
}

/// More than any comparison has levels.
const WIDTH: usize = 32;

#[derive(Debug, Clone)]
struct InteractionTable {
    first: usize,
    second: usize,
    columns: usize,
    weights: Vec<MatchWeight>,
}

impl Model {
    /// A model from its parts.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when a comparison is missing, unknown, or has another number of levels.
    pub fn new(file: ModelFile) -> Result<Model> {
        Model::checked(file, Path::new("model"))
    }

    /// Reads a model from its JSON text; `path` names it in errors.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for text that is no model, [`ErrorKind::Version`] for a model of another format.
    pub fn parse(text: &str, path: &Path) -> Result<Model> {
        let not_a_model = |error: serde_json::Error| {
            Error::config(Place::file(path).line(error.line() as u64), format!("not a model: {error}"))
        };
        let value: serde_json::Value = serde_json::from_str(text).map_err(not_a_model)?;
        let format = value.get("format").and_then(serde_json::Value::as_u64).unwrap_or_default();
        if format != u64::from(FORMAT) {
            return Err(ErrorKind::Version {
                path: path.to_path_buf(),
                found: format.to_string(),
                supported: FORMAT.to_string(),
                advice: "train the model again with this program".to_owned(),
            }
            .into());
        }
        Model::checked(serde_json::from_value(value).map_err(not_a_model)?, path)
    }

    /// Reads a model from a file. See [`Model::parse`].
    ///
    /// # Errors
    /// Those of [`Model::parse`], and [`ErrorKind::Io`].
    pub fn load(path: &Path) -> Result<Model> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::io(path, error))?;
        Model::parse(&text, path)
    }

    /// The model's JSON text: what [`Model::parse`] reads; the same bytes for the same model.
    ///
    /// # Errors
    /// None for a model that was built by [`Model::new`].
    pub fn to_json(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(&self.file);
        text.map(|text| compact_numbers(&text) + "\n").map_err(|error| Error::usage(error.to_string()))
    }

    fn checked(file: ModelFile, path: &Path) -> Result<Model> {
        let wrong = |reason: String| Error::config(Place::file(path), reason);
        let names: Vec<&str> = file.comparisons.iter().map(|table| table.comparison.as_str()).collect();
        if !names.iter().copied().eq(COMPARISONS.iter().map(|comparison| comparison.name)) {
            let known: Vec<&str> = COMPARISONS.iter().map(|comparison| comparison.name).collect();
            return Err(wrong(format!("the comparisons must be {} in this order", known.join(", "))));
        }
        for (table, comparison) in file.comparisons.iter().zip(&COMPARISONS) {
            if table.weights.len() != comparison.levels.len() + 1 {
                let expected = comparison.levels.len() + 1;
                return Err(wrong(format!("comparison {} must have {expected} weights", comparison.name)));
            }
        }
        let interactions = file.interactions.iter().map(InteractionTable::checked).collect::<Option<Vec<_>>>();
        let Some(interactions) = interactions else {
            return Err(wrong(
                "an interaction names an unknown comparison or has the wrong number of weights".to_owned(),
            ));
        };
        let mut tables = vec![0; COUNT * WIDTH];
        for (table, levels) in tables.chunks_mut(WIDTH).zip(&file.comparisons) {
            table.iter_mut().zip(&levels.weights).for_each(|(slot, weight)| *slot = *weight);
        }
        let is_monotone = is_monotone(&file);
        let bytes = serde_json::to_vec(&file).map_err(|error| wrong(error.to_string()))?;
        let digest = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Model { file, digest, tables, interactions, is_monotone })
    }

    /// The parts of the model.
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// The SHA-256 of the model in hexadecimal: the model's name.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The weight of a pair whose only field has these levels: the prior and everything that the levels say.
    pub fn weight(&self, levels: &Levels) -> MatchWeight {
        self.file.prior.saturating_add(self.evidence(levels))
    }

    /// Whether a higher level (from 1 on) never weighs less than a lower one, alone or combined: then the weight of levels
    /// that are nowhere lower than a pair's is an upper bound of the pair's weight.
    pub fn is_monotone(&self) -> bool {
        self.is_monotone
    }

    /// The weight of a level of a comparison, both by their numbers.
    fn level_weight(&self, comparison: usize, level: usize) -> MatchWeight {
        at(&self.tables, comparison * WIDTH + level.min(WIDTH - 1))
    }

    /// What the levels of one field say, without the prior.
    pub fn evidence(&self, levels: &Levels) -> MatchWeight {
        let single = self.tables.chunks_exact(WIDTH).zip(levels).map(|(table, level)| at(table, usize::from(*level)));
        let double = self.interactions.iter().map(|table| table.weight(levels));
        single.chain(double).fold(0, MatchWeight::saturating_add)
    }
}

impl InteractionTable {
    fn checked(interaction: &Interaction) -> Option<InteractionTable> {
        let place = |name: &str| COMPARISONS.iter().position(|comparison| comparison.name == name);
        let (first, second) = (place(&interaction.first)?, place(&interaction.second)?);
        let (rows, columns) = (COMPARISONS.get(first)?.levels.len() + 1, COMPARISONS.get(second)?.levels.len() + 1);
        let fits = interaction.weights.len() == rows && interaction.weights.iter().all(|row| row.len() == columns);
        fits.then(|| InteractionTable { first, second, columns, weights: interaction.weights.concat() })
    }

    fn weight(&self, levels: &Levels) -> MatchWeight {
        let level = |comparison: usize| usize::from(levels.get(comparison).copied().unwrap_or_default());
        at(&self.weights, level(self.first) * self.columns + level(self.second))
    }
}

fn is_monotone(file: &ModelFile) -> bool {
    let rises = |weights: &[MatchWeight]| weights.get(1..).unwrap_or_default().is_sorted();
    let rows_rise = |table: &[Vec<MatchWeight>]| {
        table
            .iter()
            .skip(1)
            .zip(table.iter().skip(2))
            .all(|(low, high)| low.iter().zip(high).skip(1).all(|(a, b)| a <= b))
    };
    file.comparisons.iter().all(|table| rises(&table.weights))
        && file
            .interactions
            .iter()
            .all(|table| table.weights.iter().skip(1).all(|row| rises(row)) && rows_rise(&table.weights))
}

fn at(table: &[MatchWeight], place: usize) -> MatchWeight {
    table.get(place).copied().unwrap_or_default()
}

/// Puts each list of numbers on one line, so that a model can be read and compared by people.
fn compact_numbers(pretty: &str) -> String {
    let mut out = String::with_capacity(pretty.len());
    let mut lines = pretty.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        let is_number = |line: &str| line.trim().trim_end_matches(',').parse::<i64>().is_ok();
        if line.ends_with('[') && lines.peek().is_some_and(|next| is_number(next)) {
            while let Some(number) = lines.next_if(|next| is_number(next)) {
                out.push_str(number.trim());
                out.push_str(if number.ends_with(',') { " " } else { "" });
            }
            out.push_str(lines.next().unwrap_or_default().trim());
        }
        out.push(if lines.peek().is_some() { '\n' } else { ' ' });
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn flat() -> ModelFile {
        let comparisons = COMPARISONS
            .iter()
            .map(|c| LevelWeights { comparison: c.name.to_owned(), weights: (0..=c.levels.len() as i32).collect() })
            .collect();
        ModelFile { format: FORMAT, prior: -5, comparisons, ..ModelFile::default() }
    }

    #[test]
    fn a_weight_is_the_sum_of_its_levels() {
        let model = Model::new(flat()).unwrap();
        assert_eq!(model.weight(&[1; COUNT]), -5 + COUNT as i32);
        assert_eq!(model.weight(&[0; COUNT]), -5);
    }

    #[test]
    fn a_falling_weight_is_noticed() {
        assert!(Model::new(flat()).unwrap().is_monotone());
        let mut file = flat();
        file.comparisons[0].weights[2] = -100;
        assert!(!Model::new(file).unwrap().is_monotone());
    }

    #[test]
    fn a_model_reads_what_it_wrote() {
        let model = Model::new(flat()).unwrap();
        let text = model.to_json().unwrap();
        let again = Model::parse(&text, Path::new("m.json")).unwrap();
        assert_eq!(again.file(), model.file());
        assert_eq!(again.digest(), model.digest());
        assert_eq!(again.to_json().unwrap(), text);
    }

    #[test]
    fn a_model_of_another_format_or_shape_is_refused() {
        let error = Model::parse("{\"format\": 99}", Path::new("m.json")).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Version { .. }));
        let mut file = flat();
        file.comparisons[0].weights.pop();
        assert!(Model::new(file).unwrap_err().to_string().contains("spelling must have 6 weights"));
        assert!(Model::parse("nonsense", Path::new("m.json")).is_err());
    }

    #[test]
    fn probabilities_and_weights_are_inverse() {
        for percent in 1..100 {
            let weight = weight_of(f64::from(percent) / 100.0);
            assert!(probability(weight) >= f64::from(percent) / 100.0 - 1e-9);
            assert!(probability(weight - 2) < f64::from(percent) / 100.0);
        }
        assert_eq!(weight_of(1.0), i32::MAX);
        assert_eq!(weight_of(0.0), i32::MIN);
    }
}
