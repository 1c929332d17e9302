//! Explaining: why a pair has its match weight, comparison by comparison.
//!
//! Two names alone are weighed with the rarities of the model; two rows of tables with those of the tables, exactly as
//! [`link`](super::link::link) does, so that the weight is the one in its output.

use super::link::Side;
use super::scorer::Scorer;
use super::table::Table;
use crate::compare::{COMPARISONS, Levels, Prepared};
use crate::config::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::model::explain::Term;
use crate::model::shipped::shipped;
use crate::model::{MatchWeight, Model, probability};
use serde::Serialize;
use std::path::Path;

/// One side of an explained pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The record's id; none for a name alone.
    pub id: Option<String>,
    /// The compared fields: name and text.
    pub fields: Vec<(String, String)>,
}

/// Why a pair has its weight.
///
/// **Invariant:** the weights of the terms add up to `weight`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairExplanation {
    /// The left side.
    pub left: Explained,
    /// The right side.
    pub right: Explained,
    /// The digest of the model.
    pub model: String,
    /// The prior, every comparison of every field with its level, then the combinations of levels that have a weight.
    pub terms: Vec<Term>,
    /// The match weight in micro-bits.
    pub weight: MatchWeight,
    /// The probability that it stands for.
    pub probability: f64,
}

/// Explains two names.
///
/// # Errors
/// None but for a broken shipped model.
///
/// ```
/// use cognate::config::Kind;
/// use cognate::pipeline::explain::explain_names;
/// let explanation = explain_names("Acme Ltd", "ACME Limited", Kind::Organization, None)?;
/// assert_eq!(explanation.terms.iter().map(|term| term.weight).sum::<i32>(), explanation.weight);
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn explain_names(left: &str, right: &str, kind: Kind, model: Option<Model>) -> Result<PairExplanation> {
    let scorer = Scorer::new(model.map_or_else(|| shipped(kind), Ok)?, &[Vec::new()])?;
    let named = |text: &str| Explained { id: None, fields: vec![("name".to_owned(), text.to_owned())] };
    Ok(explain_pair(&scorer, named(left), named(right)))
}

/// Explains two rows of tables, by their ids, as `link` would weigh them.
///
/// # Errors
/// Those of reading the tables; [`ErrorKind::NotFound`] for an id that is not there; [`ErrorKind::Usage`] when the sides
/// have different numbers of columns.
pub fn explain_rows(
    left: &Side,
    right: &Side,
    ids: [&str; 2],
    kind: Kind,
    model: Option<Model>,
) -> Result<PairExplanation> {
    if left.on.is_empty() || left.on.len() != right.on.len() {
        return Err(Error::usage("name at least one column to compare, and as many on the left as on the right"));
    }
    let is_self = left.path == right.path && left.path != Path::new("-") && left.on == right.on;
    let read = |side: &Side| Table::read(&side.path, side.id.as_deref(), &side.on, &side.read);
    let left_table = read(left)?;
    let right_table = if is_self { None } else { Some(read(right)?) };
    let fields: Vec<Vec<&[String]>> = (0..left.on.len())
        .map(|field| {
            let tables = std::iter::once(&left_table).chain(&right_table);
            tables.filter_map(|table| table.fields.get(field)).map(Vec::as_slice).collect()
        })
        .collect();
    let scorer = Scorer::new(model.map_or_else(|| shipped(kind), Ok)?, &fields)?;
    let [left_id, right_id] = ids;
    let left_row = explained(&left_table, left, left_id)?;
    let right_row = explained(right_table.as_ref().unwrap_or(&left_table), right, right_id)?;
    Ok(explain_pair(&scorer, left_row, right_row))
}

