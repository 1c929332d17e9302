//! Learning the name embedding from names that are known to mean the same.
//!
//! Contrastive training: of two names of one entity each must find the other among all names of its batch. The loss is
//! the cross-entropy of the softmax over the cosines, both ways (InfoNCE: van den Oord, Li & Vinyals, "Representation
//! Learning with Contrastive Predictive Coding", 2018), as in LinkOrgs' training on pairs that share a source with the
//! nearest wrong names against them. All pairs of a batch come from one list, so that the names to tell apart are alike.
//! Optimised by Adam (Kingma & Ba, ICLR 2015) on the rows that a batch touches.
//!
//! **Invariant:** sums are taken in a fixed order whatever the number of threads, and chance comes from the seed alone.

use crate::compare::embedding::{DIMENSIONS, Embedding};
use rayon::prelude::*;

/// A name to learn from, as one of its entities' names.
#[derive(Debug, Clone, PartialEq)]
pub struct FeaturedName {
    /// The number of its list.
    pub list: u32,
    /// The number of its entity, unlike those of other lists.
    pub entity: u32,
    /// The share of the name's uses that mean the entity, over 0 and up to 1.
    pub share: f64,
    /// Its features ([`crate::compare::embedding::features`]).
    pub features: Vec<u32>,
}

/// How to train an embedding.
#[derive(Debug, Clone, PartialEq)]
pub struct ContrastOptions {
    /// The rows of the table: a power of two.
    pub rows: usize,
    /// How often each pair is met.
    pub rounds: usize,
    /// The pairs of a batch.
    pub batch: usize,
    /// What cosines are divided by before the softmax.
    pub temperature: f32,
    /// The first learning rate; it falls to nothing in even steps.
    pub rate: f32,
    /// Pairs of one entity at most in a round.
    pub pairs_per_entity: usize,
    /// Where chance begins.
    pub seed: u64,
}

impl Default for ContrastOptions {
    fn default() -> ContrastOptions {
        ContrastOptions {
            rows: 1 << 15,
            rounds: 8,
            batch: 512,
            temperature: 0.07,
            rate: 0.004,
            pairs_per_entity: 12,
            seed: 1,
        }
    }
}

/// Learns an embedding; `progress` is told how many batches are done, of how many. Names without a second name of their
/// entity count for the frequencies of features alone.
///
/// Time: rounds × pairs × (batch × [`DIMENSIONS`] × 3 + features × [`DIMENSIONS`] × 4) multiplications; 100,000 pairs take
/// about ten seconds a round on two cores. Memory: 12 bytes for each number of the table.
pub fn train_embedding(
    names: &[FeaturedName],
    options: &ContrastOptions,
    progress: &dyn Fn(u64, u64),
) -> Option<Embedding> {
    if !options.rows.is_power_of_two() {
        return None;
    }
    let mut chance = Chance(options.seed);
    let mut table = Table::new(names, options, &mut chance);
    let pairs = pairs(names);
    let mut done = 0;
    for round in 0..options.rounds {
        let batches = batches(names, &pairs, options, &mut chance);
        let steps = (batches.len() * options.rounds) as f32;
        for (step, batch) in batches.iter().enumerate() {
            let progressed = (round * batches.len() + step) as f32 / steps.max(1.0);
            table.learn(names, batch, options.temperature, options.rate * (1.0 - progressed));
            done += 1;
            progress(done, steps as u64);
        }
    }
    Embedding::new(table.quantised())
}

/// Chance: SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// Whether something with this probability happens; what is sure takes no chance.
    fn happens(&mut self, probability: f64) -> bool {
        probability >= 1.0 || ((self.next() >> 11) as f64) < probability * (1_u64 << 53) as f64
    }

    /// About a standard normal number: the sum of twelve uniform ones.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| (self.next() >> 40) as f32 / (1_u64 << 24) as f32).sum::<f32>() - 6.0
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for place in (1..values.len()).rev() {
            let other = self.below(place + 1);
            values.swap(place, other);
        }
    }
}

