//! Normalised names ([`Text::core`](crate::compare::Text::core)) in a finite-state map to their first entries.
//!
//! Entries are numbered in the order of their normalised names, so those of one name are neighbours, and the map's values
//! ascend with its keys, which it stores best.

use super::edit::WithinDistance;
use fst::automaton::{Automaton, Str};
use fst::{IntoStreamer, Map, Streamer};

/// Keys with a prefix that are looked at to find the shortest.
const PREFIX_KEYS: usize = 512;
/// Keys within an edit distance that are returned.
const NEAR_KEYS: usize = 256;

/// The map.
#[derive(Debug)]
pub(super) struct Cores(Map<Vec<u8>>);

impl Cores {
    /// Reads a payload; `None` when it is not a map.
    pub(super) fn read(payload: Vec<u8>) -> Option<Cores> {
        Map::new(payload).ok().map(Cores)
    }

    /// The first entry with a normalised name.
    pub(super) fn exact(&self, core: &str) -> Option<u32> {
        u32::try_from(self.0.get(core)?).ok()
    }

    /// The first entries of names that start with a text, the shortest names first; of the first [`PREFIX_KEYS`] in
    /// alphabetical order.
    pub(super) fn prefix(&self, start: &str) -> Vec<u32> {
        let mut keys = self.0.search(Str::new(start).starts_with()).into_stream();
        let mut found: Vec<(usize, u64)> = Vec::new();
        while let Some((key, first)) = keys.next().filter(|_| found.len() < PREFIX_KEYS) {
            found.push((key.len(), first));
        }
        found.sort_unstable();
        found.into_iter().filter_map(|(_, first)| u32::try_from(first).ok()).collect()
    }

    /// The first entries of names within an edit distance, in alphabetical order, at most [`NEAR_KEYS`].
    pub(super) fn near(&self, core: &str, distance: usize) -> Vec<u32> {
        let Some(automaton) = WithinDistance::new(core, distance) else { return Vec::new() };
        let mut keys = self.0.search(automaton).into_stream();
        let mut found = Vec::new();
        while let Some((_, first)) = keys.next().filter(|_| found.len() < NEAR_KEYS) {
            found.extend(u32::try_from(first).ok());
        }
        found
    }
}
