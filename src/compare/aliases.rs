//! Aliases: whether people use both names for one thing, by evidence that was collected before ([`crate::alias`]).
//!
//! A text inherits the memberships of the names in an alias table that are equal to it or like it. The comparison asks how
//! likely two texts are to mean the same: Σ over groups of P(group | left) · P(group | right), the match probability of
//! Libgober & Jerzak, "Linking Datasets on Organizations Using Half a Billion Open-Collaborated Records" (PSRM 13(4), 2025),
//! lifted from names to what they are members of.

use super::bands::{band, share};
use super::levels::{Comparison, MISSING};
use crate::alias::{Membership, together};

/// Bounds of the probability in thousandths.
const TOGETHER: [u16; 8] = [10, 50, 150, 300, 450, 600, 750, 900];

/// The comparison's name.
pub const NAME: &str = "aliases";

/// The comparison.
pub(super) const COMPARISON: Comparison = Comparison {
    name: NAME,
    about: "evidence that both names are used for one thing",
    levels: &["nothing in common", "≥0.01", "≥0.05", "≥0.15", "≥0.30", "≥0.45", "≥0.60", "≥0.75", "≥0.90"],
    monotone: true,
};

/// The level of two texts' memberships. That they have nothing in common says something only where it is known what both
/// mean, for more than half.
pub(super) fn level(left: &[Membership], right: &[Membership]) -> u8 {
    if left.is_empty() || right.is_empty() {
        return MISSING;
    }
    match band(share(u32::from(together(left, right)), u32::from(u16::MAX)), &TOGETHER) {
        1 if !is_known(left) || !is_known(right) => MISSING,
        level => level,
    }
}

fn is_known(memberships: &[Membership]) -> bool {
    memberships.iter().map(|membership| u32::from(membership.share)).sum::<u32>() > u32::from(u16::MAX) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shares: &[(u32, u16)]) -> Vec<Membership> {
        shares.iter().map(|(group, share)| Membership { group: *group, share: *share }).collect()
    }

    #[test]
    fn the_more_is_in_common_the_higher_the_level() {
        let level = |left: &[(u32, u16)], right: &[(u32, u16)]| level(&of(left), &of(right));
        assert_eq!(level(&[(1, u16::MAX)], &[(1, u16::MAX)]), 9);
        assert_eq!(level(&[(1, 40_000), (2, 20_000)], &[(1, u16::MAX)]), 7);
        assert_eq!(level(&[(1, 40_000), (2, 20_000)], &[(2, u16::MAX)]), 5);
        assert_eq!(level(&[(1, u16::MAX)], &[(2, u16::MAX)]), 1);
        assert_eq!(level(&[(1, 20_000)], &[(2, u16::MAX)]), MISSING);
        assert_eq!(level(&[], &[(2, u16::MAX)]), MISSING);
    }
}
