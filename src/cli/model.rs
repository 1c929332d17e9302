//! `cognate model`: what a model weighs, and how two models differ.

use super::{terminal, values};
use crate::config::Kind;
use crate::error::{Result, exit};
use crate::model::Model;
use crate::model::shipped::shipped;
use crate::report::model::{model_json, model_text};
use crate::report::model_difference::{difference_json, difference_text};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate model show                              the shipped model of organizations
  cognate model show --kind product
  cognate model show model.json
  cognate model compare old.json new.json

Weights are bits of log2 odds: +3 makes a match 2^3 = 8 times as likely, -3 an eighth as likely.";

/// Show a model, or how two models differ
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show a model: every comparison's levels and weights, its words, how it was trained
    #[command(after_help = EXAMPLES)]
    Show(ShowArgs),
    /// Show how two models differ: weights level by level, training, digests
    #[command(after_help = EXAMPLES)]
    Compare(CompareArgs),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The model's file [default: the shipped model of --kind]
    model: Option<PathBuf>,
    /// The kind whose shipped model is shown [default: organization]
    #[arg(long, value_name = "KIND", value_parser = values::kind(), conflicts_with = "model")]
    kind: Option<Kind>,
    /// Print one JSON object, with weights in whole micro-bits
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct CompareArgs {
    /// A model's file
    #[arg(value_name = "A")]
    first: PathBuf,
    /// Another model's file
    #[arg(value_name = "B")]
    second: PathBuf,
    /// Print one JSON object, with weights in whole micro-bits
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    let text = match &args.what {
        What::Show(args) => {
            let model = match &args.model {
                Some(path) => Model::load(path)?,
                None => shipped(args.kind.unwrap_or_default())?,
            };
            if args.json { format!("{}\n", model_json(&model)) } else { model_text(&model) }
        }
        What::Compare(args) => {
            let (first, second) = (Model::load(&args.first)?, Model::load(&args.second)?);
            let names = [&args.first, &args.second].map(|path| path.display().to_string());
            let (models, names) = ([&first, &second], [names[0].as_str(), names[1].as_str()]);
            if args.json { format!("{}\n", difference_json(models, names)) } else { difference_text(models, names) }
        }
    };
    terminal::print(&text)?;
    Ok(exit::FOUND)
}
