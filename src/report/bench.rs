//! Figures of benchmarks as tables.

use super::count;
use crate::pipeline::bench::hard::HardFigures;
use crate::pipeline::bench::join::JoinFigures;
use crate::pipeline::bench::lookup::LookupFigures;
use crate::pipeline::bench::names::Figures;
use comfy_table::{CellAlignment, Table, presets};

fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if !header.is_empty() {
        table.set_header(header.iter().copied());
    }
    let columns = rows.first().map_or(header.len(), Vec::len);
    for row in rows {
        table.add_row(row);
    }
    for column in 1..columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned() + "\n").collect()
}

/// The figures of the tasks, a row for each method.
pub fn figures_text(figures: &[Figures]) -> String {
    let optional = |figure: Option<f64>| figure.map_or_else(String::new, |figure| format!("{figure:.3}"));
    let header = [
        "task",
        "method",
        "asked",
        "answerable",
        "accuracy@1",
        "best F1",
        "avg prec",
        "calib err",
        "cand recall",
        "CPU s",
    ];
    let rows = figures.iter().map(|f| {
        vec![
            f.task.clone(),
            f.method.to_owned(),
            count(f.asked),
            count(f.answerable),
            format!("{:.4}", f.accuracy_at_1),
            format!("{:.4}", f.best_f1),
            format!("{:.4}", f.average_precision),
            optional(f.calibration_error),
            optional(f.candidate_recall),
            f.cpu_seconds.map_or_else(String::new, |seconds| format!("{seconds:.2}")),
        ]
    });
    table(&header, rows.collect())
}

/// The figures on hard negatives, a row for each method.
pub fn hard_text(figures: &[HardFigures]) -> String {
    let header = [
        "hard negatives",
        "method",
        "names",
        "asked",
        "pairs",
        "matches",
        "ambiguous",
        "avg prec",
        "best F1",
        "calib err",
    ];
    let rows = figures.iter().map(|f| {
        vec![
            f.task.to_owned(),
            f.method.to_owned(),
            count(f.names as u64),
            count(f.asked as u64),
            count(f.pairs as u64),
            count(f.matches),
            count(f.ambiguous as u64),
            format!("{:.4}", f.average_precision),
            format!("{:.4}", f.best_f1),
            f.calibration_error.map_or_else(String::new, |error| format!("{error:.3}")),
        ]
    });
    table(&header, rows.collect())
}

/// The figures of a join.
pub fn join_text(figures: &JoinFigures) -> String {
    let usage = &figures.summary.usage;
    let rows = [
        ("true links", count(figures.true_links)),
        ("first partner is right", format!("{:.4}", figures.first_is_right)),
        ("best F1", format!("{:.4}", figures.best_f1)),
        ("  precision", format!("{:.4}", figures.precision)),
        ("  recall", format!("{:.4}", figures.recall)),
        ("  at probability", format!("{:.4}", figures.best_threshold)),
        ("F1 at probability 0.5", format!("{:.4}", figures.f1_at_half)),
        ("pairs compared", count(figures.summary.pairs)),
        ("dropped keys", count(figures.summary.dropped_keys)),
        ("seconds", format!("{:.2}", usage.seconds)),
        ("CPU seconds", usage.cpu_seconds.map_or_else(|| "unknown".to_owned(), |seconds| format!("{seconds:.2}"))),
        ("peak memory, MB", usage.peak_bytes.map_or_else(|| "unknown".to_owned(), |bytes| count(bytes / 1_000_000))),
    ];
    table(&[], rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect())
}

/// The figures of look-ups.
pub fn lookup_text(figures: &LookupFigures) -> String {
    let milliseconds = |time: Option<f64>| time.map_or_else(|| "unknown".to_owned(), |time| format!("{time:.3}"));
    let build = figures.build.cpu_seconds.unwrap_or(figures.build.seconds);
    let rows = [
        ("names", count(figures.names)),
        ("queries", count(figures.queries)),
        ("CPU ms a query, p50", milliseconds(figures.p50_ms)),
        ("CPU ms a query, p99", milliseconds(figures.p99_ms)),
        ("hit@1", format!("{:.4}", figures.hit_at_1)),
        ("hit@10", format!("{:.4}", figures.hit_at_10)),
        ("build, CPU seconds", format!("{build:.2}")),
        ("index, bytes", count(figures.index_bytes)),
    ];
    table(&[], rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect())
}
