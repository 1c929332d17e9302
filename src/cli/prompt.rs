//! Asking one name after the other: at a terminal with history and completion, else line by line from standard input.

use super::terminal;
use crate::compare::{Preparer, Rarity};
use crate::error::{Error, Place, Result, exit};
use crate::index::Scratch;
use crate::pipeline::explain::explain_hit;
use crate::pipeline::lookup::{Hit, Lookup};
use crate::pipeline::queries::Wanted;
use crate::report::hits::{hits_json, hits_text, why_text};
use crate::report::waterfall::{Drawing, waterfall};
use crate::text;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Context, Editor, Helper, Highlighter, Hinter, Validator};
use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

const HELP: &str = "\
Type a name to find the records that it could mean; Tab completes names.
  :why N   explain hit N of the last name      :top K   show at most K hits
  :help    show this                           :quit    leave (or Ctrl-D)
";

/// Names that Tab offers.
const OFFERED: usize = 12;

/// How to answer.
pub(super) struct Settings {
    pub(super) wanted: Wanted,
    pub(super) why: bool,
    pub(super) json: bool,
    pub(super) drawing: Drawing,
    pub(super) history: PathBuf,
}

/// Answers until the input ends; the exit code says whether anything was found.
pub(super) fn converse(lookup: &Lookup, settings: Settings) -> Result<u8> {
    let history = settings.history.clone();
    let mut session = Session { lookup, settings, last: None, scratch: Scratch::default(), has_found: false };
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
    last: Option<(String, Vec<Hit>)>,
    scratch: Scratch,
    has_found: bool,
}

impl Session<'_> {
    /// The answer to a line; `None` ends the conversation.
    fn answer(&mut self, line: &str) -> Option<String> {
        let line = line.trim();
        let Some(command) = line.strip_prefix(':') else {
            return Some(if line.is_empty() { String::new() } else { self.look_up(line) });
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
        let hits = self.settings.wanted.hits(self.lookup, name, &mut self.scratch);
        self.has_found |= !hits.is_empty();
        let answer = if self.settings.json {
            format!("{}\n", hits_json(self.lookup, name, &hits, self.settings.why))
        } else if hits.is_empty() {
            "nothing found\n".to_owned()
        } else if self.settings.why {
            why_text(self.lookup, name, &hits, self.settings.drawing)
        } else {
            hits_text(&hits)
        };
        self.last = Some((name.to_owned(), hits));
        answer
    }

    fn why(&self, argument: &str) -> String {
        let Some((name, hits)) = &self.last else { return "ask for a name first\n".to_owned() };
        let rank = if argument.is_empty() { Some(1) } else { argument.parse::<usize>().ok() };
        match rank.and_then(|rank| rank.checked_sub(1)).and_then(|place| hits.get(place)) {
            Some(hit) => waterfall(&explain_hit(self.lookup, name, hit), self.settings.drawing),
            None => format!("no hit {argument}; the last name has {}\n", hits.len()),
        }
    }

    fn set_top(&mut self, argument: &str) -> String {
        match argument.parse::<u16>() {
            Ok(top) if top > 0 => {
                self.settings.wanted.top = top.into();
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
