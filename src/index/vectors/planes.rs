//! Signs by coordinate: which entries differ from a query in the fewest of the coordinates that matter to it.
//!
//! 512 entries' signs of one coordinate are a *line* of eight words. To count, for 512 entries at once, in how many
//! coordinates they differ from the query, their lines are added up bit by bit: the counts stand upright, the lowest bits
//! of all 512 counts in one line, the next bits in another. Adding three lines of equal weight gives one of the same and one
//! of twice the weight, by five logic operations a word, and sixteen lines are taken in at a time, so that the higher bits are
//! touched rarely (Harley & Seal's way of counting bits; Muła, Kurz & Lemire, "Faster population counts using AVX2
//! instructions", The Computer Journal 61(1), 2018). It needs no instruction that only some machines have.
//!
//! ```text
//! block: the 512 coordinates of up to 4,096 entries
//!   row: one coordinate of them, up to 8 lines
//! ```
//! A search takes of each block the rows that it wants, and reads each of them from end to end.

use super::BITS;
use super::rows::{Sketch, WORDS};
use std::cmp::Reverse;

/// The signs of one coordinate of 512 entries, or one bit of 512 counts.
type Line = [u64; 8];
/// Entries in a line.
const LINE: usize = 512;
/// Lines in a row.
const ROW: usize = 8;
/// Coordinates that a search looks at: a multiple of [`TAKEN`].
const LOOKED_AT: usize = 160;
/// Lines that are added at a time.
const TAKEN: usize = 16;
/// Bits of a count, which is [`LOOKED_AT`] at most.
const COUNT_BITS: usize = 8;

const NOTHING: Line = [0; 8];

/// The signs of all entries by coordinate.
#[derive(Debug)]
pub(super) struct Planes {
    entries: usize,
    lines: Vec<Line>,
}

impl Planes {
    /// Lays out sketches. Time: under a microsecond each.
    pub(super) fn new(sketches: &[Sketch]) -> Planes {
        let mut lines = Vec::with_capacity(sketches.len().div_ceil(LINE) * BITS);
        for block in sketches.chunks(LINE * ROW) {
            let columns: Vec<Vec<Line>> = block.chunks(LINE).map(upright).collect();
            for coordinate in 0..BITS {
                lines.extend(columns.iter().filter_map(|column| column.get(coordinate)));
            }
        }
        Planes { entries: sketches.len(), lines }
    }

    /// The entries that differ in fewest of the coordinates in which a turned query is largest, in no order; at most so
    /// many. Of entries that differ in equally many the first ones are taken.
    pub(super) fn promising(&self, turned: &[i32], wanted: usize) -> Vec<u32> {
        if wanted == 0 {
            return Vec::new();
        }
        let looked_at = largest(turned);
        let mut best = Best { limit: looked_at.len() as u64 + 1, found: Vec::new(), wanted };
        let mut start = 0;
        while start < self.entries {
            let columns = (self.entries - start).div_ceil(LINE).min(ROW);
            let block = self.lines.get(start / LINE * BITS..).unwrap_or_default();
            let row = |coordinate: usize| block.get(coordinate * columns..(coordinate + 1) * columns);
            let mut counts = [[NOTHING; COUNT_BITS]; ROW];
            for taken in looked_at.as_chunks::<TAKEN>().0 {
                let mut rows = taken.map(|(coordinate, _)| row(coordinate).unwrap_or_default().iter());
                let flips = taken.map(|(_, flip)| flip);
                for count in counts.iter_mut().take(columns) {
                    add(count, &rows.each_mut().map(|row| row.next().unwrap_or(&NOTHING)), &flips);
                }
            }
            for count in counts.iter().take(columns) {
                best.take(count, start, self.entries);
                start += LINE;
            }
        }
        best.narrow();
        best.found.into_iter().map(|found| found as u32).collect()
    }
}

