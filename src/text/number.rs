//! Numbers as people write them.

/// A number in millionths.
pub type Micro = i64;

/// The number that a text is: digits with an optional sign, thousands set apart by commas, a decimal point or comma, a
/// currency or per-cent sign around it; or a time such as `4:05`, in seconds. `None` for any other text.
///
/// ```
/// use cognate::text::number::number;
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
