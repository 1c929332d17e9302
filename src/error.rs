//! What can go wrong, where, and the way out.
//!
//! **Invariant:** no other module prints an error or ends the process; every failure reaches the caller as one [`Error`]
//! whose message is one line: what is wrong, where, and what to do about it.

use std::cell::Cell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Once;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where in the input something was found: any part may be unknown.
///
/// ```
/// use cognate::error::Place;
/// let place = Place::file("a.csv").line(7).field("name");
/// assert_eq!(place.to_string(), "a.csv, line 7, field \"name\"");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user named it.
    pub file: Option<PathBuf>,
    /// The line, counting from 1 and counting the header (for JSON lines and CSV; the row for Parquet).
    pub line: Option<u64>,
    /// The field or column.
    pub field: Option<String>,
    /// The record's id.
    pub record: Option<String>,
}

impl Place {
    /// A place known only by its file.
    pub fn file(file: impl AsRef<Path>) -> Place {
        Place { file: Some(file.as_ref().to_path_buf()), ..Place::default() }
    }

    /// The same place with its line.
    #[must_use]
    pub fn line(mut self, line: u64) -> Place {
        self.line = Some(line);
        self
    }

    /// The same place with its field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Place {
        self.field = Some(field.into());
        self
    }

    /// The same place with its record's id.
    #[must_use]
    pub fn record(mut self, record: impl Into<String>) -> Place {
        self.record = Some(record.into());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.file.as_ref().map(|file| file.display().to_string()),
            self.line.map(|line| format!("line {line}")),
            self.record.as_ref().map(|record| format!("record {record:?}")),
            self.field.as_ref().map(|field| format!("field {field:?}")),
        ];
        let known: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(if known.is_empty() { "input" } else { "" })?;
        f.write_str(&known.join(", "))
    }
}

/// An error of cognate: a boxed [`ErrorKind`], so that a `Result` stays as small as a pointer.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Box<ErrorKind>);

/// The kinds of errors. New kinds may be added, so a `match` needs a wildcard arm.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The arguments or options contradict each other or have no meaning.
    #[error("{0}")]
    Usage(String),
    /// A configuration or model file is not what it should be.
    #[error("{place}: {reason}")]
    Config {
        /// Where.
        place: Place,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// A column or field that was asked for does not exist.
    #[error("{}: no column {column:?}; the columns are: {}", file.display(), available.join(", "))]
    MissingColumn {
        /// The file.
        file: PathBuf,
        /// The column that was asked for.
        column: String,
        /// The columns that exist.
        available: Vec<String>,
    },
    /// The input as a whole cannot be read (a single bad row is a reject, not an error).
    #[error("{place}: {reason}")]
    Input {
        /// Where.
        place: Place,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// More rows were rejected than the limit allows.
    #[error(
        "{rejected} rows rejected, more than the limit of {limit}; first: {first}; raise --max-rejects to go on without them"
    )]
    TooManyRejects {
        /// How many so far.
        rejected: u64,
        /// How many were allowed.
        limit: u64,
        /// The first one, with its place and reason.
        first: String,
    },
    /// The system refused to read or write.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A store or a derived file is damaged.
    #[error("{}: damaged: {reason}", path.display())]
    Corrupt {
        /// The file or folder.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A store or model was written by another version.
    #[error("{}: format {found}, but this program reads {supported}; {advice}", path.display())]
    Version {
        /// The file or folder.
        path: PathBuf,
        /// The format that was found.
        found: String,
        /// The formats that can be read.
        supported: String,
        /// What to do.
        advice: String,
    },
    /// Another process has the store open.
    #[error("{}: the store is in use by another process; wait for it, or give another --store", path.display())]
    Busy {
        /// The store's folder.
        path: PathBuf,
    },
    /// Something that was named does not exist (a dataset, a record, a model).
    #[error("{0}")]
    NotFound(String),
}

