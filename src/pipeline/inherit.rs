//! Inheriting: what texts mean by the evidence of an alias table, although they are not spelled as in the table.
//!
//! A text that is equal to a name of the table has that name's memberships. One that is only like some names has theirs in
//! parts: with o_n the odds, by the model, that the text and name n mean the same thing, name n passes on o_n / (1 + Σ o_m)
//! of its shares, since a text has one meaning at most (as the candidates of a row compete for it,
//! [`crate::model::share`]). So the learned string score decides how much evidence a misspelt name inherits, where
//! Libgober & Jerzak (section 3.3 of their paper) take the least of distances within a cut-off.
//!
//! Texts meet names by blocking keys: of table and texts the smaller side is indexed and the other one walks past it, so a
//! few texts against a million names take as long as preparing those names, and a few thousand names cost a large job
//! little.

use super::scorer::{Scorer, weight_of_texts};
use crate::alias::{AliasTable, Membership};
use crate::block::keys::KeyOptions;
use crate::block::sketch::Sketch;
use crate::block::{Key, KeyKind, Keys};
use crate::compare::{Prepared, Text};
use crate::model::share::{Scale, odds};
use crate::model::{BIT, MatchWeight, Model, weight_of};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::borrow::Cow;

/// The least overlap of letter pairs ([`Sketch::overlap`]) of a name and a text, in percent.
const LEAST_OVERLAP: u32 = 70;
/// A name passes on nothing to a text that is less likely than this to mean the same.
const LEAST_PROBABILITY: f64 = 0.05;
/// What is taken from the weight of a look-alike: most of them mean something that the table does not know. Chosen among 2, 4
/// and 7 bits on the validation tasks of `cognate bench aliases`.
const OPEN_WORLD: MatchWeight = 7 * BIT;
/// A key that would give more pairs than this is left out: it tells little.
const PAIRS_PER_KEY: u64 = 10_000;
/// The same for keys of names that are spelled alike but for spaces and legal forms.
const PAIRS_PER_EXACT_KEY: u64 = 1_000_000;
/// For a single text, a key that more indexed ones bear than this is left out.
const TEXTS_PER_KEY: usize = 64;
/// Memberships of a text, at most, the greatest first.
const MEMBERSHIPS: usize = 8;
/// The least share of a membership, in parts of 65,535.
const LEAST_SHARE: u16 = u16::MAX / 100;
/// The weight of a name that is equal to a text.
const EQUAL: MatchWeight = MatchWeight::MAX;

/// How many texts of a job the table knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Inherited {
    /// Texts that are names of the table.
    pub equal: u64,
    /// Texts that are like such names.
    pub alike: u64,
}

/// Gives the first text of each record the memberships that it inherits from the table. The same whatever the order of
/// the records and the number of threads.
pub fn inherit(scorer: &Scorer, table: &AliasTable, sides: &mut [&mut [Prepared]]) -> Inherited {
    let alike = {
        let rows = sides.iter().flat_map(|side| side.iter());
        let texts: Vec<Option<&Text>> = rows.map(|row| row.texts.first().and_then(Option::as_ref)).collect();
        likenesses(scorer, table, &texts)
    };
    let mut inherited = Inherited::default();
    let mut by_text: FxHashMap<u32, Vec<Membership>> = FxHashMap::default();
    for names in alike.chunk_by(|a, b| a.text == b.text) {
        let Some(first) = names.first() else { continue };
        let memberships = passed_on(table, names.iter().map(|alike| (alike.name, alike.weight)));
        if memberships.is_empty() {
            continue;
        }
        let is_equal = names.iter().any(|alike| alike.weight == EQUAL);
        *(if is_equal { &mut inherited.equal } else { &mut inherited.alike }) += 1;
        by_text.insert(first.text, memberships);
    }
    let rows = sides.iter_mut().flat_map(|side| side.iter_mut());
    for (number, row) in (0..).zip(rows) {
        if let (Some(Some(text)), Some(memberships)) = (row.texts.first_mut(), by_text.remove(&number)) {
            text.memberships = memberships.into();
        }
    }
    inherited
}

