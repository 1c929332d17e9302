//! Searching an index.
//!
//! [`NameIndex::candidates`] walks the lists of the query's 3-grams, rarest first, and adds up what each entry shares. The
//! rarest grams find nearly every entry worth finding; once they carry enough of the query's weight, the longer lists of
//! commoner grams only complete the sums of entries that were already found (prefix filtering, after Chaudhuri, Ganti,
//! Kaushik: "A primitive operator for similarity joins in data cleaning", ICDE 2006).

use super::NameIndex;
use super::postings::List;
use super::weights::{HIGHEST, MOST_GRAMS, norm};
use crate::compare::Text;
use crate::text::grams::Gram;
use crate::text::hash::word_hash;

/// New entries are taken from the rarest grams, until these carry this share of the known grams' weight in parts of 16.
const FINDING_SIXTEENTHS: u32 = 12;
/// Bytes of a normalised query that is always searched by edit distance 1: so short a name loses most grams by an error.
const SHORT: usize = 12;
/// Where the best overlap is less than this, of 65,535, any query is searched by edit distance 1.
const WEAK: u16 = 40_000;
/// And where it is less than this, by edit distance 2, which takes about a millisecond.
const WEAKEST: u16 = 24_000;
/// Bytes of a query that may be searched by edit distance 2: of a shorter one two errors leave too little, and the search
/// for a longer one, which has grams to be found by, takes too long.
const TWO_ERRORS: std::ops::RangeInclusive<usize> = 7..=40;

/// The least cosine of learned vectors, in parts of 65,536, that makes a name a candidate: 0.40, as where tables are linked.
const LEAST_COSINE: i32 = 26_214;

/// An entry that could be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The entry's number.
    pub entry: u32,
    /// The weighted overlap of 3-grams with the query (a cosine), in parts of 65,535; a lower bound where common grams
    /// were left out.
    pub overlap: u16,
}

/// Memory that searches use again; it grows to two bytes an entry.
#[derive(Debug, Default)]
pub struct Scratch {
    /// What each entry shares with the query; all 0 between searches.
    shared: Vec<u16>,
    /// The entries that share something.
    touched: Vec<u32>,
    /// The best so far: (cosine but for the query's norm, entry).
    best: Vec<(u32, u32)>,
}

impl NameIndex {
    /// The entries whose normalised name is that of a text, ascending.
    pub fn exact(&self, text: &Text) -> Vec<u32> {
        self.entries_of(&text.core).collect()
    }

    /// Entries whose normalised name starts with a normalised text, the shortest names first; at most `top`. For
    /// completing what is being typed.
    pub fn prefix(&self, start: &str, top: usize) -> Vec<u32> {
        let firsts = self.cores.prefix(start).into_iter();
        firsts.flat_map(|first| self.entries.with_core_of(first)).take(top).collect()
    }

    /// The entries whose normalised name is within an edit distance (0 to 2; optimal string alignment) of a text's,
    /// ascending. Nothing for texts of more than 63 bytes. The 256 first names at most.
    pub fn fuzzy(&self, text: &Text, distance: usize) -> Vec<u32> {
        let firsts = self.cores.near(&text.core, distance).into_iter();
        firsts.flat_map(|first| self.entries.with_core_of(first)).collect()
    }

    /// The entries that could be meant by a text, most overlap first, then by number; at most `top`.
    ///
    /// Most come by overlap of 3-grams, however the words are ordered and in spite of typing errors; up to half are kept
    /// for exact matches, and an eighth each for names whose initials the text is, for names that are the text's
    /// initials, for names that start with the text, and for names within one or two errors of a text that is short or
    /// has no good overlap.
    ///
    /// Takes time in proportion to the lists of the text's 3-grams, about 0.1 ms among 100,000 names, and to the square of
    /// `top`, which is meant to be some dozens.
    pub fn candidates(&self, text: &Text, top: usize, scratch: &mut Scratch) -> Vec<Candidate> {
        scratch.shared.resize(self.norms.len(), 0);
        let squared = self.accumulate(&text.grams, scratch);
        self.select(top, scratch);
        let query_norm = u64::from(norm(squared).max(1));
        let candidate = |(cosine, entry): (u32, u32)| Candidate {
            entry,
            overlap: (u64::from(cosine) * u64::from(u16::MAX) / query_norm).min(u64::from(u16::MAX)) as u16,
        };
        let mut found: Vec<Candidate> = Vec::with_capacity(top.min(self.norms.len()));
        let best = scratch.best.first().map_or(0, |best| candidate(*best).overlap);
        for (entry, is_exact) in self.named(text, top, best, &scratch.shared) {
            if found.len() < top && found.iter().all(|known| known.entry != entry) {
                let overlap = candidate((self.cosine(entry, &scratch.shared), entry)).overlap;
                found.push(Candidate { entry, overlap: if is_exact { u16::MAX } else { overlap } });
            }
        }
        for &best in &scratch.best {
            if found.len() < top && found.iter().all(|known| known.entry != best.1) {
                found.push(candidate(best));
            }
        }
        scratch.clear();
        found.sort_unstable_by_key(|found| (std::cmp::Reverse(found.overlap), found.entry));
        found
    }

    /// The entries whose learned vectors are near to a text's, the nearest first, then by number; at most `top`. Names of
    /// the same meaning are found so, though they share no letter. Nothing without an embedding. Their overlap is not
    /// looked at, and stays 0.
    ///
    /// Takes some 0.1 ms, however many entries there are.
    pub fn near(&self, text: &Text, top: usize) -> Vec<Candidate> {
        let Some(meaning) = &text.meaning else { return Vec::new() };
        let near = self.meanings.near(meaning, LEAST_COSINE, top);
        near.into_iter().map(|(_, entry)| Candidate { entry, overlap: 0 }).collect()
    }

