//! `cognate explain`: why two names, or two rows, are taken to be the same or not.

use super::sides::{SettingsArgs, SideArgs};
use super::terminal;
use crate::error::{Error, Result, exit};
use crate::pipeline::explain::{PairExplanation, explain_names, explain_rows};
use crate::report::waterfall::{Drawing, explanation_json, waterfall};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate explain 'Procter & Gamble Co.' 'P&G'
  cognate explain 17 C-0042 --left customers.csv --right vendors.csv --on company=vendor_name
  cognate explain 17 23 --left customers.csv --on company        two rows of one file

For rows of files the rarity of words is counted in both files, exactly as `cognate link` does it, so the \
match weight is the one in its output. Two names alone are weighed by what the model knows.";

/// Explain a pair: every comparison and its weight, which add up to the match weight
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A name; with --left, the id of a row
    #[arg(value_name = "A")]
    first: String,
    /// Another name; with --left, the id of a row
    #[arg(value_name = "B")]
    second: String,
    /// A is the id of a row of this file
    #[arg(long, value_name = "FILE")]
    left: Option<PathBuf>,
    /// B is the id of a row of this file [default: that of --left]
    #[arg(long, value_name = "FILE", requires = "left")]
    right: Option<PathBuf>,
    #[command(flatten)]
    sides: SideArgs,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print one JSON object, with weights in whole micro-bits
    #[arg(long)]
    json: bool,
    /// Draw with ASCII characters only [default where the locale is not UTF-8]
    #[arg(long)]
    ascii: bool,
}

pub(super) fn run(args: Args) -> Result<u8> {
    let explanation = explain(&args)?;
    let drawing = if args.ascii || !terminal::shows_unicode() { Drawing::Ascii } else { Drawing::Unicode };
    if args.json {
        terminal::print(&format!("{}\n", explanation_json(&explanation)))?;
    } else {
        terminal::print(&waterfall(&explanation, drawing))?;
    }
    Ok(exit::FOUND)
}

fn explain(args: &Args) -> Result<PairExplanation> {
    let config = args.settings.checked()?;
    let model = args.settings.model()?;
    let Some(left) = &args.left else {
        if args.sides.says_anything() {
            return Err(Error::usage("--on and the like speak of files; name them with --left and --right"));
        }
        return explain_names(&args.first, &args.second, config.kind, model);
    };
    let right = args.right.as_ref().unwrap_or(left);
    let sides = args.sides.checked(left, right, &config)?;
    explain_rows(&sides.left, &sides.right, [&args.first, &args.second], config.kind, model)
}
