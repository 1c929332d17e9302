//! `cognate import`, `store` and `lookup` as a user runs them, and what becomes of them when things go wrong.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use cognate::store::Store;
use program::{Folder, golden};
use serde_json::Value;
use std::fs;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A folder with the dataset `firms` of the store `s`.
fn with_store() -> Folder {
    let folder = Folder::new();
    folder.write(
        "firms.csv",
        "key,company,aka,city\n7,Acme Holdings Ltd,,Berlin\n8,International Business Machines Corp,Big Blue,Armonk\n9,Zeta Bank,,Rome\n10,Zeta Banking Group,,Rome\n",
    );
    folder.run("import firms.csv --store s --dataset firms --id key --name company --alias aka").found();
    folder
}

/// The ids of the hits of a name, best first.
fn ids(folder: &Folder, name: &str) -> Vec<String> {
    let ran = folder.run_args(&["lookup", name, "--store", "s", "--json"], "");
    assert!(ran.code < 2, "{}", ran.err);
    json(&ran.out)["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn records_are_added_changed_and_deleted() {
    let folder = with_store();
    let import = |more: &str| folder.run(&format!("import {more} --store s --dataset firms")).found().out;
    assert_eq!(import("firms.csv --id key"), "firms: 0 added, 0 changed, 4 unchanged; 4 records now\n");
    folder.write("more.jsonl", "{\"key\": 7, \"company\": \"Acme AG\", \"aka\": [\"Acme Swiss\", \"ACM\"]}\n{\"key\": \"11\", \"company\": \"Omicron\"}\n");
    assert_eq!(import("firms.csv more.jsonl --id key"), "firms: 1 added, 1 changed, 4 unchanged; 5 records now\n");
    assert_eq!(ids(&folder, "acme swiss")[0], "7");
    folder.write("gone.csv", "key\n9\n10\n99\n");
    assert_eq!(import("gone.csv --delete --id key"), "firms: 2 deleted, 1 not there; 3 records now\n");
    assert!(!ids(&folder, "Zeta Bank").contains(&"9".to_owned()));
    assert_eq!(import("--delete-id 8 --delete-id 8"), "firms: 1 deleted, 0 not there; 2 records now\n");
    let counts = json(&folder.run("import firms.csv --store s --dataset firms --id key --json").found().out);
    assert_eq!((&counts["added"], &counts["changed"], &counts["records"]), (&3.into(), &1.into(), &5.into()));
    folder.run("import firms.csv --store s --dataset firms --delete --name x").failed(2, &["--name"]);
    folder.run("import --store s --dataset firms").failed(2, &["<FILE>"]);
}

#[test]
fn an_import_is_all_or_nothing() {
    let folder = with_store();
    folder.write("more.csv", "key,company,aka\n20,Omega,\n");
    folder.write("other.csv", "key,title,aka\n21,Psi,\n");
    let import =
        |files: &str, more: &str| folder.run(&format!("import {files} --store s --dataset firms --id key {more}"));
    import("more.csv other.csv", "").failed(2, &["other.csv", "\"company\"", "key, title, aka"]);
    import("more.csv nowhere.csv", "").failed(7, &["nowhere.csv"]);
    folder.write("broken.csv", "key,company,aka\n22,Psi,\n23\n");
    import("more.csv broken.csv", "--max-rejects 0").failed(3, &["broken.csv, line 3"]);
    folder.write("none.jsonl", "{\"key\": 24}\n");
    import("more.csv none.jsonl", "").failed(2, &["none.jsonl", "\"company\""]);
    let export = folder.run("store export --store s").found();
    assert_eq!(export.out.lines().count(), 4);
    let ran = import("more.csv broken.csv", "").found();
    assert!(ran.err.contains("broken.csv: 2 rows, 1 rejected"), "{}", ran.err);
    folder.run("import nowhere.csv --store new --dataset firms").failed(7, &["nowhere.csv"]);
    assert!(!folder.path("new").exists());
    folder.run("import firms.csv --store s --dataset Firms").failed(2, &["--dataset", "a-z"]);
    folder
        .run("import firms.csv --store s --dataset two")
        .failed(2, &["firms.csv", "\"id\"", "key, company, aka, city"]);
}

#[test]
fn a_store_is_told_of_checked_and_exported() {
    let folder = with_store();
    let info = json(&folder.run("store info --store s --json").found().out);
    let dataset = &info["datasets"][0];
    assert_eq!((&dataset["name"], &dataset["records"]), (&"firms".into(), &4.into()));
    assert_eq!(dataset["index"], serde_json::json!({"state": "fresh", "names": 5}));
    golden("store_info.txt", &folder.run("store info --store s").found().out);
    golden("store_verify.txt", &folder.run("store verify --store s").found().out);
    assert_eq!(json(&folder.run("store verify --store s --json").found().out)["sound"], true);
    let lines = folder.run("store export --store s --dataset firms").found();
    golden("store_export.jsonl", &lines.out);
    golden("store_export.csv", &folder.run("store export --store s --format csv").found().out);
    for file in ["out.jsonl.gz", "out.csv", "out.parquet"] {
        folder.run(&format!("store export --store s -o {file}")).found();
        let again = folder.run(&format!("import {file} --store t --dataset firms --name company --json")).found();
        assert_eq!(json(&again.out)["records"], 4, "{file}");
    }
    folder.run("store export --store s --dataset nothing").failed(2, &["nothing"]);
    folder.run("store info --store nowhere").failed(2, &["nowhere", "no store here"]);
}

#[test]
fn names_are_looked_up() {
    let folder = with_store();
    let lookup = |arguments: &[&str]| folder.run_args(&[&["lookup", "--store", "s"], arguments].concat(), "");
    assert_eq!(ids(&folder, "Acme Holdings Ltd")[0], "7");
    assert_eq!(ids(&folder, "acme hodlings")[0], "7");
    assert_eq!(ids(&folder, "international busin")[0], "8");
    assert_eq!(ids(&folder, "big blue")[0], "8");
    assert_eq!(ids(&folder, "IBM")[0], "8");
    assert_eq!(ids(&folder, "Zeta Bank")[..2], ["9", "10"]);
    assert_eq!(lookup(&["Zeta Bank", "--top", "1"]).found().out.lines().count(), 1);
    golden("lookup.txt", &lookup(&["zeta bnak"]).found().out);
    golden("lookup.json", &lookup(&["big bleu", "--json"]).found().out);
    assert_eq!(lookup(&["qqqq"]).with_code(1).out, "");
    assert_eq!(lookup(&["", "--json"]).with_code(1).out, "{\"query\":\"\",\"dataset\":\"firms\",\"hits\":[]}\n");
    assert_eq!(lookup(&["Zeta Bank", "--min-weight", "2147"]).with_code(1).out, "");
    lookup(&["Zeta", "--dataset", "other"]).failed(2, &["other"]);
}

#[test]
fn names_are_found_that_share_no_letter() {
    let folder = Folder::new();
    let mut names = "id,name\n".to_owned();
    for (name, _) in program::names_and_typos(3000) {
        names.push_str(&format!(",{name}\n").replacen(',', &format!("{},", names.len()), 1));
    }
    names.push_str("bank,Bank of China\nmsu,Moscow State University\nsnu,Seoul National University\n");
    names.push_str("ras,Russian Academy of Sciences\nphysics,Institute of Physics\n");
    folder.write("names.csv", names);
    folder.run("import names.csv --store s --dataset names").found();
    for (query, id) in [
        ("Московский государственный университет", "msu"),
        ("Российская академия наук", "ras"),
        ("Институт физики", "physics"),
        ("서울대학교", "snu"),
        ("中国银行", "bank"),
    ] {
        assert_eq!(ids(&folder, query).first().map(String::as_str), Some(id), "{query}");
    }
}

#[test]
fn hits_are_explained() {
    let folder = with_store();
    let why = folder.run_args(&["lookup", "Zeta Bnak", "--store", "s", "--why"], "").found();
    let json_why = json(&folder.run_args(&["lookup", "Zeta Bnak", "--store", "s", "--why", "--json"], "").found().out);
    let hits = json_why["hits"].as_array().unwrap();
    assert_eq!(why.out.matches("left   Zeta Bnak\n").count(), hits.len());
    for hit in hits {
        let terms = hit["terms"].as_array().unwrap().iter().map(|term| term["micro_bits"].as_i64().unwrap());
        assert_eq!(terms.sum::<i64>(), hit["micro_bits"].as_i64().unwrap());
    }
    // Two records are explained as a query with the name of one of them would be, but for the other records.
    let explained = json(&folder.run("explain 9 10 --store s --json").found().out);
    let looked_up = json(&folder.run_args(&["lookup", "Zeta Bank", "--store", "s", "--why", "--json"], "").found().out);
    let hit = looked_up["hits"].as_array().unwrap().iter().find(|hit| hit["id"] == "10").unwrap();
    let rivals = hit["terms"].as_array().unwrap().iter().find(|term| term["comparison"] == "rivals").unwrap();
    let alone = hit["micro_bits"].as_i64().unwrap() - rivals["micro_bits"].as_i64().unwrap();
    assert!(rivals["micro_bits"].as_i64().unwrap() < 0);
    assert_eq!(explained["micro_bits"].as_i64().unwrap(), alone);
    assert_eq!(explained["right"], serde_json::json!({"id": "10", "fields": {"name": "Zeta Banking Group"}}));
    folder.run("explain 9 99 --store s").failed(2, &["firms", "\"99\""]);
    folder.run("explain 9 10 --store s --on company").failed(2, &["--store"]);
}

#[test]
fn many_names_are_looked_up() {
    let folder = with_store();
    folder.write("q.csv", "n,name\n1,acme holdings\n2,nothing at all\n3\n4,zeta bank\n");
    let ran = folder.run("lookup --store s --queries q.csv --query-col name --top 2").found();
    golden("lookup_queries.csv", &ran.out);
    assert!(ran.err.contains("q.csv: 4 rows, 1 rejected") && ran.err.contains("3 names looked up"), "{}", ran.err);
    let first = ran.out.lines().nth(1).unwrap();
    assert!(first.starts_with("1,1,7,Acme Holdings Ltd,"), "{first}");
    for threads in ["1", "2", "8"] {
        folder
            .run(&format!(
                "lookup --store s --queries q.csv --query-col name --top 2 -o h.csv --quiet --threads {threads}"
            ))
            .found();
        assert_eq!(folder.read("h.csv"), ran.out);
    }
    folder.run("lookup --store s --queries q.csv --query-col nmae").failed(2, &["nmae", "n, name"]);
    folder.run("lookup --store s --queries q.csv").failed(2, &["--query-col"]);
    folder.run("lookup --store s --queries q.csv --query-col name -o no/h.csv").failed(7, &["no/h.csv"]);
}

#[test]
fn one_name_after_the_other() {
    let folder = with_store();
    let talk = |lines: &str| folder.run_args(&["lookup", "--store", "s"], lines);
    let ran =
        talk(":why\nzeta bank\n:top 1\nzeta bank\n:why 1\n:why 7\n:top x\n:nonsense\n\nqqqq\n:help\n:quit\nacme\n")
            .found();
    golden("lookup_talk.txt", &ran.out);
    assert!(!ran.out.contains("Acme"));
    talk("qqqq\n").with_code(1);
    let ran = folder.run_args(&["lookup", "--store", "s", "--json"], "acme\nbig blue\n").found();
    assert_eq!(
        ran.out.lines().map(json).map(|answer| answer["query"].clone()).collect::<Vec<_>>(),
        ["acme", "big blue"]
    );
}

#[test]
fn one_dataset_needs_no_name_and_two_do() {
    let folder = with_store();
    folder.write("towns.csv", "id,name\nb,Berlin\n");
    folder.run("import towns.csv --store s --dataset towns --kind record").found();
    folder.run("lookup berlin --store s").failed(2, &["--dataset", "firms, towns"]);
    folder.run("store export --store s").failed(2, &["--dataset", "firms, towns"]);
    let ran = folder.run("lookup berlin --store s --dataset towns").found();
    assert!(ran.out.contains("  b  Berlin"), "{}", ran.out);
}

#[test]
fn an_index_that_is_missing_stale_or_damaged_is_built_again() {
    let folder = with_store();
    let index = folder.path("s/index/firms-1");
    let state =
        || json(&folder.run("store info --store s --json").found().out)["datasets"][0]["index"]["state"].clone();
    fs::remove_dir_all(&index).unwrap();
    assert_eq!(state(), "missing");
    assert_eq!(ids(&folder, "acme holdings")[0], "7");
    assert_eq!(state(), "fresh");
    for file in fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>() {
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(&file, bytes).unwrap();
        assert_eq!(state(), "damaged", "{}", file.display());
        assert_eq!(ids(&folder, "acme holdings")[0], "7", "{}", file.display());
    }
    // A change that the index has not seen, as after a crash between the import and the build.
    let mut store = Store::open(&folder.path("s")).unwrap();
    let name = store.datasets().unwrap()[0].name.clone();
    store.delete(&name, ["7"], "test").unwrap();
    drop(store);
    assert_eq!(state(), "stale");
    assert!(!ids(&folder, "acme holdings").contains(&"7".to_owned()));
}

#[test]
fn look_up_works_while_the_store_is_in_use() {
    let folder = with_store();
    let mut store = Store::open(&folder.path("s")).unwrap();
    assert_eq!(ids(&folder, "acme holdings")[0], "7");
    folder.run("import firms.csv --store s --dataset firms --id key").failed(5, &["in use"]);
    folder.run("store info --store s").failed(5, &["in use"]);
    let name = store.datasets().unwrap()[0].name.clone();
    store.delete(&name, ["7"], "test").unwrap();
    let older = folder.run("lookup acme --store s").found();
    assert!(older.err.contains("in use by another process"), "{}", older.err);
    fs::remove_dir_all(folder.path("s/index")).unwrap();
    folder.run("lookup acme --store s").failed(5, &["in use"]);
}

#[test]
fn stores_of_other_versions_and_damaged_ones_are_refused() {
    let verbs = ["lookup acme --store s", "store info --store s", "store verify --store s", "store export --store s"];
    let folder = with_store();
    let line = folder.read("s/STORE");
    folder.write("s/STORE", line.replace("cognate-store 1 ", "cognate-store 99 "));
    for verb in verbs {
        folder.run(verb).failed(4, &["format 99", "this program reads 1"]);
    }
    folder.write("s/STORE", "nonsense");
    for verb in verbs {
        folder.run(verb).failed(4, &["damaged"]);
    }
    folder.write("s/STORE", line);
    let journal = folder.path("s/journal/events.jsonl");
    let entry = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, entry.replace("\"rows\":4", "\"rows\":5")).unwrap();
    for verb in verbs {
        folder.run(verb).failed(4, &["events.jsonl"]);
    }
    folder.run("lookup acme --store firms.csv").failed(7, &["firms.csv"]);
}
