//! Building an index: gather, order, write.

use super::entries::EntriesWriter;
use super::file::Part;
use super::folder::{self, Over};
use super::postings::PostingsWriter;
use super::symbols::Symbols;
use super::weights::{GramWeights, norm};
use super::{Entry, IndexMeta, Learned, NameIndex, meanings, write_rarity};
use crate::compare::{Meaning, Preparer, Rarity, RarityCounter, Text};
use crate::error::{Error, Result};
use crate::text::grams::{Gram, grams};
use crate::text::hash::word_hash;
use std::path::Path;

/// An entry is listed under its rarest grams only, until they carry this share of its squared norm in parts of 16. The
/// common grams that are left out would be most of the lists' entries and say the least.
const LISTED_SIXTEENTHS: u32 = 14;
/// Letters of initials that are indexed.
const INITIALS: std::ops::RangeInclusive<usize> = 2..=6;
/// Bytes of names that the symbols are learned from.
const SAMPLE: usize = 256 * 1024;

/// See [`NameIndex::build`].
pub(super) fn build(
    dir: &Path,
    mut meta: IndexMeta,
    entries: impl Iterator<Item = Result<Entry>>,
    learned: Learned<'_>,
) -> Result<IndexMeta> {
    folder::check_name(&meta.dataset)?;
    let mut gathered = Gathered::default();
    let rarity = Rarity::default();
    let preparer = Preparer { embedding: learned.embedding, ..Preparer::new(learned.lexicon, &rarity) };
    for entry in entries {
        gathered.add(&entry?, &preparer);
    }
    gathered.order();
    let count = u32::try_from(gathered.rows.len()).map_err(|_| Error::usage("more than 2³² names in a dataset"))?;
    (meta.entries, meta.skipped, meta.shortened) = (u64::from(count), gathered.skipped, gathered.shortened);
    let description = serde_json::to_vec(&meta).map_err(|error| Error::usage(error.to_string()))?;
    let (grams, norms) = gathered.grams(count);
    let parts = [
        (Part::Meta, description),
        (Part::Entries, gathered.entries()),
        (Part::Cores, gathered.cores().map_err(|error| Error::corrupt(dir, error.to_string()))?),
        (Part::Grams, grams),
        (Part::Norms, norms),
        (Part::Initials, gathered.initials()),
        (Part::Meanings, meanings::write(gathered.meanings())),
        (Part::Rarity, write_rarity(&gathered.counter.freeze(learned.words))),
    ];
    folder::put(dir, Over::Names, &meta.dataset, meta.generation, &parts)?;
    Ok(meta)
}

/// The entries while they are gathered: all texts in one buffer.
#[derive(Default)]
struct Gathered {
    texts: String,
    rows: Vec<Row>,
    /// The vectors in the order in which the names came, which have [`Row::meaning`] for their places.
    meanings: Vec<Meaning>,
    counter: RarityCounter,
    skipped: u64,
    shortened: u64,
}

/// Where in the buffer an entry's normalised name, name and id follow each other.
#[derive(Clone, Copy)]
struct Row {
    /// The first bytes of the normalised name, which settle most comparisons without a look at the buffer.
    head: u64,
    start: usize,
    core: u16,
    name: u16,
    record: u32,
    is_alias: bool,
    /// Hashes of its initials without and with connectives; 0 for none.
    initials: [u32; 2],
    /// Where its vector is; past all vectors for a name that has none.
    meaning: u32,
}

impl Gathered {
    fn add(&mut self, entry: &Entry, preparer: &Preparer<'_>) {
        let mut end = NameIndex::NAME_BYTES.min(entry.name.len());
        while !entry.name.is_char_boundary(end) {
            end -= 1;
        }
        let name = entry.name.get(..end).unwrap_or_default();
        self.shortened += u64::from(name.len() < entry.name.len());
        let Some(text) = preparer.text(name) else {
            self.skipped += 1;
            return;
        };
        let mut words: Vec<u32> = text.words.iter().map(|word| word.hash).collect();
        words.dedup();
        self.counter.add(words.into_iter());
        // A core is at most 255 bytes and a name at most NAME_BYTES; ids are bounded where records are read.
        let mut head = [0; 8];
        head.iter_mut().zip(text.core.bytes()).for_each(|(to, byte)| *to = byte);
        self.rows.push(Row {
            head: u64::from_be_bytes(head),
            start: self.texts.len(),
            core: text.core.len() as u16,
            name: name.len() as u16,
            record: entry.record.as_str().len() as u32,
            is_alias: entry.is_alias,
            initials: initials(&text),
            meaning: text.meaning.map_or(u32::MAX, |_| self.meanings.len() as u32),
        });
        self.meanings.extend(text.meaning);
        [&text.core, name, entry.record.as_str()].into_iter().for_each(|part| self.texts.push_str(part));
    }

