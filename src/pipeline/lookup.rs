//! Look-up: one name in, the records that it could mean out, best first.
//!
//! The index suggests some dozens of names by their overlap ([`NameIndex::candidates`]), and those whose learned vectors are
//! near ([`NameIndex::near`]), which may share no letter with the query; each is then prepared from its written form and
//! scored by the model, as a pair of a batch job would be. The records compete to be the one that is meant, as the
//! candidates of a row do in a link job where it keeps its best link alone ([`crate::model::share`]). A single query has no
//! share of matches of its own, so the model's prior stands: of all shares tried it served the validation parts of the
//! tasks of `cognate bench` best.

use super::meant::{Found, Meant};
use super::share::{BAND, rival_terms};
use crate::alias::AliasTable;
use crate::compare::levels::{compare_cheaply, compare_the_rest};
use crate::compare::{Levels, Preparer, Text, WordOdds};
use crate::error::{Error, Result};
use crate::index::{Candidate, IndexMeta, NameIndex, Scratch};
use crate::model::share::Scale;
use crate::model::{MatchWeight, Model, probability};
use crate::record::RecordId;
use crate::text::Lexicon;
use std::cmp::Reverse;
use std::path::Path;
use std::sync::Arc;

/// Candidates that are scored for a query, at least: the best by overlap is not always the best by weight.
const SCORED: usize = 34;
/// Candidates that come by the learned vector, at most.
const MEANT: usize = 20;

/// A record that a query could mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The record.
    pub record: RecordId,
    /// The best of its names, as it was written.
    pub name: String,
    /// Whether that name is an alias.
    pub is_alias: bool,
    /// The evidence that it is meant, in micro-bits of log2 odds.
    pub match_weight: MatchWeight,
    /// The part of that weight that the other records take: never positive.
    pub rivals: MatchWeight,
    /// The probability that the weight stands for.
    pub probability: f64,
    /// What the comparisons of query and name found; [`Model::explain`] names their terms.
    pub levels: Levels,
    /// The weighted overlap of 3-grams, in parts of 65,535 ([`Candidate::overlap`]); it orders hits of equal weight.
    pub overlap: u16,
}

/// An index with the model that scores what it suggests.
#[derive(Debug)]
pub struct Lookup {
    index: NameIndex,
    model: Model,
    odds: WordOdds,
    lexicon: &'static Lexicon,
    meant: Option<Meant>,
}

impl Lookup {
    /// A look-up over an index; `lexicon` is the one that the index was built with.
    pub fn new(index: NameIndex, model: Model, lexicon: &'static Lexicon) -> Lookup {
        let odds = model.fields().first().map(|field| WordOdds::new(&field.odds)).unwrap_or_default();
        Lookup { index, model, odds, lexicon, meant: None }
    }

    /// A look-up over the newest whole index of a dataset in a folder, with the shipped lexicon.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::NotFound`] when the dataset has no index, and those of [`NameIndex::open`].
    pub fn open(dir: &Path, dataset: &str, model: Model) -> Result<Lookup> {
        let index = NameIndex::open(dir, dataset)?;
        let missing = || crate::error::ErrorKind::NotFound(format!("dataset {dataset:?} has no look-up index"));
        Ok(Lookup::new(index.ok_or_else(|| Error::from(missing()))?, model, crate::text::shipped()))
    }

    /// The same look-up, which also hears what an alias table says: a query is asked again under its other names.
    ///
    /// Prepares the names of the table, some microseconds each.
    #[must_use]
    pub fn with_aliases(mut self, table: Arc<AliasTable>) -> Lookup {
        self.meant = Some(Meant::new(table, self.preparer()));
        self
    }

    /// What the index was made of.
    pub fn meta(&self) -> &IndexMeta {
        self.index.meta()
    }

    /// The index.
    pub fn index(&self) -> &NameIndex {
        &self.index
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What prepares a query, and each name that it is compared with: with the rarities of the index and all
    /// that the model has learned, as in a link job.
    pub fn preparer(&self) -> Preparer<'_> {
        let embedding = self.model.fields().first().and_then(|field| field.embedding.as_deref());
        Preparer { embedding, odds: Some(&self.odds), ..Preparer::new(self.lexicon, self.index.rarity()) }
    }

    /// Prepares a name, with what the alias table knows of it; `None` without letters and digits.
    pub fn text(&self, raw: &str) -> Option<Text> {
        let mut text = self.preparer().text(raw)?;
        if let Some(meant) = &self.meant {
            text.memberships = meant.of_query(&self.model, raw, &text).into();
        }
        Some(text)
    }

