//! Records: what came in, one JSON object each, with an id; and the tables they come in and go out by.
//!
//! A table is a file of CSV, TSV, JSON lines or Parquet ([`Format`]); the text formats may be compressed with gzip or
//! zstd. Reading is a stream: [`read`] gives a [`Reader`], which yields a [`Row`] for every row of the file, either a
//! [`Record`] or a [`Reject`] that says where the row stands and what is wrong with it. One bad row never stops the
//! stream; only a file that cannot be read as a whole is an error. [`read_all`] adds what concerns all rows together:
//! ids that come twice, and the number of rejects that is still bearable.
//!
//! Writing goes through a [`TableWriter`], whose bytes depend on nothing but what was written. A file takes the place
//! of an older one only when it is complete ([`Output`]).
//!
//! **Invariant:** what leaves this module is valid UTF-8 without NUL, within [`Limits`](crate::config::Limits), and its
//! id is not empty.

mod delimited;
mod format;
mod input;
mod json_lines;
mod json_scan;
mod npy;
mod output;
mod parquet_rows;
mod parquet_table;
mod read;
mod reject;
mod table;
mod write;

pub use format::{Compression, Format};
pub use npy::NpyWriter;
pub use output::{Destination, Output};
pub use read::{IdFrom, ReadOptions, Reader, Row, can_be_read_again, read};
pub use reject::{Reject, RejectReason};
pub use table::{Tally, read_all};
pub use write::{Cell, Column, ColumnType, TableWriter};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::io::{self, Write};

/// The id of a record within its table or dataset: any text that is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(Box<str>);

impl RecordId {
    /// An id from its text.
    pub fn new(text: impl Into<Box<str>>) -> RecordId {
        RecordId(text.into())
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The fields of a record, in the order in which they came.
pub type Fields = Map<String, Value>;

/// A record: an id and a JSON object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The id.
    pub id: RecordId,
    /// The fields by name.
    pub fields: Fields,
}

impl Record {
    /// Writes the record as one JSON line, which [`read`] takes back with `IdFrom::Column(id_field)`.
    ///
    /// The id comes first, under the name `id_field`, unless the fields hold that name already; `None` writes the
    /// fields alone.
    ///
    /// # Errors
    /// What `out` says.
    ///
    /// ```
    /// use cognate::record::{Record, RecordId};
    /// let fields = serde_json::from_str(r#"{"name": "Acme", "since": 1949}"#).unwrap();
    /// let mut line = Vec::new();
    /// Record { id: RecordId::new("7"), fields }.write_json_line(Some("id"), &mut line).unwrap();
    /// assert_eq!(line, b"{\"id\":\"7\",\"name\":\"Acme\",\"since\":1949}\n");
    /// ```
    pub fn write_json_line(&self, id_field: Option<&str>, out: &mut impl Write) -> io::Result<()> {
        match id_field.filter(|name| !self.fields.contains_key(*name)) {
            Some(name) => {
                let mut whole = Fields::with_capacity(self.fields.len() + 1);
                whole.insert(name.to_owned(), Value::String(self.id.as_str().to_owned()));
                whole.extend(self.fields.clone());
                serde_json::to_writer(&mut *out, &whole)?;
            }
            None => serde_json::to_writer(&mut *out, &self.fields)?,
        }
        out.write_all(b"\n")
    }
}
