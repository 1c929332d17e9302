//! Two tables and a file of pairs of their ids, as typed.

use super::columns::Columns;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::pipeline::given::PairFile;
use crate::record::{Format, ReadOptions};
use std::path::{Path, PathBuf};

/// The names that the columns of ids are looked for by, when none are typed.
const KEYS: [[&str; 2]; 2] = [["left_id", "right_id"], ["ltable_id", "rtable_id"]];

/// The tables and the pairs.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct GivenArgs {
    /// The left table
    #[arg(long, value_name = "FILE", help_heading = "Tables")]
    pub(super) left: PathBuf,
    /// The right table
    #[arg(long, value_name = "FILE", help_heading = "Tables")]
    pub(super) right: PathBuf,
    /// The pairs: a row for each, with the ids of both records
    #[arg(long, value_name = "FILE", help_heading = "Pairs")]
    pub(super) pairs: PathBuf,
    /// The column of left ids in the file of pairs [default: left_id or ltable_id]
    #[arg(long, value_name = "COL", help_heading = "Pairs")]
    left_key: Option<String>,
    /// The column of right ids in the file of pairs [default: right_id or rtable_id]
    #[arg(long, value_name = "COL", help_heading = "Pairs")]
    right_key: Option<String>,
    /// The format of files of pairs, where their endings do not tell
    #[arg(long, value_name = "FORMAT", value_parser = super::values::format(), help_heading = "Pairs")]
    pairs_format: Option<Format>,
}

impl GivenArgs {
    /// A file of pairs with its columns of ids.
    pub(super) fn pair_file(&self, path: &Path, config: &Config) -> Result<PairFile> {
        let read = ReadOptions { format: self.pairs_format, limits: config.limits.clone(), ..ReadOptions::default() };
        let columns = Columns::of(path, &read)?;
        let key = |side: usize, typed: &Option<String>, flag: &str| -> Result<String> {
            if let Some(typed) = typed {
                columns.require(typed)?;
                return Ok(typed.clone());
            }
            let names = KEYS.iter().filter_map(|pair| pair.get(side)).find(|name| columns.has(name));
            names.map(|name| (*name).to_owned()).ok_or_else(|| {
                Error::usage(format!("say which column holds the ids with {flag} COL; {}", columns.described()))
            })
        };
        let left_key = key(0, &self.left_key, "--left-key")?;
        let right_key = key(1, &self.right_key, "--right-key")?;
        Ok(PairFile { path: path.to_path_buf(), left_key, right_key, read })
    }
}
