//! `cognate alias show`: what is known of a name, why it is (not) joined to another, and a drawing of what is around it.

use super::{terminal, values};
use crate::alias::{AliasGraph, AliasTable, Reading};
use crate::error::{Error, Result, exit};
use crate::pipeline::aliases::directory::directory_graph;
use crate::pipeline::aliases::neighbourhood::{neighbourhood, shortest_way};
use crate::pipeline::aliases::show::{join, nearest, show};
use crate::pipeline::aliases::table::{evidence_graph, open_kept};
use crate::record::{Destination, Output, ReadOptions};
use crate::report::alias_drawing::{dot, html};
use crate::report::aliases as report;
use crate::report::summary::tally_text;
use crate::store::Store;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Nodes of a drawing.
const NODES: usize = 60;

/// Names that are suggested in the place of one that is not known.
const SUGGESTED: usize = 5;

/// Show a name's aliases and the evidence for them
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The name
    #[arg(value_name = "NAME")]
    name: String,
    /// The store's folder
    #[arg(long, value_name = "DIR", required_unless_present = "aliases")]
    store: Option<PathBuf>,
    /// A directory in the place of a store: JSON lines of ids with their names
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    aliases: Option<PathBuf>,
    /// How the directory is read; a store's table has its own reading
    #[arg(long, value_name = "READING", value_parser = values::reading(), default_value = "walk", conflicts_with = "store")]
    reading: Reading,
    /// Tell why the name is or is not joined to this one
    #[arg(long, value_name = "OTHER")]
    with: Option<String>,
    /// Show at most K aliases
    #[arg(long, value_name = "K", default_value = "10", value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// Draw what is around the name, in Graphviz's language
    #[arg(long, group = "form")]
    dot: bool,
    /// Draw what is around the name, as one page of HTML
    #[arg(long, group = "form")]
    html: bool,
    /// Print one JSON object
    #[arg(long, group = "form")]
    json: bool,
    /// Write here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    let (graph, table) = opened(args)?;
    let mut names = Vec::new();
    for name in std::iter::once(&args.name).chain(&args.with) {
        let Some(found) = graph.find(name) else { return unknown(args, &graph, name) };
        names.push(found);
    }
    let reading = table.reading();
    let (text, json) = match names.as_slice() {
        &[left, right] => {
            let joined = join(&graph, &table, left, right);
            (report::joined_text(&joined, reading), report::joined_json(&joined, reading))
        }
        _ => {
            let shown = show(&graph, &table, names.first().copied().unwrap_or_default(), args.top.into());
            (report::shown_text(&shown), report::shown_json(&shown, reading))
        }
    };
    let drawn = |draw: &dyn Fn(&_) -> String| {
        let way = match names.as_slice() {
            &[left, right] => shortest_way(&graph, left, right).unwrap_or_default(),
            _ => Vec::new(),
        };
        draw(&neighbourhood(&graph, &names, &way, NODES))
    };
    let content = if args.json {
        format!("{json}\n")
    } else if args.dot {
        drawn(&|around| dot(&graph, around))
    } else if args.html {
        drawn(&|around| html(&graph, around, &text))
    } else {
        text
    };
    write(args, &content)?;
    Ok(exit::FOUND)
}

/// The evidence and the table: those of the store, or of a directory.
fn opened(args: &Args) -> Result<(AliasGraph, AliasTable)> {
    match (&args.store, &args.aliases) {
        (Some(dir), _) => from_store(dir),
        (None, Some(file)) => {
            let (graph, tally) = directory_graph(file, &ReadOptions::default())?;
            if tally.rejected > 0 {
                terminal::note(tally_text(file, &tally).trim_end());
            }
            let table = AliasTable::build(&graph, args.reading);
            Ok((graph, table))
        }
        (None, None) => Err(Error::usage("name a --store or a file of --aliases")),
    }
}

fn from_store(dir: &Path) -> Result<(AliasGraph, AliasTable)> {
    let kept = open_kept(dir)?;
    let store = Store::open(dir)?;
    if kept.meta.is_stale(dir)? {
        terminal::note("the evidence has changed since the table was built; cognate alias build renews it");
    }
    Ok((evidence_graph(&store, &kept.options())?, kept.table))
}

fn unknown(args: &Args, graph: &AliasGraph, name: &str) -> Result<u8> {
    let near = nearest(graph, name, SUGGESTED);
    if args.json {
        write(args, &format!("{}\n", report::unknown_json(name, &near)))?;
    } else {
        terminal::note(report::unknown_text(name, &near).trim_end());
    }
    Ok(exit::NOTHING)
}

fn write(args: &Args, content: &str) -> Result<()> {
    let Some(path) = args.output.clone() else { return terminal::print(content) };
    let mut output = Output::create(Destination::File(path.clone()))?;
    output.write_all(content.as_bytes()).map_err(|error| Error::io(&path, error))?;
    output.finish()
}