/// The places of the names of each entity that has two and more.
fn pairs(names: &[FeaturedName]) -> Vec<Vec<u32>> {
    let mut order: Vec<u32> = (0..names.len() as u32).collect();
    let entity = |place: &u32| names.get(*place as usize).map(|name| (name.list, name.entity));
    order.sort_by_key(|place| (entity(place), *place));
    order.chunk_by(|a, b| entity(a) == entity(b)).filter(|group| group.len() > 1).map(<[u32]>::to_vec).collect()
}

/// The batches of a round, in a random order: each from one list, every entity with some of its pairs.
fn batches(
    names: &[FeaturedName],
    groups: &[Vec<u32>],
    options: &ContrastOptions,
    chance: &mut Chance,
) -> Vec<Vec<(u32, u32)>> {
    let mut by_list: std::collections::BTreeMap<u32, Vec<(u32, u32)>> = std::collections::BTreeMap::new();
    for group in groups {
        let list = group.first().and_then(|place| names.get(*place as usize)).map_or(0, |name| name.list);
        let mut own: Vec<(u32, u32)> = Vec::new();
        for (place, &a) in group.iter().enumerate().take(64) {
            own.extend(group.iter().skip(place + 1).take(64).map(|&b| (a, b)));
        }
        // A pair is met as often as both names mean the entity.
        let share = |place: u32| names.get(place as usize).map_or(1.0, |name| name.share);
        own.retain(|(a, b)| chance.happens(share(*a) * share(*b)));
        chance.shuffle(&mut own);
        by_list.entry(list).or_default().extend(own.into_iter().take(options.pairs_per_entity));
    }
    let mut batches: Vec<Vec<(u32, u32)>> = Vec::new();
    for mut pairs in by_list.into_values() {
        chance.shuffle(&mut pairs);
        batches.extend(pairs.chunks(options.batch.max(2)).filter(|batch| batch.len() >= 8).map(<[_]>::to_vec));
    }
    chance.shuffle(&mut batches);
    batches
}

type Vector = [f32; DIMENSIONS];

