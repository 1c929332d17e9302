//! The alias graph: names, sources, and how often each name was used for each source.
//!
//! **Invariant:** the graph is a function of the evidence as a multiset. Names are numbered in the byte order of their
//! keys, sources in that of their texts; every node has at least one use.

use super::lists::{Lists, Texts, number};
use crate::text::{fold, tokenize};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// One row of evidence: a name was used for a source so many times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The name as it was written.
    pub name: String,
    /// What it was used for: the id of a page, of a register entry, of an entity.
    pub source: String,
    /// How often.
    pub count: u32,
}

/// A weighted graph between names and sources.
#[derive(Debug, Clone, PartialEq)]
pub struct AliasGraph {
    keys: Texts,
    spellings: Texts,
    sources: Texts,
    /// For each name its sources, for each source its names, ascending, with counts.
    by_name: Lists<(u32, u32)>,
    by_source: Lists<(u32, u32)>,
    name_uses: Vec<u64>,
    source_uses: Vec<u64>,
    uses: u64,
    skipped: u64,
}

/// What makes two spellings one name: the folded text's words with one space between them, legal forms and all. Empty
/// where the text has no letter or digit.
///
/// ```
/// use cognate::alias::graph::key_of;
/// assert_eq!(key_of("PROCTER & Gamble, Co."), "procter and gamble co");
/// assert_eq!(key_of("&"), "");
/// ```
pub fn key_of(text: &str) -> String {
    let folded = fold(text);
    // A lone `&` is a word to `tokenize`, but says nothing.
    if folded.bytes().any(|byte| byte.is_ascii_alphanumeric()) { tokenize(&folded).join(" ") } else { String::new() }
}

impl AliasGraph {
    /// The graph of rows of evidence.
    ///
    /// A name's node is its [`key_of`]; of its spellings the most used is kept for showing (of several the first in byte
    /// order). Counts of one name and source are added up, to at most `u32::MAX`. Rows whose name has no letter or digit
    /// are skipped and counted; a row with the count 0 says nothing and is left out.
    ///
    /// O(E log E) for E rows, on all threads; besides the graph it holds each distinct spelling and key once.
    ///
    /// ```
    /// use cognate::alias::{AliasGraph, Use};
    /// let row = |name: &str, source: &str, count| Use { name: name.into(), source: source.into(), count };
    /// let graph = AliasGraph::new([row("IBM", "ibm.com", 9), row("I.B.M.", "ibm.com", 2), row("?", "ibm.com", 1)]);
    /// assert_eq!((graph.name_count(), graph.source_count(), graph.skipped()), (1, 1, 1));
    /// assert_eq!(graph.find("i b m").map(|name| graph.name(name)), Some("IBM"));
    /// assert_eq!(graph.sources_of(0), [(0, 11)]);
    /// ```
    pub fn new(uses: impl IntoIterator<Item = Use>) -> AliasGraph {
        let mut evidence = Evidence::default();
        for row in uses {
            evidence.add(row);
        }
        evidence.into_graph()
    }

    /// How many names there are.
    pub fn name_count(&self) -> usize {
        self.keys.len()
    }

    /// How many sources there are.
    pub fn source_count(&self) -> usize {
        self.sources.len()
    }

    /// All uses: the sum of all counts.
    pub fn use_count(&self) -> u64 {
        self.uses
    }

    /// Rows that were left out because their name has no letter or digit.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The most used spelling of a name; empty for a number that no name has, and so for the next two.
    pub fn name(&self, name: u32) -> &str {
        self.spellings.get(name)
    }

    /// The key of a name: its folded words.
    pub fn key(&self, name: u32) -> &str {
        self.keys.get(name)
    }

    /// The text of a source.
    pub fn source(&self, source: u32) -> &str {
        self.sources.get(source)
    }

