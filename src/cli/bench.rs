//! `cognate bench`: figures on real data, beside baselines.

use super::{bench_mbat, terminal};
use crate::config::Kind;
use crate::error::{Error, Result, exit};
use crate::model::Model;
use crate::model::shipped::shipped;
use crate::pipeline::bench::ablation::ablation;
use crate::pipeline::bench::aliases;
use crate::pipeline::bench::organizations::{Options, organizations};
use crate::pipeline::bench::retrieval::{RetrievalFigures, RetrievalOptions, retrieval};
use crate::pipeline::bench::tasks::{Split, data_folder};
use crate::pipeline::bench::{export, join, lookup, retrieval_tasks};
use crate::pipeline::link::LinkOptions;
use crate::report::bench::{aliases_text, join_text, lookup_text, organizations_text, retrieval_text};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  COGNATE_DATA=data cognate bench organizations --split valid
  cognate bench join left.csv right.csv truth.csv
  cognate bench lookup left.csv right.csv truth.csv
  COGNATE_DATA=data cognate bench retrieval
  cognate bench mbat --plot mbat.svg
  python3 benches/alias_tasks.py tasks && cognate bench aliases tasks";

/// Measure accuracy and speed on data with known answers
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Accuracy on the organizations' names under COGNATE_DATA, beside token-set ratio and 3-gram TF-IDF over all pairs
    Organizations(OrganizationsArgs),
    /// The best partner of every right row of two tables, against the truth (columns left_id and right_id)
    Join(TablesArgs),
    /// Look-up of every right row's name among the left rows' names, one at a time on one thread
    Lookup(TablesArgs),
    /// Tables linked by how names are written, by alias evidence and by both; figures beside those of LinkOrgs
    Aliases(AliasesArgs),
    /// Nearest neighbours of records' vectors under COGNATE_DATA, beside TF-IDF and BM25; nothing is learned from labels
    Retrieval(RetrievalArgs),
    /// Vectors of JSON records: their properties, each with its tolerance, how much one holds, what they cost
    Mbat(bench_mbat::Args),
    /// Write the train parts of the tasks as files, and the commands that train the shipped models from them
    Export {
        /// The folder to write to
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct OrganizationsArgs {
    /// A task; may be given several times [default: all]
    #[arg(long = "task", value_name = "TASK")]
    tasks: Vec<String>,
    /// The part of the entities whose names are asked: train, valid, test or all; the test part is for the report
    #[arg(long, value_name = "SPLIT", default_value = "valid")]
    split: Split,
    /// Names asked at most for each task, and for each kind and script of ror
    #[arg(long, value_name = "N", default_value_t = Options::default().limit)]
    limit: usize,
    /// Names paired with their nearest others at most, for each list of hard negatives
    #[arg(long, value_name = "N", default_value_t = Options::default().hard_limit)]
    hard_limit: usize,
    /// Leave the baselines of the tasks out
    #[arg(long)]
    no_baselines: bool,
    /// Measure once more with the shipped directory as alias evidence
    #[arg(long)]
    directory: bool,
    /// Train a model without each task's list, as the shipped one is trained, and measure it beside the full one
    #[arg(long)]
    leave_one_out: bool,
    /// Train the model in full, without its embedding, without its odds of words and without both, and measure these four on
    /// the hard negatives alone
    #[arg(long, conflicts_with_all = ["model", "dump", "leave_one_out"])]
    ablation: bool,
    /// Write the pairs of the hard negatives, with the level of every comparison, as a table
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    /// A model instead of the shipped one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct AliasesArgs {
    /// A folder of tasks, each a folder with left.csv and right.csv (id, name), truth.csv (left_id, right_id) and any of
    /// evidence.csv, half.csv, full.csv, noisy.csv, noisy_full.csv and noisy_rows.csv (name, source, count)
    folder: PathBuf,
    /// A task; may be given several times [default: all]
    #[arg(long = "task", value_name = "TASK")]
    tasks: Vec<String>,
    /// Write the true pairs that were lost and the wrong ones that were found, of every method, as a table
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    /// A model instead of the shipped one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct RetrievalArgs {
    /// Two tables and their true pairs instead of the sets under COGNATE_DATA
    #[arg(num_args = 3, value_names = ["LEFT", "RIGHT", "TRUTH"])]
    files: Vec<PathBuf>,
    /// A task; may be given several times [default: all]
    #[arg(long = "task", value_name = "TASK")]
    tasks: Vec<String>,
    /// Dimensions: a multiple of 64, from 64 to 32768
    #[arg(long, value_name = "D", default_value_t = RetrievalOptions::default().dims)]
    dims: usize,
    /// The seed of all that is drawn
    #[arg(long, value_name = "N", default_value_t = RetrievalOptions::default().seed)]
    seed: u64,
    /// The share of the space, in percent, in which values can be compared under all field names
    #[arg(long, value_name = "PERCENT", default_value_t = RetrievalOptions::default().shared)]
    shared: u8,
    /// Queries of a task at most
    #[arg(long, value_name = "N", default_value_t = RetrievalOptions::default().limit)]
    limit: usize,
    /// Leave the baselines out
    #[arg(long)]
    no_baselines: bool,
    /// The column of ids of the left table [default: id]
    #[arg(long, value_name = "COL")]
    left_id: Option<String>,
    /// The column of ids of the right table [default: id]
    #[arg(long, value_name = "COL")]
    right_id: Option<String>,
    /// The column of left ids in the file of true pairs
    #[arg(long, value_name = "COL", default_value = "left_id")]
    left_key: String,
    /// The column of right ids in the file of true pairs
    #[arg(long, value_name = "COL", default_value = "right_id")]
    right_key: String,
    /// Print one JSON object
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
        What::Organizations(args) => {
            let data = data_folder()?;
            let report = if args.ablation {
                ablation(&data, &options(args), &scratch_folder(), &terminal::note)?
            } else {
                organizations(&data, &model(args.model.as_ref())?, &options(args), &terminal::note)?
            };
            print(args.json, serde_json::json!(report), || organizations_text(&report))?;
        }
        What::Join(args) => {
            let options = LinkOptions { model: Some(model(args.model.as_ref())?), ..LinkOptions::default() };
            let figures = join::join(&args.left, &args.right, &args.truth, &args.on, &options)?;
            print(args.json, serde_json::json!(figures), || join_text(&figures))?;
        }
        What::Lookup(args) => {
            let folder = scratch_folder();
            let files = [args.left.as_path(), &args.right, &args.truth];
            let figures = lookup::lookup(files, &args.on, model(args.model.as_ref())?, args.limit, &folder);
            std::fs::remove_dir_all(&folder).map_err(|error| Error::io(&folder, error))?;
            let figures = figures?;
            print(args.json, serde_json::json!(figures), || lookup_text(&figures))?;
        }
        What::Aliases(args) => {
            let options = aliases::Options { tasks: args.tasks.clone(), errors: args.errors.clone() };
            let figures = aliases::aliases(&args.folder, &model(args.model.as_ref())?, &options, &terminal::note)?;
            print(args.json, serde_json::json!({ "figures": figures }), || aliases_text(&figures))?;
        }
        What::Retrieval(args) => {
            let figures = retrieved(args)?;
            print(args.json, serde_json::json!({ "figures": figures }), || retrieval_text(&figures))?;
        }
        What::Mbat(args) => return bench_mbat::run(args),
        What::Export { output } => export::export(&data_folder()?, output)?,
    }
    Ok(exit::FOUND)
}

