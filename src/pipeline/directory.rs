//! Directories: organizations with the names that people use for them, as evidence for the alias table.
//!
//! One is shipped in the binary (`data/organizations.jsonl`, compiled from general knowledge). A directory is a file of JSON
//! lines, one organization each: `{"id", "kind", "country", "names": […], "former": […]}`; each name counts as one use for
//! the organization. One's own is read by [`crate::pipeline::aliases::table::load_aliases`].

use super::inherit::{Inherited, inherit};
use super::scorer::Scorer;
use crate::alias::{AliasGraph, AliasTable, Reading, Use};
use crate::compare::Prepared;
use crate::config::Kind;
use crate::error::{Error, Place, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

/// An organization of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Its id in the directory.
    pub id: String,
    /// What it is: company, finance, university, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The country of its seat (ISO 3166 alpha-2), or `INT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The names that people use for it, the full one first.
    pub names: Vec<String>,
    /// Names that it had before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
}

impl Organization {
    /// Each of its names as a use of that name for it.
    pub fn uses(&self) -> impl Iterator<Item = Use> + '_ {
        let names = self.names.iter().chain(&self.former);
        names.map(|name| Use { name: name.clone(), source: self.id.clone(), count: 1 })
    }
}

/// Reads a directory from its text; `path` names it in errors.
///
/// # Errors
/// [`crate::error::ErrorKind::Config`] with the line that is no organization.
///
/// ```
/// use cognate::pipeline::directory::parse;
/// let text = r#"{"id": "fannie-mae", "names": ["Federal National Mortgage Association", "Fannie Mae"]}"#;
/// assert_eq!(parse(text, "d.jsonl".as_ref())?[0].uses().count(), 2);
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn parse(text: &str, path: &Path) -> Result<Vec<Organization>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| {
                Error::config(Place::file(path).line(number), format!("not an organization of a directory: {error}"))
            })
        })
        .collect()
}

/// The alias table of the shipped directory, made when it is first asked for (some hundredths of a second) and then shared.
///
/// # Errors
/// None as shipped: a test reads it.
pub fn shipped() -> Result<Arc<AliasTable>> {
    static TABLE: OnceLock<Arc<AliasTable>> = OnceLock::new();
    if let Some(table) = TABLE.get() {
        return Ok(table.clone());
    }
    let organizations = organizations()?;
    let graph = AliasGraph::new(organizations.iter().flat_map(Organization::uses));
    Ok(TABLE.get_or_init(|| Arc::new(AliasTable::build(&graph, Reading::default()))).clone())
}

/// The organizations of the shipped directory.
///
/// # Errors
/// None as shipped.
pub fn organizations() -> Result<Vec<Organization>> {
    parse(include_str!("../../data/organizations.jsonl"), Path::new("data/organizations.jsonl"))
}

/// Where a job takes its alias evidence from.
#[derive(Debug, Clone, Default)]
pub enum Aliases {
    /// From the shipped directory, where records describe organizations.
    #[default]
    Shipped,
    /// From a table of one's own.
    Table(Arc<AliasTable>),
    /// From nowhere.
    None,
}

impl Aliases {
    /// Gives prepared rows what the table for a kind knows of them, where there is one.
    ///
    /// # Errors
    /// None as shipped.
    pub fn tell(&self, scorer: &Scorer, kind: Kind, sides: &mut [&mut [Prepared]]) -> Result<Option<Inherited>> {
        Ok(self.table(kind)?.map(|table| inherit(scorer, &table, sides)))
    }

    /// The table for a kind, if there is one.
    ///
    /// # Errors
    /// None as shipped.
    pub fn table(&self, kind: Kind) -> Result<Option<Arc<AliasTable>>> {
        match self {
            Aliases::Shipped if kind == Kind::Organization => shipped().map(Some),
            Aliases::Table(table) => Ok(Some(table.clone())),
            Aliases::Shipped | Aliases::None => Ok(None),
        }
    }
}

