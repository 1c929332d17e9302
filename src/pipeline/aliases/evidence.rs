//! Files of evidence into a store.

use super::directory::uses_of;
use crate::error::{ErrorKind, Result};
use crate::pipeline::import::FileTally;
use crate::pipeline::table::as_text;
use crate::record::{IdFrom, ReadOptions, Record, Reject, RejectReason, Row, Tally, read};
use crate::store::{EvidenceRow, Imported, Store};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::collections::HashSet;
use std::path::Path;

/// What the rows of a file of evidence look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Columns: a row says that a name was used for a source.
    Columns(Columns),
    /// The lines of a directory ([`directory`](super::directory)): each is a source with its names.
    Directory,
}

/// The columns of a file of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// The names; a JSON list holds several.
    pub name: String,
    /// The sources.
    pub source: String,
    /// How often; without it, each row counts once.
    pub count: Option<String>,
    /// When: dates or years as text that sorts, like `2020-03-31`.
    pub when: Option<String>,
}

/// The rows of a file, those of the same name, source and date added up.
#[derive(Debug, Default)]
pub struct Evidence {
    rows: FxHashMap<(String, String, String), u32>,
}

impl Evidence {
    /// Adds uses; a count stops at the largest.
    pub fn add(&mut self, row: EvidenceRow) {
        let count = self.rows.entry((row.name, row.source, row.when)).or_default();
        *count = count.saturating_add(row.count);
    }

    /// The rows in a fixed order, whatever the order in which they came.
    pub fn into_rows(self) -> Vec<EvidenceRow> {
        let rows = self.rows.into_iter().map(|((name, source, when), count)| EvidenceRow { name, source, when, count });
        let mut rows: Vec<EvidenceRow> = rows.collect();
        rows.sort_unstable();
        rows
    }
}

/// Brings a file of evidence into the store in a folder, which is made if it is not there, under a provenance, all or none. Rows of the same name, source and date add
/// their counts; the same file again changes nothing; what a changed file says of a name, a source and a date takes the
/// place of what an older one said under the same provenance.
///
/// # Errors
/// Those of [`read_evidence`] and [`Store::import_evidence`]; the evidence is then as it was.
///
/// ```
/// use cognate::pipeline::aliases::evidence::{Columns, Shape, import_evidence};
/// use cognate::record::ReadOptions;
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("profiles.csv");
/// std::fs::write(&path, "who,url,n\nFannie Mae,fanniemae.com,12\nFNMA,fanniemae.com,2\n").unwrap();
/// let dir = folder.path().join("store");
/// let columns = Columns { name: "who".into(), source: "url".into(), count: Some("n".into()), when: None };
/// let shape = Shape::Columns(columns);
/// let (imported, _) = import_evidence(&dir, "profiles", &path, &shape, &ReadOptions::default(), &|_| ())?;
/// assert_eq!(imported.added, 2);
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn import_evidence(
    dir: &Path,
    provenance: &str,
    file: &Path,
    shape: &Shape,
    options: &ReadOptions,
    progress: &dyn Fn(u64),
) -> Result<(Imported, FileTally)> {
    let (rows, tally) = read_evidence(file, shape, options, progress)?;
    // After reading, so that a file that cannot be read leaves no empty store behind.
    let mut store = Store::open_or_create(dir)?;
    let imported = store.import_evidence(provenance, &file.display().to_string(), rows)?;
    Ok((imported, (file.to_path_buf(), tally)))
}

