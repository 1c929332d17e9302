//! How many values one vector holds: the share that is found again, beside dense orthogonal matrices and theory.

use super::dense::Reflections;
use super::property::{Property, Spread};
use super::similarity::{strict, word};
use crate::error::Result;
use crate::mbat::atoms::mix;
use crate::mbat::{Space, Vector};
use nalgebra::DMatrix;
use serde::Serialize;
use serde_json::{Map, Value};

/// Pairs of key and value in an object.
pub const PAIRS: [usize; 6] = [4, 8, 16, 32, 64, 128];

/// Words among which the right one is to be the nearest.
const CODEBOOK: usize = 1000;

/// What the theory may be off by itself: it takes noise for normal, but words are sums of few atoms, which now and then fall
/// on each other.
const SLACK: f64 = 0.02;

/// Keys of each object of a nested one.
const BRANCHES: usize = 4;

/// The deepest nested object that is asked.
const DEPTH: u32 = 4;

/// The share of values that are found again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CapacityPoint {
    /// Dimensions.
    pub dims: usize,
    /// Values in the vector.
    pub pairs: usize,
    /// Values that were asked.
    pub asked: usize,
    /// The share found under our bindings.
    pub ours: f64,
    /// The share found of the same words under dense orthogonal matrices; `None` where that was not measured.
    pub haar: Option<f64>,
    /// The share that theory expects ([`expected`]).
    pub theory: f64,
}

impl CapacityPoint {
    /// By how many standard errors ours is below dense matrices; negative where it is above.
    fn below_haar(&self) -> f64 {
        self.haar.map_or(0.0, |haar| (haar - self.ours) / (self.error((haar + self.ours) / 2.0) * 2_f64.sqrt()))
    }

    /// By how many standard errors ours is off the theory by more than its slack.
    fn off_theory(&self) -> f64 {
        ((self.ours - self.theory).abs() - SLACK).max(0.0) / self.error(self.theory)
    }

    /// The standard error of a share; one value found more or less, where all or none are.
    fn error(&self, share: f64) -> f64 {
        let asked = self.asked.max(1) as f64;
        (share * (1.0 - share) / asked).sqrt().max(1.0 / asked)
    }
}

/// The words and their vectors in a space.
struct Codebook {
    words: Vec<String>,
    /// By column: the vector of a word.
    columns: DMatrix<f32>,
    /// By row, for products.
    rows: DMatrix<f32>,
}

impl Codebook {
    fn of(space: &Space) -> Codebook {
        let words: Vec<String> = (0..CODEBOOK as u64).map(word).collect();
        let mut encoder = space.encoder();
        let vectors: Vec<Vector> = words.iter().map(|word| encoder.encode_text(word)).collect();
        let columns = matrix(space.dims(), &vectors);
        Codebook { words, rows: columns.transpose(), columns }
    }

    /// The numbers of the nearest words.
    fn nearest(&self, unbound: &DMatrix<f32>) -> Vec<usize> {
        (&self.rows * unbound).column_iter().map(|scores| scores.argmax().0).collect()
    }

    /// How many of unbound vectors are nearest to their words.
    fn right(&self, unbound: &DMatrix<f32>, words: &[usize]) -> usize {
        self.nearest(unbound).iter().zip(words).filter(|(found, word)| found == word).count()
    }
}

/// Vectors as the columns of a matrix.
fn matrix(dims: usize, vectors: &[Vector]) -> DMatrix<f32> {
    let numbers: Vec<f32> = vectors.iter().flat_map(Vector::floats).collect();
    DMatrix::from_vec(dims, numbers.len() / dims.max(1), numbers)
}

/// An object: how many pairs it has, and which words.
struct Bundle {
    pairs: usize,
    words: Vec<usize>,
}

/// The capacity of spaces of some dimensions, about `asked` values for each number of pairs.
///
/// # Errors
/// Those of [`Space::with`].
pub fn capacity(dims: usize, asked: usize, seed: u64) -> Result<Vec<CapacityPoint>> {
    let space = strict(dims, mix(seed, 1))?;
    let codebook = Codebook::of(&space);
    let draw = |place: usize, trial: usize| (mix(mix(seed, 2), (trial << 8 | place) as u64) % CODEBOOK as u64) as usize;
    let trials = PAIRS.iter().flat_map(|pairs| (0..asked.div_ceil(*pairs)).map(move |trial| (*pairs, trial)));
    let bundles: Vec<Bundle> = trials
        .map(|(pairs, trial)| Bundle {
            pairs,
            words: (0..pairs).map(|place| draw(place, trial << 8 | pairs)).collect(),
        })
        .collect();
    let (ours, haar) = (found_by_ours(&space, &codebook, &bundles)?, found_by_haar(&codebook, &bundles, mix(seed, 3)));
    let point = |(place, pairs): (usize, &usize)| {
        let asked = asked.div_ceil(*pairs) * pairs;
        let share = |found: &[usize]| found.get(place).copied().unwrap_or_default() as f64 / asked as f64;
        let (ours, haar) = (share(&ours), Some(share(&haar)));
        CapacityPoint { dims, pairs: *pairs, asked, ours, haar, theory: expected(dims, *pairs) }
    };
    Ok(PAIRS.iter().enumerate().map(point).collect())
}

