//! Alias evidence: into a store, out of it into a frozen table, and what the table knows of a name.
//!
//! - [`evidence`]: files of evidence into a store, a provenance each.
//! - [`directory`]: lists of organizations with their names, as evidence.
//! - [`judged`]: what people have judged to be the same, as evidence.
//! - [`table`]: the frozen table made of the evidence; whether it is still what the evidence says.
//! - [`neighbourhood`]: the names and sources around a name, and ways from name to name.
//! - [`show`]: what a table knows of a name, and why two names are or are not joined.

pub mod directory;
pub mod evidence;
pub mod judged;
pub mod neighbourhood;
pub mod show;
pub mod table;
