//! Look-up and index building on made-up names: `cargo bench --bench lookup`.

#![allow(clippy::unwrap_used, missing_docs)]

use cognate::compare::{Preparer, rarity::WordCounts};
use cognate::config::Kind;
use cognate::error::Result;
use cognate::index::{Entry, IndexMeta, NameIndex, Scratch};
use cognate::model::shipped::shipped;
use cognate::pipeline::lookup::Lookup;
use cognate::record::RecordId;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::Path;

/// A generator of numbers that is the same everywhere (splitmix64, Steele et al. 2014).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn one_of<'t>(&mut self, words: &[&'t str]) -> &'t str {
        words[self.below(words.len())]
    }

    /// Two to four syllables, capitalised.
    fn word(&mut self) -> String {
        let syllables = ["ba", "ker", "lo", "mi", "tron", "sen", "fa", "vi", "dex", "ron", "ul", "gra", "po", "stein"];
        let word: String = (0..2 + self.below(3)).map(|_| self.one_of(&syllables)).collect();
        word[..1].to_uppercase() + &word[1..]
    }

    fn name(&mut self) -> String {
        let trades = ["Technology", "Systems", "Electronics", "Bank", "Networks", "Foods", "Logistics", "Media"];
        let forms = ["Ltd", "Inc.", "GmbH", "Co., Ltd.", "S.A.", ""];
        let (first, second) = (self.word(), if self.below(2) == 0 { self.word() } else { String::new() });
        format!("{first} {second} {} {}", self.one_of(&trades), self.one_of(&forms)).trim().to_owned()
    }

    /// The name with two neighbouring letters swapped.
    fn corrupted(&mut self, name: &str) -> String {
        let mut letters: Vec<char> = name.chars().collect();
        let at = self.below(letters.len() - 1);
        letters.swap(at, at + 1);
        letters.into_iter().collect()
    }
}

fn entries(names: &[String]) -> impl Iterator<Item = Result<Entry>> {
    let numbered = names.iter().zip(0..);
    numbered.map(|(name, id): (_, u32)| {
        Ok(Entry { name: name.clone(), record: RecordId::new(id.to_string()), is_alias: false })
    })
}

fn build(dir: &Path, names: &[String]) {
    let meta = IndexMeta { dataset: "bench".to_owned(), ..IndexMeta::default() };
    NameIndex::build(dir, meta, entries(names), cognate::text::shipped(), &WordCounts::default()).unwrap();
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
