//! `cognate eval`: how good predicted links are, measured against the true ones.

use super::terminal;
use crate::config::Limits;
use crate::error::{Result, exit};
use crate::pipeline::evaluate::{PredictedPair, evaluate};
use crate::pipeline::pairs::{Pairs, read_pairs};
use crate::record::{Destination, ReadOptions, TableWriter};
use crate::report::evaluation::{curve_columns, evaluation_text, write_curve};
use crate::report::summary::tally_text;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cognate eval --predicted links.csv --truth truth.csv
  cognate eval --predicted links.csv --truth pairs.jsonl --truth-left-id a --truth-right-id b --json
  cognate eval --predicted links.csv --truth truth.csv --curve curve.csv

The truth must hold every true pair of the rows at hand, since each predicted pair that it does not hold counts \
as false. With a column probability (or match_weight) in the predicted file, thresholds are measured, too.";

/// Measure predicted links against the true ones
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The predicted pairs, as `cognate link` writes them
    #[arg(long, value_name = "FILE")]
    predicted: PathBuf,
    /// The true pairs
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// The column of left ids in both files
    #[arg(long, value_name = "COL", default_value = "left_id")]
    left_id: String,
    /// The column of right ids in both files
    #[arg(long, value_name = "COL", default_value = "right_id")]
    right_id: String,
    /// The column of left ids in the truth, where it is another
    #[arg(long, value_name = "COL")]
    truth_left_id: Option<String>,
    /// The column of right ids in the truth, where it is another
    #[arg(long, value_name = "COL")]
    truth_right_id: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write precision and recall at every threshold (at most 200) to a file: .csv, .tsv, .jsonl or .parquet
    #[arg(long, value_name = "FILE")]
    curve: Option<PathBuf>,
    /// Fail after more than N rejected rows of a file [default: no limit]
    #[arg(long, value_name = "N")]
    max_rejects: Option<u64>,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    let mut options = ReadOptions::default();
    options.limits.rejects = args.max_rejects.unwrap_or(Limits::default().rejects);
    let predicted = pairs(&args.predicted, &args.left_id, &args.right_id, &options)?;
    let truth_left = args.truth_left_id.as_ref().unwrap_or(&args.left_id);
    let truth_right = args.truth_right_id.as_ref().unwrap_or(&args.right_id);
    let truth = pairs(&args.truth, truth_left, truth_right, &options)?;
    let ids = |pair: PredictedPair| (pair.left, pair.right);
    let truth: Vec<(String, String)> = truth.pairs.into_iter().map(ids).collect();
    let evaluation = evaluate(&predicted.pairs, &truth);
    if let Some(file) = &args.curve {
        let writer = TableWriter::create(Destination::File(file.clone()), None, &curve_columns())?;
        write_curve(&evaluation.curve, writer)?;
    }
    if args.json {
        terminal::print(&format!("{}\n", serde_json::json!(evaluation)))?;
    } else {
        terminal::print(&evaluation_text(&evaluation))?;
    }
    Ok(exit::FOUND)
}

/// Reads pairs, and tells of rejected rows.
fn pairs(path: &Path, left: &str, right: &str, options: &ReadOptions) -> Result<Pairs> {
    let found = read_pairs(path, left, right, options)?;
    if found.tally.rejected > 0 {
        terminal::note(tally_text(path, &found.tally).trim_end());
    }
    Ok(found)
}
