//! The training data as plain files, so that the shipped models can be trained again by the same command that trains
//! anybody's model.

use super::recipe::{self, PAIRS_TRAINED_ON, TRAINED_ON};
use crate::error::{Error, Result};
use crate::record::{Cell, Column, Destination, TableWriter};
use std::path::Path;

/// Writes the train parts: `aliases/TASK.csv` (`entity_id,name`) for each of [`TRAINED_ON`], `pairs/SET.csv`
/// (`left,right,label`) for each of [`PAIRS_TRAINED_ON`], `names.csv` (`name`) with legal names to count words in, and
/// `train.sh` with the commands that train the models from them.
///
/// # Errors
/// Those of reading the data sets and of writing the files.
pub fn export(data: &Path, folder: &Path) -> Result<()> {
    for part in ["aliases", "pairs"] {
        let path = folder.join(part);
        std::fs::create_dir_all(&path).map_err(|error| Error::io(&path, error))?;
    }
    for task in TRAINED_ON {
        let list = recipe::alias_list(task, data)?;
        let rows = list.iter().map(|named| [named.entity.as_str(), named.name.as_str()]);
        write(&folder.join(format!("aliases/{task}.csv")), ["entity_id", "name"], rows)?;
    }
    for set in PAIRS_TRAINED_ON {
        let pairs = recipe::pairs(set, data)?;
        let rows = pairs.iter().map(|(left, right, label)| [left.as_str(), right, if *label { "1" } else { "0" }]);
        write(&folder.join(format!("pairs/{set}.csv")), ["left", "right", "label"], rows)?;
    }
    let names = recipe::counted_names(data)?;
    write(&folder.join("names.csv"), ["name"], names.iter().map(|name| [name.as_str()]))?;
    let script = folder.join("train.sh");
    std::fs::write(&script, recipe::commands()).map_err(|error| Error::io(&script, error))
}

fn write<'a, const N: usize>(path: &Path, columns: [&str; N], rows: impl Iterator<Item = [&'a str; N]>) -> Result<()> {
    let columns = columns.map(Column::text);
    let mut table = TableWriter::create(Destination::File(path.to_path_buf()), None, &columns)?;
    for row in rows {
        table.write_row(&row.map(Cell::Text))?;
    }
    table.finish()
}
