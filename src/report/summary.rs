//! What a job did, for people as lines of text and for programs as one JSON object.

use super::{count, counted};
use crate::mbat::Space;
use crate::mbat::weights::ONE;
use crate::model::aim::Expected;
use crate::model::{MatchWeight, probability};
use crate::pipeline::encode_names::{EncodeTask, Encoded};
use crate::pipeline::encode_records::RecordsTask;
use crate::pipeline::inherit::Inherited;
use crate::pipeline::link::{LinkOptions, LinkSummary, Linked, Side};
use crate::pipeline::queries::Answered;
use crate::pipeline::usage::Usage;
use crate::record::{Reject, Tally};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// Dropped keys that a summary names.
const NAMED_KEYS: usize = 5;

/// A link job and what came of it.
#[derive(Debug)]
pub struct LinkReport<'a> {
    /// The left side.
    pub left: &'a Side,
    /// The right side.
    pub right: &'a Side,
    /// What was found.
    pub linked: &'a Linked,
    /// How it was looked for.
    pub options: &'a LinkOptions,
}

impl LinkReport<'_> {
    /// The tables that were read: one in a self link.
    fn tables(&self) -> Vec<(&'static str, &Path, &Tally)> {
        let left = ("left", self.left.path.as_path(), &self.linked.left.tally);
        let right = self.linked.right.as_ref().map(|table| ("right", self.right.path.as_path(), &table.tally));
        std::iter::once(left).chain(right).collect()
    }
}

/// A summary for people.
pub fn link_text(report: &LinkReport<'_>) -> String {
    let summary = &report.linked.summary;
    let mut text = String::new();
    for (_, path, tally) in report.tables() {
        text.push_str(&tally_text(path, tally));
    }
    let _ = write!(text, "{}", counted(summary.keys, "key"));
    if summary.dropped_keys > 0 {
        // A misspelt word has many keys of the same name; the largest of them stands for all, and comes first.
        let mut named: Vec<&str> = Vec::new();
        let largest = report.linked.dropped.iter().filter(|key| {
            let is_first = !named.contains(&key.name.as_str());
            named.push(&key.name);
            is_first
        });
        let told = largest.take(NAMED_KEYS).map(|key| format!("{} ({})", key.name, counted(key.pairs, "pair")));
        let told: Vec<String> = told.collect();
        let more = if summary.dropped_keys > told.len() as u64 { ", …" } else { "" };
        let _ = write!(text, "; {} dropped as too common: {}{more}", count(summary.dropped_keys), told.join(", "));
    }
    text.push('\n');
    if let Some(plan) = &summary.vectors {
        let _ = writeln!(text, "{}", super::plan::plan_text(plan));
    }
    if report.options.dry_run {
        let _ = writeln!(text, "{} would be compared", counted(summary.pairs, "pair"));
    } else {
        let _ = writeln!(
            text,
            "{} compared, {} (model {})",
            counted(summary.pairs, "pair"),
            counted(summary.links, "link"),
            summary.model.get(..12).unwrap_or(&summary.model)
        );
        let _ = writeln!(text, "{}", expected_text(summary));
        if let Some(Inherited { equal, alike }) = summary.aliases {
            let _ = writeln!(text, "{} in the alias table, {} like one", counted(equal, "name"), count(alike));
        }
    }
    let _ = writeln!(text, "{}", usage_text(&summary.usage));
    text
}

/// What is to be expected of the links: `at least 0.5 probable: 52.3 true and 3.1 false links expected; 60.2 matches among
/// the pairs (share 0.0123)`.
fn expected_text(summary: &LinkSummary) -> String {
    let Expected { true_links, false_links } = summary.expected;
    let threshold = match summary.least_weight {
        MatchWeight::MAX => "no threshold serves".to_owned(),
        least => format!("probability {:.4} or more", probability(least)),
    };
    let how = if summary.share.sampled_pairs > 0 { "estimated" } else { "given" };
    format!(
        "{threshold}: {true_links:.1} true and {false_links:.1} false links expected, of {:.1} matches among the pairs \
         (share {:.4}, {how})",
        summary.expected_matches, summary.share.share
    )
}

