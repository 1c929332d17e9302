//! `cognate alias` as a user runs it: evidence in, a table made of it, what it shows, evidence out again.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use cognate::pipeline::aliases::table::{open_aliases, open_kept};
use cognate::store::{Journal, Store};
use program::{Folder, golden};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const IMPORT: &str = "alias import profiles.csv --store s --name employer --source profile --count people --when seen";

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A folder with the two example files of evidence.
fn with_examples() -> Folder {
    let folder = Folder::new();
    for name in ["profiles.csv", "names.jsonl"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/examples").join(name);
        folder.write(name, fs::read(path).unwrap());
    }
    folder
}

/// The same with the evidence in the store `s`.
fn with_evidence() -> Folder {
    let folder = with_examples();
    folder.run(IMPORT).found();
    folder.run("alias import names.jsonl --store s --directory").found();
    folder
}

fn table(folder: &Folder) -> Vec<u8> {
    fs::read(folder.path("s/aliases/table")).unwrap()
}

/// The state of the table as `alias list` tells it.
fn state(folder: &Folder) -> String {
    let list = parsed(&folder.run("alias list --store s --json").found().out);
    list["table"]["state"].as_str().unwrap().to_owned()
}

#[test]
fn evidence_comes_in_is_built_shown_and_taken_back() {
    let folder = with_examples();
    assert_eq!(folder.run(IMPORT).found().out, "profiles: 20 added, 0 changed, 0 unchanged; 20 rows of evidence now\n");
    assert_eq!(state(&folder), "missing");
    folder.run("alias show IBM --store s").failed(2, &["cognate alias build --store s"]);
    folder.run("alias build --store s").found();
    assert_eq!(state(&folder), "fresh");
    folder.run("alias import names.jsonl --store s --directory --provenance directory").found();
    assert_eq!(state(&folder), "stale");
    let shown = folder.run("alias show IBM --store s").found();
    assert!(shown.err.contains("the evidence has changed"), "{}", shown.err);
    let built = parsed(&folder.run("alias build --store s --json").found().out);
    assert_eq!((&built["names"], &built["components"], &built["reclustered"]), (&json!(22), &json!(5), &json!(3)));
    golden("alias_list.txt", &folder.run("alias list --store s").found().out);
    golden("alias_info.txt", &folder.run("store info --store s").found().out);
    assert!(open_aliases(&folder.path("s")).unwrap().find("房利美").is_some());
    assert_eq!(
        folder.run("alias remove --store s --provenance directory").found().out,
        "directory: 13 rows of evidence removed\n"
    );
    assert!(open_kept(&folder.path("s")).unwrap().meta.is_stale(&folder.path("s")).unwrap());
    folder.run("alias build --store s").found();
    assert!(open_aliases(&folder.path("s")).unwrap().find("房利美").is_none());
    folder.run("alias remove --store s --provenance directory").failed(2, &["\"directory\"", "\"profiles\""]);
    folder.run("store verify --store s").found();
}

#[test]
fn the_same_file_again_changes_nothing_and_provenances_add_up() {
    let folder = with_evidence();
    folder.run("alias build --store s").found();
    let before = table(&folder);
    assert_eq!(folder.run(IMPORT).found().out, "profiles: 0 added, 0 changed, 20 unchanged; 20 rows of evidence now\n");
    assert_eq!(state(&folder), "fresh");
    folder.run("alias build --store s").found();
    assert_eq!(table(&folder), before);
    let uses = |folder: &Folder| parsed(&folder.run("alias show FHLMC --store s --json").found().out)["uses"].clone();
    assert_eq!(uses(&folder), 4);
    folder.run(&format!("{IMPORT} --provenance again")).found();
    folder.run("alias build --store s").found();
    assert_eq!(uses(&folder), 8);
}