    fn core(&self, row: &Row) -> &str {
        self.texts.get(row.start..row.start + usize::from(row.core)).unwrap_or_default()
    }

    fn name(&self, row: &Row) -> &str {
        let start = row.start + usize::from(row.core);
        self.texts.get(start..start + usize::from(row.name)).unwrap_or_default()
    }

    fn record(&self, row: &Row) -> &str {
        let start = row.start + usize::from(row.core) + usize::from(row.name);
        self.texts.get(start..start + row.record as usize).unwrap_or_default()
    }

    /// Orders the rows by normalised name, then name, then id; the second of two that are equal in these goes.
    fn order(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        let key = |row: &Row| (self.core(row), self.name(row), self.record(row), row.is_alias);
        rows.sort_unstable_by(|a, b| a.head.cmp(&b.head).then_with(|| key(a).cmp(&key(b))));
        rows.dedup_by(|later, kept| self.name(later) == self.name(kept) && self.record(later) == self.record(kept));
        self.rows = rows;
    }

    fn entries(&self) -> Vec<u8> {
        let bytes: usize = self.rows.iter().map(|row| usize::from(row.name)).sum();
        let sample: Vec<&[u8]> =
            self.rows.iter().step_by(bytes / SAMPLE + 1).map(|row| self.name(row).as_bytes()).collect();
        let mut writer = EntriesWriter::new(Symbols::learn(&sample));
        let mut last = None;
        for row in &self.rows {
            let core = self.core(row);
            writer.push(self.name(row), self.record(row), row.is_alias, last == Some(core));
            last = Some(core);
        }
        writer.finish()
    }

    fn cores(&self) -> fst::Result<Vec<u8>> {
        let mut map = fst::MapBuilder::memory();
        let mut last = None;
        for (entry, row) in (0u64..).zip(&self.rows) {
            let core = self.core(row);
            if last != Some(core) {
                map.insert(core, entry)?;
            }
            last = Some(core);
        }
        map.into_inner()
    }

    /// The postings of the grams, and the norms.
    fn grams(&self, count: u32) -> (Vec<u8>, Vec<u8>) {
        let mut postings = PostingsWriter::default();
        for row in &self.rows {
            grams(self.core(row).split(' ')).into_iter().for_each(|gram| postings.count(gram));
        }
        let weights = GramWeights::new(count);
        let mut norms = Vec::with_capacity(self.rows.len() * 2);
        for (entry, row) in (0u32..).zip(&self.rows) {
            let mut rarest: Vec<(u32, Gram)> =
                grams(self.core(row).split(' ')).into_iter().map(|gram| (postings.frequency(gram), gram)).collect();
            rarest.sort_unstable();
            let squared = |(frequency, _): &(u32, Gram)| u32::from(weights.squared(*frequency));
            let whole: u32 = rarest.iter().map(squared).sum();
            norms.extend_from_slice(&norm(whole).to_le_bytes());
            let mut listed = 0;
            for gram in &rarest {
                if listed * 16 >= whole * LISTED_SIXTEENTHS {
                    break;
                }
                postings.list(gram.1, entry);
                listed += squared(gram);
            }
        }
        (postings.finish(), norms)
    }

    /// The entries that have a vector, with it.
    fn meanings(&self) -> impl Iterator<Item = (u32, Meaning)> {
        let of = |(entry, row): (u32, &Row)| Some((entry, *self.meanings.get(row.meaning as usize)?));
        (0..).zip(&self.rows).filter_map(of)
    }

    fn initials(&self) -> Vec<u8> {
        let mut postings = PostingsWriter::default();
        for (entry, row) in (0u32..).zip(&self.rows) {
            for initials in row.initials.into_iter().filter(|initials| *initials != 0) {
                postings.count(initials);
                postings.list(initials, entry);
            }
        }
        postings.finish()
    }
}

fn initials(text: &Text) -> [u32; 2] {
    let [core, all] = &text.initials;
    let hash = |initials: &str| if INITIALS.contains(&initials.len()) { word_hash(initials) } else { 0 };
    [hash(core), if core == all { 0 } else { hash(all) }]
}