/// By number of pairs: how many words come back from encoded objects.
fn found_by_ours(space: &Space, codebook: &Codebook, bundles: &[Bundle]) -> Result<Vec<usize>> {
    let mut encoder = space.encoder();
    let mut found = Vec::new();
    for bundles in bundles.chunk_by(|one, next| one.pairs == next.pairs) {
        let (mut unbound, mut words) = (Vec::new(), Vec::new());
        for bundle in bundles {
            let field = |(place, word): (usize, &usize)| Some((key(place), codebook.words.get(*word)?.as_str().into()));
            let object: Map<String, Value> = bundle.words.iter().enumerate().filter_map(field).collect();
            let vector = encoder.encode(&Value::Object(object));
            for (place, word) in bundle.words.iter().enumerate() {
                unbound.push(space.unbind(&vector, &key(place))?);
                words.push(*word);
            }
        }
        found.push(codebook.right(&matrix(space.dims(), &unbound), &words));
    }
    Ok(found)
}

fn key(place: usize) -> String {
    format!("key {place}")
}

/// The same for sums of word vectors times dense orthogonal matrices. A matrix is drawn for each place, used for all objects,
/// and drawn again to unbind, since all of them together would not fit into memory.
fn found_by_haar(codebook: &Codebook, bundles: &[Bundle], seed: u64) -> Vec<usize> {
    let dims = codebook.columns.nrows();
    let mut sums = DMatrix::zeros(dims, bundles.len());
    let most = PAIRS.iter().copied().max().unwrap_or_default();
    let of_place = |place: usize| Reflections { dims, seed: mix(seed, place as u64) };
    // Which objects have a place, and which word stands there.
    let having = |place: usize| -> (Vec<usize>, Vec<usize>) {
        let words = bundles.iter().enumerate().filter_map(|(bundle, of)| Some((bundle, *of.words.get(place)?)));
        words.unzip()
    };
    for place in 0..most {
        let (having, words) = having(place);
        let mut bound = codebook.columns.select_columns(&words);
        of_place(place).apply(&mut bound);
        for (bundle, column) in having.into_iter().zip(bound.column_iter()) {
            let mut sum = sums.column_mut(bundle);
            sum += column;
        }
    }
    let mut found = vec![0; PAIRS.len()];
    for place in 0..most {
        let (having, words) = having(place);
        let mut unbound = sums.select_columns(&having);
        of_place(place).apply_transposed(&mut unbound);
        for ((bundle, word), nearest) in having.iter().zip(&words).zip(codebook.nearest(&unbound)) {
            let pairs = bundles.get(*bundle).map(|bundle| bundle.pairs);
            let of_size = PAIRS.iter().position(|size| Some(*size) == pairs);
            if let Some(found) = of_size.and_then(|place| found.get_mut(place)) {
                *found += usize::from(nearest == *word);
            }
        }
    }
    found
}

/// What comes back from nested objects of four keys a level, by depth: a value at depth d is one of 4ᵈ.
///
/// # Errors
/// Those of [`Space::with`].
pub fn nested(dims: usize, asked: usize, seed: u64) -> Result<Vec<CapacityPoint>> {
    let space = strict(dims, mix(seed, 4))?;
    let codebook = Codebook::of(&space);
    let mut encoder = space.encoder();
    let mut points = Vec::new();
    for depth in 1..=DEPTH {
        let leaves = BRANCHES.pow(depth);
        // A few leaves of many objects, so that the answers are of different noise.
        let of_object = leaves.min(8);
        let objects = asked.div_ceil(of_object);
        let (mut unbound, mut words) = (Vec::new(), Vec::new());
        for object in 0..objects {
            let word_of = |leaf: usize| (mix(mix(seed, 5), (object * leaves + leaf) as u64) % CODEBOOK as u64) as usize;
            let vector = encoder.encode(&tree(depth, 0, &|leaf| codebook.words.get(word_of(leaf)).cloned()));
            for turn in 0..of_object {
                let leaf = turn * leaves / of_object;
                unbound.push(space.unbind(&vector, &path(depth, leaf))?);
                words.push(word_of(leaf));
            }
        }
        let asked = words.len();
        let ours = codebook.right(&matrix(dims, &unbound), &words) as f64 / asked as f64;
        points.push(CapacityPoint { dims, pairs: leaves, asked, ours, haar: None, theory: expected(dims, leaves) });
    }
    Ok(points)
}

/// An object with four keys for each level, whose leaves are numbered from the left.
fn tree(depth: u32, first: usize, word: &dyn Fn(usize) -> Option<String>) -> Value {
    if depth == 0 {
        return word(first).into();
    }
    let field = |branch: usize| (name(branch), tree(depth - 1, first * BRANCHES + branch, word));
    (0..BRANCHES).map(field).collect::<Map<_, _>>().into()
}

