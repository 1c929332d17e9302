//! How far apart two numbers are, where each of two texts is nothing but one number: prices, years, running times.

use super::levels::Comparison;
use crate::text::number::Micro;

/// The level where one text is missing.
pub const ONE_SIDED: u8 = 1;

/// The level where a text is no number.
const NO_NUMBERS: u8 = 2;

/// Bounds of the difference, in ten thousandths of the greater number: a difference is in the last band whose bound it does
/// not pass.
const BOUNDS: [i128; 7] = [5000, 2500, 1000, 500, 100, 10, 0];

/// The names of the levels.
const LEVELS: [&str; 10] = [
    "on one side only",
    "no numbers",
    "more than 50 % apart",
    "within 50 %",
    "within 25 %",
    "within 10 %",
    "within 5 %",
    "within 1 %",
    "within 0.1 %",
    "equal",
];

/// The comparison.
pub(super) const COMPARISON: Comparison = Comparison {
    name: "magnitude",
    about: "difference of two texts that are numbers, in parts of the greater; or that one text is missing",
    levels: &LEVELS,
    monotone: false,
};

/// The level of two texts that are there.
pub(super) fn magnitude(left: Option<Micro>, right: Option<Micro>) -> u8 {
    let (Some(left), Some(right)) = (left, right) else { return NO_NUMBERS };
    let difference = (i128::from(left) - i128::from(right)).abs() * 10_000;
    let greater = i128::from(left.unsigned_abs().max(right.unsigned_abs()));
    NO_NUMBERS + 1 + BOUNDS.iter().take_while(|bound| difference <= greater * **bound).count() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::number::number;

    fn level(left: &str, right: &str) -> &'static str {
        LEVELS[usize::from(magnitude(number(left), number(right))) - 1]
    }

    #[test]
    fn differences_have_bands() {
        assert_eq!(level("1999", "1999.0"), "equal");
        assert_eq!(level("0", "0.0"), "equal");
        assert_eq!(level("1999", "2000"), "within 0.1 %");
        assert_eq!(level("100", "99.5"), "within 1 %");
        assert_eq!(level("100", "76"), "within 25 %");
        assert_eq!(level("100", "49"), "more than 50 % apart");
        assert_eq!(level("5", "-5"), "more than 50 % apart");
        assert_eq!(level("5", "five"), "no numbers");
    }
}
