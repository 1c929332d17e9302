//! Asking one name or record after the other: at a terminal with history and completion, else line by line from standard input.

use super::lookup::is_record;
use super::lookup_record::{self, Told};
use super::terminal;
use crate::compare::{Preparer, Rarity};
use crate::error::{Error, Place, Result, exit};
use crate::index::Scratch;
use crate::pipeline::explain::explain_hit;
use crate::pipeline::lookup::{Hit, Lookup};
use crate::pipeline::nearest::{Nearest, Neighbour, Question};
use crate::report::hits::{hits_json, hits_text, why_text};
use crate::report::nearest::{Why, why_one_text};
use crate::report::waterfall::{Drawing, waterfall};
use crate::text;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Context, Editor, Helper, Highlighter, Hinter, Validator};
use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

const HELP: &str = "\
Type a name to find the records that it could mean; Tab completes names. Type a record as a JSON object to find those
that are like it.
  :why N   explain hit N of the last answer    :top K   show at most K hits
  :help    show this                           :quit    leave (or Ctrl-D)
";

/// Names that Tab offers.
const OFFERED: usize = 12;

/// How to answer.
pub(super) struct Settings {
    pub(super) told: Told,
    /// Whether hits of names are explained.
    pub(super) why: bool,
    pub(super) drawing: Drawing,
    pub(super) store: PathBuf,
}

/// Answers until the input ends; the exit code says whether anything was found.
pub(super) fn converse(lookup: &Lookup, settings: Settings) -> Result<u8> {
    let history = settings.store.join("lookup_history");
    let scratch = Scratch::default();
    let mut session = Session { lookup, settings, nearest: None, last: None, scratch, has_found: false };
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        at_terminal(&mut session, history)?;
        return Ok(exit::FOUND);
    }
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let line = line.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => Error::input(Place::file("-").line(number), "not UTF-8"),
            _ => Error::io("-", error),
        })?;
        match session.answer(&line) {
            Some(answer) => terminal::print(&answer)?,
            None => break,
        }
    }
    Ok(if session.has_found { exit::FOUND } else { exit::NOTHING })
}

fn at_terminal(session: &mut Session<'_>, history: PathBuf) -> Result<()> {
    let refused = |error: ReadlineError| match error {
        ReadlineError::Io(error) => Error::io("-", error),
        other => Error::io("-", io::Error::other(other.to_string())),
    };
    let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true).build();
    let mut editor: Editor<Names<'_>, FileHistory> = Editor::with_config(config).map_err(refused)?;
    editor.set_helper(Some(Names { lookup: session.lookup }));
    // A history that is not there yet, or cannot be kept, is no reason not to answer.
    let _ = editor.load_history(&history);
    let meta = session.lookup.meta();
    terminal::note(&format!("{} names of dataset {}; :help tells more", meta.entries, meta.dataset));
    loop {
        match editor.readline("cognate> ") {
            Ok(line) => match session.answer(&line) {
                Some(answer) => terminal::print(&answer)?,
                None => break,
            },
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(refused(error)),
        }
    }
    let _ = editor.save_history(&history);
    Ok(())
}

/// A conversation: what was asked last, so that it can be asked why.
struct Session<'a> {
    lookup: &'a Lookup,
    settings: Settings,
    /// Opened when the first record is asked for.
    nearest: Option<Nearest<'a>>,
    last: Option<Last>,
    scratch: Scratch,
    has_found: bool,
}

/// What was asked last, with what was found.
enum Last {
    Name(String, Vec<Hit>),
    Record(Question, Vec<Neighbour>),
}

