//! The files of the data sets, read as names, queries and labelled pairs.

use super::tasks::Query;
use crate::error::Result;
use crate::pipeline::lists::Named;
use crate::pipeline::table::text_of;
use crate::record::{IdFrom, ReadOptions, Record, read_all};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What a task asks, and the names among which the answers are.
pub(super) type Sides = (Vec<Query>, Vec<Named>);

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

pub(super) fn is_primary(record: &Record) -> bool {
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

pub(super) fn named(path: &Path, [entity, name]: [&str; 2]) -> Result<Vec<Named>> {
    let mut found = Vec::new();
    each(path, |record| found.push(Named { entity: text_of(record, entity), name: text_of(record, name) }))?;
    Ok(found)
}

/// An alias list: the main name of each entity (or its first) on the right, the others on the left.
pub(super) fn aliases(path: &Path, [entity, name]: [&str; 2], is_main: &dyn Fn(&Record) -> bool) -> Result<Sides> {
    let mut by_entity: BTreeMap<String, Vec<(bool, String)>> = BTreeMap::new();
    each(path, |record| {
        by_entity.entry(text_of(record, entity)).or_default().push((is_main(record), text_of(record, name)));
    })?;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (entity, names) in by_entity {
        let main = names.iter().position(|(is_main, _)| *is_main).unwrap_or_default();
        for (place, (_, name)) in names.into_iter().enumerate() {
            let named = Named { entity: entity.clone(), name };
            if place == main {
                right.push(named);
            } else {
                left.push(Query::of(named));
            }
        }
    }
    Ok((left, right))
}

/// The scripts whose names get figures of their own.
const SCRIPTS: [&str; 7] = ["LATIN", "CYRILLIC", "GREEK", "ARABIC", "HAN", "KANA", "HANGUL"];

/// Aliases, labels and acronyms of research organizations, by kind and script.
pub(super) fn ror_queries(data: &Path) -> Result<Vec<Query>> {
    let mut found = Vec::new();
    each(&data.join("ror/alias_queries.csv.gz"), |record| {
        // A name that several organizations bear has no single right answer.
        if text_of(record, "orgs_with_this_name") == "1" {
            let script = text_of(record, "script");
            let script = SCRIPTS.into_iter().find(|known| *known == script).unwrap_or("other scripts");
            found.push(Query {
                name: text_of(record, "query"),
                entities: vec![text_of(record, "ror_id")],
                groups: vec![text_of(record, "kind"), script.to_owned()],
            });
        }
    })?;
    Ok(found)
}

/// The display names of research organizations.
pub(super) fn ror_display_names(data: &Path) -> Result<Vec<Named>> {
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

/// Affiliations as papers print them; any of the organizations of one that are in the registry is a right answer, and one
/// without any is left out.
pub(super) fn affiliations(data: &Path) -> Result<Vec<Query>> {
    let mut found = Vec::new();
    each(&data.join("ror_affiliations/crossref_train.csv"), |record| {
        let (ids, status) = (text_of(record, "ror_ids"), text_of(record, "gold_status"));
        let known = ids.split('|').zip(status.split('|')).filter(|(_, status)| *status == "visible");
        let entities: Vec<String> = known.map(|(id, _)| id.to_owned()).collect();
        if !entities.is_empty() {
            found.push(Query { name: text_of(record, "affiliation"), entities, groups: Vec::new() });
        }
    })?;
    Ok(found)
}

/// The names of patent holders, each name once, to be linked to each other.
pub(super) fn patent_holders(data: &Path) -> Result<Sides> {
    let mut by_name: BTreeMap<String, String> = BTreeMap::new();
    for named in named(&data.join("patent_holders_nl/records.csv"), ["cluster", "name"])? {
        by_name.entry(named.name).or_insert(named.entity);
    }
    let right: Vec<Named> = by_name.into_iter().map(|(name, entity)| Named { entity, name }).collect();
    Ok((right.iter().cloned().map(Query::of).collect(), right))
}

/// A pair of generated tables: the corrupted names on the left, the originals on the right.
pub(super) fn generated(data: &Path, size: &str) -> Result<Sides> {
    let file = |part: &str| data.join(format!("generated/orgs_{size}_{part}.csv.gz"));
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
    Ok((left.into_iter().map(Query::of).collect(), right))
}
