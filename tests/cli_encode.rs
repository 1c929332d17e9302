//! `cognate encode`, as a user runs it.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use cognate::record::{ReadOptions, Row, read};
use program::Folder;
use serde_json::Value;
use std::fs;

/// The header and the rows of an array of 128 columns.
fn array(folder: &Folder, name: &str) -> (String, Vec<Vec<f32>>) {
    let bytes = fs::read(folder.path(name)).unwrap();
    assert_eq!(bytes[..8], *b"\x93NUMPY\x01\x00");
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert!(start.is_multiple_of(64));
    let numbers: Vec<f32> = bytes[start..].as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let header = String::from_utf8(bytes[10..start].to_vec()).unwrap();
    (header.trim_end().to_owned(), numbers.chunks(128).map(<[f32]>::to_vec).collect())
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Six rows, of which the fourth says nothing and the fifth is broken.
const NAMES: &str =
    "key,name\n7,University of Vienna\n3,Universität Wien\n9,Zeta Shipping Ltd\n4, --\n5\n6,ZETA SHIPPING\n";

#[test]
fn every_row_has_its_place_in_an_array() {
    let folder = Folder::new();
    folder.write("names.csv", NAMES);
    let ran = folder.run("encode names names.csv -o vectors.npy").found();
    assert!(ran.err.contains("names.csv: 6 rows, 1 rejected, first:\n  names.csv, line 6"), "{}", ran.err);
    assert!(ran.err.contains("5 names encoded") && ran.err.contains("; 1 without anything"), "{}", ran.err);
    let (header, rows) = array(&folder, "vectors.npy");
    assert_eq!(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 128), }");
    assert_eq!(rows.len(), 6);
    for place in [0, 1, 2, 5] {
        let length = cosine(&rows[place], &rows[place]).sqrt();
        assert!((0.98..1.02).contains(&length), "{length}");
        assert!(rows[place].iter().all(|number| (number * 256.0).fract() == 0.0));
    }
    assert!(rows[3].iter().chain(&rows[4]).all(|number| *number == 0.0));
    assert!(cosine(&rows[0], &rows[1]) > cosine(&rows[0], &rows[2]) + 0.2);
    assert!(cosine(&rows[2], &rows[5]) > 0.8);
    assert_eq!(folder.names(), ["names.csv", "vectors.npy"]);
}

#[test]
fn a_table_of_vectors_is_read_back() {
    let folder = Folder::new();
    folder.write("names.csv", NAMES);
    folder.run("encode names names.csv -o vectors.npy --quiet").found();
    let (_, rows) = array(&folder, "vectors.npy");
    for file in ["vectors.parquet", "vectors.jsonl.gz"] {
        folder.run(&format!("encode names names.csv --id key -o {file}")).found();
        let found: Vec<Value> = read(&folder.path(file), &ReadOptions::default())
            .unwrap()
            .map(|row| match row.unwrap() {
                Row::Record { record, .. } => Value::Object(record.fields),
                Row::Reject(reject) => panic!("{reject}"),
            })
            .collect();
        let ids: Vec<&str> = found.iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["7", "3", "9", "4", "6"], "{file}");
        assert_eq!(found[1]["name"], "Universität Wien");
        for (row, expected) in found.iter().zip([0, 1, 2, 3, 5]) {
            let vector: Vec<f32> =
                row["vector"].as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect();
            assert_eq!(vector, rows[expected], "{file}");
        }
    }
}

#[test]
fn the_bytes_do_not_depend_on_threads() {
    let folder = Folder::new();
    let names = program::names_and_typos(10_000);
    let lines: Vec<String> = names.iter().map(|(name, _)| format!("{name}\n")).collect();
    folder.write("names.csv", format!("company\n{}", lines.concat()));
    for ending in ["npy", "parquet"] {
        let bytes = |threads: u8| {
            let encode = "encode names names.csv --on company --threads";
            folder.run(&format!("{encode} {threads} -o {threads}.{ending}")).found();
            fs::read(folder.path(&format!("{threads}.{ending}"))).unwrap()
        };
        assert!(bytes(1) == bytes(3), "{ending}");
    }
    assert_eq!(array(&folder, "3.npy").1.len(), 10_000);
}

