//! `cognate train aliases`: what alias evidence weighs in a model.

use super::alias_source::load;
use super::train::write_model;
use super::{terminal, values};
use crate::config::Kind;
use crate::error::{Result, exit};
use crate::model::shipped::shipped;
use crate::model::{BIT, Model};
use crate::pipeline::directory::shipped as shipped_directory;
use crate::pipeline::lists::{Content, TrainingList};
use crate::pipeline::read_lists::read_aliases;
use crate::pipeline::train_aliases::with_fitted_aliases;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate train aliases --lists firms.csv --aliases firms_store -o model.json
  cognate train aliases --model own.json --lists firms.csv --lists banks.csv -o own2.json

The names of each list inherit from the directory what they would in a link job; the list says which of the pairs that the \
directory knows are matches. All other weights stay as they are. Use lists that the directory was not made of.";

/// Fit what alias evidence weighs, on alias lists and a directory that was made without them
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Names with their entities: columns entity_id and name; may be given several times
    #[arg(long, value_name = "FILE", required = true)]
    lists: Vec<PathBuf>,
    /// The alias evidence: a store with an alias table, or a directory file of JSON lines [default: the shipped directory]
    #[arg(long, value_name = "STORE|FILE")]
    aliases: Option<PathBuf>,
    /// The model [default: the shipped one of organizations]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// The new model's file
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
    /// Use N threads [default: one for each processor]; the model is the same with any number
    #[arg(long, value_name = "N", value_parser = values::threads())]
    threads: Option<u64>,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    values::use_threads(args.threads)?;
    let model = args.model.as_deref().map_or_else(|| shipped(Kind::Organization), Model::load)?;
    let table = args.aliases.as_deref().map_or_else(shipped_directory, |path| load(path).map(Into::into))?;
    let list = |path: &PathBuf| {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(TrainingList { name, content: Content::Aliases(read_aliases(path)?.0) })
    };
    let lists = args.lists.iter().map(list).collect::<Result<Vec<_>>>()?;
    let model = with_fitted_aliases(&model, &lists, &table)?;
    write_model(&model, &args.output)?;
    for weights in model.alias_weights() {
        let bits = weights.map(|weight| format!("{:.2}", f64::from(weight) / f64::from(BIT)));
        terminal::note(&format!("weights in bits, from level 0 on: {}", bits.join(" ")));
    }
    terminal::note(&format!("model {} in {}", model.digest(), args.output.display()));
    Ok(exit::FOUND)
}
