//! Preparing names, comparing pairs, linking tables, on made-up names: `cargo bench --bench pairs`.

#![allow(clippy::unwrap_used, missing_docs)]

use cognate::config::Kind;
use cognate::model::shipped::shipped;
use cognate::pipeline::link::{LinkOptions, Side, link};
use cognate::pipeline::scorer::Scorer;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::Path;

mod seeded;
use seeded::Seeded;

const NAMES: usize = 10_000;

/// Names, and the same names corrupted.
fn names() -> (Vec<String>, Vec<String>) {
    let mut seeded = Seeded(7);
    let names: Vec<String> = (0..NAMES).map(|_| seeded.name()).collect();
    let corrupted = names.iter().map(|name| seeded.corrupted(name)).collect();
    (names, corrupted)
}

fn prepare_and_compare(criterion: &mut Criterion) {
    let (left, right) = names();
    let scorer = Scorer::new(shipped(Kind::Organization).unwrap(), &[vec![&left, &right]]).unwrap();
    let mut group = criterion.benchmark_group("pairs");
    group.throughput(Throughput::Elements(1));
    let mut turn = 0;
    group.bench_function("prepare a name", |bencher| {
        bencher.iter(|| {
            turn = (turn + 1) % NAMES;
            scorer.prepare([black_box(left[turn].as_str())].into_iter())
        });
    });
    let (left, right) = (scorer.prepare_table(&[left]), scorer.prepare_table(&[right]));
    for (title, apart) in [("score a true pair", 0), ("score a random pair", NAMES / 3)] {
        group.bench_function(title, |bencher| {
            bencher.iter(|| {
                turn = (turn + 1) % NAMES;
                scorer.weight(&left[(turn + apart) % NAMES], black_box(&right[turn]))
            });
        });
    }
    group.bench_function("turn a random pair away", |bencher| {
        bencher.iter(|| {
            turn = (turn + 1) % NAMES;
            scorer.weight_reaching(&left[(turn + NAMES / 3) % NAMES], black_box(&right[turn]), 0)
        });
    });
}

fn whole_job(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (left, right) = names();
    let write = |path: &Path, names: &[String]| {
        let rows: String = names.iter().enumerate().map(|(id, name)| format!("{id},\"{name}\"\n")).collect();
        std::fs::write(path, format!("id,name\n{rows}")).unwrap();
        Side { path: path.to_path_buf(), on: vec!["name".to_owned()], ..Side::default() }
    };
    let (left, right) = (write(&folder.path().join("l.csv"), &left), write(&folder.path().join("r.csv"), &right));
    let mut group = criterion.benchmark_group("link");
    group.sample_size(10).throughput(Throughput::Elements(NAMES as u64));
    group.bench_function("10,000 x 10,000 names", |bencher| {
        bencher.iter(|| link(&left, &right, &LinkOptions::default(), &|_, _| ()).unwrap().summary.links);
    });
}

criterion_group!(benches, prepare_and_compare, whole_job);
criterion_main!(benches);
