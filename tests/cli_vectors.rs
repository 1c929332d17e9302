//! `cognate index vectors` and the look-up of records, as a user runs them, and what becomes of them when things go wrong.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use cognate::store::Store;
use program::{Folder, Ran};
use serde_json::Value;
use std::fs;

const SHOP: &str = "sku,name,color,price\n\
    11,Acme blender 300 W,red,49.90\n\
    12,Acme hand mixer,white,29.00\n\
    13,Garden chair,green,20.00\n\
    14,Folding garden table,green,65.00\n\
    15,Desk lamp,white,35.50\n\
    16,Standing lamp,black,80.00\n";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A folder with the dataset `shop` of the store `s`.
fn with_shop() -> Folder {
    let folder = Folder::new();
    folder.write("shop.csv", SHOP);
    folder.run("import shop.csv --store s --dataset shop --kind record --id sku").found();
    folder
}

fn lookup(folder: &Folder, arguments: &[&str]) -> Ran {
    folder.run_args(&[&["lookup", "--store", "s"], arguments].concat(), "")
}

/// The hits of a record, best first.
fn hits(folder: &Folder, arguments: &[&str]) -> Vec<Value> {
    let ran = lookup(folder, &[arguments, &["--as-json"]].concat()).found();
    json(&ran.out)["hits"].as_array().unwrap().clone()
}

fn ids(folder: &Folder, arguments: &[&str]) -> Vec<String> {
    hits(folder, arguments).iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect()
}

/// What `index vectors` says that it has done.
fn indexed(folder: &Folder, more: &str) -> Value {
    json(&folder.run(&format!("index vectors --store s --json {more}")).found().out)
}

fn sum(parts: &Value, of: &str) -> f64 {
    parts.as_array().unwrap().iter().map(|part| part[of].as_f64().unwrap()).sum()
}

#[test]
fn vectors_are_indexed_once() {
    let folder = with_shop();
    let built = indexed(&folder, "");
    assert_eq!((&built["done"], &built["records"], &built["dims"]), (&"built".into(), &6.into(), &512.into()));
    assert!(built["bytes"].as_u64().unwrap() > 6 * 512 && built["seconds"].is_f64());
    assert_eq!(indexed(&folder, "")["done"], "fresh");
    let wider = indexed(&folder, "--dims 1024 --exclude color --threads 2");
    assert_eq!((&wider["done"], &wider["dims"]), (&"built".into(), &1024.into()));
    let told = folder.run("index vectors --store s --dataset shop --dims 1024 --exclude color").found().err;
    assert!(told.starts_with("shop: 6 records in 1024 dimensions, ") && told.contains("nothing has changed"), "{told}");
    assert!(folder.run("store info --store s").found().out.contains("\n  vectors  6 records in 1024 dimensions\n"));
    folder.run("index vectors --store s --dims 100").failed(2, &["100 dimensions"]);
    folder.run("index vectors --store s --dataset other").failed(2, &["other"]);
    folder.run("index vectors --store nowhere").failed(2, &["nowhere"]);
}

#[test]
fn records_are_looked_up_by_json() {
    let folder = with_shop();
    let record = r#"{"price": "$48", "name": "ACME Blender 300W"}"#;
    let text = lookup(&folder, &["--json", record]).found().out;
    let first: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!((first[0], first[4], &first[5..]), ("1", "11", &["Acme", "blender", "300", "W"][..]), "{text}");
    let found = hits(&folder, &["--json", record]);
    assert_eq!(found[0]["id"], "11");
    assert!(found[0]["probability"].as_f64().unwrap() > 0.5 && found[0]["cosine"].as_f64().unwrap() > 0.5);
    assert_eq!(found[0]["record"]["color"], "red");
    let weights: Vec<f64> = found.iter().map(|hit| hit["match_weight"].as_f64().unwrap()).collect();
    assert!(weights.is_sorted_by(|a, b| a >= b), "{weights:?}");
    // The same record in the place of a name, and printed as JSON by the flag that does so for names.
    assert_eq!(lookup(&folder, &[record]).found().out, text);
    assert_eq!(json(&lookup(&folder, &[record, "--json"]).found().out)["hits"], Value::from(found));
    assert_eq!(lookup(&folder, &["--json", record, "--top", "1"]).found().out.lines().count(), 1);
    lookup(&folder, &["--json", record, "--min-weight", "2000"]).with_code(1);
}