/// Reads a file of evidence: its rows added up, and how many there were and were rejected.
///
/// # Errors
/// Those of [`read`], and [`ErrorKind::TooManyRejects`].
pub fn read_evidence(
    file: &Path,
    shape: &Shape,
    options: &ReadOptions,
    progress: &dyn Fn(u64),
) -> Result<(Vec<EvidenceRow>, Tally)> {
    let (mut evidence, mut tally) = (Evidence::default(), Tally::default());
    let mut reader = read(file, &read_options(shape, options))?;
    let (mut has_names, mut fields) = (false, Vec::new());
    while let Some(row) = reader.next().transpose()? {
        tally.read += 1;
        progress(tally.read);
        let rejected = match row {
            Row::Record { record, line } => {
                if *shape == Shape::Directory && !has_names {
                    has_names = record.fields.contains_key(super::directory::NAMES);
                    fields = record.fields.keys().cloned().collect();
                }
                taken(&mut evidence, &record, shape).err().map(|reason| {
                    let place = crate::error::Place::file(file).line(line);
                    Reject { place, reason }
                })
            }
            Row::Reject(reject) => Some(said_of_source(reject, shape)),
        };
        if let Some(reject) = rejected {
            tally.reject(reject, options.limits.rejects)?;
        }
    }
    if *shape == Shape::Directory && !has_names && !fields.is_empty() {
        let (file, column) = (file.to_path_buf(), super::directory::NAMES.to_owned());
        return Err(ErrorKind::MissingColumn { file, column, available: fields }.into());
    }
    Ok((evidence.into_rows(), tally))
}

fn read_options(shape: &Shape, options: &ReadOptions) -> ReadOptions {
    let (id, columns) = match shape {
        Shape::Columns(columns) => {
            let Columns { name, source, count, when } = columns;
            let wanted = std::iter::once(name).chain(count).chain(when).cloned().collect();
            (source.clone(), Some(wanted))
        }
        Shape::Directory => (super::directory::ID.to_owned(), None),
    };
    ReadOptions { id: IdFrom::Column(id), columns, ..options.clone() }
}

/// The source is read as the row's id; a row without one is told of by its own word.
fn said_of_source(reject: Reject, shape: &Shape) -> Reject {
    match (&reject.reason, shape) {
        (RejectReason::MissingId, Shape::Columns(columns)) => {
            Reject { reason: RejectReason::MissingSource { column: columns.source.clone() }, ..reject }
        }
        _ => reject,
    }
}

/// Takes the uses of a row, all or none.
fn taken(evidence: &mut Evidence, record: &Record, shape: &Shape) -> Result<(), RejectReason> {
    let Shape::Columns(columns) = shape else {
        let names = uses_of(record)?;
        let source = record.id.as_str();
        for name in names {
            evidence.add(EvidenceRow { name, source: source.to_owned(), when: String::new(), count: 1 });
        }
        return Ok(());
    };
    let source = record.id.as_str().trim();
    if source.is_empty() {
        return Err(RejectReason::MissingSource { column: columns.source.clone() });
    }
    let count = columns.count.as_ref().map_or(Ok(1), |column| counted(record, column))?;
    let when = columns.when.as_ref().and_then(|column| record.fields.get(column)).map(as_text).unwrap_or_default();
    let mut names = Vec::new();
    append_names(record.fields.get(&columns.name), &mut names);
    if names.is_empty() {
        return Err(RejectReason::MissingName { column: columns.name.clone() });
    }
    for name in names {
        evidence.add(EvidenceRow { name, source: source.to_owned(), when: when.trim().to_owned(), count });
    }
    Ok(())
}

/// The texts of a value, each a name.
pub(super) fn append_names(value: Option<&Value>, names: &mut Vec<String>) {
    match value {
        None => {}
        Some(Value::Array(values)) => values.iter().for_each(|value| append_names(Some(value), names)),
        Some(value) => {
            let name = as_text(value);
            let name = name.trim();
            if !name.is_empty() {
                names.push(name.to_owned());
            }
        }
    }
}

fn counted(record: &Record, column: &str) -> Result<u32, RejectReason> {
    let text = record.fields.get(column).map(as_text).unwrap_or_default();
    let count = text.trim().parse::<u32>().ok().filter(|count| *count > 0);
    count.ok_or_else(|| RejectReason::BadCount {
        column: column.to_owned(),
        found: text.chars().take(40).collect(),
        limit: u32::MAX,
    })
}

