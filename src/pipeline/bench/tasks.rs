//! The data sets under `COGNATE_DATA` as linking tasks: names on the left whose partner on the right is known.

use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::table::text_of;
use crate::pipeline::train::Named;
use crate::record::{IdFrom, ReadOptions, Record, read_all};
use crate::text::hash::stable_hash;
use rustc_hash::FxHashSet;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A linking task.
#[derive(Debug, Clone)]
pub struct Task {
    /// The data set's name.
    pub name: &'static str,
    /// The names to link.
    pub left: Vec<Named>,
    /// The names to link them to.
    pub right: Vec<Named>,
}

/// A part of a task's entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// 60 % of the entities: to fit.
    Train,
    /// 20 %: to choose.
    Valid,
    /// 20 %: to report.
    Test,
    /// All of them, for sets that no model was fitted or chosen on.
    All,
}

impl Split {
    /// The part of an entity: by a hash of its id, so that it never changes.
    pub fn of(entity: &str) -> Split {
        // The multiplication spreads ids that differ in their last letter only.
        match (stable_hash(entity.bytes()).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % 10 {
            0..=5 => Split::Train,
            6 | 7 => Split::Valid,
            _ => Split::Test,
        }
    }

    /// Whether an entity is in this part.
    pub fn has(self, entity: &str) -> bool {
        self == Split::All || self == Split::of(entity)
    }
}

impl FromStr for Split {
    type Err = Error;

    fn from_str(text: &str) -> Result<Split> {
        match text {
            "train" => Ok(Split::Train),
            "valid" => Ok(Split::Valid),
            "test" => Ok(Split::Test),
            "all" => Ok(Split::All),
            _ => Err(Error::usage(format!("no split {text:?}; the splits are: train, valid, test, all"))),
        }
    }
}

/// The names of all tasks.
pub const TASKS: [&str; 10] = [
    "ror",
    "universities",
    "brands",
    "ofac_orgs",
    "football_clubs",
    "sec_name_history",
    "company_aliases",
    "sec_nasdaq",
    "sp500_sec",
    "generated_10000",
];

/// The folder of the data sets: `COGNATE_DATA`.
///
/// # Errors
/// [`ErrorKind::NotFound`] when the variable is not set.
pub fn data_folder() -> Result<PathBuf> {
    std::env::var_os("COGNATE_DATA").map(PathBuf::from).ok_or_else(|| {
        ErrorKind::NotFound("set COGNATE_DATA to the folder of the data sets (see benches/README.md)".to_owned()).into()
    })
}

impl Task {
    /// Reads a task by its name from the data folder.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an unknown task, and those of reading its files.
    pub fn read(name: &str, data: &Path) -> Result<Task> {
        match name {
            "ror" => ror(data),
            "universities" => universities(data),
            "brands" => aliases("brands", &data.join("brands/nsi_names.csv"), ["wikidata", "name"], |_| false),
            "ofac_orgs" => aliases("ofac_orgs", &data.join("ofac_orgs/names.csv"), ["entity", "name"], is_primary),
            "football_clubs" => {
                aliases("football_clubs", &data.join("football_clubs/names.csv"), ["club", "name"], is_primary)
            }
            "sec_name_history" => {
                let is_latest = |record: &Record| text_of(record, "is_latest") == "1";
                aliases("sec_name_history", &data.join("sec_name_history/names.csv"), ["cik", "name"], is_latest)
            }
            "company_aliases" => aliases(
                "company_aliases",
                &data.join("company_aliases/stackalytics.csv"),
                ["company", "name"],
                is_primary,
            ),
            "sec_nasdaq" => Ok(Task {
                name: "sec_nasdaq",
                left: named(&data.join("sec_nasdaq/securities.csv"), ["cik", "security_name"])?,
                right: named(&data.join("sec_nasdaq/companies.csv"), ["cik", "name"])?,
            }),
            "sp500_sec" => Ok(Task {
                name: "sp500_sec",
                left: named(&data.join("sp500_sec/pairs.csv"), ["cik", "wikipedia_name"])?,
                right: named(&data.join("sp500_sec/pairs.csv"), ["cik", "sec_name"])?,
            }),
            "generated_10000" => generated(&data.join("generated"), "10000"),
            _ => Err(ErrorKind::NotFound(format!("no task {name:?}; the tasks are: {}", TASKS.join(", "))).into()),
        }
    }

