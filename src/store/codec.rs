//! The bytes of a stored value: an envelope around bincode. The only file that names bincode.
//!
//! | bytes | meaning |
//! | --- | --- |
//! | 0..3 | `CGN` |
//! | 3 | the kind of value ([`Kind`]) |
//! | 4 | the version of that kind's encoding |
//! | 5..9 | length of the content, little-endian |
//! | 9..13 | CRC-32 of the key, bytes 0..9 and the content, little-endian |
//! | 13.. | the content: bincode 1, fixed-width integers, little-endian, nothing behind it |
//!
//! The key takes part in the checksum, so a value that turns up under another key is noticed.

use bincode::Options;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of content that one value may have; more is refused in both directions.
pub(super) const CONTENT_LIMIT: usize = 64 * 1024 * 1024;

const MAGIC: [u8; 3] = *b"CGN";
const VERSION: u8 = 1;
const HEADER: usize = 13;

/// What a value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The store's identity and counters.
    Meta = 1,
    /// The head of a dataset.
    Head = 2,
    /// A block of records.
    Records = 3,
    /// A bucket of the table from ids to places.
    Ids = 4,
    /// A chunk of the rows that a part takes from an older one.
    Deaths = 5,
    /// The mark of a part whose blocks are not (or no longer) any head's.
    Orphan = 6,
}

/// Encodes a value for its key.
pub(super) fn encode<T: Serialize>(kind: Kind, key: &[u8], value: &T) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; HEADER];
    options().serialize_into(&mut bytes, value).map_err(|error| error.to_string())?;
    let length = u32::try_from(bytes.len() - HEADER).map_err(|error| error.to_string())?;
    let mut header = [0; HEADER];
    header[..3].copy_from_slice(&MAGIC);
    header[3] = kind as u8;
    header[4] = VERSION;
    header[5..9].copy_from_slice(&length.to_le_bytes());
    let sum = checksum(key, &header[..9], bytes.get(HEADER..).unwrap_or_default());
    header[9..].copy_from_slice(&sum.to_le_bytes());
    bytes.splice(..HEADER, header);
    Ok(bytes)
}

/// Decodes the value of a key; the error says what is wrong with it.
pub(super) fn decode<T: DeserializeOwned>(kind: Kind, key: &[u8], bytes: &[u8]) -> Result<T, String> {
    let (header, content) = bytes.split_first_chunk::<HEADER>().ok_or("a value cut short")?;
    let [m0, m1, m2, found, version, l0, l1, l2, l3, c0, c1, c2, c3] = *header;
    if [m0, m1, m2] != MAGIC {
        return Err("a value without its mark".to_owned());
    }
    if u32::from_le_bytes([l0, l1, l2, l3]) as usize != content.len() {
        return Err("a value of another length than it says".to_owned());
    }
    if u32::from_le_bytes([c0, c1, c2, c3]) != checksum(key, &header[..9], content) {
        return Err("a value whose checksum does not fit".to_owned());
    }
    if found != kind as u8 || version != VERSION {
        return Err(format!("a value of kind {found}, version {version}, where {kind:?}, version {VERSION} belongs"));
    }
    options().deserialize(content).map_err(|error| error.to_string())
}

/// Encodes the content of a derived file, which has an envelope and a checksum of its own ([`super::derived`]).
pub(super) fn encode_whole<T: Serialize>(value: &T) -> Result<Vec<u8>, String> {
    options().with_no_limit().serialize(value).map_err(|error| error.to_string())
}

/// Decodes the content of a derived file; asks for no more memory than the content is long.
pub(super) fn decode_whole<T: DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    options().with_limit(content.len() as u64).deserialize(content).map_err(|error| error.to_string())
}

fn checksum(key: &[u8], header: &[u8], content: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(key);
    sum.update(header);
    sum.update(content);
    sum.finalize()
}

fn options() -> impl Options {
    bincode::DefaultOptions::new()
        .with_fixint_encoding()
        .with_little_endian()
        .with_limit(CONTENT_LIMIT as u64)
        .reject_trailing_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_noticed() {
        let value = (7_u64, "seven".to_owned(), vec![1_u16, 2]);
        let bytes = encode(Kind::Head, b"key", &value).unwrap();
        assert_eq!(decode(Kind::Head, b"key", &bytes), Ok(value));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(decode::<(u64, String, Vec<u16>)>(Kind::Head, b"key", &flipped).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(decode::<(u64, String, Vec<u16>)>(Kind::Head, b"key", &bytes[..length]).is_err());
        }
    }

    #[test]
    fn a_value_belongs_to_its_key_and_kind() {
        let bytes = encode(Kind::Head, b"a", &1_u8).unwrap();
        assert!(decode::<u8>(Kind::Head, b"b", &bytes).is_err());
        assert!(decode::<u8>(Kind::Meta, b"a", &bytes).is_err());
        assert!(decode::<u16>(Kind::Head, b"a", &bytes).is_err());
    }

    #[test]
    fn a_length_that_lies_asks_for_no_memory() {
        let bytes = encode(Kind::Records, b"a", &(u64::MAX, 1_u8)).unwrap();
        assert!(decode::<Vec<String>>(Kind::Records, b"a", &bytes).is_err());
        assert!(decode::<String>(Kind::Records, b"a", &bytes).is_err());
    }
}
