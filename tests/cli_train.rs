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
    folder.run("train names --aliases aliases.csv --least-count 2 --no-embedding -o model.json").found();
    let links = folder.run("link left.csv right.csv --on name --model model.json").found();
    assert!(links.pairs().contains(&("1".to_owned(), "a".to_owned())), "{}", links.out);
}

/// What each test trains with: a small table, because most of the time is spent on it.
const TRAIN: &str = "train names --aliases aliases.csv --least-count 2 --embedding-rows 1024";

#[test]
fn training_again_writes_the_same_bytes_with_and_without_what_was_kept() {
    let folder = Folder::new();
    aliases(&folder);
    let trained = |more: &str| {
        let ran = folder.run(&format!("{TRAIN} {more} -o model.json")).found();
        (folder.read("model.json"), ran.err)
    };
    let (first, _) = trained("");
    assert_eq!(trained("--threads 1").0, first);
    let kept = || {
        let entries = std::fs::read_dir(folder.path("kept")).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    assert_eq!(trained("--resume kept").0, first);
    let paths = kept();
    assert_eq!(paths.len(), 3);
    assert_eq!(trained("--resume kept").0, first);
    // One is damaged, one is another's, one is gone.
    std::fs::write(&paths[0], "cognate embedding 1\n").unwrap();
    std::fs::copy(&paths[2], &paths[1]).unwrap();
    std::fs::remove_file(&paths[2]).unwrap();
    let (again, notes) = trained("--resume kept");
    assert_eq!((again, kept()), (first.clone(), paths));
    assert_eq!(notes.matches("is made anew").count(), 2, "{notes}");
    assert_ne!(trained("--seed 2 --resume kept").0, first);
    assert_eq!(kept().len(), 6);
}

#[test]
fn a_model_of_organizations_has_an_embedding_and_odds_unless_told_otherwise() {
    let folder = Folder::new();
    aliases(&folder);
    let parts = |more: &str| {
        folder.run(&format!("{TRAIN} {more} -o model.json")).found();
        let model: serde_json::Value = serde_json::from_str(&folder.read("model.json")).unwrap();
        let field = &model["fields"][0];
        let command = model["training"]["command"].as_str().unwrap().to_owned();
        (field.get("embedding").is_some_and(|part| !part.is_null()), command)
    };
    let (has_embedding, command) = parts("--hard-share 0.5");
    assert!(has_embedding && command.ends_with("--hard-share 0.5"), "{command}");
    assert!(!parts("--no-embedding").0 && !parts("--kind product").0);
}

#[test]
fn counts_and_weights_change_a_model() {
    let folder = Folder::with_tables();
    let names = names_and_typos(300);
    let trained = |header: &str, mistaken: &str, right: &str| {
        let row = |(entity, (name, typo)): (usize, &(String, String))| {
            let other = (entity + 1) % names.len();
            format!("{entity},\"{name}\"{right}\n{entity},\"{typo}\"{right}\n{other},\"{name}\"{mistaken}\n")
        };
        let rows: String = names.iter().enumerate().map(row).collect();
        folder.write("aliases.csv", format!("{header}\n{rows}"));
        folder.run("train names --aliases aliases.csv --no-embedding -o model.json").found();
        let model: serde_json::Value = serde_json::from_str(&folder.read("model.json")).unwrap();
        model["training"]["sets"][0]["matches"].as_u64().unwrap()
    };
    let uncounted = trained("entity_id,name", "", "");
    let counted = trained("entity_id,name,count", ",1", ",99");
    assert!(counted > uncounted, "{counted} {uncounted}");

    let pairs = |weight: u32| {
        let row =
            |(name, typo): &(String, String)| format!("\"{name}\",\"{typo}\",0.9,{weight}\n\"{name}\",Zeta,0,1\n");
        let rows: String = names.iter().map(row).collect();
        folder.write("pairs.csv", format!("left,right,label,weight\n{rows}"));
        folder.run("train names --pairs pairs.csv -o model.json").found();
        let model: serde_json::Value = serde_json::from_str(&folder.read("model.json")).unwrap();
        model["training"]["sets"][0].clone()
    };
    assert_eq!(pairs(1), serde_json::json!({"name": "pairs", "pairs": 600, "matches": 270}));
    assert_eq!(pairs(2), serde_json::json!({"name": "pairs", "pairs": 900, "matches": 540}));
}

#[test]
fn what_cannot_be_trained_on_is_said() {
    let folder = Folder::new();
    folder.write("pairs.csv", "left,right,label\nAcme,ACME,1\nAcme,Zeta,maybe\n");
    folder.run("train names -o m.json").failed(2, &["nothing to train on"]);
    folder.run("train names --pairs pairs.csv -o m.json").failed(2, &["pairs.csv", "line 3", "label", "\"maybe\""]);
    folder.run("train names --aliases pairs.csv -o m.json").failed(2, &["no column \"entity_id\""]);
    folder.write("aliases.csv", "entity_id,name,count\n1,Acme,-3\n");
    folder.run("train names --aliases aliases.csv -o m.json").failed(2, &["line 2", "field \"count\"", "-3"]);
    folder.run("train names --aliases aliases.csv --embedding-rows 1000 -o m.json").failed(2, &["power of two"]);
    folder.run("train names --aliases aliases.csv --hard-share 2 -o m.json").failed(2, &["from 0 to 1"]);
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
