//! The fields of a model: what each is made of, and the weights of its levels.
//!
//! A model of names has one field of [`Source::Any`]: whatever is compared. A model of records has a field for each pair of
//! columns that it was trained on, and may have one for the whole record's text. Levels of two fields can have weights
//! together, too ([`Across`]).

use super::{Interaction, LevelWeights, MatchWeight, at};
use crate::compare::levels::{COSTLY, COUNT};
use crate::compare::rarity::WordCounts;
use crate::compare::{COMPARISONS, Embedding, Levels, Odds};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a field is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Any text: the first field that a job compares.
    #[default]
    Any,
    /// A column of each table.
    Columns {
        /// Its name in the left table.
        left: String,
        /// Its name in the right table.
        right: String,
    },
    /// The texts of all columns of the model, in their order, as one text.
    Whole,
}

/// What the field of the whole record is called.
pub const WHOLE: &str = "whole record";

impl Source {
    /// The field's name; none for a field of any text.
    pub fn name(&self) -> Option<&str> {
        match self {
            Source::Any => None,
            Source::Columns { left, .. } => Some(left),
            Source::Whole => Some(WHOLE),
        }
    }

    /// The columns as they are typed after `--on`, for a field that has some.
    pub fn columns(&self) -> Option<(&str, &str)> {
        match self {
            Source::Columns { left, right } => Some((left, right)),
            Source::Any | Source::Whole => None,
        }
    }
}

/// A field of a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldModel {
    /// What it is made of.
    pub source: Source,
    /// The weights of the comparisons, in the order of [`COMPARISONS`].
    pub comparisons: Vec<LevelWeights>,
    /// The weights of combinations of two comparisons' levels.
    pub interactions: Vec<Interaction>,
    /// The counts of common words, to know rarity without a table at hand.
    pub words: WordCounts,
    /// What common words say beyond their rarity, if it was learned.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub odds: BTreeMap<String, Odds>,
    /// The learned vectors of names, if it has them.
    #[serde(default, with = "super::packed", skip_serializing_if = "Option::is_none")]
    pub embedding: Option<Arc<Embedding>>,
}

/// A comparison of one of a model's fields.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldComparison {
    /// The field's place in the model, counting from 0.
    pub field: usize,
    /// The comparison's name.
    pub comparison: String,
}

/// The weights of the combinations of levels of two fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Across {
    /// The first comparison with its field.
    pub first: FieldComparison,
    /// The second comparison with its field.
    pub second: FieldComparison,
    /// The weight in micro-bits by the first's level, then by the second's.
    pub weights: Vec<Vec<MatchWeight>>,
}

/// More than any comparison has levels.
const WIDTH: usize = 32;

/// A field's weights, ready to be looked up.
#[derive(Debug, Clone)]
pub(super) struct FieldTables {
    /// The weights by comparison and level, [`WIDTH`] places to a comparison.
    tables: Vec<MatchWeight>,
    pub(super) interactions: Vec<PairTable>,
}

impl FieldTables {
    /// The tables of a field, or what is wrong with it.
    pub(super) fn checked(field: &FieldModel) -> Result<FieldTables, String> {
        let names = field.comparisons.iter().map(|table| table.comparison.as_str());
        if !names.eq(COMPARISONS.iter().map(|comparison| comparison.name)) {
            let known: Vec<&str> = COMPARISONS.iter().map(|comparison| comparison.name).collect();
            return Err(format!("the comparisons must be {} in this order", known.join(", ")));
        }
        for (table, comparison) in field.comparisons.iter().zip(&COMPARISONS) {
            let expected = comparison.levels.len() + 1;
            if table.weights.len() != expected {
                return Err(format!("comparison {} must have {expected} weights", comparison.name));
            }
        }
        let checked = |pair: &Interaction| PairTable::checked((0, &pair.first), (0, &pair.second), &pair.weights);
        let interactions = field.interactions.iter().map(checked).collect::<Option<Vec<_>>>();
        let interactions =
            interactions.ok_or("an interaction names an unknown comparison or has the wrong number of weights")?;
        let mut tables = vec![0; COUNT * WIDTH];
        for (table, levels) in tables.chunks_mut(WIDTH).zip(&field.comparisons) {
            table.iter_mut().zip(&levels.weights).for_each(|(slot, weight)| *slot = *weight);
        }
        Ok(FieldTables { tables, interactions })
    }

