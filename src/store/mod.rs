//! The store: datasets of records in a folder, safe against killed processes and honest about damage.
//!
//! ```text
//! STORE          one line: the mark, the format, the store's uuid
//! kv/            records and heads, in sled
//! journal/       plain JSON lines, synced entry by entry: what happened, what people decided
//! aliases/       the table made of the alias evidence ([`derived`])
//! index/ models/ runs/    made by others, when they need them
//! ```
//!
//! A dataset is a list of *parts*. An import writes one part: blocks of records, a table from ids to places, and the
//! list of rows of older parts that it replaces. A deletion writes a part that only has such a list. A part never
//! changes. The dataset's *head* says which parts belong to it, how many records live in them, and the sum of their
//! digests; it is replaced in one atomic step, after everything it names is flushed, and flushed itself before anything
//! is acknowledged. Then the event is written to the journal, which lies outside sled and so knows when sled has fallen
//! back to an older state.
//!
//! Before an import or a deletion the newest parts are merged, beginning with the oldest one that has no more rows than
//! all newer ones together; so a dataset of n records has about log2(n) parts at most, and a record is rewritten about
//! log2(n) times. When more than half of the rows are dead, all parts are merged.
//!
//! **Invariant:** what is acknowledged is on disk; what is read is what was written, or an error.
//! **Invariant:** the parts that no head names are marked as orphans, from before their first block is written until
//! their last one is gone; they are swept when the store is opened.

mod codec;
mod dataset;
pub mod derived;
mod digest;
mod events;
mod evidence;
mod folder;
mod glance;
mod import;
mod journal;
mod kv;
mod merge;
mod part;
mod scan;
mod verify;

pub use dataset::{DatasetInfo, DatasetName, DatasetSettings};
pub use digest::Digest;
pub use evidence::{EvidenceRow, glance_evidence};
pub use folder::{FORMAT, is_store};
pub use glance::glance;
pub use import::{Deleted, Import, Imported};
pub use journal::Journal;
pub use scan::Scan;
pub use verify::VerifyReport;

use crate::error::{Error, ErrorKind, Result};
use crate::record::Record;
use codec::Kind;
use dataset::Head;
use kv::{Kv, Table};
use scan::Dead;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const META: &[u8] = b"meta";
const HEAD: &[u8] = b"head/";
const ORPHAN: &[u8] = b"orphan/";

/// A store, open in this process and in no other.
///
/// ```
/// use cognate::record::{Record, RecordId};
/// use cognate::store::{DatasetName, DatasetSettings, Store};
/// # let folder = tempfile::tempdir().unwrap();
/// let mut store = Store::create(&folder.path().join("store"))?;
/// let crm = DatasetName::new("crm")?;
/// let acme = Record { id: RecordId::new("7"), fields: serde_json::from_str(r#"{"name": "Acme"}"#).unwrap() };
/// let imported = store.import(&crm, &DatasetSettings::default(), "crm.csv", [Ok(acme.clone())])?;
/// assert_eq!((imported.added, imported.changed, imported.unchanged), (1, 0, 0));
/// assert_eq!(store.record(&crm, "7")?, Some(acme));
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub struct Store {
    dir: PathBuf,
    uuid: String,
    kv: Kv,
    meta: Meta,
    datasets: BTreeMap<DatasetName, Dataset>,
    events: Journal,
    next_event: u64,
}

/// What the store knows of itself without reading its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreInfo {
    /// The folder.
    pub dir: PathBuf,
    /// The number in which it differs from all other stores.
    pub uuid: String,
    /// The format it is written in.
    pub format: u32,
    /// Bytes of `kv/` on disk.
    pub bytes: u64,
    /// Its datasets, by name.
    pub datasets: Vec<DatasetInfo>,
    /// Its alias evidence, by provenance.
    pub evidence: Vec<DatasetInfo>,
}

/// The store's identity and counters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Meta {
    uuid: String,
    next_part: u64,
    generation: u64,
}

/// A dataset's head and what was computed from it.
struct Dataset {
    head: Head,
    dead: OnceLock<Dead>,
}

impl Store {
    /// Creates a store in a folder that is not there or is empty, whole or not at all, and opens it.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when there is something in the folder, or it is a symbolic link; [`ErrorKind::Io`].
    pub fn create(dir: &Path) -> Result<Store> {
        folder::create(dir, |building, uuid| {
            let kv = Kv::open(&building.join("kv"))?;
            let meta = Meta { uuid: uuid.to_owned(), next_part: 1, generation: 0 };
            kv.commit(vec![(META.to_vec(), Some(encode(&kv, Kind::Meta, META, &meta)?))])
        })?;
        Store::open(dir)
    }

