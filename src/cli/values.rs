//! Single values as they are typed: names of kinds and the like, weights, columns.

use crate::alias::Reading;
use crate::config::Kind;
use crate::error::{Error, Result};
use crate::model::aim::Aim;
use crate::model::{BIT, MatchWeight, weight_of};
use crate::record::Format;
use crate::report::links::Hand;
use crate::resolve::{Assignment, Join};
use crate::store::DatasetName;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Names a kind.
pub(super) fn kind() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::name)).try_map(|name| name.parse::<Kind>())
}

/// Names a format.
pub(super) fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name)).try_map(|name| name.parse::<Format>())
}

/// Names a join.
pub(super) fn join() -> impl TypedValueParser<Value = Join> {
    PossibleValuesParser::new(Join::ALL.map(Join::name)).try_map(|name| name.parse::<Join>())
}

/// Names an assignment.
pub(super) fn assignment() -> impl TypedValueParser<Value = Assignment> {
    PossibleValuesParser::new(Assignment::ALL.map(Assignment::name)).try_map(|name| name.parse::<Assignment>())
}

/// Names a reading of alias evidence.
pub(super) fn reading() -> impl TypedValueParser<Value = Reading> {
    PossibleValuesParser::new(Reading::ALL.map(Reading::name)).try_map(|name| name.parse::<Reading>())
}

/// Names a dataset.
pub(super) fn dataset(text: &str) -> Result<DatasetName> {
    DatasetName::new(text)
}

/// A field and the column of which it is made: `field=column`.
pub(super) fn mapping(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((field, column)) if !field.is_empty() && !column.is_empty() => Ok((field.to_owned(), column.to_owned())),
        _ => Err(Error::usage("say FIELD=COL: the field to store, and the column that it is made of")),
    }
}

/// A number of threads.
pub(super) fn threads() -> impl TypedValueParser<Value = u64> {
    clap::value_parser!(u64).range(1..=1024)
}

/// Makes the pool of threads as large as was asked for.
pub(super) fn use_threads(threads: Option<u64>) -> Result<()> {
    let Some(threads) = threads else { return Ok(()) };
    let number = usize::try_from(threads).unwrap_or(usize::MAX);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(number).build_global();
    pool.map_err(|error| Error::usage(format!("--threads {threads}: {error}")))
}

/// The least match weight of a link, said in bits or as a probability.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
#[group(multiple = false)]
pub(super) struct Least {
    /// Keep what has at least this probability, from 0 to 1
    #[arg(long, value_name = "P", value_parser = probability)]
    threshold: Option<f64>,
    /// Keep what has at least this match weight, in bits of log2 odds
    #[arg(long, value_name = "BITS", value_parser = bits, allow_negative_numbers = true)]
    min_weight: Option<MatchWeight>,
}

impl Least {
    /// The least weight, if one was named.
    pub(super) fn weight(self) -> Option<MatchWeight> {
        self.min_weight.or_else(|| self.threshold.map(weight_of))
    }
}

/// What the links are to be good for, in the place of a threshold.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
#[group(multiple = false, conflicts_with = "Least")]
pub(super) struct Aims {
    /// Pick the lowest threshold at which this share of the links is expected to be true, from 0 to 1
    #[arg(long, value_name = "P", value_parser = probability, help_heading = "Links")]
    precision: Option<f64>,
    /// Pick the threshold with the best expected F_β; at 2, recall counts four times as much as precision
    #[arg(long, value_name = "BETA", value_parser = beta, help_heading = "Links")]
    f_beta: Option<f64>,
}

impl Aims {
    /// The aim, if one was named.
    pub(super) fn aim(self) -> Option<Aim> {
        self.precision.map(Aim::Precision).or_else(|| self.f_beta.map(Aim::FBeta))
    }
}

/// Reads a share that is neither nothing nor all.
pub(super) fn share(text: &str) -> Result<f64> {
    let number = text.parse().ok().filter(|share| *share > 0.0 && *share < 1.0);
    number.ok_or_else(|| Error::usage("a share is a number between 0 and 1"))
}

fn beta(text: &str) -> Result<f64> {
    let number = text.parse().ok().filter(|beta| (0.01..=100.0).contains(beta));
    number.ok_or_else(|| Error::usage("beta is a number from 0.01 to 100"))
}

fn probability(text: &str) -> Result<f64> {
    let number = text.parse().ok().filter(|p| (0.0..=1.0).contains(p));
    number.ok_or_else(|| Error::usage("a probability is a number from 0 to 1"))
}

fn bits(text: &str) -> Result<MatchWeight> {
    let micro = text.parse::<f64>().ok().map(|bits| (bits * f64::from(BIT)).round());
    let micro = micro.filter(|micro| (f64::from(MatchWeight::MIN)..=f64::from(MatchWeight::MAX)).contains(micro));
    // The range was checked, so the cast loses nothing.
    micro.map(|micro| micro as MatchWeight).ok_or_else(|| Error::usage("a weight is a number from -2147 to 2147"))
}

/// Columns to compare: `name`, or `left_name=right_name` where they are called differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct On {
    pub(super) left: String,
    pub(super) right: String,
}

/// Reads an [`On`]; the first `=` separates.
pub(super) fn on(text: &str) -> Result<On> {
    let (left, right) = text.split_once('=').unwrap_or((text, text));
    if left.is_empty() || right.is_empty() {
        return Err(Error::usage("name a column of each side: COL or LEFT=RIGHT"));
    }
    Ok(On { left: left.to_owned(), right: right.to_owned() })
}

/// A column to keep, from one side or from each side that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keep {
    pub(super) hand: Option<Hand>,
    pub(super) column: String,
}

/// Reads a [`Keep`]: `city`, `left.city`, `right.city`.
pub(super) fn keep(text: &str) -> Result<Keep> {
    let (hand, column) = match text.split_once('.') {
        Some(("left", column)) => (Some(Hand::Left), column),
        Some(("right", column)) => (Some(Hand::Right), column),
        _ => (None, text),
    };
    if column.is_empty() {
        return Err(Error::usage("name a column: COL, left.COL or right.COL"));
    }
    Ok(Keep { hand, column: column.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_to_the_micro_bit() {
        assert_eq!(bits("12.345678").unwrap(), 12_345_678);
        assert_eq!(bits("-3").unwrap(), -3_000_000);
        for wrong in ["", "x", "NaN", "2148", "1e99"] {
            assert!(bits(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn probabilities_have_their_range() {
        assert_eq!(probability("0.25").unwrap(), 0.25);
        for wrong in ["", "NaN", "1.1", "-0.1", "inf"] {
            assert!(probability(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_and_betas_have_their_ranges() {
        assert_eq!((share("0.5").unwrap(), beta("2").unwrap()), (0.5, 2.0));
        for wrong in ["", "0", "1", "-1", "NaN", "inf"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "0", "-1", "NaN", "inf"] {
            assert!(beta(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn columns_have_sides() {
        assert_eq!(on("a=b").unwrap(), On { left: "a".into(), right: "b".into() });
        assert_eq!(on("a").unwrap(), On { left: "a".into(), right: "a".into() });
        assert!(on("=b").is_err() && on("").is_err());
        assert_eq!(keep("left.city").unwrap(), Keep { hand: Some(Hand::Left), column: "city".into() });
        assert_eq!(keep("a.b").unwrap(), Keep { hand: None, column: "a.b".into() });
        assert!(keep("right.").is_err());
    }
}
