//! Training a model of names from alias lists and labelled pairs: names that are known to mean the same entity, or not.

use super::compared::{Compared, compared, mined};
use super::embed::{self, Keeping};
use super::lists::{Content, Half, TrainingList};
use crate::compare::levels::{MISSING, WORD_ODDS};
use crate::compare::prepared::counted_words;
use crate::compare::rarity::WordCounts;
use crate::compare::{COMPARISONS, Embedding, Odds, WordOdds, word_odds};
use crate::config::Kind;
use crate::error::Result;
use crate::model::alias_weights::STANDARD;
use crate::model::contrast::ContrastOptions;
use crate::model::fields::{FieldModel, Source};
use crate::model::fit::{Example, FitOptions, Fitted, fit};
use crate::model::share::Calibration;
use crate::model::word_odds::{WordOddsOptions, WordPair, fit_word_odds};
use crate::model::{BIT, FORMAT, LevelWeights, MatchWeight, Model, ModelFile, Training, TrainingSet};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

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
pub enum Stage<'a> {
    /// Learning an embedding: of all names, or of those without one half, to see that half with.
    Embedding(Option<Half>),
    /// Comparing the pairs of the list of this name.
    Comparing(&'a str),
    /// Looking for the hard pairs of the list of this name.
    Mining(&'a str),
    /// Learning the odds of words.
    WordOdds,
    /// Fitting the weights.
    Weights,
}

impl fmt::Display for Stage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Embedding(Some(Half::First)) => f.write_str("embedding the second half"),
            Stage::Embedding(Some(Half::Second)) => f.write_str("embedding the first half"),
            Stage::Embedding(None) => f.write_str("embedding all names"),
            Stage::Comparing(list) => write!(f, "comparing {list}"),
            Stage::Mining(list) => write!(f, "hard pairs of {list}"),
            Stage::WordOdds => f.write_str("odds of words"),
            Stage::Weights => f.write_str("weights"),
        }
    }
}

/// Who is told how a training goes.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// What it is at, and how much of that is done, of how much; 0 of 0 where that is not known.
    pub stage: &'a dyn Fn(Stage<'_>, u64, u64),
    /// What is worth a note.
    pub note: &'a dyn Fn(&str),
}

/// Tells nobody.
pub const UNTOLD: Told<'_> = Told { stage: &|_, _, _| {}, note: &|_| {} };

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// How to fit the weights.
    pub fit: FitOptions,
    /// How many times more than others a list counts, by its name; those that are not named count once.
    pub list_weights: BTreeMap<String, f64>,
    /// A list with n matches counts as n to this power: at 1 the longest list decides alone, at 0 all count the same.
    pub list_power: f64,
    /// The importance of non-matches for each of matches, within a list.
    pub non_matches: f64,
    /// The share of each class's importance that its hard pairs have, from 0 to 1; at 0 none are looked for.
    pub hard_share: f64,
    /// The prior in micro-bits; `None` keeps the share of matches that `non_matches` implies.
    pub prior: Option<MatchWeight>,
    /// How to learn the name embedding; `None` for a model without one.
    pub embedding: Option<ContrastOptions>,
    /// How to learn what single words say; `None` for a model that knows their rarity alone.
    pub word_odds: Option<WordOddsOptions>,
    /// How far evidence is stretched, to be as sure in link jobs as it says; `None` is what was measured for the kind.
    pub calibration: Option<Calibration>,
    /// What draws the sample of non-matches.
    pub seed: u64,
    /// The folder in which finished embeddings are kept, and taken from the next time.
    pub resume: Option<PathBuf>,
    /// The command that trains the model again, to be written into it.
    pub command: String,
}

impl TrainOptions {
    /// What serves a kind: organizations' names get an embedding and odds of words, other texts do without.
    pub fn of(kind: Kind) -> TrainOptions {
        let is_organization = kind == Kind::Organization;
        TrainOptions {
            embedding: is_organization.then(ContrastOptions::default),
            word_odds: is_organization.then(WordOddsOptions::default),
            ..TrainOptions::default()
        }
    }

    /// The same with another seed for all that takes chance.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> TrainOptions {
        self.seed = seed;
        if let Some(embedding) = &mut self.embedding {
            embedding.seed = seed;
        }
        self
    }
}

