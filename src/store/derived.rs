//! Derived files: what was computed from a store's contents and can be computed again. Each is one file that is read
//! whole, written under another name and renamed, so that it can be read while another process holds the store.
//!
//! ```text
//! offset  bytes  field (numbers are little-endian)
//!      0      8  magic "cognder" and a zero byte
//!      8      4  version of what the file holds
//!     12      8  length of the content
//!     20      4  crc32 of the bytes 0..20 and of the content
//!     24      …  content: bincode 1, fixed-width integers, little-endian, nothing behind it
//! ```
//!
//! **Invariant:** a content is handed out only if its magic, its version, its length and its checksum are right.

use super::codec;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Destination, Output};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

const MAGIC: &[u8; 8] = b"cognder\0";
const CHECKED: usize = 20;
const HEADER: usize = 24;

/// Writes a derived file; the same value gives the same bytes.
///
/// # Errors
/// [`ErrorKind::Io`]; the file is then as it was.
///
/// ```
/// use cognate::store::derived::{read_derived, write_derived};
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("squares");
/// write_derived(&path, 1, &vec![1_u64, 4, 9])?;
/// assert_eq!(read_derived::<Vec<u64>>(&path, 1, "make it again")?, Some(vec![1, 4, 9]));
/// assert!(read_derived::<Vec<u64>>(&path, 2, "make it again").is_err());
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn write_derived(path: &Path, version: u32, value: &impl Serialize) -> Result<()> {
    let refused = |reason: String| Error::io(path, io::Error::new(io::ErrorKind::InvalidData, reason));
    let content = codec::encode_whole(value).map_err(refused)?;
    let mut output = Output::create(Destination::File(path.to_path_buf()))?;
    let written = output.write_all(&header(version, &content)).and_then(|()| output.write_all(&content));
    written.map_err(|error| Error::io(path, error))?;
    output.finish()
}

/// Reads a derived file; none where there is no such file. `advice` is what to do about one that cannot be used.
///
/// # Errors
/// [`ErrorKind::Corrupt`] for a damaged file, [`ErrorKind::Version`] for a whole one of another version,
/// [`ErrorKind::Io`].
pub fn read_derived<T: DeserializeOwned>(path: &Path, version: u32, advice: &str) -> Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(path, error)),
    };
    let damaged = |reason: &str| Error::corrupt(path, format!("{reason}; {advice}"));
    let (found, content) = bytes.split_first_chunk::<HEADER>().ok_or_else(|| damaged("shorter than its header"))?;
    let [.., v0, v1, v2, v3, _, _, _, _, _, _, _, _, _, _, _, _] = *found;
    let stated = u32::from_le_bytes([v0, v1, v2, v3]);
    if *found != header(stated, content) {
        return Err(damaged("its mark, its length or its checksum is wrong"));
    }
    if stated != version {
        let (found, supported) = (stated.to_string(), version.to_string());
        return Err(ErrorKind::Version { path: path.to_path_buf(), found, supported, advice: advice.to_owned() }.into());
    }
    codec::decode_whole(content).map(Some).map_err(|reason| damaged(&reason))
}

fn header(version: u32, content: &[u8]) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    let checked = MAGIC.iter().copied().chain(version.to_le_bytes()).chain((content.len() as u64).to_le_bytes());
    bytes.iter_mut().zip(checked).for_each(|(to, from)| *to = from);
    let (checked, sum) = bytes.split_at_mut(CHECKED);
    let mut crc = crc32fast::Hasher::new();
    crc.update(checked);
    crc.update(content);
    sum.copy_from_slice(&crc.finalize().to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d");
        write_derived(&path, 3, &(7_u64, "seven".to_owned())).unwrap();
        let bytes = fs::read(&path).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, flipped).unwrap();
            let error = read_derived::<(u64, String)>(&path, 3, "build it").unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "bit {bit}: {error}");
        }
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(read_derived::<(u64, String)>(&path, 3, "build it").is_err());
        }
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read_derived(&path, 3, "build it").unwrap(), Some((7_u64, "seven".to_owned())));
        let other = read_derived::<(u64, String)>(&path, 4, "build it").unwrap_err();
        assert!(matches!(other.kind(), ErrorKind::Version { .. }), "{other}");
        assert!(read_derived::<(u64, u64)>(&path, 3, "build it").is_err());
        fs::remove_file(&path).unwrap();
        assert_eq!(read_derived::<u8>(&path, 3, "build it").unwrap(), None);
    }
}
