//! What alias evidence weighs.
//!
//! The weights of the levels of the comparison `aliases` are fitted last, on pairs whose names an alias table knows, on top
//! of what the other comparisons say of them: so the weight of a level is the log2 odds that the level adds.

use super::{BIT, FieldModel, Interaction, MatchWeight, Model, ModelFile};
use crate::compare::levels::ALIASES;
use crate::compare::{COMPARISONS, aliases};
use crate::error::Result;
use crate::model::share::{Calibration, ShareSource};

/// The comparison that tells how much names overlap.
const COVERAGE: &str = "coverage";

/// The levels of the comparison `aliases`, 0 included.
const LEVELS: usize = 10;

/// The levels of `coverage` from which on names overlap more: the less their words say the same, the more is news in what an
/// alias table says.
const OVERLAPS: [u8; 3] = [2, 6, 12];

/// What alias evidence weighs in micro-bits: by how much the names overlap, from little to much, then by level.
pub type AliasWeights = [[MatchWeight; LEVELS]; OVERLAPS.len() + 1];

/// The weights in models that were trained without alias evidence, and so in the shipped ones: what `cognate train aliases`
/// fitted for the shipped directory on the train parts of six alias lists, with the model of one training earlier
/// (`data/models/README.md`).
pub const STANDARD: AliasWeights = [
    [0, 750_000, 4_490_000, 4_860_000, 5_130_000, 6_680_000, 6_680_000, 8_900_000, 10_940_000, 10_940_000],
    [0, -1_390_000, 1_720_000, 2_290_000, 5_090_000, 5_090_000, 5_090_000, 8_400_000, 12_630_000, 12_630_000],
    [0, -2_320_000, -650_000, -650_000, -230_000, 920_000, 920_000, 1_240_000, 5_960_000, 5_960_000],
    [0, -4_850_000, -1_840_000, -1_840_000, -1_840_000, -1_840_000, -1_840_000, -1_840_000, 300_000, 300_000],
];

/// A pair whose names an alias table knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownPair {
    /// Its level of the comparison `aliases`.
    pub level: u8,
    /// Its level of the comparison `coverage`.
    pub coverage: u8,
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

/// What alias evidence adds to what the other comparisons say of such pairs. Level 0 (missing) adds nothing, and a higher level
/// never adds less.
///
/// Each level's weight is the one that makes its pairs' probabilities add up to its matches, with a ridge of two pairs of even
/// odds. Neighbouring levels that come out in the wrong order are taken as one (pool adjacent violators: Ayer et al., "An
/// Empirical Distribution Function for Sampling with Incomplete Information", Annals of Mathematical Statistics 26(4), 1955).
///
/// Time: pairs × bisection steps for each pool.
pub fn fit_alias_weights(pairs: &[KnownPair]) -> AliasWeights {
    std::array::from_fn(|overlap| {
        let own: Vec<&KnownPair> = pairs.iter().filter(|pair| overlap_of(pair.coverage) == overlap).collect();
        fit_levels(&own)
    })
}

/// Which of the weights serve names of that coverage.
fn overlap_of(coverage: u8) -> usize {
    OVERLAPS.iter().filter(|bound| coverage > **bound).count()
}

