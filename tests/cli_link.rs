//! `cognate link` as a user runs it: rows, joins, assignments, columns, formats, summaries.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use program::{Folder, golden, names_and_typos};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Every candidate is a link, whatever the weights of the shipped model.
const ALL: &str = "--min-weight=-2000";

fn pairs(text: &[(&str, &str)]) -> Vec<(String, String)> {
    text.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned())).collect()
}

#[test]
fn two_tables_are_linked() {
    let folder = Folder::with_tables();
    let ran = folder.run("link left.csv right.csv --on name --with name --with left.city --assign best-left").found();
    golden("link.csv", &ran.out);
    assert_eq!(ran.pairs(), pairs(&[("1", "a"), ("2", "b"), ("3", "c")]));
    let ran = folder.run("link left.csv right.csv --on name --with country --assign best-left --format jsonl").found();
    golden("link.jsonl", &ran.out);
    for line in ran.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(row["match_weight"].is_f64() && row["probability"].is_f64() && row["right_country"].is_string());
    }
}

#[test]
fn the_output_goes_where_it_is_sent() {
    let folder = Folder::with_tables();
    let csv = folder.run("link left.csv right.csv --on name --quiet").found();
    for file in ["links.csv", "links.tsv.gz", "links.jsonl.zst", "links.parquet"] {
        let ran = folder.run(&format!("link left.csv right.csv --on name --with name -o {file}")).found();
        assert_eq!(ran.out, "");
        // What was written can be read: the file is a table with the columns that were promised.
        let again =
            folder.run(&format!("link {file} {file} --on left_name --left-id left_id --right-id left_id --dry-run"));
        assert!(again.code < 2, "{file}: {}", again.err);
    }
    folder.run("link left.csv right.csv --on name --quiet -o links.csv").found();
    assert_eq!(folder.read("links.csv"), csv.out);
    assert!(folder.names().iter().all(|name| !name.starts_with('.')), "{:?}", folder.names());
}

#[test]
fn joins_choose_the_rows() {
    let folder = Folder::with_tables();
    let link = |join: &str| folder.run(&format!("link left.csv right.csv --assign one-to-one --quiet --join {join}"));
    let inner = [("1", "a"), ("2", "b"), ("3", "c")];
    assert_eq!(link("inner").found().pairs(), pairs(&inner));
    assert_eq!(link("left").found().pairs(), pairs(&inner));
    assert_eq!(link("right").found().pairs(), pairs(&[&inner[..], &[("", "d")]].concat()));
    assert_eq!(link("full").found().pairs(), pairs(&[&inner[..], &[("", "d")]].concat()));
    assert_eq!(link("semi").found().pairs(), pairs(&[("1", ""), ("2", ""), ("3", "")]));
    assert_eq!(link("anti").found().pairs(), pairs(&[]));
    let anti = folder.run("link right.csv left.csv --assign one-to-one --join anti --with name --quiet").found();
    assert_eq!(anti.lines()[1..], ["d,,,,Omicron Shipping,"]);
}

#[test]
fn assignments_choose_the_links() {
    let folder = Folder::new();
    folder.write("l.csv", "id,name\n1,Acme Holding\n2,Acme Holdings\n");
    folder.write("r.csv", "id,name\na,Acme Holding\nb,Acme Holdings\nc,Acme Group\n");
    let link = |more: &str| {
        let mut pairs = folder.run(&format!("link l.csv r.csv --quiet {ALL} {more}")).found().pairs();
        pairs.sort();
        pairs
    };
    assert_eq!(link("--assign many").len(), 6);
    assert_eq!(link("--assign many --top 1").len(), 2);
    assert_eq!(link("--assign best-left"), pairs(&[("1", "a"), ("2", "b")]));
    assert_eq!(link("--assign best-right").len(), 3);
    assert_eq!(link("--assign one-to-one"), pairs(&[("1", "a"), ("2", "b")]));
}

