//! The match weight from which on pairs are best taken for matches.

use super::MatchWeight;

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

/// The cut of the greatest F1 on pairs with their weights and labels: half-way between two neighbouring weights, and of
/// equally good ones where the gap between the weights is widest. Without a match, a cut above all weights.
pub fn best_cut(pairs: &[(MatchWeight, bool)]) -> Cut {
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let matches = sorted.iter().filter(|(_, is_match)| *is_match).count() as f64;
    let mut best = Cut { weight: sorted.first().map_or(0, |(weight, _)| weight.saturating_add(1)), ..Cut::default() };
    let mut best_gap = 0;
    let mut found = 0.0;
    for (place, (weight, is_match)) in sorted.iter().enumerate() {
        found += f64::from(u8::from(*is_match));
        let next = sorted.get(place + 1).map_or(weight.saturating_sub(super::BIT), |(next, _)| *next);
        let taken = (place + 1) as f64;
        let f1 = 2.0 * found / (taken + matches);
        let gap = weight.saturating_sub(next);
        if next < *weight && found > 0.0 && (f1 > best.f1 || (f1 == best.f1 && gap > best_gap)) {
            // Rounded up, so that the next weight stays below.
            let weight = weight.saturating_sub(gap / 2);
            (best, best_gap) = (Cut { weight, precision: found / taken, recall: found / matches, f1 }, gap);
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
        let pairs = [(5, true), (4, true), (1, false), (0, true), (-9, false), (-9, false)];
        let cut = best_cut(&pairs);
        assert_eq!(cut, Cut { weight: -4, precision: 0.75, recall: 1.0, f1: 6.0 / 7.0 });
        assert_eq!(at_cut(&pairs, cut.weight), cut);
        assert_eq!(best_cut(&pairs[..3]).weight, 3);
    }

    #[test]
    fn equal_weights_are_not_parted() {
        assert_eq!(best_cut(&[(3, true), (3, false), (2, true)]).recall, 1.0);
        assert_eq!(best_cut(&[(7, false)]), Cut { weight: 8, ..Cut::default() });
        assert_eq!(best_cut(&[]), Cut::default());
    }
}
