//! The command line: one file per verb, arguments in, printing out.
//!
//! Every verb has its arguments twice: *as typed* (an `Args` that clap fills) and *as checked* (what the library takes).
//! What stands between them is the only logic here. Data goes to standard output or `-o`, everything else to standard
//! error; a reader that goes away (`cognate … | head`) is no failure.

mod alias;
mod alias_show;
mod alias_source;
mod bench;
mod bench_mbat;
mod columns;
mod completions;
mod encode;
mod eval;
mod explain;
mod given;
mod import;
mod index;
mod link;
mod lookup;
mod lookup_record;
mod model;
mod prompt;
mod score;
mod sides;
mod store;
mod terminal;
mod train;
mod train_aliases;
mod train_names;
mod values;

use crate::error::{Result, exit};
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// The arguments of the program, as typed.
#[derive(Debug, Parser)]
#[command(name = "cognate", version, about = ABOUT, after_help = EXAMPLES, max_term_width = 100)]
struct Cognate {
    #[command(subcommand)]
    verb: Verb,
}

const ABOUT: &str = "\
Find the records that descend from the same thing.

Two tables rarely spell names alike: \"Procter & Gamble Co.\" here, \"Procter and Gamble\" there.
Cognate finds the rows that mean the same, says how sure it is, and explains why.";

const EXAMPLES: &str = "\
Examples:
  cognate link customers.csv vendors.csv --on name           which rows of two tables are the same?
  cognate import firms.csv --store firms --dataset crm       keep a table in an indexed store
  cognate lookup 'Acme Ltd' --store firms                    which record is meant by a name?
  cognate lookup --like 7 --store firms                      which records are like one?
  cognate explain 'Acme Ltd' 'ACME Limited'                  why are two names (not) the same?
  cognate alias show 'Fannie Mae' --store firms              which other names has it?
  cognate eval --predicted links.csv --truth truth.csv       how good are the links?
  cognate train --left a.csv --right b.csv --pairs p.csv -o m.json    learn from labelled pairs
  cognate score --model m.json --left a.csv --right b.csv --pairs q.csv   judge given pairs
  cognate encode names firms.csv -o vectors.npy              learned vectors of names

Exit codes:
  0 found   1 nothing found   2 wrong usage or input   3 too many rejected rows
  4 damaged or of another version   5 store in use   7 the system refused to read or write

`cognate VERB --help` tells more about a verb.";

#[derive(Debug, Subcommand)]
enum Verb {
    Link(Box<link::Args>),
    Import(Box<import::Args>),
    Index(index::Args),
    Lookup(lookup::Args),
    Store(store::Args),
    Alias(Box<alias::Args>),
    Explain(Box<explain::Args>),
    Eval(eval::Args),
    Train(Box<train::Args>),
    Score(Box<score::Args>),
    Model(model::Args),
    Encode(encode::Args),
    Bench(bench::Args),
    Completions(completions::Args),
}

impl Verb {
    /// Does what was asked for; the exit code says whether something was found.
    fn run(self) -> Result<u8> {
        match self {
            Verb::Link(args) => link::run(*args),
            Verb::Import(args) => import::run(&args),
            Verb::Index(args) => index::run(&args),
            Verb::Lookup(args) => lookup::run(&args),
            Verb::Store(args) => store::run(&args),
            Verb::Alias(args) => alias::run(&args),
            Verb::Explain(args) => explain::run(*args),
            Verb::Eval(args) => eval::run(&args),
            Verb::Train(args) => train::run(&args),
            Verb::Score(args) => score::run(&args),
            Verb::Model(args) => model::run(&args),
            Verb::Encode(args) => encode::run(&args),
            Verb::Bench(args) => bench::run(&args),
            Verb::Completions(args) => completions::run(&args),
        }
    }
}

/// Runs the program: parses the arguments, does the verb, prints an error as one line.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let outcome = match Cognate::try_parse_from(arguments) {
        Ok(typed) => typed.verb.run(),
        Err(error) => return not_understood(&error),
    };
    match outcome {
        Ok(code) => code.into(),
        Err(error) if error.is_broken_pipe() => exit::FOUND.into(),
        Err(error) => {
            terminal::note(&format!("cognate: {error}"));
            error.exit_code().into()
        }
    }
}

/// The description of all arguments, for completions.
fn command() -> clap::Command {
    Cognate::command()
}

/// Help goes out as it is; clap's errors, which take many lines, are folded into one.
fn not_understood(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    match error.kind() {
        DisplayHelp | DisplayVersion => match terminal::print(&error.render().to_string()) {
            Err(error) if !error.is_broken_pipe() => error.exit_code().into(),
            _ => exit::FOUND.into(),
        },
        DisplayHelpOnMissingArgumentOrSubcommand => {
            terminal::note(error.render().to_string().trim_end());
            exit::USAGE.into()
        }
        _ => {
            terminal::note(&format!("cognate: {}", folded(&error.render().to_string())));
            exit::USAGE.into()
        }
    }
}

/// What is wrong and clap's tip, without the usage lines that stand between and after them.
fn folded(rendered: &str) -> String {
    let mut parts = Vec::new();
    for (number, paragraph) in rendered.split("\n\n").enumerate() {
        let line = paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        if number == 0 || line.starts_with("tip: a similar") || line.starts_with("tip: some similar") {
            parts.push(line.trim_start_matches("error: ").to_owned());
        }
    }
    parts.push("see --help".to_owned());
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        command().debug_assert();
    }

    #[test]
    fn errors_of_usage_are_one_line() {
        let error = Cognate::try_parse_from(["cognate", "link", "a.csv", "--frobnicate"]).unwrap_err();
        assert_eq!(not_understood(&error), ExitCode::from(exit::USAGE));
        let line = folded(&error.render().to_string());
        assert!(line.starts_with("unexpected argument '--frobnicate' found") && !line.contains('\n'), "{line}");
        let error = Cognate::try_parse_from(["cognate", "link"]).unwrap_err();
        let line = folded(&error.render().to_string());
        assert_eq!(line, "the following required arguments were not provided: <LEFT> <RIGHT>; see --help");
    }
}
