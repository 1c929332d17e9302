//! Digests of ids, records and whole datasets.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A digest of 128 bits. That of a dataset is the sum of its records' digests, so it does not depend on their order.
///
/// Written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(u128);

impl Digest {
    /// The digest of an id.
    pub(super) fn of_id(id: &str) -> Digest {
        Digest::first_half(Sha256::new().chain_update(b"id\0").chain_update(id))
    }

    /// The digest of a record: its id and the JSON text of its fields.
    pub(super) fn of_record(id: &str, json: &str) -> Digest {
        let length = (id.len() as u64).to_le_bytes();
        Digest::first_half(
            Sha256::new().chain_update(b"record\0").chain_update(length).chain_update(id).chain_update(json),
        )
    }

    fn first_half(hash: Sha256) -> Digest {
        let bytes = hash.finalize();
        Digest(bytes.iter().take(16).fold(0, |number, &byte| (number << 8) | u128::from(byte)))
    }

    /// The sum with another record's digest.
    #[must_use]
    pub(super) fn plus(self, other: Digest) -> Digest {
        Digest(self.0.wrapping_add(other.0))
    }

    /// The sum without a record's digest.
    #[must_use]
    pub(super) fn minus(self, other: Digest) -> Digest {
        Digest(self.0.wrapping_sub(other.0))
    }

    /// Which of `buckets` equal stretches of the digests this one lies in.
    pub(super) fn bucket(self, buckets: u32) -> u32 {
        // The product of the digest's first 32 bits and a 32-bit number, shifted by 32, is less than that number.
        ((((self.0 >> 96) as u64) * u64::from(buckets)) >> 32) as u32
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
