//! What breaks other programs: broken, huge and senseless files, through the real program.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use program::Folder;

/// Links `file`, whose id column and name are good apart from what was broken, with a good table.
fn link(folder: &Folder, file: &str) -> program::Ran {
    folder.run(&format!("link {file} right.csv --on name --json --min-weight=-2000"))
}

/// The rejects of the left file: their number, and the reasons with their lines.
fn rejects(ran: &program::Ran) -> (u64, Vec<String>) {
    let summary: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    let left = &summary["files"]["left"];
    let reason = |reject: &serde_json::Value| format!("{}: {}", reject["line"], reject["reason"].as_str().unwrap());
    (left["rejected"].as_u64().unwrap(), left["first_rejects"].as_array().unwrap().iter().map(reason).collect())
}

#[track_caller]
fn rejected(content: impl AsRef<[u8]>, file: &str, reasons: &[&str]) {
    let folder = Folder::with_tables();
    folder.write(file, content);
    let ran = link(&folder, file).found();
    assert!(ran.out.contains("\ngood,a,"), "{}", ran.out);
    let (count, found) = rejects(&ran);
    assert_eq!(count, reasons.len() as u64, "{found:?}");
    for (found, reason) in found.iter().zip(reasons) {
        assert!(found.contains(reason), "no {reason:?} in {found:?}");
    }
}

#[test]
fn rows_of_wrong_length() {
    rejected("id,name\n1\ngood,Acme Ltd\n2,a,b\n", "l.csv", &["2: 1 values", "4: 3 values"]);
}

#[test]
fn an_unclosed_quote_costs_one_row() {
    rejected("id,name\n1,\"Zeta\ngood,Acme Ltd\n2,Beta\n", "l.csv", &["2: a quote is opened and never closed"]);
}

#[test]
fn text_that_is_not_utf8() {
    rejected(b"id,name\n1,Z\xfcrich\ngood,Acme Ltd\n", "l.csv", &["2: not UTF-8"]);
    rejected(
        b"{\"id\":1,\"name\":\"Z\xfcrich\"}\n{\"id\":\"good\",\"name\":\"Acme Ltd\"}\n",
        "l.jsonl",
        &["1: not UTF-8"],
    );
}

#[test]
fn nul_characters() {
    rejected("id,name\n1,a\0b\ngood,Acme Ltd\n", "l.csv", &["2: a NUL character"]);
    let json = "{\"id\":1,\"name\":\"a\\u0000b\"}\n{\"id\":\"good\",\"name\":\"Acme Ltd\"}\n";
    rejected(json, "l.jsonl", &["1: a NUL character"]);
}

#[test]
fn a_field_of_ten_megabytes() {
    let long = "x".repeat(10_000_000);
    rejected(format!("id,name\n1,{long}\ngood,Acme Ltd\n"), "l.csv", &["2: a row of more than"]);
    rejected(format!("id,name\n1,{}\ngood,Acme Ltd\n", &long[..100_000]), "l.csv", &["2: a value of 100000 bytes"]);
    let json = format!("{{\"id\":1,\"name\":\"{long}\"}}\n{{\"id\":\"good\",\"name\":\"Acme Ltd\"}}\n");
    rejected(json, "l.jsonl", &["1: a row of more than"]);
}

#[test]
fn json_nested_ten_thousand_deep() {
    let deep = format!("{{\"id\":1,\"name\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    rejected(
        format!("{deep}\n{{\"id\":\"good\",\"name\":\"Acme Ltd\"}}\n"),
        "l.jsonl",
        &["1: nested more than 32 levels"],
    );
}

#[test]
fn duplicate_and_missing_ids() {
    rejected(
        "id,name\ngood,Acme Ltd\n,Beta\ngood,Gamma\n",
        "l.csv",
        &["3: no id", "4: the id stands already on line 2"],
    );
}

#[test]
fn names_that_say_nothing() {
    let folder = Folder::with_tables();
    folder.write("l.csv", "id,name\n1,\n2,...\n3,\u{200b}\n4,   \n5,🙂\n6,Ltd\n");
    let ran = link(&folder, "l.csv");
    assert!(ran.code < 2, "{}", ran.err);
    folder.write("r.csv", "id,name\n1,\n2,...\n3,\n");
    folder.run("link l.csv r.csv --join full --quiet").with_code(1);
}

#[test]
fn empty_files_and_bare_headers() {
    let folder = Folder::with_tables();
    folder.write("empty.csv", "");
    link(&folder, "empty.csv").failed(2, &["empty.csv", "empty"]);
    folder.write("empty.jsonl", "");
    let ran = link(&folder, "empty.jsonl");
    assert!((1..=2).contains(&ran.code), "{}", ran.err);
    folder.write("header.csv", "id,name\n");
    let ran = link(&folder, "header.csv").with_code(1);
    assert_eq!(ran.out, "left_id,right_id,match_weight,probability\n");
    let full = folder.run("link header.csv right.csv --join full --quiet").with_code(1);
    assert_eq!(full.out.lines().count(), 5);
    folder.write("twice.csv", "id,name,name\n1,a,b\n");
    link(&folder, "twice.csv").failed(2, &["twice.csv", "two columns are called \"name\""]);
}

#[test]
fn files_that_are_something_else() {
    let folder = Folder::with_tables();
    folder.write("l.parquet", "id,name\n1,Acme\n");
    link(&folder, "l.parquet").failed(2, &["l.parquet"]);
    folder.write("l.csv.gz", "id,name\n1,Acme\n");
    let ran = link(&folder, "l.csv.gz");
    assert!(ran.code == 2 || ran.code == 0, "{}", ran.err);
    folder.write("l.csv", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
    link(&folder, "l.csv").failed(2, &["l.csv"]);
    std::fs::create_dir(folder.path("folder.csv")).unwrap();
    link(&folder, "folder.csv").failed(7, &["folder.csv"]);
    link(&folder, "nowhere.csv").failed(7, &["nowhere.csv"]);
}

#[test]
fn a_missing_column_names_those_that_exist() {
    let folder = Folder::with_tables();
    folder.write("l.jsonl", "{\"id\": 1, \"title\": \"Acme\"}\n");
    folder.run("link left.csv right.csv --on nmae=name").failed(2, &["left.csv", "\"nmae\"", "id, name, city"]);
    folder.run("link left.csv right.csv --on name=nmae").failed(2, &["right.csv", "\"nmae\"", "id, name, country"]);
    folder.run("link left.csv right.csv --on name --left-id key").failed(2, &["left.csv", "\"key\"", "id, name, city"]);
    folder.run("link l.jsonl right.csv --on name").failed(2, &["l.jsonl", "\"name\"", "title"]);
}

#[test]
fn an_output_that_cannot_be_written_fails_before_the_work() {
    let folder = Folder::with_tables();
    folder.run("link left.csv right.csv --on name -o nowhere/links.csv").failed(7, &["nowhere/links.csv"]);
    std::fs::create_dir(folder.path("links.csv")).unwrap();
    folder.run("link left.csv right.csv --on name -o links.csv").failed(7, &["links.csv"]);
    let before = folder.names();
    folder.run("link left.csv right.csv --on nmae -o other.csv").failed(2, &["nmae"]);
    assert_eq!(folder.names(), before);
}
