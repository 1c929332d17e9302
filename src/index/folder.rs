//! The folders of indexes: `<dataset>-<generation>`, made whole under another name and renamed into place.

use super::file::{self, Part};
use crate::error::{Error, Result};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const UNFINISHED: &str = ".unfinished";
const REPLACED: &str = ".replaced";

/// The folders of a dataset with their generations, newest first.
pub(super) fn generations(dir: &Path, dataset: &str) -> Result<Vec<(u64, PathBuf)>> {
    let mut found: Vec<(u64, PathBuf)> =
        children(dir)?.into_iter().filter_map(|name| Some((generation(&name, dataset)?, dir.join(name)))).collect();
    found.sort_unstable_by_key(|(generation, _)| std::cmp::Reverse(*generation));
    Ok(found)
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

fn generation(name: &str, dataset: &str) -> Option<u64> {
    let (name, text) = name.rsplit_once('-')?;
    // `+7` and `007` are numbers too, but never names that were given here.
    text.parse::<u64>().ok().filter(|number| name == dataset && number.to_string() == text)
}

/// Writes the files of an index and puts them in place; what was built before for the dataset, and what crashed builds
/// left, is removed. One builder of a dataset at a time: who builds holds the store.
pub(super) fn put(dir: &Path, dataset: &str, generation: u64, parts: &[(Part, Vec<u8>)]) -> Result<()> {
    let folder = dir.join(format!("{dataset}-{generation}"));
    let unfinished = dir.join(format!(".{dataset}-{generation}{UNFINISHED}"));
    let replaced = dir.join(format!(".{dataset}-{generation}{REPLACED}"));
    fs::create_dir_all(dir).map_err(|source| Error::io(dir, source))?;
    remove_leftovers(dir, dataset)?;
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
    for (other, folder) in generations(dir, dataset)? {
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

fn remove_leftovers(dir: &Path, dataset: &str) -> Result<()> {
    for name in children(dir)? {
        let visible = name.strip_prefix('.').and_then(|n| n.strip_suffix(UNFINISHED).or(n.strip_suffix(REPLACED)));
        if visible.is_some_and(|name| generation(name, dataset).is_some()) {
            remove(&dir.join(name))?;
        }
    }
    Ok(())
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
