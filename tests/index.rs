//! Look-up on tables with truth: quality is asserted, time is only printed.
//!
//! `COGNATE_DATA=… cargo test --profile quick --test index -- --nocapture` measures; without the variable the test is
//! skipped and says so, and with it the data must be there.

#![allow(clippy::unwrap_used, clippy::panic)]

use cognate::compare::Preparer;
use cognate::config::Kind;
use cognate::index::{Entry, IndexMeta, Learned, NameIndex, Scratch};
use cognate::model::shipped::shipped;
use cognate::pipeline::lookup::Lookup;
use cognate::record::RecordId;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Queries of a table that are asked.
const QUERIES: usize = 5_000;

fn rows(path: &Path) -> Vec<(String, String)> {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap_or_else(|error| {
        panic!("COGNATE_DATA is set, but its file {} cannot be read: {error}", path.display());
    });
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    rows.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[1].to_owned())).collect()
}

fn generated() -> Option<PathBuf> {
    let Some(data) = std::env::var_os("COGNATE_DATA") else {
        // Written past the test harness, which keeps what a passing test prints to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED tests/index.rs: COGNATE_DATA is not set");
        return None;
    };
    Some(Path::new(&data).join("generated"))
}

fn build(dir: &Path, names: &[(String, String)]) -> NameIndex {
    let model = shipped(Kind::Organization).unwrap();
    let entries = names
        .iter()
        .map(|(id, name)| Ok(Entry { name: name.clone(), record: RecordId::new(id.as_str()), is_alias: false }));
    let meta = IndexMeta { dataset: "left".to_owned(), generation: 1, ..IndexMeta::default() };
    let start = Instant::now();
    NameIndex::build(dir, meta, entries, Learned::of(&model)).unwrap();
    println!("built {} names in {:.2} s", names.len(), start.elapsed().as_secs_f64());
    for file in std::fs::read_dir(dir.join("left-1")).unwrap() {
        let file = file.unwrap();
        println!("  {:>10} {}", file.metadata().unwrap().len(), file.file_name().display());
    }
    let start = Instant::now();
    let index = NameIndex::open(dir, "left").unwrap().unwrap();
    println!("opened in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    index
}

/// The share of queries whose answer comes first, among the first ten, and at all.
#[derive(Debug)]
struct Measured {
    at_1: f64,
    at_10: f64,
    anywhere: f64,
}

/// Asks each query and looks for the place of its answer among the ids that come back.
fn measure(title: &str, queries: &[(&str, &str)], mut ask: impl FnMut(&str) -> Vec<String>) -> Measured {
    let (mut at_1, mut at_10, mut anywhere, mut micros) = (0, 0, 0, Vec::new());
    for (name, answer) in queries {
        let mut ask = || {
            let start = Instant::now();
            (ask(name), start.elapsed().as_micros())
        };
        // Other processes interrupt a query now and then; the fastest of three is what it costs.
        let times = [ask(), ask(), ask()];
        micros.push(times.iter().map(|(_, micros)| *micros).min().unwrap());
        let [(found, _), ..] = times;
        at_1 += usize::from(found.first().is_some_and(|id| id == answer));
        anywhere += usize::from(found.iter().any(|id| id == answer));
        at_10 += usize::from(found.iter().take(10).any(|id| id == answer));
    }
    micros.sort_unstable();
    let share = |count: usize| count as f64 / queries.len() as f64;
    let (half, most) = (micros[micros.len() / 2], micros[micros.len() * 99 / 100]);
    let measured = Measured { at_1: share(at_1), at_10: share(at_10), anywhere: share(anywhere) };
    println!("{title}: {measured:.4?}, p50 {half} µs, p99 {most} µs");
    measured
}

#[test]
fn corrupted_names_find_their_records() {
    let Some(folder) = generated() else { return };
    let table = |name: &str| rows(&folder.join(format!("orgs_100000_{name}.csv.gz")));
    let (left, right, truth) = (table("left"), table("right"), table("truth"));
    let names: HashMap<&str, &str> = right.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    let step = truth.len().div_ceil(QUERIES);
    let queries: Vec<(&str, &str)> =
        truth.iter().step_by(step).map(|(left, right)| (names[right.as_str()], left.as_str())).collect();

    let dir = tempfile::tempdir().unwrap();
    let index = build(dir.path(), &left);
    let mut scratch = Scratch::default();
    let preparer = Preparer::new(cognate::text::shipped(), index.rarity());
    // What the model is given to choose from.
    let candidates = measure("candidates", &queries, |name| {
        let found = preparer.text(name).map(|text| index.candidates(&text, 40, &mut scratch)).unwrap_or_default();
        let records = found.iter().filter_map(|candidate| index.entry(candidate.entry));
        records.map(|entry| entry.record.to_string()).collect()
    });
    let lookup = Lookup::open(dir.path(), "left", shipped(Kind::Organization).unwrap()).unwrap();
    let by_weight = measure("weight", &queries, |name| {
        lookup.query(name, 10, &mut scratch).into_iter().map(|hit| hit.record.to_string()).collect()
    });
    assert!(candidates.at_1 >= 0.80 && candidates.anywhere >= 0.97, "{candidates:?}");
    assert!(by_weight.at_1 >= 0.92 && by_weight.at_10 >= 0.97, "{by_weight:?}");
}