#[test]
fn what_cannot_be_encoded_is_told_and_nothing_is_written() {
    let folder = Folder::new();
    folder.write("names.csv", NAMES);
    folder.run("encode names names.csv --kind record -o v.npy").failed(2, &["(record)", "no name embedding"]);
    folder.run("encode names names.csv -o v.csv").failed(2, &["v.csv", ".npy, .parquet or .jsonl"]);
    folder.run("encode names names.csv -o v.npy.gz").failed(2, &["v.npy.gz"]);
    folder.run("encode names names.csv --on title -o v.npy").failed(2, &["\"title\"", "key, name"]);
    folder.run("encode names nowhere.csv -o v.npy").failed(7, &["nowhere.csv"]);
    folder.run("encode names names.csv --max-rejects 0 -o v.npy").failed(3, &["names.csv, line 6"]);
    folder.run("encode names names.csv --max-rejects 0 -o v.parquet").failed(3, &["names.csv, line 6"]);
    folder.write("empty.csv", "name\n");
    folder.run("encode names empty.csv -o empty.npy").with_code(1);
    assert!(array(&folder, "empty.npy").0.contains("'shape': (0, 128)"));
    assert_eq!(folder.names(), ["empty.csv", "empty.npy", "names.csv"]);
}

/// Five listings, the last of which is broken.
const LISTINGS: &str = "id,title,price\n1,Acme Blender 300 W red,49.90\n2,ACME blender 300W (red),$51.00\n\
    3,garden chair,20.00\n4,wooden garden chair,19.50\n5\n";

fn records(folder: &Folder, name: &str, columns: usize) -> Vec<Vec<f32>> {
    let bytes = fs::read(folder.path(name)).unwrap();
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let numbers: Vec<f32> = bytes[start..].as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    numbers.chunks(columns).map(<[f32]>::to_vec).collect()
}

#[test]
fn records_become_unit_vectors_in_the_order_of_the_rows() {
    let folder = Folder::new();
    folder.write("listings.csv", LISTINGS);
    let ran = folder.run("encode listings.csv -o vectors.npy --dims 256").found();
    assert!(ran.err.contains("5 rows, 1 rejected") && ran.err.contains("4 records encoded in 256 dim"), "{}", ran.err);
    let rows = records(&folder, "vectors.npy", 256);
    assert_eq!(rows.len(), 5);
    for row in &rows[..4] {
        assert!((cosine(row, row) - 1.0).abs() < 1e-5);
    }
    assert!(rows[4].iter().all(|number| *number == 0.0));
    assert!(cosine(&rows[0], &rows[1]) > 0.6 && cosine(&rows[0], &rows[2]) < 0.3, "{:?}", rows[0]);
    folder.run("encode listings.csv -o again.npy --dims 256 --threads 1 -q").found();
    assert_eq!(fs::read(folder.path("vectors.npy")).unwrap(), fs::read(folder.path("again.npy")).unwrap());
}

#[test]
fn fields_can_be_left_out_and_weights_kept() {
    let folder = Folder::new();
    folder.write("listings.csv", LISTINGS);
    folder.write("swapped.jsonl", "{\"price\": 20, \"title\": \"garden chair\", \"id\": \"7\"}\n");
    folder.run("encode listings.csv -o a.npy --dims 128 --exclude price --save-space space.json -q").found();
    let titles = LISTINGS.lines().map(|line| line.rsplit_once(',').map_or(line, |(before, _)| before));
    folder.write("titles.csv", titles.collect::<Vec<_>>().join("\n"));
    folder.run("encode titles.csv -o b.npy --dims 128 -q").found();
    assert_eq!(records(&folder, "a.npy", 128), records(&folder, "b.npy", 128));
    folder.run("encode swapped.jsonl -o c.jsonl --dims 128 --exclude price --space space.json -q").found();
    let line: Value = serde_json::from_str(&folder.read("c.jsonl")).unwrap();
    let vector: Vec<f32> = line["vector"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap() as f32).collect();
    assert!((cosine(&vector, &records(&folder, "a.npy", 128)[2]) - 1.0).abs() < 1e-5);
    assert_eq!(line["id"], "7");
}

#[test]
fn standard_input_is_encoded_as_a_file_is() {
    let folder = Folder::new();
    folder.write("listings.csv", LISTINGS);
    folder.run("encode listings.csv -o file.npy -q").found();
    folder.run_args(&["encode", "-", "-o", "input.npy", "-q"], LISTINGS).found();
    assert_eq!(fs::read(folder.path("file.npy")).unwrap(), fs::read(folder.path("input.npy")).unwrap());
}

#[test]
fn what_is_no_space_is_said() {
    let folder = Folder::new();
    folder.write("listings.csv", LISTINGS);
    folder.run("encode listings.csv -o v.npy --dims 100").failed(2, &["100 dimensions", "multiple of 64"]);
    folder.run("encode listings.csv -o v.csv").failed(2, &[".npy"]);
    folder.run("encode listings.csv").failed(2, &["--output"]);
    folder.write("space.json", "{}");
    folder.run("encode listings.csv -o v.npy --space space.json").failed(2, &["no weights of a space"]);
    assert!(!folder.names().contains(&"v.npy".to_owned()));
}
