//! The model: levels in, match weight out.
//!
//! A match weight is the evidence in **micro-bits** of log2 odds: a weight of 3,000,000 says that the pair is 2³ = 8 times
//! as likely to be a match as not. Every level of every comparison has a weight, some combinations of two comparisons'
//! levels have one too, and a pair's weight is their sum with the prior. Sums of integers are exact, so a weight is the
//! same on every machine and with any number of threads, and an explanation ([`explain`]) adds up to the last unit.
//!
//! - [`fields`]: the fields of a model and their tables of weights.
//! - [`fit`]: the weights from labelled pairs, by a ridge logistic regression with monotone levels.
//! - [`contrast`]: the name embedding from names that mean the same.
//! - [`word_odds`]: what single words say, from the same.
//! - [`boost`](mod@boost), [`records`]: the weights of several fields from labelled pairs, by boosting.
//! - [`explain`]: the terms of a weight by name.
//! - [`share`], [`aim`]: calibrated probabilities; thresholds for an expected precision or F_β.
//! - [`shipped`](mod@shipped): the models inside the binary.

pub mod aim;
pub mod alias_weights;
pub mod boost;
mod boost_tree;
pub mod contrast;
pub mod cut;
pub mod explain;
pub mod fields;
pub mod fit;
mod packed;
pub mod records;
pub mod share;
pub mod shipped;
mod tabulate;
mod training;
pub mod word_odds;

pub use training::{Chosen, Training, TrainingSet};

use crate::compare::Levels;
use crate::compare::rarity::WordCounts;
use crate::config::Kind;
use crate::error::{Error, ErrorKind, Place, Result};
use fields::{Across, FieldModel, FieldTables, PairTable, Source};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use share::{Calibration, Scale, ShareSource};
use std::collections::BTreeMap;
use std::path::Path;

/// The evidence for a match in micro-bits of log2 odds.
pub type MatchWeight = i32;

/// Micro-bits in a bit.
pub const BIT: i32 = 1_000_000;

/// The format of model files that this version writes and reads.
pub const FORMAT: u32 = 3;

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
    /// Whether that prior holds for every job.
    #[serde(default, skip_serializing_if = "ShareSource::is_job")]
    pub share: ShareSource,
    /// How far evidence is stretched to be as sure as it says.
    #[serde(default, skip_serializing_if = "Calibration::is_unchanged")]
    pub calibration: Calibration,
    /// The fields, the most telling first; at least one. A field of any text stands alone, and that of the whole record
    /// last.
    pub fields: Vec<FieldModel>,
    /// The weights of combinations across fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub across: Vec<Across>,
    /// How it was trained.
    pub training: Training,
}

/// A model, checked and ready to score.
#[derive(Debug, Clone)]
pub struct Model {
    file: ModelFile,
    digest: String,
    fields: Vec<FieldTables>,
    across: Vec<PairTable>,
    is_monotone: bool,
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
        let sources: Vec<&Source> = file.fields.iter().map(|field| &field.source).collect();
        let [first, others @ ..] = sources.as_slice() else { return Err(wrong("a model needs a field".to_owned())) };
        if others.contains(&&Source::Any) || (**first == Source::Any && !others.is_empty()) || **first == Source::Whole
        {
            return Err(wrong(
                "a field of any text stands alone, and that of the whole record after others".to_owned(),
            ));
        }
        if others.iter().rev().skip(1).any(|source| **source == Source::Whole) {
            return Err(wrong("only the last field can be the whole record".to_owned()));
        }
        let fields = file.fields.iter().map(FieldTables::checked).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        let across = file.across.iter().map(|table| PairTable::across(table, fields.len()));
        let across = across.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        let is_monotone = fields::is_monotone(&file.fields, &fields, &across);
        let bytes = serde_json::to_vec(&file).map_err(|error| wrong(error.to_string()))?;
        let digest = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Model { file, digest, fields, across, is_monotone })
    }

    /// The parts of the model.
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// The SHA-256 of the model in hexadecimal: the model's name.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How evidence becomes a weight where nothing is known of a job.
    pub fn scale(&self) -> Scale {
        Scale { prior: self.file.prior, sharpness: self.file.calibration.pairs }
    }

    /// How evidence becomes a weight where nothing is known of a job, and a name is compared with many that compete to mean
    /// the same.
    pub fn partner_scale(&self) -> Scale {
        let Calibration { pairs, partners } = self.file.calibration;
        Scale { prior: self.file.prior, sharpness: if self.file.share.is_job() { partners } else { pairs } }
    }

    /// The weight of a pair whose only field has these levels, as it was fitted.
    pub fn weight(&self, levels: &Levels) -> MatchWeight {
        self.file.prior.saturating_add(self.evidence(levels))
    }

    /// Whether a higher level (from 1 on) of the comparisons that are made last ([`crate::compare::levels::COSTLY`]) never
    /// weighs less than a lower one, alone or combined: then the weight with them at their highest level is an upper bound of
    /// the pair's weight.
    pub fn is_monotone(&self) -> bool {
        self.is_monotone
    }

    /// What the levels of the first field say, without the prior.
    pub fn evidence(&self, levels: &Levels) -> MatchWeight {
        self.fields.first().map_or(0, |field| field.evidence(levels))
    }

    /// The weight of a pair by the levels of the model's fields, as it was fitted: the prior and
    /// [`Model::record_evidence`].
    pub fn record_weight(&self, levels: &[Levels]) -> MatchWeight {
        self.file.prior.saturating_add(self.record_evidence(levels))
    }

    /// What the levels of the model's fields say, in their order, without the prior; those that are not given are missing
    /// and say nothing.
    pub fn record_evidence(&self, levels: &[Levels]) -> MatchWeight {
        let fields = self.fields.iter().zip(levels).map(|(field, levels)| field.evidence(levels));
        let across = self.across.iter().map(|table| table.weight(|field| levels.get(field)));
        fields.chain(across).fold(0, MatchWeight::saturating_add)
    }

    /// The model's fields, at least one.
    pub fn fields(&self) -> &[FieldModel] {
        &self.file.fields
    }

    /// The counts of common words of the first field.
    pub fn words(&self) -> &WordCounts {
        static NONE: WordCounts = WordCounts { records: 0, counts: BTreeMap::new() };
        self.file.fields.first().map_or(&NONE, |field| &field.words)
    }

    /// The pairs of columns that the model was trained on, left and right, in their order; none for a model of any text.
    pub fn columns(&self) -> Vec<(&str, &str)> {
        self.file.fields.iter().filter_map(|field| field.source.columns()).collect()
    }
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
pub(crate) mod tests {
    use super::*;
    use crate::compare::COMPARISONS;
    use crate::compare::levels::COUNT;