/// What a provenance holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Where the evidence comes from.
    pub provenance: String,
    /// Its rows.
    pub rows: u64,
    /// Its names, as they are written.
    pub names: u64,
    /// Its sources.
    pub sources: u64,
}

/// The provenances of a store's evidence, in the order of their texts. Reads all of it.
///
/// # Errors
/// Those of the store.
pub fn provenances(store: &Store) -> Result<Vec<Provenance>> {
    let mut found = Vec::new();
    for info in store.evidence()? {
        let (mut names, mut sources) = (HashSet::new(), HashSet::new());
        for row in store.scan_evidence(&info.name)? {
            let row = row?;
            names.insert(row.name);
            sources.insert(row.source);
        }
        let provenance = info.settings.provenance.unwrap_or_default();
        let (names, sources) = (names.len() as u64, sources.len() as u64);
        found.push(Provenance { provenance, rows: info.rows, names, sources });
    }
    found.sort_by(|a, b| a.provenance.cmp(&b.provenance));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Shape {
        let (name, source) = ("name".to_owned(), "source".to_owned());
        Shape::Columns(Columns { name, source, count: Some("n".to_owned()), when: Some("when".to_owned()) })
    }

    fn read_text(ending: &str, text: &str, shape: &Shape) -> (Vec<EvidenceRow>, Tally) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("e.{ending}"));
        std::fs::write(&path, text).unwrap();
        read_evidence(&path, shape, &ReadOptions::default(), &|_| ()).unwrap()
    }

    fn row(name: &str, source: &str, when: &str, count: u32) -> EvidenceRow {
        EvidenceRow { name: name.to_owned(), source: source.to_owned(), when: when.to_owned(), count }
    }

    #[test]
    fn rows_of_one_identity_add_up_and_bad_ones_say_why() {
        let text = "name,source,n,when\nAcme,u,2,2020\nAcme,u,3,2020\nAcme,u,1,2021\n,u,1,\nAcme,,1,\nB,u,0,\nB,u,x,\n B ,u,4294967295,\nB,u,9,\n";
        let (rows, tally) = read_text("csv", text, &columns());
        assert_eq!(rows, [row("Acme", "u", "2020", 5), row("Acme", "u", "2021", 1), row("B", "u", "", u32::MAX)]);
        assert_eq!((tally.read, tally.rejected), (9, 4));
        let reasons: Vec<String> = tally.first_rejects.iter().map(|reject| reject.reason.to_string()).collect();
        assert_eq!(
            reasons,
            [
                "no name in \"name\"",
                "no source in \"source\"",
                "the count in \"n\" is \"0\"; it must be a whole number from 1 to 4294967295",
                "the count in \"n\" is \"x\"; it must be a whole number from 1 to 4294967295",
            ]
        );
    }

    #[test]
    fn json_names_may_be_lists_and_sources_numbers() {
        let text = "{\"name\":[\"A\",\"B\"],\"source\":7,\"n\":2}\n{\"name\":\"A\",\"source\":\"7\",\"n\":\"1\",\"when\":1999}\n{\"name\":[],\"source\":1,\"n\":1}\n";
        let (rows, tally) = read_text("jsonl", text, &columns());
        assert_eq!(rows, [row("A", "7", "", 2), row("A", "7", "1999", 1), row("B", "7", "", 2)]);
        assert_eq!(tally.rejected, 1);
    }

    #[test]
    fn a_directory_line_is_a_source_with_its_names() {
        let text = "{\"id\":\"meta\",\"kind\":\"company\",\"names\":[\"Meta\",\"Meta\"],\"former\":[\"Facebook\"]}\n{\"id\":\"x\",\"names\":[]}\n{\"id\":\"y\"}\n";
        let (rows, tally) = read_text("jsonl", text, &Shape::Directory);
        assert_eq!(rows, [row("Facebook", "meta", "", 1), row("Meta", "meta", "", 1)]);
        assert_eq!(tally.rejected, 2);
    }
}
