//! The match weight from which on pairs are best taken for matches.

use super::MatchWeight;
use super::boost::dice;

/// How well a cut does on labelled pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cut {
    /// Pairs of at least this weight are taken for matches.
    pub weight: MatchWeight,
    /// The share of matches among them.
    pub precision: f64,
    /// The share of all matches that is among them.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
}

/// How many samples are drawn by [`steady_cut`].
const SAMPLES: u64 = 25;

/// The mean of the best cuts of many samples of the pairs, each drawn with repetition and as large as all. One sample's best
/// cut hangs on some few pairs near it; the mean does better on pairs that nobody has seen. The samples are the same each
/// time.
pub fn steady_cut(pairs: &[(MatchWeight, bool)]) -> Cut {
    let sum: i64 = (0..SAMPLES)
        .map(|sample| {
            let draw = |place: usize| (dice(&[sample, place as u64]) % pairs.len().max(1) as u64) as usize;
            let drawn: Vec<_> = (0..pairs.len()).filter_map(|place| pairs.get(draw(place)).copied()).collect();
            i64::from(best_cut(&drawn))
        })
        .sum();
    // A mean of numbers in this range is in it.
    at_cut(pairs, (sum / SAMPLES as i64) as MatchWeight)
}

/// The cut of the greatest F1 on pairs with their weights and labels: between two neighbouring weights, well apart from both,
/// and of equally good cuts the one nearest to 0, where the odds are even. Without a match, a cut above all weights.
pub fn best_cut(pairs: &[(MatchWeight, bool)]) -> MatchWeight {
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let matches = sorted.iter().filter(|(_, is_match)| *is_match).count() as f64;
    let (mut best, mut best_f1) = (sorted.first().map_or(0, |(weight, _)| weight.saturating_add(1)), 0.0);
    let mut found = 0.0;
    for (place, (weight, is_match)) in sorted.iter().enumerate() {
        found += f64::from(u8::from(*is_match));
        let next = sorted.get(place + 1).map_or(weight.saturating_sub(super::BIT), |(next, _)| *next);
        if next == *weight || found == 0.0 {
            continue;
        }
        let f1 = 2.0 * found / ((place + 1) as f64 + matches);
        let margin = weight.saturating_sub(next) / 10;
        // At least one above the next weight, so that it stays below the cut.
        let cut = 0.clamp(next.saturating_add(margin).saturating_add(1).min(*weight), weight.saturating_sub(margin));
        if f1 > best_f1 || (f1 == best_f1 && cut.saturating_abs() < best.saturating_abs()) {
            (best, best_f1) = (cut, f1);
        }
    }
    best
}

/// How well a given cut does.
pub fn at_cut(pairs: &[(MatchWeight, bool)], weight: MatchWeight) -> Cut {
    let taken = pairs.iter().filter(|pair| pair.0 >= weight);
    let (taken, found) =
        taken.fold((0.0, 0.0), |(taken, found), pair| (taken + 1.0, found + f64::from(u8::from(pair.1))));
    let matches = pairs.iter().filter(|pair| pair.1).count() as f64;
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let f1 = share(2.0 * found, taken + matches);
    Cut { weight, precision: share(found, taken), recall: share(found, matches), f1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_cut_is_found() {
        let pairs = [(500, true), (400, true), (100, false), (50, true), (-900, false), (-900, false)];
        let cut = best_cut(&pairs);
        // As near to 0 as the distance from the pair above allows.
        assert_eq!(cut, -45);
        assert_eq!(at_cut(&pairs, cut), Cut { weight: -45, precision: 0.75, recall: 1.0, f1: 6.0 / 7.0 });
        assert_eq!(best_cut(&pairs[..3]), 131);
        assert_eq!(best_cut(&[(-100, true), (-200, false)]), -110);
    }

    #[test]
    fn equal_weights_are_not_parted() {
        assert_eq!(
            at_cut(&[(3, true), (3, false), (2, true)], best_cut(&[(3, true), (3, false), (2, true)])).recall,
            1.0
        );
        assert_eq!(best_cut(&[(7, false)]), 8);
        assert_eq!(best_cut(&[]), 0);
        best_cut(&[(MatchWeight::MIN, true), (MatchWeight::MAX, true)]);
        best_cut(&[(MatchWeight::MAX, true), (MatchWeight::MIN, false)]);
    }

    #[test]
    fn a_steady_cut_lies_between_the_classes() {
        let pairs: Vec<(MatchWeight, bool)> = (0..100).map(|n| (n * 1000 - 30_000, n >= 60)).collect();
        let cut = steady_cut(&pairs);
        assert!(cut.f1 > 0.95, "{cut:?}");
        assert_eq!(steady_cut(&pairs), cut);
        assert_eq!(steady_cut(&[]).weight, 0);
    }
}
