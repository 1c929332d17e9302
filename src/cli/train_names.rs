//! `cognate train names`: a model from names that are known to mean the same, or not.

use super::train::write_model;
use super::{terminal, values};
use crate::config::Kind;
use crate::error::{Error, Result, exit};
use crate::pipeline::lists::{Content, TrainingList};
use crate::pipeline::read_lists::{read_aliases, read_labelled_pairs};
use crate::pipeline::table::columns;
use crate::pipeline::train::{Told, TrainOptions, count_words, train};
use crate::record::Tally;
use crate::report::summary::tally_text;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cognate train names --aliases firms.csv --aliases banks.csv -o names.json
  cognate train names --pairs checked.csv -o names.json
  cognate link left.csv right.csv --on name --model names.json

Each alias list is a task of its own: names of one entity are matches, names of others that look alike are not. \
Each list counts about the same, however long it is. A name that stands with several entities matches another with the \
probability that a use of each means the same entity; the column count says how often the name was used for the entity, \
as in links that people made, of which some are mistaken. The same files and seed give the same model.";

/// Train a model of names from alias lists or labelled pairs
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Names with their entities: columns entity_id, name and, if there is one, count; may be given several times
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    aliases: Vec<PathBuf>,
    /// Labelled pairs: columns left, right, label (1 for a match, 0 for none, or a probability) and, if there is one,
    /// weight; may be given several times
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pairs: Vec<PathBuf>,
    /// Names to count words in, beside those of the lists: column name
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    words: Vec<PathBuf>,
    /// What the model is for
    #[arg(long, value_name = "KIND", default_value_t = Kind::Organization, value_parser = values::kind(), help_heading = "Model")]
    kind: Kind,
    /// Words of fewer names than this are left out of the model
    #[arg(long, value_name = "N", default_value_t = 25, help_heading = "Model")]
    least_count: u32,
    /// Learn no name embedding; only models of organizations have one, learned from the alias lists
    #[arg(long, help_heading = "Model")]
    no_embedding: bool,
    /// Learn nothing of single words but their rarity; only models of organizations do
    #[arg(long, help_heading = "Model")]
    no_word_odds: bool,
    /// Rows of the embedding's table, a power of two; each takes 171 bytes of the model's file
    #[arg(long, value_name = "N", value_parser = rows, help_heading = "Model")]
    embedding_rows: Option<usize>,
    /// How many times more than the others a list counts, by the name of its file without its ending
    #[arg(long = "list-weight", value_name = "LIST=X", value_parser = list_weight, help_heading = "Model")]
    list_weights: Vec<(String, f64)>,
    /// The share, from 0 to 1, of what is learned from each name's nearest wrong name and its farthest right one; the rest
    /// is from candidate pairs drawn at random
    #[arg(long, value_name = "X", default_value_t = TrainOptions::default().hard_share, value_parser = share, help_heading = "Model")]
    hard_share: f64,
    /// Where chance begins
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Model")]
    seed: u64,
    /// The model's file
    #[arg(short, long, value_name = "MODEL", help_heading = "Output")]
    output: PathBuf,
    /// Keep finished embeddings, which take longest, in this folder, and take them from there the next time
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    resume: Option<PathBuf>,
    /// Use N threads [default: one for each processor]; the model is the same with any number
    #[arg(long, value_name = "N", value_parser = values::threads(), help_heading = "Output")]
    threads: Option<u64>,
    /// Print no progress and no notes
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    let note = |text: &str| {
        if !args.quiet {
            terminal::note(text);
        }
    };
    let lists = lists(args, &note)?;
    let mut names: Vec<String> = Vec::new();
    for path in &args.words {
        names.extend(columns(path, ["name"])?.into_iter().map(|[name]| name));
    }
    let listed = lists.iter().flat_map(|list| list.content.texts());
    let words = count_words(names.iter().map(String::as_str).chain(listed), args.least_count);
    values::use_threads(args.threads)?;
    let bar = terminal::steps(!args.quiet);
    let stage = |stage: crate::pipeline::train::Stage<'_>, done, of| {
        bar.set_message(stage.to_string());
        bar.set_length(of);
        bar.set_position(done);
    };
    let told = Told { stage: &stage, note: &|text| bar.suspend(|| note(text)) };
    let model = train(args.kind, &lists, words, &options(args), told)?;
    bar.finish_and_clear();
    write_model(&model, &args.output)?;
    for set in &model.file().training.sets {
        note(&format!("{}: {} pairs, {} matches", set.name, set.pairs, set.matches));
    }
    note(&format!("model {} in {}", model.digest(), args.output.display()));
    Ok(exit::FOUND)
}

