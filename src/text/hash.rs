//! Hashes that are the same on every machine.

/// FNV-1a of bytes (Fowler, Noll, Vo).
pub fn stable_hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// The hash by which words are told apart.
pub fn word_hash(word: &str) -> u32 {
    let hash = stable_hash(word.bytes());
    // The high half is mixed in, because the low bits of short words are alike.
    (hash ^ (hash >> 32)) as u32
}