    /// The names of both sides whose entities are in a part, each name of an entity once.
    pub fn alias_list(&self, split: Split) -> Vec<Named> {
        let mut seen = FxHashSet::default();
        let all = self.right.iter().chain(&self.left).filter(|named| split.has(&named.entity));
        all.filter(|named| seen.insert((named.entity.as_str(), named.name.as_str()))).cloned().collect()
    }
}

/// The labelled pairs of a DeepMatcher set's train part, field by field: the two texts, and whether their records match.
/// Fields that are missing on a side are left out.
///
/// # Errors
/// Those of reading the set's files.
pub fn record_pairs(set: &str, data: &Path) -> Result<Vec<(String, String, bool)>> {
    let folder = data.join("er_magellan").join(set);
    let table = |name: &str| -> Result<BTreeMap<String, Record>> {
        let mut records = BTreeMap::new();
        each(&folder.join(name), |record| {
            records.insert(record.id.to_string(), record.clone());
        })?;
        Ok(records)
    };
    let (left, right) = (table("tableA.csv")?, table("tableB.csv")?);
    let mut pairs = Vec::new();
    each(&folder.join("train.csv"), |labelled| {
        let ids = (text_of(labelled, "ltable_id"), text_of(labelled, "rtable_id"));
        let (Some(a), Some(b)) = (left.get(&ids.0), right.get(&ids.1)) else { return };
        for field in a.fields.keys().filter(|field| *field != "id") {
            let (a, b) = (text_of(a, field), text_of(b, field));
            if !a.is_empty() && !b.is_empty() {
                pairs.push((a, b, text_of(labelled, "label") == "1"));
            }
        }
    })?;
    Ok(pairs)
}

fn is_primary(record: &Record) -> bool {
    text_of(record, "kind") == "primary"
}

fn each(path: &Path, mut take: impl FnMut(&Record)) -> Result<()> {
    let options = ReadOptions { id: IdFrom::DefaultColumn, ..ReadOptions::default() };
    read_all(path, &options, &mut |record| {
        take(&record);
        Ok(())
    })?;
    Ok(())
}

fn named(path: &Path, [entity, name]: [&str; 2]) -> Result<Vec<Named>> {
    let mut found = Vec::new();
    each(path, |record| found.push(Named { entity: text_of(record, entity), name: text_of(record, name) }))?;
    Ok(found)
}

/// An alias list as a task: the main name of each entity (or its first) on the right, the others on the left.
fn aliases(
    task: &'static str,
    path: &Path,
    [entity, name]: [&str; 2],
    is_main: impl Fn(&Record) -> bool,
) -> Result<Task> {
    let mut by_entity: BTreeMap<String, Vec<(bool, String)>> = BTreeMap::new();
    each(path, |record| {
        by_entity.entry(text_of(record, entity)).or_default().push((is_main(record), text_of(record, name)));
    })?;
    let mut task = Task { name: task, left: Vec::new(), right: Vec::new() };
    for (entity, names) in by_entity {
        let main = names.iter().position(|(is_main, _)| *is_main).unwrap_or_default();
        for (place, (_, name)) in names.into_iter().enumerate() {
            let side = if place == main { &mut task.right } else { &mut task.left };
            side.push(Named { entity: entity.clone(), name });
        }
    }
    Ok(task)
}

/// Aliases, labels and acronyms of research organizations against their display names.
fn ror(data: &Path) -> Result<Task> {
    let right = ror_display_names(data)?;
    let mut left = Vec::new();
    each(&data.join("ror/alias_queries.csv.gz"), |record| {
        // A name that several organizations bear has no single right answer.
        if text_of(record, "orgs_with_this_name") == "1" {
            left.push(Named { entity: text_of(record, "ror_id"), name: text_of(record, "query") });
        }
    })?;
    Ok(Task { name: "ror", left, right })
}

fn ror_display_names(data: &Path) -> Result<Vec<Named>> {
    let mut found = Vec::new();
    each(&data.join("ror/orgs.jsonl.gz"), |record| {
        let names = record.fields.get("names").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_display = |name: &&Value| {
            name.get("types").and_then(Value::as_array).is_some_and(|types| types.iter().any(|t| t == "ror_display"))
        };
        let display = names.iter().find(is_display).and_then(|name| name.get("value")).and_then(Value::as_str);
        if let Some(name) = display {
            found.push(Named { entity: record.id.to_string(), name: name.to_owned() });
        }
    })?;
    Ok(found)
}

fn universities(data: &Path) -> Result<Task> {
    let left = named(&data.join("universities/hipo_to_ror.csv"), ["ror_id", "name"])?;
    Ok(Task { name: "universities", left, right: ror_display_names(data)? })
}

/// A pair of generated tables: the corrupted names on the left, the originals on the right.
pub fn generated(folder: &Path, size: &str) -> Result<Task> {
    let file = |part: &str| folder.join(format!("orgs_{size}_{part}.csv.gz"));
    let mut partner: BTreeMap<String, String> = BTreeMap::new();
    each(&file("truth"), |record| {
        partner.insert(text_of(record, "right_id"), text_of(record, "left_id"));
    })?;
    let right = named(&file("left"), ["id", "name"])?;
    let mut left = named(&file("right"), ["id", "name"])?;
    for named in &mut left {
        // A copy without an original gets an entity of its own, to be told apart from all others.
        named.entity = partner.get(&named.entity).cloned().unwrap_or_else(|| format!("none {}", named.entity));
    }
    Ok(Task { name: "generated", left, right })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_sixty_twenty_twenty() {
        let count = |split: Split| (0..10_000).filter(|id| split.has(&format!("{id:08}"))).count();
        assert!((5_800..6_200).contains(&count(Split::Train)));
        assert!((1_800..2_200).contains(&count(Split::Valid)));
        assert!((1_800..2_200).contains(&count(Split::Test)));
        assert_eq!(count(Split::All), 10_000);
    }
}