/// The signs of up to 512 entries by coordinate.
fn upright(sketches: &[Sketch]) -> Vec<Line> {
    let mut lines = vec![NOTHING; BITS];
    for (word, sketches) in sketches.chunks(64).enumerate() {
        for (own, lines) in lines.chunks_exact_mut(64).enumerate().take(WORDS) {
            let mut square = [0; 64];
            let words = sketches.iter().filter_map(|sketch| sketch.get(own));
            square.iter_mut().zip(words).for_each(|(to, from)| *to = *from);
            transpose(&mut square);
            for (line, signs) in lines.iter_mut().zip(square) {
                line.iter_mut().skip(word).take(1).for_each(|to| *to = signs);
            }
        }
    }
    lines
}

/// Turns bit j of word i into bit i of word j (Warren, "Hacker's Delight", 7–3, with the lowest bit first).
fn transpose(square: &mut [u64; 64]) {
    let mut width = 32;
    let mut mask = 0x0000_0000_ffff_ffff_u64;
    while width > 0 {
        for pair in square.chunks_exact_mut(width * 2) {
            let (upper, lower) = pair.split_at_mut(width);
            for (a, b) in upper.iter_mut().zip(lower) {
                let swapped = ((*a >> width) ^ *b) & mask;
                *a ^= swapped << width;
                *b ^= swapped;
            }
        }
        width /= 2;
        mask ^= mask << width;
    }
}

/// The places of the largest numbers of a turned query, ascending, each with what turns a line of signs into one of
/// differences from the query's own.
fn largest(turned: &[i32]) -> Vec<(usize, u64)> {
    let mut places: Vec<(Reverse<u32>, usize)> =
        turned.iter().take(BITS).zip(0..).map(|(number, place)| (Reverse(number.unsigned_abs()), place)).collect();
    if places.len() > LOOKED_AT {
        places.select_nth_unstable(LOOKED_AT);
        places.truncate(LOOKED_AT);
    }
    places.sort_unstable_by_key(|(_, place)| *place);
    let is_negative = |place: usize| turned.get(place).is_some_and(|number| *number < 0);
    places.into_iter().map(|(_, place)| (place, if is_negative(place) { u64::MAX } else { 0 })).collect()
}

// By place: the compiler takes several words at once, and zipping five lines says less.
#[allow(clippy::needless_range_loop)]
/// Adds three lines of one weight: a line of that weight, and one of twice the weight.
fn add_three(a: &Line, b: &Line, c: &Line) -> (Line, Line) {
    let (mut sum, mut carry) = (NOTHING, NOTHING);
    for i in 0..a.len() {
        let half = a[i] ^ b[i];
        sum[i] = half ^ c[i];
        carry[i] = (a[i] & b[i]) | (half & c[i]);
    }
    (sum, carry)
}

/// Adds half of the lines taken to the three lowest bits of counts, and gives the carry, of weight eight.
fn add_eight(low: &mut [Line; 3], lines: &[&Line; TAKEN], flips: &[u64; TAKEN], first: usize) -> Line {
    let flipped = |at: usize| -> Line { lines[first + at].map(|word| word ^ flips[first + at]) };
    let [ones, twos, fours] = low;
    let (sum, a) = add_three(ones, &flipped(0), &flipped(1));
    let (sum, b) = add_three(&sum, &flipped(2), &flipped(3));
    let (double, c) = add_three(twos, &a, &b);
    let (sum, a) = add_three(&sum, &flipped(4), &flipped(5));
    let (sum, b) = add_three(&sum, &flipped(6), &flipped(7));
    let (double, d) = add_three(&double, &a, &b);
    let (quadruple, carry) = add_three(fours, &c, &d);
    *low = [sum, double, quadruple];
    carry
}