#[test]
fn nothing_found_is_exit_code_1() {
    let folder = Folder::new();
    folder.write("l.csv", "id,name\n1,Acme\n");
    folder.write("r.csv", "id,name\na,Xylophon\n");
    let ran = folder.run("link l.csv r.csv").with_code(1);
    assert_eq!(ran.out, "left_id,right_id,match_weight,probability\n");
    assert_eq!(folder.run("link l.csv l.csv --min-weight 2147").with_code(1).out, ran.out);
}

#[test]
fn thresholds_are_probabilities_or_bits() {
    let folder = Folder::with_tables();
    let weights = |more: &str| -> Vec<f64> {
        let ran = folder.run(&format!("link left.csv right.csv --quiet {more}"));
        ran.lines().iter().skip(1).filter_map(|line| line.split(',').nth(2)?.parse().ok()).collect()
    };
    let mut all = weights(ALL);
    all.sort_by(f64::total_cmp);
    assert!(all.len() >= 3);
    let (least, most) = (all[0], all[all.len() - 1]);
    assert!(least < most);
    assert_eq!(weights(&format!("--min-weight={most}")).len(), all.iter().filter(|weight| **weight == most).count());
    let between = 1.0 / (1.0 + (-(least + most) / 2.0).exp2());
    let kept = weights(&format!("--threshold {between}"));
    assert!(!kept.is_empty() && kept.len() < all.len() && kept.iter().all(|weight| *weight > least));
}

#[test]
fn thresholds_are_picked_by_what_is_expected_of_the_links() {
    let folder = Folder::with_tables();
    let summary = |flags: &str| {
        let ran = folder.run(&format!("link left.csv right.csv --json -o l.csv {flags}"));
        serde_json::from_str::<serde_json::Value>(ran.err.lines().last().unwrap()).unwrap()
    };
    let number = |summary: &serde_json::Value, field: &str| summary["summary"][field].as_f64().unwrap();
    for flags in ["", "--assign best-left", "--assign one-to-one", "--precision 0.9", "--f-beta 2 --assign best-right"]
    {
        let summary = summary(flags);
        let (right, wrong) = (number(&summary, "true_links"), number(&summary, "false_links"));
        assert!((right + wrong - number(&summary, "links")).abs() < 1e-9, "{flags}");
        assert!(right <= number(&summary, "expected_matches") + 1e-3, "{flags}: {summary}");
        if flags.starts_with("--precision") {
            assert!(right >= 0.9 * (right + wrong) && summary["aim"]["precision"] == 0.9);
        }
    }
    let stated = summary("--prior-share 0.5");
    assert_eq!((number(&stated, "share"), number(&stated, "sampled_pairs")), (0.5, 0.0));
    assert!(number(&summary("--prior-share 0.001"), "true_links") < number(&stated, "true_links"));
    for wrong in [
        "--precision 2",
        "--f-beta 0",
        "--prior-share 1",
        "--precision 0.9 --threshold 0.5",
        "--f-beta 1 --precision 0.5",
    ] {
        folder.run(&format!("link left.csv right.csv {wrong}")).with_code(2);
    }
}

#[test]
fn columns_may_be_called_differently_and_be_several() {
    let folder = Folder::new();
    folder.write("l.csv", "key,company,town\n1,Acme,Berlin\n2,Acme,Oslo\n");
    folder.write("r.jsonl", "{\"k\": 7, \"vendor\": \"Acme\", \"place\": {\"city\": \"Oslo\"}}\n");
    let run = |more: &str| {
        folder.run(&format!("link l.csv r.jsonl --on company=vendor {more} --left-id key --right-id k {ALL} --quiet"))
    };
    assert_eq!(run("").found().pairs().len(), 2);
    let ran = run("--on town=place --assign best-right --with right.place --with left.town").found();
    assert_eq!(ran.lines()[0], "left_id,right_id,match_weight,probability,right_place,left_town");
    assert!(ran.lines()[1].starts_with("2,7,") && ran.lines()[1].ends_with(",Oslo,Oslo"), "{}", ran.out);
}

