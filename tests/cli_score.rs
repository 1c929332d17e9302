//! `cognate train` for records, `cognate score` and `cognate model`, as a user runs them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use program::{Folder, Ran};
use std::fmt::Write;

const WORDS: [&str; 12] =
    ["lens", "camera", "flash", "case", "black", "digital", "zoom", "kit", "tripod", "silver", "battery", "cable"];
const MAKERS: [&str; 6] = ["canon", "nikon", "sony", "leica", "pentax", "sigma"];

/// Two tables of made-up products, written differently, and labelled pairs of their ids.
fn products(folder: &Folder) {
    let (mut left, mut right) = ("key,title,maker,price,note\n".to_owned(), "id,maker,title,price\n".to_owned());
    let (mut train, mut valid) =
        ("ltable_id,rtable_id,label\n".to_owned(), "ltable_id,rtable_id,label,source\n".to_owned());
    for number in 0..160_usize {
        let (first, second, maker) = (WORDS[number % 12], WORDS[number / 12 % 12], MAKERS[number % 6]);
        let code = format!("x{}", 1000 + number * 7);
        let price = 10 + number * 3;
        writeln!(left, "a{number},{maker} {first} {second} {code},{maker},{price}.00,n").unwrap();
        // Every third price and every fifth maker is missing; the maker then stands in the title.
        let right_price = if number % 3 == 0 { String::new() } else { format!("${price}.5") };
        let (right_maker, title) = match number % 5 {
            0 => ("", format!("{maker} {second} {code}")),
            _ => (maker, format!("{code} {first}")),
        };
        writeln!(right, "b{number},{right_maker},{title},{right_price}").unwrap();
        let other = (number + 6) % 160;
        let (rows, source) = if number % 4 == 0 { (&mut valid, ",s") } else { (&mut train, "") };
        writeln!(rows, "a{number},b{number},1{source}\na{number},b{other},0{source}").unwrap();
        writeln!(rows, "a{number},b{},0{source}", (number + 1) % 160).unwrap();
    }
    folder.write("a.csv", left);
    folder.write("b.csv", right);
    folder.write("train.csv", train);
    folder.write("valid.csv", valid);
}

const TRAIN: &str = "train --left a.csv --right b.csv --pairs train.csv --valid valid.csv --kind product --left-id key";
const SCORE: &str = "score --left a.csv --right b.csv --pairs valid.csv --left-id key";

fn f1(ran: &Ran) -> f64 {
    let (mut right, mut wrong) = (0.0, 0.0);
    for line in ran.out.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let probability: f64 = cells[5].parse().unwrap();
        match (cells[2] == "1", probability >= 0.5) {
            (true, true) => right += 1.0,
            (false, false) => {}
            _ => wrong += 1.0,
        }
    }
    2.0 * right / (2.0 * right + wrong)
}

#[test]
fn a_model_of_records_is_trained_and_scores_given_pairs() {
    let folder = Folder::new();
    products(&folder);
    let trained = folder.run(&format!("{TRAIN} -o model.json")).found();
    assert!(trained.err.contains("comparing title, maker, price"), "{}", trained.err);
    assert!(trained.err.contains("chosen by valid"), "{}", trained.err);
    let scored = folder.run(&format!("{SCORE} --model model.json")).found();
    assert_eq!(scored.lines()[0], "ltable_id,rtable_id,label,source,match_weight,probability");
    assert_eq!(scored.lines().len(), 1 + 120);
    assert!(scored.lines()[1].starts_with("a0,b0,1,s,"), "{}", scored.lines()[1]);
    assert!(f1(&scored) > 0.95, "{}", f1(&scored));
    // The model's columns are those of a link, too, and an explanation gives the same weight.
    let linked = folder.run("link a.csv b.csv --model model.json --left-id key").found();
    assert!(linked.pairs().contains(&("a8".to_owned(), "b8".to_owned())));
    let row = scored.lines().into_iter().find(|line| line.starts_with("a8,b8,")).unwrap();
    let weight = row.split(',').nth(4).unwrap();
    assert!(linked.out.contains(&format!("a8,b8,{weight},")), "{weight}\n{}", linked.out);
    let explained = folder.run("explain a8 b8 --left a.csv --right b.csv --left-id key --model model.json").found();
    assert!(explained.out.contains(weight) && explained.out.contains("whole record: "), "{}", explained.out);
}

