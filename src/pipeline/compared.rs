//! The pairs that a model of names is trained on, compared.
//!
//! Candidates of blocking are look-alikes already; a sample of them is drawn. [`mined`] adds the hard ones among all of them,
//! each name's nearest wrong name and its farthest right one, as LinkOrgs draws half of each class ("adversarial" sampling:
//! Libgober & Jerzak, PSRM 13(4), 2025, section on machine learning).

use super::lists::{Alias, Content, Half, LabelledPair, TrainingList};
use super::scorer::Scorer;
use crate::block::candidates::BlockOptions;
use crate::block::keys::KeyOptions;
use crate::block::{Blocks, Keys, Scratch};
use crate::compare::align::lone_and_shared;
use crate::compare::{Levels, Prepared};
use crate::error::Result;
use crate::model::{MatchWeight, Model};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// A pair, compared, as a match or as none. A pair whose match is no more than probable stands for both, each with its
/// probability as importance.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What the comparisons say.
    pub levels: Levels,
    /// Whether the pair is a match.
    pub is_match: bool,
    /// How much it counts, over 0.
    pub importance: f64,
    /// The half of the entities that both names belong to.
    pub half: Half,
    /// The hashes of the words that only one of the names bears.
    pub lone: Box<[u32]>,
    /// The hashes of the words that both bear.
    pub shared: Box<[u32]>,
}

/// Non-matches of a list that are compared, about; of more every nth is taken, chosen by hash, and counts n times.
const NON_MATCHES: u64 = 120_000;

/// Names whose candidates are weighed at once; what is found among them is then kept for the whole list.
const ROWS: usize = 4096;

/// The pairs of a list. Of an alias list linked to itself: the candidate pairs of names of one half, of the non-matches
/// among them a sample. Names of one entity that share no key teach nothing, since a link job would never compare them.
///
/// `unfitted` are models without weights, one for each half of the entities, that know nothing of that half; `seed` chooses
/// the sample.
///
/// # Errors
/// None but for a broken shipped model.
pub fn compared(list: &TrainingList, unfitted: &[(Half, Model)], seed: u64) -> Result<Vec<Compared>> {
    let mut all = Vec::new();
    for (half, model) in unfitted {
        match &list.content {
            Content::Aliases(list) => all.extend(drawn(list.names(), model, *half, seed)?),
            Content::Pairs(pairs) => all.extend(of_pairs(pairs, model, *half)?),
        }
    }
    Ok(all)
}

/// The hard pairs of an alias list: for each name, among its candidates of the same half, the one that is surely none of its
/// entity and has the highest weight by a first model, and the one that may be and has the lowest. None of labelled pairs,
/// which are what they are.
///
/// `weigh` gives a pair's weight by its levels; `unfitted` are those of [`compared`].
///
/// # Errors
/// None but for a broken shipped model.
pub fn mined(
    list: &TrainingList,
    unfitted: &[(Half, Model)],
    weigh: &(dyn Fn(&Levels) -> MatchWeight + Sync),
) -> Result<Vec<Compared>> {
    let Content::Aliases(list) = &list.content else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (half, model) in unfitted {
        all.extend(hardest(list.names(), model, *half, weigh)?);
    }
    Ok(all)
}

/// The names of a list, prepared to be compared.
struct Names<'a> {
    names: &'a [Alias],
    half: Half,
    scorer: Scorer,
    prepared: Vec<Prepared>,
    keys: Keys,
}

