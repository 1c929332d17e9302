//! What jobs found, written for people and for other programs.
//!
//! - [`links`]: linked tables as rows of a file.
//! - [`scored`]: given pairs with their weights.
//! - [`mod@model`], [`model_difference`]: what a model weighs, and how two models differ.
//! - [`summary`]: what a job did, as text or as JSON.
//! - [`waterfall`]: why a pair has its weight, as bars that add up to it.
//! - [`hits`]: what a look-up found; [`nearest`]: records that are like one.
//! - [`store`]: what is in a store and what was done to it.
//! - [`mod@bench`], [`bench_mbat`], [`bench_mbat_plot`]: figures of benchmarks, as tables and drawn.
//! - [`aliases`], [`alias_drawing`]: what is known of names, as text and drawn.
//! - [`evaluation`]: how good links are, as a table and as a curve.
//!
//! **Invariant:** the same results give the same bytes; times and memory stand in summaries only.

pub mod alias_drawing;
pub mod aliases;
pub mod bench;
pub mod bench_mbat;
pub mod bench_mbat_plot;
pub mod evaluation;
pub mod hits;
pub mod links;
pub mod model;
pub mod model_difference;
pub mod nearest;
pub mod plan;
pub mod scored;
pub mod store;
pub mod summary;
pub mod waterfall;

use crate::model::MatchWeight;

/// A match weight in bits with all its six decimals, as the output of `link` has it: 12345678 is `12.345678`.
///
/// ```
/// assert_eq!(cognate::report::bits(-1_500_000), "-1.500000");
/// ```
pub fn bits(weight: MatchWeight) -> String {
    let sign = if weight < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", weight.unsigned_abs() / 1_000_000, weight.unsigned_abs() % 1_000_000)
}

/// A match weight in bits for JSON: the number whose shortest decimal form is that of [`bits`].
pub fn bits_number(weight: MatchWeight) -> f64 {
    f64::from(weight) / 1e6
}

/// A count with its thousands set apart: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun in the right number: `1 link`, `2 links`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 12, 999, 1000, 1_234_567].map(count), ["0", "12", "999", "1,000", "1,234,567"]);
        assert_eq!([counted(1, "row"), counted(0, "row")], ["1 row", "0 rows"]);
        assert_eq!(bits(MatchWeight::MIN), "-2147.483648");
        assert_eq!(bits_number(-1_234_567).to_string(), "-1.234567");
    }
}