#[test]
fn adding_and_then_removing_evidence_gives_the_table_back_byte_for_byte() {
    let folder = with_evidence();
    folder.write("more.tsv", "name\turl\nIBM\tmeta.com\nMeta\tmeta.com\nNew Name\tibm\nAnother\tnowhere\n");
    for reading in ["match", "markov", "communities", "communities-barber", "walk"] {
        folder.run(&format!("alias build --store s --reading {reading}")).found();
        let before = table(&folder);
        folder.run("alias import more.tsv --store s --name name --source url").found();
        folder.run(&format!("alias build --store s --reading {reading}")).found();
        assert_ne!(table(&folder), before);
        folder.run("alias remove --store s --provenance more").found();
        assert_eq!(state(&folder), "stale");
        folder.run(&format!("alias build --store s --reading {reading}")).found();
        assert_eq!(table(&folder), before, "{reading}");
        fs::remove_file(folder.path("s/aliases/table")).unwrap();
        folder.run(&format!("alias build --store s --reading {reading}")).found();
        assert_eq!(table(&folder), before, "{reading} from nothing");
    }
}

#[test]
fn a_damaged_table_and_one_of_another_version_are_refused_and_built_again() {
    let folder = with_evidence();
    folder.run("alias build --store s").found();
    let whole = table(&folder);
    let path = folder.path("s/aliases/table");
    let refused = |bytes: &[u8], part: &str| {
        fs::write(&path, bytes).unwrap();
        folder.run("alias show IBM --store s").failed(4, &["s/aliases/table", part, "cognate alias build"]);
        assert_eq!(state(&folder), "unusable");
    };
    for at in [0, 9, 13, 21, 30, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x20;
        refused(&flipped, "damaged");
    }
    refused(&whole[..whole.len() - 3], "damaged");
    refused(b"", "damaged");
    let mut other = whole.clone();
    other[8] = 99;
    let mut sum = crc32fast::Hasher::new();
    sum.update(&other[..20]);
    sum.update(&other[24..]);
    other[20..24].copy_from_slice(&sum.finalize().to_le_bytes());
    refused(&other, "format 99, but this program reads 1");
    folder.run("alias build --store s").found();
    assert_eq!(table(&folder), whole);
}

#[test]
fn bad_rows_are_counted_and_told() {
    let folder = Folder::new();
    folder.write("e.csv", "name,url,n\nAcme,a,2\n,a,1\nAcme,,1\nAcme,a,0\nAcme,a,-3\nAcme,a,1.5\nAcme,a,3\nshort\n");
    let import = "alias import e.csv --store s --name name --source url --count n";
    let ran = folder.run(import).found();
    assert_eq!(ran.out, "e: 1 added, 0 changed, 0 unchanged; 1 row of evidence now\n");
    golden("alias_rejects.txt", &ran.err);
    let told = parsed(&folder.run(&format!("{import} --json --quiet")).found().out);
    assert_eq!((&told["unchanged"], &told["file"]["rejected"]), (&json!(1), &json!(6)));
    folder.run(&format!("{import} --max-rejects 2")).failed(3, &["3 rows rejected", "e.csv, line 3"]);
    folder.run("alias import e.csv --store s --name nmae --source url").failed(2, &["nmae", "name, url, n"]);
    folder.run("alias import e.csv --store s --name name --source ulr").failed(2, &["ulr", "name, url, n"]);
    folder.run("alias import e.csv --store s --name name").failed(2, &["--source"]);
    folder.run("alias import - --store s --name name --source url").failed(2, &["--provenance"]);
    folder.run("alias import nowhere.csv --store new --name name --source url").failed(7, &["nowhere.csv"]);
    folder.write("d.jsonl", "{\"id\":\"x\",\"title\":\"Acme\"}\n");
    folder.run("alias import d.jsonl --store new --directory").failed(2, &["\"names\"", "title"]);
    assert!(!folder.path("new").exists());
}

