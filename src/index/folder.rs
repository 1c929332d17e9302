//! The folders of indexes: `<dataset>-<generation>`, made whole under another name and renamed into place.

use super::file::{self, Part};
use crate::error::{Error, Result};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folders of a dataset with their generations, newest first.
pub(super) fn generations(dir: &Path, dataset: &str) -> Result<Vec<(u64, PathBuf)>> {
    let listed = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.map_err(|source| Error::io(dir, source))?,
    };
    let mut found = Vec::new();
    for folder in listed {
        let folder = folder.map_err(|source| Error::io(dir, source))?;
        let name = folder.file_name();
        let parts = name.to_str().and_then(|name| name.rsplit_once('-')).filter(|(name, _)| *name == dataset);
        // `+7` and `007` are numbers too, but never names that were given here.
        let generation =
            parts.and_then(|(_, text)| text.parse::<u64>().ok().filter(|number| number.to_string() == text));
        found.extend(generation.map(|generation| (generation, folder.path())));
    }
    found.sort_unstable_by_key(|(generation, _)| std::cmp::Reverse(*generation));
    Ok(found)
}

/// Writes the files of an index and puts them in place; what was built before for the dataset is then removed.
pub(super) fn put(dir: &Path, dataset: &str, generation: u64, parts: &[(Part, Vec<u8>)]) -> Result<()> {
    let folder = dir.join(format!("{dataset}-{generation}"));
    let unfinished = dir.join(format!(".{dataset}-{generation}.unfinished"));
    let replaced = dir.join(format!(".{dataset}-{generation}.replaced"));
    fs::create_dir_all(dir).map_err(|source| Error::io(dir, source))?;
    remove(&unfinished)?;
    remove(&replaced)?;
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
