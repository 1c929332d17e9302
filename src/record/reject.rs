//! Rows that could not become records: where they stand and what is wrong with them.

use crate::error::Place;
use std::fmt;

/// A row that was left out, with its place and the reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Reject {
    /// The file and the line on which the row begins (for Parquet the row, counting from 1).
    pub place: Place,
    /// What is wrong with it.
    pub reason: RejectReason,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

/// Why a row was left out. New reasons may be added, so a `match` needs a wildcard arm.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RejectReason {
    /// Not UTF-8.
    #[error("not UTF-8 (byte {byte} of the text); convert the file to UTF-8")]
    InvalidUtf8 {
        /// The first bad byte, counting from 0 at the beginning of the uncompressed file; for Parquet, of the value.
        byte: u64,
    },
    /// A NUL character, plain or as an escape in JSON.
    #[error("a NUL character (byte {byte} of the text)")]
    Nul {
        /// Where, counted as for `InvalidUtf8`.
        byte: u64,
    },
    /// One field's value is longer than the limit.
    #[error("a value of {bytes} bytes, more than the {limit} allowed")]
    FieldTooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The whole row is longer than the limit.
    #[error("a row of more than {limit} bytes; is a quote left open?")]
    RecordTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A quoted value that does not end.
    #[error("a quote is opened and never closed")]
    UnclosedQuote,
    /// Not as many values as the header has columns.
    #[error("{found} values, but the header has {expected} columns")]
    WrongFieldCount {
        /// The header's columns.
        expected: usize,
        /// The row's values.
        found: usize,
    },
    /// More fields than the limit.
    #[error("{found} fields, more than the {limit} allowed")]
    TooManyFields {
        /// The row's fields.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// JSON nested more deeply than the limit.
    #[error("nested more than {limit} levels deep")]
    TooDeep {
        /// The limit; the record itself is level 1.
        limit: usize,
    },
    /// Not JSON.
    #[error("not JSON: {reason} (column {column})")]
    BadJson {
        /// What the parser says.
        reason: String,
        /// The byte of the line, counting from 1.
        column: usize,
    },
    /// JSON, but not an object.
    #[error("JSON, but not an object")]
    NotAnObject,
    /// No id, or an empty one.
    #[error("no id")]
    MissingId,
    /// An id that is neither text nor a whole number.
    #[error("the id is {found}; it must be text or a whole number of 64 bits")]
    BadId {
        /// What it is instead.
        found: &'static str,
    },
    /// An id longer than the limit.
    #[error("an id of {bytes} bytes, more than the {limit} allowed")]
    IdTooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// An earlier row has the same id.
    #[error("the id stands already on line {first_line}")]
    DuplicateId {
        /// The line of the first row with this id, which was kept.
        first_line: u64,
    },
    /// A row of alias evidence without a name.
    #[error("no name in {column:?}")]
    MissingName {
        /// The column of names.
        column: String,
    },
    /// A row of alias evidence without a source.
    #[error("no source in {column:?}")]
    MissingSource {
        /// The column of sources.
        column: String,
    },
    /// A count that does not count.
    #[error("the count in {column:?} is {found:?}; it must be a whole number from 1 to {limit}")]
    BadCount {
        /// The column of counts.
        column: String,
        /// What it is instead.
        found: String,
        /// The largest count.
        limit: u32,
    },
    /// A pair that names a record that is not there.
    #[error("the {side} table has no row with the id {id:?}")]
    UnknownId {
        /// `left` or `right`.
        side: &'static str,
        /// The id.
        id: String,
    },
}
