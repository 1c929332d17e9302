//! What a look-up found, for people and for programs.

use super::waterfall::{Drawing, explanation_json, visible, waterfall};
use super::{bits, bits_number};
use crate::pipeline::explain::explain_hit;
use crate::pipeline::lookup::{Hit, Lookup};
use serde_json::{Value, json};
use std::fmt::Write;

/// The widest id that is padded for; longer ones push their line to the right.
const ID_WIDTH: usize = 24;

/// The hits as lines: rank, match weight, probability, id, name.
pub fn hits_text(hits: &[Hit]) -> String {
    let mut text = String::new();
    let ids: Vec<String> = hits.iter().map(|hit| visible(hit.record.as_str())).collect();
    let width = ids.iter().map(|id| id.chars().count()).max().unwrap_or(0).min(ID_WIDTH);
    let rank_width = hits.len().to_string().len();
    for (rank, (hit, id)) in (1..).zip(hits.iter().zip(&ids)) {
        let alias = if hit.is_alias { "  (alias)" } else { "" };
        let _ = writeln!(
            text,
            "{rank:>rank_width$}  {:>11}  {:.6}  {id:width$}  {}{alias}",
            bits(hit.match_weight),
            hit.probability,
            visible(&hit.name)
        );
    }
    text
}

/// Why each hit was found: one waterfall after the other.
pub fn why_text(lookup: &Lookup, query: &str, hits: &[Hit], drawing: Drawing) -> String {
    let drawn = hits.iter().map(|hit| waterfall(&explain_hit(lookup, query, hit), drawing));
    drawn.collect::<Vec<_>>().join("\n")
}

/// The hits for programs, with their terms where they are asked for.
pub fn hits_json(lookup: &Lookup, query: &str, hits: &[Hit], why: bool) -> Value {
    let hits = (1_u64..).zip(hits).map(|(rank, hit)| {
        let mut found = json!({
            "rank": rank,
            "id": hit.record.as_str(),
            "name": hit.name,
            "is_alias": hit.is_alias,
            "match_weight": bits_number(hit.match_weight),
            "probability": hit.probability,
        });
        if why && let Some(found) = found.as_object_mut() {
            let mut explanation = explanation_json(&explain_hit(lookup, query, hit));
            for part in ["terms", "micro_bits"] {
                found.insert(part.to_owned(), explanation.get_mut(part).map(Value::take).unwrap_or_default());
            }
        }
        found
    });
    json!({"query": query, "dataset": lookup.meta().dataset, "hits": hits.collect::<Vec<_>>()})
}