impl Session<'_> {
    /// The answer to a line; `None` ends the conversation.
    fn answer(&mut self, line: &str) -> Option<String> {
        let line = line.trim();
        let Some(command) = line.strip_prefix(':') else {
            return Some(match line {
                "" => String::new(),
                record if is_record(record) => self.look_up_record(record),
                name => self.look_up(name),
            });
        };
        let (verb, argument) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let argument = argument.trim();
        match verb {
            "q" | "quit" | "exit" => None,
            "h" | "help" => Some(HELP.to_owned()),
            "why" => Some(self.why(argument)),
            "top" => Some(self.set_top(argument)),
            _ => Some(format!("no command :{verb}; :help tells them\n")),
        }
    }

    fn look_up(&mut self, name: &str) -> String {
        let hits = self.settings.told.wanted.hits(self.lookup, name, &mut self.scratch);
        self.has_found |= !hits.is_empty();
        let answer = if self.settings.told.json {
            format!("{}\n", hits_json(self.lookup, name, &hits, self.settings.why))
        } else if hits.is_empty() {
            "nothing found\n".to_owned()
        } else if self.settings.why {
            why_text(self.lookup, name, &hits, self.settings.drawing)
        } else {
            hits_text(&hits)
        };
        self.last = Some(Last::Name(name.to_owned(), hits));
        answer
    }

    /// What is wrong with a record, or with the index, does not end the conversation.
    fn look_up_record(&mut self, json: &str) -> String {
        self.found_for(json).unwrap_or_else(|error| format!("{error}\n"))
    }

    fn found_for(&mut self, json: &str) -> Result<String> {
        let question = Question::from_json(json)?;
        let Settings { told, store, .. } = &self.settings;
        let nearest = match self.nearest.take() {
            Some(nearest) => nearest,
            None => lookup_record::open(store, self.lookup, told.quiet)?,
        };
        let nearest = self.nearest.insert(nearest);
        let hits = told.hits(nearest, &question, &mut self.scratch)?;
        self.has_found |= !hits.is_empty();
        let answer = match hits.is_empty() && !told.json {
            true => "nothing found\n".to_owned(),
            false => told.text(nearest, &question, &hits),
        };
        self.last = Some(Last::Record(question, hits));
        Ok(answer)
    }

    fn why(&self, argument: &str) -> String {
        let rank = if argument.is_empty() { Some(1) } else { argument.parse::<usize>().ok() };
        let place = rank.and_then(|rank| rank.checked_sub(1));
        let (explained, asked, count) = match &self.last {
            None => return "ask for a name first\n".to_owned(),
            Some(Last::Name(name, hits)) => {
                let hit = place.and_then(|place| hits.get(place));
                let explain = |hit| waterfall(&explain_hit(self.lookup, name, hit), self.settings.drawing);
                (hit.map(explain), "name", hits.len())
            }
            Some(Last::Record(question, hits)) => {
                let hit = place.and_then(|place| Some((hits.get(place)?, self.nearest.as_ref()?)));
                let why = self.settings.told.why.max(Why::Fields);
                let rank = rank.unwrap_or_default();
                (hit.map(|(hit, nearest)| why_one_text(nearest, question, hit, rank, why)), "record", hits.len())
            }
        };
        explained.unwrap_or_else(|| format!("no hit {argument}; the last {asked} has {count}\n"))
    }

    fn set_top(&mut self, argument: &str) -> String {
        match argument.parse::<u16>() {
            Ok(top) if top > 0 => {
                self.settings.told.wanted.top = top.into();
                String::new()
            }
            _ => "say how many: :top 5\n".to_owned(),
        }
    }
}

/// Completes names: those in the index that begin with what stands before the cursor.
#[derive(Helper, Hinter, Highlighter, Validator)]
struct Names<'a> {
    lookup: &'a Lookup,
}

impl Completer for Names<'_> {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = line.get(..at).unwrap_or_default();
        let index = self.lookup.index();
        let unweighted = Rarity::default();
        let Some(start) = Preparer::new(text::shipped(), &unweighted).text(typed) else { return Ok((0, Vec::new())) };
        let mut names: Vec<String> = Vec::with_capacity(OFFERED);
        for entry in index.prefix(&start.core, OFFERED) {
            let name = index.entry(entry).map(|entry| entry.name);
            // Rustyline prints what it offers as it is, and the name could steer the terminal.
            names.extend(name.filter(|name| !names.contains(name) && !name.contains(char::is_control)));
        }
        Ok((0, names))
    }
}
