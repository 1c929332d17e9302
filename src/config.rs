//! Every default and every limit in one place, and the TOML file that may change them.
//!
//! **Invariant:** no other module holds a number that a user could wish to change.

use crate::error::{Error, Place, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// What kind of thing the records describe: it picks the shipped model and the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Companies, universities, agencies, clubs, brands: things with a name and few other fields.
    #[default]
    Organization,
    /// Product listings.
    Product,
    /// Anything else.
    Record,
}

impl Kind {
    /// All kinds, in the order in which they are documented.
    pub const ALL: [Kind; 3] = [Kind::Organization, Kind::Product, Kind::Record];

    /// The kind's name as it is written on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Organization => "organization",
            Kind::Product => "product",
            Kind::Record => "record",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Kind> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| Error::usage(format!("no kind {text:?}; the kinds are: organization, product, record")))
    }
}

/// How much of anything is accepted; what exceeds a limit is rejected with its place and counted, never cut silently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of one field's value.
    pub field_bytes: usize,
    /// Bytes of one record in the file.
    pub record_bytes: usize,
    /// Fields of one record, and columns of one table.
    pub fields: usize,
    /// Levels of nesting in one JSON record (the record itself is level 1).
    pub json_depth: usize,
    /// Bytes of a record's id.
    pub id_bytes: usize,
    /// Bytes of a name (or other compared text) that take part in comparisons, from 1 to 255; what follows is left out of
    /// them, and a larger limit counts as 255.
    pub compared_bytes: usize,
    /// Rejected rows before a job fails; rejects below it are counted and reported.
    pub rejects: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            field_bytes: 64 * 1024,
            record_bytes: 1024 * 1024,
            fields: 4096,
            json_depth: 32,
            id_bytes: 1024,
            compared_bytes: 256,
            rejects: u64::MAX,
        }
    }
}

/// The configuration file. Every key may be left out; unknown keys are errors.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What the records describe.
    pub kind: Kind,
    /// Limits of the input.
    pub limits: Limits,
}

impl Config {
    /// Reads a configuration from TOML text.
    ///
    /// # Errors
    /// A [`crate::error::ErrorKind::Config`] with the line for bad TOML, unknown keys and values out of range.
    ///
    /// ```
    /// use cognate::config::{Config, Kind};
    /// let config = Config::parse("kind = \"product\"\n[limits]\nfield_bytes = 1000\n".as_ref(), "inline".as_ref())?;
    /// assert_eq!(config.kind, Kind::Product);
    /// assert!(Config::parse("knid = \"product\"".as_ref(), "inline".as_ref()).is_err());
    /// # Ok::<(), cognate::error::Error>(())
    /// ```
    pub fn parse(text: &str, file: &Path) -> Result<Config> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let line = error.span().map(|span| {
                let before = text.bytes().take(span.start);
                before.filter(|byte| *byte == b'\n').count() as u64 + 1
            });
            let place = Place { line, ..Place::file(file) };
            Error::config(place, error.message().replace('\n', " "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_the_line_on_which_it_begins() {
        let line_of = |text: &str| {
            let error = Config::parse(text, "c.toml".as_ref()).unwrap_err().to_string();
            error.split(": ").next().unwrap_or_default().to_owned()
        };
        assert_eq!(line_of("knid = 1"), "c.toml, line 1");
        assert_eq!(line_of("\nknid = 1\n"), "c.toml, line 2");
        assert_eq!(line_of("# ä\n[limits]\nfields = \"many\"\n"), "c.toml, line 3");
        assert_eq!(line_of("kind = \"record\"\n\n[limits]\n  field_bites = 7\n"), "c.toml, line 4");
    }
}
