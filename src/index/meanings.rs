//! The entries' learned vectors, in cells of near ones: names that mean the same though they share no letter.
//!
//! Some of the vectors, evenly drawn in the order of the entries, are centres; each entry lies in the cell of a centre that
//! it is near to, and the centres themselves in the group of the nearest of a few heads. A search looks through the groups
//! whose heads are nearest, then through the cells whose centres are nearest, until it has seen enough entries (an inverted
//! file, as in Jégou, Douze & Schmid, "Product Quantization for Nearest Neighbor Search", IEEE TPAMI 33(1), 2011, without
//! quantization). All arithmetic is on integers.
//!
//! ```text
//! payload: entries with a vector · cells · groups · cells of each group · entries of each cell
//!          vectors of the heads · vectors of the centres · numbers of the entries · vectors of the entries
//! ```
//! Centres stand group by group, entries cell by cell. Numbers are little-endian words of four bytes; vectors are the bytes
//! of [`Meaning`] in two's complement. Without an embedding all counts are 0.

use super::bytes::Reader;
use crate::compare::Meaning;
use crate::compare::embedding::DIMENSIONS;
use rayon::prelude::*;
use std::cmp::Reverse;

/// Entries to a cell, on average.
const CELL: usize = 64;
/// Cells at most; beyond, they grow.
const CELLS: usize = 4096;
/// Groups that an entry's centre is looked for in.
const GROUPS_BUILDING: usize = 4;
/// Groups that a search looks through.
const GROUPS_SEARCHING: usize = 8;
/// Entries that a search looks at before it opens no other cell.
const ENOUGH: usize = 1536;

type Vector = [i8; DIMENSIONS];

