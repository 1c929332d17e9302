//! The nearest records: a record in, those of a dataset that are like it out, best first.
//!
//! What could be meant comes from two sides: the vectors that point nearest to where the record's does
//! ([`super::vectors`]), and, where it has a name, the names of the look-up index ([`Lookup::query`]). Each is then weighed
//! as one with a name: the name by the dataset's model, as in a look-up, and what other fields both records have by the
//! generic model, as [`super::link`] weighs further columns, with the rarities of that model. Candidates compete to be the
//! one that is meant, as in a look-up. Without a name there is no weight, and the cosine alone orders the hits.

use super::indexing::{Freshness, names_of};
use super::lookup::Lookup;
use super::scorer::Scorer;
use super::share::rival_terms;
use super::table::as_text;
use super::vectors::{RecordVectors, open_vectors};
use crate::compare::{Levels, Text, compare};
use crate::config::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Entry, Scratch};
use crate::mbat::{Contributions, Vector};
use crate::model::explain::Explanation;
use crate::model::shipped::shipped;
use crate::model::{MatchWeight, Model, probability};
use crate::record::{Fields, Record, RecordId};
use crate::store::DatasetName;
use crate::text;
use serde_json::Value;
use std::cmp::Reverse;
use std::path::Path;

/// Candidates of each side that are weighed, at least.
const WEIGHED: usize = 40;

/// A record that others are to be like.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its fields.
    pub fields: Fields,
    /// Its id, where it is one of the dataset's: it is no hit for itself.
    pub id: Option<RecordId>,
}

impl Question {
    /// A record from its JSON text.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for anything but one JSON object.
    pub fn from_json(json: &str) -> Result<Question> {
        let wrong = |reason: String| {
            Error::usage(format!(
                "no record: {reason}; give a JSON object such as {{\"name\": \"Acme\", \"price\": 7}}"
            ))
        };
        match serde_json::from_str(json).map_err(|error| wrong(error.to_string()))? {
            Value::Object(fields) => Ok(Question { fields, id: None }),
            other => Err(wrong(format!("{} is not an object", shortened(&other.to_string())))),
        }
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() > 40 { text.chars().take(40).chain(['…']).collect() } else { text.to_owned() }
}

/// A record that is like a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// The record.
    pub record: RecordId,
    /// Its fields.
    pub fields: Fields,
    /// Its name: where the question has one, the most alike of its names. Empty where it has none.
    pub name: String,
    /// Whether that name is an alias.
    pub is_alias: bool,
    /// The cosine of the two vectors, both encoded anew.
    pub cosine: f64,
    /// What comparing says, where the question has a name.
    pub weighed: Option<Weighed>,
}

/// What comparing a question with a record says.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed {
    /// The evidence that the record is meant, in micro-bits of log2 odds.
    pub match_weight: MatchWeight,
    /// The part of that weight that the other records take: never positive.
    pub rivals: MatchWeight,
    /// The probability that the weight stands for.
    pub probability: f64,
    /// What the comparisons of the names found.
    pub levels: Levels,
    /// What those of the fields found that both have, by their names.
    pub further: Vec<(String, Levels)>,
}

/// The vectors of a dataset beside its look-up.
#[derive(Debug)]
pub struct Nearest<'l> {
    lookup: &'l Lookup,
    vectors: RecordVectors,
    further: Scorer,
    generic: Model,
}

impl<'l> Nearest<'l> {
    /// Opens the vectors of the dataset of a look-up, in the same store.
    ///
    /// # Errors
    /// Those of [`open_vectors`].
    pub fn open(dir: &Path, lookup: &'l Lookup) -> Result<(Nearest<'l>, Freshness)> {
        let dataset = DatasetName::new(lookup.meta().dataset.as_str())?;
        let (vectors, freshness) = open_vectors(dir, &dataset)?;
        let generic = shipped(Kind::Record)?;
        let further = Scorer::new(generic.clone(), &[Vec::new()])?;
        Ok((Nearest { lookup, vectors, further, generic }, freshness))
    }

    /// The vectors.
    pub fn vectors(&self) -> &RecordVectors {
        &self.vectors
    }

    /// The look-up of names.
    pub fn lookup(&self) -> &Lookup {
        self.lookup
    }

    /// A record of the dataset as a question.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an id that is not there.
    pub fn like(&self, id: &str) -> Result<Question> {
        let record = RecordId::new(id);
        let fields = self.fields(&record).ok_or_else(|| {
            let dataset = &self.lookup.meta().dataset;
            Error::from(ErrorKind::NotFound(format!("dataset {dataset}: no record with the id {id:?}")))
        })?;
        Ok(Question { fields, id: Some(record) })
    }