/// The combinations of comparisons that get weights of their own; chosen on the validation parts.
const INTERACTIONS: [[&str; 2]; 4] = [
    ["shared_rarity", "unshared_more"],
    ["coverage", "jaro_winkler"],
    ["script", "meaning"],
    ["legal_form", "coverage"],
];

/// What served the validation parts of `cognate bench organizations` and, for partners, the generated tables; other kinds have not
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
            fit: FitOptions {
                interactions: INTERACTIONS.map(|[a, b]| (a.to_owned(), b.to_owned())).to_vec(),
                ..FitOptions::default()
            },
            list_weights: BTreeMap::new(),
            list_power: 0.25,
            non_matches: 4.0,
            hard_share: 0.0,
            prior: None,
            embedding: None,
            word_odds: None,
            calibration: None,
            seed: 1,
            resume: None,
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
/// Those of writing to [`TrainOptions::resume`].
pub fn train(
    kind: Kind,
    lists: &[TrainingList],
    words: WordCounts,
    options: &TrainOptions,
    told: Told<'_>,
) -> Result<Model> {
    let learn = |without: Option<Half>| -> Result<Option<Arc<Embedding>>> {
        // Labelled pairs say nothing of entities, which an embedding is learned from.
        let has_names = lists.iter().any(|list| matches!(&list.content, Content::Aliases(_)));
        let Some(contrast) = options.embedding.as_ref().filter(|_| has_names) else { return Ok(None) };
        let progress = |done, of| (told.stage)(Stage::Embedding(without), done, of);
        progress(0, 0);
        let keeping = Keeping { folder: options.resume.as_deref(), progress: &progress, note: told.note };
        embed::learn(lists, without, contrast, keeping)
    };
    let unfitted = |half: Half| Ok((half, blank(kind, words.clone(), learn(Some(half))?)?));
    let unfitted = Half::BOTH.map(unfitted).into_iter().collect::<Result<Vec<_>>>()?;
    let embedding = learn(None)?;
    let (mut pairs, sets) = learned_from(lists, &unfitted, options, told)?;
    (told.stage)(Stage::WordOdds, 0, 0);
    let odds = match &options.word_odds {
        Some(word_odds) => learn_odds(&mut pairs, &words, word_odds, options)?,
        None => BTreeMap::new(),
    };
    (told.stage)(Stage::Weights, 0, 0);
    let Fitted { prior, comparisons, interactions } = fit(&examples(&pairs), &options.fit);
    let prior = options.prior.unwrap_or(prior);
    let training = Training { command: options.command.clone(), sets, chosen: None };
    let field = FieldModel { source: Source::Any, comparisons, interactions, words, odds, embedding };
    let calibration = options.calibration.unwrap_or_else(|| measured(kind));
    let fields = vec![field];
    let file = ModelFile { format: FORMAT, kind, prior, calibration, fields, training, ..ModelFile::default() };
    Model::new(file)?.with_alias_weights(&STANDARD)
}

/// The pairs of all lists, as important as they are to be, and what was taken from each list.
fn learned_from(
    lists: &[TrainingList],
    unfitted: &[(Half, Model)],
    options: &TrainOptions,
    told: Told<'_>,
) -> Result<(Vec<Compared>, Vec<TrainingSet>)> {
    let (mut by_list, mut sets) = (Vec::new(), Vec::new());
    for (done, list) in (0..).zip(lists) {
        (told.stage)(Stage::Comparing(&list.name), done, lists.len() as u64);
        let mut pairs = compared(list, unfitted, options.seed)?;
        sets.push(balance(list, &mut pairs, options));
        by_list.push(pairs);
    }
    if options.hard_share > 0.0 {
        let first = first_model(by_list.iter().flatten(), options)?;
        for (done, (list, pairs)) in (0..).zip(lists.iter().zip(&mut by_list)) {
            (told.stage)(Stage::Mining(&list.name), done, lists.len() as u64);
            mix_in(pairs, mined(list, unfitted, &|levels| first.weight(levels))?, options.hard_share);
        }
    }
    Ok((by_list.concat(), sets))
}