fn name(branch: usize) -> String {
    format!("branch {branch}")
}

fn path(depth: u32, leaf: usize) -> String {
    let step = |level: u32| name(leaf / BRANCHES.pow(level) % BRANCHES);
    (0..depth).rev().map(step).collect::<Vec<_>>().join(".")
}

/// The share that is expected to come back: the right word scores 1 + s·z, each of the others s·zᵢ, with s² = (pairs − 1) /
/// dimensions and z normal, and the right one is to be above all others: ∫ φ(z) Φ((1 + sz)/s)^(words − 1) dz.
pub fn expected(dims: usize, pairs: usize) -> f64 {
    let noise = (pairs.saturating_sub(1) as f64 / dims as f64).sqrt();
    if noise == 0.0 {
        return 1.0;
    }
    let steps = 1600;
    let width = 16.0 / f64::from(steps);
    let at = |step: i32| {
        let z = f64::from(step) * width - 8.0;
        let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
        density * below((1.0 + noise * z) / noise).powi(CODEBOOK as i32 - 1) * width
    };
    (0..=steps).map(at).sum()
}

/// Φ, the share of normal deviates below a number (Abramowitz and Stegun, 26.2.17; error 7.5·10⁻⁸).
fn below(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_530];
    let tail =
        series.iter().fold(0.0, |sum, term| (sum + term) * t) * (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// The properties that curves of capacity show.
pub fn properties(curves: &[CapacityPoint], nested: &[CapacityPoint]) -> Vec<Property> {
    let worst = |points: &[CapacityPoint], figure: fn(&CapacityPoint) -> f64| {
        points.iter().map(figure).fold(f64::NEG_INFINITY, f64::max)
    };
    let gap = |other: fn(&CapacityPoint) -> f64| {
        format!("mean gap {:+.3}", Spread::of(curves.iter().map(|point| point.ours - other(point))).mean)
    };
    let row = |name: &str, tolerance: &str, seen: String, worst: f64| {
        Property::new(name, tolerance, format!("{seen}; worst {worst:.1}"), worst <= 3.0)
    };
    let off_theory = format!("off by at most 3 standard errors and {SLACK}");
    let shares: Vec<String> = nested.iter().map(|point| format!("{:.2} ({:.2})", point.ours, point.theory)).collect();
    vec![
        row(
            "values are found as under dense Haar, 4..128 pairs (strict)",
            "below by at most 3 standard errors",
            gap(|point| point.haar.unwrap_or(point.ours)),
            worst(curves, CapacityPoint::below_haar),
        ),
        row(
            "  and as theory expects",
            &off_theory,
            gap(|point| point.theory),
            worst(curves, CapacityPoint::off_theory),
        ),
        row(
            "values of nested objects are found, depth 1..4 (theory)",
            &off_theory,
            shares.join(", "),
            worst(nested, CapacityPoint::off_theory),
        ),
    ]
}

/// That [`Space::nearest_token`] finds what the products with the whole codebook find.
///
/// # Errors
/// Those of [`Space::with`].
pub fn same_as_nearest_token(dims: usize, seed: u64) -> Result<Property> {
    let space = strict(dims, mix(seed, 6))?;
    let codebook = Codebook::of(&space);
    let object: Map<String, Value> = (0..16).map(|place| (key(place), word(place as u64 * 31).into())).collect();
    let vector = space.encode(&Value::Object(object));
    let mut cases = Vec::new();
    for place in 0..16 {
        let unbound = space.unbind(&vector, &key(place))?;
        let products = codebook.nearest(&matrix(dims, std::slice::from_ref(&unbound)));
        let token = space.nearest_token(&unbound, codebook.words.iter().map(String::as_str)).map(|(word, _)| word);
        cases.push(products.first().and_then(|place| codebook.words.get(*place)).map(String::as_str) == token);
    }
    Ok(Property::all("unbinding and the nearest of 1,000 words are what `Space` answers", "the same word", &cases))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn theory_has_the_known_capacities() {
        // Pairs of which 99 % are found: the dimensions / 32.
        for dims in [256, 512, 1024] {
            assert!((expected(dims, dims / 32) - 0.99).abs() < 0.01);
        }
        assert!(
            (below(0.0) - 0.5).abs() < 1e-7
                && (below(1.96) - 0.975).abs() < 1e-4
                && (below(-1.96) - 0.025).abs() < 1e-4
        );
        assert_eq!(expected(64, 1), 1.0);
    }

    #[test]
    fn paths_lead_to_leaves() {
        let tree = tree(3, 0, &|leaf| Some(leaf.to_string()));
        for leaf in [0, 7, 63] {
            let found = path(3, leaf).split('.').fold(&tree, |value, key| &value[key]).clone();
            assert_eq!(found, Value::from(leaf.to_string()));
        }
    }
}
