//! The key-value store below: sled 0.34.7, opened and asked behind a guard. The only file that names sled.
//!
//! sled survives a killed process, but on damaged files it may panic, in any call. Every call is contained: a panic
//! becomes `Corrupt`, and after one the store answers nothing any more, since nothing is known of sled's state.

use crate::error::{Error, ErrorKind, Result, contained};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Bytes of sled's cache.
const CACHE: u64 = 64 * 1024 * 1024;
/// How often, and in what steps, a lock is tried: sled gives it back a moment after it was closed.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// A table of keys and values.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    /// The store's counters, the heads of datasets and the marks of orphans: what is changed in one atomic batch.
    Heads,
    /// (part, block) -> records.
    Blocks,
    /// (part, bucket) -> places of ids.
    Ids,
    /// (part, older part, chunk) -> rows that the part takes from the older one.
    Deaths,
}

/// An open sled.
pub(super) struct Kv {
    path: PathBuf,
    open: Option<Open>,
    broken: AtomicBool,
}

struct Open {
    db: sled::Db,
    heads: sled::Tree,
    blocks: sled::Tree,
    ids: sled::Tree,
    deaths: sled::Tree,
}

impl Kv {
    /// Opens the folder, creating it if it is not there; the caller knows which of the two is right.
    ///
    /// # Errors
    /// `Busy` when another process has it open, `Corrupt` when sled cannot make sense of it.
    pub(super) fn open(path: &Path) -> Result<Kv> {
        let open = || {
            // No thread flushes behind our back: what must be safe is flushed where it is written.
            let db = sled::Config::new().path(path).cache_capacity(CACHE).flush_every_ms(None).open()?;
            let (heads, blocks) = (db.open_tree("heads")?, db.open_tree("blocks")?);
            let (ids, deaths) = (db.open_tree("ids")?, db.open_tree("deaths")?);
            Ok(Open { db, heads, blocks, ids, deaths })
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match contained(open) {
                Ok(Ok(open)) => {
                    return Ok(Kv { path: path.to_path_buf(), open: Some(open), broken: AtomicBool::new(false) });
                }
                Ok(Err(error)) if !is_lock(&error) => return Err(translated(path, error)),
                Ok(Err(_)) if tries < LOCK_TRIES => thread::sleep(LOCK_PAUSE),
                Ok(Err(_)) => {
                    let path = path.parent().unwrap_or(path).to_path_buf();
                    return Err(ErrorKind::Busy { path }.into());
                }
                Err(panic) => return Err(Error::corrupt(path, one_line(&panic))),
            }
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.run(|open| Ok(open.tree(table).get(key)?.map(|value| value.to_vec())))
    }

    /// Writes a value, which is safe only after a [`Kv::flush`].
    pub(super) fn put(&self, table: Table, key: &[u8], value: Vec<u8>) -> Result<()> {
        self.run(|open| open.tree(table).insert(key, value).map(|_| ()))
    }

    /// Writes and removes entries of [`Table::Heads`], all of them or none, and flushes. After an error nobody knows
    /// which of the two it was, so the store must be opened again.
    pub(super) fn commit(&self, changes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<()> {
        let committed = self.run(|open| {
            let mut batch = sled::Batch::default();
            for (key, value) in changes {
                match value {
                    Some(value) => batch.insert(key, value),
                    None => batch.remove(key),
                }
            }
            open.heads.apply_batch(batch)?;
            open.db.flush().map(|_| ())
        });
        committed.inspect_err(|_| self.broken.store(true, Ordering::Release))
    }

    /// All entries of [`Table::Heads`], by key.
    pub(super) fn heads(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        self.run(|open| {
            open.heads.iter().map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec()))).collect()
        })
    }

    /// Removes everything that a part has written.
    pub(super) fn remove_part(&self, part: u64) -> Result<()> {
        self.run(|open| {
            for tree in [&open.blocks, &open.ids, &open.deaths] {
                for key in tree.scan_prefix(part.to_be_bytes()).keys() {
                    tree.remove(key?)?;
                }
            }
            Ok(())
        })
    }

    /// Makes all that was written safe.
    pub(super) fn flush(&self) -> Result<()> {
        self.run(|open| open.db.flush().map(|_| ()))
    }

    /// Bytes on disk.
    pub(super) fn bytes(&self) -> Result<u64> {
        self.run(|open| open.db.size_on_disk())
    }

    /// The error for damage that was found in a value.
    pub(super) fn corrupt(&self, reason: impl Into<String>) -> Error {
        Error::corrupt(&self.path, reason)
    }

    fn run<T>(&self, work: impl FnOnce(&Open) -> sled::Result<T>) -> Result<T> {
        let open = self.open.as_ref().filter(|_| !self.broken.load(Ordering::Acquire));
        let Some(open) = open else {
            return Err(Error::corrupt(&self.path, "an earlier error left the store in doubt; open it again"));
        };
        match contained(|| work(open)) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(translated(&self.path, error)),
            Err(panic) => {
                self.broken.store(true, Ordering::Release);
                Err(Error::corrupt(&self.path, one_line(&panic)))
            }
        }
    }
}

impl Drop for Kv {
    fn drop(&mut self) {
        let open = self.open.take();
        if self.broken.load(Ordering::Acquire) {
            // sled's own closing may wait for ever on what a panic left behind; the system takes the lock back later.
            std::mem::forget(open);
        } else {
            // Everything that was acknowledged is flushed, so a panic here loses nothing.
            let _ = contained(|| drop(open));
        }
    }
}

impl Open {
    fn tree(&self, table: Table) -> &sled::Tree {
        match table {
            Table::Heads => &self.heads,
            Table::Blocks => &self.blocks,
            Table::Ids => &self.ids,
            Table::Deaths => &self.deaths,
        }
    }
}

fn is_lock(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

fn translated(path: &Path, error: sled::Error) -> Error {
    use std::io::ErrorKind::{InvalidData, InvalidInput, NotFound, UnexpectedEof};
    match error {
        // What sled reads where it must not: past an end, a file that is gone, numbers that make no sense.
        sled::Error::Io(error) if !matches!(error.kind(), UnexpectedEof | InvalidData | InvalidInput | NotFound) => {
            Error::io(path, error)
        }
        other => Error::corrupt(path, one_line(&other.to_string())),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