    /// The records that are most like a question, at most `top`: by match weight, then cosine, then id where it has a name,
    /// else by cosine, then id.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a record that says nothing.
    ///
    /// ```
    /// # use cognate::record::{Record, RecordId};
    /// # use cognate::store::{DatasetName, DatasetSettings, Store};
    /// # use cognate::pipeline::directory::Aliases;
    /// # use cognate::pipeline::indexing::open_lookup;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let dir = folder.path().join("store");
    /// # let (mut store, shop) = (Store::create(&dir)?, DatasetName::new("shop")?);
    /// # let record = |id: &str, fields: &str| Record { id: RecordId::new(id), fields: serde_json::from_str(fields).unwrap() };
    /// # let records = [record("7", r#"{"name": "blender", "price": 50}"#), record("8", r#"{"name": "chair", "price": 20}"#)];
    /// # let settings = DatasetSettings { name_field: "name".into(), ..DatasetSettings::default() };
    /// # store.import(&shop, &settings, "here", records.map(Ok))?;
    /// # drop(store);
    /// use cognate::pipeline::nearest::{Nearest, Question};
    /// let (lookup, _) = open_lookup(&dir, None, &Aliases::None)?;
    /// let (nearest, _) = Nearest::open(&dir, &lookup)?;
    /// let question = Question::from_json(r#"{"title": "Blender", "price": "$49"}"#)?;
    /// let hits = nearest.query(&question, 10, &mut Default::default())?;
    /// assert_eq!(hits[0].record.as_str(), "7");
    /// let why = nearest.why(&question, &hits[0]);
    /// assert!((why.cosine - hits[0].cosine).abs() < 1e-4);
    /// # Ok::<(), cognate::error::Error>(())
    /// ```
    pub fn query(&self, question: &Question, top: usize, scratch: &mut Scratch) -> Result<Vec<Neighbour>> {
        let value = Value::Object(question.fields.clone());
        let mut encoder = self.vectors.space.encoder();
        let vector = encoder.encode(&value);
        let name = self.name_of(&question.fields);
        if vector.is_zero() && name.is_none() {
            return Err(Error::usage("the record has nothing to go by: no field of it holds a word or a number"));
        }
        let wanted = top.max(WEIGHED).saturating_add(1);
        let near = self.vectors.index.near(&vector.packed().numbers, wanted);
        let mut candidates: Vec<(RecordId, Option<Named>)> =
            near.into_iter().filter_map(|near| Some((self.vectors.index.record(near.entry)?, None))).collect();
        for hit in name.iter().flat_map(|(name, _)| self.lookup.query(name, wanted, scratch)) {
            let named = Named { name: hit.name, is_alias: hit.is_alias, levels: hit.levels };
            match candidates.iter_mut().find(|(known, _)| *known == hit.record) {
                Some((_, known)) => *known = Some(named),
                None => candidates.push((hit.record, Some(named))),
            }
        }
        candidates.retain(|(record, _)| question.id.as_ref() != Some(record));
        let texts = self.further_texts(&question.fields);
        let mut hits: Vec<Neighbour> = Vec::with_capacity(candidates.len());
        for (record, found) in candidates {
            let Some(fields) = self.fields(&record) else { continue };
            let cosine = vector.cosine(&encoder.encode(&Value::Object(fields.clone())));
            let own = names_of(&Record { id: record.clone(), fields: fields.clone() }, &self.vectors.settings);
            let named = match (&name, found) {
                (_, Some(found)) => found,
                (Some((_, name)), None) => self.most_alike(name, &own),
                (None, None) => Named::first(&own),
            };
            let weighed = name.is_some().then(|| self.weighed(&texts, &fields, named.levels));
            hits.push(Neighbour { record, fields, name: named.name, is_alias: named.is_alias, cosine, weighed });
        }
        sort(&mut hits);
        if self.lookup.has_rivals() {
            hear_rivals(&mut hits);
        }
        hits.truncate(top);
        Ok(hits)
    }

    /// What each field of a question adds to the cosine with a hit.
    pub fn why(&self, question: &Question, hit: &Neighbour) -> Contributions {
        let space = &self.vectors.space;
        let other: Vector = space.encode(&Value::Object(hit.fields.clone()));
        Contributions::of(space, &Value::Object(question.fields.clone()), &other)
    }

