//! Links and look-ups that hear alias evidence, as a user runs them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use program::{Folder, Ran};

const LEFT: &str = "id,name\n1,Fannie Mae\n2,Zork Holding\n3,Quux Widgets\n4,Freddie Mac\n";
const RIGHT: &str = "id,name\na,Federal National Mortgage Association\nb,Blarg Industries\nc,Quux Widgets Ltd\n\
                     d,Federal Home Loan Mortgage Corporation\n";
/// A directory that knows Zork Holding under a name that shares no letter pair with it.
const DIRECTORY: &str = "{\"id\":\"zork\",\"names\":[\"Zork Holdings\",\"Blarg Industries\"]}\n";

fn with_tables() -> Folder {
    let folder = Folder::new();
    folder.write("l.csv", LEFT);
    folder.write("r.csv", RIGHT);
    folder.write("own.jsonl", DIRECTORY);
    folder
}

/// The linked ids: `1-a`.
fn pairs(ran: &Ran) -> Vec<String> {
    ran.pairs().into_iter().map(|(left, right)| format!("{left}-{right}")).collect()
}

#[test]
fn the_shipped_directory_links_names_that_share_no_letter() {
    let folder = with_tables();
    let both = folder.run("link l.csv r.csv --on name").found();
    assert_eq!(pairs(&both), ["1-a", "3-c", "4-d"]);
    assert!(both.err.contains("4 names in the alias table"), "{}", both.err);
    let without = folder.run("link l.csv r.csv --on name --no-aliases").found();
    assert_eq!(pairs(&without), ["3-c"]);
    assert!(!without.err.contains("alias table"), "{}", without.err);
    // Records that are no organizations have no directory.
    let records = folder.run("link l.csv r.csv --on name --kind record").found();
    assert!(!pairs(&records).contains(&"1-a".to_owned()));
}

#[test]
fn the_three_approaches_stand_side_by_side() {
    let folder = with_tables();
    let run = |evidence: &str| folder.run(&format!("link l.csv r.csv --on name --quiet --evidence {evidence}")).found();
    assert_eq!(run("strings").out, folder.run("link l.csv r.csv --on name --quiet --no-aliases").found().out);
    assert_eq!(pairs(&run("aliases")), ["1-a", "4-d"]);
    assert_eq!(pairs(&run("both")), ["1-a", "3-c", "4-d"]);
    folder.run("link l.csv r.csv --on name --evidence none").failed(2, &["strings, aliases, both"]);
}

#[test]
fn a_directory_of_ones_own_serves_names_that_are_like_its_names() {
    let folder = with_tables();
    let own = folder.run("link l.csv r.csv --on name --aliases own.jsonl --quiet").found();
    assert_eq!(pairs(&own), ["2-b", "3-c"]);
    // So does a store into which it was imported.
    folder.run("alias import own.jsonl --store s --directory").found();
    folder.run("link l.csv r.csv --on name --aliases s").failed(2, &["cognate alias build --store s"]);
    folder.run("alias build --store s").found();
    assert_eq!(folder.run("link l.csv r.csv --on name --aliases s --quiet").found().out, own.out);
    folder.write("more.jsonl", "{\"id\":\"x\",\"names\":[\"Xyzzy\",\"Plugh\"]}\n");
    folder.run("alias import more.jsonl --store s --directory").found();
    let stale = folder.run("link l.csv r.csv --on name --aliases s").found();
    assert!(stale.err.contains("evidence has changed since"), "{}", stale.err);
    folder.run("link l.csv r.csv --on name --aliases s --no-aliases").failed(2, &["cannot be used with"]);
    folder.run("link l.csv r.csv --on name --aliases nothing.jsonl").failed(7, &["nothing.jsonl"]);
}

#[test]
fn threads_change_nothing() {
    let folder = with_tables();
    let run = |threads: u32| {
        folder.run(&format!("link l.csv r.csv --on name --quiet --threads {threads} --aliases own.jsonl")).found().out
    };
    assert_eq!(run(1), run(2));
    assert_eq!(run(1), run(8));
}

#[test]
fn an_explanation_has_the_weight_of_the_link() {
    let folder = with_tables();
    let linked = folder.run("link l.csv r.csv --on name --quiet").found().out;
    let explained = folder.run("explain 1 a --left l.csv --right r.csv --on name").found().out;
    let weight = linked.lines().nth(1).unwrap().split(',').nth(2).unwrap();
    assert!(
        explained.lines().any(|line| line.starts_with("match weight") && line.contains(weight)),
        "{explained}\n{weight}"
    );
    assert!(explained.contains("aliases"));
}

#[test]
fn a_look_up_asks_again_under_other_names() {
    let folder = with_tables();
    folder.run("import r.csv --store s --id id --dataset r").found();
    let asked = |arguments: &[&str]| folder.run_args(arguments, "").out;
    let first = |out: &str| out.split_whitespace().nth(3).map(str::to_owned);
    assert_eq!(first(&asked(&["lookup", "Fannie Mae", "--store", "s"])).as_deref(), Some("a"));
    assert_ne!(first(&asked(&["lookup", "Zork Holding", "--store", "s", "--top", "1"])).as_deref(), Some("b"));
    let own = asked(&["lookup", "Zork Holding", "--store", "s", "--top", "1", "--aliases", "own.jsonl"]);
    assert_eq!(first(&own).as_deref(), Some("b"), "{own}");
}

#[test]
fn given_pairs_are_scored_with_the_directory() {
    let folder = with_tables();
    folder.write("p.csv", "left_id,right_id\n1,a\n1,d\n");
    let score = |more: &str| {
        let out =
            folder.run(&format!("score --on name --left l.csv --right r.csv --pairs p.csv --quiet {more}")).found().out;
        let weights = out.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse::<f64>().unwrap());
        weights.collect::<Vec<f64>>()
    };
    let (with, without) = (score(""), score("--no-aliases"));
    assert!(with[0] > with[1] + 8.0, "{with:?}");
    assert!(with[0] > without[0] + 5.0, "{with:?} {without:?}");
}
