//! How far apart two numbers are, where each of two texts is nothing but one number: prices, years, running times.

use super::levels::Comparison;

/// A number in millionths.
pub type Micro = i64;

/// The number that a text is: digits with an optional sign, thousands set apart by commas, a decimal point or comma, a
/// currency or per-cent sign around it; or a time such as `4:05`, in seconds. `None` for any other text.
///
/// ```
/// use cognate::compare::magnitude::number;
/// assert_eq!(number("$ 1,299.50"), Some(1_299_500_000));
/// assert_eq!(number("1999"), number("1999.0"));
/// assert_eq!(number("4:05"), number("245"));
/// assert_eq!(number("404/351-9533"), None);
/// ```
pub fn number(text: &str) -> Option<Micro> {
    // Most texts are no numbers, and need not be searched.
    if text.len() > 40 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let mut bare = compact.as_str();
    for sign in ["$", "€", "£", "¥", "%", "usd", "eur", "gbp"] {
        bare = bare.strip_prefix(sign).unwrap_or(bare);
        bare = bare.strip_suffix(sign).unwrap_or(bare);
    }
    if bare.contains(':') {
        return seconds(bare);
    }
    let (sign, digits) = bare.strip_prefix('-').map_or((1, bare), |digits| (-1, digits));
    decimal(digits).map(|micro| sign * micro)
}

/// A number without a sign.
fn decimal(text: &str) -> Option<Micro> {
    let (whole, fraction) = match (text.rsplit_once('.'), text.rsplit_once(',')) {
        (Some(parts), _) => parts,
        // A comma before three digits sets thousands apart.
        (None, Some((whole, fraction))) if fraction.len() != 3 && !whole.contains(',') => (whole, fraction),
        _ => (text, ""),
    };
    let mut groups = whole.split(',');
    let first = groups.next()?;
    if groups.any(|group| group.len() != 3) || (whole.contains(',') && first.is_empty()) {
        return None;
    }
    let digits: String = whole.chars().filter(|c| *c != ',').collect();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.len() + fraction.len() == 0 || digits.len() > 12 || !is_digits(&digits) || !is_digits(fraction) {
        return None;
    }
    let millionths: String = fraction.chars().chain(std::iter::repeat('0')).take(6).collect();
    format!("{digits}{millionths}").parse().ok()
}

/// A time of minutes and seconds, or hours, minutes and seconds.
fn seconds(text: &str) -> Option<Micro> {
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 || parts.iter().any(|part| part.is_empty() || part.len() > 3) {
        return None;
    }
    parts.iter().try_fold(0_i64, |sum, part| Some(sum * 60 + decimal(part).filter(|_| !part.contains(['.', ',']))?))
}

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

    fn level(left: &str, right: &str) -> &'static str {
        LEVELS[usize::from(magnitude(number(left), number(right))) - 1]
    }

    #[test]
    fn numbers_are_read() {
        assert_eq!(number("12"), Some(12_000_000));
        assert_eq!(number("-0.5"), Some(-500_000));
        assert_eq!(number("1,299"), Some(1_299_000_000));
        assert_eq!(number("12,50 €"), Some(12_500_000));
        assert_eq!(number("1:01:01"), Some(3_661_000_000));
        for text in ["", "-", "$", "1,2,3", ",5,5", "12a", "1.2.3", "30-Jun-15", "1::2", "9999999999999", "٣"] {
            assert_eq!(number(text), None, "{text}");
        }
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
