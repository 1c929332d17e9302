//! Explaining: why a pair has its match weight, comparison by comparison.
//!
//! Two names alone are weighed with the rarities of the model; two rows of tables with those of the tables and the share of
//! matches among their pairs, exactly as [`link`](super::link::link) does where it keeps every link, so that the weight is
//! the one in its output; two records of a store, and a query with
//! its hit, with those of the look-up index.

use super::directory::Aliases;
use super::indexing::{names_of, open_lookup};
use super::link::Side;
use super::lookup::{Hit, Lookup};
use super::scorer::Scorer;
use super::share::{JobShare, Sides};
use super::table::Table;
use crate::block::candidates::BlockOptions;
use crate::block::keys::KeyOptions;
use crate::block::{Blocks, Keys};
use crate::compare::{COMPARISONS, Comparison, Levels, compare};
use crate::config::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::index::Entry;
use crate::model::explain::{Explanation, Term};
use crate::model::shipped::shipped;
use crate::model::{MatchWeight, Model, probability};
use crate::store::{DatasetName, Store};
use crate::text;
use serde::Serialize;
use std::path::Path;

/// What the only field is called where it has no name of its own.
const NAME: &str = "name";

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
/// use cognate::pipeline::directory::Aliases;
/// use cognate::pipeline::explain::explain_names;
/// let explanation = explain_names("Fannie Mae", "FNMA", Kind::Organization, None, &Aliases::Shipped)?;
/// assert_eq!(explanation.terms.iter().map(|term| term.weight).sum::<i32>(), explanation.weight);
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn explain_names(
    left: &str,
    right: &str,
    kind: Kind,
    model: Option<Model>,
    aliases: &Aliases,
) -> Result<PairExplanation> {
    let scorer = Scorer::new(model.map_or_else(|| shipped(kind), Ok)?, &[Vec::new()])?;
    let named = |text: &str| Explained { id: None, fields: vec![(NAME.to_owned(), text.to_owned())] };
    explain_pair(&scorer, named(left), named(right), kind, aliases)
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
    aliases: &Aliases,
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
    let scorer = Scorer::new(model.map_or_else(|| shipped(kind), Ok)?, &fields)?.with_limits(&left.read.limits);
    let scorer = scorer_of_job(scorer, &left_table, right_table.as_ref(), kind, aliases)?;
    let [left_id, right_id] = ids;
    let left_row = explained(&left_table, left, left_id)?;
    let right_row = explained(right_table.as_ref().unwrap_or(&left_table), right, right_id)?;
    explain_pair(&scorer, left_row, right_row, kind, aliases)
}

/// The scorer with the share of matches that [`link`](super::link::link) would find in the tables.
fn scorer_of_job(scorer: Scorer, left: &Table, right: Option<&Table>, kind: Kind, aliases: &Aliases) -> Result<Scorer> {
    let mut known = scorer.prepare_table(&left.fields);
    let mut asking = right.map(|table| scorer.prepare_table(&table.fields));
    let mut sides = vec![known.as_mut_slice()];
    sides.extend(asking.as_deref_mut());
    aliases.tell(&scorer, kind, &mut sides)?;
    let texts = known.iter().chain(asking.iter().flatten()).flat_map(|prepared| prepared.texts.iter().flatten());
    let keys = Keys::new(KeyOptions::default(), texts);
    let blocks = Blocks::new(&known, asking.as_deref(), &keys, BlockOptions::default());
    let sides = Sides { left: &known, right: asking.as_deref().unwrap_or(&known), blocks: &blocks };
    let share = JobShare::estimated(sides, &right.unwrap_or(left).ids, &scorer, false);
    Ok(scorer.with_scale(share.scale))
}

fn explained(table: &Table, side: &Side, id: &str) -> Result<Explained> {
    let Some(row) = table.row_of(id) else {
        let column = side.id.as_deref().unwrap_or("id, or the number of the row");
        let reason = format!("{}: no row with the id {id:?} (ids are: {column})", side.path.display());
        return Err(ErrorKind::NotFound(reason).into());
    };
    let text = |field| table.text(field, row).unwrap_or_default().to_owned();
    let fields = side.on.iter().enumerate().map(|(field, name)| (name.clone(), text(field))).collect();
    Ok(Explained { id: Some(id.to_owned()), fields })
}

/// Explains why a record was found for a query.
pub fn explain_hit(lookup: &Lookup, query: &str, hit: &Hit) -> PairExplanation {
    let left = Explained { id: None, fields: vec![(NAME.to_owned(), query.to_owned())] };
    let fields = vec![(NAME.to_owned(), hit.name.clone())];
    explain_levels(lookup, hit.levels, hit.rivals, left, Explained { id: Some(hit.record.to_string()), fields })
}