fn fit_levels(pairs: &[&KnownPair]) -> [MatchWeight; LEVELS] {
    let mut pools: Vec<(usize, Vec<&KnownPair>, f64)> = Vec::new();
    for level in 1..LEVELS {
        let own: Vec<&KnownPair> = pairs.iter().filter(|pair| usize::from(pair.level) == level).copied().collect();
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
    // Some tens of bits, so the cast loses nothing; hundredths are enough.
    let rounded = |bits: f64| (bits * 100.0).round() as MatchWeight * (BIT / 100);
    let of_pool = |(count, _, bits): &(usize, Vec<&KnownPair>, f64)| std::iter::repeat_n(rounded(*bits), *count);
    let mut weights = [0; LEVELS];
    weights.iter_mut().skip(1).zip(pools.iter().flat_map(of_pool)).for_each(|(slot, weight)| *slot = weight);
    weights
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
const ALONE: [MatchWeight; LEVELS] = [
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
    /// The same model with other weights for alias evidence on its first field: those of names that overlap most as the
    /// weights of the comparison, what less overlap adds as a combination with `coverage`.
    ///
    /// # Errors
    /// None for a model that was checked.
    pub fn with_alias_weights(&self, weights: &AliasWeights) -> Result<Model> {
        let mut file = self.file().clone();
        for field in file.fields.iter_mut().take(1) {
            let [.., most] = weights;
            set_weights(field, most);
            field.interactions.retain(|table| !is_of_aliases(table));
            field.interactions.push(combination(weights));
        }
        Model::new(file)
    }

    /// What this model weighs alias evidence.
    pub fn alias_weights(&self) -> AliasWeights {
        let field = self.fields().first();
        let single = field.and_then(|field| field.comparisons.get(ALIASES)).map_or(&[][..], |table| &table.weights);
        let double = field.and_then(|field| field.interactions.iter().find(|table| is_of_aliases(table)));
        std::array::from_fn(|overlap| {
            let coverage = OVERLAPS.get(overlap).copied().map_or(usize::from(u8::MAX), usize::from);
            std::array::from_fn(|level| {
                let row = double.and_then(|table| table.weights.get(level));
                let added = row.and_then(|row| row.get(coverage)).copied().unwrap_or_default();
                single.get(level).copied().unwrap_or_default().saturating_add(added)
            })
        })
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

fn is_of_aliases(table: &Interaction) -> bool {
    table.first == aliases::NAME && table.second == COVERAGE
}

/// What less overlap than the most adds, by level, then by coverage.
fn combination(weights: &AliasWeights) -> Interaction {
    let [.., most] = weights;
    let coverages = COMPARISONS.iter().find(|about| about.name == COVERAGE).map_or(0, |about| about.levels.len() as u8);
    let added = |level: usize, coverage: u8| {
        let of = |weights: &[MatchWeight; LEVELS]| weights.get(level).copied().unwrap_or_default();
        weights.get(overlap_of(coverage)).map_or(0, of).saturating_sub(of(most))
    };
    let row = |level: usize| (0..=coverages).map(|coverage| added(level, coverage)).collect();
    let weights = (0..LEVELS).map(row).collect();
    Interaction { first: aliases::NAME.to_owned(), second: COVERAGE.to_owned(), weights }
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
        let pair = |pair| KnownPair { level, coverage: 20, others, is_match: pair < matches, importance: 1.0 };
        (0..of).map(pair).collect()
    }

    #[test]
    fn a_level_adds_what_the_others_do_not_say() {
        let known = [pairs(1, -BIT, 10, 1000), pairs(9, -BIT, 900, 1000), pairs(8, -BIT, 950, 1000)].concat();
        let [.., weights] = fit_alias_weights(&known);
        assert_eq!(weights[usize::from(MISSING)], 0);
        assert!(weights[1..].is_sorted());
        assert!((probability(weights[1] - BIT) - 0.01).abs() < 0.01);
        // Two levels in the wrong order weigh the same.
        assert_eq!(weights[8], weights[9]);
        assert!((probability(weights[9] - BIT) - 0.925).abs() < 0.01);
    }

    #[test]
    fn a_model_keeps_its_alias_weights() {
        let weights: AliasWeights = std::array::from_fn(|overlap| {
            std::array::from_fn(|level| level as MatchWeight * (9 - overlap as MatchWeight) * 1000)
        });
        let model = Model::new(flat()).unwrap().with_alias_weights(&weights).unwrap();
        assert_eq!(model.alias_weights(), weights);
        assert_eq!(model.with_alias_weights(&STANDARD).unwrap().alias_weights(), STANDARD);
        let levels = |coverage, level| {
            let mut levels = [MISSING; crate::compare::levels::COUNT];
            (levels[7], levels[ALIASES]) = (coverage, level);
            levels
        };
        let added = |coverage, level| model.evidence(&levels(coverage, level)) - model.evidence(&levels(coverage, 0));
        assert_eq!([added(1, 9), added(5, 9), added(10, 9), added(22, 9)], [81_000, 72_000, 63_000, 54_000]);
        assert_eq!(COMPARISONS[7].name, COVERAGE);
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