    /// The name that a text is a spelling of. Binary search.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.keys.find(&key_of(text))
    }

    /// The source of this text. Binary search.
    pub fn find_source(&self, text: &str) -> Option<u32> {
        self.sources.find(text)
    }

    /// The sources of a name, ascending, each with the count of uses.
    pub fn sources_of(&self, name: u32) -> &[(u32, u32)] {
        self.by_name.get(name)
    }

    /// The names of a source, ascending, each with the count of uses.
    pub fn names_of(&self, source: u32) -> &[(u32, u32)] {
        self.by_source.get(source)
    }

    /// n(a,·): how often a name was used.
    pub fn uses_of_name(&self, name: u32) -> u64 {
        self.name_uses.get(name as usize).copied().unwrap_or_default()
    }

    /// n(·,u): how often any name was used for a source.
    pub fn uses_of_source(&self, source: u32) -> u64 {
        self.source_uses.get(source as usize).copied().unwrap_or_default()
    }

    pub(super) fn keys(&self) -> &Texts {
        &self.keys
    }

    pub(super) fn spellings(&self) -> &Texts {
        &self.spellings
    }

    pub(super) fn sources(&self) -> &Texts {
        &self.sources
    }
}

/// Rows as they come in: spellings and sources numbered by first occurrence.
#[derive(Default)]
struct Evidence {
    spellings: FxHashMap<String, u32>,
    sources: FxHashMap<String, u32>,
    /// Spelling, source, count.
    rows: Vec<(u32, u32, u32)>,
}

/// The number of a text, a new one if it has none yet.
fn numbered(numbers: &mut FxHashMap<String, u32>, text: String) -> u32 {
    let next = number(numbers.len());
    *numbers.entry(text).or_insert(next)
}

impl Evidence {
    fn add(&mut self, row: Use) {
        if row.count > 0 {
            let row = (numbered(&mut self.spellings, row.name), numbered(&mut self.sources, row.source), row.count);
            self.rows.push(row);
        }
    }

    fn into_graph(self) -> AliasGraph {
        let Evidence { spellings, sources, mut rows } = self;
        let spellings = by_number(spellings);
        let keys: Vec<String> = spellings.par_iter().map(|spelling| key_of(spelling)).collect();
        let all = rows.len();
        rows.retain(|&(spelling, _, _)| !keys[spelling as usize].is_empty());
        let skipped = (all - rows.len()) as u64;

        let mut tally = vec![0_u64; spellings.len()];
        for &(spelling, _, count) in &rows {
            tally[spelling as usize] += u64::from(count);
        }
        let names = Names::new(&keys, &spellings, &tally);
        let (source_texts, source_numbers) = used_sources(by_number(sources), &rows);
        for (spelling, source, _) in &mut rows {
            (*spelling, *source) = (names.of_spelling[*spelling as usize], source_numbers[*source as usize]);
        }
        rows.par_sort_unstable();
        rows.dedup_by(|later, first| {
            let same = (later.0, later.1) == (first.0, first.1);
            first.2 = if same { first.2.saturating_add(later.2) } else { first.2 };
            same
        });
        let by_name = Lists::sorted_into(names.keys.len(), rows.iter().map(|row| (row.0, (row.1, row.2))));
        let by_source = Lists::sorted_into(source_texts.len(), rows.iter().map(|row| (row.1, (row.0, row.2))));
        AliasGraph {
            uses: rows.iter().map(|row| u64::from(row.2)).sum(),
            name_uses: sums(&by_name),
            source_uses: sums(&by_source),
            keys: names.keys,
            spellings: names.spellings,
            sources: source_texts,
            by_name,
            by_source,
            skipped,
        }
    }
}

fn by_number(numbers: FxHashMap<String, u32>) -> Vec<String> {
    let mut texts = vec![String::new(); numbers.len()];
    for (text, number) in numbers {
        texts[number as usize] = text;
    }
    texts
}

fn sums(lists: &Lists<(u32, u32)>) -> Vec<u64> {
    lists.iter().map(|list| list.iter().map(|&(_, count)| u64::from(count)).sum()).collect()
}

