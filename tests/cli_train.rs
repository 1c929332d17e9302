//! `cognate train names` and `cognate bench`, as a user runs them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use program::{Folder, names_and_typos};

/// An alias list: each made-up name with a misspelt copy.
fn aliases(folder: &Folder) {
    let rows: String = names_and_typos(300)
        .iter()
        .enumerate()
        .map(|(entity, (name, typo))| format!("{entity},\"{name}\"\n{entity},\"{typo}\"\n"))
        .collect();
    folder.write("aliases.csv", format!("entity_id,name\n{rows}"));
}

#[test]
fn a_model_is_trained_and_links() {
    let folder = Folder::with_tables();
    aliases(&folder);
    folder.run("train names --aliases aliases.csv --least-count 2 -o model.json").found();
    let links = folder.run("link left.csv right.csv --on name --model model.json").found();
    assert!(links.pairs().contains(&("1".to_owned(), "a".to_owned())), "{}", links.out);
}

#[test]
fn training_again_writes_the_same_bytes() {
    let folder = Folder::new();
    aliases(&folder);
    folder.run("train names --aliases aliases.csv --interaction shared_rarity*unshared_more -o model.json").found();
    let first = folder.read("model.json");
    folder.run("train names --aliases aliases.csv --interaction shared_rarity*unshared_more -o model.json").found();
    assert_eq!(folder.read("model.json"), first);
}

#[test]
fn what_cannot_be_trained_on_is_said() {
    let folder = Folder::new();
    folder.write("pairs.csv", "left,right,label\nAcme,ACME,1\nAcme,Zeta,maybe\n");
    folder.run("train names -o m.json").failed(2, &["nothing to train on"]);
    folder.run("train names --pairs pairs.csv -o m.json").failed(2, &["pairs.csv", "\"maybe\" in row 2"]);
    folder.run("train names --aliases pairs.csv -o m.json").failed(2, &["no column \"entity_id\""]);
    folder.write("pairs.csv", "left,right,label\nAcme,ACME,1\nAcme,Zeta,0\n");
    folder
        .run("train names --pairs pairs.csv --interaction grams*gramms -o m.json")
        .failed(2, &["gramms", "shared_rarity"]);
    assert!(!folder.path("m.json").exists());
}

#[test]
fn joins_and_look_ups_are_measured() {
    let folder = Folder::with_tables();
    folder.write("truth.csv", "left_id,right_id\n1,a\n2,b\n3,c\n");
    for verb in ["join", "lookup"] {
        let ran = folder.run(&format!("bench {verb} left.csv right.csv truth.csv --json")).found();
        let figures: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let right = figures.get("first_is_right").or(figures.get("hit_at_1")).unwrap();
        assert_eq!(right.as_f64(), Some(1.0), "{}", ran.out);
    }
}

#[test]
fn a_part_that_is_none_is_refused() {
    let folder = Folder::new();
    folder.run("bench organizations --split half").failed(2, &["train, valid, test, all"]);
}
