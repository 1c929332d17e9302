//! The scorer: a model with the rarities of the tables at hand, frozen before the first pair is scored.

use crate::compare::levels::{compare_cheaply, compare_the_rest};
use crate::compare::prepared::counted_words;
use crate::compare::rarity::WordCounts;
use crate::compare::{Levels, Prepared, Preparer, Rarity, RarityCounter, compare};
use crate::config::{Kind, Limits};
use crate::error::Result;
use crate::model::explain::Explanation;
use crate::model::shipped::shipped;
use crate::model::{MatchWeight, Model};
use crate::text::Lexicon;
use crate::text::hash::word_hash;
use rayon::prelude::*;

/// Scores pairs of records of one or more fields: the first field by the main model, further ones by the generic model.
#[derive(Debug)]
pub struct Scorer {
    lexicon: &'static Lexicon,
    model: Model,
    /// The model of further fields; not read where there are none.
    generic: Option<Model>,
    rarities: Vec<Rarity>,
    compared_bytes: usize,
}

impl Scorer {
    /// A scorer whose rarities come from the texts at hand, blended with the model's: for each field the texts of all
    /// tables.
    ///
    /// # Errors
    /// None but for a broken shipped model.
    pub fn new(model: Model, texts: &[Vec<&[String]>]) -> Result<Scorer> {
        let lexicon = crate::text::shipped();
        let generic = if texts.len() > 1 { Some(shipped(Kind::Record)?) } else { None };
        let nothing = WordCounts::default();
        let rarities = (0..)
            .zip(texts)
            .map(|(field, tables)| {
                let words = if field == 0 {
                    &model.file().words
                } else {
                    generic.as_ref().map_or(&nothing, |m| &m.file().words)
                };
                count(lexicon, tables).freeze(words)
            })
            .collect();
        Ok(Scorer { lexicon, model, generic, rarities, compared_bytes: Limits::default().compared_bytes })
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

    /// Prepares a record from the texts of its fields.
    pub fn prepare<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Prepared {
        let (lexicon, compared_bytes) = (self.lexicon, self.compared_bytes);
        let preparers = self.rarities.iter().map(|rarity| Preparer { lexicon, rarity, compared_bytes });
        Prepared { texts: preparers.zip(texts).map(|(preparer, text)| preparer.text(text)).collect() }
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

    /// The levels of each field.
    pub fn levels(&self, left: &Prepared, right: &Prepared) -> Vec<Levels> {
        let fields = left.texts.iter().zip(&right.texts);
        fields.map(|(left, right)| compare(left.as_ref(), right.as_ref(), self.lexicon)).collect()
    }

    /// The match weight of a pair.
    pub fn weight(&self, left: &Prepared, right: &Prepared) -> MatchWeight {
        let mut fields = left.texts.iter().zip(&right.texts);
        let mut levels = || fields.next().map(|(left, right)| compare(left.as_ref(), right.as_ref(), self.lexicon));
        let first = levels().map_or(self.model.file().prior, |levels| self.model.weight(&levels));
        let Some(generic) = &self.generic else { return first };
        std::iter::from_fn(levels).fold(first, |sum, levels| sum.saturating_add(generic.evidence(&levels)))
    }

    /// The match weight of a pair if it reaches `least`. The same weight as [`Scorer::weight`], but a pair that cannot reach
    /// it is turned away before its letters are compared.
    pub fn weight_reaching(&self, left: &Prepared, right: &Prepared, least: MatchWeight) -> Option<MatchWeight> {
        if self.generic.is_some() || !self.model.is_monotone() {
            return Some(self.weight(left, right)).filter(|weight| *weight >= least);
        }
        let (Some(Some(left)), Some(Some(right))) = (left.texts.first(), right.texts.first()) else {
            return Some(self.model.file().prior).filter(|weight| *weight >= least);
        };
        let mut levels = compare_cheaply(left, right, self.lexicon);
        if self.model.weight(&levels) < least {
            return None;
        }
        compare_the_rest(left, right, &mut levels);
        Some(self.model.weight(&levels)).filter(|weight| *weight >= least)
    }

    /// The terms of a pair's weight; `names` are the names of the fields.
    pub fn explain(&self, left: &Prepared, right: &Prepared, names: &[&str]) -> Explanation {
        let levels = self.levels(left, right);
        let generic = self.generic.as_ref().unwrap_or(&self.model);
        let mut fields = names.iter().zip(&levels);
        let first = fields.next().map_or([0; crate::compare::levels::COUNT], |(_, levels)| *levels);
        let further: Vec<_> = fields.map(|(name, levels)| (*name, generic, *levels)).collect();
        self.model.explain(&first, &further)
    }
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
