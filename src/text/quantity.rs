//! Quantities: texts that are nothing but a number, with a unit, a currency or a calendar around it.

use super::fold;
use super::number::number;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// What a text measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// How much: in base units where a unit is known, in units of the currency, or in days since the year 1970 for a date.
    pub amount: f64,
    /// What of.
    pub measure: Measure,
}

/// What a quantity is a quantity of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Just a number.
    Plain,
    /// A physical dimension: `mass`, `length`.
    Dimension(&'static str),
    /// Money, by the currency's code.
    Currency(&'static str),
    /// A day of the calendar.
    Day,
}

/// Signs and codes of currencies, as they are written.
const CURRENCIES: [(&str, &str); 22] = [
    ("us$", "usd"),
    ("$", "usd"),
    ("usd", "usd"),
    ("€", "eur"),
    ("eur", "eur"),
    ("euro", "eur"),
    ("£", "gbp"),
    ("gbp", "gbp"),
    ("¥", "jpy"),
    ("jpy", "jpy"),
    ("kč", "czk"),
    ("kc", "czk"),
    ("czk", "czk"),
    ("zł", "pln"),
    ("pln", "pln"),
    ("chf", "chf"),
    ("sek", "sek"),
    ("nok", "nok"),
    ("dkk", "dkk"),
    ("cad", "cad"),
    ("aud", "aud"),
    ("₹", "inr"),
];

/// Months by the first three letters of their English names.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Texts longer than this are not looked at.
const LONGEST: usize = 40;

/// The quantity that a text is; `None` for a text that is anything more than a quantity.
///
/// Decimal digits that begin with 0, and eight and more of them in a row, are codes rather than amounts.
///
/// ```
/// use cognate::text::quantity::{Measure, quantity};
/// let pack = quantity("12 oz").unwrap();
/// assert_eq!(pack.measure, Measure::Dimension("mass"));
/// assert!((pack.amount - 0.340).abs() < 0.001);
/// assert_eq!(quantity("$1,299.00").unwrap().measure, Measure::Currency("usd"));
/// assert_eq!(quantity("1970-01-31").unwrap().amount, 30.0);
/// assert_eq!(quantity("DSC-W170"), None);
/// ```
pub fn quantity(text: &str) -> Option<Quantity> {
    let text = text.trim();
    if text.len() > LONGEST || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let plain = |text: &str| number(text).filter(|_| !is_code(text)).map(|micro| micro as f64 / 1e6);
    if let Some(amount) = text.chars().all(|c| c.is_ascii_digit() || ".,-".contains(c)).then(|| plain(text)).flatten() {
        return Some(Quantity { amount, measure: Measure::Plain });
    }
    if let Some(days) = day(text) {
        return Some(Quantity { amount: days as f64, measure: Measure::Day });
    }
    let lower = text.to_lowercase();
    for (written, code) in CURRENCIES {
        let bare = lower.strip_prefix(written).or_else(|| lower.strip_suffix(written)).map(str::trim);
        if let Some(amount) = bare.and_then(plain) {
            return Some(Quantity { amount, measure: Measure::Currency(code) });
        }
    }
    if text.ends_with(['"', '″', '”']) {
        let amount = plain(text.trim_end_matches(['"', '″', '”']).trim())?;
        return Some(Quantity { amount: amount * 0.0254, measure: Measure::Dimension("length") });
    }
    let end_of_number = lower.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (amount, unit) = lower.split_at(end_of_number);
    let amount = plain(amount.trim())?;
    let (dimension, factor) = units().get(fold(unit).trim().trim_end_matches('.'))?;
    Some(Quantity { amount: amount * factor, measure: Measure::Dimension(dimension) })
}

fn is_code(text: &str) -> bool {
    let digits = text.trim_start_matches('-');
    let is_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_digits && (digits.len() >= 8 || (digits.len() > 1 && digits.starts_with('0')))
}

/// The day that a text names, counted from the first of January 1970: `2026-11-23`, `23.11.2026`, `11/23/2026`,
/// `30-Jun-15`, `June 30, 2015`. Where day and month could be either, the month comes first with slashes, the day with dots.
fn day(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let &[a, b, c] = parts.as_slice() else { return None };
    let count = |part: &str| part.parse::<i64>().ok().filter(|_| part.len() <= 4);
    let month_name = |part: &str| {
        let start = part.get(..3)?.to_lowercase();
        let is_name = part.bytes().all(|byte| byte.is_ascii_alphabetic());
        MONTHS.iter().position(|month| is_name && *month == start).map(|month| month as i64 + 1)
    };
    let (year, month, day) = match (count(a), count(b), count(c)) {
        (Some(year), Some(month), Some(day)) if a.len() == 4 && text.contains(['-', '/']) => (year, month, day),
        (Some(month), Some(day), Some(year)) if c.len() == 4 && text.contains('/') && month <= 12 => (year, month, day),
        (Some(day), Some(month), Some(year)) if c.len() == 4 && text.contains(['/', '.', '-']) => (year, month, day),
        (Some(day), None, Some(year)) => (full_year(year, c), month_name(b)?, day),
        (None, Some(day), Some(year)) => (full_year(year, c), month_name(a)?, day),
        _ => return None,
    };
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day) && (1000..3000).contains(&year);
    is_date.then(|| days_from_civil(year, month, day))
}

