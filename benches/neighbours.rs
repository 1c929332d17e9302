//! Nearest neighbours on made-up vectors: `cargo bench --bench neighbours`.
//!
//! With `COGNATE_VECTORS` naming a folder that holds `base.npy` and `queries.npy`, arrays of 8-bit integers as
//! `benches/neighbours_peers.py` takes them, that is measured instead: CPU seconds of the build, of an update and of opening,
//! recall of the ten nearest, queries per CPU second.

#![allow(clippy::unwrap_used, missing_docs)]

use cognate::index::vectors::{VectorIndex, VectorMeta};
use cognate::record::RecordId;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::collections::HashSet;
use std::hint::black_box;
use std::path::Path;

const DIMS: usize = 512;

/// Sums of thirty words out of twenty thousand, each with four places, as vectors of names are.
fn vector(number: u64) -> Vec<i8> {
    let mixed = |seed: u64| seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (seed.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 31);
    let mut vector = vec![0; DIMS];
    for word in 0..30 {
        // The product of two draws, so that some words are common and most are rare.
        let draw = mixed(number * 30 + word);
        let word = (draw >> 40) % 142 * ((draw >> 20) % 142);
        for place in 0..4 {
            let hash = mixed(word * 4 + place + 1) >> 33;
            vector[hash as usize % DIMS] += if hash >> 20 & 1 == 0 { 9 } else { -9 };
        }
    }
    vector
}

fn meta(generation: u64, dims: usize) -> VectorMeta {
    VectorMeta { dataset: "bench".to_owned(), generation, dims: dims as u32, ..VectorMeta::default() }
}

fn build<'a>(dir: &Path, dims: usize, vectors: impl Iterator<Item = &'a [i8]>) -> VectorIndex {
    let rows = vectors.zip(0_u32..).map(|(vector, id)| Ok((RecordId::new(id.to_string()), vector)));
    VectorIndex::build(dir, meta(1, dims), rows).unwrap();
    VectorIndex::open(dir, "bench").unwrap().unwrap()
}

fn near(criterion: &mut Criterion) {
    if let Ok(folder) = std::env::var("COGNATE_VECTORS") {
        measure(Path::new(&folder));
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let queries: Vec<Vec<i8>> = (0..500).map(|number| vector(number + 1_000_000)).collect();
    let mut group = criterion.benchmark_group("neighbours");
    group.throughput(Throughput::Elements(1));
    for size in [4_000, 50_000] {
        let vectors: Vec<Vec<i8>> = (0..size).map(vector).collect();
        let index = build(dir.path(), DIMS, vectors.iter().map(Vec::as_slice));
        let mut turn = 0;
        group.bench_function(BenchmarkId::new("near", size), |bencher| {
            bencher.iter(|| {
                turn += 1;
                black_box(index.near(&queries[turn % queries.len()], 10))
            });
        });
    }
    let vectors: Vec<Vec<i8>> = (0..10_000).map(vector).collect();
    group.sample_size(10).throughput(Throughput::Elements(10_000));
    group.bench_function("build", |bencher| {
        bencher.iter(|| build(dir.path(), DIMS, vectors.iter().map(Vec::as_slice)));
    });
}

/// An array of 8-bit integers, and how many are in a row.
fn read(path: &Path) -> (usize, Vec<i8>) {
    let bytes = std::fs::read(path).unwrap();
    let data = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(&bytes[10..data]);
    assert!(header.contains("|i1"), "{} does not hold 8-bit integers: {header}", path.display());
    let shape = header.split_once("'shape': (").unwrap().1.split_once(')').unwrap().0;
    let dims = shape.split(',').nth(1).unwrap().trim().parse().unwrap();
    (dims, bytes[data..].iter().map(|byte| byte.cast_signed()).collect())
}

fn cpu_seconds() -> f64 {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).unwrap();
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

fn measure(folder: &Path) {
    let ((dims, base), (_, queries)) = (read(&folder.join("base.npy")), read(&folder.join("queries.npy")));
    let dir = tempfile::tempdir().unwrap();
    let start = cpu_seconds();
    let index = build(dir.path(), dims, base.chunks_exact(dims));
    let built = cpu_seconds() - start;
    println!("{} vectors of {dims}: build and open {built:.2} CPU-s", index.len());

    let start = cpu_seconds();
    let hundredth = base.chunks_exact(dims).step_by(100).zip(0_u32..);
    let added = hundredth.map(|(vector, id)| Ok((RecordId::new(format!("new {id}")), vector)));
    let removed: HashSet<RecordId> = (0..index.len() / 100).map(|id| RecordId::new(id.to_string())).collect();
    index.update(dir.path(), meta(2, dims), added, &removed).unwrap();
    println!("update with a hundredth added and as many removed: {:.2} CPU-s", cpu_seconds() - start);

    let start = cpu_seconds();
    let found: Vec<_> = queries.chunks_exact(dims).map(|query| index.near(query, 10)).collect();
    let took = cpu_seconds() - start;
    let (mut hits, mut all) = (0, 0);
    for (query, found) in queries.chunks_exact(dims).zip(&found) {
        // All entries are asked for, which computes every cosine.
        let expected = index.near(query, index.len() as usize);
        let least = expected[..10.min(expected.len())].last().map_or(i32::MAX, |near| near.cosine);
        hits += found.iter().filter(|near| near.cosine >= least).count();
        all += 10.min(expected.len());
    }
    println!("recall@10 {:.4}, {:.0} queries per CPU-s", hits as f64 / all as f64, found.len() as f64 / took);
}

criterion_group!(benches, near);
criterion_main!(benches);
