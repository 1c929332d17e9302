//! How good links are: a table of shares, and the curve of precision and recall as a file.

use super::count;
use crate::error::Result;
use crate::pipeline::evaluate::{Evaluation, OperatingPoint, Score};
use crate::record::{Cell, Column, TableWriter};
use comfy_table::{CellAlignment, Table, presets};

/// A table for people.
pub fn evaluation_text(evaluation: &Evaluation) -> String {
    let share = |share: f64| format!("{share:.4}");
    let mut rows: Vec<(&str, String)> = vec![
        ("predicted pairs", count(evaluation.predicted_pairs)),
        ("true pairs", count(evaluation.true_pairs)),
        ("true positives", count(evaluation.true_positives)),
        ("false positives", count(evaluation.false_positives)),
        ("false negatives", count(evaluation.false_negatives)),
        ("precision", share(evaluation.precision)),
        ("recall", share(evaluation.recall)),
        ("F1", share(evaluation.f1)),
        ("F2", share(evaluation.f2)),
        ("accuracy@1, left rows", share(evaluation.accuracy_at_1_left)),
        ("accuracy@1, right rows", share(evaluation.accuracy_at_1_right)),
    ];
    if let Some(best) = evaluation.best_f1 {
        rows.push(("best F1", share(best.f1)));
        rows.push((threshold_name(evaluation.score), share(best.threshold)));
    }
    rows.extend(evaluation.average_precision.map(|average| ("average precision", share(average))));
    rows.extend(evaluation.expected_calibration_error.map(|error| ("calibration error", share(error))));
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (name, value) in rows {
        table.add_row([name.to_owned(), value]);
    }
    if let Some(numbers) = table.column_mut(1) {
        numbers.set_cell_alignment(CellAlignment::Right);
    }
    // Every cell has a space before it, also the first of a line.
    table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned() + "\n").collect()
}

fn threshold_name(score: Option<Score>) -> &'static str {
    match score {
        Some(Score::MatchWeight) => "  at match weight",
        Some(Score::Probability) | None => "  at probability",
    }
}

/// The columns of [`write_curve`].
pub fn curve_columns() -> Vec<Column> {
    vec![
        Column::float("threshold"),
        Column::integer("predicted"),
        Column::integer("true_positives"),
        Column::float("precision"),
        Column::float("recall"),
        Column::float("f1"),
        Column::float("f2"),
    ]
}

/// Writes the points of a curve; `writer` was made for [`curve_columns`].
///
/// # Errors
/// Those of writing.
pub fn write_curve(points: &[OperatingPoint], mut writer: TableWriter) -> Result<()> {
    let whole = |number: u64| Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    for point in points {
        writer.write_row(&[
            Cell::Float(point.threshold),
            whole(point.predicted),
            whole(point.true_positives),
            Cell::Float(point.precision),
            Cell::Float(point.recall),
            Cell::Float(point.f1),
            Cell::Float(point.f2),
        ])?;
    }
    writer.finish()
}