impl<'a> Names<'a> {
    fn new(names: &'a [Alias], unfitted: &Model, half: Half) -> Result<Names<'a>> {
        let texts: Vec<String> = names.iter().map(|alias| alias.name.clone()).collect();
        let scorer = Scorer::new(unfitted.clone(), &[vec![texts.as_slice()]])?;
        let prepared = scorer.prepare_table(&[texts]);
        let keys = Keys::new(KeyOptions::default(), prepared.iter().flat_map(|p| p.texts.iter().flatten()));
        Ok(Names { names, half, scorer, prepared, keys })
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks::new(&self.prepared, None, &self.keys, BlockOptions::default())
    }

    /// Whether a name is of the half.
    fn is_kept(&self, row: usize) -> bool {
        self.names.get(row).is_some_and(|alias| alias.half == self.half)
    }

    fn match_probability(&self, left: usize, right: usize) -> f64 {
        let both = self.names.get(left).zip(self.names.get(right));
        both.map_or(0.0, |(left, right)| left.match_probability(right))
    }

    fn levels(&self, left: usize, right: usize) -> Option<Levels> {
        self.scorer.levels(self.prepared.get(left)?, self.prepared.get(right)?).first().copied()
    }

    /// A pair that counts so much, as what it is.
    fn pair(&self, left: usize, right: usize, importance: f64) -> Vec<Compared> {
        let both = self.prepared.get(left).zip(self.prepared.get(right));
        let label = self.match_probability(left, right);
        both.map_or_else(Vec::new, |both| labelled(&self.scorer, both, label, importance, self.half))
    }
}

/// The matches among the candidates, and a sample of the rest.
fn drawn(list: &[Alias], unfitted: &Model, half: Half, seed: u64) -> Result<Vec<Compared>> {
    let names = Names::new(list, unfitted, half)?;
    let blocks = names.blocks();
    let pairs: u64 = (0..list.len() as u32)
        .into_par_iter()
        .with_min_len(64)
        .map_init(Scratch::default, |scratch, right| blocks.candidates(right, scratch).len() as u64)
        .sum();
    let every = (pairs / NON_MATCHES).max(1);
    let of_row = |scratch: &mut Scratch, right: usize| {
        let candidates = blocks.candidates(right as u32, scratch).iter().map(|left| *left as usize);
        let pairs = candidates.filter(|left| names.is_kept(*left)).flat_map(|left| {
            if names.match_probability(left, right) > 0.0 {
                names.pair(left, right, 1.0)
            } else if mixed(left, right, seed).is_multiple_of(every) {
                names.pair(left, right, every as f64)
            } else {
                Vec::new()
            }
        });
        pairs.collect::<Vec<Compared>>()
    };
    let rows = (0..list.len()).into_par_iter().with_min_len(64).filter(|right| names.is_kept(*right));
    Ok(rows.map_init(Scratch::default, of_row).flatten_iter().collect())
}

/// A name's hard pairs: weight and other name of the nearest wrong one and of the farthest right one.
type Hard = [Option<(MatchWeight, u32)>; 2];

fn hardest(
    list: &[Alias],
    unfitted: &Model,
    half: Half,
    weigh: &(dyn Fn(&Levels) -> MatchWeight + Sync),
) -> Result<Vec<Compared>> {
    let names = Names::new(list, unfitted, half)?;
    let blocks = names.blocks();
    let mut hard: Vec<Hard> = vec![[None; 2]; list.len()];
    let of_row = |scratch: &mut Scratch, right: &usize| {
        let candidates = blocks.candidates(*right as u32, scratch).iter().copied();
        let candidates = candidates.filter(|left| names.is_kept(*left as usize));
        let weighed = candidates.filter_map(|left| {
            let is_match = names.match_probability(left as usize, *right) > 0.0;
            // The best wrong one and the worst right one are both the greatest by this.
            let weight = weigh(&names.levels(left as usize, *right)?);
            Some((left, *right as u32, is_match, if is_match { weight.saturating_neg() } else { weight }))
        });
        weighed.collect::<Vec<_>>()
    };
    let rows: Vec<usize> = (0..list.len()).filter(|row| names.is_kept(*row)).collect();
    for rows in rows.chunks(ROWS) {
        let weighed: Vec<_> =
            rows.par_iter().with_min_len(64).map_init(Scratch::default, of_row).flatten_iter().collect();
        for (left, right, is_match, weight) in weighed {
            for (name, other) in [(left, right), (right, left)] {
                let Some(slot) = hard.get_mut(name as usize).and_then(|hard| hard.get_mut(usize::from(is_match)))
                else {
                    continue;
                };
                if slot
                    .is_none_or(|(best, least)| (weight, std::cmp::Reverse(other)) > (best, std::cmp::Reverse(least)))
                {
                    *slot = Some((weight, other));
                }
            }
        }
    }
    let chosen: BTreeSet<(u32, u32)> = (0_u32..)
        .zip(&hard)
        .flat_map(|(name, hard)| hard.iter().flatten().map(move |(_, other)| (name.min(*other), name.max(*other))))
        .collect();
    let chosen: Vec<(u32, u32)> = chosen.into_iter().collect();
    let pair = |(left, right): &(u32, u32)| names.pair(*left as usize, *right as usize, 1.0);
    Ok(chosen.par_iter().with_min_len(256).flat_map_iter(pair).collect())
}

/// A pair as a match and as none, each as important as it is probable.
fn labelled(
    scorer: &Scorer,
    (left, right): (&Prepared, &Prepared),
    label: f64,
    importance: f64,
    half: Half,
) -> Vec<Compared> {
    let Some(levels) = scorer.levels(left, right).first().copied() else { return Vec::new() };
    let [lone, shared] = match (left.texts.first(), right.texts.first()) {
        (Some(Some(left)), Some(Some(right))) => lone_and_shared(left, right),
        _ => [Vec::new(), Vec::new()],
    };
    let parts = [(true, importance * label), (false, importance * (1.0 - label))];
    // Shares of a name's uses need not add up to 1 to the last bit.
    let parts = parts.into_iter().filter(|(_, part)| *part > importance * 1e-9);
    let compared = |(is_match, importance)| {
        let (lone, shared) = (lone.as_slice().into(), shared.as_slice().into());
        Compared { levels, is_match, importance, half, lone, shared }
    };
    parts.map(compared).collect()
}

/// A number from two row numbers and a seed in which every bit depends on all (the finaliser of SplitMix64).
fn mixed(left: usize, right: usize, seed: u64) -> u64 {
    let start = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut mixed = ((left as u64) << 32 | right as u64).wrapping_add(start);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// Labelled pairs of texts. Rarities come from the texts themselves; a pair's half is that of its left text.
fn of_pairs(pairs: &[LabelledPair], unfitted: &Model, half: Half) -> Result<Vec<Compared>> {
    let left: Vec<String> = pairs.iter().map(|pair| pair.left.clone()).collect();
    let right: Vec<String> = pairs.iter().map(|pair| pair.right.clone()).collect();
    let scorer = Scorer::new(unfitted.clone(), &[vec![left.as_slice(), right.as_slice()]])?;
    let (left, right) = (scorer.prepare_table(&[left]), scorer.prepare_table(&[right]));
    let both = pairs.iter().zip(left.iter().zip(&right)).filter(|(pair, _)| Half::of(&pair.left) == half);
    Ok(both.flat_map(|(pair, both)| labelled(&scorer, both, pair.label, pair.weight, half)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::lists::{AliasList, Named};
    use super::super::train::blank;
    use super::*;
    use crate::compare::rarity::WordCounts;
    use crate::config::Kind;

    fn list(rows: &[(&str, &str)]) -> TrainingList {
        let named = |(entity, name): &(&str, &str)| Named { entity: (*entity).to_owned(), name: (*name).to_owned() };
        let names: AliasList = rows.iter().map(named).collect();
        TrainingList { name: "made up".to_owned(), content: Content::Aliases(names) }
    }

    fn unfitted() -> Vec<(Half, Model)> {
        let model = blank(Kind::Organization, WordCounts::default(), None).unwrap();
        Half::BOTH.map(|half| (half, model.clone())).to_vec()
    }

    /// Ids of the first half.
    fn ids() -> Vec<String> {
        (0..40).map(|id| id.to_string()).filter(|id| Half::of(id) == Half::First).take(2).collect()
    }

    #[test]
    fn a_name_of_two_entities_is_a_match_and_none() {
        let ids = ids();
        let [a, b] = ids.as_slice() else { panic!("two ids") };
        let list = list(&[(a, "Alpha Steel"), (b, "Alpha Steel"), (a, "Alpha Steel Works")]);
        let pairs = compared(&list, &unfitted(), 1).unwrap();
        let parts: Vec<_> = pairs.iter().map(|pair| (pair.is_match, pair.importance)).collect();
        assert_eq!(parts, [(true, 0.5), (false, 0.5)]);
    }

    #[test]
    fn hard_pairs_are_the_nearest_wrong_and_the_farthest_right_names() {
        let ids = ids();
        let [a, b] = ids.as_slice() else { panic!("two ids") };
        let rows =
            [(a, "Alpha Steel"), (a, "Alpha Steel Works"), (a, "Alpha Steel Works North"), (b, "Alpha Steel Mill")];
        let list = list(&rows.map(|(entity, name)| (entity.as_str(), name)));
        // By a first model that goes by the number of levels above the lowest.
        let weigh = |levels: &Levels| levels.iter().map(|level| MatchWeight::from(*level)).sum();
        let mined = mined(&list, &unfitted(), &weigh).unwrap();
        let drawn = compared(&list, &unfitted(), 1).unwrap();
        let count = |pairs: &[Compared], is_match| pairs.iter().filter(|pair| pair.is_match == is_match).count();
        // Each name of a has the only name of b as its wrong one; the two next names of a are nobody's farthest.
        assert_eq!((count(&drawn, true), count(&drawn, false)), (3, 3));
        assert_eq!((count(&mined, true), count(&mined, false)), (2, 3));
        assert!(mined.iter().all(|pair| pair.importance == 1.0 && pair.half == Half::First));
    }
}
