//! The pairs that a model of names is trained on, compared.

use super::embed::Half;
use super::scorer::Scorer;
use super::train::{Content, Named, TrainingList};
use crate::block::candidates::BlockOptions;
use crate::block::keys::KeyOptions;
use crate::block::{Blocks, Keys, Scratch};
use crate::compare::align::lone_and_shared;
use crate::compare::{Levels, Prepared};
use crate::error::Result;
use crate::model::Model;
use rayon::prelude::*;

/// A labelled pair, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What the comparisons say.
    pub levels: Levels,
    /// Whether the pair is a match.
    pub is_match: bool,
    /// How much it counts, over 0.
    pub importance: f64,
    /// The half of the entities that both names belong to.
    pub half: Half,
    /// The hashes of the words that only one of the names bears.
    pub lone: Box<[u32]>,
    /// The hashes of the words that both bear.
    pub shared: Box<[u32]>,
}

/// Non-matches of a list that are compared, about; of more every nth is taken, chosen by hash, and counts n times.
const NON_MATCHES: u64 = 120_000;

/// The pairs of a list. Of an alias list linked to itself: the candidate pairs of entities of one half, of the non-matches
/// among them a sample. Names of one entity that share no key teach nothing, since a link job would never compare them.
///
/// `unfitted` are models without weights, one for each half of the entities, that know nothing of that half.
///
/// # Errors
/// None but for a broken shipped model.
pub fn compared(list: &TrainingList, unfitted: &[(Half, Model)]) -> Result<Vec<Compared>> {
    let mut all = Vec::new();
    for (half, model) in unfitted {
        match &list.content {
            Content::Aliases(names) => {
                let mut sorted = names.clone();
                sorted.sort_by(|a, b| (&a.entity, &a.name).cmp(&(&b.entity, &b.name)));
                all.extend(of_aliases(&sorted, model, *half)?);
            }
            Content::Pairs(pairs) => all.extend(of_pairs(pairs, model, *half)?),
        }
    }
    Ok(all)
}

fn of_aliases(list: &[Named], unfitted: &Model, half: Half) -> Result<Vec<Compared>> {
    let texts: Vec<String> = list.iter().map(|named| named.name.clone()).collect();
    let is_kept: Vec<bool> = list.iter().map(|named| Half::of(&named.entity) == half).collect();
    let is_kept = |row: usize| is_kept.get(row).copied().unwrap_or_default();
    let scorer = Scorer::new(unfitted.clone(), &[vec![texts.as_slice()]])?;
    let prepared = scorer.prepare_table(&[texts]);
    let keys = Keys::new(KeyOptions::default(), prepared.iter().flat_map(|p| p.texts.iter().flatten()));
    let blocks = Blocks::new(&prepared, None, &keys, BlockOptions::default());
    let pairs: u64 = (0..list.len() as u32)
        .into_par_iter()
        .with_min_len(64)
        .map_init(Scratch::default, |scratch, right| blocks.candidates(right, scratch).len() as u64)
        .sum();
    let every = (pairs / NON_MATCHES).max(1);
    let of_row = |scratch: &mut Scratch, right: usize| {
        let candidates = blocks.candidates(right as u32, scratch).iter().map(|left| *left as usize);
        let pairs = candidates.filter(|left| is_kept(*left)).filter_map(|left| {
            let is_match = list.get(left)?.entity == list.get(right)?.entity;
            let is_taken = is_match || mixed(left, right).is_multiple_of(every);
            let importance = if is_match { 1.0 } else { every as f64 };
            is_taken.then(|| pair(&scorer, (prepared.get(left)?, prepared.get(right)?), is_match, importance, half))?
        });
        pairs.collect::<Vec<Compared>>()
    };
    let rows = (0..list.len()).into_par_iter().with_min_len(64).filter(|right| is_kept(*right));
    Ok(rows.map_init(Scratch::default, of_row).flatten_iter().collect())
}

fn pair(
    scorer: &Scorer,
    (left, right): (&Prepared, &Prepared),
    is_match: bool,
    importance: f64,
    half: Half,
) -> Option<Compared> {
    let levels = scorer.levels(left, right).first().copied()?;
    let [lone, shared] = match (left.texts.first(), right.texts.first()) {
        (Some(Some(left)), Some(Some(right))) => lone_and_shared(left, right),
        _ => [Vec::new(), Vec::new()],
    };
    Some(Compared { levels, is_match, importance, half, lone: lone.into(), shared: shared.into() })
}

/// A number from two row numbers in which every bit depends on both (the finaliser of SplitMix64).
fn mixed(left: usize, right: usize) -> u64 {
    let mut mixed = ((left as u64) << 32 | right as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// Labelled pairs of texts. Rarities come from the texts themselves; a pair's half is that of its left text.
fn of_pairs(pairs: &[(String, String, bool)], unfitted: &Model, half: Half) -> Result<Vec<Compared>> {
    let left: Vec<String> = pairs.iter().map(|(left, _, _)| left.clone()).collect();
    let right: Vec<String> = pairs.iter().map(|(_, right, _)| right.clone()).collect();
    let scorer = Scorer::new(unfitted.clone(), &[vec![left.as_slice(), right.as_slice()]])?;
    let (left, right) = (scorer.prepare_table(&[left]), scorer.prepare_table(&[right]));
    let both = pairs.iter().zip(left.iter().zip(&right)).filter(|((text, _, _), _)| Half::of(text) == half);
    Ok(both.filter_map(|((_, _, is_match), both)| pair(&scorer, both, *is_match, 1.0, half)).collect())
}
