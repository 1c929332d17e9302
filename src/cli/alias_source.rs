//! Where a job takes its alias evidence from, as typed.

use super::terminal;
use crate::alias::Reading;
use crate::error::Result;
use crate::pipeline::aliases::table::{TableState, load_aliases, table_state};
use crate::pipeline::directory::{Aliases, Approach};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

/// Where alias evidence comes from.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct AliasArgs {
    /// Evidence that names are used for one thing: a store with an alias table, or a directory file of JSON lines
    /// [default: the shipped directory, for organizations]
    #[arg(long, value_name = "STORE|FILE", help_heading = "Aliases")]
    aliases: Option<PathBuf>,
    /// Use no alias evidence
    #[arg(long, conflicts_with = "aliases", help_heading = "Aliases")]
    no_aliases: bool,
}

impl AliasArgs {
    /// Opens what was named.
    pub(super) fn open(&self) -> Result<Aliases> {
        match &self.aliases {
            Some(path) => {
                if path.is_dir() && matches!(table_state(path)?, TableState::There { stale: true, .. }) {
                    let path = path.display();
                    terminal::note(&format!(
                        "{path}: evidence has changed since the alias table was built; cognate alias build --store {path} builds it again"
                    ));
                }
                load_aliases(path, Reading::default()).map(|table| Aliases::Table(table.into()))
            }
            None if self.no_aliases => Ok(Aliases::None),
            None => Ok(Aliases::Shipped),
        }
    }
}

/// Names the evidence that counts.
pub(super) fn evidence() -> impl TypedValueParser<Value = Approach> {
    PossibleValuesParser::new(Approach::ALL.map(Approach::name)).try_map(|name| name.parse::<Approach>())
}