#[test]
fn training_again_writes_the_same_bytes_with_any_number_of_threads() {
    let folder = Folder::new();
    products(&folder);
    folder.run(&format!("{TRAIN} -o one.json --threads 1")).found();
    folder.run(&format!("{TRAIN} -o two.json --threads 3")).found();
    assert!(folder.read("one.json") == folder.read("two.json"));
    let same = folder.run("model compare one.json two.json").found();
    assert!(same.out.contains("the same model"), "{}", same.out);
    // Without pairs to choose by, those that a part leaves out choose.
    let alone = TRAIN.replace(" --valid valid.csv", " --on title --on maker=maker --quiet");
    let ran = folder.run(&format!("{alone} -o alone.json")).found();
    assert_eq!(ran.err, "");
    let scored = folder.run(&format!("{SCORE} --model alone.json")).found();
    assert!(f1(&scored) > 0.9, "{}", f1(&scored));
    let differing = folder.run("model compare one.json alone.json").found();
    assert!(differing.out.contains("price: magnitude") && differing.out.contains("train, parts left out"));
}

#[test]
fn a_model_is_shown() {
    let folder = Folder::new();
    products(&folder);
    folder.run(&format!("{TRAIN} -o model.json")).found();
    let shown = folder.run("model show model.json").found();
    let parts = [
        "kind     product",
        "field title",
        "field whole record",
        "magnitude: difference",
        "F1 ",
        "on train: 360 pairs",
    ];
    for part in parts {
        assert!(shown.out.contains(part), "no {part:?} in {}", shown.out);
    }
    let json: serde_json::Value = serde_json::from_str(&folder.run("model show --json").found().out).unwrap();
    assert_eq!(json["fields"][0]["comparisons"][0]["levels"][0]["level"], "missing");
    assert!(folder.run("model show --kind product").found().out.contains("field any text"));
    folder.run("model show train.csv").failed(2, &["train.csv", "not a model"]);
}

#[test]
fn the_columns_of_a_model_can_be_called_otherwise() {
    let folder = Folder::new();
    products(&folder);
    folder.run(&format!("{TRAIN} -o model.json")).found();
    let usual = folder.run(&format!("{SCORE} --model model.json")).found().out;
    folder.write("c.csv", folder.read("a.csv").replacen("title,maker", "titel,hersteller", 1));
    let other = SCORE.replace("a.csv", "c.csv") + " --model model.json";
    folder.run(&other).failed(2, &["c.csv", "no column \"title\"", "titel"]);
    let on = "--on price --on titel=title --on hersteller=maker";
    assert_eq!(folder.run(&format!("{other} {on}")).found().out, usual);
    folder.run(&format!("{other} --on price")).failed(2, &["title, maker, price", "--on"]);
    // One column more is scored by the shipped model.
    let more = folder.run(&format!("{SCORE} --model model.json --on title --on maker --on price --on note=title"));
    assert_ne!(more.found().out, usual);
}

#[test]
fn pairs_are_scored_in_every_format_and_order() {
    let folder = Folder::with_tables();
    folder.write("pairs.csv", "note,left_id,right_id,probability\nx,1,a,7\ny,3,zz,7\nz,3,d,7\nw,2,b,7\n");
    let run = |rest: &str| folder.run(&format!("score --left left.csv --right right.csv --on name {rest}"));
    let scored = run("--pairs pairs.csv").found();
    let ids: Vec<String> = scored.lines().iter().map(|line| line.chars().take(5).collect()).collect();
    assert_eq!(ids, ["note,", "x,1,a", "y,3,z", "z,3,d", "w,2,b"]);
    assert_eq!(scored.lines()[0], "note,left_id,right_id,match_weight,probability");
    assert_eq!(scored.lines()[2], "y,3,zz,,");
    assert!(scored.err.contains("1 rejected") && scored.err.contains("line 3: the right table has no row"));
    // A pair without any likeness is no candidate of `link`, but is scored.
    assert!(scored.lines()[3].starts_with("z,3,d,-"), "{}", scored.lines()[3]);
    // With the same share a pair weighs the same in both; each verb estimates the share of its own pairs.
    let stated = run("--pairs pairs.csv --prior-share 0.2").found();
    let linked = folder.run("link left.csv right.csv --on name --prior-share 0.2").found();
    let weight =
        linked.lines().iter().find(|line| line.starts_with("1,a,")).unwrap().split(',').nth(2).unwrap().to_owned();
    assert!(stated.lines()[1].contains(&weight));
    for ending in ["tsv", "jsonl", "jsonl.gz", "parquet"] {
        run(&format!("--pairs pairs.csv -o scored.{ending}")).found();
        let again = run(&format!("--pairs scored.{ending} --quiet")).found();
        assert_eq!(again.out, scored.out, "{ending}");
    }
    run("--pairs pairs.csv --max-rejects 0").failed(3, &["line 3"]);
    let json = run("--pairs pairs.csv --json -o out.csv").found();
    let json: serde_json::Value = serde_json::from_str(&json.err).unwrap();
    assert_eq!((json["summary"]["scored"].as_u64(), json["summary"]["matches"].as_u64()), (Some(3), Some(2)));
}