#[test]
fn without_a_name_the_nearest_come_first() {
    let folder = with_shop();
    let found = hits(&folder, &["--json", r#"{"colour": "green", "price": 21}"#]);
    assert_eq!(found[0]["id"], "13");
    assert!(found.iter().all(|hit| hit["match_weight"].is_null() && hit["probability"].is_null()));
    let cosines: Vec<f64> = found.iter().map(|hit| hit["cosine"].as_f64().unwrap()).collect();
    assert!(cosines.is_sorted_by(|a, b| a >= b), "{cosines:?}");
    let text = lookup(&folder, &["--json", r#"{"colour": "green", "price": 21}"#]).found().out;
    assert!(text.lines().all(|line| line.split_whitespace().nth(1) == Some("-")), "{text}");
    // What repeats the id in every record says nothing.
    let by_id = hits(&folder, &["--json", r#"{"sku": "16", "color": "green"}"#, "--why"]);
    assert!(by_id[0]["record"]["color"] == "green" && by_id[0]["fields"].as_array().unwrap().len() == 1);
}

#[test]
fn a_json_flag_before_a_name_leaves_the_name() {
    let folder = with_shop();
    let after = lookup(&folder, &["garden chair", "--json"]).found().out;
    assert_eq!(json(&after)["query"], "garden chair");
    assert_eq!(lookup(&folder, &["--json", "garden chair"]).found().out, after);
    lookup(&folder, &["--json", "{\"name\": \"lamp\"}", "chair"]).failed(2, &["one thing"]);
    lookup(&folder, &["--json", "{\"name\": \"lamp\"}", "--like", "11"]).failed(2, &["one thing"]);
}

#[test]
fn records_like_one_are_found_and_it_is_none_of_them() {
    let folder = with_shop();
    assert_eq!(ids(&folder, &["--like", "13"])[0], "14");
    assert!(!ids(&folder, &["--like", "13"]).contains(&"13".to_owned()));
    lookup(&folder, &["--like", "99"]).failed(2, &["shop", "\"99\""]);
}

#[test]
fn reasons_add_up_to_the_cosine_and_terms_to_the_weight() {
    let folder = with_shop();
    for question in [&["--like", "11"][..], &["--json", r#"{"name": "acme blender", "price": 50, "color": "red"}"#]] {
        for hit in hits(&folder, &[question, &["--tokens"]].concat()) {
            let cosine = hit["cosine"].as_f64().unwrap();
            assert!((sum(&hit["fields"], "cosine") - cosine).abs() < 1e-4, "{hit}");
            for field in hit["fields"].as_array().unwrap() {
                assert!((sum(&field["tokens"], "cosine") - field["cosine"].as_f64().unwrap()).abs() < 1e-9, "{field}");
            }
            assert_eq!(sum(&hit["terms"], "micro_bits"), hit["micro_bits"].as_f64().unwrap());
        }
    }
    let text =
        lookup(&folder, &["--json", r#"{"name": "acme blender", "price": 50}"#, "--why", "--top", "1"]).found().out;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() == 4 && lines[1].starts_with("  name ") && lines[3].starts_with("  cosine "), "{text}");
    let number = |line: &str| line.split_whitespace().last().unwrap().parse::<f64>().unwrap();
    assert!((number(lines[1]) + number(lines[2]) - number(lines[3])).abs() < 0.0003, "{text}");
}

#[test]
fn changes_of_the_store_are_put_into_the_index() {
    let folder = Folder::new();
    let rows: Vec<String> = (0..60).map(|number| format!("{number},Part number {number},{number}\n")).collect();
    folder.write("parts.csv", format!("id,name,size\n{}", rows.concat()));
    folder.run("import parts.csv --store s --dataset parts --kind record").found();
    indexed(&folder, "--dims 256");
    folder.write("more.csv", "id,name,size\n70,Copper kettle,3\n7,Brass kettle,9\n");
    folder.run("import more.csv --store s --dataset parts").found();
    folder.run("import --store s --dataset parts --delete-id 9").found();
    let extended = indexed(&folder, "--dims 256");
    assert_eq!((&extended["done"], &extended["records"]), (&"extended".into(), &60.into()));
    assert_eq!((&extended["encoded"], &extended["removed"]), (&2.into(), &1.into()));
    assert_eq!(ids(&folder, &["--json", r#"{"name": "copper kettle"}"#])[..2], ["70", "7"]);
    // A look-up extends it by itself, and keeps its dimensions.
    folder.write("more.csv", "id,name,size\n71,Tin kettle,3\n");
    folder.run("import more.csv --store s --dataset parts").found();
    assert_eq!(ids(&folder, &["--json", r#"{"name": "tin kettle"}"#])[0], "71");
    assert!(!ids(&folder, &["--json", r#"{"name": "Part number 9"}"#, "--top", "60"]).contains(&"9".to_owned()));
    assert_eq!(indexed(&folder, "--dims 256")["done"], "fresh");
    // More than a fifth is new, with what was before: the weights are learned again.
    let rows: Vec<String> = (100..115).map(|number| format!("{number},Copper pot {number},{number}\n")).collect();
    folder.write("more.csv", format!("id,name,size\n{}", rows.concat()));
    folder.run("import more.csv --store s --dataset parts").found();
    assert_eq!(indexed(&folder, "--dims 256")["done"], "built");
}

#[test]
fn a_damaged_index_is_built_again() {
    let folder = with_shop();
    let record = ["--json", r#"{"name": "desk lamp"}"#];
    let before = lookup(&folder, &record).found().out;
    let files = ["vectors", "records"].map(|kind| {
        let of_kind = format!("s/index/shop-1.{kind}");
        fs::read_dir(folder.path(&of_kind)).unwrap().map(|file| file.unwrap().path()).collect::<Vec<_>>()
    });
    assert!(files.concat().len() > 3);
    for file in files.concat() {
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(&file, bytes).unwrap();
        assert_eq!(lookup(&folder, &record).found().out, before, "{}", file.display());
        fs::remove_file(&file).unwrap();
        assert_eq!(lookup(&folder, &record).found().out, before, "{}", file.display());
    }
    assert_eq!(indexed(&folder, "")["done"], "fresh");
}

#[test]
fn records_are_looked_up_while_the_store_is_in_use() {
    let folder = with_shop();
    indexed(&folder, "");
    let mut store = Store::open(&folder.path("s")).unwrap();
    assert_eq!(ids(&folder, &["--like", "13"])[0], "14");
    let name = store.datasets().unwrap()[0].name.clone();
    store.delete(&name, ["16"], "test").unwrap();
    let older = lookup(&folder, &["--json", r#"{"name": "standing lamp"}"#, "--why"]).found();
    assert!(older.out.contains("  16  ") && older.err.contains("in use by another process"), "{}", older.err);
    fs::remove_dir_all(folder.path("s/index/shop-1.vectors")).unwrap();
    lookup(&folder, &["--like", "15", "--quiet"]).failed(5, &["in use"]);
}

#[test]
fn what_is_no_record_is_said() {
    let folder = with_shop();
    lookup(&folder, &["--json", r#"{"name": }"#]).failed(2, &["no record", "column 10", "JSON object"]);
    lookup(&folder, &["--json", "{} {}"]).failed(2, &["no record", "trailing"]);
    for nothing in ["{}", r#"{"name": null, "price": null}"#, r#"{"name": ""}"#] {
        lookup(&folder, &["--json", nothing]).failed(2, &["nothing to go by"]);
    }
    let deep = format!("{}1{}", "{\"a\":".repeat(300), "}".repeat(300));
    lookup(&folder, &["--json", &deep]).failed(2, &["no record"]);
}

#[test]
fn one_record_after_the_other() {
    let folder = with_shop();
    let lines = "{\"name\": \"desk lamp\", \"price\": 30}\n:why 1\n:why 77\n{\"name\": \n{}\ngarden chair\n:why\n";
    let ran = folder.run_args(&["lookup", "--store", "s", "--top", "2"], lines).found();
    let out: Vec<&str> = ran.out.lines().collect();
    assert!(out[0].ends_with("15  Desk lamp") && out[2].ends_with("15  Desk lamp"), "{}", ran.out);
    assert!(out[3].starts_with("  name ") && out[5].starts_with("  cosine "), "{}", ran.out);
    assert_eq!(out[6], "no hit 77; the last record has 2");
    assert!(out[7].starts_with("no record: ") && out[8].contains("nothing to go by"), "{}", ran.out);
    assert!(out[9].ends_with("13  Garden chair") && ran.out.contains("left   garden chair"), "{}", ran.out);
    let ran = folder.run_args(&["lookup", "--store", "s", "--json"], "{\"name\": \"desk lamp\"}\ndesk lamp\n").found();
    let answers: Vec<Value> = ran.out.lines().map(json).collect();
    assert_eq!((&answers[0]["record"]["name"], &answers[1]["query"]), (&"desk lamp".into(), &"desk lamp".into()));
}
