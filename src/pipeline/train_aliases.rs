//! Fitting what alias evidence weighs: alias lists, seen through a directory that was compiled without them.
//!
//! The names of each list inherit from the directory what they would in a link job. The list is then linked to itself, and of
//! its candidates those count whose names the directory knows; the list says which of them are matches. So a level of
//! `aliases` weighs as much as a directory's word has proved to be worth, beyond what the spelling says.

use super::directory::Aliases;
use super::lists::{AliasList, Content, TrainingList};
use super::scorer::Scorer;
use super::share::{JobShare, Sides};
use crate::alias::AliasTable;
use crate::block::candidates::BlockOptions;
use crate::block::keys::KeyOptions;
use crate::block::{Blocks, Keys, Scratch};
use crate::compare::Prepared;
use crate::compare::levels::{ALIASES, COVERAGE, MISSING};
use crate::error::Result;
use crate::model::Model;
use crate::model::alias_weights::{AliasWeights, KnownPair, fit_alias_weights};
use crate::record::RecordId;
use rayon::prelude::*;
use std::sync::Arc;

/// The model with weights for alias evidence, fitted on the alias lists among `lists` with the table; the model as it is
/// where no name of theirs is known.
///
/// Each list counts with the square root of its known pairs, so that the longest does not decide alone.
///
/// # Errors
/// None but for a broken shipped model.
pub fn with_fitted_aliases(model: &Model, lists: &[TrainingList], table: &Arc<AliasTable>) -> Result<Model> {
    let aliases = Aliases::Table(table.clone());
    // What it weighed before must not have a say in what it is to weigh.
    let without = model.with_alias_weights(&AliasWeights::default())?;
    let mut known = Vec::new();
    for list in lists {
        let Content::Aliases(list) = &list.content else { continue };
        let mut pairs = known_pairs(&without, list, &aliases)?;
        let importance = 1.0 / (pairs.len().max(1) as f64).sqrt();
        pairs.iter_mut().for_each(|pair| pair.importance = importance);
        known.extend(pairs);
    }
    if known.is_empty() {
        return Ok(model.clone());
    }
    // On average a pair counts once, which is what the ridge is measured against.
    let scale = known.len() as f64 / known.iter().map(|pair| pair.importance).sum::<f64>();
    known.iter_mut().for_each(|pair| pair.importance *= scale);
    model.with_alias_weights(&fit_alias_weights(&known))
}

/// The candidate pairs of a list whose names the table knows.
fn known_pairs(model: &Model, list: &AliasList, aliases: &Aliases) -> Result<Vec<KnownPair>> {
    let texts: Vec<String> = list.names().iter().map(|alias| alias.name.clone()).collect();
    let scorer = Scorer::new(model.clone(), &[vec![texts.as_slice()]])?;
    let mut prepared = scorer.prepare_table(&[texts]);
    aliases.tell(&scorer, model.file().kind, &mut [prepared.as_mut_slice()])?;
    let keys = Keys::new(KeyOptions::default(), prepared.iter().flat_map(|row| row.texts.iter().flatten()));
    let blocks = Blocks::new(&prepared, None, &keys, BlockOptions::default());
    let ids: Vec<RecordId> = (0..prepared.len()).map(|row| RecordId::new(row.to_string())).collect();
    let sides = Sides { left: &prepared, right: &prepared, blocks: &blocks };
    let scale = JobShare::estimated(sides, &ids, &scorer, false).scale;
    let of_row = |scratch: &mut Scratch, right: usize| {
        let mut found = Vec::new();
        let Some(right_row) = prepared.get(right).filter(|row| is_known(row)) else { return found };
        for &left in blocks.candidates(right as u32, scratch) {
            let Some(left_row) = prepared.get(left as usize).filter(|row| is_known(row)) else { continue };
            let Some(mut levels) = scorer.levels(left_row, right_row).first().copied() else { continue };
            let level = levels.get_mut(ALIASES).map(|level| std::mem::replace(level, MISSING)).unwrap_or_default();
            let coverage = levels.get(COVERAGE).copied().unwrap_or_default();
            let both = list.names().get(left as usize).zip(list.names().get(right));
            let is_match = both.is_some_and(|(left, right)| left.match_probability(right) > 0.5);
            let others = scale.weight(model.evidence(&levels));
            found.extend((level != MISSING).then_some(KnownPair {
                level,
                coverage,
                others,
                is_match,
                importance: 1.0,
            }));
        }
        found
    };
    let rows = (0..prepared.len()).into_par_iter().with_min_len(64);
    Ok(rows.map_init(Scratch::default, of_row).flatten_iter().collect())
}

fn is_known(row: &Prepared) -> bool {
    row.texts.first().and_then(Option::as_ref).is_some_and(|text| !text.memberships.is_empty())
}
