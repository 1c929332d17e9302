//! What columns a file has, as far as that can be known before it is read.

use crate::error::{ErrorKind, Result};
use crate::record::{IdFrom, ReadOptions, Row, can_be_read_again, read};
use std::path::{Path, PathBuf};

/// Records of a JSON-lines file that are looked at to learn its fields.
const SAMPLE: usize = 1000;

/// The columns of a file.
pub(super) struct Columns {
    file: PathBuf,
    names: Vec<String>,
    known: Known,
}

#[derive(PartialEq, Eq)]
enum Known {
    /// A header names them all.
    All,
    /// They are the fields of the first JSON objects; others may have more.
    Some,
    /// Standard input and pipes can be read only once.
    None,
}

impl Columns {
    /// Reads the header of a file, or its first JSON objects.
    pub(super) fn of(file: &Path, options: &ReadOptions) -> Result<Columns> {
        let file = file.to_path_buf();
        if !can_be_read_again(&file) {
            return Ok(Columns { file, names: Vec::new(), known: Known::None });
        }
        let options = ReadOptions { id: IdFrom::DefaultColumn, columns: None, ..options.clone() };
        let reader = read(&file, &options)?;
        if let Some(names) = reader.columns() {
            return Ok(Columns { names: names.to_vec(), known: Known::All, file });
        }
        let mut names: Vec<String> = Vec::new();
        for row in reader.take(SAMPLE) {
            let Row::Record { record, .. } = row? else { continue };
            for (name, _) in record.fields {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Ok(Columns { file, names, known: Known::Some })
    }

    /// Whether the file has this column; what cannot be known is believed.
    pub(super) fn may_have(&self, name: &str) -> bool {
        self.known == Known::None || self.has(name)
    }

    /// The columns that are known.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the file is known to have this column.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|column| column == name)
    }

    /// Fails for a column that the file is known not to have.
    pub(super) fn require(&self, name: &str) -> Result<()> {
        if self.known == Known::All && !self.has(name) {
            let (file, available) = (self.file.clone(), self.names.clone());
            return Err(ErrorKind::MissingColumn { file, column: name.to_owned(), available }.into());
        }
        Ok(())
    }

    /// The file with its columns, for an error.
    pub(super) fn described(&self) -> String {
        match self.known {
            Known::None => format!("{} (columns not known before it is read)", self.file.display()),
            Known::All | Known::Some => format!("{} ({})", self.file.display(), self.names.join(", ")),
        }
    }
}