    pub(crate) fn flat() -> ModelFile {
        let comparisons = COMPARISONS
            .iter()
            .map(|c| LevelWeights { comparison: c.name.to_owned(), weights: (0..=c.levels.len() as i32).collect() })
            .collect();
        let fields = vec![FieldModel { comparisons, ..FieldModel::default() }];
        ModelFile { format: FORMAT, prior: -5, fields, ..ModelFile::default() }
    }

    /// A model of the fields `a`, `b` and the whole record, with a combination of the first two.
    pub(crate) fn of_records() -> ModelFile {
        let mut file = flat();
        let column = |name: &str| Source::Columns { left: name.to_owned(), right: name.to_owned() };
        let field = file.fields.pop().unwrap();
        let sources = [column("a"), column("b"), Source::Whole];
        file.fields = sources.map(|source| FieldModel { source, ..field.clone() }).into();
        let of = |field| fields::FieldComparison { field, comparison: "spelling".to_owned() };
        let mut weights = vec![vec![0; 6]; 6];
        weights[5][5] = 1000;
        file.across = vec![Across { first: of(0), second: of(1), weights }];
        file
    }

    #[test]
    fn a_weight_is_the_sum_of_its_levels() {
        let model = Model::new(flat()).unwrap();
        assert_eq!(model.weight(&[1; COUNT]), -5 + COUNT as i32);
        assert_eq!(model.weight(&[0; COUNT]), -5);
    }

    #[test]
    fn fields_and_what_they_say_together_add_up() {
        let model = Model::new(of_records()).unwrap();
        let (low, high) = ([1; COUNT], {
            let mut levels = [1; COUNT];
            levels[0] = 5;
            levels
        });
        let count = COUNT as i32;
        assert_eq!(model.record_weight(&[low, low, low]), -5 + 3 * count);
        assert_eq!(model.record_weight(&[high, low]), -5 + 2 * count + 4);
        assert_eq!(model.record_weight(&[high, high, low]), -5 + 3 * count + 8 + 1000);
        assert_eq!(model.columns(), [("a", "a"), ("b", "b")]);
    }

    #[test]
    fn fields_stand_in_their_order() {
        let wrong = |change: &dyn Fn(&mut ModelFile)| {
            let mut file = of_records();
            change(&mut file);
            Model::new(file).unwrap_err().to_string()
        };
        assert!(wrong(&|file| file.fields.clear()).contains("needs a field"));
        assert!(wrong(&|file| file.fields.swap(0, 2)).contains("after others"));
        assert!(wrong(&|file| file.fields.swap(1, 2)).contains("only the last"));
        assert!(wrong(&|file| file.fields[1].source = Source::Any).contains("stands alone"));
        assert!(wrong(&|file| file.across[0].second.field = 3).contains("there are 3"));
        assert!(wrong(&|file| file.across[0].second.comparison = "grams".to_owned()).contains("across fields"));
    }

    #[test]
    fn a_falling_weight_is_noticed() {
        assert!(Model::new(flat()).unwrap().is_monotone());
        let mut file = flat();
        file.fields[0].comparisons[1].weights[2] = -100;
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
        file.fields[0].comparisons[0].weights.pop();
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
