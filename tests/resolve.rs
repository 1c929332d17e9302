//! One-to-one assignment against brute force, against shuffled input, and at scale.

use cognate::resolve::{Assignment, Join, Link, assign, join};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The sum that a one-to-one assignment maximises.
fn profit(links: &[Link], floor: i32) -> i64 {
    links.iter().map(|link| i64::from(link.weight) - i64::from(floor) + 1).sum()
}

/// The list that the tie rule compares: the partner of each left row, none after every row.
fn partners(links: &[Link]) -> Vec<u64> {
    let of: BTreeMap<u32, u32> = links.iter().map(|link| (link.left, link.right)).collect();
    (0..8).map(|left| of.get(&left).map_or(u64::MAX, |&right| u64::from(right))).collect()
}

/// Every assignment tried, the best by profit and then by the tie rule.
fn brute_force(links: &[Link], floor: i32) -> Vec<Link> {
    fn extend(rest: &[Link], chosen: &mut Vec<Link>, best: &mut Vec<Link>, floor: i32) {
        let key = |links: &[Link]| (profit(links, floor), Reverse(partners(links)));
        if key(chosen) > key(best) {
            *best = chosen.clone();
        }
        for (n, link) in rest.iter().enumerate() {
            if chosen.iter().all(|other| other.left != link.left && other.right != link.right) {
                chosen.push(*link);
                extend(&rest[n + 1..], chosen, best, floor);
                chosen.pop();
            }
        }
    }
    let mut links: Vec<Link> = links.iter().copied().filter(|link| link.weight >= floor).collect();
    links.sort();
    let mut best = Vec::new();
    extend(&links, &mut Vec::new(), &mut best, floor);
    best.sort();
    best
}

fn links(rows: u32, most: usize, weights: std::ops::Range<i32>) -> impl Strategy<Value = Vec<Link>> {
    let link = (0..rows, 0..rows, weights).prop_map(|(left, right, weight)| Link { left, right, weight });
    prop::collection::vec(link, 0..most)
}

