//! What a table knows of a name, and why two names are or are not joined. The groups are those of the frozen table; the
//! sources and the counts are those of the evidence.

use super::neighbourhood::{Step, shortest_way};
use crate::alias::{AliasGraph, AliasTable, Membership, match_probability, together};
use crate::config::Limits;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Sources and ways that are told of one name at most.
const TOLD: usize = 3;

/// Likeness below which a name is no suggestion.
const LIKE: f64 = 0.7;

/// How often a name was used for a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceUse {
    /// The source.
    pub source: String,
    /// How often.
    pub count: u32,
}

/// A group of the table with the probability that the name means it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownGroup {
    /// What the group is called.
    pub label: String,
    /// P(group | name), in parts of 65,535.
    pub share: u16,
}

/// A step of a way, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownStep {
    /// How often the name before was used for the source.
    pub before: u32,
    /// The source.
    pub source: String,
    /// How often the name after was used for it.
    pub after: u32,
    /// The name after.
    pub name: String,
}

/// A way from name to name over sources.
pub type Way = Vec<ShownStep>;

/// A name that belongs together with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAlias {
    /// The name.
    pub name: String,
    /// The probability that both mean the same group, in parts of 65,535.
    pub together: u16,
    /// The ways over the sources that both were used for, the best first; the shortest way where there are none.
    pub ways: Vec<Way>,
}

/// What is known of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The name, as it is written most.
    pub name: String,
    /// All its uses.
    pub uses: u64,
    /// Its sources, the most used first.
    pub sources: Vec<SourceUse>,
    /// Its groups, the greatest share first.
    pub groups: Vec<ShownGroup>,
    /// Its aliases, the most probable first.
    pub aliases: Vec<ShownAlias>,
    /// Aliases that were left out.
    pub more_aliases: usize,
}

/// A source that two names share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedSource {
    /// The source.
    pub source: String,
    /// How often each name was used for it.
    pub counts: [u32; 2],
}

/// A group that two names share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedGroup {
    /// What the group is called.
    pub label: String,
    /// The share of each name, in parts of 65,535.
    pub shares: [u16; 2],
}

/// Why two names are or are not joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// The names, as they are written most.
    pub names: [String; 2],
    /// All uses of each.
    pub uses: [u64; 2],
    /// The probability that both mean the same group, in parts of 65,535.
    pub together: u16,
    /// Υ: the probability that a use of the one and a use of the other are for the same source.
    pub match_probability: f64,
    /// The sources that both were used for, the greatest part of Υ first.
    pub sources: Vec<SharedSource>,
    /// The groups that both belong to.
    pub groups: Vec<SharedGroup>,
    /// The shortest way from the one to the other; none where nothing connects them.
    pub way: Option<Way>,
}

impl Joined {
    /// Whether the names more probably than not mean the same.
    pub fn is_joined(&self) -> bool {
        self.together > u16::MAX / 2
    }
}

/// What is known of a name of the graph, with at most `top` aliases.
pub fn show(graph: &AliasGraph, table: &AliasTable, name: u32, top: usize) -> Shown {
    let mut sources: Vec<(u32, u32)> = graph.sources_of(name).to_vec();
    sources.sort_by_key(|&(source, count)| (Reverse(count), source));
    let groups = table.find(graph.key(name)).map(|found| table.groups_of(found)).unwrap_or_default();
    let mut aliases = aliases_of(graph, table, name, groups);
    let more_aliases = aliases.len().saturating_sub(top);
    aliases.truncate(top);
    let mut shown_groups: Vec<&Membership> = groups.iter().collect();
    shown_groups.sort_by_key(|membership| (Reverse(membership.share), membership.group));
    Shown {
        name: graph.name(name).to_owned(),
        uses: graph.uses_of_name(name),
        sources: sources
            .into_iter()
            .map(|(source, count)| SourceUse { source: graph.source(source).to_owned(), count })
            .collect(),
        groups: shown_groups
            .into_iter()
            .map(|one| ShownGroup { label: table.group_label(one.group).to_owned(), share: one.share })
            .collect(),
        aliases: aliases
            .into_iter()
            .map(|(alias, together)| ShownAlias {
                name: graph.name(alias).to_owned(),
                together,
                ways: ways(graph, name, alias),
            })
            .collect(),
        more_aliases,
    }
}

