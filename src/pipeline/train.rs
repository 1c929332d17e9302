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
use crate::model::fit::{Example, FitOptions, Fitted, fit};
use crate::model::{FORMAT, LevelWeights, Model, ModelFile, Training, TrainingSet};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Names of an entity beyond this many give no pairs that blocking did not find.
const NAMES_PER_ENTITY: usize = 12;

/// A name and the entity that bears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The entity, by the data set's own id.
    pub entity: String,
    /// The name.
    pub name: String,
}

/// A list of names with their entities: one task of the training.
#[derive(Debug, Clone)]
pub struct AliasList {
    /// The list's name.
    pub name: String,
    /// The names.
    pub names: Vec<Named>,
}

/// A model without any evidence, to prepare records before there is one.
pub fn blank(kind: Kind, words: WordCounts) -> Result<Model> {
    let comparisons = COMPARISONS
        .iter()
        .map(|c| LevelWeights { comparison: c.name.to_owned(), weights: vec![0; c.levels.len() + 1] })
        .collect();
    Model::new(ModelFile { format: FORMAT, kind, comparisons, words, ..ModelFile::default() })
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

/// Labelled pairs of a list linked to itself: its candidate pairs (of the non-matches among them a sample), and the pairs of
/// names of one entity that no key would compare. Pairs with the same levels are put together.
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
            let left_out = same_entity(list, right).filter(|left| candidates.binary_search(&(*left as u32)).is_err());
            let mut counted: BTreeMap<(Levels, bool), f64> = BTreeMap::new();
            for left in candidates.iter().map(|left| *left as usize).chain(left_out) {
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

/// Earlier names of the same entity; lists hold an entity's names together or not at all.
fn same_entity(list: &[Named], right: usize) -> impl Iterator<Item = usize> {
    let entity = list.get(right).map(|named| named.entity.as_str());
    let earlier = (right.saturating_sub(NAMES_PER_ENTITY)..right).rev();
    earlier.take_while(move |left| list.get(*left).map(|named| named.entity.as_str()) == entity)
}

fn merge(mut all: BTreeMap<(Levels, bool), f64>, part: BTreeMap<(Levels, bool), f64>) -> BTreeMap<(Levels, bool), f64> {
    for (key, count) in part {
        *all.entry(key).or_default() += count;
    }
    all
}

/// Trains a model on alias lists. Each list counts the same, however long it is.
///
/// # Errors
/// None but for a broken shipped model.
pub fn train(lists: &[AliasList], words: WordCounts, options: &FitOptions, command: &str) -> Result<Model> {
    let mut all = Vec::new();
    let mut sets = Vec::new();
    for list in lists {
        let mut sorted = list.names.clone();
        sorted.sort_by(|a, b| (&a.entity, &a.name).cmp(&(&b.entity, &b.name)));
        let mut examples = examples(&sorted, &words)?;
        let pairs: f64 = examples.iter().map(|example| example.importance).sum();
        let matches: f64 = examples.iter().filter(|example| example.is_match).map(|example| example.importance).sum();
        sets.push(TrainingSet { name: list.name.clone(), pairs: pairs as u64, matches: matches as u64 });
        examples.iter_mut().for_each(|example| example.importance *= IMPORTANCE_PER_LIST / pairs.max(1.0));
        all.extend(examples);
    }
    let Fitted { prior, comparisons, interactions } = fit(&all, options);
    let training = Training { command: command.to_owned(), sets };
    let kind = Kind::Organization;
    Model::new(ModelFile { format: FORMAT, kind, prior, comparisons, interactions, words, training })
}

/// What the pairs of one list count together, in pairs.
const IMPORTANCE_PER_LIST: f64 = 20_000.0;
