//! The files of an index: a header, then a payload that is read whole.
//!
//! ```text
//! offset  bytes  field (numbers are little-endian)
//!      0      8  magic "cognidx" and a zero byte
//!      8      4  part: which file of the index it is
//!     12      4  format version
//!     16      8  generation of the dataset
//!     24      8  length of the payload
//!     32      4  crc32 of the bytes 0..32 and of the payload
//!     36      …  payload
//! ```
//!
//! **Invariant:** a payload is handed out only if its checksum, its part, its format and its generation are right, so that
//! a file that was cut, flipped, swapped or left over from another build is damage and never data.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"cognidx\0";
const FORMAT: u32 = 2;
const HEADER: usize = 36;
const CHECKED: usize = 32;

/// Which file of an index it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The description, as JSON.
    Meta = 1,
    /// Names and ids ([`super::entries`]).
    Entries = 2,
    /// Normalised names in an automaton ([`super::cores`]).
    Cores = 3,
    /// 3-grams to entries ([`super::postings`]).
    Grams = 4,
    /// One norm for each entry ([`super::weights`]).
    Norms = 5,
    /// Initials to entries ([`super::postings`]).
    Initials = 6,
    /// Rarities of words.
    Rarity = 7,
    /// The entries' learned vectors ([`super::meanings`]).
    Meanings = 8,
    /// The description of an index of vectors, as JSON ([`super::vectors`]).
    VectorMeta = 9,
    /// Ids of the records that have a vector.
    Records = 10,
    /// Their vectors.
    Vectors = 11,
    /// The signs of their turned vectors.
    Signs = 12,
    /// What they say, as JSON ([`super::contents`]).
    Contents = 13,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Meta => "meta",
            Part::Entries => "entries",
            Part::Cores => "cores",
            Part::Grams => "grams",
            Part::Norms => "norms",
            Part::Initials => "initials",
            Part::Rarity => "rarity",
            Part::Meanings => "meanings",
            Part::VectorMeta => "meta",
            Part::Records => "records",
            Part::Vectors => "vectors",
            Part::Signs => "signs",
            Part::Contents => "contents",
        }
    }

    pub(super) fn path(self, folder: &Path) -> PathBuf {
        folder.join(self.name())
    }
}

fn header(part: Part, generation: u64, payload: &[u8]) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    let checked = MAGIC
        .iter()
        .copied()
        .chain((part as u32).to_le_bytes())
        .chain(FORMAT.to_le_bytes())
        .chain(generation.to_le_bytes())
        .chain((payload.len() as u64).to_le_bytes());
    bytes.iter_mut().zip(checked).for_each(|(to, from)| *to = from);
    let (checked, sum) = bytes.split_at_mut(CHECKED);
    let mut crc = crc32fast::Hasher::new();
    crc.update(checked);
    crc.update(payload);
    sum.copy_from_slice(&crc.finalize().to_le_bytes());
    bytes
}

/// Writes one file of an index and waits until it is on the disk.
pub(super) fn write(folder: &Path, part: Part, generation: u64, payload: &[u8]) -> Result<()> {
    let path = part.path(folder);
    let write = || {
        let mut file = File::create_new(&path)?;
        file.write_all(&header(part, generation, payload))?;
        file.write_all(payload)?;
        file.sync_all()
    };
    write().map_err(|source| Error::io(&path, source))
}

/// Reads the payload of one file of an index.
///
/// # Errors
/// [`crate::error::ErrorKind::Corrupt`] for a file that is missing, damaged, of another format or of another generation;
/// [`crate::error::ErrorKind::Io`] when the system refuses.
pub(super) fn read(folder: &Path, part: Part, generation: u64) -> Result<Vec<u8>> {
    let path = part.path(folder);
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Error::corrupt(&path, "missing")),
        opened => opened.map_err(|source| Error::io(&path, source))?,
    };
    let mut found = [0; HEADER];
    file.read_exact(&mut found).map_err(|_| Error::corrupt(&path, "shorter than its header"))?;
    let mut payload = Vec::new();
    file.read_to_end(&mut payload).map_err(|source| Error::io(&path, source))?;
    if found == header(part, generation, &payload) {
        return Ok(payload);
    }
    let format = FORMAT.to_le_bytes();
    let is_other_format = found.starts_with(MAGIC) && found.get(12..16) != Some(&format);
    let reason = if is_other_format { "written in another format" } else { "its checksum or generation is wrong" };
    Err(Error::corrupt(&path, reason))
}
