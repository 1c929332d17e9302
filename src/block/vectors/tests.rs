//! Planted near pairs among random rows.

use super::*;
use crate::mbat::Packed;
use crate::mbat::atoms::mix;
use proptest::prelude::*;
use std::collections::BTreeSet;

const DIMS: usize = 128;

/// Rows of random numbers; of the right ones the first `planted` are left rows with noise, more of it from row to row.
fn tables(rows: [usize; 2], planted: usize, seed: u64) -> (Vectors, Vectors) {
    let number = |seed: u64, row: usize, place: usize| {
        (mix(mix(seed, row as u64), place as u64) >> 56) as i32
            - (mix(mix(!seed, row as u64), place as u64) >> 56) as i32
    };
    let packed = |numbers: Vec<i32>| Packed {
        numbers: numbers.into_iter().map(|number| (number / 4) as i8).collect(),
        scale: 1.0 / 4096.0,
    };
    let left = (0..rows[0]).map(|row| packed((0..DIMS).map(|place| number(seed, row, place)).collect()));
    let right = (0..rows[1]).map(|row| {
        let noise = |place| number(seed ^ 0xff, row, place);
        let share = (row * 16 / planted.max(1)) as i32;
        let mixed = |place| (number(seed, row, place) * (32 - share) + noise(place) * share) / 32;
        packed((0..DIMS).map(|place| if row < planted { mixed(place) } else { noise(place) }).collect())
    });
    let mut centred = Vectors::centred(vec![left.collect(), right.collect()], DIMS).into_iter();
    (centred.next().unwrap(), centred.next().unwrap())
}

fn plan(left: &Vectors, right: Option<&Vectors>, recall: f64, method: Method) -> Plan {
    let options = VectorOptions { recall, method, dims: DIMS };
    Plan::pick(&Sample::draw(left, right), left.len(), right.map(Vectors::len), options)
}

fn pairs(left: &Vectors, right: Option<&Vectors>, plan: &Plan) -> BTreeSet<(u32, u32)> {
    let blocks = VectorBlocks::new(left, right, plan);
    let mut found = BTreeSet::new();
    let mut met = vec![0; left.len()];
    for row in 0..right.unwrap_or(left).len() as u32 {
        let mut own = Vec::new();
        blocks.append(row, &mut met, row + 1, &mut own);
        for left in own {
            assert!(found.insert((left, row)), "{left} {row} came twice");
        }
    }
    found
}

#[test]
fn planted_pairs_are_found_as_often_as_was_asked() {
    for recall in [0.8, 0.95, 0.99] {
        for method in [Method::Bands, Method::All] {
            let (mut planted, mut found_of_them, mut found, mut expected) = (0.0, 0.0, 0.0, 0.0);
            for seed in 0..4 {
                let (left, right) = tables([400, 500], 300, seed);
                let plan = plan(&left, Some(&right), recall, method);
                assert!(plan.is_reached && plan.bands.is_some() == (method == Method::Bands), "{plan:?}");
                let pairs = pairs(&left, Some(&right), &plan);
                planted += 300.0;
                found_of_them += (0..300).filter(|row| pairs.contains(&(*row, *row))).count() as f64;
                found += pairs.len() as f64;
                expected += plan.expected_pairs;
            }
            // Three standard errors of a share of 1,200 pairs, and one for what the sample may be wrong by.
            let error = 4.0 * (recall * (1.0 - recall) / planted).sqrt();
            assert!(found_of_them / planted >= recall - error, "{recall} {method:?}: {found_of_them} of {planted}");
            assert!((found / expected - 1.0_f64).abs() < 0.2, "{recall} {method:?}: {found} for {expected}");
        }
    }
}

#[test]
fn bands_meet_few_pairs_where_matches_are_near() {
    let (left, right) = tables([1000, 1000], 1000, 3);
    let plan = plan(&left, Some(&right), 0.9, Method::Bands);
    assert!(plan.expected_met < plan.all_pairs / 4.0, "{plan:?}");
}

#[test]
fn tables_without_anything_have_a_plan() {
    let (none, some) = tables([0, 5], 0, 1);
    for method in [Method::Cheapest, Method::Bands, Method::All] {
        for (left, right) in [(&none, Some(&some)), (&some, Some(&none)), (&none, None)] {
            let plan = plan(left, right, 0.99, method);
            assert_eq!((plan.expected_recall, plan.is_reached), (None, false));
            assert!(pairs(left, right, &plan).is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn sides_may_be_swapped(rows in (0usize..60, 0usize..60), planted in 0usize..40, seed: u64, bands: bool) {
        let method = if bands { Method::Bands } else { Method::All };
        let (left, right) = tables([rows.0, rows.1], planted.min(rows.0).min(rows.1), seed);
        let (forth, back) = (plan(&left, Some(&right), 0.9, method), plan(&right, Some(&left), 0.9, method));
        prop_assert_eq!((forth.least_cosine, forth.bands), (back.least_cosine, back.bands));
        let back: BTreeSet<_> = pairs(&right, Some(&left), &back).into_iter().map(|(a, b)| (b, a)).collect();
        prop_assert_eq!(pairs(&left, Some(&right), &forth), back);
    }

    #[test]
    fn a_table_meets_itself_in_pairs_of_different_rows(rows in 0usize..60, seed: u64, bands: bool) {
        let method = if bands { Method::Bands } else { Method::All };
        let (table, _) = tables([rows, 0], 0, seed);
        let plan = plan(&table, None, 0.9, method);
        let both_ways = pairs(&table, Some(&table), &plan);
        let expected: BTreeSet<_> = both_ways.into_iter().filter(|(a, b)| a < b).collect();
        prop_assert_eq!(pairs(&table, None, &plan), expected);
    }
}