    /// How evidence becomes a weight before rivals are heard.
    pub fn scale(&self) -> Scale {
        self.model.partner_scale()
    }

    /// Whether records compete to be the one that is meant.
    pub(super) fn has_rivals(&self) -> bool {
        self.model.file().share.is_job()
    }

    /// The records that a name could mean: each once, with the best of its names, by match weight, then overlap, then
    /// id; at most `top`. Nothing for a text without letters and digits.
    ///
    /// A prefix of a name is a query like any other: names that start with it are among the candidates. `scratch` is
    /// memory to use again for the next query; one for each thread.
    ///
    /// ```
    /// # use cognate::{config::Kind, model::shipped::shipped, record::RecordId};
    /// # use cognate::index::{Entry, IndexMeta, Learned, NameIndex, Scratch};
    /// # let (dir, model) = (tempfile::tempdir()?, shipped(Kind::Organization)?);
    /// # let entry = |name: &str, id: &str| Ok(Entry { name: name.into(), record: RecordId::new(id), is_alias: false });
    /// # let entries = [entry("International Business Machines", "ibm"), entry("Zeta Bank", "z")];
    /// # let meta = IndexMeta { dataset: "firms".into(), generation: 1, ..IndexMeta::default() };
    /// # NameIndex::build(dir.path(), meta, entries.into_iter(), Learned::of(&model))?;
    /// use cognate::pipeline::lookup::Lookup;
    /// let lookup = Lookup::open(dir.path(), "firms", model)?;
    /// let hits = lookup.query("IBM Corp.", 10, &mut Scratch::default());
    /// assert_eq!(hits[0].name, "International Business Machines");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn query(&self, text: &str, top: usize, scratch: &mut Scratch) -> Vec<Hit> {
        let preparer = self.preparer();
        let Some(query) = self.text(text) else { return Vec::new() };
        let mut candidates = self.index.candidates(&query, top.max(SCORED), scratch);
        let near = self.index.near(&query, MEANT);
        let near = near.into_iter().filter(|near| candidates.iter().all(|known| known.entry != near.entry));
        candidates.extend(near.collect::<Vec<_>>());
        let others = self.asked_again(&query, scratch);
        let new = others.iter().filter(|other| candidates.iter().all(|known| known.entry != other.entry));
        // The 3-grams that it shares are those of another name.
        candidates.extend(new.map(|other| Candidate { entry: other.entry, overlap: 0 }).collect::<Vec<_>>());
        // A pair that cannot be among the first is turned away before its letters are compared.
        let mut best = BestWeights::new(if self.model.is_monotone() { top } else { usize::MAX });
        let scale = self.scale();
        let score = |candidate: Candidate| {
            let entry = self.index.entry(candidate.entry)?;
            let mut name = preparer.text(&entry.name)?;
            if let Some(meant) = self.meant.as_ref().filter(|_| !query.memberships.is_empty()) {
                let found = others.iter().find(|other| other.entry == candidate.entry);
                name.memberships = meant.of_name(&self.model, &entry.name, &name, found).into();
            }
            let mut levels = compare_cheaply(&query, &name, self.lexicon);
            if scale.weight(self.model.evidence(&levels)) < best.least() {
                return None;
            }
            compare_the_rest(&query, &name, &mut levels);
            let match_weight = scale.weight(self.model.evidence(&levels));
            best.add(&entry.record, match_weight);
            let probability = probability(match_weight);
            let (record, name, is_alias) = (entry.record, entry.name, entry.is_alias);
            let overlap = candidate.overlap;
            Some(Hit { record, name, is_alias, match_weight, rivals: 0, probability, levels, overlap })
        };
        let mut hits: Vec<Hit> = candidates.into_iter().filter_map(score).collect();
        hits.sort_by(|a, b| {
            let order = |hit: &Hit| (Reverse(hit.match_weight), Reverse(hit.overlap));
            order(a).cmp(&order(b)).then_with(|| a.record.cmp(&b.record)).then_with(|| a.name.cmp(&b.name))
        });
        let mut hits = best_of_each_record(hits);
        if self.has_rivals() {
            let terms = rival_terms(hits.iter().map(|hit| hit.match_weight));
            for (hit, term) in hits.iter_mut().zip(terms) {
                hit.match_weight = hit.match_weight.saturating_add(term);
                (hit.rivals, hit.probability) = (term, probability(hit.match_weight));
            }
        }
        hits.truncate(top);
        hits
    }

    /// What the index has under the other names of a query.
    fn asked_again(&self, query: &Text, scratch: &mut Scratch) -> Vec<Found> {
        let others =
            self.meant.as_ref().map(|meant| meant.others(&query.memberships, &self.index, self.preparer(), scratch));
        others.unwrap_or_default()
    }
}

