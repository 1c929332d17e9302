//! Vectors of JSON records measured: their properties with tolerances, how much one holds, what they cost.
//!
//! - [`levels`]: lengths and inner products through nested bindings. [`similarity`]: cosines of JSON values.
//! - [`capacity`]: how many values are found again in one vector.
//! - [`speed`]: CPU time and memory.
//! - [`dense`]: the dense random matrices that all of it is held against. [`property`]: a row of the table.

pub mod capacity;
pub mod dense;
pub mod levels;
pub mod property;
pub mod similarity;
pub mod speed;

use crate::error::Result;
use crate::mbat::Space;
use crate::mbat::atoms::mix;
use capacity::CapacityPoint;
use levels::LevelPoint;
use property::Property;
use serde::Serialize;
use speed::Speed;
use std::path::PathBuf;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Options {
    /// Dimensions of the properties.
    pub dims: usize,
    /// Dimensions of the curves of capacity.
    pub capacity_dims: Vec<usize>,
    /// Values asked for each point of these curves, at least.
    pub asked: usize,
    /// What everything is drawn from.
    pub seed: u64,
    /// CPU seconds spent on each figure of speed.
    pub seconds: f64,
    /// The folder of the data sets.
    pub data: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        let capacity_dims = vec![256, 512, 1024];
        Options { dims: 1024, capacity_dims, asked: 512, seed: 0, seconds: 0.5, data: None }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Dimensions of the properties.
    pub dims: usize,
    /// What everything was drawn from.
    pub seed: u64,
    /// The properties.
    pub properties: Vec<Property>,
    /// The lengths of vectors after 0, 1, …, 64 bindings.
    pub levels: Vec<LevelPoint>,
    /// How many values are found again, by dimensions and number of pairs.
    pub capacity: Vec<CapacityPoint>,
    /// The same of nested objects, by depth from 1, in [`Self::dims`] dimensions.
    pub nested: Vec<CapacityPoint>,
    /// What it costs.
    pub speed: Speed,
}

impl Report {
    /// Whether all properties hold.
    pub fn all_hold(&self) -> bool {
        self.properties.iter().all(|property| property.holds)
    }
}

/// Measures all; `note` is told what comes next.
///
/// # Errors
/// [`crate::error::ErrorKind::Usage`] for dimensions that a space cannot have, and those of reading the tables.
pub fn mbat(options: &Options, note: &dyn Fn(&str)) -> Result<Report> {
    let Options { dims, seed, asked, .. } = *options;
    // All dimensions are looked at before the first second is spent.
    options.capacity_dims.iter().chain([&dims]).try_for_each(|dims| Space::new(*dims, seed).map(drop))?;
    note("lengths and inner products");
    let (levels, mut properties) = levels::levels(dims, mix(seed, 1));
    properties.extend(levels::one_matrix(dims, mix(seed, 2)));
    note("cosines of values");
    properties.extend(similarity::similarity(dims, mix(seed, 3))?);
    let mut curves = Vec::new();
    for dims in &options.capacity_dims {
        note(&format!("capacity of {dims} dimensions"));
        curves.extend(capacity::capacity(*dims, asked, mix(seed, 4))?);
    }
    let nested = capacity::nested(dims, asked, mix(seed, 5))?;
    properties.extend(capacity::properties(&curves, &nested));
    properties.push(capacity::same_as_nearest_token(dims, mix(seed, 6))?);
    note("speed");
    let speed = speed::speed(options.data.as_deref(), options.seconds, seed)?;
    Ok(Report { dims, seed, properties, levels, capacity: curves, nested, speed })
}
