//! Embeddings that are kept in a folder, so that a training that was stopped, or is run again, need not learn them anew.
//!
//! A file is named by a digest of everything that the embedding depends on. It holds a line that says what it is, that digest,
//! a digest of the rows, and the rows, byte by byte; both digests are SHA-256.

use crate::compare::Embedding;
use crate::compare::embedding::DIMENSIONS;
use crate::error::{Error, Result};
use crate::model::contrast::{ContrastOptions, FeaturedName};
use crate::record::{Destination, Output};
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The first line of a file.
const HEADER: &[u8] = b"cognate embedding 1\n";
/// The bytes of a digest.
const DIGEST: usize = 32;

/// What an embedding depends on, as a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key([u8; DIGEST]);

impl Key {
    /// The key of an embedding of these names with these options, learned by this version of the program.
    pub fn new(names: &[FeaturedName], options: &ContrastOptions) -> Key {
        let mut digest = Sha256::new();
        digest.update(format!("{} {DIMENSIONS} {options:?} {}\n", env!("CARGO_PKG_VERSION"), names.len()));
        for name in names {
            digest.update(name.list.to_le_bytes());
            digest.update(name.entity.to_le_bytes());
            digest.update(name.share.to_le_bytes());
            digest.update((name.features.len() as u64).to_le_bytes());
            name.features.iter().for_each(|feature| digest.update(feature.to_le_bytes()));
        }
        Key(digest.finalize().into())
    }

    /// The file of the embedding.
    fn path(&self, folder: &Path) -> PathBuf {
        let name: String = self.0.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        folder.join(format!("embedding-{name}"))
    }
}

/// The embedding that is kept under a key. A file that is damaged or something else is passed over with a note.
pub fn load(folder: &Path, key: &Key, note: &dyn Fn(&str)) -> Option<Embedding> {
    let path = key.path(folder);
    let reason = match std::fs::read(&path) {
        Ok(bytes) => match parse(&bytes, key) {
            Some(embedding) => return Some(embedding),
            None => "is damaged or no embedding of this training".to_owned(),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => format!("cannot be read ({error})"),
    };
    note(&format!("{} {reason}; it is made anew", path.display()));
    None
}

fn parse(bytes: &[u8], key: &Key) -> Option<Embedding> {
    let rest = bytes.strip_prefix(HEADER)?.strip_prefix(&key.0)?;
    let (digest, numbers) = rest.split_first_chunk::<DIGEST>()?;
    let is_whole = Sha256::digest(numbers).as_slice() == digest;
    let (rows, rest) = numbers.as_chunks::<DIMENSIONS>();
    let rows = rows.iter().map(|row| row.map(u8::cast_signed)).collect();
    Embedding::new(rows).filter(|_| is_whole && rest.is_empty())
}

/// Keeps an embedding under its key; the folder is made where there is none.
///
/// # Errors
/// Those of making the folder and of writing the file.
pub fn store(folder: &Path, key: &Key, embedding: &Embedding) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Error::io(folder, error))?;
    let path = key.path(folder);
    let numbers: Vec<u8> = embedding.rows().iter().flatten().map(|number| number.cast_unsigned()).collect();
    let digest: [u8; DIGEST] = Sha256::digest(&numbers).into();
    let mut output = Output::create(Destination::File(path.clone()))?;
    for part in [HEADER, &key.0, &digest, &numbers] {
        output.write_all(part).map_err(|error| Error::io(&path, error))?;
    }
    output.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let names = [FeaturedName { list: 0, entity: 1, share: 1.0, features: vec![7] }];
        let key = Key::new(&names, &ContrastOptions::default());
        let other = Key::new(&names, &ContrastOptions { seed: 2, ..ContrastOptions::default() });
        let embedding = Embedding::new(vec![[3; DIMENSIONS], [-5; DIMENSIONS]]).unwrap();
        let notes = Cell::new(0);
        let loaded = |key: &Key| load(folder.path(), key, &|_| notes.set(notes.get() + 1));
        assert_eq!(loaded(&key), None);
        store(folder.path(), &key, &embedding).unwrap();
        assert_eq!((loaded(&key), loaded(&other), notes.get()), (Some(embedding), None, 0));
        let whole = std::fs::read(key.path(folder.path())).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for damaged in [&flipped, &whole[..whole.len() - 1], b"", b"something else"] {
            std::fs::write(key.path(folder.path()), damaged).unwrap();
            assert_eq!(loaded(&key), None);
        }
        assert_eq!(notes.get(), 4);
        std::fs::write(other.path(folder.path()), &whole).unwrap();
        assert_eq!((loaded(&other), notes.get()), (None, 5));
    }
}
