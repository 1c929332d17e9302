//! Learning what single words say beyond the comparisons: a logistic regression with one ridge-penalised weight for each
//! word that only one name bears and one for each that both bear, on top of what the comparisons say already.
//!
//! Solved by cyclic coordinate descent with Newton steps, as in Yuan, Chang, Hsieh & Lin, "A Comparison of Optimization
//! Methods and Software for Large-scale L1-regularized Linear Classification", JMLR 11, 2010, section 4.1.
//!
//! **Invariant:** words and pairs are gone through in a fixed order, so that the same pairs give the same odds.

use crate::compare::word_odds::Odds;
use crate::text::hash::word_hash;
use std::collections::BTreeMap;

/// A labelled pair with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct WordPair<'a> {
    /// The natural log odds of a match by everything else.
    pub log_odds: f64,
    /// Whether the pair is a match.
    pub is_match: bool,
    /// How much it counts, over 0.
    pub importance: f64,
    /// The hashes of the words that only one of the names bears.
    pub lone: &'a [u32],
    /// The hashes of the words that both bear.
    pub shared: &'a [u32],
}

/// How to learn odds of words.
#[derive(Debug, Clone, PartialEq)]
pub struct WordOddsOptions {
    /// The ridge penalty on each weight, in units of a pair's importance.
    pub ridge: f64,
    /// Words that fewer pairs bear, alone or shared, get no weight.
    pub least_pairs: usize,
    /// Times that all words are gone through.
    pub rounds: usize,
}

impl Default for WordOddsOptions {
    fn default() -> WordOddsOptions {
        WordOddsOptions { ridge: 3.0, least_pairs: 20, rounds: 8 }
    }
}

/// Odds are cut here, in thousandths of a bit.
const LARGEST: f64 = 6_000.0;

/// Learns the odds of these words from pairs.
///
/// Time: rounds × words of all pairs; a million pairs take some seconds.
pub fn fit_word_odds<'w>(
    pairs: &[WordPair<'_>],
    words: impl Iterator<Item = &'w String>,
    options: &WordOddsOptions,
) -> BTreeMap<String, Odds> {
    let mut bearers: BTreeMap<(u32, bool), Vec<u32>> = BTreeMap::new();
    for (place, pair) in (0..).zip(pairs) {
        let (lone, shared) =
            (pair.lone.iter().map(|word| (*word, false)), pair.shared.iter().map(|word| (*word, true)));
        for feature in lone.chain(shared) {
            bearers.entry(feature).or_default().push(place);
        }
    }
    let names: BTreeMap<u32, &String> = words.map(|word| (word_hash(word), word)).collect();
    bearers.retain(|(word, _), pairs| pairs.len() >= options.least_pairs && names.contains_key(word));
    let mut log_odds: Vec<f64> = pairs.iter().map(|pair| pair.log_odds).collect();
    let mut weights = vec![0.0_f64; bearers.len()];
    for _ in 0..options.rounds {
        for (weight, bearers) in weights.iter_mut().zip(bearers.values()) {
            let change = newton_step(*weight, bearers, pairs, &log_odds, options.ridge);
            *weight += change;
            for place in bearers {
                if let Some(log_odds) = log_odds.get_mut(*place as usize) {
                    *log_odds += change;
                }
            }
        }
    }
    let mut odds: BTreeMap<String, Odds> = BTreeMap::new();
    for ((word, is_shared), weight) in bearers.keys().zip(&weights) {
        let Some(name) = names.get(word) else { continue };
        let value = (weight / std::f64::consts::LN_2 * 1000.0).clamp(-LARGEST, LARGEST).round() as i16;
        let odds = odds.entry((*name).clone()).or_default();
        *(if *is_shared { &mut odds.shared } else { &mut odds.lone }) = value;
    }
    odds.retain(|_, odds| *odds != Odds::default());
    odds
}

/// How far a word's weight moves: a Newton step, at most one unit of natural log odds.
fn newton_step(weight: f64, bearers: &[u32], pairs: &[WordPair<'_>], log_odds: &[f64], ridge: f64) -> f64 {
    let (mut slope, mut curvature) = (-ridge * weight, ridge);
    for place in bearers.iter().map(|place| *place as usize) {
        let (Some(pair), Some(log_odds)) = (pairs.get(place), log_odds.get(place)) else { continue };
        let chance = 1.0 / (1.0 + (-log_odds).exp());
        slope += pair.importance * (f64::from(u8::from(pair.is_match)) - chance);
        curvature += pair.importance * chance * (1.0 - chance);
    }
    (slope / curvature.max(1e-9)).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_come_and_go_are_told_from_words_that_must_agree() {
        let words = ["holdings", "north"].map(str::to_owned);
        let [holdings, north] = ["holdings", "north"].map(word_hash);
        let (lone_holdings, lone_north) = ([holdings], [north]);
        let pairs: Vec<WordPair<'_>> = (0..200)
            .map(|number| {
                let lone: &[u32] = if number % 2 == 0 { &lone_holdings } else { &lone_north };
                WordPair { log_odds: 0.0, is_match: number % 2 == 0, importance: 1.0, lone, shared: &[] }
            })
            .collect();
        let odds = fit_word_odds(&pairs, words.iter(), &WordOddsOptions::default());
        assert!(odds["holdings"].lone > 1_000 && odds["north"].lone < -1_000, "{odds:?}");
        assert_eq!(odds["holdings"].shared, 0);
    }

    #[test]
    fn what_the_comparisons_know_already_is_not_learned_again() {
        let words = ["bank".to_owned()];
        let shared = [word_hash("bank")];
        let pairs: Vec<WordPair<'_>> = (0..100)
            .map(|number| {
                let is_match = number % 2 == 0;
                let log_odds = if is_match { 6.0 } else { -6.0 };
                WordPair { log_odds, is_match, importance: 1.0, lone: &[], shared: &shared }
            })
            .collect();
        let odds = fit_word_odds(&pairs, words.iter(), &WordOddsOptions::default());
        assert!(odds.get("bank").is_none_or(|odds| odds.shared.abs() < 50), "{odds:?}");
    }
}
