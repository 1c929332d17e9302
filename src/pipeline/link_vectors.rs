//! The vectors of the rows of a job, and the plan to find candidates by them.

use super::table::Table;
use crate::block::vectors::{Plan, Sample, VectorOptions, Vectors};
use crate::error::Result;
use crate::mbat::{Packed, Settings, Space, WeightsCounter};
use rayon::prelude::*;
use serde_json::{Map, Value};

/// The vectors of both tables, or of the one of a self link, with what was picked for them.
#[derive(Debug)]
pub struct RowVectors {
    /// Of the left rows.
    pub left: Vectors,
    /// Of the right rows; `None` in a self link.
    pub right: Option<Vectors>,
    /// How candidates are found.
    pub plan: Plan,
}

impl RowVectors {
    /// The vectors of rows as objects of the compared columns, which are the tables' first ones and go by the names that are
    /// given on both sides. Words and columns weigh what both tables teach ([`crate::mbat::Weights`]).
    ///
    /// Memory: two bytes for each dimension of each row while they are made, one when they are.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Usage`] for dimensions that no space has.
    pub fn of_tables(
        left: &Table,
        right: Option<&Table>,
        names: &[String],
        options: VectorOptions,
    ) -> Result<RowVectors> {
        let tables = || std::iter::once(left).chain(right);
        let mut counter = WeightsCounter::default();
        for (number, table) in tables().enumerate() {
            (0..table.len() as u32).for_each(|row| counter.add(&object(table, row, names), number));
        }
        let settings = Settings { dims: options.dims, ..Settings::default() };
        let space = Space::with(settings, counter.freeze())?;
        let packed = tables().map(|table| {
            let rows = (0..table.len() as u32).into_par_iter();
            let encoder = || space.encoder();
            rows.map_init(encoder, |encoder, row| encoder.encode(&object(table, row, names)).packed()).collect()
        });
        let packed: Vec<Vec<Packed>> = packed.collect();
        let mut centred = Vectors::centred(packed, options.dims).into_iter();
        let (left, right) = (centred.next().unwrap_or_default(), centred.next());
        let plan =
            Plan::pick(&Sample::draw(&left, right.as_ref()), left.len(), right.as_ref().map(Vectors::len), options);
        Ok(RowVectors { left, right, plan })
    }
}

/// A row as an object of its columns that are not empty.
fn object(table: &Table, row: u32, names: &[String]) -> Value {
    let texts = names.iter().enumerate().filter_map(|(field, name)| Some((name, table.text(field, row)?)));
    let fields = texts.filter(|(_, text)| !text.is_empty());
    Value::Object(fields.map(|(name, text)| (name.clone(), Value::from(text))).collect::<Map<_, _>>())
}
