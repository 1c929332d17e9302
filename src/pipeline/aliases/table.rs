//! The frozen table made of a store's alias evidence: one derived file, `aliases/table`, which is read without opening the
//! store.
//!
//! The file holds what it was made of (a digest of all evidence, and one of the judgements) and the [`AliasTable`], in the
//! envelope of [`derived`](crate::store::derived). The same evidence gives the same bytes, whatever was there in between.

use super::directory::{directory_graph, use_of};
use super::judged::{is_within, judged_rows};
use crate::alias::{AliasGraph, AliasTable, Reading, Rebuilt, Use};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{ReadOptions, Tally};
use crate::store::derived::{read_derived, write_derived};
use crate::store::{Digest, EvidenceRow, Store, glance_evidence, is_store};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the table in a store, and its file there.
const FOLDER: &str = "aliases";
const FILE: &str = "table";

/// The version of the file's content; another one is refused, and built again.
pub const VERSION: u32 = 1;

/// What a table is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildOptions {
    /// How the evidence is read.
    pub reading: Reading,
    /// Leave out evidence after this date; what has no date stays.
    pub until: Option<String>,
    /// Whether what people have judged to be the same is evidence, too.
    pub judgements: bool,
}

impl Default for BuildOptions {
    fn default() -> BuildOptions {
        BuildOptions { reading: Reading::default(), until: None, judgements: true }
    }
}

/// What a table was made of. Kept with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableMeta {
    evidence: Digest,
    judgements: Option<Digest>,
    /// Evidence after this date was left out.
    pub until: Option<String>,
    /// The names of the graph.
    pub names: u64,
    /// The sources of the graph.
    pub sources: u64,
    /// The sum of all counts.
    pub uses: u64,
    /// Rows whose name has no letter or digit.
    pub skipped: u64,
    /// The parts of the graph that no source connects.
    pub components: u64,
}

impl TableMeta {
    /// What the table would be built with again.
    fn options(&self, reading: Reading) -> BuildOptions {
        BuildOptions { reading, until: self.until.clone(), judgements: self.judgements.is_some() }
    }

    /// Whether the evidence in a store's folder is another than that of which the table was made. Needs no lock.
    ///
    /// # Errors
    /// Those of [`glance_evidence`] and [`judged_rows`].
    pub fn is_stale(&self, dir: &Path) -> Result<bool> {
        if glance_evidence(dir)? != self.evidence {
            return Ok(true);
        }
        match self.judgements {
            Some(digest) => Ok(digest != EvidenceRow::digest(&judged_rows(dir, self.until.as_deref())?)),
            None => Ok(false),
        }
    }
}

/// A table from a store, with what it was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptTable {
    /// What it was made of.
    pub meta: TableMeta,
    /// The table.
    pub table: AliasTable,
}

impl KeptTable {
    /// The options with which the table was built.
    pub fn options(&self) -> BuildOptions {
        self.meta.options(self.table.reading())
    }
}

/// What building a table came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// What it was made of.
    pub meta: TableMeta,
    /// The reading.
    pub reading: Reading,
    /// Components that were clustered now; the others were known from the table before.
    pub reclustered: u64,
    /// The groups of the table.
    pub groups: u64,
}

/// The graph of all evidence in a store.
///
/// # Errors
/// Those of the store and of [`judged_rows`].
pub fn evidence_graph(store: &Store, options: &BuildOptions) -> Result<AliasGraph> {
    graph_with(store, options, judged(store, options)?)
}

fn graph_with(store: &Store, options: &BuildOptions, judged: Vec<EvidenceRow>) -> Result<AliasGraph> {
    let judged = judged.into_iter().map(|row| Ok(use_of(row)));
    let mut failed = None;
    let rows = uses(store, options)?.chain(judged).map_while(|row| row.map_err(|error| failed = Some(error)).ok());
    let graph = AliasGraph::new(rows);
    failed.map_or(Ok(graph), Err)
}

fn uses<'s>(store: &'s Store, options: &'s BuildOptions) -> Result<impl Iterator<Item = Result<Use>> + use<'s>> {
    let scans = store.evidence()?.into_iter().map(|info| store.scan_evidence(&info.name));
    let rows = scans.collect::<Result<Vec<_>>>()?.into_iter().flatten();
    let until = options.until.as_deref();
    let kept = rows.filter(move |row| row.as_ref().map_or(true, |row| is_within(&row.when, until)));
    Ok(kept.map(|row| row.map(use_of)))
}

fn judged(store: &Store, options: &BuildOptions) -> Result<Vec<EvidenceRow>> {
    match options.judgements {
        true => judged_rows(store.dir(), options.until.as_deref()),
        false => Ok(Vec::new()),
    }
}

/// Builds the table of a store's evidence and puts it in the place of the one before. Of a table of the same reading, only
/// the components that have changed are clustered again; the result is the same as without it.
///
/// # Errors
/// Those of the store, of [`judged_rows`] and of writing; the table is then as it was.
pub fn build_aliases(store: &Store, options: &BuildOptions) -> Result<Built> {
    // Read once: people may judge while the table is built, and it must not claim to know of that.
    let judged = judged(store, options)?;
    let judgements = options.judgements.then(|| EvidenceRow::digest(&judged));
    let graph = graph_with(store, options, judged)?;
    let folder = store.folder(FOLDER)?;
    remove_leftovers(&folder)?;
    let path = folder.join(FILE);
    let (table, rebuilt) = renewed(&path, &graph, options.reading);
    let meta = TableMeta {
        evidence: store.evidence_digest()?,
        judgements,
        until: options.until.clone(),
        names: graph.name_count() as u64,
        sources: graph.source_count() as u64,
        uses: graph.use_count(),
        skipped: graph.skipped(),
        components: rebuilt.components as u64,
    };
    write_derived(&path, VERSION, &(&meta, &table))?;
    let (reclustered, groups) = (rebuilt.reclustered as u64, table.groups() as u64);
    Ok(Built { meta, reading: options.reading, reclustered, groups })
}