    /// Opens a store and sweeps what unfinished imports have left.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no store, [`ErrorKind::Version`] for one of another format,
    /// [`ErrorKind::Busy`] when another process has it open, [`ErrorKind::Corrupt`] when it is damaged,
    /// [`ErrorKind::Usage`] for a symbolic link, [`ErrorKind::Io`].
    pub fn open(dir: &Path) -> Result<Store> {
        let uuid = folder::uuid(dir)?;
        let kv_dir = dir.join("kv");
        if !kv_dir.is_dir() {
            return Err(Error::corrupt(kv_dir, "the folder is missing"));
        }
        let kv = Kv::open(&kv_dir)?;
        let bytes = kv.get(Table::Heads, META)?.ok_or_else(|| kv.corrupt("the store's own entry is missing"))?;
        let meta: Meta = decode(&kv, Kind::Meta, META, &bytes)?;
        if meta.uuid != uuid {
            return Err(kv.corrupt("belongs to another store than the file STORE"));
        }
        let (mut datasets, mut orphans) = (BTreeMap::new(), Vec::new());
        for (key, bytes) in kv.heads()? {
            if let Some(name) = key.strip_prefix(HEAD) {
                let name = DatasetName::stored(String::from_utf8_lossy(name));
                let name = name.map_err(|_| kv.corrupt("a head under a name that no dataset can have"))?;
                let head = decode(&kv, Kind::Head, &key, &bytes)?;
                datasets.insert(name, Dataset { head, dead: OnceLock::new() });
            } else if key.starts_with(ORPHAN) {
                orphans.push(decode::<u64>(&kv, Kind::Orphan, &key, &bytes)?);
            }
        }
        let events = Journal::at(dir.join("journal").join("events.jsonl"));
        let mut store = Store { dir: dir.to_path_buf(), uuid, kv, meta, datasets, events, next_event: 1 };
        store.sweep(&orphans)?;
        store.compare_with_journal()?;
        Ok(store)
    }

    /// Opens the store in a folder, or creates one there.
    ///
    /// # Errors
    /// Those of [`Store::open`] and [`Store::create`].
    pub fn open_or_create(dir: &Path) -> Result<Store> {
        if folder::is_store(dir) { Store::open(dir) } else { Store::create(dir) }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the store knows of itself without reading its records.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it is damaged, [`ErrorKind::Io`].
    pub fn info(&self) -> Result<StoreInfo> {
        let (dir, uuid, bytes) = (self.dir.clone(), self.uuid.clone(), self.kv.bytes()?);
        let (datasets, evidence) = (self.datasets()?, self.evidence()?);
        Ok(StoreInfo { dir, uuid, format: FORMAT, bytes, datasets, evidence })
    }

    /// The datasets of records, by name; [`Store::evidence`] has those of alias evidence.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the settings of one cannot be read.
    pub fn datasets(&self) -> Result<Vec<DatasetInfo>> {
        self.datasets.keys().filter(|name| !name.is_evidence()).map(|name| self.dataset(name)).collect()
    }

    /// A dataset.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is none of this name, [`ErrorKind::Corrupt`] when its settings cannot be read.
    pub fn dataset(&self, name: &DatasetName) -> Result<DatasetInfo> {
        let head = &self.head(name)?.head;
        let settings = serde_json::from_str(&head.settings)
            .map_err(|error| self.kv.corrupt(format!("the settings of {name}: {error}")))?;
        Ok(DatasetInfo {
            name: name.clone(),
            settings,
            rows: head.rows,
            digest: head.digest,
            generation: head.generation,
            parts: head.parts.len(),
            stored_rows: head.stored_rows(),
        })
    }

    /// Brings records into a dataset, which is created if it is not there: a record with a new id is added, one with a
    /// known id takes the place of the older record. All of them are in when this returns, or none.
    ///
    /// `source` names where they came from, for the journal. See [`Store::begin`] for a form that is pushed to.
    ///
    /// # Errors
    /// The first error among the records, and those of [`Import::push`] and [`Import::commit`]; the store is then as it
    /// was.
    pub fn import(
        &mut self,
        dataset: &DatasetName,
        settings: &DatasetSettings,
        source: &str,
        records: impl IntoIterator<Item = Result<Record>>,
    ) -> Result<Imported> {
        let mut import = self.begin(dataset, settings, source)?;
        for record in records {
            import.push(record?)?;
        }
        import.commit()
    }

    /// The journal of a name in the store's folder, for what others want to keep: plain and synced entry by entry.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a name that no dataset could have, and for `events`, which is the store's own.
    pub fn journal(&self, name: &str) -> Result<Journal> {
        let name = DatasetName::new(name)?;
        match name.as_str() {
            "events" => Err(Error::usage("the journal \"events\" belongs to the store")),
            name => Ok(Journal::at(self.dir.join("journal").join(format!("{name}.jsonl")))),
        }
    }

    /// A folder beside the records, made if it is not there: `index`, `models`, `runs` or `aliases`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for any other name, [`ErrorKind::Io`].
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        if !matches!(name, "index" | "models" | "runs" | "aliases") {
            return Err(Error::usage(format!("a store has no folder {name:?}")));
        }
        let path = self.dir.join(name);
        fs::create_dir_all(&path).map_err(|error| Error::io(&path, error))?;
        Ok(path)
    }

