//! Records that are like one, and why, for people and for programs; and what indexing them came to.

use super::waterfall::visible;
use super::{bits, bits_number, count, counted};
use crate::mbat::Contributions;
use crate::mbat::terms::Token;
use crate::pipeline::nearest::{Nearest, Neighbour, Question};
use crate::pipeline::usage::Usage;
use crate::pipeline::vectors::{Done, VectorsIndexed};
use crate::text::grams::spelled;
use serde_json::{Value, json};
use std::fmt::Write;

/// The widest id, path or word that is padded for; longer ones push their line to the right.
const WIDTH: usize = 24;

/// How much of the reasons is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Why {
    /// Nothing.
    #[default]
    No,
    /// What each field adds.
    Fields,
    /// What each word, 3-gram and number of a field adds, too.
    Tokens,
}

/// The hits as lines: rank, match weight and probability (`-` without a name to compare), cosine, id, name.
pub fn neighbours_text(hits: &[Neighbour]) -> String {
    let ids = hits.iter().map(|hit| visible(hit.record.as_str()).chars().count());
    let (width, rank_width) = (ids.max().unwrap_or(0).min(WIDTH), hits.len().to_string().len());
    (1..).zip(hits).map(|(rank, hit)| line(rank, hit, rank_width, width)).collect()
}

fn line(rank: usize, hit: &Neighbour, rank_width: usize, width: usize) -> String {
    let (weight, probability) = match &hit.weighed {
        Some(weighed) => (bits(weighed.match_weight), format!("{:.6}", weighed.probability)),
        None => ("-".to_owned(), "-".to_owned()),
    };
    let (id, name) = (visible(hit.record.as_str()), visible(&hit.name));
    let alias = if hit.is_alias { "  (alias)" } else { "" };
    let line =
        format!("{rank:>rank_width$}  {weight:>11}  {probability:>8}  {:7.4}  {id:width$}  {name}{alias}", hit.cosine);
    line.trim_end().to_owned() + "\n"
}

/// Why each hit is near: its line, then what each field of the question adds to the cosine, the most first.
pub fn why_near_text(nearest: &Nearest<'_>, question: &Question, hits: &[Neighbour], why: Why) -> String {
    let told = (1..).zip(hits).map(|(rank, hit)| why_one_text(nearest, question, hit, rank, why));
    told.collect::<Vec<_>>().join("\n")
}

/// Why one hit, of a rank, is near.
pub fn why_one_text(nearest: &Nearest<'_>, question: &Question, hit: &Neighbour, rank: usize, why: Why) -> String {
    let mut text = line(rank, hit, 1, 0);
    let Contributions { fields, .. } = nearest.why(question, hit);
    let paths: Vec<String> = fields.iter().map(|field| visible(&field.path.to_string())).collect();
    let width = paths.iter().map(|path| path.chars().count()).max().unwrap_or(0).clamp("cosine".len(), WIDTH);
    for (field, path) in fields.iter().zip(&paths) {
        let _ = writeln!(text, "  {path:width$}  {:7.4}", field.cosine);
        for (token, cosine) in field.tokens.iter().filter(|_| why == Why::Tokens) {
            let _ = writeln!(text, "    {:width$}  {cosine:7.4}", visible(&token_text(token)));
        }
    }
    let _ = writeln!(text, "  {:width$}  {:7.4}", "cosine", hit.cosine);
    text
}

/// A word as it is, a 3-gram with `_` where a word ends, the rest in brackets.
fn token_text(token: &Token) -> String {
    match token {
        Token::Word(word) => word.clone(),
        Token::Gram(gram) => format!("~{}", spelled(*gram).replace(' ', "_")),
        other => format!("[{}]", kind_of(other)),
    }
}

fn kind_of(token: &Token) -> &'static str {
    match token {
        Token::Word(_) => "word",
        Token::Gram(_) => "gram",
        Token::Number => "number",
        Token::Measure => "measure",
        Token::Digits => "digits",
        Token::Boolean => "boolean",
    }
}

/// The hits for programs; with reasons, `fields` add up to `cosine` but for rounding, and `terms` to `micro_bits`.
pub fn neighbours_json(nearest: &Nearest<'_>, question: &Question, hits: &[Neighbour], why: Why) -> Value {
    let hits = (1_u64..).zip(hits).map(|(rank, hit)| hit_json(nearest, question, hit, rank, why));
    json!({
        "record": question.fields,
        "like": question.id,
        "dataset": nearest.lookup().meta().dataset,
        "hits": hits.collect::<Vec<_>>(),
    })
}

fn hit_json(nearest: &Nearest<'_>, question: &Question, hit: &Neighbour, rank: u64, why: Why) -> Value {
    let weighed = hit.weighed.as_ref();
    let mut found = json!({
        "rank": rank,
        "id": hit.record,
        "name": hit.name,
        "is_alias": hit.is_alias,
        "cosine": hit.cosine,
        "match_weight": weighed.map(|weighed| bits_number(weighed.match_weight)),
        "probability": weighed.map(|weighed| weighed.probability),
        "record": hit.fields,
    });
    let Some(object) = found.as_object_mut().filter(|_| why > Why::No) else { return found };
    let fields = nearest.why(question, hit).fields.into_iter().map(|field| {
        let mut told = json!({"path": field.path.to_string(), "cosine": field.cosine});
        if let Some(told) = told.as_object_mut().filter(|_| why == Why::Tokens) {
            let tokens = field
                .tokens
                .iter()
                .map(|(token, cosine)| json!({"token": token_text(token), "kind": kind_of(token), "cosine": cosine}));
            told.insert("tokens".to_owned(), tokens.collect());
        }
        told
    });
    object.insert("fields".to_owned(), fields.collect());
    if let Some(weighed) = weighed {
        let terms = nearest
            .explain(weighed)
            .terms
            .into_iter()
            .map(|term| json!({"comparison": term.comparison, "level": term.level, "micro_bits": term.weight}));
        object.insert("terms".to_owned(), terms.collect());
        object.insert("micro_bits".to_owned(), weighed.match_weight.into());
    }
    found
}

/// What indexing vectors came to.
pub fn indexed_text(indexed: &VectorsIndexed, usage: &Usage) -> String {
    let VectorsIndexed { meta, done, bytes } = indexed;
    let done = match done {
        Done::Fresh => "nothing has changed since the index was made".to_owned(),
        Done::Extended { encoded, removed } => format!("{} encoded, {} removed", count(*encoded), count(*removed)),
        Done::Built => "built from all of them".to_owned(),
    };
    format!(
        "{}: {} in {} dimensions, {} bytes; {done}\n{}\n",
        meta.dataset,
        counted(meta.entries, "record"),
        meta.dims,
        count(*bytes),
        super::summary::usage_text(usage)
    )
}

/// The same for programs.
pub fn indexed_json(indexed: &VectorsIndexed, usage: &Usage) -> Value {
    let VectorsIndexed { meta, done, bytes } = indexed;
    let mut told = json!({
        "dataset": meta.dataset,
        "generation": meta.generation,
        "records": meta.entries,
        "dims": meta.dims,
        "bytes": bytes,
        "seconds": usage.seconds,
    });
    if let (Some(told), Ok(Value::Object(done))) = (told.as_object_mut(), serde_json::to_value(done)) {
        told.extend(done);
    }
    told
}