/// What names pass on to a text, each given with the weight that it means the same; ascending by group.
pub(super) fn passed_on(
    table: &AliasTable,
    names: impl Iterator<Item = (u32, MatchWeight)> + Clone,
) -> Vec<Membership> {
    let equal = names.clone().filter(|(_, weight)| *weight == EQUAL).count();
    let all: f64 = names.clone().map(|(_, weight)| odds(weight)).sum();
    let part = |weight: MatchWeight| match (equal, weight) {
        (0, weight) => odds(weight) / (1.0 + all),
        (_, EQUAL) => 1.0 / equal as f64,
        _ => 0.0,
    };
    let mut shares: Vec<(u32, f64)> = names
        .flat_map(|(name, weight)| table.groups_of(name).iter().map(move |of| (of.group, part(weight), of.share)))
        .map(|(group, part, share)| (group, part * f64::from(share)))
        .collect();
    // A stable sort, so that the shares of a group are summed in the order of the names.
    shares.sort_by_key(|(group, _)| *group);
    let whole = |shares: &[(u32, f64)]| {
        // The cast saturates; a share is never more than a whole but by rounding.
        let share = shares.iter().map(|(_, share)| share).sum::<f64>().round() as u16;
        shares.first().map(|(group, _)| Membership { group: *group, share })
    };
    let mut memberships: Vec<Membership> = shares.chunk_by(|a, b| a.0 == b.0).filter_map(whole).collect();
    memberships.retain(|membership| membership.share >= LEAST_SHARE);
    memberships.sort_by_key(|membership| std::cmp::Reverse(membership.share));
    memberships.truncate(MEMBERSHIPS);
    memberships.sort_unstable_by_key(|membership| membership.group);
    memberships
}

/// A name of the table that a text is equal to or like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    text: u32,
    name: u32,
    weight: MatchWeight,
}

/// The names that each text is equal to or like, by text, then by name.
fn likenesses(scorer: &Scorer, table: &AliasTable, texts: &[Option<&Text>]) -> Vec<Alike> {
    let names = table.names() as u32;
    let model = scorer.model();
    let mut found = if table.names() <= texts.len() {
        let names = (0..names).into_par_iter().map(|name| scorer.prepare_name(table.name(name)).map(Cow::Owned));
        let index = KeyIndex::new(names.collect());
        let text = |number: u32| texts.get(number as usize).copied().flatten().map(Cow::Borrowed);
        let asking = Asking { count: texts.len() as u32, without_meaning: &text, whole: &text };
        index.meet(model, &asking, |name, text, weight| Alike { text, name, weight })
    } else {
        let index = KeyIndex::new(texts.iter().map(|text| text.map(Cow::Borrowed)).collect());
        let without_meaning = |name: u32| scorer.prepare_name_without_meaning(table.name(name)).map(Cow::Owned);
        let whole = |name: u32| scorer.prepare_name(table.name(name)).map(Cow::Owned);
        let asking = Asking { count: names, without_meaning: &without_meaning, whole: &whole };
        index.meet(model, &asking, |text, name, weight| Alike { text, name, weight })
    };
    found.par_sort_unstable();
    found
}

/// Prepares a text by its number.
type Prepare<'a> = dyn Fn(u32) -> Option<Cow<'a, Text>> + Sync + 'a;

/// Texts that walk past those of an index.
struct Asking<'a> {
    count: u32,
    /// A text without its vector, which is all that its keys need.
    without_meaning: &'a Prepare<'a>,
    whole: &'a Prepare<'a>,
}

/// Some texts by their blocking keys.
#[derive(Debug)]
pub(super) struct KeyIndex<'t> {
    texts: Vec<Option<Cow<'t, Text>>>,
    sketches: Vec<Sketch>,
    keys: Keys,
    bearers: FxHashMap<Key, Vec<u32>>,
}

