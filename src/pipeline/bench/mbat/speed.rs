//! What encoding and binding cost, in CPU time of one thread, and what a key takes in memory.

use super::dense::gaussian;
use super::similarity::word;
use crate::error::Result;
use crate::mbat::atoms::mix;
use crate::mbat::{Binding, Settings, Space, Weights};
use crate::pipeline::usage::thread_seconds;
use crate::record::{ReadOptions, read_all};
use nalgebra::DVector;
use serde::Serialize;
use serde_json::{Value, json};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// Dimensions in which records are encoded.
const ENCODED_DIMS: usize = 512;

/// Dimensions in which bindings are measured.
const BOUND_DIMS: usize = 1024;

/// Tables that are encoded, below the folder of the data sets.
const TABLES: [&str; 4] = [
    "er_magellan/abt_buy/tableA.csv",
    "er_magellan/abt_buy/tableB.csv",
    "er_magellan/amazon_google/tableA.csv",
    "er_magellan/amazon_google/tableB.csv",
];

/// Records that are made up where there are no tables.
const MADE_UP: u64 = 2000;

/// What things cost. Times are CPU seconds of one thread, or seconds on the clock where the system tells no others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Speed {
    /// What was encoded.
    pub sample: String,
    /// Records of it.
    pub records: usize,
    /// Records encoded a second, in [`Self::encoded_dims`] dimensions.
    pub records_a_second: f64,
    /// Their dimensions.
    pub encoded_dims: usize,
    /// Dimensions of what follows.
    pub bound_dims: usize,
    /// Nanoseconds that it takes to bind a vector.
    pub bind_nanoseconds: f64,
    /// Nanoseconds that the product with a dense matrix of 32-bit floats takes.
    pub dense_nanoseconds: f64,
    /// The bytes of a binding's table; an encoder keeps two bindings for each distinct key: one for objects, one for all else.
    pub bytes_a_binding: usize,
    /// The bytes of a dense matrix.
    pub bytes_a_dense_matrix: usize,
}

impl Speed {
    /// How many times as long the product with a dense matrix takes.
    pub fn ratio(&self) -> f64 {
        self.dense_nanoseconds / self.bind_nanoseconds
    }
}

/// Measures it, spending about `seconds` on each figure. Records come from tables below `data`, or are made up.
///
/// # Errors
/// Those of reading the tables and of [`Space::with`].
pub fn speed(data: Option<&Path>, seconds: f64, seed: u64) -> Result<Speed> {
    let (sample, records) = sample(data, seed)?;
    let settings = Settings { dims: ENCODED_DIMS, seed, ..Settings::default() };
    let space = Space::with(settings, Weights::learn(&[&records]))?;
    let mut encoder = space.encoder();
    let mut turn = records.iter().cycle();
    let a_record = seconds_each(seconds, 100, || turn.next().map(|record| encoder.encode(record)));
    let binding = Binding::of_key("key", BOUND_DIMS, seed, 0, false);
    let vector: Vec<i32> = (0..BOUND_DIMS as i32).collect();
    let mut sums = vec![0; BOUND_DIMS];
    let bind = seconds_each(seconds, 1000, || binding.add_bound(black_box(&vector), 1, &mut sums));
    let matrix = gaussian(BOUND_DIMS, BOUND_DIMS, seed);
    let vector = DVector::from_iterator(BOUND_DIMS, (0..BOUND_DIMS).map(|number| number as f32));
    let mut sums = DVector::zeros(BOUND_DIMS);
    let dense = seconds_each(seconds, 10, || sums.gemv(1.0, &matrix, black_box(&vector), 1.0));
    Ok(Speed {
        sample,
        records: records.len(),
        records_a_second: 1.0 / a_record,
        encoded_dims: ENCODED_DIMS,
        bound_dims: BOUND_DIMS,
        bind_nanoseconds: bind * 1e9,
        dense_nanoseconds: dense * 1e9,
        bytes_a_binding: binding.dims() * size_of::<u16>(),
        bytes_a_dense_matrix: matrix.len() * size_of::<f32>(),
    })
}

/// Seconds that something takes, done over and over for some seconds, so many times between looks at the clock. The
/// median of these counts.
fn seconds_each<T>(seconds: f64, times: u32, mut work: impl FnMut() -> T) -> f64 {
    let began = Instant::now();
    let now = || thread_seconds().unwrap_or_else(|| began.elapsed().as_secs_f64());
    let (start, mut before, mut turns) = (now(), now(), Vec::new());
    loop {
        for _ in 0..times {
            black_box(work());
        }
        let after = now();
        turns.push((after - before) / f64::from(times));
        before = after;
        if after - start >= seconds && turns.len() > 2 {
            break;
        }
    }
    turns.sort_unstable_by(f64::total_cmp);
    turns.get(turns.len() / 2).copied().unwrap_or_default().max(1e-12)
}

/// Records of the shop tables where they are there, else made-up ones, and what they are.
fn sample(data: Option<&Path>, seed: u64) -> Result<(String, Vec<Value>)> {
    let tables: Vec<_> = data.iter().flat_map(|data| TABLES.map(|table| data.join(table))).collect();
    if tables.is_empty() || !tables.iter().all(|table| table.is_file()) {
        return Ok(("made-up products".to_owned(), (0..MADE_UP).map(|number| made_up(mix(seed, number))).collect()));
    }
    let mut records = Vec::new();
    for table in tables {
        read_all(&table, &ReadOptions::default(), &mut |record| {
            records.push(Value::Object(record.fields));
            Ok(())
        })?;
    }
    Ok(("abt_buy and amazon_google".to_owned(), records))
}

/// A product with a name, a description, a maker, a price and measures.
fn made_up(seed: u64) -> Value {
    let words = |from: u64, count: u64| {
        (0..count).map(|place| word(mix(seed, from + place) % 3000)).collect::<Vec<_>>().join(" ")
    };
    json!({
        "name": words(0, 6), "description": words(10, 20), "maker": word(seed % 100),
        "price": (seed >> 20) as f64 % 100_000.0 / 100.0,
        "specs": {"weight": format!("{} g", seed % 5000), "color": word(seed % 12)},
        "tags": [word(seed % 50), word(seed % 70)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_tables_records_are_made_up() {
        let (name, records) = sample(Some(Path::new("/nowhere")), 1).unwrap();
        assert!(name.contains("made-up") && records.len() == MADE_UP as usize && records[0] != records[1]);
    }
}
