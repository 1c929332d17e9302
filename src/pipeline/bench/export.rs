//! The training data as plain files, so that the shipped models can be trained again by the same command that trains
//! anybody's model.

use super::tasks::{Split, Task, record_pairs};
use crate::error::Result;
use crate::pipeline::table::Table;
use crate::record::{Cell, Column, Destination, ReadOptions, TableWriter};
use std::path::Path;

/// The tasks whose train parts the shipped organization model is trained on; their licences allow it.
pub const TRAINED_ON: [&str; 7] =
    ["brands", "company_aliases", "football_clubs", "generated_10000", "ofac_orgs", "ror", "sec_name_history"];

/// Writes the train parts: `aliases/TASK.csv` (`entity_id,name`) for each of [`TRAINED_ON`], `pairs/SET.csv`
/// (`left,right,label`) for the labelled record pairs, and `names.csv` (`name`) with legal names to count words in.
///
/// # Errors
/// Those of reading the data sets and of writing the files.
pub fn export(data: &Path, folder: &Path) -> Result<()> {
    for part in ["aliases", "pairs"] {
        let path = folder.join(part);
        std::fs::create_dir_all(&path).map_err(|error| crate::error::Error::io(&path, error))?;
    }
    for task in TRAINED_ON {
        let list = Task::read(task, data)?.alias_list(Split::Train);
        let rows = list.iter().map(|named| [named.entity.as_str(), named.name.as_str()]);
        write(&folder.join(format!("aliases/{task}.csv")), ["entity_id", "name"], rows)?;
    }
    for set in ["abt_buy", "amazon_google", "dblp_acm", "dblp_scholar"] {
        let pairs = record_pairs(set, data)?;
        let rows = pairs.iter().map(|(left, right, label)| [left.as_str(), right, if *label { "1" } else { "0" }]);
        write(&folder.join(format!("pairs/{set}.csv")), ["left", "right", "label"], rows)?;
    }
    let columns = ["legal_name".to_owned()];
    let names =
        Table::read(&data.join("gleif_names/legal_names.csv.gz"), Some("lei"), &columns, &ReadOptions::default())?;
    write(&folder.join("names.csv"), ["name"], names.fields.iter().flatten().map(|name| [name.as_str()]))
}

fn write<'a, const N: usize>(path: &Path, columns: [&str; N], rows: impl Iterator<Item = [&'a str; N]>) -> Result<()> {
    let columns = columns.map(Column::text);
    let mut table = TableWriter::create(Destination::File(path.to_path_buf()), None, &columns)?;
    for row in rows {
        table.write_row(&row.map(Cell::Text))?;
    }
    table.finish()
}