/// Explains two records of a dataset, by their ids: those two of their names and aliases that are most alike.
///
/// # Errors
/// Those of [`open_lookup`] and of [`Store::open`]; [`ErrorKind::NotFound`] for an id that is not there.
pub fn explain_records(
    dir: &Path,
    dataset: Option<&DatasetName>,
    ids: [&str; 2],
    aliases: &Aliases,
) -> Result<PairExplanation> {
    let (lookup, _) = open_lookup(dir, dataset, aliases)?;
    let dataset = DatasetName::new(lookup.meta().dataset.as_str())?;
    let store = Store::open(dir)?;
    let settings = store.dataset(&dataset)?.settings;
    let names = |id: &str| -> Result<Vec<Entry>> {
        let missing = || ErrorKind::NotFound(format!("dataset {dataset}: no record with the id {id:?}"));
        let record = store.record(&dataset, id)?.ok_or_else(|| Error::from(missing()))?;
        Ok(names_of(&record, &settings))
    };
    let [left, right] = ids;
    let (levels, left_name, right_name) = most_alike(&lookup, &names(left)?, &names(right)?);
    let side = |id: &str, name| Explained { id: Some(id.to_owned()), fields: vec![(NAME.to_owned(), name)] };
    Ok(explain_levels(&lookup, levels, 0, side(left, left_name), side(right, right_name)))
}

/// The two names with the greatest weight, and their levels; of equal ones the first. Empty names where there are none.
fn most_alike(lookup: &Lookup, left: &[Entry], right: &[Entry]) -> (Levels, String, String) {
    let mut best: Option<(MatchWeight, Levels, &Entry, &Entry)> = None;
    for left in left {
        let left_text = lookup.text(&left.name);
        for right in right {
            let levels = compare(left_text.as_ref(), lookup.text(&right.name).as_ref(), text::shipped());
            let weight = lookup.model().weight(&levels);
            if best.is_none_or(|(most, ..)| weight > most) {
                best = Some((weight, levels, left, right));
            }
        }
    }
    match best {
        Some((_, levels, left, right)) => (levels, left.name.clone(), right.name.clone()),
        None => (compare(None, None, text::shipped()), String::new(), String::new()),
    }
}

/// Explains a pair of one field by its levels, as a look-up weighs it; `rivals` is what others take from it.
fn explain_levels(
    lookup: &Lookup,
    levels: Levels,
    rivals: MatchWeight,
    left: Explained,
    right: Explained,
) -> PairExplanation {
    let model = lookup.model();
    let all = silent_terms(model.fields().first().and_then(|field| field.source.name()), &levels);
    let explanation = model.explain(&[levels], &[]).on(lookup.scale()).and("rivals", rivals);
    assembled(explanation, &all, model, left, right)
}

/// Explains a pair with a scorer at hand; both sides have the scorer's fields.
fn explain_pair(
    scorer: &Scorer,
    left: Explained,
    right: Explained,
    kind: Kind,
    aliases: &Aliases,
) -> Result<PairExplanation> {
    let prepare = |side: &Explained| scorer.prepare(side.fields.iter().map(|(_, text)| text.as_str()));
    let (mut left_prepared, mut right_prepared) = (prepare(&left), prepare(&right));
    let both = [&mut left_prepared, &mut right_prepared].map(std::slice::from_mut);
    aliases.tell(scorer, kind, &mut Vec::from(both))?;
    let names: Vec<&str> = left.fields.iter().map(|(name, _)| name.as_str()).collect();
    let explanation = scorer.explain(&left_prepared, &right_prepared, &names);
    let levels = scorer.levels(&left_prepared, &right_prepared);
    let fields = scorer.field_names(&names);
    let all = fields.iter().zip(&levels).flat_map(|(name, levels)| silent_terms(*name, levels)).collect::<Vec<_>>();
    Ok(assembled(explanation, &all, scorer.model(), left, right))
}

fn assembled(
    explanation: Explanation,
    all: &[Term],
    model: &Model,
    left: Explained,
    right: Explained,
) -> PairExplanation {
    PairExplanation {
        terms: with_silent_terms(explanation.terms, all),
        weight: explanation.weight,
        probability: probability(explanation.weight),
        model: model.digest().to_owned(),
        left,
        right,
    }
}

/// Every comparison of a field with its level, without weights; those of a nameless field go by their names alone.
fn silent_terms(field: Option<&str>, levels: &Levels) -> Vec<Term> {
    let prefix = field.map(|name| format!("{name}: ")).unwrap_or_default();
    let term = |(comparison, level): (&Comparison, &u8)| {
        let level = usize::from(*level).checked_sub(1).and_then(|level| comparison.levels.get(level));
        Term {
            comparison: format!("{prefix}{}", comparison.name),
            level: level.map_or("missing", |name| name).to_owned(),
            weight: 0,
        }
    };
    COMPARISONS.iter().zip(levels).map(term).collect()
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
        let explanation = explain_names("Zeta Bank", "Beta", Kind::Organization, None, &Aliases::None).unwrap();
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
        assert!(explain_rows(&side, &side, ["7", "9"], Kind::default(), None, &Aliases::None).is_ok());
        let error =
            explain_rows(&side, &side, ["7", "8"], Kind::default(), None, &Aliases::None).unwrap_err().to_string();
        assert!(error.contains("no row with the id \"8\""), "{error}");
    }
}
