//! The ways to read an alias graph, and what a reading says of a name.

use super::communities::Form;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How an alias graph is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Reading {
    /// Groups are sources, shares those of a name's uses: [`together`] is Υ ([`super::match_probability`]).
    Match,
    /// Groups are Markov clusters of names.
    Markov,
    /// Groups are communities of names and sources.
    Communities(Form),
    /// Groups are sources, shares where a random walk ends.
    #[default]
    Walk,
}

impl Reading {
    /// All readings, in the order in which they are documented.
    pub const ALL: [Reading; 5] = [
        Reading::Match,
        Reading::Markov,
        Reading::Communities(Form::Paper),
        Reading::Communities(Form::Barber),
        Reading::Walk,
    ];

    /// The reading's name as it is written on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Reading::Match => "match",
            Reading::Markov => "markov",
            Reading::Communities(Form::Paper) => "communities",
            Reading::Communities(Form::Barber) => "communities-barber",
            Reading::Walk => "walk",
        }
    }

    /// Whether its groups are sources; they are clusters of names otherwise, and each name is in exactly one.
    pub fn groups_are_sources(self) -> bool {
        matches!(self, Reading::Match | Reading::Walk)
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Reading> for String {
    fn from(reading: Reading) -> String {
        reading.name().to_owned()
    }
}

impl TryFrom<String> for Reading {
    type Error = Error;

    fn try_from(text: String) -> Result<Reading> {
        text.parse()
    }
}

impl FromStr for Reading {
    type Err = Error;

    fn from_str(text: &str) -> Result<Reading> {
        Reading::ALL.into_iter().find(|reading| reading.name() == text).ok_or_else(|| {
            let names = Reading::ALL.map(Reading::name).join(", ");
            Error::usage(format!("no reading of aliases {text:?}; the readings are: {names}"))
        })
    }
}

/// That a name is in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Membership {
    /// The number of the group.
    pub group: u32,
    /// P(group | name) in parts of 65,535.
    pub share: u16,
}

/// The whole of a share.
pub(super) const WHOLE: u16 = u16::MAX;
/// A name keeps so many groups at most.
pub(super) const KEPT: usize = 8;
/// The least probability of a group that is kept.
const LEAST: f64 = 1e-3;

/// The groups that are kept of all a name's: the eight largest shares of at least a thousandth (of equal ones those of
/// smaller groups), ascending by group. O(g log g) for g groups.
pub(super) fn kept(shares: impl Iterator<Item = (u32, f64)>) -> Vec<Membership> {
    let mut shares: Vec<(u32, f64)> = shares.filter(|one| one.1 >= LEAST).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    shares.truncate(KEPT);
    shares.sort_by_key(|one| one.0);
    let whole = f64::from(WHOLE);
    // Converting to an integer clamps, so a sum of 1 and a rounding error is 1.
    shares.iter().map(|&(group, share)| Membership { group, share: (share * whole).round() as u16 }).collect()
}

/// The probability that two names mean one thing, Σ_g P(g|a)·P(g|b), in parts of 65,535, rounded.
///
/// Integers only; both lists are ascending by group. Linear in their lengths.
///
/// ```
/// use cognate::alias::{Membership, together};
/// let half = [Membership { group: 1, share: 32_768 }, Membership { group: 4, share: 32_767 }];
/// assert_eq!(together(&half, &[Membership { group: 4, share: 65_535 }]), 32_767);
/// assert_eq!(together(&half, &[]), 0);
/// ```
pub fn together(a: &[Membership], b: &[Membership]) -> u16 {
    let (mut of_a, mut of_b) = (a, b);
    let mut sum: u64 = 0;
    while let ([in_a, a_rest @ ..], [in_b, b_rest @ ..]) = (of_a, of_b) {
        if in_a.group == in_b.group {
            sum = sum.saturating_add(u64::from(in_a.share) * u64::from(in_b.share));
        }
        (of_a, of_b) = (
            if in_a.group <= in_b.group { a_rest } else { of_a },
            if in_b.group <= in_a.group { b_rest } else { of_b },
        );
    }
    let whole = u64::from(WHOLE);
    u16::try_from(sum.saturating_add(whole / 2) / whole).unwrap_or(WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_reading_is_read_back_by_its_name() {
        for reading in Reading::ALL {
            assert_eq!(reading.to_string().parse::<Reading>().unwrap(), reading);
        }
        let error = "walks".parse::<Reading>().unwrap_err().to_string();
        assert!(error.ends_with("the readings are: match, markov, communities, communities-barber, walk"), "{error}");
    }

    #[test]
    fn the_eight_largest_shares_are_kept() {
        let kept = kept((0..20).map(|group| (group, if group == 19 { 0.5 } else { 0.026 })).chain([(20, 0.0009)]));
        assert_eq!(kept.iter().map(|one| one.group).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 19]);
        assert_eq!(kept[7].share, 32_768);
    }

    proptest! {
        #[test]
        fn together_is_symmetric_and_near_the_sum_of_products(
            a in prop::collection::btree_map(0..6_u32, 1..10_000_u16, 0..6),
            b in prop::collection::btree_map(0..6_u32, 1..10_000_u16, 0..6),
        ) {
            let [a, b] = [a, b].map(|side| -> Vec<Membership> {
                side.into_iter().map(|(group, share)| Membership { group, share }).collect()
            });
            prop_assert_eq!(together(&a, &b), together(&b, &a));
            let products = a.iter().flat_map(|one| b.iter().filter(|two| two.group == one.group).map(move |two| {
                f64::from(one.share) * f64::from(two.share) / 65_535.0
            }));
            prop_assert!((f64::from(together(&a, &b)) - products.sum::<f64>()).abs() <= 0.5);
        }
    }
}
