//! `cognate train names`: a model from names that are known to mean the same, or not.

use super::terminal;
use super::train::write_model;
use crate::compare::COMPARISONS;
use crate::config::Kind;
use crate::error::{Error, Place, Result, exit};
use crate::model::contrast::ContrastOptions;
use crate::model::word_odds::WordOddsOptions;
use crate::pipeline::table::columns;
use crate::pipeline::train::{Content, Named, TrainOptions, TrainingList, count_words, train};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cognate train names --aliases firms.csv --aliases banks.csv -o names.json
  cognate link left.csv right.csv --on name --model names.json

Each alias list is a task of its own: names of one entity are matches, names of others that look alike are not. \
Each list counts about the same, however long it is.";

/// Train a model of names from alias lists or labelled pairs
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Names with their entities: columns entity_id and name; may be given several times
    #[arg(long, value_name = "FILE")]
    aliases: Vec<PathBuf>,
    /// Labelled pairs: columns left, right and label (1 for a match, 0 for none); may be given several times
    #[arg(long, value_name = "FILE")]
    pairs: Vec<PathBuf>,
    /// Names to count words in, beside those of the lists: column name
    #[arg(long, value_name = "FILE")]
    words: Vec<PathBuf>,
    /// Words of fewer names than this are left out of the model
    #[arg(long, value_name = "N", default_value_t = 25)]
    least_count: u32,
    /// What the model is for
    #[arg(long, value_name = "KIND", default_value_t = Kind::Organization)]
    kind: Kind,
    /// Two comparisons whose combinations get weights of their own, such as shared_rarity*unshared_more
    #[arg(long = "interaction", value_name = "A*B")]
    interactions: Vec<String>,
    /// The ridge penalty
    #[arg(long, value_name = "X", default_value_t = 2.0)]
    ridge: f64,
    /// Learn a name embedding, too, from the alias lists
    #[arg(long)]
    embedding: bool,
    /// Learn what common words say beyond their rarity
    #[arg(long)]
    word_odds: bool,
    /// The model's file
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    let mut lists = Vec::new();
    for path in &args.aliases {
        let rows = columns(path, ["entity_id", "name"])?;
        let names = rows.into_iter().map(|[entity, name]| Named { entity, name }).collect();
        lists.push(TrainingList { name: stem(path), content: Content::Aliases(names) });
    }
    for path in &args.pairs {
        let rows = columns(path, ["left", "right", "label"])?;
        let pairs = (1..).zip(rows).map(|(row, [left, right, label])| Ok((left, right, is_match(path, row, &label)?)));
        let pairs = pairs.collect::<Result<_>>()?;
        lists.push(TrainingList { name: stem(path), content: Content::Pairs(pairs) });
    }
    if lists.is_empty() {
        return Err(Error::usage("nothing to train on: give --aliases or --pairs"));
    }
    let mut names: Vec<String> = Vec::new();
    for path in &args.words {
        names.extend(columns(path, ["name"])?.into_iter().map(|[name]| name));
    }
    let listed = lists.iter().flat_map(|list| match &list.content {
        Content::Aliases(names) => names.iter().map(|named| named.name.as_str()).collect::<Vec<_>>(),
        Content::Pairs(pairs) => pairs.iter().flat_map(|(left, right, _)| [left.as_str(), right]).collect(),
    });
    let words = count_words(names.iter().map(String::as_str).chain(listed), args.least_count);
    let mut options = TrainOptions { command: command(args), ..TrainOptions::default() };
    options.fit.ridge = args.ridge;
    options.fit.interactions = args.interactions.iter().map(|pair| interaction(pair)).collect::<Result<_>>()?;
    options.embedding = args.embedding.then(ContrastOptions::default);
    options.word_odds = args.word_odds.then(WordOddsOptions::default);
    let bar = terminal::progress(true, "training");
    let model = train(args.kind, &lists, words, &options, &|_, done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    write_model(&model, &args.output)?;
    for set in &model.file().training.sets {
        terminal::note(&format!("{}: {} pairs, {} matches", set.name, set.pairs, set.matches));
    }
    terminal::note(&format!("model {} in {}", model.digest(), args.output.display()));
    Ok(exit::FOUND)
}

fn is_match(path: &Path, row: u64, label: &str) -> Result<bool> {
    match label.trim() {
        "1" => Ok(true),
        "0" => Ok(false),
        other => {
            let reason = format!("label {other:?} in row {row} is neither 1 (a match) nor 0 (none)");
            Err(Error::input(Place::file(path).field("label"), reason))
        }
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn interaction(pair: &str) -> Result<(String, String)> {
    let known = |name: &str| COMPARISONS.iter().any(|comparison| comparison.name == name);
    match pair.split_once('*') {
        Some((first, second)) if known(first) && known(second) => Ok((first.to_owned(), second.to_owned())),
        _ => {
            let names = COMPARISONS.map(|comparison| comparison.name).join(", ");
            Err(Error::usage(format!("{pair:?} is not two comparisons joined by *; the comparisons are: {names}")))
        }
    }
}

/// The command without paths, since those differ from machine to machine.
fn command(args: &Args) -> String {
    let file = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut parts = vec![format!("cognate train names --kind {}", args.kind)];
    for (flag, paths) in [("--aliases", &args.aliases), ("--pairs", &args.pairs), ("--words", &args.words)] {
        parts.extend(paths.iter().map(|path| format!("{flag} {}", file(path))));
    }
    parts.extend(args.interactions.iter().map(|pair| format!("--interaction '{pair}'")));
    parts.push(format!("--ridge {} --least-count {}", args.ridge, args.least_count));
    parts.join(" ")
}
