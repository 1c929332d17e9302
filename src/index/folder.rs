//! The folders of indexes: `<dataset>-<generation>` for names, `<dataset>-<generation>.vectors` for vectors, and `.records`
//! for what their records say; made whole under another name and renamed into place.

use super::file::{self, Part};
use crate::error::{Error, Result};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const UNFINISHED: &str = ".unfinished";
const REPLACED: &str = ".replaced";

/// What an index is over; those of one kind do not see the others' folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Names ([`super::NameIndex`]).
    Names,
    /// Vectors ([`super::vectors`]).
    Vectors,
    /// What the records of an index of vectors say ([`super::contents`]).
    Records,
}

impl Over {
    /// How the folders' names end. Not with a digit, so that no kind's folder looks like another's.
    fn ending(self) -> &'static str {
        match self {
            Over::Names => "",
            Over::Vectors => ".vectors",
            Over::Records => ".records",
        }
    }

    fn folder(self, dataset: &str, generation: u64) -> String {
        format!("{dataset}-{generation}{}", self.ending())
    }

    /// The folder of a generation.
    pub(super) fn path(self, dir: &Path, dataset: &str, generation: u64) -> PathBuf {
        dir.join(self.folder(dataset, generation))
    }

    fn generation(self, folder: &str, dataset: &str) -> Option<u64> {
        let (name, text) = folder.strip_suffix(self.ending())?.rsplit_once('-')?;
        // `+7` and `007` are numbers too, but never names that were given here.
        text.parse::<u64>().ok().filter(|number| name == dataset && number.to_string() == text)
    }
}

/// The folders of a dataset's indexes of a kind with their generations, newest first.
pub(super) fn generations(dir: &Path, over: Over, dataset: &str) -> Result<Vec<(u64, PathBuf)>> {
    let found = |name: String| Some((over.generation(&name, dataset)?, dir.join(name)));
    let mut found: Vec<(u64, PathBuf)> = children(dir)?.into_iter().filter_map(found).collect();
    found.sort_unstable_by_key(|(generation, _)| std::cmp::Reverse(*generation));
    Ok(found)
}

/// Reads the newest whole index of a dataset; `None` when there is none.
///
/// # Errors
/// That of the newest when there is one, or more, but none can be read.
pub(super) fn newest<T>(
    dir: &Path,
    over: Over,
    dataset: &str,
    read: impl Fn(&Path, u64) -> Result<T>,
) -> Result<Option<T>> {
    let mut listed = generations(dir, over, dataset)?;
    loop {
        let mut damage = None;
        for (generation, folder) in &listed {
            match read(folder, *generation) {
                Ok(index) => return Ok(Some(index)),
                Err(error) => damage = damage.or(Some(error)),
            }
        }
        // A build may have put a newer one in place meanwhile, and removed what was listed.
        let again = generations(dir, over, dataset)?;
        if again == listed {
            return damage.map_or(Ok(None), Err);
        }
        listed = again;
    }
}

/// The names in a folder; none where there is no folder. Names that are not Unicode are never ours.
fn children(dir: &Path) -> Result<Vec<String>> {
    let listed = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.map_err(|source| Error::io(dir, source))?,
    };
    let names = listed.map(|child| child.map(|child| child.file_name().into_string().ok()));
    let names: std::io::Result<Vec<Option<String>>> = names.collect();
    Ok(names.map_err(|source| Error::io(dir, source))?.into_iter().flatten().collect())
}

/// Writes the files of an index and puts them in place; what was built before for the dataset, and what crashed builds
/// left, is removed. One builder of a dataset at a time: who builds holds the store.
pub(super) fn put(dir: &Path, over: Over, dataset: &str, generation: u64, parts: &[(Part, Vec<u8>)]) -> Result<()> {
    let name = over.folder(dataset, generation);
    let folder = dir.join(&name);
    let unfinished = dir.join(format!(".{name}{UNFINISHED}"));
    let replaced = dir.join(format!(".{name}{REPLACED}"));
    fs::create_dir_all(dir).map_err(|source| Error::io(dir, source))?;
    remove_leftovers(dir, over, dataset)?;
    fs::create_dir(&unfinished).map_err(|source| Error::io(&unfinished, source))?;
    for (part, payload) in parts {
        file::write(&unfinished, *part, generation, payload)?;
    }
    sync(&unfinished)?;
    if folder.exists() {
        fs::rename(&folder, &replaced).map_err(|source| Error::io(&folder, source))?;
    }
    fs::rename(&unfinished, &folder).map_err(|source| Error::io(&folder, source))?;
    sync(dir)?;
    remove(&replaced)?;
    for (other, folder) in generations(dir, over, dataset)? {
        if other != generation {
            remove(&folder)?;
        }
    }
    Ok(())
}

/// Refuses datasets whose name could lead out of the folder or be taken for an unfinished one.
pub(super) fn check_name(dataset: &str) -> Result<()> {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | ':');
    if dataset.is_empty() || dataset.starts_with('.') || !dataset.chars().all(is_plain) || dataset.len() > 200 {
        return Err(Error::usage(format!(
            "{dataset:?} cannot name a dataset: give 1 to 200 bytes without / \\ : and not starting with a dot"
        )));
    }
    Ok(())
}

fn remove_leftovers(dir: &Path, over: Over, dataset: &str) -> Result<()> {
    for name in children(dir)? {
        let visible = name.strip_prefix('.').and_then(|n| n.strip_suffix(UNFINISHED).or(n.strip_suffix(REPLACED)));
        if visible.is_some_and(|name| over.generation(name, dataset).is_some()) {
            remove(&dir.join(name))?;
        }
    }
    Ok(())
}

/// The bytes of a dataset's files of a kind and a generation; 0 where there are none.
pub(super) fn bytes(dir: &Path, over: Over, dataset: &str, generation: u64) -> u64 {
    let files = fs::read_dir(over.path(dir, dataset, generation)).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|source| Error::io(folder, source)),
    }
}

/// Waits until the names in a folder are on the disk; a system that cannot open folders keeps them in its own way.
fn sync(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|source| Error::io(folder, source))?;
    }
    Ok(())
}
