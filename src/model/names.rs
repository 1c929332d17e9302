//! Fitting the weights of a model of names by boosting.

use super::boost::{BoostOptions, Matrix, boost};
use super::fit::{Example, Fitted};
use super::records::{monotone, name_weights};
use crate::compare::Levels;
use crate::compare::levels::COUNT;
use std::collections::BTreeMap;

/// Fits weights of levels and of combinations of two comparisons' levels to labelled pairs. Pairs with the same levels are
/// put together.
///
/// Time: rounds × distinct patterns of levels × comparisons; a few hundred rounds over 500,000 patterns take about half a
/// minute.
pub fn fit_names(examples: &[Example], options: &BoostOptions) -> Fitted {
    let mut patterns: BTreeMap<(Levels, bool), f64> = BTreeMap::new();
    for example in examples {
        *patterns.entry((example.levels, example.is_match)).or_default() += example.importance;
    }
    let mut matrix = Matrix { features: COUNT, monotone: monotone(1), ..Matrix::default() };
    for ((levels, is_match), importance) in patterns {
        matrix.levels.extend(levels);
        matrix.labels.push(is_match);
        matrix.importances.push(importance);
    }
    let boosted = boost(&matrix, options);
    name_weights(&boosted.tables(options.rounds), &matrix)
}
