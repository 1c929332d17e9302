//! The scorer: a model with the rarities of the tables at hand, frozen before the first pair is scored.

use crate::compare::levels::{compare_cheaply, compare_the_rest};
use crate::compare::prepared::counted_words;
use crate::compare::rarity::WordCounts;
use crate::compare::{Levels, Prepared, Preparer, Rarity, RarityCounter, Text, WordOdds, compare};
use crate::config::{Kind, Limits};
use crate::error::{Error, Result};
use crate::model::explain::Explanation;
use crate::model::fields::Source;
use crate::model::share::Scale;
use crate::model::shipped::shipped;
use crate::model::{MatchWeight, Model};
use crate::text::Lexicon;
use crate::text::hash::word_hash;
use rayon::prelude::*;

/// Scores pairs of records of one or more fields: by the model's own fields, and where more columns are compared than it
/// has fields, by the generic model.
///
/// The prepared texts of a record stand in this order: the columns that were asked for, then the whole record where the
/// model has a field of that.
#[derive(Debug)]
pub struct Scorer {
    lexicon: &'static Lexicon,
    model: Model,
    /// The model of further fields; not read where there are none.
    generic: Option<Model>,
    /// The columns that the model knows; those after them are scored by the generic one.
    own_columns: usize,
    has_whole: bool,
    /// By prepared text.
    rarities: Vec<Rarity>,
    /// By column that the model knows.
    odds: Vec<WordOdds>,
    compared_bytes: usize,
    scale: Scale,
}