    fn head(&self, name: &DatasetName) -> Result<&Dataset> {
        self.datasets.get(name).ok_or_else(|| {
            let known = self.datasets.keys().filter(|name| !name.is_evidence());
            let known: Vec<&str> = known.map(DatasetName::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            ErrorKind::NotFound(format!("{}: no dataset {name}; there are: {known}", self.dir.display())).into()
        })
    }

    /// Marks a new part as an orphan, and so allows it to be written.
    fn begin_part(&mut self) -> Result<u64> {
        let part = self.meta.next_part;
        let meta = Meta { next_part: part + 1, ..self.meta.clone() };
        let changes = vec![self.meta_change(&meta)?, self.orphan_change(part)?];
        self.kv.commit(changes)?;
        self.meta = meta;
        Ok(part)
    }

    /// Removes parts that no head names, and their marks.
    fn sweep(&self, orphans: &[u64]) -> Result<()> {
        for &part in orphans {
            self.kv.remove_part(part)?;
            self.kv.flush()?;
            self.kv.commit(vec![(orphan_key(part), None)])?;
        }
        Ok(())
    }

    /// Puts a head in its place, or takes it away; `adopted` is the part that it names for the first time, `left` are
    /// those that it no longer names. Everything it names must be flushed.
    fn flip(&mut self, name: &DatasetName, head: Option<Head>, adopted: Option<u64>, left: &[u64]) -> Result<()> {
        let key = [HEAD, name.as_str().as_bytes()].concat();
        let generation = head.as_ref().map_or(self.meta.generation + 1, |head| head.generation);
        let meta = Meta { generation: generation.max(self.meta.generation), ..self.meta.clone() };
        let value = head.as_ref().map(|head| encode(&self.kv, Kind::Head, &key, head)).transpose()?;
        let mut changes = vec![self.meta_change(&meta)?, (key, value)];
        changes.extend(adopted.map(|part| (orphan_key(part), None)));
        for &part in left {
            changes.push(self.orphan_change(part)?);
        }
        self.kv.commit(changes)?;
        self.meta = meta;
        match head {
            Some(head) => self.datasets.insert(name.clone(), Dataset { head, dead: OnceLock::new() }),
            None => self.datasets.remove(name),
        };
        Ok(())
    }

    fn meta_change(&self, meta: &Meta) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
        Ok((META.to_vec(), Some(encode(&self.kv, Kind::Meta, META, meta)?)))
    }

    fn orphan_change(&self, part: u64) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
        let key = orphan_key(part);
        let value = encode(&self.kv, Kind::Orphan, &key, &part)?;
        Ok((key, Some(value)))
    }
}

fn orphan_key(part: u64) -> Vec<u8> {
    [ORPHAN, &part.to_be_bytes()].concat()
}

fn encode<T: Serialize>(kv: &Kv, kind: Kind, key: &[u8], value: &T) -> Result<Vec<u8>> {
    codec::encode(kind, key, value).map_err(|reason| kv.corrupt(reason))
}

fn decode<T: serde::de::DeserializeOwned>(kv: &Kv, kind: Kind, key: &[u8], bytes: &[u8]) -> Result<T> {
    codec::decode(kind, key, bytes).map_err(|reason| kv.corrupt(reason))
}