fn retrieved(args: &RetrievalArgs) -> Result<Vec<RetrievalFigures>> {
    let options = RetrievalOptions {
        dims: args.dims,
        seed: args.seed,
        shared: args.shared,
        no_baselines: args.no_baselines,
        limit: args.limit,
    };
    if let [left, right, truth] = args.files.as_slice() {
        let ids = [args.left_id.as_deref(), args.right_id.as_deref()];
        let task = retrieval_tasks::task_of_files([left, right, truth], ids, [&args.left_key, &args.right_key])?;
        return retrieval(&task, &options);
    }
    let data = data_folder()?;
    let known = retrieval_tasks::task_names(&data)?;
    let unknown = args.tasks.iter().find(|task| !known.contains(task));
    if let Some(unknown) = unknown {
        return Err(Error::usage(format!("no task {unknown:?}; there are: {}", known.join(", "))));
    }
    let mut figures = Vec::new();
    for name in known.iter().filter(|name| args.tasks.is_empty() || args.tasks.contains(name)) {
        terminal::note(name);
        figures.extend(retrieval(&retrieval_tasks::task(&data, name)?, &options)?);
    }
    Ok(figures)
}

/// A folder of this process's own, which is removed in the end.
fn scratch_folder() -> PathBuf {
    std::env::temp_dir().join(format!("cognate-bench-{}", std::process::id()))
}

fn options(args: &OrganizationsArgs) -> Options {
    Options {
        tasks: args.tasks.clone(),
        split: args.split,
        limit: args.limit,
        hard_limit: args.hard_limit,
        baselines: !args.no_baselines,
        directory: args.directory,
        leave_one_out: args.leave_one_out,
        dump: args.dump.clone(),
    }
}

fn model(path: Option<&PathBuf>) -> Result<Model> {
    path.map_or_else(|| shipped(Kind::Organization), |path| Model::load(path))
}

/// Prints the figures, as one JSON object or as text.
pub(super) fn print(as_json: bool, json: serde_json::Value, text: impl FnOnce() -> String) -> Result<()> {
    terminal::print(&if as_json { format!("{json}\n") } else { text() })
}