#[test]
fn a_file_is_linked_to_itself() {
    let folder = Folder::new();
    folder.write("all.csv", "id,name\nx,Acme Ltd\nb,Zeta Bank\na,ACME Limited\n");
    for other in ["all.csv", "./all.csv"] {
        let ran = folder.run(&format!("link all.csv {other} --on name --with name --with right.id")).found();
        assert_eq!(ran.pairs(), pairs(&[("a", "x")]));
        // The column id is there already, as left_id and right_id.
        assert_eq!(ran.lines()[0], "left_id,right_id,match_weight,probability,left_name,right_name");
        assert!(ran.lines()[1].ends_with(",ACME Limited,Acme Ltd"), "{}", ran.out);
        assert_eq!(ran.err.matches("3 rows").count(), 1, "{}", ran.err);
    }
}

#[test]
fn the_compared_column_may_be_left_out() {
    let folder = Folder::with_tables();
    let ran = folder.run("link left.csv right.csv").found();
    assert!(ran.err.starts_with("comparing the column \"name\" of both files"), "{}", ran.err);
    folder.write("other.csv", "id,title\n1,Acme\n");
    let ran = folder.run("link left.csv other.csv");
    ran.failed(2, &["--on", "left.csv (id, name, city)", "other.csv (id, title)"]);
    let ran = folder.run_args(&["link", "-", "right.csv", "--quiet", "--on", "name"], "name\nacme\n").found();
    assert_eq!(ran.pairs(), pairs(&[("1", "a")]));
    folder.run("link - right.csv").failed(2, &["--on"]);
    folder.run("link - -").failed(2, &["standard input"]);
}

#[test]
fn the_summary_is_for_people_or_for_programs() {
    let folder = Folder::with_tables();
    folder.write("left.csv", folder.read("left.csv") + "4\n5,,\n");
    let ran = folder.run("link left.csv right.csv --on name").found();
    let text = [
        "left.csv: 5 rows, 1 rejected",
        "left.csv, line 5: 1 values, but",
        "right.csv: 4 rows",
        "keys",
        " link",
        " s, ",
    ];
    for part in text {
        assert!(ran.err.contains(part), "no {part:?} in {}", ran.err);
    }
    let json = folder.run("link left.csv right.csv --json").found();
    assert_eq!(json.err.lines().count(), 1);
    let summary: serde_json::Value = serde_json::from_str(&json.err).unwrap();
    assert_eq!(summary["files"]["left"]["rejected"], 1);
    assert_eq!(summary["files"]["left"]["first_rejects"][0]["line"], 5);
    assert_eq!(summary["summary"]["links"], json.lines().len() - 1);
    assert!(summary["summary"]["usage"]["seconds"].is_f64());
    let quiet = folder.run("link left.csv right.csv --quiet").found();
    assert_eq!((quiet.err.as_str(), &quiet.out), ("", &json.out));
}

#[test]
fn a_dry_run_counts_pairs_and_writes_nothing() {
    let folder = Folder::with_tables();
    let ran = folder.run("link left.csv right.csv --dry-run -o links.csv").found();
    assert!(ran.err.contains("pairs would be compared"), "{}", ran.err);
    assert_eq!((ran.out.as_str(), folder.path("links.csv").exists()), ("", false));
}

#[test]
fn too_common_keys_are_named() {
    let folder = Folder::new();
    let rows: String = (0..1500).map(|row| format!("{row},Acme\n")).collect();
    folder.write("a.csv", format!("id,name\n{rows}"));
    let ran = folder.run("link a.csv a.csv --dry-run");
    assert!(ran.err.contains("dropped as too common: ") && ran.err.contains("\"acme\""), "{}", ran.err);
}