/// Which evidence a job uses: the three approaches of LinkOrgs side by side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Approach {
    /// How names are written.
    Strings,
    /// What names are used for; a pair's probability is that of the alias table.
    Aliases,
    /// Both, each with its weight.
    #[default]
    Both,
}

impl Approach {
    /// All of them, in the order in which they are documented.
    pub const ALL: [Approach; 3] = [Approach::Strings, Approach::Aliases, Approach::Both];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Approach::Strings => "strings",
            Approach::Aliases => "aliases",
            Approach::Both => "both",
        }
    }
}

impl FromStr for Approach {
    type Err = Error;

    fn from_str(text: &str) -> Result<Approach> {
        let found = Approach::ALL.into_iter().find(|evidence| evidence.name() == text);
        found.ok_or_else(|| Error::usage(format!("no evidence {text:?}; it is strings, aliases or both")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const KINDS: [&str; 14] = [
        "company",
        "culture",
        "finance",
        "government",
        "group",
        "health",
        "international",
        "media",
        "non-profit",
        "research",
        "sport",
        "transport",
        "university",
        "utility",
    ];

    #[test]
    fn the_shipped_directory_is_in_form() {
        let organizations = organizations().unwrap();
        assert!(organizations.len() >= 1_500);
        assert!(organizations.is_sorted_by(|a, b| a.id < b.id), "ids are sorted, and none stands twice");
        let mut countries = BTreeSet::new();
        for organization in &organizations {
            let Organization { id, kind, country, names, former } = organization;
            let is_slug =
                |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            assert!(id.len() <= 48 && id.split('-').all(is_slug), "{id}");
            assert!(kind.as_deref().is_some_and(|kind| KINDS.contains(&kind)), "{id}");
            let country = country.as_deref().unwrap_or_default();
            assert!(
                country == "INT" || (country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase())),
                "{id}"
            );
            countries.insert(country);
            let all: Vec<&str> = names.iter().chain(former).map(String::as_str).collect();
            assert!(all.len() >= 2 && !names.is_empty(), "{id} has too few names");
            let distinct: BTreeSet<String> = all.iter().map(|name| name.to_lowercase()).collect();
            assert_eq!(distinct.len(), all.len(), "{id} has a name twice");
            for name in all {
                assert!(name.chars().any(char::is_alphanumeric) && name.chars().count() < 200, "{id}: {name}");
                assert_eq!(name.split_whitespace().collect::<Vec<_>>().join(" "), name, "{id}");
            }
        }
        assert!(countries.len() > 100, "of all continents");
    }

    #[test]
    fn no_organization_stands_twice() {
        let mut seen = BTreeSet::new();
        for organization in organizations().unwrap() {
            let full = organization.names.first().map(|name| name.to_lowercase());
            assert!(seen.insert((full, organization.country.clone())), "{}", organization.id);
        }
    }

    #[test]
    fn what_everybody_knows_is_known() {
        let table = shipped().unwrap();
        let groups = |name: &str| table.groups_of(table.find(name).unwrap());
        let together = |a: &str, b: &str| crate::alias::together(groups(a), groups(b));
        assert!(together("Fannie Mae", "Federal National Mortgage Association") > u16::MAX / 2);
        assert!(together("北京大学", "Peking University") > u16::MAX / 2);
        assert_eq!(together("Fannie Mae", "Freddie Mac"), 0);
    }

    #[test]
    fn a_line_that_is_no_organization_is_named() {
        let error = parse("{\"id\": \"a\", \"names\": [\"A\"]}\n\n{\"id\": 7}\n", Path::new("d.jsonl")).unwrap_err();
        assert!(error.to_string().contains("d.jsonl:3") || error.to_string().contains("line 3"), "{error}");
        assert_eq!(Aliases::None.table(Kind::Organization).unwrap(), None);
        assert_eq!(Aliases::Shipped.table(Kind::Product).unwrap(), None);
    }
}