fn shuffled(rows: u32, most: usize, weights: std::ops::Range<i32>) -> impl Strategy<Value = (Vec<Link>, Vec<Link>)> {
    links(rows, most, weights).prop_flat_map(|links| (Just(links.clone()), Just(links).prop_shuffle()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn one_to_one_is_the_best_of_all_under_the_tie_rule(links in links(5, 14, 0..3), floor in -1..2) {
        prop_assert_eq!(assign(links.clone(), Assignment::OneToOne, floor, None), brute_force(&links, floor));
    }

    #[test]
    fn full_ties_are_settled_by_rows_alone(links in links(6, 16, 7..8)) {
        prop_assert_eq!(assign(links.clone(), Assignment::OneToOne, 0, None), brute_force(&links, 0));
    }

    #[test]
    fn one_to_one_is_the_best_of_all_without_ties(links in links(5, 14, -1_000_000_000..1_000_000_000)) {
        let floor = -500_000_000;
        prop_assert_eq!(assign(links.clone(), Assignment::OneToOne, floor, None), brute_force(&links, floor));
    }
}

proptest! {
    #[test]
    fn the_order_of_links_is_irrelevant((links, others) in shuffled(40, 200, 0..4), top in prop::option::of(0..4_usize)) {
        for assignment in Assignment::ALL {
            prop_assert_eq!(assign(links.clone(), assignment, 1, top), assign(others.clone(), assignment, 1, top));
        }
    }

    #[test]
    fn each_assignment_keeps_its_promise(links in links(20, 100, 0..6), floor in 0..4, top in 1..4_usize) {
        let all = assign(links.clone(), Assignment::Many, floor, None);
        for assignment in Assignment::ALL {
            let chosen = assign(links.clone(), assignment, floor, Some(top));
            prop_assert!(chosen.iter().all(|link| all.contains(link)));
            prop_assert!(chosen.is_sorted_by_key(|link| (link.left, Reverse(link.weight), link.right)));
            let lefts: BTreeSet<u32> = chosen.iter().map(|link| link.left).collect();
            let rights: BTreeSet<u32> = chosen.iter().map(|link| link.right).collect();
            for left in &lefts {
                prop_assert!(chosen.iter().filter(|link| link.left == *left).count() <= top);
            }
            if matches!(assignment, Assignment::BestLeft | Assignment::OneToOne) {
                prop_assert_eq!(lefts.len(), chosen.len());
            }
            if matches!(assignment, Assignment::BestRight | Assignment::OneToOne) {
                prop_assert_eq!(rights.len(), chosen.len());
            }
        }
    }

    #[test]
    fn joins_share_out_all_rows(links in links(12, 30, 0..5)) {
        let positions: Vec<u32> = (0..12).rev().collect();
        let count = |kind| join(&links, kind, &positions, &positions).unwrap().len();
        prop_assert_eq!(count(Join::Semi) + count(Join::Anti), 12);
        prop_assert_eq!(count(Join::Inner), links.len());
        prop_assert_eq!(count(Join::Left) + count(Join::Right), count(Join::Full) + count(Join::Inner));
    }
}

/// A small generator of pseudo-random numbers (SplitMix64), so that the large cases are the same on every run.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Solves a case from both ends and reversed: same set of links, same answer, and a mirrored table has the same optimum.
fn check_large(name: &str, links: Vec<Link>) -> Vec<Link> {
    let start = std::time::Instant::now();
    let chosen = assign(links.clone(), Assignment::OneToOne, 0, None);
    let took = start.elapsed();
    println!("{name}: {} links, {} chosen, {took:.2?}", links.len(), chosen.len());
    assert!(took.as_secs() < 20, "{name} took {took:?}");
    let reversed: Vec<Link> = links.iter().rev().copied().collect();
    assert_eq!(assign(reversed, Assignment::OneToOne, 0, None), chosen);
    let mirrored = links.iter().map(|link| Link { left: link.right, right: link.left, ..*link }).collect();
    assert_eq!(profit(&assign(mirrored, Assignment::OneToOne, 0, None), 0), profit(&chosen, 0));
    chosen
}

fn random_links(count: usize, lefts: u64, rights: u64, weights: u64) -> Vec<Link> {
    let mut state = 7;
    let mut below = |bound: u64| (random(&mut state) % bound) as u32;
    let link = |_| Link { left: below(lefts), right: below(rights), weight: below(weights).cast_signed() };
    (0..count).map(link).collect()
}

#[test]
fn twenty_thousand_links_in_one_component() {
    check_large("distinct weights", random_links(20_000, 4_000, 4_000, 60_000_000));
    check_large("few weights", random_links(20_000, 4_000, 4_000, 5));
    check_large("one weight", random_links(20_000, 4_000, 4_000, 1));
    check_large("many against few", random_links(20_000, 10_000, 300, 1_000));
    check_large("few against many", random_links(20_000, 300, 10_000, 1_000));
    check_large("sparse", random_links(20_000, 18_000, 18_000, 3));
}

#[test]
fn a_square_of_equal_weights_is_matched_row_by_row() {
    let square = (0..141).flat_map(|left| (0..141).map(move |right| Link { left, right, weight: 5 })).collect();
    let chosen = check_large("square", square);
    assert_eq!(chosen.len(), 141);
    assert!(chosen.iter().all(|link| link.left == link.right));
}

#[test]
fn long_chains_shift_as_a_whole() {
    let link = |left, right, weight| Link { left, right, weight };
    let rungs = (0..5_000).flat_map(|row| [link(row, row, 1_000_000), link(row, row + 1, 1_000_000)]);
    // Every later row wants the first right row a little more than the one before, and has no other.
    let rivals = (0..10_000_u32).map(|row| link(5_000 + row, 0, 1_000_000 + row.cast_signed()));
    let chosen = check_large("chain", rungs.chain(rivals).collect());
    assert_eq!(chosen.len(), 5_001);
    assert_eq!(chosen.first(), Some(&link(0, 1, 1_000_000)));
    assert_eq!(chosen.last(), Some(&link(14_999, 0, 1_009_999)));
}