/// Adds sixteen lines to counts.
fn add(count: &mut [Line; COUNT_BITS], lines: &[&Line; TAKEN], flips: &[u64; TAKEN]) {
    let [ones, twos, fours, eights, high @ ..] = count;
    let mut low = [*ones, *twos, *fours];
    let a = add_eight(&mut low, lines, flips, 0);
    let b = add_eight(&mut low, lines, flips, 8);
    [*ones, *twos, *fours] = low;
    let mut carry;
    (*eights, carry) = add_three(eights, &a, &b);
    for bit in high {
        for (bit, carry) in bit.iter_mut().zip(&mut carry) {
            (*bit, *carry) = (*bit ^ *carry, *bit & *carry);
        }
    }
}

/// The entries with the smallest counts so far.
struct Best {
    /// Only smaller counts are of interest.
    limit: u64,
    /// Counts, each with its entry in the lower half.
    found: Vec<u64>,
    wanted: usize,
}

impl Best {
    /// Takes from 512 counts, which begin with that of the entry `start`, those that are small enough.
    fn take(&mut self, count: &[Line; COUNT_BITS], start: usize, entries: usize) {
        let (mut below, mut equal) = (NOTHING, [u64::MAX; 8]);
        for (bit, line) in count.iter().enumerate().rev() {
            let limit = if self.limit >> bit & 1 == 1 { u64::MAX } else { 0 };
            for ((below, equal), bits) in below.iter_mut().zip(&mut equal).zip(line) {
                *below |= *equal & limit & !bits;
                *equal &= !(limit ^ bits);
            }
        }
        for (word, mut below) in below.into_iter().enumerate() {
            while below != 0 {
                let at = below.trailing_zeros();
                below &= below - 1;
                let entry = start + word * 64 + at as usize;
                if entry < entries {
                    let bit = |line: &Line| line.get(word).map_or(0, |word| word >> at & 1);
                    let count = count.iter().rev().fold(0, |count, line| count << 1 | bit(line));
                    self.found.push(count << 32 | entry as u64);
                }
            }
        }
        if self.found.len() >= self.wanted.saturating_mul(2) {
            self.narrow();
        }
    }

    /// Keeps what is wanted. Entries come in ascending order, so that one that differs in as many coordinates as the last
    /// that is kept would come after it: only smaller counts are of interest from here on.
    fn narrow(&mut self) {
        let Some(last) = self.wanted.checked_sub(1).filter(|last| *last < self.found.len()) else { return };
        let (_, worst, _) = self.found.select_nth_unstable(last);
        self.limit = *worst >> 32;
        self.found.truncate(self.wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mbat::sketch::Rotation;
    use proptest::prelude::*;

    fn sketches(count: usize, seed: u64) -> Vec<Sketch> {
        let mut state = seed;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state ^ state >> 29
        };
        (0..count).map(|_| std::array::from_fn(|_| word())).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn counting_upright_is_counting(count in 1..9000_usize, seed: u64, wanted in 1..300_usize, query: [i8; 512]) {
            let sketches = sketches(count, seed);
            let turned = Rotation::new(512, BITS, seed).turned(&query);
            let looked_at = largest(&turned);
            let differs = |sketch: &Sketch, (place, flip): &(usize, u64)| (sketch[place / 64] >> (place % 64) ^ flip) & 1;
            let mut expected: Vec<(u64, u32)> = sketches.iter().zip(0..)
                .map(|(sketch, entry)| (looked_at.iter().map(|at| differs(sketch, at)).sum(), entry)).collect();
            expected.sort_unstable();
            expected.truncate(wanted);
            let mut expected: Vec<u32> = expected.into_iter().map(|(_, entry)| entry).collect();
            expected.sort_unstable();
            let mut found = Planes::new(&sketches).promising(&turned, wanted);
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn all_differences_are_counted() {
        let negative = vec![[u64::MAX; WORDS]; 600];
        assert_eq!(Planes::new(&negative).promising(&[1; BITS], 1000).len(), 600);
        assert!(Planes::new(&[]).promising(&[1; BITS], 10).is_empty());
        assert!(Planes::new(&negative).promising(&[1; BITS], 0).is_empty());
    }
}