#[test]
fn what_is_shown_of_names() {
    let folder = with_evidence();
    folder.run("alias build --store s").found();
    golden("alias_show.txt", &folder.run_args(&["alias", "show", "fannie  MAE", "--store", "s"], "").found().out);
    golden("alias_show.json", &folder.run("alias show FHLMC --store s --json").found().out);
    let with = |left: &str, right: &str| {
        folder.run_args(&["alias", "show", left, "--store", "s", "--with", right], "").found().out
    };
    golden("alias_with.txt", &[with("FNMA", "Fannie Mae"), with("FNMA", "FHLMC"), with("ABC", "Meta")].join("\n"));
    golden("alias_show.dot", &folder.run("alias show FNMA --store s --dot").found().out);
    folder.run("alias show FNMA --store s --with FHLMC --html -o page.html").found();
    golden("alias_show.html", &folder.read("page.html"));
    let unknown = folder.run_args(&["alias", "show", "Fanny Mae", "--store", "s"], "").with_code(1);
    assert!(unknown.out.is_empty() && unknown.err.contains("is not among") && unknown.err.contains("  Fannie Mae\n"));
    let unknown = folder.run("alias show IBM --store s --with Qqqq --json").with_code(1);
    assert_eq!(parsed(&unknown.out), json!({"name": "Qqqq", "known": false, "nearest": []}));
    let one = folder.run("alias show Facebook --store s --top 1").found();
    assert!(one.out.contains("and 3 more; raise --top"), "{}", one.out);
}

#[test]
fn a_directory_is_shown_without_a_store() {
    let folder = with_examples();
    for reading in ["match", "walk", "markov"] {
        let ran = folder.run(&format!("alias show 房利美 --aliases names.jsonl --reading {reading}")).found();
        assert!(ran.out.contains("  FNMA\n          房利美 -1-> fannie-mae <-1- FNMA"), "{}", ran.out);
    }
    folder.run("alias show x").failed(2, &["--store"]);
    folder.run("alias show x --store s --aliases names.jsonl").failed(2, &["--aliases"]);
    folder.run("alias show x --store nowhere").failed(2, &["no store here"]);
}

#[test]
fn dates_and_judgements_can_be_left_out() {
    let folder = with_evidence();
    let names = |more: &str| {
        let ran = folder.run(&format!("alias build --store s --json {more}"));
        let names = parsed(&ran.out)["names"].as_u64().unwrap();
        assert_eq!((ran.code, state(&folder).as_str()), (i32::from(names == 0), "fresh"));
        names
    };
    assert_eq!(names(""), 22);
    folder.run("alias remove --store s --provenance names").found();
    assert_eq!((names(""), names("--until 2020"), names("--until 2018")), (18, 3, 0));
    let journal = Journal::at(folder.path("s/journal/judgements.jsonl"));
    let same = json!({"left": "7", "right": "3", "verdict": "same", "left_name": "Zeta", "right_name": "Zeta Bank"});
    journal.append(&same).unwrap();
    assert_eq!(names("--no-judgements"), 18);
    assert_eq!(names(""), 20);
    let shown = parsed(&folder.run("alias show zeta --store s --json").found().out);
    assert_eq!(shown["sources"], json!([{"source": "judgement:3", "uses": 1}]));
    assert_eq!(shown["aliases"][0]["name"], "Zeta Bank");
    journal.append(&json!({"left": "3", "right": "7", "verdict": "different"})).unwrap();
    assert_eq!(state(&folder), "stale");
    assert_eq!(names(""), 18);
}

#[test]
fn evidence_is_read_in_every_format() {
    let folder = Folder::new();
    folder.write("e.csv", "id,who,url,n\n1,Acme,a,3\n2,ACM,a,1\n");
    folder.run("import e.csv --store records --dataset e --name who").found();
    for file in ["e.csv", "e.tsv", "e.jsonl", "e.jsonl.gz", "e.csv.zst", "e.parquet"] {
        folder.run(&format!("store export --store records -o {file}")).found();
        let import = format!("alias import {file} --store s --name who --source url --count n");
        assert!(folder.run(&import).found().out.starts_with("e: "), "{file}");
        folder.run(&format!("{import} --provenance {file}")).found();
        let list = parsed(&folder.run("alias list --store s --json").found().out);
        assert_eq!(list["provenances"][0], json!({"provenance": "e", "rows": 2, "names": 2, "sources": 1}), "{file}");
    }
    folder.run("alias build --store s").found();
    let shown = parsed(&folder.run("alias show Acme --store s --json").found().out);
    assert_eq!(shown["uses"], 21);
}

