//! Figures of benchmarks as tables.

use super::count;
use crate::pipeline::bench::aliases::AliasFigures;
use crate::pipeline::bench::hard::HardFigures;
use crate::pipeline::bench::join::JoinFigures;
use crate::pipeline::bench::lookup::LookupFigures;
use crate::pipeline::bench::measures::Figures;
use crate::pipeline::bench::organizations::Report;
use crate::pipeline::bench::retrieval::RetrievalFigures;
use crate::pipeline::evaluate::OperatingPoint;
use comfy_table::{CellAlignment, Table, presets};

/// A table whose first `texts` columns are texts, the others numbers.
pub(super) fn table(header: &[&str], texts: usize, rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if !header.is_empty() {
        table.set_header(header.iter().copied());
    }
    let columns = rows.first().map_or(header.len(), Vec::len);
    for row in rows {
        table.add_row(row);
    }
    for column in texts..columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned() + "\n").collect()
}

/// How the columns of [`organizations_text`] are meant.
const HOW_TO_READ: &str = "\
Tasks: every name is answered with its best partner. avg prec and best F1 are over these answers, acc@1 and rec@10 the
shares of answerable names with a right partner first and among ten; cand rec is that share among all candidates. The
baselines compare all pairs, cognate its candidates. ECE is over all its pairs, ECE best over the best partners.
Hard negatives: every name of a list with its 20 nearest others; all measures are over all of these pairs. Ambiguous
pairs are equal names of two entities; they count as no matches.
Left out: trained without the task's list. Where that line is missing, the model was trained on no list of the task.
";

/// The figures of the tasks and of the hard negatives, a row for each method.
pub fn organizations_text(report: &Report) -> String {
    // An ablation has no tasks.
    let tasks = if report.tasks.is_empty() { String::new() } else { figures_text(&report.tasks) + "\n" };
    tasks + &[hard_text(&report.hard_negatives).as_str(), HOW_TO_READ].join("\n")
}

/// The figures of retrieval, a row for each method.
pub fn retrieval_text(figures: &[RetrievalFigures]) -> String {
    let header = ["task", "method", "queries", "records", "recall@1", "@10", "@50", "records/CPU-s"];
    let row = |figure: &RetrievalFigures| {
        let texts = [figure.task.clone(), figure.method.clone()];
        let counts = [count(figure.queries as u64), count(figure.records as u64)];
        let speed = figure.encoded_per_second.map_or_else(String::new, |speed| count(speed as u64));
        texts.into_iter().chain(counts).chain(figure.recall.map(measure)).chain([speed]).collect()
    };
    table(&header, 2, figures.iter().map(row).collect())
}

fn measure(figure: f64) -> String {
    format!("{figure:.3}")
}

fn optional(figure: Option<f64>) -> String {
    figure.map_or_else(String::new, measure)
}

fn figures_text(figures: &[Figures]) -> String {
    let header = [
        "task",
        "method",
        "asked",
        "answerable",
        "pairs",
        "avg prec",
        "best F1",
        "acc@1",
        "rec@10",
        "ECE",
        "ECE best",
        "cand rec",
    ];
    let rows = figures.iter().map(|f| {
        vec![
            f.task.clone(),
            f.method.to_owned(),
            count(f.asked),
            count(f.answerable),
            count(f.pairs),
            measure(f.average_precision),
            measure(f.best_f1),
            measure(f.accuracy_at_1),
            measure(f.recall_at_10),
            optional(f.calibration_error_of_pairs),
            optional(f.calibration_error_of_best),
            optional(f.candidate_recall),
        ]
    });
    table(&header, 2, rows.collect())
}

fn hard_text(figures: &[HardFigures]) -> String {
    let header =
        ["hard negatives", "method", "names", "asked", "pairs", "matches", "ambiguous", "avg prec", "best F1", "ECE"];
    let rows = figures.iter().map(|f| {
        vec![
            f.task.to_owned(),
            f.method.to_owned(),
            count(f.names as u64),
            count(f.asked as u64),
            count(f.pairs as u64),
            count(f.matches),
            count(f.ambiguous as u64),
            measure(f.average_precision),
            measure(f.best_f1),
            optional(f.calibration_error),
        ]
    });
    table(&header, 2, rows.collect())
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
    table(&[], 1, rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect())
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
    table(&[], 1, rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect())
}

/// How the columns of [`aliases_text`] are meant, and the figures to hold them against.
const OF_ALIASES: &str = "\
Every left row is answered with its best right row (best-left), or not at all. precision, recall, F1 and F2 count answers of
a probability of at least 0.5; peak F2 is that of the best threshold from 0.01 on. acc@1 is the share of the left rows with a
partner whose best right row is right. strings needs no evidence; aliases and both read the evidence as named; lookup links
all rows that are names with a common source, so all of its figures are of the same pairs. table s: reading the evidence, making graph and
table; seconds: linking, reading the tables included; both on the clock. peak MB: of the process so far.

LinkOrgs on its own first task (139 true pairs of about 700 x 7,000 names, any number of links for a row):
  approach               peak F2  minutes
  ML (strings)             0.569     1.63
  bipartite (aliases)      0.564    13.12
  bipartite-ML (both)      0.650   251.38
Source: Libgober and Jerzak, Linking Datasets on Organizations Using Half a Billion Open-Collaborated Records, PSRM 13(4),
2025: minutes from table 3, F2 from the curves of figure 7.
";

/// The figures of alias evidence, a row for each task, file of evidence and method, beside those of LinkOrgs.
pub fn aliases_text(figures: &[AliasFigures]) -> String {
    let header = [
        "task",
        "evidence",
        "method",
        "precision",
        "recall",
        "F1",
        "F2",
        "peak F2",
        "acc@1",
        "candidates",
        "table s",
        "seconds",
        "peak MB",
    ];
    let row = |f: &AliasFigures| {
        let mut row = vec![f.task.clone(), f.evidence.unwrap_or_default().to_owned(), f.method.clone()];
        let at_half = |figure: fn(&OperatingPoint) -> f64| optional(f.at_half.as_ref().map(figure));
        row.extend([at_half(|at| at.precision), at_half(|at| at.recall), at_half(|at| at.f1), at_half(|at| at.f2)]);
        row.extend([measure(f.at_peak.f2), measure(f.accuracy_at_1), count(f.candidates)]);
        row.push(f.table_seconds.map_or_else(String::new, |seconds| format!("{seconds:.2}")));
        row.push(format!("{:.2}", f.usage.seconds));
        row.push(f.usage.peak_bytes.map_or_else(String::new, |bytes| count(bytes / 1_000_000)));
        row
    };
    [table(&header, 3, figures.iter().map(row).collect()).as_str(), OF_ALIASES].join("\n")
}
