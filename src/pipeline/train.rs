//! Training a model of names from alias lists: names that are known to mean the same entity, or not.

use super::compared::{Compared, compared};
use super::embed::{self, Half};
use crate::compare::levels::{MISSING, WORD_ODDS};
use crate::compare::prepared::counted_words;
use crate::compare::rarity::WordCounts;
use crate::compare::{COMPARISONS, Embedding, Odds, WordOdds, word_odds};
use crate::config::Kind;
use crate::error::Result;
use crate::model::boost::BoostOptions;
use crate::model::contrast::ContrastOptions;
use crate::model::fields::{FieldModel, Source};
use crate::model::fit::{Example, FitOptions, Fitted, fit};
use crate::model::names::fit_names;
use crate::model::share::Calibration;
use crate::model::word_odds::{WordOddsOptions, WordPair, fit_word_odds};
use crate::model::{BIT, FORMAT, LevelWeights, MatchWeight, Model, ModelFile, Training, TrainingSet};
use std::collections::BTreeMap;
use std::sync::Arc;

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
pub fn blank(kind: Kind, words: WordCounts, embedding: Option<Arc<Embedding>>) -> Result<Model> {
    let comparisons = COMPARISONS
        .iter()
        .map(|c| LevelWeights { comparison: c.name.to_owned(), weights: vec![0; c.levels.len() + 1] })
        .collect();
    let fields = vec![FieldModel { comparisons, words, embedding, ..FieldModel::default() }];
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

/// What training is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Learning an embedding: of all names, or of those without one half, to see that half with.
    Embedding(Option<Half>),
    /// Comparing the pairs of the lists.
    Pairs,
    /// Fitting weights.
    Weights,
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
    /// How to learn the name embedding; `None` for a model without one.
    pub embedding: Option<ContrastOptions>,
    /// How to learn what single words say; `None` for a model that knows their rarity alone.
    pub word_odds: Option<WordOddsOptions>,
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
            embedding: None,
            word_odds: None,
            calibration: None,
            command: String::new(),
        }
    }
}

/// Trains a model of names on alias lists and labelled pairs. Within each list matches and non-matches are brought to one
/// proportion, because their shares say how a list was made, not how names are written.
///
/// What is learned of names (vectors, odds of words) is tried on the half of the entities that it was learned without, so
/// that the comparisons' weights hold for names that nobody has seen; the model itself gets what all names taught.
///
/// # Errors
/// None but for a broken shipped model.
pub fn train(
    kind: Kind,
    lists: &[TrainingList],
    words: WordCounts,
    options: &TrainOptions,
    progress: &dyn Fn(Stage, u64, u64),
) -> Result<Model> {
    let learn = |without: Option<Half>| {
        let options = options.embedding.as_ref()?;
        embed::learn(lists, without, options, &|done, of| progress(Stage::Embedding(without), done, of))
    };
    let unfitted = Half::BOTH.map(|half| blank(kind, words.clone(), learn(Some(half))));
    let [first, second] = unfitted;
    let unfitted = [(Half::First, first?), (Half::Second, second?)];
    let mut pairs = Vec::new();
    let mut sets = Vec::new();
    for (done, list) in (0..).zip(lists) {
        progress(Stage::Pairs, done, lists.len() as u64);
        let mut compared = compared(list, &unfitted)?;
        sets.push(balance(list, &mut compared, options));
        pairs.extend(compared);
    }
    progress(Stage::Weights, 0, 2);
    let odds = match &options.word_odds {
        Some(word_odds) => learn_odds(&mut pairs, &words, word_odds, options)?,
        None => BTreeMap::new(),
    };
    progress(Stage::Weights, 1, 2);
    if let Ok(path) = std::env::var("DUMP_PAIRS") {
        let mut out = Vec::new();
        for e in examples(&pairs) {
            out.extend(e.levels);
            out.push(u8::from(e.is_match));
            out.extend(e.importance.to_le_bytes());
        }
        std::fs::write(path, out).unwrap();
    }
    let boosting = BoostOptions {
        rounds: std::env::var("ROUNDS").map_or(400, |v| v.parse().unwrap()),
        parts: 1,
        features_percent: 50,
        combinations: std::env::var("COMBS").map_or(16, |v| v.parse().unwrap()),
        ridge: std::env::var("RIDGE").map_or(10.0, |v| v.parse().unwrap()),
        least_in_leaf: std::env::var("LEAF").map_or(5.0, |v| v.parse().unwrap()),
        ..BoostOptions::default()
    };
    let Fitted { prior, comparisons, interactions } = fit_names(&examples(&pairs), &boosting);
    let prior = options.prior.unwrap_or(prior);
    let training = Training { command: options.command.clone(), sets, chosen: None };
    let field = FieldModel { source: Source::Any, comparisons, interactions, words, odds, embedding: learn(None) };
    let calibration = options.calibration.unwrap_or_else(|| measured(kind));
    let fields = vec![field];
    Model::new(ModelFile { format: FORMAT, kind, prior, calibration, fields, training, ..ModelFile::default() })
}