#[test]
fn what_a_killed_build_left_behind_is_removed() {
    let folder = with_evidence();
    folder.run("alias build --store s").found();
    folder.write("s/aliases/.table.1-0.tmp", "half a table");
    folder.run("alias build --store s").found();
    assert_eq!(fs::read_dir(folder.path("s/aliases")).unwrap().count(), 1);
}

#[test]
fn evidence_is_no_dataset_of_records() {
    let folder = with_evidence();
    folder.run("store export --store s").failed(2, &["no dataset yet"]);
    folder.run("lookup IBM --store s").failed(2, &["no dataset yet"]);
    folder.write("firms.csv", "id,name\n1,IBM\n");
    folder.run("import firms.csv --store s --dataset firms").found();
    assert!(folder.run("lookup IBM --store s").found().out.contains("IBM"));
    assert_eq!(folder.run("store export --store s").found().out.lines().count(), 1);
    folder.run("store export --store s --dataset alias:x").failed(2, &["--dataset", "a-z"]);
    folder.run("store export --store s --dataset other").failed(2, &["there are: firms"]);
}

#[test]
fn the_table_is_read_while_the_store_is_in_use() {
    let folder = with_evidence();
    folder.run("alias build --store s").found();
    let store = Store::open(&folder.path("s")).unwrap();
    let kept = open_kept(&folder.path("s")).unwrap();
    assert!(kept.table.find("ibm").is_some() && !kept.meta.is_stale(&folder.path("s")).unwrap());
    folder.run("alias build --store s").failed(5, &["in use"]);
    folder.run(IMPORT).failed(5, &["in use"]);
    drop(store);
    assert!(open_aliases(&folder.path("profiles.csv")).is_err());
}

#[test]
fn hostile_names_are_rejected_or_shown_as_text() {
    let folder = Folder::new();
    let mut bytes = b"name,url\nAcme,a\n".to_vec();
    bytes.extend(std::iter::repeat_n(b'x', 10_000_000));
    bytes.extend_from_slice(b",a\nN\0L,a\n\xff\xfe,a\n<script>alert(1)</script>,\"a\"\"><b>\"\n");
    bytes.extend_from_slice("A\u{1b}[31m\u{202e}B,a\n???,a\n".as_bytes());
    folder.write("e.csv", &bytes);
    let ran = folder.run("alias import e.csv --store s --name name --source url --provenance <i>\u{7}</i>").found();
    assert!(ran.out.contains("4 added") && ran.err.contains("3 rejected"), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains('\u{7}'));
    let built = folder.run("alias build --store s").found();
    assert!(built.out.contains("1 row left out, whose names have no letter or digit"), "{}", built.out);
    let page = folder.run_args(&["alias", "show", "Acme", "--store", "s", "--html"], "").found().out;
    assert!(!page.contains('\u{1b}') && page.contains("[31m"), "{page}");
    let page = folder.run_args(&["alias", "show", "script alert 1 script", "--store", "s", "--html"], "").found().out;
    assert!(!page.contains("<script") && !page.contains("<b>") && page.contains("&lt;script&gt;alert(1)"), "{page}");
    let dot = folder.run_args(&["alias", "show", "script alert 1 script", "--store", "s", "--dot"], "").found().out;
    assert!(dot.contains("\"a\\\"><b>\""), "{dot}");
    let long = "long name ".repeat(10_000);
    folder.run_args(&["alias", "show", &long, "--store", "s"], "").with_code(1);
    folder.run_args(&["alias", "show", "", "--store", "s"], "").with_code(1);
    for name in ["?", "\u{200b}", "🙂", "'"] {
        let ran = folder.run_args(&["alias", "show", name, "--store", "s"], "");
        assert!(ran.code < 2, "{name}: {}", ran.err);
    }
}
