//! What is known of names: evidence, tables, aliases, and why two names are or are not joined.

use super::waterfall::visible;
use super::{count, counted};
use crate::alias::Reading;
use crate::pipeline::aliases::evidence::Provenance;
use crate::pipeline::aliases::show::{Joined, Shown, Way};
use crate::pipeline::aliases::table::{Built, TableState};
use crate::pipeline::import::FileTally;
use crate::pipeline::usage::Usage;
use crate::store::Imported;
use serde_json::{Value, json};
use std::fmt::Write;

/// Sources of a name that are told at most.
const SOURCES: usize = 10;

/// What an import of evidence did.
pub fn imported_text(provenance: &str, imported: &Imported) -> String {
    format!(
        "{}: {} added, {} changed, {} unchanged; {} of evidence now\n",
        visible(provenance),
        count(imported.added),
        count(imported.changed),
        count(imported.unchanged),
        counted(imported.rows, "row")
    )
}

/// The same for programs.
pub fn imported_json(provenance: &str, imported: &Imported, file: &FileTally) -> Value {
    json!({
        "provenance": provenance,
        "added": imported.added,
        "changed": imported.changed,
        "unchanged": imported.unchanged,
        "rows": imported.rows,
        "file": super::summary::tally_json(&file.0, &file.1),
    })
}

/// That the evidence of a provenance is gone.
pub fn removed_text(provenance: &str, rows: u64) -> String {
    format!("{}: {} of evidence removed\n", visible(provenance), counted(rows, "row"))
}

/// The evidence of a store and its table.
pub fn list_text(lines: &[Provenance], judgements: u64, state: &TableState) -> String {
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(
            text,
            "{}: {}, {}, {}",
            visible(&line.provenance),
            counted(line.rows, "row"),
            counted(line.names, "name"),
            counted(line.sources, "source")
        );
    }
    if judgements > 0 {
        let _ = writeln!(text, "judgements: {} of evidence", counted(judgements, "row"));
    }
    let _ = writeln!(text, "table: {}", state_text(state));
    text
}

fn state_text(state: &TableState) -> String {
    match state {
        TableState::Missing => "none; cognate alias build makes it".to_owned(),
        TableState::Unusable { reason } => reason.clone(),
        TableState::There { meta, reading, groups, stale } => {
            let mut text = format!("{reading}, {}, {}", counted(meta.names, "name"), counted(*groups, "group"));
            if let Some(until) = &meta.until {
                let _ = write!(text, ", evidence until {}", visible(until));
            }
            text.push_str(if *stale { "; stale, cognate alias build renews it" } else { "; up to date" });
            text
        }
    }
}

/// The same for programs.
pub fn list_json(lines: &[Provenance], judgements: u64, state: &TableState) -> Value {
    let provenances = lines.iter().map(
        |line| json!({"provenance": line.provenance, "rows": line.rows, "names": line.names, "sources": line.sources}),
    );
    let table = match state {
        TableState::Missing => json!({"state": "missing"}),
        TableState::Unusable { reason } => json!({"state": "unusable", "reason": reason}),
        TableState::There { meta, reading, groups, stale } => json!({
            "state": if *stale { "stale" } else { "fresh" },
            "reading": reading.to_string(),
            "names": meta.names,
            "sources": meta.sources,
            "groups": groups,
            "until": meta.until,
        }),
    };
    json!({"provenances": provenances.collect::<Vec<_>>(), "judgement_rows": judgements, "table": table})
}

/// What building a table came to.
pub fn built_text(built: &Built, usage: &Usage) -> String {
    let meta = &built.meta;
    let skipped = match meta.skipped {
        0 => String::new(),
        rows => format!("; {} left out, whose names have no letter or digit", counted(rows, "row")),
    };
    format!(
        "{}, {}, {}{skipped}\n{}, {} clustered now; {} by {}\n{}\n",
        counted(meta.names, "name"),
        counted(meta.sources, "source"),
        counted(meta.uses, "use"),
        counted(meta.components, "component"),
        count(built.reclustered),
        counted(built.groups, "group"),
        built.reading,
        super::summary::usage_text(usage)
    )
}

/// The same for programs.
pub fn built_json(built: &Built, usage: &Usage) -> Value {
    let meta = &built.meta;
    json!({
        "reading": built.reading.to_string(),
        "names": meta.names,
        "sources": meta.sources,
        "uses": meta.uses,
        "skipped": meta.skipped,
        "components": meta.components,
        "reclustered": built.reclustered,
        "groups": built.groups,
        "until": meta.until,
        "seconds": usage.seconds,
    })
}

/// A share in parts of 65,535 as a number from 0 to 1.
fn part(share: u16) -> f64 {
    f64::from(share) / f64::from(u16::MAX)
}

/// A way in one line: each arrow leads from a name to a source, with the uses.
fn way_text(from: &str, way: &Way) -> String {
    let mut text = visible(from);
    for step in way {
        let (source, name) = (visible(&step.source), visible(&step.name));
        let _ = write!(text, " -{}-> {source} <-{}- {name}", step.before, step.after);
    }
    text
}

fn way_json(from: &str, way: &Way) -> Value {
    let steps = way.iter().map(
        |step| json!({"uses_before": step.before, "source": step.source, "uses_after": step.after, "name": step.name}),
    );
    json!({"from": from, "steps": steps.collect::<Vec<_>>()})
}

