//! Links whose candidates are found by the vectors of whole rows, for a recall that is asked for.
//!
//! `COGNATE_DATA=… cargo test --profile quick --test link_vectors -- --nocapture` measures public tables; without the variable
//! that test is skipped, and says so.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use cognate::block::VectorOptions;
use cognate::block::vectors::Method;
use cognate::pipeline::link::{LinkOptions, Linked, Side, link};
use cognate::pipeline::table::columns;
use program::{Folder, golden, names_and_typos};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

/// Two tables of the same firms, written differently.
fn folder() -> Folder {
    let folder = Folder::new();
    let cities = ["Berlin", "Rome", "Oslo", "Lisbon", "Vienna", "Prague", "Riga"];
    let (mut left, mut right) = ("id,name,city\n".to_owned(), "id,name,city\n".to_owned());
    for (row, (name, typo)) in names_and_typos(400).into_iter().enumerate() {
        let city = cities[row % cities.len()];
        left += &format!("l{row},{name},{city}\n");
        if row % 4 > 0 {
            right += &format!("r{row},{typo},{city}\n");
        }
    }
    folder.write("left.csv", left);
    folder.write("right.csv", right);
    folder
}

fn side(path: &Path, on: &[&str]) -> Side {
    let on = on.iter().map(|&column| column.to_owned()).collect();
    Side { path: path.to_owned(), on, ..Side::default() }
}

/// All candidates, as links.
fn candidates(left: &Side, right: &Side, recall: f64, method: Method) -> Linked {
    let vectors = Some(VectorOptions { method, ..VectorOptions::with_recall(recall) });
    let options = LinkOptions { vectors, least_weight: i32::MIN, share: Some(0.5), ..LinkOptions::default() };
    link(left, right, &options, &|_, _| ()).unwrap()
}

fn ids(linked: &Linked) -> BTreeSet<(String, String)> {
    let id = |row: &cognate::resolve::JoinRow| {
        Some((linked.left.id(row.left?)?.to_owned(), linked.right().id(row.right?)?.to_owned()))
    };
    linked.rows.iter().filter_map(id).collect()
}

#[test]
fn the_summary_says_what_was_picked_and_what_came_of_it() {
    let folder = folder();
    let ran = folder.run("link left.csv right.csv --on name --on city --recall 0.95 --dry-run").found();
    let lines: Vec<&str> = ran.err.lines().filter(|line| !line.contains("CPU-s")).collect();
    golden("link_recall.txt", &(lines.join("\n") + "\n"));
    let ran = folder.run("link left.csv right.csv --on name --on city --recall 0.95 --json").found();
    let summary: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    let (plan, pairs) = (&summary["summary"]["vectors"], summary["summary"]["pairs"].as_f64().unwrap());
    assert_eq!((&plan["asked_recall"], &plan["all_pairs"]), (&0.95.into(), &120_000.0.into()));
    assert!(plan["expected_recall"].as_f64().unwrap() >= 0.95 && plan["is_reached"].as_bool().unwrap());
    assert!((plan["expected_pairs"].as_f64().unwrap() / pairs - 1.0).abs() < 0.05, "{plan} {pairs}");
    let found = ran.pairs().iter().filter(|(left, right)| left[1..] == right[1..]).count();
    assert!(found > 200, "{found}");
    for wrong in ["0", "1.5", "x"] {
        folder.run(&format!("link left.csv right.csv --recall {wrong}")).failed(2, &["--recall"]);
    }
}

#[test]
fn the_output_does_not_depend_on_threads_sides_or_the_order_of_rows() {
    let folder = folder();
    let (left, right) = (folder.path("left.csv"), folder.path("right.csv"));
    let [left, right] = [&left, &right].map(|path| side(path, &["name", "city"]));
    for method in [Method::Bands, Method::All] {
        let with = |threads: usize, left: &Side, right: &Side| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| ids(&candidates(left, right, 0.95, method)))
        };
        let one = with(1, &left, &right);
        assert_eq!(one, with(8, &left, &right));
        let back: BTreeSet<_> = with(2, &right, &left).into_iter().map(|(a, b)| (b, a)).collect();
        assert_eq!(one, back);
        let turned = folder.read("left.csv");
        let (head, rows) = turned.split_once('\n').unwrap();
        let rows: Vec<&str> = rows.lines().rev().collect();
        folder.write("turned.csv", format!("{head}\n{}\n", rows.join("\n")));
        assert_eq!(one, with(2, &side(&folder.path("turned.csv"), &["name", "city"]), &right));
        let found = one.iter().filter(|(left, right)| left[1..] == right[1..]).count();
        assert!(found >= 280, "{found} of 300");
    }
}

#[test]
fn a_table_is_linked_to_itself() {
    let folder = folder();
    let ran = folder.run("link left.csv left.csv --on name --on city --recall 0.9 --min-weight=-2000 -q").found();
    let pairs = ran.pairs();
    assert!(!pairs.is_empty() && pairs.iter().all(|(left, right)| left < right));
}

#[test]
fn public_tables_are_found_with_few_pairs() {
    let Some(data) = std::env::var_os("COGNATE_DATA") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED tests/link_vectors.rs: COGNATE_DATA is not set");
        return;
    };
    let sets: [(&str, &[&str]); 2] =
        [("abt_buy", &["name", "description", "price"]), ("dblp_acm", &["title", "authors", "venue", "year"])];
    for (set, on) in sets {
        let folder = Path::new(&data).join("er_magellan").join(set);
        let [left, right] = ["tableA.csv", "tableB.csv"].map(|file| side(&folder.join(file), on));
        let matches = columns(&folder.join("matches.csv"), ["ltable_id", "rtable_id"]);
        let matches = matches.unwrap_or_else(|error| panic!("COGNATE_DATA is set, but {error}"));
        for method in [Method::Bands, Method::All] {
            let linked = candidates(&left, &right, 0.99, method);
            let (plan, found) = (linked.summary.vectors.clone().unwrap(), ids(&linked));
            let recall = matches.iter().filter(|[left, right]| found.contains(&(left.clone(), right.clone()))).count()
                as f64
                / matches.len() as f64;
            let share = linked.summary.pairs as f64 / plan.all_pairs;
            println!("{set} {method:?}: recall {recall:.4}, {} pairs, {:.3} %", linked.summary.pairs, 100.0 * share);
            println!("  {plan:?}, {:.2} s", linked.summary.usage.seconds);
            assert!(plan.is_reached && recall >= 0.99 && share <= 0.02, "{set} {method:?}: {recall} {share}");
        }
    }
}