/// The cosine in parts of 65,536, as that of [`Meaning::cosine`].
fn cosine(left: &Vector, right: &Vector) -> i32 {
    left.iter().zip(right).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// Heads and centres, and which centres are whose.
#[derive(Debug, Default)]
struct Cells {
    heads: Vec<Vector>,
    /// By group: the number of its last centre and 1.
    group_ends: Vec<u32>,
    centres: Vec<Vector>,
}

impl Cells {
    /// Draws centres and heads from vectors, which must not be too few to draw from: one at least.
    fn draw(vectors: &[(u32, Vector)]) -> Cells {
        let step = vectors.len().div_ceil((vectors.len() / CELL).clamp(1, CELLS)).max(1);
        let drawn: Vec<&Vector> = vectors.iter().skip(step / 2).step_by(step).map(|(_, vector)| vector).collect();
        let step = drawn.len().div_ceil(drawn.len().isqrt().max(1)).max(1);
        let heads: Vec<Vector> = drawn.iter().step_by(step).map(|vector| **vector).collect();
        let mut groups: Vec<Vec<Vector>> = vec![Vec::new(); heads.len()];
        for centre in drawn {
            let group = nearest(&heads, centre).and_then(|place| groups.get_mut(place));
            group.into_iter().for_each(|group| group.push(*centre));
        }
        let group_ends = ends(groups.iter().map(Vec::len));
        Cells { heads, group_ends, centres: groups.concat() }
    }

    /// The cells whose centres are nearest to a vector, the nearest first, of the groups whose heads are nearest.
    fn near(&self, vector: &Vector, groups: usize) -> Vec<(Reverse<i32>, usize)> {
        let mut near: Vec<(Reverse<i32>, usize)> =
            self.heads.iter().zip(0..).map(|(head, group)| (Reverse(cosine(head, vector)), group)).collect();
        if near.len() > groups {
            near.select_nth_unstable(groups);
            near.truncate(groups);
        }
        let own = near.into_iter().flat_map(|(_, group)| range(&self.group_ends, group));
        own.filter_map(|cell| Some((Reverse(cosine(self.centres.get(cell)?, vector)), cell))).collect()
    }

    /// The cell of a vector.
    fn of(&self, vector: &Vector) -> usize {
        self.near(vector, GROUPS_BUILDING).into_iter().min().map_or(0, |(_, cell)| cell)
    }
}

/// The place of the nearest vector; of equally near ones the first.
fn nearest(among: &[Vector], to: &Vector) -> Option<usize> {
    (0..among.len()).max_by_key(|place| (among.get(*place).map(|vector| cosine(vector, to)), Reverse(*place)))
}

/// Running sums.
fn ends(lengths: impl Iterator<Item = usize>) -> Vec<u32> {
    lengths
        .scan(0_u32, |end, length| {
            *end += length as u32;
            Some(*end)
        })
        .collect()
}

/// The places that belong to a part, by the ends of the parts.
fn range(ends: &[u32], part: usize) -> std::ops::Range<usize> {
    let end = |part: Option<usize>| part.and_then(|part| ends.get(part)).map_or(0, |end| *end as usize);
    end(part.checked_sub(1))..end(Some(part))
}

/// Writes the vectors of entries, which come with their numbers, ascending.
///
/// Time: some microseconds an entry, shared among threads.
pub(super) fn write(meanings: impl Iterator<Item = (u32, Meaning)>) -> Vec<u8> {
    let vectors: Vec<(u32, Vector)> = meanings.map(|(entry, meaning)| (entry, *meaning.numbers())).collect();
    let cells = if vectors.is_empty() { Cells::default() } else { Cells::draw(&vectors) };
    let own: Vec<usize> = vectors.par_iter().map(|(_, vector)| cells.of(vector)).collect();
    let mut members: Vec<Vec<&(u32, Vector)>> = vec![Vec::new(); cells.centres.len()];
    for (cell, vector) in own.into_iter().zip(&vectors) {
        members.get_mut(cell).into_iter().for_each(|members| members.push(vector));
    }
    let mut out = Vec::with_capacity((vectors.len() + cells.centres.len() * 2) * (DIMENSIONS + 4));
    let mut put = |number: usize| out.extend_from_slice(&(number as u32).to_le_bytes());
    [vectors.len(), cells.centres.len(), cells.heads.len()].into_iter().for_each(&mut put);
    (0..cells.heads.len()).for_each(|group| put(range(&cells.group_ends, group).len()));
    members.iter().for_each(|members| put(members.len()));
    let mut put = |vector: &Vector| out.extend(vector.iter().map(|number| number.cast_unsigned()));
    cells.heads.iter().chain(&cells.centres).for_each(&mut put);
    members.iter().flatten().for_each(|(entry, _)| out.extend_from_slice(&entry.to_le_bytes()));
    members.iter().flatten().for_each(|(_, vector)| out.extend(vector.iter().map(|number| number.cast_unsigned())));
    out
}

/// The vectors, read.
#[derive(Debug)]
pub(super) struct Meanings {
    cells: Cells,
    /// By cell: the place of its last entry and 1.
    cell_ends: Vec<u32>,
    entries: Vec<u32>,
    vectors: Vec<Vector>,
}

impl Meanings {
    /// Reads a payload of an index of so many entries; `None` when it is not what [`write`] writes.
    pub(super) fn read(payload: &[u8], entries: u32) -> Option<Meanings> {
        let mut reader = Reader(payload);
        let counts = words(&mut reader, 3)?;
        let [count, cells, groups] = counts.as_slice() else { return None };
        let [count, cells, groups] = [*count as usize, *cells as usize, *groups as usize];
        let checked_ends = |lengths: Vec<u32>, sum: usize| {
            let whole: u64 = lengths.iter().map(|length| u64::from(*length)).sum();
            (whole == sum as u64).then(|| ends(lengths.into_iter().map(|length| length as usize)))
        };
        let group_ends = checked_ends(words(&mut reader, groups)?, cells)?;
        let cell_ends = checked_ends(words(&mut reader, cells)?, count)?;
        let (heads, centres) = (vectors(&mut reader, groups)?, vectors(&mut reader, cells)?);
        let numbers = words(&mut reader, count)?;
        let vectors = vectors(&mut reader, count)?;
        let is_whole = reader.0.is_empty() && numbers.iter().all(|entry| *entry < entries);
        let cells = Cells { heads, group_ends, centres };
        is_whole.then_some(Meanings { cells, cell_ends, entries: numbers, vectors })
    }

    /// The entries whose vectors are nearest to one, with their cosines in parts of 65,536, the nearest first, then by
    /// number; at most `top`, and none with a cosine below `least`. Of many entries some near ones may be missed.
    pub(super) fn near(&self, meaning: &Meaning, least: i32, top: usize) -> Vec<(i32, u32)> {
        let vector = meaning.numbers();
        let mut cells = self.cells.near(vector, GROUPS_SEARCHING);
        cells.sort_unstable();
        let (mut found, mut seen) = (Vec::new(), 0);
        for (_, cell) in cells {
            let places = range(&self.cell_ends, cell);
            seen += places.len();
            let vectors = self.vectors.get(places.clone()).unwrap_or_default();
            for (other, entry) in vectors.iter().zip(self.entries.get(places).unwrap_or_default()) {
                let cosine = cosine(other, vector);
                if cosine >= least {
                    found.push((Reverse(cosine), *entry));
                }
            }
            if seen >= ENOUGH {
                break;
            }
        }
        found.sort_unstable();
        found.into_iter().take(top).map(|(cosine, entry)| (cosine.0, entry)).collect()
    }
}

fn words(reader: &mut Reader<'_>, count: usize) -> Option<Vec<u32>> {
    let bytes = reader.take(count.checked_mul(4)?)?;
    Some(bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect())
}

fn vectors(reader: &mut Reader<'_>, count: usize) -> Option<Vec<Vector>> {
    let bytes = reader.take(count.checked_mul(DIMENSIONS)?)?;
    Some(bytes.as_chunks().0.iter().map(|vector: &[u8; DIMENSIONS]| vector.map(u8::cast_signed)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Embedding;
    use proptest::prelude::*;

    /// Pseudo-random vectors, some of them near each other.
    fn meanings(count: u32) -> Vec<(u32, Meaning)> {
        let row = |row: u32| {
            std::array::from_fn(|place| ((row * 131 + place as u32).wrapping_mul(0x9E37_79B9) >> 25) as i8 - 64)
        };
        let embedding = Embedding::new((0..256).map(row).collect()).unwrap();
        (0..count)
            .filter_map(|entry| Some((entry, embedding.encode(&[entry % 97, entry % 61 + 100, entry % 11])?)))
            .collect()
    }

    #[test]
    fn among_few_entries_all_are_looked_at() {
        let meanings = meanings(1000);
        let read = Meanings::read(&write(meanings.iter().copied()), 1000).unwrap();
        for (_, meaning) in meanings.iter().step_by(37) {
            let mut expected: Vec<(Reverse<i32>, u32)> =
                meanings.iter().map(|(entry, other)| (Reverse(meaning.cosine(other)), *entry)).collect();
            expected.sort_unstable();
            let found = read.near(meaning, 30_000, 20);
            let expected = expected.into_iter().filter(|(cosine, _)| cosine.0 >= 30_000).take(20);
            assert_eq!(found, expected.map(|(cosine, entry)| (cosine.0, entry)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn among_many_entries_each_finds_its_like() {
        let meanings = meanings(20_000);
        let read = Meanings::read(&write(meanings.iter().copied()), 20_000).unwrap();
        for (_, meaning) in meanings.iter().step_by(997) {
            // Rounding makes some vectors a little longer than others.
            assert!(read.near(meaning, 0, 1)[0].0 >= meaning.cosine(meaning));
        }
    }

    #[test]
    fn nothing_is_near_to_nothing() {
        let read = Meanings::read(&write(std::iter::empty()), 0).unwrap();
        assert!(read.near(&meanings(1)[0].1, 0, 20).is_empty());
    }

    #[test]
    fn a_payload_that_does_not_fit_is_refused() {
        let whole = write(meanings(300).into_iter());
        assert!(Meanings::read(&whole, 300).is_some());
        assert!(Meanings::read(&whole, 299).is_none());
        assert!(Meanings::read(&whole[..whole.len() - 1], 300).is_none());
        assert!(Meanings::read(&[whole, vec![0]].concat(), 300).is_none());
    }

    proptest! {
        #[test]
        fn no_payload_panics(payload: Vec<u8>) {
            let _ = Meanings::read(&payload, 10);
        }
    }
}
