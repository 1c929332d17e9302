//! Cosine of character 3-grams within words, weighted by TF-IDF as scikit-learn does it: smooth idf, raw counts, unit
//! length.

use super::{Top, plain};
use rustc_hash::FxHashMap;

/// The weights of a name's 3-grams, ascending by the gram's number.
type Vector = Vec<(u32, f64)>;

/// Left names as vectors and right names as an index from 3-grams to names.
#[derive(Debug)]
pub struct TfIdf {
    left: Vec<Vector>,
    postings: Vec<Vec<(u32, f64)>>,
    right: usize,
}

impl TfIdf {
    /// Counts and weighs the 3-grams of both sides' names.
    pub fn new(left: &[&str], right: &[&str]) -> TfIdf {
        let mut numbers: FxHashMap<[char; 3], u32> = FxHashMap::default();
        let mut left: Vec<Vector> = left.iter().map(|name| counts(name, &mut numbers)).collect();
        let mut right: Vec<Vector> = right.iter().map(|name| counts(name, &mut numbers)).collect();
        let mut bearers = vec![0.0_f64; numbers.len()];
        for (gram, _) in left.iter().chain(&right).flatten() {
            if let Some(bearers) = bearers.get_mut(*gram as usize) {
                *bearers += 1.0;
            }
        }
        let names = (left.len() + right.len()) as f64;
        let idf: Vec<f64> = bearers.iter().map(|bearers| ((1.0 + names) / (1.0 + bearers)).ln() + 1.0).collect();
        left.iter_mut().chain(&mut right).for_each(|vector| weigh(vector, &idf));
        let mut postings = vec![Vec::new(); numbers.len()];
        for (row, vector) in (0..).zip(&right) {
            for (gram, weight) in vector {
                if let Some(posting) = postings.get_mut(*gram as usize) {
                    posting.push((row, *weight));
                }
            }
        }
        TfIdf { left, postings, right: right.len() }
    }

    /// The right names nearest to a left one, at most `most`, with their cosines; none that shares nothing. Time: all
    /// postings of the left name's grams.
    pub fn nearest(&self, left: usize, most: usize) -> Vec<(u32, f64)> {
        let mut scores = vec![0.0_f64; self.right];
        let mut touched = Vec::new();
        for (gram, weight) in self.left.get(left).into_iter().flatten() {
            for (row, other) in self.postings.get(*gram as usize).into_iter().flatten() {
                if let Some(score) = scores.get_mut(*row as usize) {
                    if *score == 0.0 {
                        touched.push(*row);
                    }
                    *score += weight * other;
                }
            }
        }
        let mut top = Top::new(most);
        for row in touched {
            top.push(row, scores.get(row as usize).copied().unwrap_or_default());
        }
        top.into_rows()
    }
}

/// How often each 3-gram is in a name; new grams are numbered.
fn counts(name: &str, numbers: &mut FxHashMap<[char; 3], u32>) -> Vector {
    let mut grams: Vec<u32> = Vec::new();
    for word in plain(name).split(' ').filter(|word| !word.is_empty()) {
        let letters: Vec<char> = format!(" {word} ").chars().collect();
        for gram in letters.windows(3).filter_map(|gram| <[char; 3]>::try_from(gram).ok()) {
            let next = numbers.len() as u32;
            grams.push(*numbers.entry(gram).or_insert(next));
        }
    }
    grams.sort_unstable();
    grams.chunk_by(|a, b| a == b).filter_map(|same| Some((*same.first()?, same.len() as f64))).collect()
}

fn weigh(vector: &mut Vector, idf: &[f64]) {
    for (gram, count) in vector.iter_mut() {
        *count *= idf.get(*gram as usize).copied().unwrap_or_default();
    }
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    vector.iter_mut().for_each(|(_, weight)| *weight /= length);
}
