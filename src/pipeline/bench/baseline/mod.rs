//! Strong simple baselines over all pairs: [`TokenSet`] (words in any order) and [`TfIdf`] (character 3-grams), and the
//! overlap of letter pairs for single pairs.

mod tf_idf;
mod token_set;

pub use tf_idf::TfIdf;
pub use token_set::{TokenSet, token_set_ratio};

use rustc_hash::FxHashSet;

/// Lower case, punctuation to spaces, spaces folded: what the baselines get, accents and scripts as they are.
pub fn plain(name: &str) -> String {
    let spaced: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The Jaccard overlap of two names' pairs of neighbouring characters, spaces included; 0 if neither has any.
pub fn bigram_jaccard(left: &str, right: &str) -> f64 {
    let bigrams = |name: &str| -> FxHashSet<[char; 2]> {
        let letters: Vec<char> = plain(name).chars().collect();
        letters.windows(2).filter_map(|pair| pair.try_into().ok()).collect()
    };
    let (left, right) = (bigrams(left), bigrams(right));
    let shared = left.intersection(&right).count();
    shared as f64 / (left.len() + right.len() - shared).max(1) as f64
}

/// The best of many scored rows, from the highest score down, of equal ones the lowest row.
#[derive(Debug, Clone)]
pub struct Top {
    most: usize,
    rows: Vec<(u32, f64)>,
}

impl Top {
    /// Keeps at most `most` rows.
    pub fn new(most: usize) -> Top {
        Top { most, rows: Vec::with_capacity(most + 1) }
    }

    /// The score below which a row is not kept any more.
    pub fn cutoff(&self) -> f64 {
        if self.rows.len() < self.most { 0.0 } else { self.rows.last().map_or(0.0, |(_, score)| *score) }
    }

    /// Takes a row, if it is among the best.
    pub fn push(&mut self, row: u32, score: f64) {
        if self.rows.len() >= self.most && score < self.cutoff() {
            return;
        }
        let place = self.rows.partition_point(|(other, best)| *best > score || (*best == score && *other < row));
        self.rows.insert(place, (row, score));
        self.rows.truncate(self.most);
    }

    /// The rows that were kept.
    pub fn into_rows(self) -> Vec<(u32, f64)> {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_baselines_find_a_name_in_another_order() {
        let right = ["Beta Bank", "Alpha Steel Works", "Gamma"];
        let query = "Works, Alpha Steel";
        for best in [TokenSet::new(&right).nearest(query, 10), TfIdf::new(&[query], &right).nearest(0, 10)] {
            let (row, score) = best[0];
            assert_eq!(row, 1);
            assert!((score - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn nothing_in_common_has_no_partner() {
        assert!(TfIdf::new(&["xyz"], &["abc"]).nearest(0, 10).is_empty());
        assert!(TokenSet::new(&["abc"]).nearest("xyz", 10).is_empty());
    }

    #[test]
    fn overlap_of_letter_pairs_by_hand() {
        // ab bc cd, bc cd de: two of four.
        assert_eq!(bigram_jaccard("ABCD", "bcde"), 0.5);
        assert_eq!(bigram_jaccard("a", "a"), 0.0);
    }

    proptest! {
        #[test]
        fn the_best_are_those_of_a_sorted_list(scores in proptest::collection::vec(0..6_u8, 0..40), most in 1..8_usize) {
            let mut top = Top::new(most);
            let mut sorted: Vec<(u32, f64)> = (0..).zip(scores.iter().map(|score| f64::from(*score))).collect();
            sorted.iter().rev().for_each(|(row, score)| top.push(*row, *score));
            sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            sorted.truncate(most);
            prop_assert_eq!(top.into_rows(), sorted);
        }
    }
}