/// What is known of a name, as lines.
pub fn shown_text(shown: &Shown) -> String {
    let (uses, sources) = (counted(shown.uses, "use"), counted(shown.sources.len() as u64, "source"));
    let mut text = format!("{}: {uses} for {sources}\n", visible(&shown.name));
    for used in shown.sources.iter().take(SOURCES) {
        let _ = writeln!(text, "  {:>6}  {}", count(u64::from(used.count)), visible(&used.source));
    }
    if shown.sources.len() > SOURCES {
        let _ = writeln!(text, "          and {} more", count((shown.sources.len() - SOURCES) as u64));
    }
    text.push_str("groups, with the probability that the name means them\n");
    for group in &shown.groups {
        let _ = writeln!(text, "  {:.4}  {}", part(group.share), visible(&group.label));
    }
    text.push_str("aliases, with the probability that both mean the same\n");
    for alias in &shown.aliases {
        let _ = writeln!(text, "  {:.4}  {}", part(alias.together), visible(&alias.name));
        for way in &alias.ways {
            let _ = writeln!(text, "          {}", way_text(&shown.name, way));
        }
    }
    match (shown.aliases.is_empty(), shown.more_aliases) {
        (true, _) => text.push_str("  none\n"),
        (false, 0) => {}
        (false, more) => drop(writeln!(text, "          and {} more; raise --top", count(more as u64))),
    }
    text
}

/// The same for programs.
pub fn shown_json(shown: &Shown, reading: Reading) -> Value {
    let sources = shown.sources.iter().map(|used| json!({"source": used.source, "uses": used.count}));
    let groups = shown.groups.iter().map(|group| json!({"group": group.label, "share": part(group.share)}));
    let aliases = shown.aliases.iter().map(|alias| {
        let ways: Vec<Value> = alias.ways.iter().map(|way| way_json(&shown.name, way)).collect();
        json!({"name": alias.name, "together": part(alias.together), "ways": ways})
    });
    json!({
        "name": shown.name,
        "reading": reading.to_string(),
        "uses": shown.uses,
        "sources": sources.collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
        "aliases": aliases.collect::<Vec<_>>(),
        "more_aliases": shown.more_aliases,
    })
}

/// Why two names are or are not joined, as lines.
pub fn joined_text(joined: &Joined, reading: Reading) -> String {
    let [left, right] = joined.names.each_ref().map(|name| visible(name));
    let verdict = match (joined.together, &joined.way) {
        (0, None) => "are not joined: no chain of sources leads from one to the other".to_owned(),
        (0, Some(_)) => format!("are not joined: {reading} gives them no group in common"),
        (together, _) => {
            let joined = if joined.is_joined() { "are joined" } else { "are not joined" };
            format!("{joined}: {reading} gives {:.4} that both mean the same", part(together))
        }
    };
    let mut text = format!("{left} and {right} {verdict}\n");
    let _ = writeln!(text, "match probability of their uses: {:.4}", joined.match_probability);
    text.push_str("shared sources, with the uses of each name\n");
    for shared in &joined.sources {
        let [one, other] = shared.counts.map(|uses| count(u64::from(uses)));
        let [of_one, of_other] = joined.uses.map(count);
        let _ = writeln!(text, "  {}: {one} of {of_one}, {other} of {of_other}", visible(&shared.source));
    }
    text.push_str(if joined.sources.is_empty() { "  none\n" } else { "" });
    text.push_str("shared groups, with the share of each name\n");
    for shared in &joined.groups {
        let [one, other] = shared.shares.map(part);
        let _ = writeln!(text, "  {}: {one:.4}, {other:.4}", visible(&shared.label));
    }
    text.push_str(if joined.groups.is_empty() { "  none\n" } else { "" });
    if let Some(way) = joined.way.as_ref().filter(|way| !way.is_empty()) {
        let _ = writeln!(text, "shortest way\n  {}", way_text(&joined.names[0], way));
    }
    text
}

/// The same for programs.
pub fn joined_json(joined: &Joined, reading: Reading) -> Value {
    let sources = joined.sources.iter().map(|shared| json!({"source": shared.source, "uses": shared.counts}));
    let groups = joined.groups.iter().map(|shared| json!({"group": shared.label, "shares": shared.shares.map(part)}));
    json!({
        "names": joined.names,
        "uses": joined.uses,
        "reading": reading.to_string(),
        "joined": joined.is_joined(),
        "together": part(joined.together),
        "match_probability": joined.match_probability,
        "sources": sources.collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
        "way": joined.way.as_ref().map(|way| way_json(&joined.names[0], way)),
    })
}

/// That a name is not known, with names that are like it.
pub fn unknown_text(name: &str, nearest: &[String]) -> String {
    let mut text = format!("{} is not among the names of the evidence\n", visible(&clipped(name)));
    text.push_str(if nearest.is_empty() { "" } else { "names like it:\n" });
    for near in nearest {
        let _ = writeln!(text, "  {}", visible(near));
    }
    text
}

/// The same for programs.
pub fn unknown_json(name: &str, nearest: &[String]) -> Value {
    json!({"name": name, "known": false, "nearest": nearest})
}

/// A name short enough for a line.
pub(super) fn clipped(name: &str) -> String {
    const WIDTH: usize = 100;
    match name.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}
