//! The data sets under `COGNATE_DATA` as linking tasks: names on the left whose partner on the right is known.

use super::sources::{self, is_primary};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::lists::Named;
use crate::pipeline::table::text_of;
use crate::record::Record;
use crate::text::hash::stable_hash;
use rustc_hash::FxHashSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A linking task.
#[derive(Debug, Clone)]
pub struct Task {
    /// The data set's name.
    pub name: &'static str,
    /// The names to link.
    pub left: Vec<Query>,
    /// The names to link them to.
    pub right: Vec<Named>,
    /// Whether the left names are the right ones too, so that each is to find the others, not itself.
    pub deduplicates: bool,
    /// Whether the entities are split; a task that nothing is fitted or chosen on in parts is asked whole.
    pub is_split: bool,
}

/// A name to link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The name, or a text with one in it.
    pub name: String,
    /// The entities it means, of which any is a right answer; the first one tells the part it is in.
    pub entities: Vec<String>,
    /// The groups that get figures of their own.
    pub groups: Vec<String>,
}

impl Query {
    /// A name of one entity, in no group.
    pub fn of(named: Named) -> Query {
        Query { name: named.name, entities: vec![named.entity], groups: Vec::new() }
    }

    /// Whether a name is a right answer.
    pub fn is_answered_by(&self, right: &Named) -> bool {
        self.entities.contains(&right.entity)
    }

    /// The place of the name in the order in which names are drawn.
    pub fn order(&self) -> u64 {
        draw_order(&self.name, self.entities.first().map_or("", String::as_str))
    }
}

/// The place of a name in the order in which names are drawn: by a hash, so that a limit takes the same ones always.
pub fn draw_order(name: &str, entity: &str) -> u64 {
    spread(stable_hash(name.bytes().chain(entity.bytes())))
}

/// Spreads hashes of texts that differ in their last letter only.
fn spread(hash: u64) -> u64 {
    hash.wrapping_mul(0x9E37_79B9_7F4A_7C15)
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
        match (spread(stable_hash(entity.bytes())) >> 32) % 10 {
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
pub const TASKS: [&str; 13] = [
    "ror",
    "ror_affiliations",
    "universities",
    "sec_nasdaq",
    "sp500_sec",
    "sec_name_history",
    "brands",
    "ofac_orgs",
    "football_clubs",
    "company_aliases",
    "patent_holders_nl",
    "generated_10000",
    "generated_100000",
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

/// The alias lists: task, file, the columns with entity and name, and which name is the main one.
type AliasList = (&'static str, &'static str, [&'static str; 2], fn(&Record) -> bool);

const ALIAS_LISTS: [AliasList; 5] = [
    ("brands", "brands/nsi_names.csv", ["wikidata", "name"], |_| false),
    ("ofac_orgs", "ofac_orgs/names.csv", ["entity", "name"], is_primary),
    ("football_clubs", "football_clubs/names.csv", ["club", "name"], is_primary),
    ("sec_name_history", "sec_name_history/names.csv", ["cik", "name"], |record| text_of(record, "is_latest") == "1"),
    ("company_aliases", "company_aliases/stackalytics.csv", ["company", "name"], is_primary),
];

impl Task {
    /// A task whose entities are split, of names for others.
    pub fn new(name: &'static str, left: Vec<Query>, right: Vec<Named>) -> Task {
        Task { name, left, right, deduplicates: false, is_split: true }
    }

    /// Reads a task by its name from the data folder.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an unknown task, and those of reading its files.
    pub fn read(name: &str, data: &Path) -> Result<Task> {
        if let Some((name, file, columns, is_main)) = ALIAS_LISTS.iter().find(|(task, ..)| *task == name) {
            let (left, right) = sources::aliases(&data.join(file), *columns, is_main)?;
            return Ok(Task::new(name, left, right));
        }
        let named = |file: &str, columns| sources::named(&data.join(file), columns);
        let queries = |file: &str, columns| Ok::<_, Error>(named(file, columns)?.into_iter().map(Query::of).collect());
        Ok(match name {
            "ror" => Task::new("ror", sources::ror_queries(data)?, sources::ror_display_names(data)?),
            "ror_affiliations" => {
                Task::new("ror_affiliations", sources::affiliations(data)?, sources::ror_display_names(data)?)
            }
            "universities" => {
                let left = queries("universities/hipo_to_ror.csv", ["ror_id", "name"])?;
                Task::new("universities", left, sources::ror_display_names(data)?)
            }
            "sec_nasdaq" => {
                let left = queries("sec_nasdaq/securities.csv", ["cik", "security_name"])?;
                Task::new("sec_nasdaq", left, named("sec_nasdaq/companies.csv", ["cik", "name"])?)
            }
            "sp500_sec" => {
                let left = queries("sp500_sec/pairs.csv", ["cik", "wikipedia_name"])?;
                Task::new("sp500_sec", left, named("sp500_sec/pairs.csv", ["cik", "sec_name"])?)
            }
            "patent_holders_nl" => {
                let (left, right) = sources::patent_holders(data)?;
                Task { deduplicates: true, ..Task::new("patent_holders_nl", left, right) }
            }
            "generated_10000" => {
                let (left, right) = sources::generated(data, "10000")?;
                Task::new("generated_10000", left, right)
            }
            "generated_100000" => {
                let (left, right) = sources::generated(data, "100000")?;
                Task { is_split: false, ..Task::new("generated_100000", left, right) }
            }
            _ => return Err(ErrorKind::NotFound(format!("task {name:?}; the tasks are: {}", TASKS.join(", "))).into()),
        })
    }

    /// The names to link whose entities are in a part, in the order in which they are drawn.
    pub fn queries(&self, split: Split) -> Vec<&Query> {
        let split = if self.is_split { split } else { Split::All };
        let is_in = |query: &&Query| query.entities.first().is_some_and(|entity| split.has(entity));
        let mut queries: Vec<&Query> = self.left.iter().filter(is_in).collect();
        queries.sort_by_key(|query| query.order());
        queries
    }

    /// The names of both sides whose entities are in a part, each name of an entity once.
    pub fn alias_list(&self, split: Split) -> Vec<Named> {
        let mut seen = FxHashSet::default();
        let of_query = |query: &Query, entity: &String| Named { entity: entity.clone(), name: query.name.clone() };
        let left = self.left.iter().flat_map(|query| query.entities.iter().map(move |entity| of_query(query, entity)));
        let mut all: Vec<Named> = self.right.iter().cloned().chain(left).collect();
        all.retain(|named| split.has(&named.entity) && seen.insert((named.entity.clone(), named.name.clone())));
        all
    }
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

    #[test]
    fn any_of_several_entities_is_a_right_answer() {
        let query = Query { name: "a".to_owned(), entities: vec!["1".to_owned(), "2".to_owned()], groups: Vec::new() };
        let right = |entity: &str| Named { entity: entity.to_owned(), name: String::new() };
        assert_eq!(["1", "2", "3"].map(|entity| query.is_answered_by(&right(entity))), [true, true, false]);
    }
}
