//! Look-up and index building on made-up names: `cargo bench --bench lookup`.

#![allow(clippy::unwrap_used, missing_docs)]

use cognate::compare::Preparer;
use cognate::config::Kind;
use cognate::error::Result;
use cognate::index::{Entry, IndexMeta, Learned, NameIndex, Scratch};
use cognate::model::shipped::shipped;
use cognate::pipeline::lookup::Lookup;
use cognate::record::RecordId;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::Path;

mod seeded;
use seeded::Seeded;

fn entries(names: &[String]) -> impl Iterator<Item = Result<Entry>> {
    let numbered = names.iter().zip(0..);
    numbered.map(|(name, id): (_, u32)| {
        Ok(Entry { name: name.clone(), record: RecordId::new(id.to_string()), is_alias: false })
    })
}

fn build(dir: &Path, names: &[String]) {
    let meta = IndexMeta { dataset: "bench".to_owned(), ..IndexMeta::default() };
    NameIndex::build(dir, meta, entries(names), Learned::of(&shipped(Kind::Organization).unwrap())).unwrap();
}

fn look_up(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lookup");
    for size in [10_000, 100_000] {
        let mut seeded = Seeded(7);
        let names: Vec<String> = (0..size).map(|_| seeded.name()).collect();
        let queries: Vec<String> = names.iter().step_by(size / 500).map(|name| seeded.corrupted(name)).collect();
        let dir = tempfile::tempdir().unwrap();
        build(dir.path(), &names);
        let lookup = Lookup::open(dir.path(), "bench", shipped(Kind::Organization).unwrap()).unwrap();
        let preparer = Preparer::new(cognate::text::shipped(), lookup.index().rarity());
        let texts: Vec<_> = queries.iter().filter_map(|query| preparer.text(query)).collect();
        let (mut scratch, mut turn) = (Scratch::default(), 0);
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("candidates", size), |bencher| {
            bencher.iter(|| {
                turn += 1;
                black_box(lookup.index().candidates(&texts[turn % texts.len()], 40, &mut scratch))
            });
        });
        group.bench_function(BenchmarkId::new("query", size), |bencher| {
            bencher.iter(|| {
                turn += 1;
                black_box(lookup.query(&queries[turn % queries.len()], 10, &mut scratch))
            });
        });
    }
}

fn build_index(criterion: &mut Criterion) {
    let mut seeded = Seeded(7);
    let names: Vec<String> = (0..20_000).map(|_| seeded.name()).collect();
    let dir = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("index");
    group.sample_size(10).throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("build", |bencher| bencher.iter(|| build(dir.path(), &names)));
}

criterion_group!(benches, look_up, build_index);
criterion_main!(benches);
