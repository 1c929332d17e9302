//! Encoding a record, and binding a vector by ours and by a dense matrix: `cargo bench --bench mbat`.

#![allow(clippy::unwrap_used, missing_docs)]

use cognate::mbat::{Binding, Space};
use cognate::pipeline::bench::mbat::dense::gaussian;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nalgebra::DVector;
use serde_json::{Value, json};
use std::hint::black_box;

mod seeded;
use seeded::Seeded;

fn records() -> Vec<Value> {
    let mut seeded = Seeded(7);
    let record = |number: usize| json!({"name": seeded.name(), "maker": seeded.name(), "price": number as f64 * 1.7, "specs": {"weight": format!("{number} g")}});
    (0..1000).map(record).collect()
}

fn encode(criterion: &mut Criterion) {
    let records = records();
    let mut group = criterion.benchmark_group("mbat encode");
    group.throughput(Throughput::Elements(1));
    for dims in [512, 1024] {
        let space = Space::new(dims, 0).unwrap();
        let mut encoder = space.encoder();
        let mut turn = 0;
        group.bench_function(format!("a record, {dims} dimensions"), |bencher| {
            bencher.iter(|| {
                turn = (turn + 1) % records.len();
                encoder.encode(black_box(&records[turn]))
            });
        });
    }
}

fn bind(criterion: &mut Criterion) {
    const DIMS: usize = 1024;
    let mut group = criterion.benchmark_group("mbat bind, 1024 dimensions");
    let binding = Binding::of_key("key", DIMS, 0, 0, false);
    let vector: Vec<i32> = (0..DIMS as i32).collect();
    let mut sums = vec![0; DIMS];
    group.bench_function("ours", |bencher| bencher.iter(|| binding.add_bound(black_box(&vector), 1, &mut sums)));
    group.bench_function("ours, drawing the binding", |bencher| {
        bencher.iter(|| Binding::of_key(black_box("key"), DIMS, 0, 0, false));
    });
    let matrix = gaussian(DIMS, DIMS, 0);
    let vector = DVector::from_iterator(DIMS, (0..DIMS).map(|number| number as f32));
    let mut sums = DVector::zeros(DIMS);
    group.bench_function("dense matrix", |bencher| bencher.iter(|| sums.gemv(1.0, &matrix, black_box(&vector), 0.0)));
}

criterion_group!(benches, encode, bind);
criterion_main!(benches);
