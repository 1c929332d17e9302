//! The token-set ratio, as RapidFuzz's `fuzz.token_set_ratio` defines it: the words that two names share count as equal,
//! wherever they stand; the indel similarity of what is left decides, or that of what is shared with either name.

use super::{Top, plain};
use rapidfuzz::distance::indel;
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

/// A name's words, each once, in alphabetical order.
#[derive(Debug, Clone, Default)]
struct Words {
    words: Vec<(String, usize)>,
    joined: Vec<char>,
}

impl Words {
    fn of(name: &str) -> Words {
        let plain = plain(name);
        let mut words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        words.dedup();
        let joined = words.join(" ").chars().collect();
        Words { words: words.into_iter().map(|word| (word.to_owned(), word.chars().count())).collect(), joined }
    }
}

/// The ratio of two names, from 0 to 1.
pub fn token_set_ratio(left: &str, right: &str) -> f64 {
    ratio(&Words::of(left), &Words::of(right), 0.0).unwrap_or_default()
}

/// The ratio, or `None` if it is below `least`.
fn ratio(left: &Words, right: &Words, least: f64) -> Option<f64> {
    if left.words.is_empty() || right.words.is_empty() {
        return None;
    }
    let Parts { shared, only_left, only_right } = parts(left, right);
    if shared > 0 && (only_left.is_empty() || only_right.is_empty()) {
        return Some(1.0);
    }
    let (a, b) = (length(&only_left), length(&only_right));
    let joint = usize::from(shared > 0);
    let likeness = |distance: usize, whole: usize| 1.0 - distance as f64 / (whole as f64).max(1.0);
    let with_shared = |rest: usize| if shared > 0 { likeness(joint + rest, 2 * shared + joint + rest) } else { 0.0 };
    let mut found = with_shared(a.min(b));
    let whole = 2 * (shared + joint) + a + b;
    // The rests differ by the difference of their lengths at least.
    if likeness(a.abs_diff(b), whole) >= least.max(found) {
        found = found.max(likeness(indel::distance(spelled(&only_left), spelled(&only_right)), whole));
    }
    Some(found).filter(|ratio| *ratio >= least)
}

/// What two names have in common and what not.
#[derive(Default)]
struct Parts<'w> {
    /// The length of the shared words joined by spaces.
    shared: usize,
    only_left: Vec<&'w (String, usize)>,
    only_right: Vec<&'w (String, usize)>,
}

fn parts<'w>(left: &'w Words, right: &'w Words) -> Parts<'w> {
    let mut parts = Parts::default();
    let (mut a, mut b) = (left.words.as_slice(), right.words.as_slice());
    while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
        match x.0.cmp(&y.0) {
            Ordering::Equal => {
                parts.shared += x.1 + usize::from(parts.shared > 0);
                (a, b) = (a_rest, b_rest);
            }
            Ordering::Less => {
                parts.only_left.push(x);
                a = a_rest;
            }
            Ordering::Greater => {
                parts.only_right.push(y);
                b = b_rest;
            }
        }
    }
    parts.only_left.extend(a);
    parts.only_right.extend(b);
    parts
}

/// The length of words joined by spaces.
fn length(words: &[&(String, usize)]) -> usize {
    words.iter().map(|(_, length)| length).sum::<usize>() + words.len().saturating_sub(1)
}

fn spelled(words: &[&(String, usize)]) -> Vec<char> {
    let mut joined = Vec::with_capacity(length(words));
    for (place, (word, _)) in words.iter().enumerate() {
        joined.extend((place > 0).then_some(' '));
        joined.extend(word.chars());
    }
    joined
}

/// Names to be searched by token-set ratio.
#[derive(Debug)]
pub struct TokenSet {
    names: Vec<Words>,
    bearers: FxHashMap<String, Vec<u32>>,
}

impl TokenSet {
    /// Cuts the names into words.
    pub fn new(names: &[&str]) -> TokenSet {
        let names: Vec<Words> = names.iter().map(|name| Words::of(name)).collect();
        let mut bearers: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        for (row, name) in (0..).zip(&names) {
            for (word, _) in &name.words {
                bearers.entry(word.clone()).or_default().push(row);
            }
        }
        TokenSet { names, bearers }
    }

    /// The names of the highest ratios, at most `most`; none with a ratio of 0. Time: all names, but those that share no
    /// word with the query cost little once there are good ones.
    pub fn nearest(&self, query: &str, most: usize) -> Vec<(u32, f64)> {
        let query = Words::of(query);
        let mut sharing: Vec<u32> =
            query.words.iter().filter_map(|(word, _)| self.bearers.get(word)).flatten().copied().collect();
        sharing.sort_unstable();
        sharing.dedup();
        let mut top = Top::new(most);
        for &row in &sharing {
            let found = self.names.get(row as usize).and_then(|name| ratio(&query, name, top.cutoff()));
            found.into_iter().for_each(|score| top.push(row, score));
        }
        let comparator = indel::BatchComparator::new(query.joined.iter().copied());
        let mut sharing = sharing.into_iter().peekable();
        for (row, name) in (0..).zip(&self.names) {
            if sharing.next_if_eq(&row).is_some() {
                continue;
            }
            let (a, b) = (query.joined.len(), name.joined.len());
            let cutoff = top.cutoff();
            if 2.0 * a.min(b) as f64 >= cutoff * (a + b) as f64 {
                let least = indel::Args::default().score_cutoff(cutoff);
                let score = comparator.normalized_similarity_with_args(name.joined.iter().copied(), &least);
                // Two empty names are equal to the comparator.
                score.filter(|score| *score > 0.0 && b > 0).into_iter().for_each(|score| top.push(row, score));
            }
        }
        top.into_rows()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ratios_are_those_of_rapidfuzz() {
        // Values of rapidfuzz.fuzz.token_set_ratio (Python) over the same lower-case words, divided by 100.
        for (left, right, expected) in RAPIDFUZZ {
            let found = token_set_ratio(left, right);
            assert!((found - expected).abs() < 1e-6, "{left:?} {right:?}: {found} for {expected}");
        }
    }

    const RAPIDFUZZ: [(&str, &str, f64); 8] = [
        ("bank of the west", "west bank", 1.0),
        ("university of antwerp", "universiteit antwerpen", 0.790697674),
        ("alpha beta gamma", "alpha gamma delta", 0.909090909),
        ("acme", "acne", 0.75),
        ("royal dutch shell plc", "shell oil company", 0.578947368),
        ("new new york", "york", 1.0),
        ("abc", "xyz", 0.0),
        ("general motors", "motors general liability", 1.0),
    ];

    proptest! {
        #[test]
        fn the_nearest_are_those_of_all_ratios(
            query in "[ab]{1,3}( [abc]{1,3}){0,2}",
            names in proptest::collection::vec("[ab]{0,3}( [abc]{1,3}){0,2}", 1..20),
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut top = Top::new(4);
            for (row, name) in (0..).zip(&names) {
                Some(token_set_ratio(&query, name)).filter(|score| *score > 0.0).into_iter().for_each(|score| top.push(row, score));
            }
            let (found, all) = (TokenSet::new(&names).nearest(&query, 4), top.into_rows());
            prop_assert_eq!(found.len(), all.len());
            for (found, all) in found.iter().zip(&all) {
                prop_assert!((found.1 - all.1).abs() < 1e-9, "{:?} {:?}", found, all);
            }
        }
    }
}
