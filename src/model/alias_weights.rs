//! What alias evidence weighs.
//!
//! The weights of the levels of the comparison `aliases` are fitted last, on pairs whose names an alias table knows, on top
//! of what the other comparisons say of them: so the weight of a level is the log2 odds that the level adds.

use super::{BIT, FieldModel, MatchWeight, Model, ModelFile};
use crate::compare::COMPARISONS;
use crate::compare::levels::ALIASES;
use crate::error::Result;
use crate::model::share::{Calibration, ShareSource};

/// The weights of the levels in models that were trained without alias evidence, and so in the shipped ones: what
/// `cognate train aliases` fitted for the shipped directory on the train parts of six alias lists (`data/models/README.md`).
pub const STANDARD: [MatchWeight; 10] =
    [0, -2_810_000, -2_700_000, -70_000, -70_000, 60_000, 60_000, 1_380_000, 9_640_000, 9_640_000];

/// A pair whose names an alias table knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownPair {
    /// Its level of the comparison `aliases`.
    pub level: u8,
    /// Its weight without that.
    pub others: MatchWeight,
    /// Whether it is a match.
    pub is_match: bool,
    /// How much it counts, over 0.
    pub importance: f64,
}

/// What keeps a level that few pairs have near 0: so many half pairs of either class are added to each, with odds of one
/// half.
const RIDGE: f64 = 2.0;

/// The weights of all levels, from 0 (missing, which weighs nothing) on; a higher level never weighs less.
///
/// Each level's weight is the one that makes its pairs' probabilities add up to its matches, with a ridge of two pairs of even
/// odds. Neighbouring levels that come out in the wrong order are taken as one (pool adjacent violators: Ayer et al., "An
/// Empirical Distribution Function for Sampling with Incomplete Information", Annals of Mathematical Statistics 26(4), 1955).
///
/// Time: pairs × bisection steps for each pool.
pub fn fit_alias_weights(pairs: &[KnownPair]) -> Vec<MatchWeight> {
    let levels = COMPARISONS.get(ALIASES).map_or(0, |comparison| comparison.levels.len());
    let mut pools: Vec<(usize, Vec<&KnownPair>, f64)> = Vec::new();
    for level in 1..=levels {
        let own: Vec<&KnownPair> = pairs.iter().filter(|pair| usize::from(pair.level) == level).collect();
        let bits = bits_of(&own);
        pools.push((1, own, bits));
        while let [.., (_, _, low), (_, _, high)] = pools.as_slice()
            && low > high
            && let (Some((count, above, _)), Some((below_count, mut all, _))) = (pools.pop(), pools.pop())
        {
            all.extend(above);
            let bits = bits_of(&all);
            pools.push((below_count + count, all, bits));
        }
    }
    let of_pool = |(count, _, bits): &(usize, Vec<&KnownPair>, f64)| {
        // Some tens of bits, so the cast loses nothing.
        std::iter::repeat_n((bits * f64::from(BIT)).round() as MatchWeight, *count)
    };
    std::iter::once(0).chain(pools.iter().flat_map(of_pool)).collect()
}

/// The weight in bits that pairs add to what is said of them already.
fn bits_of(pairs: &[&KnownPair]) -> f64 {
    let matches: f64 = pairs.iter().filter(|pair| pair.is_match).map(|pair| pair.importance).sum();
    let probability = |bits: f64| 1.0 / (1.0 + (-bits).exp2());
    // Falls as bits rise.
    let surplus = |bits: f64| {
        let expected =
            |pair: &&KnownPair| pair.importance * probability(f64::from(pair.others) / f64::from(BIT) + bits);
        matches + RIDGE / 2.0 - RIDGE * probability(bits) - pairs.iter().map(expected).sum::<f64>()
    };
    let (mut low, mut high) = (-20.0_f64, 20.0_f64);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if surplus(middle) > 0.0 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The weights of the levels where nothing but the alias evidence is heard: the log2 odds of the middle of each band; a name
/// that is not known speaks against every match.
const ALONE: [MatchWeight; 10] = [
    -20 * BIT,
    -10 * BIT,
    -5 * BIT,
    -3 * BIT,
    -BIT * 9 / 5,
    -BIT * 3 / 5,
    BIT * 3 / 5,
    BIT * 9 / 5,
    BIT * 16 / 5,
    BIT * 26 / 5,
];

impl Model {
    /// The same model with other weights for alias evidence, from level 0 on.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Config`] for another number of levels.
    pub fn with_alias_weights(&self, weights: &[MatchWeight]) -> Result<Model> {
        let mut file = self.file().clone();
        file.fields.iter_mut().take(1).for_each(|field| set_weights(field, weights));
        Model::new(file)
    }

    /// What this model's first field weighs alias evidence, from level 0 on.
    pub fn alias_weights(&self) -> &[MatchWeight] {
        self.fields().first().and_then(|field| field.comparisons.get(ALIASES)).map_or(&[], |table| &table.weights)
    }

    /// A model that hears nothing but the alias evidence of the first field: its probability is that of the alias table.
    ///
    /// # Errors
    /// None for a model that was checked.
    pub fn of_aliases_alone(&self) -> Result<Model> {
        let mut file: ModelFile = self.file().clone();
        (file.prior, file.calibration, file.share) = (0, Calibration::default(), ShareSource::Fixed);
        file.across.clear();
        for field in &mut file.fields {
            field.interactions.clear();
            field.comparisons.iter_mut().for_each(|table| table.weights.fill(0));
        }
        file.fields.iter_mut().take(1).for_each(|field| set_weights(field, &ALONE));
        Model::new(file)
    }
}

fn set_weights(field: &mut FieldModel, weights: &[MatchWeight]) {
    if let Some(table) = field.comparisons.get_mut(ALIASES) {
        table.weights = weights.to_vec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::levels::MISSING;
    use crate::model::{probability, tests::flat};

    fn pairs(level: u8, others: MatchWeight, matches: usize, of: usize) -> Vec<KnownPair> {
        (0..of).map(|pair| KnownPair { level, others, is_match: pair < matches, importance: 1.0 }).collect()
    }

    #[test]
    fn a_level_adds_what_the_others_do_not_say() {
        let known = [pairs(1, -BIT, 10, 1000), pairs(9, -BIT, 900, 1000), pairs(8, -BIT, 950, 1000)].concat();
        let weights = fit_alias_weights(&known);
        assert_eq!((weights.len(), weights[usize::from(MISSING)]), (10, 0));
        assert!(weights[1..].is_sorted());
        assert!((probability(weights[1] - BIT) - 0.01).abs() < 0.01);
        // Two levels in the wrong order weigh the same.
        assert_eq!(weights[8], weights[9]);
        assert!((probability(weights[9] - BIT) - 0.925).abs() < 0.01);
    }

    #[test]
    fn alone_the_probability_is_that_of_the_table() {
        let model = Model::new(flat()).unwrap().of_aliases_alone().unwrap();
        let mut levels = [3; crate::compare::levels::COUNT];
        let of_level = |level: u8| {
            levels[ALIASES] = level;
            probability(model.weight(&levels))
        };
        let probabilities = [0, 1, 4, 6, 9].map(of_level);
        assert!(probabilities.is_sorted() && probabilities[0] < 1e-5);
        assert!((probabilities[4] - 0.974).abs() < 0.001);
        assert_eq!(model.weight(&[MISSING; crate::compare::levels::COUNT]), ALONE[0]);
    }
}
