//! What a query means by an alias table, and under which other names its records may stand.
//!
//! A query that the table knows, or that is like a name of it, is asked again under the names that share its groups: so
//! `Fannie Mae` finds `Federal National Mortgage Association` in an index that has never heard of the alias.

use super::inherit::{KeyIndex, likeness, passed_on};
use crate::alias::{AliasTable, Membership};
use crate::compare::{Preparer, Text};
use crate::index::{NameIndex, Scratch};
use crate::model::Model;
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

/// Names of a table that are prepared to be met by queries that are only like them. In larger tables a query must be equal
/// to a name: preparing them all would take longer than most look-ups are worth.
const PREPARED: usize = 200_000;
/// Other names under which a query is asked again, at most, and what each may find.
const OTHER_NAMES: usize = 16;
const FOUND_BY_NAME: usize = 4;
/// The least share of a group whose names are asked for.
const LEAST_SHARE: u16 = u16::MAX / 20;

/// An alias table with its names prepared for one index.
#[derive(Debug)]
pub(super) struct Meant {
    table: Arc<AliasTable>,
    names: KeyIndex<'static>,
}

/// A record's name in the index that was found under another name of the query.
pub(super) struct Found {
    /// Its entry in the index.
    pub(super) entry: u32,
    /// The overlap of its 3-grams with the other name, not with the query.
    pub(super) overlap: u16,
    /// The name of the table that found it.
    name: u32,
}

impl Meant {
    /// Prepares the names of a table.
    pub(super) fn new(table: Arc<AliasTable>, preparer: Preparer<'_>) -> Meant {
        let prepared = if table.names() <= PREPARED { table.names() as u32 } else { 0 };
        let names = (0..prepared).into_par_iter().map(|name| preparer.text(table.name(name)).map(Cow::Owned));
        let names = KeyIndex::new(names.collect());
        Meant { table, names }
    }

    /// What a query, given as it was typed and prepared, is a member of.
    pub(super) fn of_query(&self, model: &Model, raw: &str, query: &Text) -> Vec<Membership> {
        let alike = self.names.alike(model, query, &mut Vec::new());
        if alike.is_empty() {
            return self.table.find(raw).map(|name| self.table.groups_of(name).to_vec()).unwrap_or_default();
        }
        passed_on(&self.table, alike.iter().copied())
    }

    /// What a name that stands in the index is a member of: what the table says of it, or what the name passes on under which
    /// it was found.
    pub(super) fn of_name(&self, model: &Model, raw: &str, text: &Text, found: Option<&Found>) -> Vec<Membership> {
        let equal = self.names.equal(text, &mut Vec::new());
        if !equal.is_empty() {
            return passed_on(&self.table, equal.iter().copied());
        }
        if let Some(name) = self.table.find(raw) {
            return self.table.groups_of(name).to_vec();
        }
        let alike = found.and_then(|found| Some((found.name, likeness(model, self.names.text(found.name)?, text)?)));
        passed_on(&self.table, alike.into_iter())
    }

    /// What the index has under the other names of a query with these memberships.
    pub(super) fn others(
        &self,
        memberships: &[Membership],
        index: &NameIndex,
        preparer: Preparer<'_>,
        scratch: &mut Scratch,
    ) -> Vec<Found> {
        let likely = memberships.iter().filter(|membership| membership.share >= LEAST_SHARE);
        let mut names: Vec<u32> =
            likely.flat_map(|of| self.table.names_in(of.group)).copied().take(OTHER_NAMES).collect();
        names.sort_unstable();
        names.dedup();
        let mut all = Vec::new();
        for name in names {
            let Some(text) = preparer.text(self.table.name(name)) else { continue };
            let candidates = index.candidates(&text, FOUND_BY_NAME, scratch);
            all.extend(candidates.into_iter().map(|found| Found { entry: found.entry, overlap: found.overlap, name }));
        }
        // Of several names that found an entry, the one that is most like it counts.
        all.sort_by_key(|found| (found.entry, std::cmp::Reverse(found.overlap), found.name));
        all.dedup_by_key(|found| found.entry);
        all
    }
}
