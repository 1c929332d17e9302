//! Datasets: their names, their settings, and their heads, which say of what parts they consist.

use super::Digest;
use crate::config::Kind;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What the names of datasets of alias evidence begin with; the colon keeps users' names apart from them.
const EVIDENCE: &str = "alias:";

/// The longest provenance.
const PROVENANCE_BYTES: usize = 1024;

/// The name of a dataset: 1 to 64 of `a`-`z`, `0`-`9`, `_` and `-`.
///
/// ```
/// use cognate::store::DatasetName;
/// assert_eq!("crm-2024".parse::<DatasetName>()?.as_str(), "crm-2024");
/// assert!("../crm".parse::<DatasetName>().is_err());
/// # Ok::<(), cognate::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct DatasetName(String);

impl DatasetName {
    /// A name from its text.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for any other text.
    pub fn new(text: impl Into<String>) -> Result<DatasetName> {
        let text = text.into();
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        match matches!(text.len(), 1..=64) && text.bytes().all(allowed) {
            true => Ok(DatasetName(text)),
            false => Err(Error::usage(format!(
                "{text:?} cannot name a dataset; use 1 to 64 of the characters a-z, 0-9, _ and -"
            ))),
        }
    }

    /// The name of the dataset that holds the alias evidence of a provenance; no user can type it. What it looks like is
    /// for the reader of a message: the provenance in plain characters, and a part of its hash, so that no two are the
    /// same.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for a provenance that is empty or longer than 1,024 bytes.
    pub fn of_evidence(provenance: &str) -> Result<DatasetName> {
        if !matches!(provenance.len(), 1..=PROVENANCE_BYTES) {
            return Err(Error::usage(format!(
                "a provenance is a text of 1 to {PROVENANCE_BYTES} bytes; this has {}",
                provenance.len()
            )));
        }
        let plain = provenance.chars().take(32).map(|c| match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9' | '_' | '-') => c,
            _ => '_',
        });
        let digest = Digest::of_id(provenance).to_string();
        let digest = digest.get(..24).unwrap_or(&digest);
        Ok(DatasetName(format!("{EVIDENCE}{}-{digest}", plain.collect::<String>())))
    }

    /// Whether the dataset holds alias evidence, and no records.
    pub fn is_evidence(&self) -> bool {
        self.0.starts_with(EVIDENCE)
    }

    /// A name as the store has written it: a user's, or that of alias evidence.
    pub(super) fn stored(text: impl Into<String>) -> Result<DatasetName> {
        let text = text.into();
        match text.strip_prefix(EVIDENCE) {
            Some(rest) => DatasetName::new(rest).map(|_| DatasetName(text)),
            None => DatasetName::new(text),
        }
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DatasetName {
    type Err = Error;

    fn from_str(text: &str) -> Result<DatasetName> {
        DatasetName::new(text)
    }
}

impl<'de> Deserialize<'de> for DatasetName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<DatasetName, D::Error> {
        DatasetName::stored(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// How a dataset's records are to be understood. Kept with it as JSON; a field that a later version adds has a default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DatasetSettings {
    /// What the records describe.
    pub kind: Kind,
    /// The field that holds the name.
    pub name_field: String,
    /// The fields that hold other names of the same thing.
    pub alias_fields: Vec<String>,
    /// Which column of the source stands for which field: (field, column).
    pub mapping: Vec<(String, String)>,
    /// Where the evidence comes from, for a dataset that holds alias evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<String>,
}

/// What the store knows of a dataset without reading its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetInfo {
    /// Its name.
    pub name: DatasetName,
    /// How its records are to be understood.
    pub settings: DatasetSettings,
    /// Its records.
    pub rows: u64,
    /// The sum of its records' digests.
    pub digest: Digest,
    /// A number that grows with every change of the contents or settings, over all datasets of the store. What was
    /// derived from a dataset is stale when its generation is another.
    pub generation: u64,
    /// The parts it consists of.
    pub parts: usize,
    /// The rows in those parts, replaced and deleted ones included.
    pub stored_rows: u64,
}

/// The head of a dataset: the one value that decides what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The settings as JSON, so that they may grow.
    pub(super) settings: String,
    /// The parts, from the oldest to the newest.
    pub(super) parts: Vec<Part>,
    /// Live records: rows of the parts without the dead ones.
    pub(super) rows: u64,
    /// The sum of the live records' digests.
    pub(super) digest: Digest,
    pub(super) generation: u64,
}

/// A part: what one import or deletion added and took away. It never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) part: u64,
    /// Blocks of records, numbered from 0.
    pub(super) blocks: u32,
    /// Records in them.
    pub(super) rows: u64,
    /// Buckets of the table from ids to places, numbered from 0.
    pub(super) buckets: u32,
    /// What it takes from itself and from older parts.
    pub(super) deaths: Vec<Deaths>,
}

/// Rows that a part takes from one older part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Deaths {
    pub(super) of: u64,
    pub(super) rows: u64,
    /// Chunks that list them, numbered from 0.
    pub(super) chunks: u32,
}

impl Head {
    pub(super) fn stored_rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }
}
