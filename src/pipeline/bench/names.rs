//! How well names are linked: models and baselines on the same left names and all right names of a task.

use super::baseline::{TfIdf, TokenSet, Top};
use super::measures::{Answer, BEST, Figures};
use super::tasks::{Query, Split, Task};
use crate::block::candidates::BlockOptions;
use crate::block::keys::KeyOptions;
use crate::block::{Blocks, Keys, Scratch};
use crate::error::Result;
use crate::model::{MatchWeight, Model, probability};
use crate::pipeline::directory::Aliases;
use crate::pipeline::lists::Named;
use crate::pipeline::scorer::Scorer;
use crate::pipeline::share::{JobShare, Sides, weigh_rivals};
use crate::record::RecordId;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// The name of our method; those of further models begin with it.
pub const OURS: &str = "cognate";

/// The name of our method with the shipped directory as alias evidence.
pub const WITH_DIRECTORY: &str = "cognate, directory";

/// A model and the name it goes by in the figures; [`WITH_DIRECTORY`] hears the shipped directory, too.
pub type Method<'m> = (&'static str, &'m Model);

/// The alias evidence that a method hears.
pub(super) fn aliases_of(method: &str) -> Aliases {
    if method == WITH_DIRECTORY { Aliases::Shipped } else { Aliases::None }
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// The part of the entities whose names are asked.
    pub split: Split,
    /// Names asked at most for a task, and for each group of its names; the first in the order of a hash.
    pub limit: usize,
    /// Whether the baselines are asked, too.
    pub baselines: bool,
}

/// Measures models and the baselines on the left names of a part of the entities against all right names: for the task,
/// then for each group of its names.
///
/// # Errors
/// None but for a broken shipped model.
pub fn measure(task: &Task, asking: Asking, models: &[Method<'_>]) -> Result<Vec<Figures>> {
    let Asked { queries, groups } = Asked::of(task, asking);
    let entities: FxHashSet<&str> = task.right.iter().map(|named| named.entity.as_str()).collect();
    let is_answerable = |query: &Query| match task.deduplicates {
        true => task.right.iter().any(|named| named.name != query.name && query.is_answered_by(named)),
        false => query.entities.iter().any(|entity| entities.contains(entity.as_str())),
    };
    let answerable: Vec<bool> = queries.iter().map(|query| is_answerable(query)).collect();
    let mut answered = if asking.baselines { baselines(task, &queries) } else { Vec::new() };
    for (method, model) in models {
        answered.push((method, linked(task, &queries, model, &aliases_of(method))?));
    }
    let mut figures = Vec::new();
    for (name, rows) in groups {
        for (method, answers) in &answered {
            let of_group = rows.iter().filter_map(|row| Some((answers.get(*row)?, *answerable.get(*row)?)));
            figures.push(Figures::of(name.clone(), method, &of_group.collect::<Vec<_>>()));
        }
    }
    Ok(figures)
}

/// The queries that are asked once, and the rows of each group among them; the first group is the task itself.
struct Asked<'t> {
    queries: Vec<&'t Query>,
    groups: Vec<(String, Vec<usize>)>,
}

impl<'t> Asked<'t> {
    fn of(task: &'t Task, asking: Asking) -> Asked<'t> {
        let mut drawn: BTreeMap<&str, usize> = BTreeMap::new();
        let mut asked = Asked { queries: Vec::new(), groups: vec![(task.name.to_owned(), Vec::new())] };
        let mut of_groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, query) in task.queries(asking.split).into_iter().enumerate() {
            let row = asked.queries.len();
            let mut is_asked = place < asking.limit;
            if let Some((_, rows)) = asked.groups.first_mut().filter(|_| is_asked) {
                rows.push(row);
            }
            for group in &query.groups {
                let drawn = drawn.entry(group).or_default();
                if *drawn < asking.limit {
                    *drawn += 1;
                    is_asked = true;
                    of_groups.entry(group).or_default().push(row);
                }
            }
            if is_asked {
                asked.queries.push(query);
            }
        }
        asked.groups.extend(of_groups.into_iter().map(|(group, rows)| (format!("{}: {group}", task.name), rows)));
        asked
    }
}