fn examples(pairs: &[Compared]) -> Vec<Example> {
    let example =
        |pair: &Compared| Example { levels: pair.levels, is_match: pair.is_match, importance: pair.importance };
    pairs.iter().map(example).collect()
}

/// The importance of a list's matches where it has one match; the ridge penalty is measured against it.
const SCALE: f64 = 100.0;

/// Brings a list's matches and non-matches to the importance that the options say.
fn balance(list: &TrainingList, compared: &mut [Compared], options: &TrainOptions) -> TrainingSet {
    let sum = |wanted: bool| -> f64 {
        compared.iter().filter(|pair| pair.is_match == wanted).map(|pair| pair.importance).sum()
    };
    let (matches, others) = (sum(true), sum(false));
    let whole = matches.powf(options.list_power) * SCALE;
    let (of_matches, of_others) = (whole / matches.max(1.0), whole * options.non_matches / others.max(1.0));
    compared.iter_mut().for_each(|pair| pair.importance *= if pair.is_match { of_matches } else { of_others });
    TrainingSet { name: list.name.clone(), pairs: (matches + others) as u64, matches: matches as u64 }
}

/// Learns the odds of words on top of what the other comparisons say, and sets the levels of the pairs that depend on them:
/// those of each half by the odds that were learned without it.
fn learn_odds(
    pairs: &mut [Compared],
    words: &WordCounts,
    odds_options: &WordOddsOptions,
    options: &TrainOptions,
) -> Result<BTreeMap<String, Odds>> {
    let plain = FitOptions { interactions: Vec::new(), ..options.fit.clone() };
    let Fitted { prior, comparisons, interactions } = fit(&examples(pairs), &plain);
    let fields = vec![FieldModel { comparisons, interactions, ..FieldModel::default() }];
    let model = Model::new(ModelFile { format: FORMAT, prior, fields, ..ModelFile::default() })?;
    let fit_on = |without: Option<Half>| {
        let taken = pairs.iter().filter(|pair| Some(pair.half) != without);
        let taken: Vec<WordPair<'_>> = taken
            .map(|pair| WordPair {
                log_odds: f64::from(model.weight(&pair.levels)) / f64::from(BIT) * std::f64::consts::LN_2,
                is_match: pair.is_match,
                importance: pair.importance,
                lone: &pair.lone,
                shared: &pair.shared,
            })
            .collect();
        fit_word_odds(&taken, words.counts.keys(), odds_options)
    };
    let all = fit_on(None);
    let by_half = Half::BOTH.map(|half| (half, WordOdds::new(&fit_on(Some(half)))));
    for pair in pairs.iter_mut() {
        let Some((_, odds)) = by_half.iter().find(|(half, _)| *half == pair.half) else { continue };
        let (lone, shared) = odds.sum(&pair.lone, &pair.shared);
        for (place, odds) in WORD_ODDS.into_iter().zip([lone, shared]) {
            if let Some(level) = pair.levels.get_mut(place).filter(|level| **level != MISSING) {
                *level = word_odds::level(odds);
            }
        }
    }
    Ok(all)
}