impl Error {
    /// The kind, to match on.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// An error of usage.
    pub fn usage(reason: impl Into<String>) -> Error {
        ErrorKind::Usage(reason.into()).into()
    }

    /// An error in the input at a place.
    pub fn input(place: Place, reason: impl Into<String>) -> Error {
        ErrorKind::Input { place, reason: reason.into() }.into()
    }

    /// An error in a configuration or model file.
    pub fn config(place: Place, reason: impl Into<String>) -> Error {
        ErrorKind::Config { place, reason: reason.into() }.into()
    }

    /// An error of the system at a path.
    pub fn io(path: impl AsRef<Path>, source: std::io::Error) -> Error {
        ErrorKind::Io { path: path.as_ref().to_path_buf(), source }.into()
    }

    /// Damage found in a file or store.
    pub fn corrupt(path: impl AsRef<Path>, reason: impl Into<String>) -> Error {
        ErrorKind::Corrupt { path: path.as_ref().to_path_buf(), reason: reason.into() }.into()
    }

    /// Whether the reader of our output went away, which is no failure (`cognate … | head`).
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self.kind(), ErrorKind::Io { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// The exit code of the command-line program for this error: see [`exit`].
    pub fn exit_code(&self) -> u8 {
        match self.kind() {
            ErrorKind::TooManyRejects { .. } => exit::REJECTED,
            ErrorKind::Corrupt { .. } | ErrorKind::Version { .. } => exit::CORRUPT,
            ErrorKind::Busy { .. } => exit::BUSY,
            ErrorKind::Io { .. } => exit::IO,
            _ => exit::USAGE,
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Error {
        Error(Box::new(kind))
    }
}

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs code of a dependency that may panic on damaged data, and turns the panic into its message.
///
/// The first call wraps the process's panic hook, so that a panic caught here prints nothing; all others print as before.
/// Whatever `work` was using must not be used again after a panic.
pub(crate) fn contained<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CONTAINED.get() {
                usual(info);
            }
        }));
    });
    let outer = CONTAINED.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(outer);
    outcome.map_err(|payload| match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => {
            payload.downcast_ref::<&str>().map_or("a panic without a message", |message| message).to_owned()
        }
    })
}

/// The exit codes of the command-line program; they never change their meaning.
pub mod exit {
    /// Done, and something was found.
    pub const FOUND: u8 = 0;
    /// Done, and nothing was found (no link, no hit).
    pub const NOTHING: u8 = 1;
    /// Wrong usage, configuration or input.
    pub const USAGE: u8 = 2;
    /// More rows rejected than allowed.
    pub const REJECTED: u8 = 3;
    /// A store or file is damaged or of another version.
    pub const CORRUPT: u8 = 4;
    /// The store is in use by another process.
    pub const BUSY: u8 = 5;
    /// The system refused to read or write.
    pub const IO: u8 = 7;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_place_is_still_a_word() {
        assert_eq!(Place::default().to_string(), "input");
    }

    #[test]
    fn a_missing_column_names_those_that_exist() {
        let error: Error = ErrorKind::MissingColumn {
            file: "a.csv".into(),
            column: "nmae".into(),
            available: vec!["id".into(), "name".into()],
        }
        .into();
        assert_eq!(error.to_string(), "a.csv: no column \"nmae\"; the columns are: id, name");
        assert_eq!(error.exit_code(), exit::USAGE);
    }

    #[test]
    fn a_contained_panic_becomes_its_message() {
        assert_eq!(contained(|| 7), Ok(7));
        assert_eq!(contained(|| -> u8 { panic!("page {}", 7) }), Err("page 7".to_owned()));
        assert_eq!(contained(|| -> u8 { panic!("bad page") }), Err("bad page".to_owned()));
    }

    #[test]
    fn a_broken_pipe_is_known_as_such() {
        let error = Error::io("-", std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert!(error.is_broken_pipe());
        assert_eq!(error.exit_code(), exit::IO);
    }
}
