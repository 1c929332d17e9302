//! `cognate lookup` with a record in the place of a name.

use super::terminal;
use crate::error::{Result, exit};
use crate::index::Scratch;
use crate::model::MatchWeight;
use crate::pipeline::indexing::Freshness;
use crate::pipeline::lookup::Lookup;
use crate::pipeline::nearest::{Nearest, Neighbour, Question};
use crate::pipeline::queries::Wanted;
use crate::report::nearest::{Why, neighbours_json, neighbours_text, why_near_text};
use std::path::Path;

/// A record that is looked up, as typed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked<'a> {
    /// A JSON object.
    Json(&'a str),
    /// A record of the dataset, by its id.
    Like(&'a str),
}

/// How a look-up is answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) wanted: Wanted,
    /// The least weight, where one was named: then hits without a weight are none.
    pub(super) least: Option<MatchWeight>,
    pub(super) why: Why,
    pub(super) json: bool,
    pub(super) quiet: bool,
}

/// Answers once; the exit code says whether anything was found.
pub(super) fn run(store: &Path, lookup: &Lookup, asked: Asked<'_>, told: Told) -> Result<u8> {
    // What is no record is said before an index is made for it.
    let given = match asked {
        Asked::Json(json) => Some(Question::from_json(json)?),
        Asked::Like(_) => None,
    };
    let nearest = open(store, lookup, told.quiet)?;
    let question = match (given, asked) {
        (Some(question), _) => question,
        (None, Asked::Like(id) | Asked::Json(id)) => nearest.like(id)?,
    };
    let hits = told.hits(&nearest, &question, &mut Scratch::default())?;
    terminal::print(&told.text(&nearest, &question, &hits))?;
    Ok(if hits.is_empty() { exit::NOTHING } else { exit::FOUND })
}

/// Opens the vectors, with a note where they are of an older state.
pub(super) fn open<'l>(store: &Path, lookup: &'l Lookup, quiet: bool) -> Result<Nearest<'l>> {
    let (nearest, freshness) = Nearest::open(store, lookup)?;
    if freshness == Freshness::Older && !quiet {
        terminal::note("the store is in use by another process; the vectors are of an older state");
    }
    Ok(nearest)
}

impl Told {
    /// The hits that are wanted.
    pub(super) fn hits(
        self,
        nearest: &Nearest<'_>,
        question: &Question,
        scratch: &mut Scratch,
    ) -> Result<Vec<Neighbour>> {
        let mut hits = nearest.query(question, self.wanted.top, scratch)?;
        if let Some(least) = self.least {
            hits.retain(|hit| hit.weighed.as_ref().is_some_and(|weighed| weighed.match_weight >= least));
        }
        Ok(hits)
    }

    /// The answer, as it is printed.
    pub(super) fn text(self, nearest: &Nearest<'_>, question: &Question, hits: &[Neighbour]) -> String {
        match (self.json, self.why) {
            (true, why) => format!("{}\n", neighbours_json(nearest, question, hits, why)),
            (false, Why::No) => neighbours_text(hits),
            (false, why) => why_near_text(nearest, question, hits, why),
        }
    }
}