    fn entries_of(&self, core: &str) -> impl Iterator<Item = u32> + '_ {
        self.cores.exact(core).into_iter().flat_map(|first| self.entries.with_core_of(first))
    }

    /// Adds up what each entry shares with the grams; returns the squared norm of the grams.
    fn accumulate(&self, grams: &[Gram], scratch: &mut Scratch) -> u32 {
        let mut unknown = 0;
        let mut lists: Vec<(List<'_>, u16)> = Vec::with_capacity(grams.len());
        for gram in grams.iter().take(MOST_GRAMS) {
            match self.grams.list(*gram) {
                Some(list) => lists.push((list, self.weights.squared(list.frequency))),
                None => unknown += HIGHEST,
            }
        }
        lists.sort_by_key(|(list, _)| list.frequency);
        let known: u32 = lists.iter().map(|(_, squared)| u32::from(*squared)).sum();
        let Scratch { shared, touched, .. } = scratch;
        let mut done = 0;
        for (list, squared) in lists {
            if done * 16 < known * FINDING_SIXTEENTHS {
                list.for_each(|entry| find(shared, touched, entry, squared));
            } else {
                list.for_each(|entry| complete(shared, entry, squared));
            }
            done += u32::from(squared);
        }
        known + unknown
    }

    /// The cosine of an entry with the query, but for the query's norm: shared / norm in 1/65,536 of 256.
    fn cosine(&self, entry: u32, shared: &[u16]) -> u32 {
        let norm = self.norms.get(entry as usize).copied().unwrap_or_default().max(1);
        (u32::from(shared.get(entry as usize).copied().unwrap_or_default()) << 16) / u32::from(norm)
    }

    /// Leaves the `top` best of the touched entries in `scratch.best`, best first.
    fn select(&self, top: usize, scratch: &mut Scratch) {
        let Scratch { shared, touched, best } = scratch;
        let order = |(cosine, entry): &(u32, u32)| (std::cmp::Reverse(*cosine), *entry);
        let mut least = 0;
        for &entry in touched.iter() {
            let share = u64::from(shared.get(entry as usize).copied().unwrap_or_default()) << 16;
            let norm = u64::from(self.norms.get(entry as usize).copied().unwrap_or_default());
            // Multiplying tells what is worth dividing.
            if share < u64::from(least) * norm {
                continue;
            }
            best.push((self.cosine(entry, shared), entry));
            if best.len() > top.max(16).saturating_mul(4) {
                best.select_nth_unstable_by_key(top, order);
                best.truncate(top);
                least = best.iter().map(|(cosine, _)| *cosine).min().unwrap_or_default();
            }
        }
        best.sort_unstable_by_key(order);
        best.truncate(top);
    }

    /// Entries found by name, each with whether it is exact: exact ones, initials of either side, prefixes, and names
    /// within an edit distance where the query is short or the `best` overlap is weak.
    fn named(&self, text: &Text, top: usize, best: u16, shared: &[u16]) -> Vec<(u32, bool)> {
        let few = top.div_ceil(8);
        let mut found: Vec<(u32, bool)> =
            self.entries_of(&text.core).take(top.div_ceil(2)).map(|entry| (entry, true)).collect();
        let mut add = |entries: &[u32]| found.extend(entries.iter().take(few).map(|entry| (*entry, false)));
        if text.words.len() == 1 && text.core.len() > 1 {
            add(&self.initialled(&text.core, few));
        }
        for initials in text.initials.iter().filter(|initials| initials.len() > 1) {
            add(&self.entries_of(initials).take(few).collect::<Vec<_>>());
        }
        add(&self.prefix(&text.core, few));
        let distance = match best {
            0..WEAKEST if TWO_ERRORS.contains(&text.core.len()) => 2,
            0..WEAK => 1,
            _ => usize::from(text.core.len() <= SHORT),
        };
        if distance > 0 {
            let mut near = self.fuzzy(text, distance);
            near.sort_by_key(|entry| std::cmp::Reverse(self.cosine(*entry, shared)));
            add(&near);
        }
        found
    }

    /// Entries with these initials; of many, those of the commonest words, because what is known by its initials is
    /// mostly named plainly.
    fn initialled(&self, initials: &str, top: usize) -> Vec<u32> {
        let mut found = Vec::new();
        if let Some(list) = self.initials.list(word_hash(initials)) {
            list.for_each(|entry| found.push((self.norms.get(entry as usize).copied().unwrap_or_default(), entry)));
        }
        found.sort_unstable();
        found.into_iter().take(top).map(|(_, entry)| entry).collect()
    }
}

/// Adds to what an entry shares, and remembers it.
#[inline]
fn find(shared: &mut [u16], touched: &mut Vec<u32>, entry: u32, squared: u16) {
    if let Some(sum) = shared.get_mut(entry as usize) {
        if *sum == 0 {
            touched.push(entry);
        }
        *sum = sum.saturating_add(squared);
    }
}

/// Adds to what an entry shares, if it shares something already.
#[inline]
fn complete(shared: &mut [u16], entry: u32, squared: u16) {
    if let Some(sum) = shared.get_mut(entry as usize)
        && *sum != 0
    {
        *sum = sum.saturating_add(squared);
    }
}

impl Scratch {
    fn clear(&mut self) {
        for entry in self.touched.drain(..) {
            if let Some(sum) = self.shared.get_mut(entry as usize) {
                *sum = 0;
            }
        }
        self.best.clear();
    }
}
