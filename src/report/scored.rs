//! Given pairs with their weights, as rows of a file and in a summary.

use super::summary::{tally_json, tally_text, usage_text};
use super::{count, counted};
use crate::error::Result;
use crate::model::probability;
use crate::pipeline::score::{ScoreTask, Scored};
use crate::record::{Cell, Column, TableWriter};
use serde_json::{Value, json};
use std::fmt::Write;

/// The columns that are added; older ones of these names are replaced.
const ADDED: [&str; 2] = ["match_weight", "probability"];

/// The places of the pairs' own columns that are kept.
fn kept(scored: &Scored) -> impl Iterator<Item = (usize, &String)> {
    scored.given.columns.iter().enumerate().filter(|(_, name)| !ADDED.contains(&name.as_str()))
}

/// The columns of the output: the pairs' own, match weight, probability.
pub fn columns(scored: &Scored) -> Vec<Column> {
    let [weight, probability] = ADDED;
    let own = kept(scored).map(|(_, name)| Column::text(name.as_str()));
    own.chain([Column::micro(weight), Column::float(probability)]).collect()
}

/// Writes all pairs in their order; `writer` was made for [`columns`]. A pair without weight, and a value that is empty,
/// become [`Cell::Null`].
///
/// # Errors
/// Those of writing.
pub fn write_scored(scored: &Scored, mut writer: TableWriter) -> Result<()> {
    let places: Vec<usize> = kept(scored).map(|(place, _)| place).collect();
    let mut cells: Vec<Cell<'_>> = Vec::with_capacity(places.len() + 2);
    for (row, weight) in scored.given.rows.iter().zip(&scored.weights) {
        cells.clear();
        let value = |place: &usize| row.values.get(*place).map(String::as_str).filter(|value| !value.is_empty());
        cells.extend(places.iter().map(|place| Cell::from(value(place))));
        cells.push(weight.map_or(Cell::Null, |weight| Cell::Micro(weight.into())));
        cells.push(weight.map_or(Cell::Null, |weight| Cell::Float(probability(weight))));
        writer.write_row(&cells)?;
    }
    writer.finish()
}

/// How many pairs were scored, and how many of them from probability 0.5 on.
fn numbers(scored: &Scored) -> [u64; 2] {
    let weights = || scored.weights.iter().flatten();
    [weights().count() as u64, weights().filter(|weight| **weight >= 0).count() as u64]
}

/// A summary for people.
pub fn scored_text(task: &ScoreTask, scored: &Scored) -> String {
    let [left, right] = &scored.tallies;
    let files = [(&task.left.path, left), (&task.right.path, right), (&task.pairs.path, &scored.given.tally)];
    let mut text: String = files.iter().map(|(path, tally)| tally_text(path, tally)).collect();
    let [all, likely] = numbers(scored);
    let _ = writeln!(
        text,
        "{} scored, {} of them with probability 0.5 or more (model {})",
        counted(all, "pair"),
        count(likely),
        scored.model.get(..12).unwrap_or(&scored.model)
    );
    let how = match task.share {
        Some(_) => "given",
        None if scored.share.sampled_pairs > 0 => "estimated",
        None => "the model's own",
    };
    let _ = writeln!(text, "share of matches among the pairs: {:.4} ({how})", scored.share.share);
    let _ = writeln!(text, "{}", usage_text(&scored.usage));
    text
}

/// The same for programs.
pub fn scored_json(task: &ScoreTask, scored: &Scored) -> Value {
    let [left, right] = &scored.tallies;
    let [all, likely] = numbers(scored);
    let on = task.left.on.iter().zip(&task.right.on).map(|(left, right)| json!({"left": left, "right": right}));
    json!({
        "verb": "score",
        "files": {
            "left": tally_json(&task.left.path, left),
            "right": tally_json(&task.right.path, right),
            "pairs": tally_json(&task.pairs.path, &scored.given.tally),
        },
        "on": on.collect::<Vec<_>>(),
        "summary": {"scored": all, "matches": likely, "share": scored.share, "model": scored.model, "usage": scored.usage},
    })
}