fn full_year(year: i64, written: &str) -> i64 {
    match (written.len(), year) {
        (2, 0..50) => year + 2000,
        (2, _) => year + 1900,
        _ => year,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar (Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2021).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Units by spelling: what they measure, and how many base units one is.
fn units() -> &'static FxHashMap<&'static str, (&'static str, f64)> {
    static UNITS: OnceLock<FxHashMap<&'static str, (&'static str, f64)>> = OnceLock::new();
    UNITS.get_or_init(|| {
        let lines = include_str!("../../data/units.tsv").lines().filter(|line| !line.starts_with('#'));
        let mut units = FxHashMap::default();
        for line in lines {
            let mut columns = line.split('\t');
            let (Some(dimension), Some(factor), Some(spellings)) = (columns.next(), columns.next(), columns.next())
            else {
                continue;
            };
            let Ok(factor) = factor.parse::<f64>() else { continue };
            units.extend(spellings.split(';').map(|spelling| (spelling, (dimension, factor))));
        }
        units
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_the_list_are_whole_and_each_is_there_once() {
        let lines: Vec<&str> =
            include_str!("../../data/units.tsv").lines().filter(|line| !line.starts_with('#')).collect();
        let spellings: usize = lines.iter().map(|line| line.split('\t').nth(2).unwrap().split(';').count()).sum();
        assert_eq!(units().len(), spellings);
        assert!(lines.iter().all(|line| line.split('\t').nth(1).unwrap().parse::<f64>().unwrap() > 0.0));
    }

    #[test]
    fn quantities_are_read() {
        let amount = |text: &str| quantity(text).map(|quantity| quantity.amount);
        assert_eq!(amount("15.6\""), amount("15.6 inches"));
        assert_eq!(amount("256GB"), Some(256e9));
        assert_eq!(amount("1 299 Kč"), Some(1299.0));
        assert_eq!(amount("-5"), Some(-5.0));
        for code in ["0012", "4006381333931", "W170", "2 x 4 GB", "about 5", "", "-"] {
            assert_eq!(amount(code), None, "{code}");
        }
    }

    #[test]
    fn days_are_read_however_they_are_written() {
        let expected = quantity("2015-06-30");
        assert_eq!(expected.unwrap().amount, 16_616.0);
        for text in ["30-Jun-15", "June 30, 2015", "30.6.2015", "06/30/2015", "2015/06/30", "30 June 2015"] {
            assert_eq!(quantity(text), expected, "{text}");
        }
        for text in ["2015-13-01", "1-2-3", "404/351-9533"] {
            assert_eq!(quantity(text), None, "{text}");
        }
    }
}