    /// The weight of a level of a comparison, both by their numbers.
    pub(super) fn level_weight(&self, comparison: usize, level: usize) -> MatchWeight {
        at(&self.tables, comparison * WIDTH + level.min(WIDTH - 1))
    }

    /// What the levels of the field say.
    pub(super) fn evidence(&self, levels: &Levels) -> MatchWeight {
        let single = self.tables.chunks_exact(WIDTH).zip(levels).map(|(table, level)| at(table, usize::from(*level)));
        let double = self.interactions.iter().map(|table| table.weight(|_| Some(levels)));
        single.chain(double).fold(0, MatchWeight::saturating_add)
    }
}

/// The weights of two comparisons together, each given by its field's and its own place.
#[derive(Debug, Clone)]
pub(super) struct PairTable {
    pub(super) first: (usize, usize),
    pub(super) second: (usize, usize),
    columns: usize,
    weights: Vec<MatchWeight>,
}

impl PairTable {
    fn checked(first: (usize, &str), second: (usize, &str), weights: &[Vec<MatchWeight>]) -> Option<PairTable> {
        let place = |name: &str| COMPARISONS.iter().position(|comparison| comparison.name == name);
        let levels = |comparison: usize| Some(COMPARISONS.get(comparison)?.levels.len() + 1);
        let (first, second) = ((first.0, place(first.1)?), (second.0, place(second.1)?));
        let (rows, columns) = (levels(first.1)?, levels(second.1)?);
        let fits = weights.len() == rows && weights.iter().all(|row| row.len() == columns);
        fits.then(|| PairTable { first, second, columns, weights: weights.concat() })
    }

    /// The table of a combination across fields, or what is wrong with it; `fields` is how many the model has.
    pub(super) fn across(table: &Across, fields: usize) -> Result<PairTable, String> {
        let (first, second) = (&table.first, &table.second);
        if first.field.max(second.field) >= fields {
            return Err(format!("a combination across fields names a field that is not there; there are {fields}"));
        }
        let place = |of: &'_ FieldComparison| (of.field, of.comparison.clone());
        let ((a, first), (b, second)) = (place(first), place(second));
        PairTable::checked((a, &first), (b, &second), &table.weights).ok_or_else(|| {
            "a combination across fields names an unknown comparison or has the wrong number of weights".to_owned()
        })
    }

    /// The weight where `levels` gives the levels of each field; a field that is not there has all levels missing.
    pub(super) fn weight<'l>(&self, levels: impl Fn(usize) -> Option<&'l Levels>) -> MatchWeight {
        let level = |(field, comparison): (usize, usize)| {
            usize::from(levels(field).and_then(|levels| levels.get(comparison)).copied().unwrap_or_default())
        };
        at(&self.weights, level(self.first) * self.columns + level(self.second))
    }

    fn is_monotone(&self) -> bool {
        let rows: Vec<&[MatchWeight]> = self.weights.chunks(self.columns.max(1)).skip(1).collect();
        let is_bounded = |(_, comparison): (usize, usize)| COSTLY.contains(&comparison);
        let along = !is_bounded(self.second) || rows.iter().all(|row| rises(row));
        let pairs = || rows.iter().zip(rows.iter().skip(1));
        let down = || pairs().all(|(low, high)| low.iter().zip(*high).skip(1).all(|(a, b)| a <= b));
        along && (!is_bounded(self.first) || down())
    }
}

/// Whether no level of a comparison that [`COSTLY`] names weighs less than a lower one, from level 1 on, alone or combined.
pub(super) fn is_monotone(fields: &[FieldModel], tables: &[FieldTables], across: &[PairTable]) -> bool {
    let bounded = |place: usize| COSTLY.contains(&place);
    let single = |field: &FieldModel| {
        let mut tables = field.comparisons.iter().enumerate().filter(|(place, _)| bounded(*place));
        tables.all(|(_, table)| rises(&table.weights))
    };
    let double = tables.iter().flat_map(|field| &field.interactions).chain(across);
    fields.iter().all(single) && double.into_iter().all(PairTable::is_monotone)
}

fn rises(weights: &[MatchWeight]) -> bool {
    weights.get(1..).unwrap_or_default().is_sorted()
}
