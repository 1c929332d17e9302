//! Where a job takes its alias evidence from, as typed.

use super::terminal;
use crate::alias::{AliasTable, Reading};
use crate::error::Result;
use crate::pipeline::aliases::table::{LoadedAliases, load_aliases};
use crate::pipeline::directory::{Aliases, Approach};
use crate::report::summary::tally_text;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::{Path, PathBuf};

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
            Some(path) => load(path).map(|table| Aliases::Table(table.into())),
            None if self.no_aliases => Ok(Aliases::None),
            None => Ok(Aliases::Shipped),
        }
    }
}

/// The table of a store or of a directory file, with a note where there is more to say.
pub(super) fn load(path: &Path) -> Result<AliasTable> {
    let LoadedAliases { table, tally, is_stale } = load_aliases(path, Reading::default())?;
    if let Some(tally) = tally.filter(|tally| tally.rejected > 0) {
        terminal::note(tally_text(path, &tally).trim_end());
    }
    if is_stale {
        let path = path.display();
        let renew = format!("cognate alias build --store {path} builds it again");
        terminal::note(&format!("{path}: evidence has changed since the alias table was built; {renew}"));
    }
    Ok(table)
}

/// Names the evidence that counts.
pub(super) fn evidence() -> impl TypedValueParser<Value = Approach> {
    PossibleValuesParser::new(Approach::ALL.map(Approach::name)).try_map(|name| name.parse::<Approach>())
}
