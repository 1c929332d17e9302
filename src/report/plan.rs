//! How candidates are found by the vectors of rows, and what is expected of that.

use super::{count, counted};
use crate::block::vectors::{Bands, Plan};
use std::fmt::Write;

/// A plan for people: `recall 0.9912 expected, 0.99 asked: …`.
pub fn plan_text(plan: &Plan) -> String {
    let mut text = match plan.expected_recall {
        Some(recall) => format!("recall {recall:.4} expected, {} asked", plan.asked_recall),
        None => format!("recall unknown, {} asked", plan.asked_recall),
    };
    let least = plan.least_cosine();
    let _ = match plan.bands {
        None => write!(text, ": a cosine of {least:.3} or more among all {}", counted(whole(plan.all_pairs), "pair")),
        Some(Bands { bands, bits }) => write!(
            text,
            ": a cosine of {least:.3} or more among {} of {}, expected to meet in {} of {bits} signs",
            counted(whole(plan.expected_met), "pair"),
            count(whole(plan.all_pairs)),
            counted(bands as u64, "band")
        ),
    };
    let share = if plan.all_pairs > 0.0 { 100.0 * plan.expected_pairs / plan.all_pairs } else { 0.0 };
    let expected = counted(whole(plan.expected_pairs), "pair");
    let _ = write!(text, "; {expected} expected to be compared ({share:.2} %)");
    if !plan.is_reached {
        let pairs = counted(plan.sampled_matches, "pair");
        let _ = write!(text, "\nthe recall is not certain: {pairs} of the sample looked like matches");
        let short = plan.expected_recall.is_some_and(|recall| recall + 1e-9 < plan.asked_recall);
        text.push_str(if short { ", and no bands that fit into memory reach it" } else { "" });
    }
    text
}

/// A number of pairs that is expected, as a whole one.
fn whole(number: f64) -> u64 {
    number.round().max(0.0) as u64
}
