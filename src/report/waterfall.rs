//! A waterfall: the terms of a match weight as bars, each beginning where the one before ended, so that they visibly add
//! up to it.

use super::bits;
use crate::pipeline::explain::{Explained, PairExplanation};
use serde_json::{Value, json};
use std::fmt::Write;

/// Cells of the widest bar.
const WIDTH: i64 = 40;

/// The characters to draw with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// Unicode blocks.
    Unicode,
    /// ASCII only.
    Ascii,
}

/// Draws an explanation: what was compared, the terms with their bars, the sum and the probability.
///
/// ```
/// use cognate::config::Kind;
/// use cognate::pipeline::directory::Aliases;
/// use cognate::pipeline::explain::explain_names;
/// use cognate::report::waterfall::{Drawing, waterfall};
/// let explanation = explain_names("Acme Ltd", "ACME Limited", Kind::Organization, None, &Aliases::None)?;
/// assert!(waterfall(&explanation, Drawing::Ascii).contains("legal_form"));
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn waterfall(explanation: &PairExplanation, drawing: Drawing) -> String {
    let mut text = format!("left   {}\nright  {}\n\n", side(&explanation.left), side(&explanation.right));
    let rows: Vec<[String; 3]> = std::iter::once(["comparison".into(), "level".into(), "bits".into()])
        .chain(
            explanation
                .terms
                .iter()
                .map(|term| [drawn(&term.comparison, drawing), drawn(&term.level, drawing), bits(term.weight)]),
        )
        .chain([["match weight".into(), String::new(), bits(explanation.weight)]])
        .collect();
    let mut widths = [0; 3];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let [first, second, third] = widths;
    let bars = std::iter::once(String::new()).chain(bars(explanation, drawing));
    for ([comparison, level, bits], bar) in rows.iter().zip(bars) {
        let line = format!("{comparison:first$}  {level:second$}  {bits:>third$}  {bar}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let _ = writeln!(text, "{:first$}  {:second$}  {:>third$.6}", "probability", "", explanation.probability);
    text
}

/// A term's name or level, in the characters at hand.
fn drawn(text: &str, drawing: Drawing) -> String {
    match drawing {
        Drawing::Unicode => visible(text),
        Drawing::Ascii => visible(text).replace('≥', ">=").replace('×', "x"),
    }
}

/// The bars of all terms, and of their sum.
fn bars(explanation: &PairExplanation, drawing: Drawing) -> Vec<String> {
    let mut at = 0_i64;
    let mut spans: Vec<(i64, i64)> = Vec::with_capacity(explanation.terms.len() + 1);
    for term in &explanation.terms {
        let from = at;
        at += i64::from(term.weight);
        spans.push((from, at));
    }
    spans.push((0, at));
    let low = spans.iter().map(|span| span.1).min().unwrap_or(0).min(0);
    let high = spans.iter().map(|span| span.1).max().unwrap_or(0).max(0);
    let scale = Scale { low, range: (high - low).max(1) };
    spans.into_iter().map(|(from, to)| scale.bar(from, to, drawing)).collect()
}

/// From weights to half cells.
struct Scale {
    low: i64,
    range: i64,
}

impl Scale {
    fn half_cell(&self, weight: i64) -> i64 {
        (weight - self.low) * (2 * WIDTH - 1) / self.range
    }

    /// A bar between two weights, with a line at weight 0.
    fn bar(&self, from: i64, to: i64, drawing: Drawing) -> String {
        let (start, end) = (self.half_cell(from.min(to)), self.half_cell(from.max(to)));
        let zero = self.half_cell(0) / 2;
        // A term that says anything gets at least half a cell.
        let end = if from == to { start } else { end.max(start + 1) };
        let covered = |half: i64| (start..end).contains(&half);
        let cells = (0..=WIDTH).map(|cell| match (covered(2 * cell), covered(2 * cell + 1), drawing) {
            (false, false, Drawing::Unicode) if cell == zero => '│',
            (false, false, Drawing::Ascii) if cell == zero => '|',
            (false, false, _) => ' ',
            (_, _, Drawing::Ascii) if to < from => '-',
            (_, _, Drawing::Ascii) => '#',
            (_, _, Drawing::Unicode) if to < from => '░',
            (true, true, Drawing::Unicode) => '█',
            (true, false, Drawing::Unicode) => '▌',
            (false, true, Drawing::Unicode) => '▐',
        });
        cells.collect::<String>().trim_end().to_owned()
    }
}

fn side(side: &Explained) -> String {
    let fields: Vec<String> = match side.fields.as_slice() {
        [(_, text)] => vec![visible(text)],
        fields => fields.iter().map(|(name, text)| format!("{}: {}", visible(name), visible(text))).collect(),
    };
    let id = side.id.as_ref().map(|id| format!("{}  ", visible(id))).unwrap_or_default();
    format!("{id}{}", fields.join("  "))
}

/// Text without characters that would steer a terminal.
pub(crate) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// An explanation for programs: weights in whole micro-bits, which add up exactly.
pub fn explanation_json(explanation: &PairExplanation) -> Value {
    let side = |side: &Explained| {
        let fields = side.fields.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str())));
        json!({"id": side.id, "fields": fields.collect::<serde_json::Map<String, Value>>()})
    };
    let terms = explanation
        .terms
        .iter()
        .map(|term| json!({"comparison": term.comparison, "level": term.level, "micro_bits": term.weight}));
    json!({
        "left": side(&explanation.left),
        "right": side(&explanation.right),
        "model": explanation.model,
        "terms": terms.collect::<Vec<_>>(),
        "micro_bits": explanation.weight,
        "match_weight": super::bits_number(explanation.weight),
        "probability": explanation.probability,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::explain::Term;

    fn explanation(weights: &[i32]) -> PairExplanation {
        let side = |text: &str| Explained { id: None, fields: vec![("name".into(), text.into())] };
        let term =
            |(n, weight): (usize, &i32)| Term { comparison: format!("c{n}"), level: "≥1".into(), weight: *weight };
        let weight = weights.iter().sum();
        PairExplanation {
            left: side("Acme\u{1b}[31m"),
            right: side("ACME"),
            model: String::new(),
            terms: weights.iter().enumerate().map(term).collect(),
            weight,
            probability: crate::model::probability(weight),
        }
    }

    #[test]
    fn bars_begin_where_the_last_one_ended() {
        let text = waterfall(&explanation(&[-2_000_000, 0, 6_000_000]), Drawing::Ascii);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "left   Acme\u{fffd}[31m");
        let bar = |line: &str| line.get(32..).unwrap_or_default().to_owned();
        let [minus, none, plus, sum] = [4, 5, 6, 7].map(|line: usize| bar(lines[line]));
        assert!(minus.starts_with("-------------") && minus.len() < 16, "{minus}");
        assert_eq!(none.trim_start(), "|");
        assert!(plus.starts_with("########") && plus.len() == 40, "{plus}");
        // The sum goes from the line at 0 to the end of the last term.
        assert!(sum.starts_with(&" ".repeat(none.len() - 1)) && sum.trim_start().starts_with('#'), "{sum}");
        assert_eq!(sum.len(), plus.len());
        assert_eq!(lines[8], "probability           0.941176");
    }

    #[test]
    fn weights_at_the_ends_of_their_range_are_drawn() {
        for weights in [&[][..], &[0], &[i32::MIN], &[i32::MAX, i32::MIN], &[1, -1]] {
            let text = waterfall(&explanation(weights), Drawing::Unicode);
            assert!(text.lines().all(|line| line.chars().count() < 100), "{text}");
        }
    }
}
