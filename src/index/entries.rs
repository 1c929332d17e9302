//! The names as they were written, and whose they are, packed.
//!
//! ```text
//! payload: count · symbols · alias bits · same-core bits · entries
//! entry:   length · id · name in symbols
//! id:      number · 2, for an id that is a decimal number; length · 2 + 1 and the bytes, for any other
//! ```
//! All numbers are varints. The place of every sixteenth entry is found once, when the file is read.

use super::bytes::{Reader, put_bytes, put_varint};
use super::symbols::Symbols;
use crate::record::RecordId;

/// Entries between two known places.
const BLOCK: u32 = 16;

/// Packs entries one after the other.
pub(super) struct EntriesWriter {
    symbols: Symbols,
    count: u32,
    aliases: Vec<u8>,
    same_core: Vec<u8>,
    packed: Vec<u8>,
    entry: Vec<u8>,
}

impl EntriesWriter {
    pub(super) fn new(symbols: Symbols) -> EntriesWriter {
        let (aliases, same_core, packed, entry) = Default::default();
        EntriesWriter { symbols, count: 0, aliases, same_core, packed, entry }
    }

    /// Appends an entry; `same_core` says that its normalised name is that of the entry before it.
    pub(super) fn push(&mut self, name: &str, record: &str, is_alias: bool, same_core: bool) {
        self.entry.clear();
        put_id(&mut self.entry, record);
        self.symbols.encode(name.as_bytes(), &mut self.entry);
        put_bytes(&mut self.packed, &self.entry);
        for (bits, bit) in [(&mut self.aliases, is_alias), (&mut self.same_core, same_core)] {
            if self.count.is_multiple_of(8) {
                bits.push(0);
            }
            if let Some(last) = bits.last_mut() {
                *last |= u8::from(bit) << (self.count % 8);
            }
        }
        self.count += 1;
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.packed.len() + self.aliases.len() * 2 + 4096);
        put_varint(&mut out, u64::from(self.count));
        self.symbols.write(&mut out);
        for part in [self.aliases, self.same_core, self.packed] {
            out.extend_from_slice(&part);
        }
        out
    }
}

fn put_id(out: &mut Vec<u8>, id: &str) {
    let number = id.parse::<u64>().ok().filter(|number| *number < 1 << 62 && number.to_string() == id);
    match number {
        Some(number) => put_varint(out, number << 1),
        None => {
            put_varint(out, (id.len() as u64) << 1 | 1);
            out.extend_from_slice(id.as_bytes());
        }
    }
}

/// The packed entries, read.
#[derive(Debug)]
pub(super) struct Entries {
    symbols: Symbols,
    count: u32,
    aliases: Vec<u8>,
    same_core: Vec<u8>,
    packed: Vec<u8>,
    /// Where every [`BLOCK`]th entry begins in `packed`.
    places: Vec<u32>,
}

impl Entries {
    /// Reads a payload; `None` when it is not what [`EntriesWriter`] writes. Linear, some nanoseconds an entry.
    pub(super) fn read(payload: &[u8]) -> Option<Entries> {
        let mut reader = Reader(payload);
        let count: u32 = reader.number()?;
        let symbols = Symbols::read(&mut reader)?;
        let bits = (count as usize).div_ceil(8);
        let (aliases, same_core) = (reader.take(bits)?.to_vec(), reader.take(bits)?.to_vec());
        let packed = reader.0.to_vec();
        let mut places = Vec::with_capacity((count / BLOCK) as usize + 1);
        for entry in 0..count {
            if entry.is_multiple_of(BLOCK) {
                places.push(u32::try_from(packed.len() - reader.0.len()).ok()?);
            }
            reader.bytes()?;
        }
        reader.0.is_empty().then_some(Entries { symbols, count, aliases, same_core, packed, places })
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.count
    }

    fn parts(&self, entry: u32) -> Option<(RecordId, &[u8])> {
        if entry >= self.count {
            return None;
        }
        let place = *self.places.get((entry / BLOCK) as usize)?;
        let mut reader = Reader(self.packed.get(place as usize..)?);
        for _ in 0..entry % BLOCK {
            reader.bytes()?;
        }
        let mut reader = Reader(reader.bytes()?);
        let id = reader.varint()?;
        let record = match id & 1 {
            0 => RecordId::new((id >> 1).to_string()),
            _ => RecordId::new(std::str::from_utf8(reader.take(usize::try_from(id >> 1).ok()?)?).ok()?),
        };
        Some((record, reader.0))
    }

    /// The record and the name of an entry.
    pub(super) fn get(&self, entry: u32) -> Option<(RecordId, String)> {
        let (record, code) = self.parts(entry)?;
        Some((record, String::from_utf8(self.symbols.decode(code)).ok()?))
    }

    /// Whether an entry is an alias.
    pub(super) fn is_alias(&self, entry: u32) -> bool {
        bit(&self.aliases, entry)
    }

    /// The entries that have the normalised name of `first`, which is the first of them.
    pub(super) fn with_core_of(&self, first: u32) -> impl Iterator<Item = u32> + '_ {
        let others = (first + 1..self.count).take_while(|entry| bit(&self.same_core, *entry));
        std::iter::once(first).filter(|first| *first < self.count).chain(others)
    }
}

fn bit(bits: &[u8], at: u32) -> bool {
    bits.get((at / 8) as usize).is_some_and(|byte| byte >> (at % 8) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn entries_come_back(rows: Vec<(String, String, bool, bool)>) {
            let mut writer = EntriesWriter::new(Symbols::learn(&[b"name"]));
            rows.iter().for_each(|(name, id, alias, same)| writer.push(name, id, *alias, *same));
            let entries = Entries::read(&writer.finish()).unwrap();
            prop_assert_eq!(entries.len() as usize, rows.len());
            for (at, (name, id, alias, _)) in (0u32..).zip(&rows) {
                prop_assert_eq!(entries.get(at), Some((RecordId::new(id.as_str()), name.clone())));
                prop_assert_eq!(entries.is_alias(at), *alias);
            }
            prop_assert_eq!(entries.get(rows.len() as u32), None);
        }

        #[test]
        fn no_payload_panics(payload: Vec<u8>) {
            if let Some(entries) = Entries::read(&payload) {
                let _ = (entries.get(0), entries.with_core_of(0).count());
            }
        }
    }

    #[test]
    fn numbers_that_are_not_written_plainly_stay_text() {
        let mut writer = EntriesWriter::new(Symbols::default());
        let ids = ["007", "7", "18446744073709551615", "+7", ""];
        ids.iter().for_each(|id| writer.push("x", id, false, true));
        let entries = Entries::read(&writer.finish()).unwrap();
        for (at, id) in (0u32..).zip(ids) {
            assert_eq!(entries.get(at).unwrap().0.as_str(), id);
        }
        assert_eq!(entries.with_core_of(0).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }
}
