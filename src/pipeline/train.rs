//! Training a model of names from alias lists: names that are known to mean the same entity, or not.

use super::scorer::Scorer;
use crate::block::candidates::BlockOptions;
use crate::block::keys::KeyOptions;
use crate::block::{Blocks, Keys, Scratch};
use crate::compare::prepared::counted_words;
use crate::compare::rarity::WordCounts;
use crate::compare::{COMPARISONS, Levels};
use crate::config::Kind;
use crate::error::Result;
use crate::model::fields::{FieldModel, Source};
use crate::model::fit::{Example, FitOptions, Fitted, fit};
use crate::model::share::Calibration;
use crate::model::{FORMAT, LevelWeights, MatchWeight, Model, ModelFile, Training, TrainingSet};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A name and the entity that bears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The entity, by the data set's own id.
    pub entity: String,
    /// The name.
    pub name: String,
}

/// What a model is trained on: each list is a task of its own.
#[derive(Debug, Clone)]
pub struct TrainingList {
    /// The list's name.
    pub name: String,
    /// What it holds.
    pub content: Content,
}

/// The content of a training list.
#[derive(Debug, Clone)]
pub enum Content {
    /// Names with their entities: names of one entity are matches, look-alikes of others are not.
    Aliases(Vec<Named>),
    /// Pairs of texts, and whether they match.
    Pairs(Vec<(String, String, bool)>),
}

/// A model without any evidence, to prepare records before there is one.
pub fn blank(kind: Kind, words: WordCounts) -> Result<Model> {
    let comparisons = COMPARISONS
        .iter()
        .map(|c| LevelWeights { comparison: c.name.to_owned(), weights: vec![0; c.levels.len() + 1] })
        .collect();
    let fields = vec![FieldModel { comparisons, words, ..FieldModel::default() }];
    Model::new(ModelFile { format: FORMAT, kind, fields, ..ModelFile::default() })
}

/// Counts words over names; those in fewer than `least` names are left out.
pub fn count_words<'a>(names: impl Iterator<Item = &'a str>, least: u32) -> WordCounts {
    let mut counted = WordCounts::default();
    for name in names {
        counted.records += 1;
        for word in counted_words(crate::text::shipped(), name) {
            *counted.counts.entry(word).or_default() += 1;
        }
    }
    counted.counts.retain(|_, count| *count >= least);
    counted
}

/// Non-matches of a list that are compared, about; of more every nth is taken, chosen by hash, and counts n times.
const NON_MATCHES: u64 = 150_000;

/// Labelled pairs of a list linked to itself: its candidate pairs, of the non-matches among them a sample. Names of one entity
/// that share no key teach nothing, since a link job would never compare them. Pairs with the same levels are put together.
///
/// # Errors
/// None but for a broken shipped model.
pub fn examples(list: &[Named], words: &WordCounts) -> Result<Vec<Example>> {
    let texts: Vec<String> = list.iter().map(|named| named.name.clone()).collect();
    let scorer = Scorer::new(blank(Kind::Organization, words.clone())?, &[vec![texts.as_slice()]])?;
    let prepared = scorer.prepare_table(&[texts]);
    let keys = Keys::new(KeyOptions::default(), prepared.iter().flat_map(|p| p.texts.iter().flatten()));
    let blocks = Blocks::new(&prepared, None, &keys, BlockOptions::default());
    let pairs: u64 = (0..list.len() as u32)
        .into_par_iter()
        .with_min_len(64)
        .map_init(Scratch::default, |scratch, right| blocks.candidates(right, scratch).len() as u64)
        .sum();
    let every = (pairs / NON_MATCHES).max(1);
    let counted: BTreeMap<(Levels, bool), f64> = (0..list.len())
        .into_par_iter()
        .with_min_len(64)
        .map_init(Scratch::default, |scratch, right| {
            let candidates = blocks.candidates(right as u32, scratch).to_vec();
            let mut counted: BTreeMap<(Levels, bool), f64> = BTreeMap::new();
            for left in candidates.iter().map(|left| *left as usize) {
                let is_match = list.get(left).map(|named| &named.entity) == list.get(right).map(|named| &named.entity);
                if !is_match && !mixed(left, right).is_multiple_of(every) {
                    continue;
                }
                if let (Some(a), Some(b)) = (prepared.get(left), prepared.get(right)) {
                    let levels = scorer.levels(a, b).first().copied().unwrap_or_default();
                    *counted.entry((levels, is_match)).or_default() += if is_match { 1.0 } else { every as f64 };
                }
            }
            counted
        })
        .reduce(BTreeMap::new, merge);
    let examples = counted.into_iter().map(|((levels, is_match), importance)| Example { levels, is_match, importance });
    Ok(examples.collect())
}