impl Scorer {
    /// A scorer whose rarities come from the texts at hand, blended with the model's: for each column the texts of all
    /// tables. A model of records takes the first columns in the order of its own ([`Model::columns`]).
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Usage`] for fewer columns than the model compares.
    pub fn new(model: Model, texts: &[Vec<&[String]>]) -> Result<Scorer> {
        let lexicon = crate::text::shipped();
        let fields = model.fields();
        let has_whole = fields.last().is_some_and(|field| field.source == Source::Whole);
        let own_columns = fields.len() - usize::from(has_whole);
        if texts.len() < own_columns {
            let names: Vec<&str> = model.columns().into_iter().map(|(left, _)| left).collect();
            let (names, found) = (names.join(", "), texts.len());
            return Err(Error::usage(format!("the model compares {names}, in this order; {found} of them were given")));
        }
        let odds = fields.iter().take(own_columns).map(|field| WordOdds::new(&field.odds)).collect();
        let generic = if texts.len() > own_columns { Some(shipped(Kind::Record)?) } else { None };
        let none = WordCounts::default();
        let further = generic.as_ref().map_or(&none, Model::words);
        let known = fields.iter().take(own_columns).map(|field| &field.words);
        let mut rarities: Vec<Rarity> = texts
            .iter()
            .zip(known.chain(std::iter::repeat(further)))
            .map(|(tables, words)| count(lexicon, tables).freeze(words))
            .collect();
        if let Some(whole) = fields.last().filter(|_| has_whole) {
            let joined = whole_texts(texts.get(..own_columns).unwrap_or_default());
            rarities.push(count(lexicon, &[&joined]).freeze(&whole.words));
        }
        let compared_bytes = Limits::default().compared_bytes;
        let scale = model.scale();
        Ok(Scorer { lexicon, model, generic, own_columns, has_whole, rarities, odds, compared_bytes, scale })
    }

    /// The same scorer with another prior and sharpness than the model's.
    #[must_use]
    pub fn with_scale(self, scale: Scale) -> Scorer {
        Scorer { scale, ..self }
    }

    /// The same scorer, which hears nothing but the alias evidence of the first column ([`Model::of_aliases_alone`]).
    ///
    /// # Errors
    /// None for a model that was checked.
    pub fn hearing_aliases_alone(self) -> Result<Scorer> {
        let model = self.model.of_aliases_alone()?;
        Ok(Scorer { scale: model.scale(), model, generic: None, ..self })
    }

    /// How evidence becomes a weight.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The same scorer, which compares as much of each text as the limits say ([`Limits::compared_bytes`]).
    #[must_use]
    pub fn with_limits(self, limits: &Limits) -> Scorer {
        Scorer { compared_bytes: limits.compared_bytes.clamp(1, usize::from(u8::MAX)), ..self }
    }

    /// The main model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Prepares a record from the texts of its columns.
    pub fn prepare<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Prepared {
        let mut preparers = self.preparers();
        let whole = if self.has_whole { preparers.next_back() } else { None };
        let Some(whole) = whole else {
            return Prepared { texts: preparers.zip(texts).map(|(preparer, text)| preparer.text(text)).collect() };
        };
        let texts: Vec<&str> = texts.collect();
        let joined = joined(texts.iter().take(self.own_columns).copied());
        let columns = preparers.zip(texts).map(|(preparer, text)| preparer.text(text));
        Prepared { texts: columns.chain([whole.text(&joined)]).collect() }
    }

    /// What prepares each text.
    fn preparers(&self) -> impl DoubleEndedIterator<Item = Preparer<'_>> {
        let own = self.model.fields().get(..self.own_columns).unwrap_or_default();
        self.rarities.iter().enumerate().map(move |(place, rarity)| Preparer {
            lexicon: self.lexicon,
            rarity,
            odds: self.odds.get(place),
            embedding: own.get(place).and_then(|field| field.embedding.as_deref()),
            compared_bytes: self.compared_bytes,
        })
    }

    /// Prepares a text of the first column.
    pub fn prepare_name(&self, text: &str) -> Option<Text> {
        self.preparers().next()?.text(text)
    }

    /// The same without its vector, in half the time: enough for its blocking keys.
    pub fn prepare_name_without_meaning(&self, text: &str) -> Option<Text> {
        Preparer { embedding: None, ..self.preparers().next()? }.text(text)
    }

    /// Prepares all rows of a table; rows keep their numbers.
    pub fn prepare_table(&self, fields: &[Vec<String>]) -> Vec<Prepared> {
        let rows = fields.first().map_or(0, Vec::len);
        let texts = |row: usize| fields.iter().map(move |field| field.get(row).map_or("", String::as_str));
        // Candidates tend to begin alike. Prepared in alphabetical order they lie close together in memory, which saves
        // a fifth of the time of comparing them.
        let mut order: Vec<usize> = (0..rows).collect();
        order.par_sort_unstable_by(|a, b| texts(*a).cmp(texts(*b)).then(a.cmp(b)));
        let prepared: Vec<Prepared> = order.par_iter().map(|row| self.prepare(texts(*row))).collect();
        let mut by_row = vec![Prepared::default(); rows];
        for (row, prepared) in order.into_iter().zip(prepared) {
            if let Some(slot) = by_row.get_mut(row) {
                *slot = prepared;
            }
        }
        by_row
    }

    /// The levels of each prepared text.
    pub fn levels(&self, left: &Prepared, right: &Prepared) -> Vec<Levels> {
        let fields = left.texts.iter().zip(&right.texts);
        fields.map(|(left, right)| compare(left.as_ref(), right.as_ref(), self.lexicon)).collect()
    }

    /// The match weight of a pair.
    pub fn weight(&self, left: &Prepared, right: &Prepared) -> MatchWeight {
        self.scale.weight(self.evidence(left, right))
    }

    /// What a pair's levels say, without prior and calibration.
    pub fn evidence(&self, left: &Prepared, right: &Prepared) -> MatchWeight {
        if let ([left], [right]) = (left.texts.as_slice(), right.texts.as_slice()) {
            return self.model.evidence(&compare(left.as_ref(), right.as_ref(), self.lexicon));
        }
        let (own, further) = self.parted(self.levels(left, right));
        let first = self.model.record_evidence(&own);
        let Some(generic) = &self.generic else { return first };
        further.iter().fold(first, |sum, levels| sum.saturating_add(generic.evidence(levels)))
    }

    /// Parts the levels of all texts into those of the model's fields and those of further ones.
    fn parted(&self, mut own: Vec<Levels>) -> (Vec<Levels>, Vec<Levels>) {
        let further = self.rarities.len() - usize::from(self.has_whole);
        let further = own.drain(self.own_columns.min(own.len())..further.min(own.len())).collect();
        (own, further)
    }

    /// The match weight of a pair if it reaches `least`. The same weight as [`Scorer::weight`], but a pair that cannot reach
    /// it is turned away before its letters are compared.
    pub fn weight_reaching(&self, left: &Prepared, right: &Prepared, least: MatchWeight) -> Option<MatchWeight> {
        let ([left_text], [right_text], true) =
            (left.texts.as_slice(), right.texts.as_slice(), self.model.is_monotone())
        else {
            return Some(self.weight(left, right)).filter(|weight| *weight >= least);
        };
        let (Some(left), Some(right)) = (left_text, right_text) else {
            return Some(self.weight(left, right)).filter(|weight| *weight >= least);
        };
        weight_of_texts(&self.model, self.scale, [left, right], least)
    }

    /// The terms of a pair's weight; `names` are the names of the columns.
    pub fn explain(&self, left: &Prepared, right: &Prepared, names: &[&str]) -> Explanation {
        let (own, further) = self.parted(self.levels(left, right));
        let generic = self.generic.as_ref().unwrap_or(&self.model);
        let names = names.iter().skip(self.own_columns);
        let further: Vec<_> = names.zip(&further).map(|(name, levels)| (*name, generic, *levels)).collect();
        self.model.explain(&own, &further).on(self.scale)
    }

    /// What each prepared text is called in the terms of [`Scorer::explain`]; none for the only field of a model of any
    /// text. `names` are the names of the columns.
    pub fn field_names<'n>(&'n self, names: &[&'n str]) -> Vec<Option<&'n str>> {
        let fields = self.model.fields();
        let own = fields.iter().take(self.own_columns).map(|field| field.source.name());
        let whole = fields.iter().skip(self.own_columns).map(|field| field.source.name());
        own.chain(names.iter().skip(self.own_columns).map(|name| Some(*name))).chain(whole).collect()
    }
}

/// The weight of two texts of a model's first field, if it reaches `least`.
pub(super) fn weight_of_texts(
    model: &Model,
    scale: Scale,
    [left, right]: [&Text; 2],
    least: MatchWeight,
) -> Option<MatchWeight> {
    let mut levels = compare_cheaply(left, right, crate::text::shipped());
    // Stretching evidence keeps its order, so an upper bound stays one.
    if model.is_monotone() && scale.weight(model.evidence(&levels)) < least {
        return None;
    }
    compare_the_rest(left, right, &mut levels);
    Some(scale.weight(model.evidence(&levels))).filter(|weight| *weight >= least)
}

/// Texts as one, with a space between them; those that are empty leave none.
fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The whole text of each row of each table.
fn whole_texts(columns: &[Vec<&[String]>]) -> Vec<String> {
    let tables = columns.first().map_or(0, Vec::len);
    let of_table = |table: usize| {
        let columns: Vec<&[String]> = columns.iter().filter_map(|column| column.get(table).copied()).collect();
        let rows = columns.first().map_or(0, |column| column.len());
        (0..rows)
            .map(|row| joined(columns.iter().map(|column| column.get(row).map_or("", String::as_str))))
            .collect::<Vec<String>>()
    };
    (0..tables).flat_map(of_table).collect()
}

fn count(lexicon: &Lexicon, tables: &[&[String]]) -> RarityCounter {
    let texts: Vec<&String> = tables.iter().flat_map(|table| table.iter()).collect();
    texts
        .par_iter()
        .with_min_len(4096)
        .fold(RarityCounter::default, |mut counter, text| {
            let words = counted_words(lexicon, text);
            if !words.is_empty() {
                counter.add(words.iter().map(|word| word_hash(word)));
            }
            counter
        })
        .reduce(RarityCounter::default, RarityCounter::merge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_weight_that_reaches_is_the_weight(
            left in "[a-c]{1,5}( [a-c0-1]{1,5}){0,3}",
            right in "[a-c]{1,5}( [a-c0-1]{1,5}){0,3}",
            least in -12_000_000..12_000_000,
        ) {
            let scorer = Scorer::new(shipped(Kind::Organization)?, &[Vec::new()])?;
            prop_assert!(scorer.model().is_monotone());
            let (left, right) = (scorer.prepare([left.as_str()].into_iter()), scorer.prepare([right.as_str()].into_iter()));
            let weight = scorer.weight(&left, &right);
            prop_assert_eq!(scorer.weight_reaching(&left, &right, least), Some(weight).filter(|weight| *weight >= least));
            prop_assert_eq!(scorer.weight(&right, &left), weight);
        }
    }

    #[test]
    fn as_much_is_compared_as_the_limits_say() {
        let core_within = |compared_bytes| {
            let limits = Limits { compared_bytes, ..Limits::default() };
            let scorer = Scorer::new(shipped(Kind::Organization).unwrap(), &[Vec::new()]).unwrap().with_limits(&limits);
            let prepared = scorer.prepare(["Zeta Omega Shipping"].into_iter());
            prepared.texts.into_iter().flatten().map(|text| text.core.into_string()).collect::<String>()
        };
        assert_eq!(core_within(Limits::default().compared_bytes), "zeta omega shipping");
        assert_eq!(core_within(11), "zeta omega");
        assert_eq!(core_within(4), "zeta");
        assert_eq!([core_within(0), core_within(usize::MAX)], ["z", "zeta omega shipping"]);
    }
}
