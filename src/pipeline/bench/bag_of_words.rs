//! The baselines of retrieval: a record's whole text as a bag of words or 3-grams.

use rustc_hash::FxHashMap;

/// What a text is cut into, and how it is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Words, by smooth idf and 1 + ln tf, as cosines.
    Words,
    /// Character 3-grams within words, weighed the same.
    Grams,
    /// Words, by Okapi BM25 with k = 1.2 and b = 0.75 (Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009).
    Bm25,
}

/// The texts of two sides as weighted bags.
#[derive(Debug)]
pub struct BagOfWords {
    left: Vec<Vec<(u32, f32)>>,
    /// By piece: the right texts that have it, with its weight there.
    postings: Vec<Vec<(u32, f32)>>,
    right: usize,
}

impl BagOfWords {
    /// Counts and weighs the pieces of both sides' texts.
    pub fn new(scheme: Scheme, left: &[String], right: &[String]) -> BagOfWords {
        let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
        let mut count = |texts: &[String]| -> Vec<Vec<(u32, f32)>> {
            texts.iter().map(|text| counts(scheme, text, &mut numbers)).collect()
        };
        let (mut left, mut right) = (count(left), count(right));
        let mut bearers = vec![0.0_f32; numbers.len()];
        for (piece, _) in left.iter().chain(&right).flatten() {
            bearers.get_mut(*piece as usize).into_iter().for_each(|bearers| *bearers += 1.0);
        }
        let texts = (left.len() + right.len()) as f32;
        match scheme {
            Scheme::Bm25 => {
                let idf = |n: &f32| ((texts - n + 0.5) / (n + 0.5) + 1.0).ln();
                let idf: Vec<f32> = bearers.iter().map(idf).collect();
                let length = |bag: &Vec<(u32, f32)>| bag.iter().map(|(_, count)| count).sum::<f32>();
                let mean = right.iter().map(length).sum::<f32>() / right.len().max(1) as f32;
                for bag in &mut right {
                    let norm = 1.2 * (0.25 + 0.75 * length(bag) / mean.max(1.0));
                    for (piece, count) in bag {
                        *count = idf.get(*piece as usize).copied().unwrap_or_default() * *count * 2.2 / (*count + norm);
                    }
                }
                left.iter_mut().flatten().for_each(|(_, count)| *count = 1.0);
            }
            Scheme::Words | Scheme::Grams => {
                let idf: Vec<f32> = bearers.iter().map(|n| ((1.0 + texts) / (1.0 + n)).ln() + 1.0).collect();
                left.iter_mut().chain(&mut right).for_each(|bag| weigh(bag, &idf));
            }
        }
        let mut postings = vec![Vec::new(); numbers.len()];
        for (row, bag) in (0..).zip(&right) {
            for (piece, weight) in bag {
                postings.get_mut(*piece as usize).into_iter().for_each(|posting| posting.push((row, *weight)));
            }
        }
        BagOfWords { left, postings, right: right.len() }
    }

    /// The score of each right text for a left one.
    pub fn scores(&self, left: usize) -> Vec<f32> {
        let mut scores = vec![0.0; self.right];
        for (piece, weight) in self.left.get(left).into_iter().flatten() {
            for (row, other) in self.postings.get(*piece as usize).into_iter().flatten() {
                scores.get_mut(*row as usize).into_iter().for_each(|score| *score += weight * other);
            }
        }
        scores
    }
}

fn counts(scheme: Scheme, text: &str, numbers: &mut FxHashMap<String, u32>) -> Vec<(u32, f32)> {
    let mut pieces: Vec<u32> = Vec::new();
    let mut add = |piece: &str| {
        let next = numbers.len() as u32;
        let number = numbers.get(piece).copied();
        pieces.push(number.unwrap_or_else(|| *numbers.entry(piece.to_owned()).or_insert(next)));
    };
    for word in super::baseline::plain(text).split(' ').filter(|word| !word.is_empty()) {
        if scheme == Scheme::Grams {
            let spaced = format!(" {word} ");
            let ends: Vec<usize> = spaced.char_indices().map(|(at, _)| at).chain([spaced.len()]).collect();
            let grams = ends.windows(4).filter_map(|ends| spaced.get(*ends.first()?..*ends.last()?));
            grams.for_each(&mut add);
        } else {
            add(word);
        }
    }
    pieces.sort_unstable();
    pieces.chunk_by(|a, b| a == b).filter_map(|same| Some((*same.first()?, same.len() as f32))).collect()
}

fn weigh(bag: &mut [(u32, f32)], idf: &[f32]) {
    for (piece, count) in bag.iter_mut() {
        *count = (1.0 + count.ln()) * idf.get(*piece as usize).copied().unwrap_or_default();
    }
    let length = bag.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    bag.iter_mut().for_each(|(_, weight)| *weight /= length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_finds_itself_first() {
        let texts: Vec<String> =
            ["red lamp with shade", "blue chair", "red chair", "lamp"].into_iter().map(str::to_owned).collect();
        for scheme in [Scheme::Words, Scheme::Grams, Scheme::Bm25] {
            let bags = BagOfWords::new(scheme, &texts, &texts);
            for row in 0..texts.len() {
                let scores = bags.scores(row);
                assert!(scores.iter().all(|score| *score <= scores[row]), "{scheme:?} {scores:?}");
            }
        }
    }
}
