//! Journals: plain files of JSON lines to which entries are only ever added, synced one by one. What people have
//! decided is kept in one, so that it survives the loss of everything else.
//!
//! Each line is the entry as a JSON object with one more key at its end, `crc32`, the checksum of the line before it.
//! A line without that key is taken as it is, since a journal may be edited or joined by hand. A last line without its
//! line end was cut short by a crash and never acknowledged: it is left out, and the next entry takes its place.

use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MARK: &[u8] = b",\"crc32\":\"";

/// A journal.
///
/// ```
/// use cognate::store::Journal;
/// # let folder = tempfile::tempdir().unwrap();
/// let journal = Journal::at(folder.path().join("judgements.jsonl"));
/// journal.append(&serde_json::json!({"left": "7", "right": "9", "verdict": "same"}))?;
/// let entries: Vec<serde_json::Value> = journal.entries()?;
/// assert_eq!(entries[0]["verdict"], "same");
/// # Ok::<(), cognate::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal in a file, which the first entry creates together with its folder.
    pub fn at(path: impl Into<PathBuf>) -> Journal {
        Journal { path: path.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an entry, which must become a JSON object with at least one key; when this returns, the entry is synced to disk.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for an entry that is no object,
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io) when the system refuses.
    pub fn append(&self, entry: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(entry).map_err(|error| Error::usage(format!("a journal entry: {error}")))?;
        let Some(fields) = text.strip_suffix('}').filter(|fields| *fields != "{") else {
            return Err(Error::usage("a journal entry must be a JSON object that is not empty"));
        };
        let mut line = fields.as_bytes().to_vec();
        let sum = crc32fast::hash(&line);
        line.extend_from_slice(MARK);
        line.extend_from_slice(format!("{sum:08x}\"}}\n").as_bytes());
        self.write(&line).map_err(|error| Error::io(&self.path, error))
    }

    /// All entries, from the first.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) with the line for a damaged entry,
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io) when the system refuses. A journal that is not there is empty.
    pub fn entries<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io(&self.path, error)),
        };
        let whole = memchr::memrchr(b'\n', &bytes).and_then(|end| bytes.get(..end)).unwrap_or_default();
        let lines = whole.split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
        let parsed = lines.map(|(number, line)| {
            parse(line).map_err(|reason| Error::corrupt(&self.path, format!("line {}: {reason}", number + 1)))
        });
        parsed.collect()
    }

    fn write(&self, line: &[u8]) -> io::Result<()> {
        let is_new = !self.path.exists();
        if let Some(folder) = self.path.parent().filter(|_| is_new) {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        let end = end_of_last_line(&mut file)?;
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        file.write_all(line)?;
        file.sync_all()?;
        match self.path.parent().filter(|_| is_new) {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    let marked = memchr::memmem::rfind(line, MARK).map(|at| (at, MARK.len()));
    let checked = marked.and_then(|(at, mark)| match line.get(at + mark..) {
        Some([sum @ .., b'"', b'}']) if sum.len() == 8 => Some((line.get(..at)?, sum)),
        _ => None,
    });
    let Some((fields, sum)) = checked else {
        return serde_json::from_slice(line).map_err(|error| error.to_string());
    };
    if format!("{:08x}", crc32fast::hash(fields)).as_bytes() != sum {
        return Err("the checksum does not fit".to_owned());
    }
    serde_json::from_slice(&[fields, b"}"].concat()).map_err(|error| error.to_string())
}

/// Where the last whole line of a file ends. Looks no further back than it must.
fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut buffer = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(4096);
        file.seek(SeekFrom::Start(start))?;
        buffer.clear();
        Read::by_ref(file).take(end - start).read_to_end(&mut buffer)?;
        if let Some(at) = memchr::memrchr(b'\n', &buffer) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_torn_last_line_is_left_out_and_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path().join("deep/j.jsonl"));
        assert_eq!(journal.entries::<Value>().unwrap(), Vec::<Value>::new());
        let entries = [json!({"a": "x\ny"}), json!({"crc32": "no"}), json!({"b": "z".repeat(10_000)})];
        for (count, entry) in entries.iter().enumerate() {
            journal.append(entry).unwrap();
            assert_eq!(journal.entries::<Value>().unwrap(), entries[..=count]);
            let whole = fs::read(journal.path()).unwrap();
            fs::write(journal.path(), [whole.as_slice(), b"{\"torn\":\"", &[b'x'; 9000]].concat()).unwrap();
            assert_eq!(journal.entries::<Value>().unwrap(), entries[..=count]);
        }
        assert!(journal.append(&7).is_err());
        assert!(journal.append(&json!({})).is_err());
    }

    #[test]
    fn a_damaged_line_is_named_and_a_line_by_hand_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path().join("j.jsonl"));
        journal.append(&json!({"verdict": "same"})).unwrap();
        let text = fs::read_to_string(journal.path()).unwrap();
        fs::write(journal.path(), format!("{{\"verdict\":\"by hand\"}}\n{}", text.replace("same", "fame"))).unwrap();
        let error = journal.entries::<Value>().unwrap_err().to_string();
        assert!(error.ends_with("j.jsonl: damaged: line 2: the checksum does not fit"), "{error}");
        fs::write(journal.path(), "{\"verdict\":\"by hand\"}\n").unwrap();
        assert_eq!(journal.entries::<Value>().unwrap(), [json!({"verdict": "by hand"})]);
    }
}
