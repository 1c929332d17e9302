//! What people have judged to be the same, as evidence.
//!
//! The store's journal `judgements` holds an entry for each decision, a JSON object:
//!
//! | key | meaning |
//! | --- | --- |
//! | `left`, `right` | the ids of the two records |
//! | `verdict` | `same`, or anything else (`different`, `unsure`), which is no evidence |
//! | `left_name`, `right_name` | the names of the two records; a record without one joins others and adds no name |
//! | `left_dataset`, `right_dataset` | the datasets of the records, where their ids are unique only within one |
//! | `when` | the date of the decision |
//!
//! Of several entries for two records the last one counts. Records that are judged the same, also through others, are one
//! source: `judgement:` and the smallest id among them. Each of its records uses its name for it once.

use crate::error::Result;
use crate::store::{EvidenceRow, Journal};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the names of sources made of judgements begin with.
pub const SOURCE: &str = "judgement:";

const SAME: &str = "same";

/// An entry of the journal; keys that it does not know are somebody else's.
#[derive(Debug, Clone, Deserialize)]
struct Entry {
    left: String,
    right: String,
    verdict: String,
    #[serde(default)]
    left_name: Option<String>,
    #[serde(default)]
    right_name: Option<String>,
    #[serde(default)]
    left_dataset: Option<String>,
    #[serde(default)]
    right_dataset: Option<String>,
    #[serde(default)]
    when: Option<String>,
}

/// A record: its id, after its dataset where that is told.
type Node = (Option<String>, String);

/// The evidence in the judgements of a store, in a fixed order; those after `until` are left out. Needs no lock.
///
/// # Errors
/// [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) for a damaged journal,
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io).
pub fn judged_rows(dir: &Path, until: Option<&str>) -> Result<Vec<EvidenceRow>> {
    let entries: Vec<Entry> = Journal::at(dir.join("journal").join("judgements.jsonl")).entries()?;
    let mut last: BTreeMap<(Node, Node), Entry> = BTreeMap::new();
    for entry in entries.into_iter().filter(|entry| is_within(entry.when.as_deref().unwrap_or_default(), until)) {
        let left = (entry.left_dataset.clone(), entry.left.clone());
        let right = (entry.right_dataset.clone(), entry.right.clone());
        last.insert(if left <= right { (left, right) } else { (right, left) }, entry);
    }
    Ok(rows_of(last.into_values().filter(|entry| entry.verdict == SAME)))
}

/// Whether a date is not after another: equal, earlier as text, or within the year or month that it begins with. What has
/// no date is always within.
pub fn is_within(when: &str, until: Option<&str>) -> bool {
    until.is_none_or(|until| when <= until || when.starts_with(until))
}

fn rows_of(same: impl Iterator<Item = Entry>) -> Vec<EvidenceRow> {
    let mut joined: BTreeMap<Node, BTreeSet<Node>> = BTreeMap::new();
    let mut names: BTreeSet<(Node, String)> = BTreeSet::new();
    for entry in same {
        let (left, right) = ((entry.left_dataset, entry.left), (entry.right_dataset, entry.right));
        for (node, name) in [(&left, entry.left_name), (&right, entry.right_name)] {
            let name = name.filter(|name| !name.trim().is_empty());
            names.extend(name.map(|name| (node.clone(), name.trim().to_owned())));
        }
        joined.entry(left.clone()).or_default().insert(right.clone());
        joined.entry(right).or_default().insert(left);
    }
    let groups = groups_of(&joined);
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    for (node, name) in names {
        let Some((dataset, id)) = groups.get(&node) else { continue };
        let dataset = dataset.as_ref().map(|dataset| format!("{dataset}/")).unwrap_or_default();
        *counts.entry((name, format!("{SOURCE}{dataset}{id}"))).or_default() += 1;
    }
    let rows = counts.into_iter().map(|((name, source), count)| {
        let when = String::new();
        EvidenceRow { name, source, when, count }
    });
    rows.collect()
}

/// The smallest record of each record's group. Linear in the judgements, but for the order of the maps.
fn groups_of(joined: &BTreeMap<Node, BTreeSet<Node>>) -> BTreeMap<Node, Node> {
    let mut groups: BTreeMap<Node, Node> = BTreeMap::new();
    // From the smallest on, so the first of a group is its smallest.
    for smallest in joined.keys() {
        let mut waiting = vec![smallest];
        while let Some(node) = waiting.pop() {
            if !groups.contains_key(node) {
                groups.insert(node.clone(), smallest.clone());
                waiting.extend(joined.get(node).into_iter().flatten());
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_that_are_the_same_are_one_source() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path().join("journal/judgements.jsonl"));
        assert_eq!(judged_rows(folder.path(), None).unwrap(), []);
        for entry in [
            json!({"left": "9", "right": "7", "verdict": "same", "left_name": "Acme", "right_name": "ACM"}),
            json!({"left": "9", "right": "8", "verdict": "same", "right_name": "Acme", "when": "2021-05"}),
            json!({"left": "1", "right": "2", "verdict": "same", "left_name": "Beta", "right_name": "B"}),
            json!({"left": "2", "right": "1", "verdict": "different"}),
            json!({"left": "3", "right": "4", "verdict": "unsure", "left_name": "C", "right_name": "D"}),
        ] {
            journal.append(&entry).unwrap();
        }
        let told = |until| {
            let rows = judged_rows(folder.path(), until).unwrap();
            rows.into_iter().map(|row| (row.name, row.source, row.count)).collect::<Vec<_>>()
        };
        let row = |name: &str, count| (name.to_owned(), "judgement:7".to_owned(), count);
        assert_eq!(told(None), [row("ACM", 1), row("Acme", 2)]);
        assert_eq!(told(Some("2020")), [row("ACM", 1), row("Acme", 1)]);
    }

    #[test]
    fn dates_are_within_the_year_that_they_begin_with() {
        for (when, until, within) in [
            ("", "2020", true),
            ("2019-12-31", "2020", true),
            ("2020-12-31", "2020", true),
            ("2021", "2020", false),
            ("2020-03-01", "2020-02-29", false),
        ] {
            assert_eq!(is_within(when, Some(until)), within, "{when} {until}");
        }
        assert!(is_within("2999", None));
    }
}
