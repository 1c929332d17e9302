//! `cognate bench`: figures on real data, beside baselines.

use super::terminal;
use crate::config::Kind;
use crate::error::{Error, Result, exit};
use crate::model::Model;
use crate::model::shipped::shipped;
use crate::pipeline::bench::names::measure;
use crate::pipeline::bench::tasks::{Split, TASKS, Task, data_folder};
use crate::pipeline::bench::{export, hard, join, lookup};
use crate::pipeline::link::LinkOptions;
use crate::report::bench::{figures_text, hard_text, join_text, lookup_text};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  COGNATE_DATA=data cognate bench names
  cognate bench join left.csv right.csv truth.csv
  cognate bench lookup left.csv right.csv truth.csv";

/// Measure accuracy and speed on data with known answers
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Accuracy on the tasks under COGNATE_DATA, beside token-sort ratio and 3-gram TF-IDF over all pairs
    Names(NamesArgs),
    /// Accuracy on names of organizations under COGNATE_DATA
    Organizations(OrganizationsArgs),
    /// The best partner of every right row of two tables, against the truth (columns left_id and right_id)
    Join(TablesArgs),
    /// Look-up of every right row's name among the left rows' names, one at a time on one thread
    Lookup(TablesArgs),
    /// Write the train parts of the tasks as files for `cognate train names`
    Export {
        /// The folder to write to
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct NamesArgs {
    /// A task; may be given several times [default: all]
    #[arg(long = "task", value_name = "TASK")]
    tasks: Vec<String>,
    /// The part of the entities whose names are asked for: train, valid, test or all
    #[arg(long, value_name = "SPLIT", default_value = "test")]
    split: Split,
    /// Names asked at most for each task
    #[arg(long, value_name = "N", default_value_t = 3000)]
    limit: usize,
    /// Leave the baselines out
    #[arg(long)]
    no_baselines: bool,
    /// A model instead of the shipped one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct OrganizationsArgs {
    /// A task; may be given several times [default: all]
    #[arg(long = "task", value_name = "TASK")]
    tasks: Vec<String>,
    /// The part of the entities whose names are asked for: train, valid, test or all
    #[arg(long, value_name = "SPLIT", default_value = "valid")]
    split: Split,
    /// Names paired with their nearest others at most, for each list of hard negatives
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    hard_limit: usize,
    /// Write the pairs of the hard negatives with all levels
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    /// A model instead of the shipped one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct TablesArgs {
    /// The left table
    left: PathBuf,
    /// The right table
    right: PathBuf,
    /// The true pairs: columns left_id and right_id
    truth: PathBuf,
    /// The column with the names, of both tables
    #[arg(long, value_name = "COL", default_value = "name")]
    on: String,
    /// Queries asked at most (look-up only)
    #[arg(long, value_name = "N", default_value_t = 5000)]
    limit: usize,
    /// A model instead of the shipped one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    match &args.what {
        What::Names(args) => names(args)?,
        What::Organizations(args) => organizations(args)?,
        What::Join(args) => {
            let options = LinkOptions { model: Some(model(args.model.as_ref())?), ..LinkOptions::default() };
            let figures = join::join(&args.left, &args.right, &args.truth, &args.on, &options)?;
            print(args.json, serde_json::json!(figures), || join_text(&figures))?;
        }
        What::Lookup(args) => {
            let folder = std::env::temp_dir().join(format!("cognate-bench-{}", std::process::id()));
            let files = [args.left.as_path(), &args.right, &args.truth];
            let figures = lookup::lookup(files, &args.on, model(args.model.as_ref())?, args.limit, &folder);
            std::fs::remove_dir_all(&folder).map_err(|error| Error::io(&folder, error))?;
            let figures = figures?;
            print(args.json, serde_json::json!(figures), || lookup_text(&figures))?;
        }
        What::Export { output } => export::export(&data_folder()?, output)?,
    }
    Ok(exit::FOUND)
}

fn names(args: &NamesArgs) -> Result<()> {
    let data = data_folder()?;
    let model = model(args.model.as_ref())?;
    let all = TASKS.map(str::to_owned);
    let tasks = if args.tasks.is_empty() { all.as_slice() } else { &args.tasks };
    let mut figures = Vec::new();
    for name in tasks {
        let task = Task::read(name, &data)?;
        let measured = measure(&task, args.split, args.limit, &model, !args.no_baselines)?;
        if args.json {
            for figures in &measured {
                terminal::print(&format!("{}\n", serde_json::json!(figures)))?;
            }
        }
        figures.extend(measured);
    }
    if args.json { Ok(()) } else { terminal::print(&figures_text(&figures)) }
}

fn organizations(args: &OrganizationsArgs) -> Result<()> {
    let data = data_folder()?;
    let model = model(args.model.as_ref())?;
    let wanted = |task: &&&str| args.tasks.is_empty() || args.tasks.iter().any(|name| name == **task);
    let pool = |task: &&str| Ok(hard::Pool::new(&Task::read(task, &data)?, args.split, args.hard_limit));
    let pools = hard::POOLED.iter().filter(wanted).map(pool).collect::<Result<Vec<_>>>()?;
    if let Some(path) = &args.dump {
        hard::dump(&pools, &model, path)?;
    }
    let measured: Vec<hard::Measured<'_>> = pools.iter().map(|pool| (pool, vec![("cognate", &model)])).collect();
    let figures = hard::measure_hard(&measured)?;
    for figures in &figures {
        if args.json {
            terminal::print(&format!("{}\n", serde_json::json!(figures)))?;
        }
    }
    if args.json { Ok(()) } else { terminal::print(&hard_text(&figures)) }
}

fn model(path: Option<&PathBuf>) -> Result<Model> {
    path.map_or_else(|| shipped(Kind::Organization), |path| Model::load(path))
}

fn print(as_json: bool, json: serde_json::Value, text: impl FnOnce() -> String) -> Result<()> {
    terminal::print(&if as_json { format!("{json}\n") } else { text() })
}