impl<'t> KeyIndex<'t> {
    /// Indexes texts; their numbers are their places.
    pub(super) fn new(texts: Vec<Option<Cow<'t, Text>>>) -> KeyIndex<'t> {
        let options = KeyOptions { words: 1, gram_slack: 100, meaning: false, ..KeyOptions::default() };
        let keys = Keys::new(options, std::iter::empty());
        let mut bearers: FxHashMap<Key, Vec<u32>> = FxHashMap::default();
        let mut own = Vec::new();
        for (number, text) in (0..).zip(&texts) {
            let Some(text) = text else { continue };
            keys.of_name(text, &mut own);
            own.iter().filter(|key| serves(**key)).for_each(|key| bearers.entry(*key).or_default().push(number));
        }
        let sketches = texts.iter().map(|text| text.as_ref().map(|text| Sketch::of(&text.core)).unwrap_or_default());
        KeyIndex { sketches: sketches.collect(), texts, keys, bearers }
    }

    /// A text by its number.
    pub(super) fn text(&self, number: u32) -> Option<&Text> {
        self.texts.get(number as usize)?.as_deref()
    }

    /// Lets texts walk past the indexed ones; `found` makes what is kept of an indexed and an asking text's numbers and their
    /// weight. A key that would give too many pairs is left out, whichever side is indexed.
    fn meet<T: Send>(
        &self,
        model: &Model,
        asking: &Asking<'_>,
        found: impl Fn(u32, u32, MatchWeight) -> T + Sync,
    ) -> Vec<T> {
        let known_keys = |own: &mut Vec<Key>, number: u32| -> Box<[Key]> {
            let Some(text) = (asking.without_meaning)(number) else { return Box::default() };
            self.keys.of_name(&text, own);
            own.iter().filter(|key| serves(**key) && self.bearers.contains_key(key)).copied().collect()
        };
        let keys: Vec<Box<[Key]>> =
            (0..asking.count).into_par_iter().with_min_len(256).map_init(Vec::new, known_keys).collect();
        let mut counts: FxHashMap<Key, u64> = FxHashMap::default();
        keys.iter().flatten().for_each(|key| *counts.entry(*key).or_default() += 1);
        counts.retain(|key, count| {
            let pairs = *count * self.bearers.get(key).map_or(0, |bearers| bearers.len() as u64);
            pairs <= if key.kind() == KeyKind::Exact { PAIRS_PER_EXACT_KEY } else { PAIRS_PER_KEY }
        });
        let of_text = |number: u32| {
            let keys = keys.get(number as usize).map_or(&[][..], |keys| keys);
            let met = self.met(keys.iter().filter(|key| counts.contains_key(key)));
            let text = if met.is_empty() { None } else { (asking.whole)(number) };
            let alike = text.map(|text| self.weighed(model, &text, met)).unwrap_or_default();
            alike.into_iter().map(|(indexed, weight)| found(indexed, number, weight)).collect::<Vec<T>>()
        };
        (0..asking.count).into_par_iter().with_min_len(256).flat_map_iter(of_text).collect()
    }

    /// The texts that bear one of these keys, each once.
    fn met<'k>(&self, keys: impl Iterator<Item = &'k Key>) -> Vec<u32> {
        let mut met: Vec<u32> = keys.filter_map(|key| self.bearers.get(key)).flatten().copied().collect();
        met.sort_unstable();
        met.dedup();
        met
    }

    /// Those of some indexed texts that a text is equal to or like, with the weights that they mean the same.
    fn weighed(&self, model: &Model, text: &Text, mut met: Vec<u32>) -> Vec<(u32, MatchWeight)> {
        let sketch = Sketch::of(&text.core);
        met.retain(|number| {
            self.sketches.get(*number as usize).is_some_and(|other| other.overlap(sketch) >= LEAST_OVERLAP)
        });
        let weighed = |number: u32| Some((number, likeness(model, self.text(number)?, text)?));
        met.into_iter().filter_map(weighed).collect()
    }

    /// The indexed texts that a text is equal to or like, with the weights that they mean the same; `own` is memory to use
    /// again.
    pub(super) fn alike(&self, model: &Model, text: &Text, own: &mut Vec<Key>) -> Vec<(u32, MatchWeight)> {
        self.keys.of_name(text, own);
        let is_rare = |key: &&Key| {
            serves(**key)
                && (key.kind() == KeyKind::Exact
                    || self.bearers.get(key).is_some_and(|bearers| bearers.len() <= TEXTS_PER_KEY))
        };
        let met = self.met(own.iter().filter(is_rare));
        self.weighed(model, text, met)
    }

    /// The indexed texts that are equal to a text.
    pub(super) fn equal(&self, text: &Text, own: &mut Vec<Key>) -> Vec<(u32, MatchWeight)> {
        self.keys.of_name(text, own);
        let exact = own.iter().filter(|key| key.kind() == KeyKind::Exact).filter_map(|key| self.bearers.get(key));
        let is_equal = |number: &u32| self.text(*number).is_some_and(|name| are_equal(name, text));
        exact.flatten().copied().filter(is_equal).map(|number| (number, EQUAL)).collect()
    }
}

/// Whether texts meet names by keys of that kind: those of names that are spelled alike. Others, such as initials, say less
/// of two names than the table itself should.
fn serves(key: Key) -> bool {
    matches!(key.kind(), KeyKind::Exact | KeyKind::Sorted | KeyKind::Word | KeyKind::Pair)
}

fn are_equal(left: &Text, right: &Text) -> bool {
    left.whole == right.whole && left.scripts == right.scripts
}

/// The weight that a name and a text mean the same, if it is worth anything.
pub(super) fn likeness(model: &Model, name: &Text, text: &Text) -> Option<MatchWeight> {
    if are_equal(name, text) {
        return Some(EQUAL);
    }
    let scale = Scale { prior: model.file().prior.saturating_sub(OPEN_WORLD), ..model.partner_scale() };
    weight_of_texts(model, scale, [name, text], weight_of(LEAST_PROBABILITY))
}