#[test]
fn settings_come_from_a_file_too() {
    let folder = Folder::with_tables();
    folder.write("c.toml", "kind = \"record\"\n[limits]\nrejects = 0\n");
    folder.run("link left.csv right.csv --on name --config c.toml").found();
    folder.write("left.csv", folder.read("left.csv") + "4\n");
    folder.run("link left.csv right.csv --on name --config c.toml").failed(3, &["1 rows rejected", "left.csv, line 5"]);
    folder.run("link left.csv right.csv --on name --config c.toml --max-rejects 1").found();
    folder.run("link left.csv right.csv --on name --max-rejects 0").failed(3, &["--max-rejects"]);
    folder.write("c.toml", "\nknid = \"record\"\n");
    folder.run("link left.csv right.csv --on name --config c.toml").failed(2, &["c.toml, line 2", "knid"]);
    folder.run("link left.csv right.csv --on name --config d.toml").failed(7, &["d.toml"]);
    // Of "Procter & Gamble Co." and "Procter and Gamble Company", on the left with a typo, only the beginning is compared.
    folder.write("left.csv", "id,name\n2,Procter & Gmable Co.\n");
    let level = |more: &str| {
        let asked = format!("explain 2 b --left left.csv --right right.csv --on name {more}");
        let explained = folder.run(&asked).found();
        let line = explained.lines().into_iter().find(|line| line.starts_with("jaro_winkler ")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    folder.write("c.toml", "[limits]\ncompared_bytes = 8\n");
    assert_eq!([level(""), level("--config c.toml")], ["≥0.980", "1"]);
}

#[test]
fn a_model_of_ones_own_is_checked() {
    let folder = Folder::with_tables();
    folder.write("m.json", "{\"format\": 99}");
    folder.run("link left.csv right.csv --model m.json").failed(4, &["m.json", "format 99"]);
    folder.write("m.json", "nonsense");
    folder.run("link left.csv right.csv --model m.json").failed(2, &["m.json", "not a model"]);
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/data/models/organization.json");
    fs::copy(shipped, folder.path("m.json")).unwrap();
    let (own, usual) = ("link left.csv right.csv --model m.json", "link left.csv right.csv");
    assert_eq!(folder.run(own).found().out, folder.run(usual).found().out);
}

#[test]
fn the_output_does_not_depend_on_threads_or_the_order_of_rows() {
    let folder = Folder::new();
    let names = names_and_typos(600);
    let table = |rows: &mut dyn Iterator<Item = (usize, &String)>| -> String {
        rows.fold("id,name\n".to_owned(), |text, (id, name)| format!("{text}{id},{name}\n"))
    };
    folder.write("l.csv", table(&mut names.iter().map(|(name, _)| name).enumerate()));
    folder.write("r.csv", table(&mut names.iter().map(|(_, typo)| typo).enumerate()));
    folder.write("l2.csv", table(&mut names.iter().map(|(name, _)| name).enumerate().rev()));
    folder.write("r2.csv", table(&mut (0..600).map(|n| n * 7 % 600).map(|n| (n, &names[n].1))));
    for assignment in ["many", "best-left", "best-right", "one-to-one"] {
        let link = |files: &str, threads: u8| {
            folder
                .run(&format!("link {files} --quiet --assign {assignment} --threads {threads} --with name"))
                .found()
                .out
        };
        let once = link("l.csv r.csv", 1);
        assert!(once.lines().count() > 100);
        for threads in [2, 8] {
            assert!(once == link("l.csv r.csv", threads), "{assignment}, {threads} threads");
        }
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert!(sorted(&once) == sorted(&link("l2.csv r2.csv", 2)), "{assignment}, shuffled");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::new();
    let rows: String =
        names_and_typos(4000).iter().enumerate().map(|(id, (name, _))| format!("{id},{name}\n")).collect();
    folder.write("a.csv", format!("id,name\n{rows}"));
    folder.write("b.csv", "id,name\n1,Nothing alike\n");
    let mut child = Command::new(env!("CARGO_BIN_EXE_cognate"))
        .args(["link", "a.csv", "b.csv", "--join", "full", "--with", "name", "--quiet"])
        .current_dir(folder.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("left_id,"));
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once() {
    let folder = Folder::with_tables();
    assert!(Command::new("mkfifo").arg(folder.path("pipe.csv")).status().unwrap().success());
    let (pipe, content) = (folder.path("pipe.csv"), folder.read("left.csv"));
    let writer = std::thread::spawn(move || fs::write(pipe, content));
    let ran = folder.run("link pipe.csv right.csv --on name --quiet").found();
    writer.join().unwrap().unwrap();
    assert_eq!(ran.out, folder.run("link left.csv right.csv --on name --quiet").found().out);
}