/// The plain fit, before anything is known of words and of combinations.
fn first_model<'p>(pairs: impl Iterator<Item = &'p Compared>, options: &TrainOptions) -> Result<Model> {
    let examples: Vec<Example> = pairs.map(example).collect();
    let plain = FitOptions { interactions: Vec::new(), ..options.fit.clone() };
    let Fitted { prior, comparisons, interactions } = fit(&examples, &plain);
    let fields = vec![FieldModel { comparisons, interactions, ..FieldModel::default() }];
    Model::new(ModelFile { format: FORMAT, prior, fields, ..ModelFile::default() })
}

fn example(pair: &Compared) -> Example {
    Example { levels: pair.levels, is_match: pair.is_match, importance: pair.importance }
}

fn examples(pairs: &[Compared]) -> Vec<Example> {
    pairs.iter().map(example).collect()
}

/// The importance of a class.
fn importance_of(pairs: &[Compared], is_match: bool) -> f64 {
    pairs.iter().filter(|pair| pair.is_match == is_match).map(|pair| pair.importance).sum()
}

/// Adds hard pairs to a list's pairs and gives them this share of the importance that each class has; of a class without hard
/// pairs all stays as it is.
fn mix_in(pairs: &mut Vec<Compared>, mut hard: Vec<Compared>, share: f64) {
    for is_match in [true, false] {
        let (whole, of_hard) = (importance_of(pairs, is_match), importance_of(&hard, is_match));
        if of_hard > 0.0 && whole > 0.0 {
            let scale = |pairs: &mut [Compared], factor: f64| {
                let class = pairs.iter_mut().filter(|pair| pair.is_match == is_match);
                class.for_each(|pair| pair.importance *= factor);
            };
            scale(pairs, 1.0 - share);
            scale(&mut hard, whole * share / of_hard);
        }
    }
    pairs.extend(hard);
    // What has no importance left, at a share of 1, teaches nothing.
    pairs.retain(|pair| pair.importance > 0.0);
}

/// The importance of a list's matches where it has one match; the ridge penalty is measured against it.
const SCALE: f64 = 100.0;

/// Less than any importance, to divide by where there is none.
const LEAST: f64 = 1e-12;

/// Brings a list's matches and non-matches to the importance that the options say.
fn balance(list: &TrainingList, compared: &mut [Compared], options: &TrainOptions) -> TrainingSet {
    let (matches, others) = (importance_of(compared, true), importance_of(compared, false));
    let weight = options.list_weights.get(&list.name).copied().unwrap_or(1.0);
    let whole = matches.powf(options.list_power) * weight * SCALE;
    let (of_matches, of_others) = (whole / matches.max(LEAST), whole * options.non_matches / others.max(LEAST));
    compared.iter_mut().for_each(|pair| pair.importance *= if pair.is_match { of_matches } else { of_others });
    TrainingSet { name: list.name.clone(), pairs: (matches + others).round() as u64, matches: matches.round() as u64 }
}

/// Learns the odds of words on top of what the other comparisons say, and sets the levels of the pairs that depend on them:
/// those of each half by the odds that were learned without it.
fn learn_odds(
    pairs: &mut [Compared],
    words: &WordCounts,
    odds_options: &WordOddsOptions,
    options: &TrainOptions,
) -> Result<BTreeMap<String, Odds>> {
    let model = first_model(pairs.iter(), options)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::levels::COUNT;

    #[test]
    fn hard_pairs_get_their_share_of_each_class() {
        let pair = |is_match, importance| Compared {
            levels: [1; COUNT],
            is_match,
            importance,
            half: Half::First,
            lone: Box::default(),
            shared: Box::default(),
        };
        let mut pairs = vec![pair(true, 6.0), pair(false, 10.0), pair(false, 30.0)];
        mix_in(&mut pairs, vec![pair(false, 1.0), pair(false, 1.0)], 0.25);
        let importances: Vec<f64> = pairs.iter().map(|pair| pair.importance).collect();
        assert_eq!(importances, [6.0, 7.5, 22.5, 5.0, 5.0]);
        mix_in(&mut pairs, vec![pair(true, 2.0)], 1.0);
        assert_eq!((importance_of(&pairs, true), pairs.len()), (6.0, 5));
    }
}