fn lists(args: &Args, note: &dyn Fn(&str)) -> Result<Vec<TrainingList>> {
    let told = |path: &Path, tally: &Tally| {
        if tally.rejected > 0 {
            note(tally_text(path, tally).trim_end());
        }
    };
    let mut lists = Vec::new();
    for path in &args.aliases {
        let (names, tally) = read_aliases(path)?;
        told(path, &tally);
        lists.push(TrainingList { name: stem(path), content: Content::Aliases(names) });
    }
    for path in &args.pairs {
        let (pairs, tally) = read_labelled_pairs(path)?;
        told(path, &tally);
        lists.push(TrainingList { name: stem(path), content: Content::Pairs(pairs) });
    }
    if lists.is_empty() {
        return Err(Error::usage("nothing to train on: give --aliases or --pairs"));
    }
    Ok(lists)
}

fn options(args: &Args) -> TrainOptions {
    let mut options = TrainOptions::of(args.kind).seeded(args.seed);
    options.command = command(args);
    options.resume.clone_from(&args.resume);
    options.hard_share = args.hard_share;
    options.list_weights = args.list_weights.iter().cloned().collect();
    options.embedding = options.embedding.filter(|_| !args.no_embedding);
    options.word_odds = options.word_odds.filter(|_| !args.no_word_odds);
    if let (Some(embedding), Some(rows)) = (&mut options.embedding, args.embedding_rows) {
        embedding.rows = rows;
    }
    options
}

fn rows(text: &str) -> Result<usize, String> {
    let rows = text.parse::<usize>().ok().filter(|rows| rows.is_power_of_two() && (1 << 8..=1 << 20).contains(rows));
    rows.ok_or_else(|| "not a power of two from 256 to 1048576".to_owned())
}

fn list_weight(text: &str) -> Result<(String, f64), String> {
    let parts = text.rsplit_once('=').and_then(|(list, weight)| Some((list.to_owned(), weight.parse::<f64>().ok()?)));
    let parts = parts.filter(|(_, weight)| *weight > 0.0 && weight.is_finite());
    parts.ok_or_else(|| "not the name of a list, =, and a number over 0".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "not a number from 0 to 1".to_owned())
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The command without folders, since those differ from machine to machine, and without what changes nothing.
fn command(args: &Args) -> String {
    let file = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let default = TrainOptions::of(args.kind);
    let mut parts = vec![format!("cognate train names --kind {}", args.kind)];
    for (flag, paths) in [("--aliases", &args.aliases), ("--pairs", &args.pairs), ("--words", &args.words)] {
        parts.extend(paths.iter().map(|path| format!("{flag} {}", file(path))));
    }
    parts.extend(args.list_weights.iter().map(|(list, weight)| format!("--list-weight {list}={weight}")));
    parts.push(format!("--least-count {}", args.least_count));
    let said = [
        (args.no_embedding, "--no-embedding".to_owned()),
        (args.no_word_odds, "--no-word-odds".to_owned()),
        (args.embedding_rows.is_some(), format!("--embedding-rows {}", args.embedding_rows.unwrap_or_default())),
        (args.hard_share != default.hard_share, format!("--hard-share {}", args.hard_share)),
        (args.seed != default.seed, format!("--seed {}", args.seed)),
    ];
    parts.extend(said.into_iter().filter(|(is_said, _)| *is_said).map(|(_, part)| part));
    parts.join(" ")
}