/// The names of a name's groups with the probability of being together with it, the most probable first.
fn aliases_of(graph: &AliasGraph, table: &AliasTable, name: u32, groups: &[Membership]) -> Vec<(u32, u16)> {
    let mut found: BTreeMap<u32, u16> = BTreeMap::new();
    for &other in groups.iter().flat_map(|membership| table.names_in(membership.group)) {
        let known = graph.find(table.key(other)).filter(|alias| *alias != name);
        if let Some(alias) = known {
            found.entry(alias).or_insert_with(|| together(groups, table.groups_of(other)));
        }
    }
    let mut found: Vec<(u32, u16)> = found.into_iter().filter(|(_, together)| *together > 0).collect();
    found.sort_by_key(|&(alias, together)| (Reverse(together), alias));
    found
}

/// Why two names of the graph are or are not joined.
pub fn join(graph: &AliasGraph, table: &AliasTable, left: u32, right: u32) -> Joined {
    let groups =
        [left, right].map(|name| table.find(graph.key(name)).map(|found| table.groups_of(found)).unwrap_or_default());
    let shared = groups[0].iter().filter_map(|one| {
        let other = groups[1].iter().find(|other| other.group == one.group)?;
        Some(SharedGroup { label: table.group_label(one.group).to_owned(), shares: [one.share, other.share] })
    });
    let way = shortest_way(graph, left, right).map(|steps| in_words(graph, &steps));
    Joined {
        names: [left, right].map(|name| graph.name(name).to_owned()),
        uses: [left, right].map(|name| graph.uses_of_name(name)),
        together: together(groups[0], groups[1]),
        match_probability: match_probability(graph, left, right),
        sources: shared_sources(graph, left, right)
            .into_iter()
            .map(|(source, counts)| SharedSource { source: graph.source(source).to_owned(), counts })
            .collect(),
        groups: shared.collect(),
        way,
    }
}

/// The sources that two names share with the counts of both, the greatest product of counts first.
fn shared_sources(graph: &AliasGraph, left: u32, right: u32) -> Vec<(u32, [u32; 2])> {
    let others = graph.sources_of(right);
    let shared = graph.sources_of(left).iter().filter_map(|&(source, count)| {
        let place = others.binary_search_by_key(&source, |&(other, _)| other).ok()?;
        others.get(place).map(|&(_, other)| (source, [count, other]))
    });
    let mut shared: Vec<(u32, [u32; 2])> = shared.collect();
    shared.sort_by_key(|&(source, [one, other])| (Reverse(u64::from(one) * u64::from(other)), source));
    shared
}

/// The ways over shared sources, or the shortest one.
fn ways(graph: &AliasGraph, from: u32, to: u32) -> Vec<Way> {
    let direct = shared_sources(graph, from, to).into_iter().take(TOLD);
    let direct: Vec<Way> =
        direct.map(|(source, [before, after])| in_words(graph, &[Step { before, source, after, name: to }])).collect();
    match direct.is_empty() {
        true => shortest_way(graph, from, to).map(|steps| in_words(graph, &steps)).into_iter().collect(),
        false => direct,
    }
}

fn in_words(graph: &AliasGraph, steps: &[Step]) -> Way {
    let step = |step: &Step| ShownStep {
        before: step.before,
        source: graph.source(step.source).to_owned(),
        after: step.after,
        name: graph.name(step.name).to_owned(),
    };
    steps.iter().map(step).collect()
}

/// The names of a graph that are most like a text by Jaro-Winkler, at most `top`. Linear in the names.
pub fn nearest(graph: &AliasGraph, text: &str, top: usize) -> Vec<String> {
    let wanted = cut(&crate::alias::graph::key_of(cut(text))).to_owned();
    if wanted.is_empty() {
        return Vec::new();
    }
    let names = 0..u32::try_from(graph.name_count()).unwrap_or(u32::MAX);
    let like = names.map(|name| (strsim::jaro_winkler(&wanted, cut(graph.key(name))), name));
    let mut like: Vec<(f64, u32)> = like.filter(|(likeness, _)| *likeness >= LIKE).collect();
    like.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    like.into_iter().take(top).map(|(_, name)| graph.name(name).to_owned()).collect()
}

/// The beginning of a text that takes part in comparisons.
fn cut(text: &str) -> &str {
    let limit = Limits::default().compared_bytes;
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= limit).last();
    if text.len() <= limit { text } else { text.get(..end.unwrap_or_default()).unwrap_or(text) }
}