fn explained(table: &Table, side: &Side, id: &str) -> Result<Explained> {
    // Rows are in the order of their ids.
    let found = table.ids.binary_search_by(|row| row.as_str().cmp(id)).ok().and_then(|row| u32::try_from(row).ok());
    let Some(row) = found else {
        let column = side.id.as_deref().unwrap_or("id, or the number of the row");
        let reason = format!("{}: no row with the id {id:?} (ids are: {column})", side.path.display());
        return Err(ErrorKind::NotFound(reason).into());
    };
    let text = |field| table.text(field, row).unwrap_or_default().to_owned();
    let fields = side.on.iter().enumerate().map(|(field, name)| (name.clone(), text(field))).collect();
    Ok(Explained { id: Some(id.to_owned()), fields })
}

/// Explains a pair with a scorer at hand; both sides have the scorer's fields.
pub fn explain_pair(scorer: &Scorer, left: Explained, right: Explained) -> PairExplanation {
    let prepare = |side: &Explained| scorer.prepare(side.fields.iter().map(|(_, text)| text.as_str()));
    let (left_prepared, right_prepared) = (prepare(&left), prepare(&right));
    let names: Vec<&str> = left.fields.iter().map(|(name, _)| name.as_str()).collect();
    let explanation = scorer.explain(&left_prepared, &right_prepared, &names);
    PairExplanation {
        terms: with_silent_terms(explanation.terms, &all_terms(scorer, &left_prepared, &right_prepared, &names)),
        weight: explanation.weight,
        probability: probability(explanation.weight),
        model: scorer.model().digest().to_owned(),
        left,
        right,
    }
}

/// Every comparison of every field with its level, without weights.
fn all_terms(scorer: &Scorer, left: &Prepared, right: &Prepared, names: &[&str]) -> Vec<Term> {
    let fields = scorer.levels(left, right);
    let of_field = |(field, levels): (usize, Levels)| {
        let prefix = match names.get(field) {
            Some(name) if field > 0 => format!("{name}: "),
            _ => String::new(),
        };
        COMPARISONS.iter().zip(levels).map(move |(comparison, level)| {
            let level = usize::from(level).checked_sub(1).and_then(|level| comparison.levels.get(level));
            Term {
                comparison: format!("{prefix}{}", comparison.name),
                level: level.map_or("missing", |name| name).to_owned(),
                weight: 0,
            }
        })
    };
    fields.into_iter().enumerate().flat_map(of_field).collect()
}

/// The terms with those among `all` that have no weight, so that every comparison is told of: the prior, all comparisons,
/// what is left.
fn with_silent_terms(weighty: Vec<Term>, all: &[Term]) -> Vec<Term> {
    let is_single = |term: &Term| all.iter().any(|single| single.comparison == term.comparison);
    let (single, rest): (Vec<Term>, Vec<Term>) = weighty.into_iter().partition(is_single);
    let (prior, combined): (Vec<Term>, Vec<Term>) = rest.into_iter().partition(|term| term.comparison == "prior");
    let told = all.iter().map(|silent| {
        let known = single.iter().find(|term| term.comparison == silent.comparison);
        known.unwrap_or(silent).clone()
    });
    prior.into_iter().chain(told).chain(combined).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_comparison_is_told_of_and_nothing_is_lost() {
        let explanation = explain_names("Zeta Bank", "Beta", Kind::Organization, None).unwrap();
        for comparison in COMPARISONS {
            assert!(explanation.terms.iter().any(|term| term.comparison == comparison.name), "{}", comparison.name);
        }
        assert_eq!(explanation.terms.iter().map(|term| term.weight).sum::<i32>(), explanation.weight);
        assert_eq!(explanation.terms[0].comparison, "prior");
    }

    #[test]
    fn an_unknown_id_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "id,name\n7,Acme\n9,Beta\n").unwrap();
        let side = Side { path, on: vec!["name".to_owned()], ..Side::default() };
        assert!(explain_rows(&side, &side, ["7", "9"], Kind::default(), None).is_ok());
        let error = explain_rows(&side, &side, ["7", "8"], Kind::default(), None).unwrap_err().to_string();
        assert!(error.contains("no row with the id \"8\""), "{error}");
    }
}
