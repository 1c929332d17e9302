//! The store's folder and the file `STORE` that makes it one: one line, `cognate-store FORMAT UUID`.

use crate::error::{Error, ErrorKind, Result};
use sha2::{Digest as _, Sha256};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The format of stores that this program writes; it reads no other yet.
pub const FORMAT: u32 = 1;

const MAGIC: &str = "cognate-store";
const FILE: &str = "STORE";

/// Reads a store's uuid.
///
/// # Errors
/// `NotFound` when there is no store, `Version` for one of a newer program, `Corrupt` for a damaged line, `Usage` for a
/// symbolic link in place of the folder.
pub(super) fn uuid(dir: &Path) -> Result<String> {
    refuse_link(dir)?;
    let path = dir.join(FILE);
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let reason =
                format!("{}: no store here (no file STORE); create one, or give another --store", dir.display());
            return Err(ErrorKind::NotFound(reason).into());
        }
        Err(error) => return Err(Error::io(path, error)),
    };
    let parts: Vec<&str> = text.strip_suffix('\n').unwrap_or_default().split(' ').collect();
    let [magic, format, rest @ ..] = parts.as_slice() else {
        return Err(Error::corrupt(path, "not the line of a store"));
    };
    match (*magic == MAGIC, format.parse::<u32>(), rest) {
        (true, Ok(FORMAT), [uuid]) if is_uuid(uuid) => Ok((*uuid).to_owned()),
        (true, Ok(found), _) if found != FORMAT => Err(ErrorKind::Version {
            path: dir.to_path_buf(),
            found: found.to_string(),
            supported: FORMAT.to_string(),
            advice: "use the version of cognate that wrote it, or export it there and import it here".to_owned(),
        }
        .into()),
        _ => Err(Error::corrupt(path, "not the line of a store")),
    }
}

/// Whether a folder holds a store, of whatever format.
pub fn is_store(dir: &Path) -> bool {
    dir.join(FILE).exists()
}

/// Builds a store's folder under another name beside its place, with what `fill` puts into it, and then renames it, so
/// that there is never half a store.
pub(super) fn create(dir: &Path, fill: impl FnOnce(&Path, &str) -> Result<()>) -> Result<()> {
    refuse_link(dir)?;
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) || dir.is_file() {
        return Err(Error::usage(format!("{}: is there already and is not empty; give another folder", dir.display())));
    }
    let name = dir.file_name().ok_or_else(|| Error::usage(format!("{}: not a folder's name", dir.display())))?;
    let mut building = OsString::from(".");
    building.push(name);
    building.push(format!(".{}.new", std::process::id()));
    let building = dir.with_file_name(building);
    let uuid = new_uuid(dir);
    let build = || {
        // What a process of the same number left behind when it was killed.
        if building.exists() {
            fs::remove_dir_all(&building).map_err(|error| Error::io(&building, error))?;
        }
        fs::create_dir_all(&building).map_err(|error| Error::io(&building, error))?;
        fill(&building, &uuid)?;
        write_line(&building, &uuid).map_err(|error| Error::io(&building, error))?;
        fs::rename(&building, dir).map_err(|error| Error::io(dir, error))?;
        sync(parent(dir)).map_err(|error| Error::io(dir, error))
    };
    build().inspect_err(|_| {
        // The first error is the one to report.
        let _ = fs::remove_dir_all(&building);
    })
}

fn write_line(dir: &Path, uuid: &str) -> io::Result<()> {
    let mut file = File::create_new(dir.join(FILE))?;
    file.write_all(format!("{MAGIC} {FORMAT} {uuid}\n").as_bytes())?;
    file.sync_all()?;
    sync(dir)
}

fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn parent(dir: &Path) -> &Path {
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn refuse_link(dir: &Path) -> Result<()> {
    match fs::symlink_metadata(dir) {
        Ok(found) if found.is_symlink() => {
            Err(Error::usage(format!("{}: is a symbolic link; name the folder itself", dir.display())))
        }
        _ => Ok(()),
    }
}

/// A uuid (version 8) from the time, the process and the place: no two stores should have the same.
fn new_uuid(dir: &Path) -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let place: PathBuf = fs::canonicalize(parent(dir)).unwrap_or_default().join(dir);
    let hash = Sha256::new()
        .chain_update(time.to_le_bytes())
        .chain_update(std::process::id().to_le_bytes())
        .chain_update(place.as_os_str().as_encoded_bytes())
        .finalize();
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let piece = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-8{}-a{}-{}", piece(0, 8), piece(8, 12), piece(13, 16), piece(17, 20), piece(20, 32))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
