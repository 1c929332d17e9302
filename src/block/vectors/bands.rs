//! The rows of the left table in their bands, and the pairs that reach the least cosine.

use super::plan::{Bands, Plan};
use super::table::Vectors;
use crate::mbat::Rotation;
use rayon::prelude::*;

/// The seed of the rotations.
const SEED: u64 = 0x62_616e_6473;

/// The left rows, and what right rows must have in common with them.
#[derive(Debug)]
pub struct VectorBlocks<'a> {
    left: &'a Vectors,
    right: &'a Vectors,
    is_self: bool,
    least_cosine: i32,
    index: Option<Index>,
}

/// The left rows by band and by signs.
#[derive(Debug)]
struct Index {
    bands: Bands,
    rotation: Rotation,
    /// By band.
    tables: Vec<BandTable>,
}

/// The rows of a band by their signs.
#[derive(Debug)]
struct BandTable {
    /// By signs: where their rows begin in `rows`.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl<'a> VectorBlocks<'a> {
    /// Puts the left rows in the bands of a plan; with `right` being `None` the left table is linked to itself.
    ///
    /// Memory: four bytes a row and band, and 4 · 2^signs bytes a band. Time: the same, and a sketch for each row.
    pub fn new(left: &'a Vectors, right: Option<&'a Vectors>, plan: &Plan) -> VectorBlocks<'a> {
        VectorBlocks {
            left,
            right: right.unwrap_or(left),
            is_self: right.is_none(),
            least_cosine: plan.least_cosine,
            index: plan.bands.map(|bands| Index::new(left, bands)),
        }
    }

    /// Appends the left rows that are candidates for a right row and not yet met in this round; in a self link only those with
    /// a smaller number. All whose cosine is asked for become met.
    pub(in crate::block) fn append(&self, right_row: u32, met: &mut [u32], round: u32, found: &mut Vec<u32>) {
        if self.right.is_silent(right_row) {
            return;
        }
        let end = if self.is_self { right_row } else { self.left.len() as u32 };
        let mut meet = |row: u32| {
            let Some(met) = met.get_mut(row as usize).filter(|met| **met != round) else { return };
            *met = round;
            if !self.left.is_silent(row) && self.left.cosine(row, self.right, right_row) >= self.least_cosine {
                found.push(row);
            }
        };
        let Some(index) = &self.index else {
            (0..end).for_each(meet);
            return;
        };
        let signs = index.rotation.signs(self.right.row(right_row));
        for (band, table) in index.tables.iter().enumerate() {
            let rows = table.rows_of(signs.band(band, index.bands.bits));
            rows.iter().take_while(|row| **row < end).for_each(|row| meet(*row));
        }
    }
}

impl Index {
    fn new(left: &Vectors, bands: Bands) -> Index {
        let rotation = Rotation::new(left.dims(), bands.bands * bands.bits, SEED);
        let speaking: Vec<u32> = left.speaking().collect();
        let signs: Vec<_> = speaking.par_iter().map(|row| (*row, rotation.signs(left.row(*row)))).collect();
        let table = |band: usize| {
            let mut starts = vec![0_u32; (1 << bands.bits) + 1];
            let places = || signs.iter().map(|(row, signs)| (*row, signs.band(band, bands.bits) as usize));
            for (_, place) in places() {
                starts.get_mut(place + 1).into_iter().for_each(|count| *count += 1);
            }
            let mut sum = 0;
            for start in &mut starts {
                sum += *start;
                *start = sum;
            }
            let mut next = starts.clone();
            let mut rows = vec![0; signs.len()];
            for (row, place) in places() {
                let Some(next) = next.get_mut(place) else { continue };
                rows.get_mut(*next as usize).into_iter().for_each(|slot| *slot = row);
                *next += 1;
            }
            BandTable { starts, rows }
        };
        let tables = (0..bands.bands).into_par_iter().map(table).collect();
        Index { bands, rotation, tables }
    }
}

impl BandTable {
    /// The rows of some signs, ascending.
    fn rows_of(&self, signs: u32) -> &[u32] {
        let place = signs as usize;
        let start = |place: usize| self.starts.get(place).map(|start| *start as usize);
        let (Some(start), Some(end)) = (start(place), start(place + 1)) else { return &[] };
        self.rows.get(start..end).unwrap_or_default()
    }
}