fn baselines(task: &Task, queries: &[&Query]) -> Vec<(&'static str, Vec<Answer>)> {
    let left: Vec<&str> = queries.iter().map(|query| query.name.as_str()).collect();
    let right: Vec<&str> = task.right.iter().map(|named| named.name.as_str()).collect();
    // One more, since a name may find itself.
    let answers = |nearest: &(dyn Fn(usize) -> Vec<(u32, f64)> + Sync)| -> Vec<Answer> {
        let answer = |(row, query): (usize, &&Query)| Answer {
            best: best(task, query, nearest(row)),
            pairs: right.len() as u64 - u64::from(task.deduplicates),
            judged: Vec::new(),
        };
        queries.par_iter().enumerate().map(answer).collect()
    };
    let (words, grams) = (TokenSet::new(&right), TfIdf::new(&left, &right));
    let by_words = |row: usize| left.get(row).map(|name| words.nearest(name, BEST + 1)).unwrap_or_default();
    vec![("token-set ratio", answers(&by_words)), ("3-gram TF-IDF", answers(&|row| grams.nearest(row, BEST + 1)))]
}

/// The best partners with whether each is right; a name is no partner of itself.
fn best(task: &Task, query: &Query, nearest: Vec<(u32, f64)>) -> Vec<(f64, bool)> {
    let partners = nearest.into_iter().filter_map(|(row, score)| Some((score, task.right.get(row as usize)?)));
    let partners = partners.filter(|(_, right)| !is_itself(task, query, right));
    partners.map(|(score, right)| (score, query.is_answered_by(right))).take(BEST).collect()
}

fn is_itself(task: &Task, query: &Query, right: &Named) -> bool {
    task.deduplicates && query.name == right.name
}

/// A model's answers: its candidates by probability.
fn linked(task: &Task, queries: &[&Query], model: &Model, aliases: &Aliases) -> Result<Vec<Answer>> {
    let left: Vec<String> = queries.iter().map(|query| query.name.clone()).collect();
    let right: Vec<String> = task.right.iter().map(|named| named.name.clone()).collect();
    let scorer = Scorer::new(model.clone(), &[vec![left.as_slice(), right.as_slice()]])?;
    let (mut asked, mut known) = (scorer.prepare_table(&[left]), scorer.prepare_table(&[right]));
    aliases.tell(&scorer, model.file().kind, &mut [asked.as_mut_slice(), known.as_mut_slice()])?;
    let keys = Keys::new(KeyOptions::default(), asked.iter().chain(&known).flat_map(|p| p.texts.iter().flatten()));
    let blocks = Blocks::new(&known, Some(&asked), &keys, BlockOptions::default());
    let sides = Sides { left: &known, right: &asked, blocks: &blocks };
    let ids: Vec<RecordId> = queries.iter().map(|query| RecordId::new(query.name.as_str())).collect();
    let [alone, rivals] = [false, true].map(|rivals| JobShare::estimated(sides, &ids, &scorer, rivals));
    let answer = |scratch: &mut Scratch, (row, query): (usize, &&Query)| {
        let (mut judged, mut found) = (Vec::new(), Vec::new());
        let prepared = asked.get(row);
        for &candidate in blocks.candidates(row as u32, scratch) {
            let other = known.get(candidate as usize).zip(task.right.get(candidate as usize));
            let Some((prepared, (other, named))) = prepared.zip(other) else { continue };
            if !is_itself(task, query, named) {
                let evidence = scorer.evidence(other, prepared);
                judged.push((probability(alone.scale.weight(evidence)), query.is_answered_by(named)));
                found.push((candidate, rivals.scale.weight(evidence)));
            }
        }
        Answer { best: best(task, query, best_of(found, rivals.rivals)), pairs: judged.len() as u64, judged }
    };
    Ok(queries.par_iter().enumerate().map_init(Scratch::default, answer).collect())
}