/// A summary for programs.
pub fn link_json(report: &LinkReport<'_>) -> Value {
    let linked = report.linked;
    let on = report.left.on.iter().zip(&report.right.on).map(|(left, right)| json!({"left": left, "right": right}));
    let tables = report.tables().into_iter();
    let files: serde_json::Map<String, Value> =
        tables.map(|(side, path, tally)| (side.to_owned(), tally_json(path, tally))).collect();
    json!({
        "verb": "link",
        "files": files,
        "self_link": linked.right.is_none(),
        "on": on.collect::<Vec<_>>(),
        "join": report.options.join,
        "assign": report.options.assignment,
        "aim": report.options.aim,
        "min_weight": super::bits_number(linked.summary.least_weight),
        "dry_run": report.options.dry_run,
        "summary": linked.summary,
        "dropped": linked.dropped.iter().map(|key| json!({"key": key.name, "pairs": key.pairs})).collect::<Vec<_>>(),
    })
}

/// How many rows a file had, and the first of its rejects.
pub fn tally_text(path: &Path, tally: &Tally) -> String {
    let mut text = format!("{}: {}", path.display(), counted(tally.read, "row"));
    if tally.rejected > 0 {
        let _ = write!(text, ", {} rejected, first:", count(tally.rejected));
    }
    text.push('\n');
    for reject in &tally.first_rejects {
        let _ = writeln!(text, "  {reject}");
    }
    text
}

/// The same for programs.
pub fn tally_json(path: &Path, tally: &Tally) -> Value {
    json!({
        "file": path.display().to_string(),
        "rows": tally.read,
        "rejected": tally.rejected,
        "first_rejects": tally.first_rejects.iter().map(reject_json).collect::<Vec<_>>(),
    })
}

fn reject_json(reject: &Reject) -> Value {
    json!({"line": reject.place.line, "record": reject.place.record, "reason": reject.reason.to_string()})
}

/// What a file of queries came to.
pub fn answered_text(answered: &Answered, usage: &Usage) -> String {
    let (names, hits) = (counted(answered.tally.records(), "name"), counted(answered.hits, "hit"));
    format!("{names} looked up, {} found; {hits}\n{}\n", count(answered.queries), usage_text(usage))
}

/// What encoding records did.
pub fn encoded_records_text(
    task: &RecordsTask,
    space: &Space,
    encoded: &Encoded,
    output: &Path,
    usage: &Usage,
) -> String {
    let mut text = tally_text(&task.path, &encoded.tally);
    let records = counted(encoded.tally.records(), "record");
    let _ = write!(text, "{records} encoded in {} dimensions in {}", space.dims(), output.display());
    if encoded.without > 0 {
        let _ = write!(text, "; {} without anything to go by, written as zeros", count(encoded.without));
    }
    let fields = space.weights().fields();
    let mut fields: Vec<(&str, u32)> = fields.map(|(path, field)| (path, field.weight)).collect();
    fields.retain(|(path, _)| !space.settings().excluded.iter().any(|excluded| excluded == path));
    fields.sort_by_key(|(path, weight)| (std::cmp::Reverse(*weight), *path));
    if !fields.is_empty() {
        let weight = |(path, weight): &(&str, u32)| format!("{path} {:.2}", f64::from(*weight) / f64::from(ONE));
        let listed: Vec<String> = fields.iter().take(8).map(weight).collect();
        let more = if fields.len() > 8 { format!(" and {} more", fields.len() - 8) } else { String::new() };
        let _ = write!(text, "\nfields weigh: {}{more}", listed.join(", "));
    }
    let _ = writeln!(text, "\n{}", usage_text(usage));
    text
}

/// What became of a file of names whose vectors were written.
pub fn encoded_text(task: &EncodeTask, encoded: &Encoded, output: &Path, usage: &Usage) -> String {
    let mut text = tally_text(&task.path, &encoded.tally);
    let names = counted(encoded.tally.records(), "name");
    let _ = write!(
        text,
        "{names} encoded (model {}) in {}",
        task.model.digest().get(..12).unwrap_or_default(),
        output.display()
    );
    if encoded.without > 0 {
        let _ = write!(text, "; {} without anything to go by, written as zeros", count(encoded.without));
    }
    let _ = writeln!(text, "\n{}", usage_text(usage));
    text
}

/// What a job cost.
pub fn usage_text(usage: &Usage) -> String {
    let mut text = format!("{:.2} s", usage.seconds);
    if let Some(cpu) = usage.cpu_seconds {
        let _ = write!(text, ", {cpu:.2} CPU-s");
    }
    if let Some(peak) = usage.peak_bytes {
        let _ = write!(text, ", {} MB at most", count(peak.div_ceil(1_000_000)));
    }
    text
}
