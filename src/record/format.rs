//! The formats of tables and how they are told from a file's name.

use crate::error::{Error, Result};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// The format of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Comma-separated values with a header line. Read also with `;`, tab or `|` when the header holds no comma.
    Csv,
    /// Tab-separated values with a header line, quoted like CSV.
    Tsv,
    /// One JSON object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// All formats, in the order in which they are documented.
    pub const ALL: [Format; 4] = [Format::Csv, Format::Tsv, Format::JsonLines, Format::Parquet];

    /// The format's name as it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::JsonLines => "jsonl",
            Format::Parquet => "parquet",
        }
    }

    /// The format that a file's ending tells, below an ending of compression: `.csv`, `.tsv` or `.tab`, `.jsonl`,
    /// `.ndjson` or `.json`, `.parquet` or `.pq`, in any case. Standard input and output, written `-`, are CSV.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for any other ending.
    ///
    /// ```
    /// use cognate::record::Format;
    /// assert_eq!(Format::of("people.CSV.gz".as_ref())?, Format::Csv);
    /// assert_eq!(Format::of("people.ndjson".as_ref())?, Format::JsonLines);
    /// assert!(Format::of("people.xlsx".as_ref()).is_err());
    /// # Ok::<(), cognate::error::Error>(())
    /// ```
    pub fn of(path: &Path) -> Result<Format> {
        if path.as_os_str() == "-" {
            return Ok(Format::Csv);
        }
        let inner = match Compression::of(path) {
            Compression::None => path.to_path_buf(),
            Compression::Gzip | Compression::Zstd => path.with_extension(""),
        };
        match ending(&inner).as_str() {
            "csv" => Ok(Format::Csv),
            "tsv" | "tab" => Ok(Format::Tsv),
            "jsonl" | "ndjson" | "json" => Ok(Format::JsonLines),
            "parquet" | "pq" => Ok(Format::Parquet),
            _ => Err(Error::usage(format!(
                "{}: no format for this ending; name the file .csv, .tsv, .jsonl or .parquet (the first three also with .gz or .zst), or state the format",
                path.display()
            ))),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Format> {
        Format::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| Error::usage(format!("no format {text:?}; the formats are: csv, tsv, jsonl, parquet")))
    }
}

/// The compression around a text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not compressed.
    None,
    /// gzip, of one member or several.
    Gzip,
    /// Zstandard, of one frame or several.
    Zstd,
}

impl Compression {
    /// The compression that a file's ending tells: `.gz`, `.zst` or neither.
    pub fn of(path: &Path) -> Compression {
        match ending(path).as_str() {
            "gz" => Compression::Gzip,
            "zst" => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// The compression that the first bytes of a file tell.
    pub(super) fn of_bytes(first: &[u8]) -> Compression {
        match first {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}