fn dot(a: &Vector, b: &Vector) -> f32 {
    // Eight sums side by side: what the processor can do at once, in an order that is the same everywhere.
    let mut sums = [0.0_f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum()
}

fn add_scaled(sum: &mut Vector, vector: &Vector, factor: f32) {
    sum.iter_mut().zip(vector).for_each(|(sum, number)| *sum += number * factor);
}

/// The table while it is learned: rows, and the two moments of their gradients.
struct Table {
    rows: Vec<Vector>,
    means: Vec<Vector>,
    squares: Vec<Vector>,
    /// The gradients of a batch, and which rows have one.
    gradients: Vec<Vector>,
    is_touched: Vec<bool>,
    step: i32,
}

/// A name's vector before and after it was brought to unit length.
struct Encoded {
    unit: Vector,
    length: f32,
}

impl Table {
    /// Random rows, the longer the rarer the feature: names that share rare features are near from the start.
    fn new(names: &[FeaturedName], options: &ContrastOptions, chance: &mut Chance) -> Table {
        let mut counts = vec![0_u32; options.rows];
        for feature in names.iter().flat_map(|name| &name.features) {
            if let Some(count) = counts.get_mut(*feature as usize & (options.rows - 1)) {
                *count += 1;
            }
        }
        let most = (names.len() + 1) as f32;
        let row = |count: &u32| {
            let rarity = (most / (1 + count) as f32).ln().max(0.1);
            std::array::from_fn(|_| chance.normal() * rarity / (DIMENSIONS as f32).sqrt())
        };
        let rows: Vec<Vector> = counts.iter().map(row).collect();
        let zeros = || vec![[0.0; DIMENSIONS]; options.rows];
        let is_touched = vec![false; options.rows];
        Table { rows, means: zeros(), squares: zeros(), gradients: zeros(), is_touched, step: 0 }
    }

    fn place(&self, feature: u32) -> usize {
        feature as usize & (self.rows.len() - 1)
    }

    fn encode(&self, features: &[u32]) -> Encoded {
        let mut sum = [0.0; DIMENSIONS];
        for row in features.iter().filter_map(|feature| self.rows.get(self.place(*feature))) {
            add_scaled(&mut sum, row, 1.0);
        }
        let length = dot(&sum, &sum).sqrt().max(1e-6);
        Encoded { unit: sum.map(|number| number / length), length }
    }

    /// One step down the gradient of a batch's loss.
    fn learn(&mut self, names: &[FeaturedName], batch: &[(u32, u32)], temperature: f32, rate: f32) {
        let side = |of: fn(&(u32, u32)) -> u32| -> Vec<&FeaturedName> {
            batch.iter().filter_map(|pair| names.get(of(pair) as usize)).collect()
        };
        let (lefts, rights) = (side(|pair| pair.0), side(|pair| pair.1));
        let encode = |names: &[&FeaturedName]| -> Vec<Encoded> {
            names.par_iter().with_min_len(32).map(|name| self.encode(&name.features)).collect()
        };
        let (left, right) = (encode(&lefts), encode(&rights));
        let slopes = slopes(&lefts, &rights, &left, &right, temperature);
        let back = |own: &[Encoded], others: &[Encoded], slope: &(dyn Fn(usize, usize) -> f32 + Sync)| -> Vec<Vector> {
            own.par_iter().enumerate().with_min_len(16).map(|(i, own)| slope_of(i, own, others, slope)).collect()
        };
        let width = rights.len();
        let at = |i: usize, j: usize| slopes.get(i * width + j).copied().unwrap_or_default();
        let of_left = back(&left, &right, &at);
        let of_right = back(&right, &left, &|j, i| at(i, j));
        let mut touched = Vec::new();
        for (name, slope) in lefts.iter().zip(&of_left).chain(rights.iter().zip(&of_right)) {
            for feature in &name.features {
                let place = self.place(*feature);
                if let (Some(gradient), Some(is_touched)) =
                    (self.gradients.get_mut(place), self.is_touched.get_mut(place))
                {
                    add_scaled(gradient, slope, 1.0);
                    if !std::mem::replace(is_touched, true) {
                        touched.push(place);
                    }
                }
            }
        }
        self.descend(&touched, rate);
    }

    /// A step of Adam for the touched rows.
    fn descend(&mut self, touched: &[usize], rate: f32) {
        const FIRST: f32 = 0.9;
        const SECOND: f32 = 0.999;
        self.step += 1;
        let (first, second) = (1.0 - FIRST.powi(self.step), 1.0 - SECOND.powi(self.step));
        for &place in touched {
            let (Some(row), Some(mean), Some(square), Some(gradient)) = (
                self.rows.get_mut(place),
                self.means.get_mut(place),
                self.squares.get_mut(place),
                self.gradients.get_mut(place),
            ) else {
                continue;
            };
            for (((number, mean), square), slope) in row.iter_mut().zip(mean).zip(square).zip(gradient) {
                *mean = FIRST * *mean + (1.0 - FIRST) * *slope;
                *square = SECOND * *square + (1.0 - SECOND) * *slope * *slope;
                *number -= rate * (*mean / first) / ((*square / second).sqrt() + 1e-8);
                *slope = 0.0;
            }
            if let Some(is_touched) = self.is_touched.get_mut(place) {
                *is_touched = false;
            }
        }
    }

    /// The rows as 8-bit integers; the few numbers that are larger than all but one in 2,000 are cut.
    fn quantised(&self) -> Vec<[i8; DIMENSIONS]> {
        let mut sizes: Vec<f32> = self.rows.iter().flatten().map(|number| number.abs()).collect();
        // A table has at least one row, so there is a place.
        let place = sizes.len() - 1 - sizes.len() / 2000;
        let (_, largest, _) = sizes.select_nth_unstable_by(place, f32::total_cmp);
        let scale = 127.0 / largest.max(1e-6);
        self.rows.iter().map(|row| row.map(|number| (number * scale).round().clamp(-127.0, 127.0) as i8)).collect()
    }
}

/// The slope of the loss by each cosine: row by row, as many columns as right names. Other names of the same entity are
/// neither right nor wrong.
fn slopes(
    lefts: &[&FeaturedName],
    rights: &[&FeaturedName],
    left: &[Encoded],
    right: &[Encoded],
    temperature: f32,
) -> Vec<f32> {
    let width = right.len();
    let mut odds: Vec<f32> = vec![0.0; left.len() * width];
    odds.par_chunks_mut(width.max(1)).zip(left).enumerate().with_min_len(8).for_each(|(i, (row, a))| {
        let entity = lefts.get(i).map(|name| name.entity);
        for (j, ((slot, b), name)) in row.iter_mut().zip(right).zip(rights).enumerate() {
            let counts = i == j || Some(name.entity) != entity;
            // Cosines are at most 1, so the largest exponent is 0.
            *slot = if counts { ((dot(&a.unit, &b.unit) - 1.0) / temperature).exp() } else { 0.0 };
        }
    });
    let row_sums: Vec<f32> = odds.chunks(width.max(1)).map(|row| row.iter().sum()).collect();
    let mut column_sums = vec![0.0_f32; width];
    for row in odds.chunks(width.max(1)) {
        column_sums.iter_mut().zip(row).for_each(|(sum, odds)| *sum += odds);
    }
    let scale = 1.0 / (2.0 * temperature * width.max(1) as f32);
    for (i, (row, row_sum)) in odds.chunks_mut(width.max(1)).zip(&row_sums).enumerate() {
        for (j, (slot, column_sum)) in row.iter_mut().zip(&column_sums).enumerate() {
            let is_right = if i == j { 2.0 } else { 0.0 };
            *slot = (*slot / row_sum.max(1e-30) + *slot / column_sum.max(1e-30) - is_right) * scale;
        }
    }
    odds
}

/// The slope of the loss by a name's vector before it was brought to unit length.
fn slope_of(i: usize, own: &Encoded, others: &[Encoded], slope: &(dyn Fn(usize, usize) -> f32 + Sync)) -> Vector {
    let mut sum = [0.0; DIMENSIONS];
    for (j, other) in others.iter().enumerate() {
        add_scaled(&mut sum, &other.unit, slope(i, j));
    }
    let along = dot(&sum, &own.unit);
    let mut rest = sum;
    add_scaled(&mut rest, &own.unit, -along);
    rest.map(|number| number / own.length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two features that mean the same, and never stand together.
    fn names() -> Vec<FeaturedName> {
        (0..400)
            .map(|number: u32| {
                let (entity, word) = (number / 2, 1 + number % 2);
                FeaturedName { list: 0, entity, share: 1.0, features: vec![word, 100 + entity] }
            })
            .collect()
    }

    fn options() -> ContrastOptions {
        ContrastOptions { rows: 1024, rounds: 10, batch: 64, ..ContrastOptions::default() }
    }

    #[test]
    fn what_stands_for_the_same_comes_near() {
        let table = train_embedding(&names(), &options(), &|_, _| {}).unwrap();
        let cosine = |a: &[u32], b: &[u32]| table.encode(a).unwrap().cosine(&table.encode(b).unwrap());
        assert!(cosine(&[1, 110], &[2, 110]) > cosine(&[1, 110], &[1, 120]) + 20_000);
    }

    #[test]
    fn a_seed_decides_everything() {
        let train = |seed| train_embedding(&names(), &ContrastOptions { seed, ..options() }, &|_, _| {}).unwrap();
        assert_eq!(train(3), train(3));
        assert_ne!(train(3), train(4));
    }

    #[test]
    fn nothing_to_learn_from_gives_a_table() {
        assert!(train_embedding(&[], &options(), &|_, _| {}).is_some());
        assert!(train_embedding(&[], &ContrastOptions { rows: 3, ..options() }, &|_, _| {}).is_none());
    }
}