/// The best weights so far, one for each record.
struct BestWeights {
    top: usize,
    weights: Vec<(MatchWeight, RecordId)>,
}

impl BestWeights {
    fn new(top: usize) -> BestWeights {
        BestWeights { top, weights: Vec::new() }
    }

    /// The weight that another hit needs to be among the first, or a rival of the very first. A record's own hits do not
    /// compete with each other for more than the first place of that record, so fewer records than wanted ask for nothing.
    fn least(&self) -> MatchWeight {
        let last = self.top.checked_sub(1).and_then(|last| self.weights.get(last)).map(|(weight, _)| *weight);
        let first = self.weights.first().map(|(weight, _)| weight.saturating_sub(BAND));
        last.zip(first).map_or(MatchWeight::MIN, |(last, first)| last.min(first))
    }

    fn add(&mut self, record: &RecordId, weight: MatchWeight) {
        match self.weights.iter_mut().find(|(_, known)| known == record) {
            Some(known) => known.0 = known.0.max(weight),
            None => self.weights.push((weight, record.clone())),
        }
        self.weights.sort_unstable_by(|a, b| b.cmp(a));
        self.weights.truncate(self.top.min(64));
    }
}

/// The first hit of each record; hits are some dozens, so that a plain search is the fastest.
fn best_of_each_record(hits: Vec<Hit>) -> Vec<Hit> {
    let mut best: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        if best.iter().all(|known| known.record != hit.record) {
            best.push(hit);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Kind;
    use crate::index::{Entry, Learned};
    use crate::model::shipped::shipped;

    fn lookup(dir: &Path, names: &[(&str, &str)]) -> Lookup {
        let model = shipped(Kind::Organization).unwrap();
        let meta = IndexMeta { dataset: "d".to_owned(), ..IndexMeta::default() };
        let entries = names
            .iter()
            .map(|(id, name)| Ok(Entry { name: (*name).to_owned(), record: RecordId::new(*id), is_alias: false }));
        NameIndex::build(dir, meta, entries, Learned::of(&model)).unwrap();
        Lookup::open(dir, "d", model).unwrap()
    }

    const NAMES: [(&str, &str); 7] = [
        ("g", "Google LLC"),
        ("g", "Google"),
        ("c", "Google Cloud Platform"),
        ("i", "International Business Machines Corp."),
        ("m", "Indian Motor Business"),
        ("z", "Zeta Bank"),
        ("n", "Goodyear"),
    ];

    #[test]
    fn a_record_is_hit_once_by_its_best_name() {
        let dir = tempfile::tempdir().unwrap();
        let lookup = lookup(dir.path(), &NAMES);
        let hits = lookup.query("Google LLC", 10, &mut Scratch::default());
        assert_eq!(hits.iter().filter(|hit| hit.record.as_str() == "g").count(), 1);
        assert_eq!((hits[0].name.as_str(), hits[0].overlap), ("Google LLC", u16::MAX));
        assert!(hits.is_sorted_by_key(|hit| Reverse(hit.match_weight)));
        assert_eq!(lookup.query("Google LLC", 1, &mut Scratch::default()), hits[..1]);
        assert!(lookup.query("Google LLC", 0, &mut Scratch::default()).is_empty());
    }

    #[test]
    fn beginnings_and_initials_are_queries_too() {
        let dir = tempfile::tempdir().unwrap();
        let lookup = lookup(dir.path(), &NAMES);
        let mut scratch = Scratch::default();
        let mut first = |query: &str| lookup.query(query, 3, &mut scratch).first().map(|hit| hit.record.to_string());
        assert_eq!(first("goog").as_deref(), Some("g"));
        assert_eq!(first("IBM").as_deref(), Some("i"));
        assert_eq!(first("zeta b").as_deref(), Some("z"));
        assert_eq!(first(" ?! "), None);
    }

    #[test]
    fn a_dataset_without_an_index_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = Lookup::open(dir.path(), "firms", shipped(Kind::Organization).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "dataset \"firms\" has no look-up index");
    }
}
