//! Strong simple baselines: the best partner of each left name over all pairs, by one score.

use crate::text::grams;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// The best partner of a left name: the right name's number and the score; `None` when no right name has anything in
/// common.
pub type Best = Option<(u32, f64)>;

/// Lower case, punctuation to spaces, spaces folded: what the baselines get, accents and scripts as they are.
pub fn plain(name: &str) -> String {
    let spaced: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn words_in_order(name: &str) -> Vec<char> {
    let plain = plain(name);
    let mut words: Vec<&str> = plain.split(' ').collect();
    words.sort_unstable();
    words.join(" ").chars().collect()
}

/// The best partners by token-sort ratio: indel similarity of the words in alphabetical order. Of equal scores the first
/// right name is taken. Time: all pairs.
pub fn token_sort(left: &[&str], right: &[&str]) -> Vec<Best> {
    let right: Vec<Vec<char>> = right.iter().map(|name| words_in_order(name)).collect();
    left.par_iter()
        .map(|name| {
            let comparator = rapidfuzz::distance::indel::BatchComparator::new(words_in_order(name));
            let mut best: Best = None;
            for (row, name) in (0..).zip(&right) {
                let cutoff = best.map_or(0.0, |(_, score)| score);
                let arguments = rapidfuzz::distance::indel::Args::default().score_cutoff(cutoff);
                let score = comparator.normalized_similarity_with_args(name.iter().copied(), &arguments);
                if let Some(score) = score.filter(|score| best.is_none_or(|(_, best)| *score > best)) {
                    best = Some((row, score));
                }
            }
            best
        })
        .collect()
}

/// The best partners by cosine of character 3-grams within words, weighted by TF-IDF as scikit-learn does it (smooth
/// idf, raw counts, unit length). Of equal scores the first right name is taken. Time: all postings.
pub fn tf_idf(left: &[&str], right: &[&str]) -> Vec<Best> {
    let counts = |name: &str| -> Vec<(u64, f64)> {
        let plain = plain(name);
        let mut found: FxHashMap<u64, f64> = FxHashMap::default();
        for word in plain.split(' ').filter(|word| !word.is_empty()) {
            let letters: Vec<char> = format!(" {word} ").chars().collect();
            for gram in letters.windows(3) {
                let key = gram.iter().fold(0, |key, letter| key << 21 | u64::from(u32::from(*letter)));
                *found.entry(key).or_default() += 1.0;
            }
        }
        let mut found: Vec<(u64, f64)> = found.into_iter().collect();
        found.sort_unstable_by_key(|(gram, _)| *gram);
        found
    };
    let left: Vec<_> = left.iter().map(|name| counts(name)).collect();
    let right: Vec<_> = right.iter().map(|name| counts(name)).collect();
    let mut bearers: FxHashMap<u64, f64> = FxHashMap::default();
    for (gram, _) in left.iter().chain(&right).flatten() {
        *bearers.entry(*gram).or_default() += 1.0;
    }
    let names = (left.len() + right.len()) as f64;
    let unit = |vector: Vec<(u64, f64)>| -> Vec<(u64, f64)> {
        let idf = |gram: &u64| ((1.0 + names) / (1.0 + bearers.get(gram).copied().unwrap_or_default())).ln() + 1.0;
        let weighted: Vec<(u64, f64)> = vector.into_iter().map(|(gram, count)| (gram, count * idf(&gram))).collect();
        let length = weighted.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        weighted.into_iter().map(|(gram, weight)| (gram, weight / length)).collect()
    };
    let mut postings: FxHashMap<u64, Vec<(u32, f64)>> = FxHashMap::default();
    for (row, vector) in (0..).zip(right.into_iter().map(unit)) {
        for (gram, weight) in vector {
            postings.entry(gram).or_default().push((row, weight));
        }
    }
    left.into_par_iter()
        .map(|vector| {
            let mut scores: FxHashMap<u32, f64> = FxHashMap::default();
            for (gram, weight) in unit(vector) {
                for (row, other) in postings.get(&gram).into_iter().flatten() {
                    *scores.entry(*row).or_default() += weight * other;
                }
            }
            scores.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        })
        .collect()
}

/// The Jaccard overlap of two names' 3-grams, for single pairs.
pub fn gram_jaccard(left: &str, right: &str) -> f64 {
    let (left, right) = (plain(left), plain(right));
    let (left, right) = (grams::grams(left.split(' ')), grams::grams(right.split(' ')));
    let shared = grams::shared(&left, &right) as f64;
    shared / (left.len() as f64 + right.len() as f64 - shared).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_baselines_find_a_name_in_another_order() {
        let right = ["Beta Bank", "Alpha Steel Works", "Gamma"];
        for best in [token_sort(&["Works, Alpha Steel"], &right), tf_idf(&["Works, Alpha Steel"], &right)] {
            let (row, score) = best[0].unwrap();
            assert_eq!(row, 1);
            assert!((score - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn nothing_in_common_has_no_partner() {
        assert_eq!(tf_idf(&["xyz"], &["abc"]), [None]);
    }
}