/// Names in the order of their keys.
#[derive(Default)]
struct Names {
    keys: Texts,
    spellings: Texts,
    of_spelling: Vec<u32>,
}

impl Names {
    fn new(keys: &[String], spellings: &[String], tally: &[u64]) -> Names {
        let spelled = |spelling: u32| (keys[spelling as usize].as_str(), spellings[spelling as usize].as_str());
        let mut order: Vec<u32> = (0..number(keys.len())).filter(|&one| !spelled(one).0.is_empty()).collect();
        order.par_sort_unstable_by_key(|&spelling| spelled(spelling));
        let mut names = Names { of_spelling: vec![u32::MAX; keys.len()], ..Names::default() };
        for same in order.chunk_by(|&a, &b| spelled(a).0 == spelled(b).0) {
            for &spelling in same {
                names.of_spelling[spelling as usize] = number(names.keys.len());
            }
            // The last of the greatest is the first in byte order, seen from behind.
            if let Some(&best) = same.iter().rev().max_by_key(|&&spelling| tally[spelling as usize]) {
                names.keys.push(spelled(best).0);
                names.spellings.push(spelled(best).1);
            }
        }
        names
    }
}

/// The sources that rows name, in byte order, and the number of each by its number so far.
fn used_sources(sources: Vec<String>, rows: &[(u32, u32, u32)]) -> (Texts, Vec<u32>) {
    let mut used = vec![false; sources.len()];
    for &(_, source, _) in rows {
        used[source as usize] = true;
    }
    let mut order: Vec<u32> = (0..number(sources.len())).filter(|&source| used[source as usize]).collect();
    order.par_sort_unstable_by_key(|&source| sources[source as usize].as_str());
    let mut numbers = vec![u32::MAX; sources.len()];
    for (place, &source) in order.iter().enumerate() {
        numbers[source as usize] = number(place);
    }
    (order.iter().map(|&source| sources[source as usize].as_str()).collect(), numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alias::examples::{graph, rows};
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_name_are_one_node_shown_as_most_used() {
        let graph = graph(&[("ACME Inc", "a", 1), ("Acme, Inc.", "a", 2), ("acme inc", "b", 1), ("ACME  INC", "b", 2)]);
        assert_eq!(graph.name_count(), 1);
        assert_eq!((graph.name(0), graph.key(0)), ("ACME  INC", "acme inc"));
        assert_eq!(graph.sources_of(0), [(0, 3), (1, 3)]);
        assert_eq!(graph.use_count(), 6);
    }

    #[test]
    fn what_says_nothing_leaves_nothing() {
        let graph = graph(&[("&", "a", 3), ("", "b", 1), ("Acme", "c", 0), ("Zeta", "d", 1)]);
        assert_eq!((graph.name_count(), graph.source_count(), graph.skipped()), (1, 1, 2));
        assert_eq!((graph.find("&"), graph.find("acme"), graph.source(0)), (None, None, "d"));
    }

    #[test]
    fn counts_do_not_overflow() {
        let graph = graph(&[("a b", "s", u32::MAX), ("A B", "s", u32::MAX)]);
        assert_eq!(graph.sources_of(0), [(0, u32::MAX)]);
    }

    proptest! {
        #[test]
        fn both_sides_tell_the_same_whatever_the_order(mut evidence in rows()) {
            let graph = AliasGraph::new(evidence.clone());
            evidence.reverse();
            let third = evidence.len() / 3;
            evidence.rotate_left(third);
            prop_assert_eq!(&graph, &AliasGraph::new(evidence));
            for source in 0..number(graph.source_count()) {
                for &(name, count) in graph.names_of(source) {
                    prop_assert!(graph.sources_of(name).contains(&(source, count)));
                }
                prop_assert_eq!(graph.find_source(graph.source(source)), Some(source));
            }
            let total: u64 = (0..number(graph.source_count())).map(|source| graph.uses_of_source(source)).sum();
            prop_assert_eq!(total, graph.use_count());
        }
    }
}