/// The table of a graph, with the help of the one that is there; what cannot be used is made from nothing.
fn renewed(path: &Path, graph: &AliasGraph, reading: Reading) -> (AliasTable, Rebuilt) {
    let earlier = read_kept(path).ok().flatten().map(|kept| kept.table);
    let earlier = earlier.filter(|table| table.reading() == reading);
    earlier.unwrap_or_else(|| AliasTable::build(&AliasGraph::new([]), reading)).update(graph)
}

/// Removes files that killed builds have begun. Who builds holds the store, so nobody else is writing one.
fn remove_leftovers(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    for entry in entries.map_err(|error| Error::io(folder, error))? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!(".{FILE}.")) && name.ends_with(".tmp") {
            fs::remove_file(entry.path()).map_err(|error| Error::io(entry.path(), error))?;
        }
    }
    Ok(())
}

/// Reads the table of the store in a folder, whether or not another process has the store open.
///
/// # Errors
/// [`ErrorKind::NotFound`] when there is no store or no table yet, [`ErrorKind::Corrupt`] for a damaged table,
/// [`ErrorKind::Version`] for one of another version, [`ErrorKind::Io`].
///
/// ```
/// use cognate::pipeline::aliases::table::{BuildOptions, build_aliases, open_aliases};
/// use cognate::store::{EvidenceRow, Store};
/// # let folder = tempfile::tempdir().unwrap();
/// # let dir = folder.path().join("store");
/// let mut store = Store::create(&dir)?;
/// let row = |name: &str| EvidenceRow { name: name.into(), source: "fanniemae.com".into(), when: "".into(), count: 2 };
/// store.import_evidence("profiles", "profiles.csv", [row("Fannie Mae"), row("FNMA")])?;
/// build_aliases(&store, &BuildOptions::default())?;
/// let table = open_aliases(&dir)?;
/// assert!(table.find("fannie mae").is_some());
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn open_aliases(dir: &Path) -> Result<AliasTable> {
    open_kept(dir).map(|kept| kept.table)
}

/// The same with what the table was made of, by which it is known whether it is stale ([`TableMeta::is_stale`]).
///
/// # Errors
/// Those of [`open_aliases`].
pub fn open_kept(dir: &Path) -> Result<KeptTable> {
    if let Some(kept) = read_kept(&file_in(dir))? {
        return Ok(kept);
    }
    glance_evidence(dir)?;
    let dir = dir.display();
    Err(ErrorKind::NotFound(format!("{dir}: no alias table yet; run cognate alias build --store {dir}")).into())
}

/// A table from what a user names, and what is to be known of it.
#[derive(Debug)]
pub struct LoadedAliases {
    /// The table.
    pub table: AliasTable,
    /// Of a directory file, the lines that were read and rejected.
    pub tally: Option<Tally>,
    /// Whether it is a store's, whose evidence has changed since the table was built.
    pub is_stale: bool,
}

/// The table that a user names: that of a store, or one made of a directory's lines, read in this way.
///
/// # Errors
/// Those of [`open_kept`] and [`directory_graph`].
pub fn load_aliases(path: &Path, reading: Reading) -> Result<LoadedAliases> {
    if path.is_dir() || is_store(path) {
        let KeptTable { meta, table } = open_kept(path)?;
        return Ok(LoadedAliases { is_stale: meta.is_stale(path)?, tally: None, table });
    }
    let (graph, tally) = directory_graph(path, &ReadOptions::default())?;
    Ok(LoadedAliases { table: AliasTable::build(&graph, reading), tally: Some(tally), is_stale: false })
}

/// How the table of a store stands to its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableState {
    /// There is none.
    Missing,
    /// It cannot be used.
    Unusable {
        /// Why not.
        reason: String,
    },
    /// It is there.
    There {
        /// What it was made of.
        meta: TableMeta,
        /// Its reading.
        reading: Reading,
        /// Its groups.
        groups: u64,
        /// Whether the evidence has changed since.
        stale: bool,
    },
}

/// The state of the table in a store's folder.
///
/// # Errors
/// Those of [`TableMeta::is_stale`].
pub fn table_state(dir: &Path) -> Result<TableState> {
    match read_kept(&file_in(dir)) {
        Ok(None) => Ok(TableState::Missing),
        Ok(Some(KeptTable { meta, table })) => {
            let (stale, reading, groups) = (meta.is_stale(dir)?, table.reading(), table.groups() as u64);
            Ok(TableState::There { meta, reading, groups, stale })
        }
        Err(error) => Ok(TableState::Unusable { reason: error.to_string() }),
    }
}

fn file_in(dir: &Path) -> PathBuf {
    dir.join(FOLDER).join(FILE)
}

fn read_kept(path: &Path) -> Result<Option<KeptTable>> {
    const ADVICE: &str = "build it again with cognate alias build";
    let Some((meta, table)) = read_derived::<(TableMeta, AliasTable)>(path, VERSION, ADVICE)? else { return Ok(None) };
    match table.is_whole() {
        true => Ok(Some(KeptTable { meta, table })),
        false => Err(Error::corrupt(path, format!("a table that contradicts itself; {ADVICE}"))),
    }
}
