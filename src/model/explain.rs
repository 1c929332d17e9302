//! Why a pair has its weight: the terms by name, which add up to it exactly.

use super::fields::PairTable;
use super::share::Scale;
use super::{MatchWeight, Model};
use crate::compare::{COMPARISONS, Levels};
use serde::Serialize;

/// One term of a match weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Term {
    /// The comparison, two comparisons joined by ` × `, or `prior`, `calibration` or `rivals`.
    pub comparison: String,
    /// The level's name; for two comparisons both, joined by ` × `.
    pub level: String,
    /// The weight in micro-bits.
    pub weight: MatchWeight,
}

/// The terms of a weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The terms: the prior, the comparisons in their order, the combinations.
    pub terms: Vec<Term>,
    /// Their sum in micro-bits.
    pub weight: MatchWeight,
}

impl Explanation {
    /// The same evidence on another scale: its prior in the place of the model's, and what stretching adds as a term
    /// `calibration`.
    #[must_use]
    pub fn on(self, scale: Scale) -> Explanation {
        let is_prior = |term: &Term| term.comparison == PRIOR;
        let evidence = self.terms.iter().filter(|term| !is_prior(term));
        let evidence = evidence.fold(0, |sum: MatchWeight, term| sum.saturating_add(term.weight));
        let mut terms = self.terms;
        terms.iter_mut().filter(|term| is_prior(term)).for_each(|term| term.weight = scale.prior);
        let scaled = Explanation { terms, weight: scale.prior.saturating_add(evidence) };
        scaled.and("calibration", scale.sharpened(evidence).saturating_sub(evidence))
    }

    /// The explanation with another term of no level; without weight it is left out.
    #[must_use]
    pub fn and(mut self, name: &str, weight: MatchWeight) -> Explanation {
        if weight != 0 {
            self.terms.push(Term { comparison: name.to_owned(), level: String::new(), weight });
            self.weight = self.weight.saturating_add(weight);
        }
        self
    }
}

/// What the prior is called among the terms.
const PRIOR: &str = "prior";

impl Model {
    /// The terms of [`Model::evidence`]: those without weight are left out.
    pub fn evidence_terms(&self, levels: &Levels) -> Vec<Term> {
        self.field_terms(0, levels)
    }

    /// The terms of what one field's levels say, the field by its place in the model; those without weight are left out.
    fn field_terms(&self, field: usize, levels: &Levels) -> Vec<Term> {
        let Some(tables) = self.fields.get(field) else { return Vec::new() };
        let single = (0..COMPARISONS.len()).map(|comparison| {
            let level = level_of(levels, comparison);
            let weight = tables.level_weight(comparison, level);
            Term { comparison: name(comparison).to_owned(), level: level_name(comparison, level), weight }
        });
        let double = tables.interactions.iter().map(|table| {
            let ((_, first), (_, second)) = (table.first, table.second);
            let level = |comparison| level_name(comparison, level_of(levels, comparison));
            Term {
                comparison: format!("{} × {}", name(first), name(second)),
                level: format!("{} × {}", level(first), level(second)),
                weight: table.weight(|_| Some(levels)),
            }
        });
        let terms = single.chain(double).filter(|term| term.weight != 0);
        match self.file.fields.get(field).and_then(|field| field.source.name()) {
            Some(field) => terms.map(|term| of_field(field, term)).collect(),
            None => terms.collect(),
        }
    }

    /// The terms of what the levels of two fields say together.
    fn across_terms(&self, levels: &[Levels]) -> Vec<Term> {
        let field_name =
            |field: usize| self.file.fields.get(field).and_then(|field| field.source.name()).unwrap_or("?");
        let level = |(field, comparison): (usize, usize)| {
            level_name(comparison, levels.get(field).map_or(0, |levels| level_of(levels, comparison)))
        };
        let term = |table: &PairTable| Term {
            comparison: format!(
                "{}: {} × {}: {}",
                field_name(table.first.0),
                name(table.first.1),
                field_name(table.second.0),
                name(table.second.1)
            ),
            level: format!("{} × {}", level(table.first), level(table.second)),
            weight: table.weight(|field| levels.get(field)),
        };
        self.across.iter().map(term).filter(|term| term.weight != 0).collect()
    }

    /// Explains the weight of a pair by the levels of the model's fields, in their order. Fields beyond the model's are
    /// scored by `further` (with the names of their fields).
    pub fn explain(&self, levels: &[Levels], further: &[(&str, &Model, Levels)]) -> Explanation {
        let mut terms = vec![Term { comparison: PRIOR.to_owned(), level: String::new(), weight: self.file.prior }];
        terms.extend((0..).zip(levels).flat_map(|(field, levels)| self.field_terms(field, levels)));
        terms.extend(self.across_terms(levels));
        for (field, model, levels) in further {
            terms.extend(model.evidence_terms(levels).into_iter().map(|term| of_field(field, term)));
        }
        let weight = terms.iter().fold(0, |sum: MatchWeight, term| sum.saturating_add(term.weight));
        Explanation { terms, weight }
    }
}

/// A term with the name of its field.
fn of_field(field: &str, term: Term) -> Term {
    Term { comparison: format!("{field}: {}", term.comparison), ..term }
}

fn level_of(levels: &Levels, comparison: usize) -> usize {
    usize::from(levels.get(comparison).copied().unwrap_or_default())
}

fn name(comparison: usize) -> &'static str {
    COMPARISONS.get(comparison).map_or("?", |comparison| comparison.name)
}

fn level_name(comparison: usize, level: usize) -> String {
    let names = COMPARISONS.get(comparison).map_or(&[][..], |comparison| comparison.levels);
    level.checked_sub(1).and_then(|level| names.get(level)).map_or("missing", |name| name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{flat, of_records};
    use super::*;
    use crate::compare::levels::COUNT;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn terms_add_up_to_the_weight(levels in proptest::collection::vec(1u8..=4, COUNT)) {
            let levels = Levels::try_from(levels).unwrap();
            let model = Model::new(flat()).unwrap();
            let explanation = model.explain(&[levels], &[]);
            prop_assert_eq!(explanation.weight, model.weight(&levels));
            prop_assert_eq!(explanation.terms.iter().map(|term| term.weight).sum::<i32>(), explanation.weight);
            let scale = Scale { prior: -77, sharpness: 1_234 };
            let scaled = explanation.on(scale).and("rivals", -9);
            prop_assert_eq!(scaled.weight, scale.weight(model.evidence(&levels)) - 9);
            prop_assert_eq!(scaled.terms.iter().map(|term| term.weight).sum::<i32>(), scaled.weight);
        }
    }

    #[test]
    fn fields_carry_their_names() {
        let model = Model::new(of_records()).unwrap();
        let levels = [[5; COUNT].map(|level: u8| level.min(4)), [1; COUNT], [2; COUNT]].map(|mut levels| {
            levels[0] = 5;
            levels
        });
        let explanation = model.explain(&levels, &[]);
        assert_eq!(explanation.weight, model.record_weight(&levels));
        for name in ["a: spelling", "whole record: grams", "a: spelling × b: spelling"] {
            assert!(explanation.terms.iter().any(|term| term.comparison == name), "{name}");
        }
    }

    #[test]
    fn further_fields_carry_their_name() {
        let model = Model::new(flat()).unwrap();
        let explanation = model.explain(&[[1; COUNT]], &[("city", &model, [2; COUNT])]);
        assert!(explanation.terms.iter().any(|term| term.comparison == "city: spelling"));
        assert_eq!(explanation.weight, model.weight(&[1; COUNT]) + model.evidence(&[2; COUNT]));
    }
}