    /// The terms of a hit's match weight, which add up to it.
    pub fn explain(&self, weighed: &Weighed) -> Explanation {
        let further = weighed.further.iter().map(|(field, levels)| (field.as_str(), &self.generic, *levels));
        let explanation = self.lookup.model().explain(&[weighed.levels], &further.collect::<Vec<_>>());
        explanation.on(self.lookup.scale()).and("rivals", weighed.rivals)
    }

    /// The name of a question, as it was written and prepared.
    fn name_of(&self, fields: &Fields) -> Option<(String, Text)> {
        let record = Record { id: RecordId::new(""), fields: fields.clone() };
        let own = names_of(&record, &self.vectors.settings).into_iter().find(|entry| !entry.is_alias)?;
        let text = self.lookup.text(&own.name)?;
        Some((own.name, text))
    }

    /// What a record of the dataset says.
    fn fields(&self, record: &RecordId) -> Option<Fields> {
        self.vectors.fields(self.vectors.index.entry(record)?)
    }

    /// The name among a record's that is most like a question's.
    fn most_alike(&self, name: &Text, own: &[Entry]) -> Named {
        let mut best: Option<(MatchWeight, Named)> = None;
        for entry in own {
            let levels = compare(Some(name), self.lookup.text(&entry.name).as_ref(), text::shipped());
            let evidence = self.lookup.model().evidence(&levels);
            if best.as_ref().is_none_or(|(most, _)| evidence > *most) {
                best = Some((evidence, Named { name: entry.name.clone(), is_alias: entry.is_alias, levels }));
            }
        }
        best.map_or_else(|| Named::first(own), |(_, named)| named)
    }

    /// The fields of a question besides its names, prepared; those that say nothing, or are left out of the space, are none.
    fn further_texts<'f>(&self, fields: &'f Fields) -> Vec<(&'f str, Text)> {
        let settings = &self.vectors.settings;
        let is_further = |field: &String| {
            *field != settings.name_field
                && !settings.alias_fields.contains(field)
                && !self.vectors.space.settings().excluded.contains(field)
        };
        let fields = fields.iter().filter(|(field, _)| is_further(field));
        fields.filter_map(|(field, value)| Some((field.as_str(), self.prepared(value)?))).collect()
    }

    fn prepared(&self, value: &Value) -> Option<Text> {
        self.further.prepare_name(&as_text(value))
    }

    fn weighed(&self, texts: &[(&str, Text)], fields: &Fields, levels: Levels) -> Weighed {
        let compared = texts.iter().filter_map(|(field, text)| {
            let other = self.prepared(fields.get(*field)?)?;
            Some(((*field).to_owned(), compare(Some(text), Some(&other), text::shipped())))
        });
        let further: Vec<(String, Levels)> = compared.collect();
        let evidence = further.iter().fold(self.lookup.model().evidence(&levels), |sum, (_, levels)| {
            sum.saturating_add(self.generic.evidence(levels))
        });
        let match_weight = self.lookup.scale().weight(evidence);
        Weighed { match_weight, rivals: 0, probability: probability(match_weight), levels, further }
    }
}

/// A record's name with what comparing it found.
struct Named {
    name: String,
    is_alias: bool,
    levels: Levels,
}

impl Named {
    /// The first name of a record, compared with nothing.
    fn first(own: &[Entry]) -> Named {
        let name = own.first().map(|entry| entry.name.clone()).unwrap_or_default();
        Named { name, is_alias: false, levels: compare(None, None, text::shipped()) }
    }
}

/// Sorts hits: by weight, where they have one, then by cosine, then by id.
fn sort(hits: &mut [Neighbour]) {
    hits.sort_by(|a, b| {
        let weight = |hit: &Neighbour| Reverse(hit.weighed.as_ref().map(|weighed| weighed.match_weight));
        weight(a).cmp(&weight(b)).then_with(|| b.cosine.total_cmp(&a.cosine)).then_with(|| a.record.cmp(&b.record))
    });
}

/// Takes from each weight what the other hits take.
fn hear_rivals(hits: &mut [Neighbour]) {
    let weights: Vec<MatchWeight> =
        hits.iter().filter_map(|hit| hit.weighed.as_ref()).map(|weighed| weighed.match_weight).collect();
    let weighed = hits.iter_mut().filter_map(|hit| hit.weighed.as_mut());
    for (weighed, rivals) in weighed.zip(rival_terms(weights.into_iter())) {
        weighed.match_weight = weighed.match_weight.saturating_add(rivals);
        (weighed.rivals, weighed.probability) = (rivals, probability(weighed.match_weight));
    }
}
