//! How near matches are, and how near any two rows are, without labels.
//!
//! Rows of a sample look for the row of the other table that is nearest to them. Where that row has none nearer, either, the
//! two are *mutually nearest*, and stand for a match. Matches of a small cosine are less often mutually nearest, as some other
//! row comes between: so each such pair counts 1 / (chance that nothing comes between) (inverse probability weighting:
//! Horvitz & Thompson, JASA 47(260), 1952). The chance is estimated from the *second* nearest rows of the sample, which are
//! hardly ever matches: the share of left rows whose second nearest one is farther away than the pair, times that of right
//! rows. Rows that have no match add pairs that are none, of small cosines; so the recall errs on the side of more pairs.

use super::THOUSANDTHS;
use super::table::Vectors;
use crate::mbat::atoms::mix;
use crate::text::hash::stable_hash;
use rayon::prelude::*;

/// Rows of each table that look for their nearest ones, at most and at least.
const ROWS: (usize, usize) = (1024, 256);
/// Cosines that are asked for, where that leaves rows enough.
const COSINES: usize = 1 << 28;
/// A pair counts no more than 1 / this.
const LEAST_CHANCE: f64 = 0.01;
/// Places of cosines: from −1 to 1 in thousandths.
pub(super) const PLACES: usize = 2 * THOUSANDTHS as usize + 1;

/// The place of a cosine in thousandths.
pub(super) fn place(cosine: i32) -> usize {
    (cosine.clamp(-THOUSANDTHS, THOUSANDTHS) + THOUSANDTHS) as usize
}

/// Cosines of a sample of rows, by thousandths from −1 on.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// How many pairs of any rows have a cosine.
    pub(super) pairs: Vec<u64>,
    /// How many matches, as estimated.
    pub(super) matches: Vec<f64>,
    /// The pairs that stand for matches.
    pub(super) mutual: u64,
}

/// What a row found among those of the other table.
#[derive(Debug, Clone, Copy)]
struct Nearest {
    /// The nearest row with its cosine.
    row: u32,
    cosine: i32,
    /// The cosine of the second nearest.
    second: i32,
}

impl Sample {
    /// Draws a sample of the rows of both tables, or of the one table in a self link, by a hash of their vectors.
    ///
    /// Time: some 2²⁸ cosines at most, but where the tables have more than 2¹⁹ rows together, 512 for each row.
    pub fn draw(left: &Vectors, right: Option<&Vectors>) -> Sample {
        let other = right.unwrap_or(left);
        let is_self = right.is_none();
        let rows = (COSINES / (2 * (left.len() + other.len())).max(1)).clamp(ROWS.1, ROWS.0);
        let mut sample = Sample { pairs: vec![0; PLACES], matches: vec![0.0; PLACES], mutual: 0 };
        let (mut seconds, mut mutual) = (Vec::new(), Vec::new());
        let sides = [Some((left, other)), right.map(|right| (right, left))];
        for (asking, asked) in sides.into_iter().flatten() {
            let drawn = drawn(asking, rows);
            let found: Vec<(Vec<u32>, Nearest, bool)> = drawn
                .into_par_iter()
                .filter_map(|row| {
                    let (places, nearest) = look(asking, row, asked, is_self)?;
                    let back = best(asked, nearest.row, asking, is_self);
                    Some((places, nearest, back <= nearest.cosine))
                })
                .collect();
            let mut of_side: Vec<i32> = found.iter().map(|(_, nearest, _)| nearest.second).collect();
            of_side.sort_unstable();
            seconds.push(of_side);
            for (places, nearest, is_mutual) in found {
                sample.pairs.iter_mut().zip(places).for_each(|(sum, count)| *sum += u64::from(count));
                mutual.extend(is_mutual.then_some(nearest.cosine));
            }
        }
        if let ([own], true) = (seconds.as_slice(), is_self) {
            seconds.push(own.clone());
        }
        sample.mutual = mutual.len() as u64;
        for cosine in mutual {
            let chance: f64 = seconds.iter().map(|seconds| share_below(seconds, cosine)).product();
            if let Some(count) = sample.matches.get_mut(place(cosine)) {
                *count += 1.0 / chance.max(LEAST_CHANCE);
            }
        }
        sample
    }
}

/// The share of ascending numbers that are less than one.
fn share_below(ascending: &[i32], number: i32) -> f64 {
    ascending.partition_point(|other| *other < number) as f64 / ascending.len().max(1) as f64
}

/// Rows that say something, in the order of a hash of their vectors.
fn drawn(vectors: &Vectors, rows: usize) -> Vec<u32> {
    let mut order: Vec<u32> = vectors.speaking().collect();
    if order.len() > rows {
        let hash = |row: u32| mix(stable_hash(vectors.row(row).iter().map(|number| *number as u8)), 0);
        order.sort_by_cached_key(|row| (hash(*row), *row));
        order.truncate(rows);
    }
    order
}

/// How many rows have which cosine with a row, and the nearest of them.
fn look(asking: &Vectors, row: u32, asked: &Vectors, is_self: bool) -> Option<(Vec<u32>, Nearest)> {
    let mut places = vec![0; PLACES];
    let mut nearest: Option<Nearest> = None;
    for other in asked.speaking().filter(|other| !is_self || *other != row) {
        let cosine = asking.cosine(row, asked, other);
        if let Some(count) = places.get_mut(place(cosine)) {
            *count += 1;
        }
        nearest = match nearest {
            None => Some(Nearest { row: other, cosine, second: -THOUSANDTHS }),
            Some(known) if cosine > known.cosine => Some(Nearest { row: other, cosine, second: known.cosine }),
            Some(known) => Some(Nearest { second: known.second.max(cosine), ..known }),
        };
    }
    Some((places, nearest?))
}

/// The greatest cosine of a row with any of another table.
fn best(asking: &Vectors, row: u32, asked: &Vectors, is_self: bool) -> i32 {
    let others = asked.speaking().filter(|other| !is_self || *other != row);
    others.map(|other| asking.cosine(row, asked, other)).max().unwrap_or(-THOUSANDTHS)
}