/// The best candidates by probability; the first ones compete, those that are no rivals of the best follow as they are.
fn best_of(found: Vec<(u32, MatchWeight)>, compete: bool) -> Vec<(u32, f64)> {
    let mut top = Top::new(BEST);
    found.iter().for_each(|(candidate, weight)| top.push(*candidate, f64::from(*weight)));
    let mut competing = found;
    if compete {
        weigh_rivals(&mut competing);
    }
    let weighed = |candidate: u32| competing.iter().find(|(other, _)| *other == candidate).map(|(_, weight)| *weight);
    let rows = top.into_rows().into_iter();
    rows.map(|(candidate, alone)| (candidate, probability(weighed(candidate).unwrap_or(alone as MatchWeight))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Kind;
    use crate::model::shipped::shipped;

    fn named(entity: &str, name: &str) -> Named {
        Named { entity: entity.to_owned(), name: name.to_owned() }
    }

    fn asking(limit: usize) -> Asking {
        Asking { split: Split::All, limit, baselines: true }
    }

    #[test]
    fn every_method_is_asked_the_same() {
        let left = [named("1", "Works, Alpha Steel"), named("2", "Beta Bnak"), named("9", "Zzyzx")];
        let right = vec![named("1", "Alpha Steel Works"), named("2", "Beta Bank"), named("3", "Gamma Mills")];
        let task = Task::new("made up", left.into_iter().map(Query::of).collect(), right);
        let model = shipped(Kind::Organization).unwrap();
        let figures = measure(&task, asking(10), &[(OURS, &model)]).unwrap();
        assert_eq!(figures.iter().map(|f| f.method).collect::<Vec<_>>(), ["token-set ratio", "3-gram TF-IDF", OURS]);
        for figures in &figures {
            assert_eq!((figures.asked, figures.answerable, figures.accuracy_at_1), (3, 2, 1.0), "{}", figures.method);
        }
        assert_eq!((figures[0].pairs, figures[2].candidate_recall), (9, Some(1.0)));
        assert!(figures[1].calibration_error_of_pairs.is_none() && figures[2].calibration_error_of_best.is_some());
    }

    #[test]
    fn a_name_does_not_find_itself() {
        let right = vec![named("1", "Alpha Steel"), named("1", "Alpha Steel NV"), named("2", "Beta Bank")];
        let left = right.iter().cloned().map(Query::of).collect();
        let task = Task { deduplicates: true, ..Task::new("made up", left, right) };
        let model = shipped(Kind::Organization).unwrap();
        for figures in measure(&task, asking(10), &[(OURS, &model)]).unwrap() {
            assert_eq!((figures.asked, figures.answerable, figures.recall_at_10), (3, 2, 1.0), "{}", figures.method);
        }
    }

    #[test]
    fn groups_are_drawn_beside_the_task() {
        let query = |place: usize| Query {
            groups: vec![if place.is_multiple_of(5) { "rare" } else { "frequent" }.to_owned()],
            ..Query::of(named(&place.to_string(), &format!("Name {place}")))
        };
        let task = Task::new("made up", (0..50).map(query).collect(), Vec::new());
        let asked = Asked::of(&task, asking(8));
        let sizes: Vec<_> = asked.groups.iter().map(|(name, rows)| (name.as_str(), rows.len())).collect();
        assert_eq!(sizes, [("made up", 8), ("made up: frequent", 8), ("made up: rare", 8)]);
        assert!(asked.groups[2].1.iter().all(|row| asked.queries[*row].groups == ["rare"]));
        assert!(asked.queries.len() <= 16);
    }
}