#[test]
fn what_cannot_be_scored_or_learned_from_is_said() {
    let folder = Folder::new();
    products(&folder);
    let train = |pairs: &str| {
        folder.write("p.csv", pairs);
        folder.run("train --left a.csv --right b.csv --pairs p.csv --left-id key --quiet -o m.json")
    };
    train("ltable_id,rtable_id,label\n").failed(2, &["p.csv", "no pairs"]);
    train("ltable_id,rtable_id,label\na1,b1,1\n").failed(2, &["every pair is a match", "label 0"]);
    train("ltable_id,rtable_id,label\na1,b2,0\n").failed(2, &["no pair is a match"]);
    train("ltable_id,rtable_id,label\na1,zz,0\n").failed(2, &["no pair of known ids"]);
    train("ltable_id,rtable_id,label\na1,b1,1\na2,b1,2\n").failed(2, &["line 3", "field \"label\"", "\"2\""]);
    train("ltable_id,rtable_id\na1,b1\n").failed(2, &["no column \"label\"; the columns are: ltable_id, rtable_id"]);
    train("l,r,label\na1,b1,1\n").failed(2, &["--left-key", "l, r, label"]);
    assert!(!folder.path("m.json").exists());
    folder.run("train").failed(2, &["--left"]);
    folder
        .run("train --left a.csv --right b.csv --pairs train.csv --left-id key --on tilte -o m.json")
        .failed(2, &["tilte", "title"]);
    folder.run(&format!("{SCORE} --on title --left-key nope")).failed(2, &["\"nope\"", "ltable_id"]);
    folder.run(&format!("{SCORE} --on title -o out.xyz")).failed(2, &["out.xyz"]);
    folder.run("score --left a.csv --right b.csv --pairs valid.csv").failed(2, &["--on"]);
}

#[test]
fn public_pairs_are_learned() {
    let Some(data) = std::env::var_os("COGNATE_DATA") else {
        println!("skipped: COGNATE_DATA is not set");
        return;
    };
    let folder = Folder::new();
    for (set, least) in [("fodors_zagats", 0.98), ("itunes_amazon", 0.9), ("amazon_google", 0.62)] {
        let path = |file: &str| format!("{}/er_magellan/{set}/{file}", data.to_string_lossy());
        let tables = format!("--left {} --right {}", path("tableA.csv"), path("tableB.csv"));
        let on = if set == "fodors_zagats" { "--on name --on addr --on city --on phone --on type" } else { "" };
        let (train, valid) = (path("train.csv"), path("valid.csv"));
        folder.run(&format!("train {tables} --pairs {train} --valid {valid} {on} -o {set}.json")).found();
        let scored = folder.run(&format!("score --model {set}.json {tables} --pairs {valid} -q")).found();
        let fourth: String =
            scored.out.lines().map(|line| line.replacen(',', ",,", 3).replacen(",,", ",", 2) + "\n").collect();
        let f1 = f1(&Ran { out: fourth, ..scored });
        assert!(f1 >= least, "{set}: {f1}");
    }
}

#[test]
fn the_share_of_matches_is_that_of_the_given_pairs() {
    let folder = Folder::new();
    let names: Vec<(String, String)> = program::names_and_typos(400);
    let table = |of: fn(&(String, String)) -> &String| {
        let rows: String = names.iter().enumerate().map(|(row, pair)| format!("{row},\"{}\"\n", of(pair))).collect();
        format!("id,name\n{rows}")
    };
    folder.write("a.csv", table(|pair| &pair.0));
    folder.write("b.csv", table(|pair| &pair.1));
    let share = |step: usize, more: &str| {
        // One pair in `step` is a match.
        let row = |row: usize| format!("{},{}\n", row, if row.is_multiple_of(step) { row } else { (row + 7) % 400 });
        let rows: String = (0..400).map(row).collect();
        folder.write("pairs.csv", format!("ltable_id,rtable_id\n{rows}"));
        let ran = folder.run(&format!("score --left a.csv --right b.csv --pairs pairs.csv --json {more}")).found();
        let summary: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
        summary["summary"]["share"]["share"].as_f64().unwrap()
    };
    let [half, few, stated] = [share(2, ""), share(20, ""), share(20, "--prior-share 0.3")];
    assert!((0.4..0.6).contains(&half) && (0.02..0.12).contains(&few) && stated == 0.3, "{half} {few} {stated}");
}
