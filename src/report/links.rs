//! Linked tables as rows of a file: ids, match weight, probability, and the columns that were asked for.

use crate::error::{Error, Result};
use crate::model::probability;
use crate::pipeline::link::{Linked, Side};
use crate::record::{Cell, Column, TableWriter};

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

/// A column of an input table that is kept in the output, as `left_COLUMN` or `right_COLUMN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithColumn {
    /// Its side.
    pub hand: Hand,
    /// Its name in the input; the side's [`Side::with`] must hold it.
    pub column: String,
}

/// The columns of the output.
pub fn columns(with: &[WithColumn]) -> Vec<Column> {
    let scored = [
        Column::text("left_id"),
        Column::text("right_id"),
        Column::micro("match_weight"),
        Column::float("probability"),
    ];
    let kept = with.iter().map(|kept| match kept.hand {
        Hand::Left => Column::text(format!("left_{}", kept.column)),
        Hand::Right => Column::text(format!("right_{}", kept.column)),
    });
    scored.into_iter().chain(kept).collect()
}

/// Writes all rows; `sides` are those that were linked, and `writer` was made for [`columns`].
///
/// A side that a row does not have, and a value that is empty, become [`Cell::Null`].
///
/// # Errors
/// Those of writing, and [`crate::error::ErrorKind::Usage`] for a column that was not kept.
pub fn write_links(linked: &Linked, sides: [&Side; 2], with: &[WithColumn], mut writer: TableWriter) -> Result<()> {
    let [left_side, right_side] = sides;
    let right_kept = if linked.right.is_some() { &right_side.with } else { &left_side.with };
    let find = |wanted: &WithColumn| {
        let kept = if wanted.hand == Hand::Left { &left_side.with } else { right_kept };
        let position = kept.iter().position(|column| *column == wanted.column);
        position
            .ok_or_else(|| Error::usage(format!("column {:?} was not kept when the tables were read", wanted.column)))
    };
    let fields: Vec<(Hand, usize)> =
        with.iter().map(|wanted| Ok((wanted.hand, find(wanted)?))).collect::<Result<_>>()?;
    let (left, right) = (&linked.left, linked.right());
    let mut cells: Vec<Cell<'_>> = Vec::with_capacity(4 + fields.len());
    for row in &linked.rows {
        cells.clear();
        cells.push(row.left.and_then(|row| left.id(row)).into());
        cells.push(row.right.and_then(|row| right.id(row)).into());
        cells.push(row.weight.map_or(Cell::Null, |weight| Cell::Micro(weight.into())));
        cells.push(row.weight.map_or(Cell::Null, |weight| Cell::Float(probability(weight))));
        cells.extend(fields.iter().map(|&(hand, field)| {
            let text = match hand {
                Hand::Left => row.left.and_then(|row| left.text(field, row)),
                Hand::Right => row.right.and_then(|row| right.text(field, row)),
            };
            Cell::from(text.filter(|text| !text.is_empty()))
        }));
        writer.write_row(&cells)?;
    }
    writer.finish()
}
