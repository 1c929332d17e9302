//! Why a pair has its weight: the terms by name, which add up to it exactly.

use super::{MatchWeight, Model, at};
use crate::compare::{COMPARISONS, Levels};
use serde::Serialize;

/// One term of a match weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Term {
    /// The comparison, two comparisons joined by ` × `, or `prior`.
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

impl Model {
    /// The terms of [`Model::evidence`]: those without weight are left out.
    pub fn evidence_terms(&self, levels: &Levels) -> Vec<Term> {
        let single = self.tables.iter().enumerate().map(|(comparison, table)| {
            let level = level_of(levels, comparison);
            Term {
                comparison: name(comparison).to_owned(),
                level: level_name(comparison, level),
                weight: at(table, level),
            }
        });
        let double = self.interactions.iter().map(|table| Term {
            comparison: format!("{} × {}", name(table.first), name(table.second)),
            level: format!(
                "{} × {}",
                level_name(table.first, level_of(levels, table.first)),
                level_name(table.second, level_of(levels, table.second))
            ),
            weight: table.weight(levels),
        });
        single.chain(double).filter(|term| term.weight != 0).collect()
    }

    /// Explains the weight of a pair by the levels of its fields; the first field is scored by this model, further ones by
    /// `further` (with the names of their fields).
    pub fn explain(&self, levels: &Levels, further: &[(&str, &Model, Levels)]) -> Explanation {
        let mut terms = vec![Term { comparison: "prior".to_owned(), level: String::new(), weight: self.file.prior }];
        terms.extend(self.evidence_terms(levels));
        for (field, model, levels) in further {
            terms.extend(model.evidence_terms(levels).into_iter().map(|mut term| {
                term.comparison = format!("{field}: {}", term.comparison);
                term
            }));
        }
        let weight = terms.iter().fold(0, |sum: MatchWeight, term| sum.saturating_add(term.weight));
        Explanation { terms, weight }
    }
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
    use super::super::tests::flat;
    use super::*;
    use crate::compare::levels::COUNT;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn terms_add_up_to_the_weight(levels in proptest::array::uniform14(1u8..=4)) {
            let model = Model::new(flat()).unwrap();
            let explanation = model.explain(&levels, &[]);
            prop_assert_eq!(explanation.weight, model.weight(&levels));
            prop_assert_eq!(explanation.terms.iter().map(|term| term.weight).sum::<i32>(), explanation.weight);
        }
    }

    #[test]
    fn further_fields_carry_their_name() {
        let model = Model::new(flat()).unwrap();
        let explanation = model.explain(&[1; COUNT], &[("city", &model, [2; COUNT])]);
        assert!(explanation.terms.iter().any(|term| term.comparison == "city: spelling"));
        assert_eq!(explanation.weight, model.weight(&[1; COUNT]) + model.evidence(&[2; COUNT]));
    }
}
