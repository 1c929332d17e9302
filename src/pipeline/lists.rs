//! What a model of names is trained on: names with their entities, and labelled pairs.

use crate::text::hash::stable_hash;
use std::collections::BTreeMap;

/// A name and the entity that bears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The entity, by the data set's own id.
    pub entity: String,
    /// The name.
    pub name: String,
}

/// A list to train on, a task of its own.
#[derive(Debug, Clone)]
pub struct TrainingList {
    /// The list's name.
    pub name: String,
    /// What it holds.
    pub content: Content,
}

/// The content of a training list.
#[derive(Debug, Clone)]
pub enum Content {
    /// Names with their entities: names of one entity are matches, look-alikes of others are not.
    Aliases(AliasList),
    /// Pairs of texts, and whether they match.
    Pairs(Vec<LabelledPair>),
}

impl Content {
    /// All texts.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Content::Aliases(list) => list.names().iter().map(|alias| alias.name.as_str()).collect(),
            Content::Pairs(pairs) => pairs.iter().flat_map(|pair| [pair.left.as_str(), &pair.right]).collect(),
        }
    }
}

/// A pair of texts with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledPair {
    /// The one text.
    pub left: String,
    /// The other.
    pub right: String,
    /// The probability that they match, from 0 to 1: mostly one of both.
    pub label: f64,
    /// How much the pair counts, over 0.
    pub weight: f64,
}

/// One of two halves of the entities, by a hash of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The one.
    First,
    /// The other.
    Second,
}

impl Half {
    /// Both halves.
    pub const BOTH: [Half; 2] = [Half::First, Half::Second];

    /// The half that an entity is in.
    pub fn of(entity: &str) -> Half {
        // A bit that says nothing about the part of a benchmark that the entity is in.
        let hash = stable_hash(entity.bytes().chain(*b"half")).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        if hash >> 63 == 0 { Half::First } else { Half::Second }
    }
}

/// A name and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// The entities that bear it, by number, ascending, each with the share of the name's uses that mean it: over 0, and
    /// together 1.
    pub bearers: Vec<(u32, f64)>,
    /// The half of its first entity.
    pub half: Half,
}

impl Alias {
    /// The probability that a use of this name and one of the other mean the same entity, from 0 to 1: the sum over the
    /// entities of the product of both shares, Υ(a, a') = Σ P(u|a)·P(u|a') of LinkOrgs (Libgober & Jerzak, PSRM 13(4), 2025).
    pub fn match_probability(&self, other: &Alias) -> f64 {
        let mut others = other.bearers.iter().peekable();
        let mut sum = 0.0;
        for (entity, share) in &self.bearers {
            while others.next_if(|(other, _)| other < entity).is_some() {}
            sum += others.next_if(|(other, _)| other == entity).map_or(0.0, |(_, other)| share * other);
        }
        sum
    }
}

/// The names of some entities, each name once.
#[derive(Debug, Clone, Default)]
pub struct AliasList {
    names: Vec<Alias>,
}

impl AliasList {
    /// A list of names with how often each is used for its entity, over 0. Rows of the same name and entity add up.
    pub fn new(rows: impl IntoIterator<Item = (Named, f64)>) -> AliasList {
        let mut uses: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        for (Named { entity, name }, count) in rows {
            numbers.entry(entity.clone()).or_default();
            *uses.entry(name).or_default().entry(entity).or_default() += count;
        }
        for (number, slot) in (0..).zip(numbers.values_mut()) {
            *slot = number;
        }
        let alias = |(name, entities): (String, BTreeMap<String, f64>)| {
            let all: f64 = entities.values().sum();
            let half = entities.keys().next().map_or(Half::First, |first| Half::of(first));
            let bearers = entities.iter().map(|(entity, count)| {
                let number = numbers.get(entity).copied().unwrap_or_default();
                (number, count / all)
            });
            Alias { name, bearers: bearers.collect(), half }
        };
        let mut names: Vec<Alias> = uses.into_iter().map(alias).collect();
        let first = |alias: &Alias| alias.bearers.first().map(|(entity, _)| *entity);
        names.sort_by(|a, b| first(a).cmp(&first(b)).then_with(|| a.name.cmp(&b.name)));
        AliasList { names }
    }

    /// The names, in the order of their first entities and then of the names themselves.
    pub fn names(&self) -> &[Alias] {
        &self.names
    }
}

/// A list in which every name is used equally often for each of its entities.
impl FromIterator<Named> for AliasList {
    fn from_iter<I: IntoIterator<Item = Named>>(rows: I) -> AliasList {
        AliasList::new(rows.into_iter().map(|named| (named, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(rows: &[(&str, &str, f64)]) -> AliasList {
        let named = |entity: &str, name: &str| Named { entity: entity.to_owned(), name: name.to_owned() };
        AliasList::new(rows.iter().map(|(entity, name, count)| (named(entity, name), *count)))
    }

    #[test]
    fn a_pair_is_as_probable_as_both_names_mean_the_same() {
        // "JPM" is used for b once in ten times, by mistake; "Chase" means c as often as b.
        let list = list(&[
            ("a", "JPM", 9.0),
            ("b", "JPM", 1.0),
            ("a", "JP Morgan", 5.0),
            ("b", "Chase", 1.0),
            ("c", "Chase", 1.0),
            ("a", "JPM", 0.0),
        ]);
        let names: Vec<&str> = list.names().iter().map(|alias| alias.name.as_str()).collect();
        assert_eq!(names, ["JP Morgan", "JPM", "Chase"]);
        let [morgan, jpm, chase] = list.names() else { panic!("three names") };
        assert!((morgan.match_probability(jpm) - 0.9).abs() < 1e-12);
        assert!((jpm.match_probability(chase) - 0.05).abs() < 1e-12);
        assert_eq!(chase.match_probability(jpm), jpm.match_probability(chase));
        assert_eq!(morgan.match_probability(chase), 0.0);
        assert_eq!((jpm.half, chase.half), (Half::of("a"), Half::of("b")));
    }

    #[test]
    fn without_counts_and_shared_names_a_pair_is_sure() {
        let list: AliasList = ["x", "y"]
            .iter()
            .flat_map(|entity| {
                ["1", "2"].map(|name| Named { entity: (*entity).to_owned(), name: format!("{entity}{name}") })
            })
            .collect();
        let [first, second, third, _] = list.names() else { panic!("four names") };
        assert_eq!([first.match_probability(second), first.match_probability(third)], [1.0, 0.0]);
    }
}