/// A number from two row numbers in which every bit depends on both (the finaliser of SplitMix64).
fn mixed(left: usize, right: usize) -> u64 {
    let mut mixed = ((left as u64) << 32 | right as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// Labelled pairs of texts as examples. Rarities come from the texts themselves.
///
/// # Errors
/// None but for a broken shipped model.
pub fn examples_of_pairs(pairs: &[(String, String, bool)], words: &WordCounts) -> Result<Vec<Example>> {
    let left: Vec<String> = pairs.iter().map(|(left, _, _)| left.clone()).collect();
    let right: Vec<String> = pairs.iter().map(|(_, right, _)| right.clone()).collect();
    let scorer = Scorer::new(blank(Kind::Record, words.clone())?, &[vec![left.as_slice(), right.as_slice()]])?;
    let (left, right) = (scorer.prepare_table(&[left]), scorer.prepare_table(&[right]));
    let levels = left.iter().zip(&right).map(|(a, b)| scorer.levels(a, b).first().copied().unwrap_or_default());
    let examples =
        levels.zip(pairs).map(|(levels, (_, _, is_match))| Example { levels, is_match: *is_match, importance: 1.0 });
    Ok(examples.collect())
}

fn merge(mut all: BTreeMap<(Levels, bool), f64>, part: BTreeMap<(Levels, bool), f64>) -> BTreeMap<(Levels, bool), f64> {
    for (key, count) in part {
        *all.entry(key).or_default() += count;
    }
    all
}

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// How to fit.
    pub fit: FitOptions,
    /// A list with n matches counts as n to this power: at 1 the longest list decides alone, at 0 all count the same.
    pub list_power: f64,
    /// The importance of non-matches for each of matches, within a list.
    pub non_matches: f64,
    /// The prior in micro-bits; `None` keeps the share of matches that `non_matches` implies.
    pub prior: Option<MatchWeight>,
    /// How far evidence is stretched, to be as sure in link jobs as it says; `None` is what was measured for the kind.
    pub calibration: Option<Calibration>,
    /// The command that trains the model again, to be written into it.
    pub command: String,
}

/// What served the validation parts of `cognate bench names` and, for partners, the generated tables; other kinds have not
/// been measured.
fn measured(kind: Kind) -> Calibration {
    match kind {
        Kind::Organization => Calibration { pairs: 1_100, partners: 1_300 },
        Kind::Product | Kind::Record => Calibration::default(),
    }
}

impl Default for TrainOptions {
    fn default() -> TrainOptions {
        TrainOptions {
            fit: FitOptions::default(),
            list_power: 0.25,
            non_matches: 4.0,
            prior: None,
            calibration: None,
            command: String::new(),
        }
    }
}

/// Trains a model of names on alias lists and labelled pairs. Within each list matches and non-matches are brought to one
/// proportion, because their shares say how a list was made, not how names are written.
///
/// # Errors
/// None but for a broken shipped model.
pub fn train(kind: Kind, lists: &[TrainingList], words: WordCounts, options: &TrainOptions) -> Result<Model> {
    let mut all = Vec::new();
    let mut sets = Vec::new();
    for list in lists {
        let mut examples = match &list.content {
            Content::Aliases(names) => {
                let mut sorted = names.clone();
                sorted.sort_by(|a, b| (&a.entity, &a.name).cmp(&(&b.entity, &b.name)));
                examples(&sorted, &words)?
            }
            Content::Pairs(pairs) => examples_of_pairs(pairs, &words)?,
        };
        let pairs: f64 = examples.iter().map(|example| example.importance).sum();
        let matches: f64 = examples.iter().filter(|example| example.is_match).map(|example| example.importance).sum();
        sets.push(TrainingSet { name: list.name.clone(), pairs: pairs as u64, matches: matches as u64 });
        let whole = matches.powf(options.list_power) * SCALE;
        let (of_matches, of_others) =
            (whole / matches.max(1.0), whole * options.non_matches / (pairs - matches).max(1.0));
        examples.iter_mut().for_each(|e| e.importance *= if e.is_match { of_matches } else { of_others });
        all.extend(examples);
    }
    let Fitted { prior, comparisons, interactions } = fit(&all, &options.fit);
    let prior = options.prior.unwrap_or(prior);
    let training = Training { command: options.command.clone(), sets };
    let fields = vec![FieldModel { source: Source::Any, comparisons, interactions, words }];
    let calibration = options.calibration.unwrap_or_else(|| measured(kind));
    Model::new(ModelFile { format: FORMAT, kind, prior, calibration, fields, training, ..ModelFile::default() })
}

/// The importance of a list's matches where it has one match; the ridge penalty is measured against it.
const SCALE: f64 = 100.0;
