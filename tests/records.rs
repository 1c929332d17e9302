//! Tables read and written: every format, every limit, damaged files.

// The lint's exception for tests does not reach the functions that tests share.
#![allow(clippy::unwrap_used)]

use cognate::config::Limits;
use cognate::error::{Error, ErrorKind};
use cognate::record::{
    Cell, Column, Destination, Format, IdFrom, ReadOptions, Record, RecordId, RejectReason, Row, TableWriter, read,
    read_all,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What a test compares: id and fields of records, line and reason of rejects.
type Rows = (Vec<(String, Value)>, Vec<(u64, RejectReason)>);

fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn rows_with(path: &Path, options: &ReadOptions) -> Result<Rows, Error> {
    let (mut records, mut rejects) = (Vec::new(), Vec::new());
    for row in read(path, options)? {
        match row? {
            Row::Record { record, .. } => records.push((record.id.to_string(), Value::Object(record.fields))),
            Row::Reject(reject) => rejects.push((reject.place.line.unwrap(), reject.reason)),
        }
    }
    Ok((records, rejects))
}

fn rows_of(name: &str, content: impl AsRef<[u8]>) -> Rows {
    let folder = TempDir::new().unwrap();
    rows_with(&file(&folder, name, content), &ReadOptions::default()).unwrap()
}

fn error_of(name: &str, content: impl AsRef<[u8]>, options: &ReadOptions) -> String {
    let folder = TempDir::new().unwrap();
    let error = rows_with(&file(&folder, name, content), options).unwrap_err().to_string();
    error.replace(&folder.path().display().to_string(), "")
}

fn from_column(name: &str) -> ReadOptions {
    ReadOptions { id: IdFrom::Column(name.to_owned()), ..ReadOptions::default() }
}

#[test]
fn csv_dialects_are_told_from_the_header() {
    let expected = vec![("7".to_owned(), json!({"id": "7", "name": "Acme, Inc; Ltd|x"}))];
    for content in [
        "id,name\n7,\"Acme, Inc; Ltd|x\"\n",
        "\u{feff}id,name\r\n7,\"Acme, Inc; Ltd|x\"\r\n",
        "id;name\n7;\"Acme, Inc; Ltd|x\"",
        "id\tname\n7\tAcme, Inc; Ltd|x",
        "id|name\n\n7|\"Acme, Inc; Ltd|x\"\n\n",
    ] {
        assert_eq!(rows_of("a.csv", content), (expected.clone(), vec![]), "{content:?}");
    }
}

#[test]
fn rows_without_an_id_column_are_numbered_rejects_included() {
    let (records, rejects) = rows_of("a.csv", "name\nAda\nx,y\n\"\"\n");
    assert_eq!(records, [("1".into(), json!({"name": "Ada"})), ("3".into(), json!({"name": ""}))]);
    assert_eq!(rejects, [(3, RejectReason::WrongFieldCount { expected: 1, found: 2 })]);
}

#[test]
fn headers_and_columns_that_cannot_be_used_are_errors() {
    let default = ReadOptions::default();
    assert_eq!(error_of("a.csv", "", &default), "/a.csv: the file is empty");
    assert_eq!(error_of("a.csv", "\u{feff}", &default), "/a.csv: the file holds only blank lines");
    assert_eq!(
        error_of("a.csv", "\nid,name,id\n", &default),
        "/a.csv, line 2: the header: two columns are called \"id\"; rename one"
    );
    assert_eq!(
        error_of("a.csv", "id,name,\n", &default),
        "/a.csv, line 1: the header: column 3 has no name; give every column one"
    );
    assert_eq!(
        error_of("a.csv", "id,name\n", &from_column("key")),
        "/a.csv: no column \"key\"; the columns are: id, name"
    );
    let wanted = ReadOptions { columns: Some(vec!["name".into(), "nmae".into()]), ..ReadOptions::default() };
    assert_eq!(error_of("a.tsv", "id\tname\n", &wanted), "/a.tsv: no column \"nmae\"; the columns are: id, name");
    assert_eq!(
        error_of("a.jsonl", "{\"id\":1,\"name\":\"Ada\",\"x\":0}\n", &wanted),
        "/a.jsonl: no column \"nmae\"; the columns are: id, name, x"
    );
    assert!(error_of("a.txt", "x", &default).contains("no format for this ending"));
    assert!(error_of("a.csv", b"\xff\xfei\0d\0", &default).contains("UTF-16"));
    assert!(error_of("a.json", "[\n{\"id\":1}\n]", &default).contains("one JSON array"));
    assert!(error_of("a.json", "{\n\"id\":1\n}", &default).contains("over several lines"));
    assert_eq!(rows_of("a.csv", "id,name\n"), (vec![], vec![]));
}

#[test]
fn only_wanted_fields_are_kept_in_the_order_of_the_file() {
    let folder = TempDir::new().unwrap();
    let options = ReadOptions { columns: Some(vec!["c".into(), "a".into()]), ..from_column("b") };
    let expected = (vec![("2".to_owned(), json!({"a": "1", "c": "3"}))], vec![]);
    let csv = file(&folder, "a.csv", "a,b,c,d\n1,2,3,4\n");
    assert_eq!(rows_with(&csv, &options).unwrap(), expected);
    let json = file(&folder, "a.jsonl", "{\"a\":\"1\",\"b\":2,\"c\":\"3\",\"d\":[4]}");
    assert_eq!(rows_with(&json, &options).unwrap(), expected);
    let record = read(&csv, &options).unwrap().next().unwrap().unwrap();
    let Row::Record { record, line: 2 } = record else { panic!("{record:?}") };
    assert_eq!(record.fields.keys().collect::<Vec<_>>(), ["a", "c"]);
}

#[test]
fn a_reject_says_the_physical_line_and_reading_goes_on() {
    let content = b"id,name\n1,\"two\nlines\"\n2\n3,\xff\n4,a\0b\n,nameless\n5,last";
    let (records, rejects) = rows_of("a.csv", content);
    assert_eq!(
        records,
        [("1".into(), json!({"id": "1", "name": "two\nlines"})), ("5".into(), json!({"id": "5", "name": "last"}))]
    );
    assert_eq!(
        rejects,
        [
            (4, RejectReason::WrongFieldCount { expected: 2, found: 1 }),
            (5, RejectReason::InvalidUtf8 { byte: 26 }),
            (6, RejectReason::Nul { byte: 31 }),
            (7, RejectReason::MissingId),
        ]
    );
    // Each value is broken, though the two are whole when they stand end to end.
    assert_eq!(rows_of("a.csv", b"id,name\n\xc3,\xa9\n").1, [(2, RejectReason::InvalidUtf8 { byte: 8 })]);
}

#[test]
fn an_open_quote_costs_one_row() {
    let (records, rejects) = rows_of("a.csv", "id,name\n1,\"open\n2,b\n3,c\n");
    assert_eq!(records.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["2", "3"]);
    assert_eq!(rejects, [(2, RejectReason::UnclosedQuote)]);

    let mut content = String::from("id,name\n1,\"open\n");
    (2..200_000).for_each(|id| content.push_str(&format!("{id},name\n")));
    let (records, rejects) = rows_of("a.csv", content);
    assert_eq!((records.len(), records[0].0.as_str()), (199_998, "2"));
    assert_eq!(rejects, [(2, RejectReason::RecordTooLong { limit: 1024 * 1024 })]);
}

#[test]
fn quotes_on_every_line_do_not_make_reading_slow() {
    let (records, rejects) = rows_of("a.csv", format!("id,name\n{}", "x\",\"\n".repeat(500_000)));
    assert_eq!((records.len(), rejects.len()), (0, 500_000));
}

#[test]
fn long_values_and_rows_are_rejected() {
    let long = "x".repeat(10_000_000);
    let (limits, limit) = (Limits::default(), Limits::default().record_bytes);
    for (name, content) in [
        ("a.csv", format!("id,name\n1,{long}\n2,b\n")),
        ("a.csv", format!("id,name\n1,\"{long}\"\n2,b\n")),
        ("a.jsonl", format!("\n{{\"id\":\"1\",\"name\":\"{long}\"}}\n{{\"id\":\"2\",\"name\":\"b\"}}")),
    ] {
        let (records, rejects) = rows_of(name, content);
        assert_eq!(records, [("2".into(), json!({"id": "2", "name": "b"}))]);
        assert_eq!(rejects, [(2, RejectReason::RecordTooLong { limit })]);
    }
    let (bytes, limit) = (limits.field_bytes + 1, limits.field_bytes);
    let field = &long[..bytes];
    assert_eq!(rows_of("a.csv", format!("id,name\n1,{field}")).1, [(2, RejectReason::FieldTooLong { bytes, limit })]);
    let bytes = bytes + 2;
    let json = format!("{{\"name\":\"{field}\"}}");
    assert_eq!(rows_of("a.jsonl", json).1, [(1, RejectReason::FieldTooLong { bytes, limit })]);
    let (bytes, limit) = (limits.id_bytes + 1, limits.id_bytes);
    let id = &long[..bytes];
    assert_eq!(rows_of("a.csv", format!("id\n{id}")).1, [(2, RejectReason::IdTooLong { bytes, limit })]);
    let columns: Vec<String> = (0..5000).map(|column| format!("c{column}")).collect();
    assert!(error_of("a.csv", columns.join(","), &ReadOptions::default()).contains("5000 fields"));
}

#[test]
fn json_lines_reject_what_is_not_a_record() {
    let deep = format!("{{\"id\":1,\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let content = [
        r#"{"id": 1, "name": "Ada", "tags": ["a", {"b": null}], "n": 1.5}"#,
        "[1, 2]",
        "{\"id\": 2, \"name\": }",
        "  ",
        &deep,
        r#"{"id": 3, "n": NaN}"#,
        r#"{"id": 3, "n": 1e400}"#,
        r#"{"id": null}"#,
        r#"{"id": 1.5}"#,
        r#"{"id": 4, "name": "a\u0000b"}"#,
        r#"{"id": 5} {"id": 6}"#,
        r#"{"id": "7"}"#,
    ]
    .join("\r\n");
    let (records, rejects) = rows_of("a.ndjson", content);
    assert_eq!(
        records,
        [
            ("1".into(), json!({"id": 1, "name": "Ada", "tags": ["a", {"b": null}], "n": 1.5})),
            ("7".into(), json!({"id": "7"}))
        ]
    );
    let lines: Vec<u64> = rejects.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 3, 5, 6, 7, 8, 9, 10, 11]);
    let reasons: Vec<&RejectReason> = rejects.iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons[0], &RejectReason::NotAnObject);
    assert_eq!(reasons[1], &RejectReason::BadJson { reason: "expected value".into(), column: 19 });
    assert_eq!(reasons[2], &RejectReason::TooDeep { limit: 32 });
    assert!(matches!(reasons[3..5], [RejectReason::BadJson { .. }, RejectReason::BadJson { .. }]));
    assert_eq!(reasons[5], &RejectReason::MissingId);
    assert!(matches!(
        reasons[6..9],
        [RejectReason::BadId { .. }, RejectReason::Nul { .. }, RejectReason::BadJson { .. }]
    ));
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn compressed_files_of_several_parts_are_read_to_the_end() {
    let (first, second) = (b"id,name\n1,Ada\n2,Gr".as_slice(), b"ace\n".as_slice());
    let expected = rows_of("a.csv", [first, second].concat());
    let skippable = b"\x50\x2a\x4d\x18\x03\0\0\0abc";
    assert_eq!(rows_of("a.csv.gz", [gzip(first), gzip(second)].concat()), expected);
    assert_eq!(rows_of("a.csv.zst", [zstd(first), skippable.to_vec(), zstd(second)].concat()), expected);
    // The content decides where the name does not.
    assert_eq!(rows_of("a.csv", gzip(&[first, second].concat())), expected);
}

#[test]
fn damaged_files_are_errors_that_name_the_file() {
    let text: Vec<u8> = (0..4_000).flat_map(|id| format!("{id},name {}\n", id * 7919 % 10_007).into_bytes()).collect();
    let text = [b"id,name\n".as_slice(), &text].concat();
    let folder = TempDir::new().unwrap();
    let parquet = folder.path().join("whole.parquet");
    write_table(&parquet, &[("1".into(), None, None, None), ("2".into(), Some(5), Some(7), Some(0.5))]);
    for (name, whole) in
        [("a.csv.gz", gzip(&text)), ("a.csv.zst", zstd(&text)), ("a.parquet", fs::read(&parquet).unwrap())]
    {
        for cut in 0..60 {
            let at = whole.len() * cut / 60;
            let error = error_of(name, &whole[..at], &ReadOptions::default());
            assert!(error.starts_with(&format!("/{name}")), "{name} cut at {at}: {error}");
        }
        for flip in 0..200 {
            let mut bytes = whole.clone();
            let at = whole.len() * flip / 200;
            bytes[at] ^= 1 << (flip % 8);
            let path = file(&folder, name, &bytes);
            let _ = rows_with(&path, &ReadOptions::default());
        }
    }
}

#[test]
fn of_two_rows_with_one_id_the_first_is_kept() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "a.csv", "id,name\n1,a\n2,b\n1,c\n3\n");
    let mut names = Vec::new();
    let mut take = |record: Record| {
        names.push(record.fields["name"].clone());
        Ok(())
    };
    let tally = read_all(&path, &ReadOptions::default(), &mut take).unwrap();
    assert_eq!((tally.read, tally.rejected, tally.records()), (4, 2, 2));
    assert_eq!(tally.first_rejects[0].place.line, Some(4));
    assert_eq!(tally.first_rejects[0].reason, RejectReason::DuplicateId { first_line: 2 });
    assert_eq!(names, ["a", "b"]);

    let options = ReadOptions { limits: Limits { rejects: 1, ..Limits::default() }, ..ReadOptions::default() };
    let error = read_all(&path, &options, &mut |_| Ok(())).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooManyRejects { rejected: 2, limit: 1, .. }), "{error}");
    assert!(read_all(&path, &ReadOptions::default(), &mut |_| Err(Error::usage("enough"))).is_err());
}

/// A row of every type of column: the id, a whole number, millionths, and a float.
type Typed = (String, Option<i64>, Option<i64>, Option<f64>);

fn write_table(path: &Path, rows: &[Typed]) {
    let columns = [Column::text("id"), Column::integer("whole"), Column::micro("weight"), Column::float("share")];
    let mut table = TableWriter::create(Destination::File(path.to_path_buf()), None, &columns).unwrap();
    for (id, whole, weight, share) in rows {
        table
            .write_row(&[
                Cell::Text(id),
                whole.map_or(Cell::Null, Cell::Integer),
                weight.map_or(Cell::Null, Cell::Micro),
                share.map_or(Cell::Null, Cell::Float),
            ])
            .unwrap();
    }
    table.finish().unwrap();
}

const ENDINGS: [&str; 9] = ["csv", "csv.gz", "csv.zst", "tsv", "tsv.gz", "jsonl", "jsonl.gz", "jsonl.zst", "parquet"];

fn typed() -> impl Strategy<Value = Typed> {
    // Any text, and often what the formats themselves are made of.
    let id = prop_oneof!["[^\0]{1,8}", "[ab,;|\t\r\n\"'\\\\é\u{feff}]{1,12}"];
    let micro = -999_999_999_999_999_i64..=999_999_999_999_999;
    (id, any::<Option<i64>>(), proptest::option::of(micro), proptest::option::of(-1e6..1e6))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_written_is_read_back(rows in proptest::collection::vec(typed(), 1..40), ending in 0..ENDINGS.len()) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(format!("table.{}", ENDINGS[ending]));
        write_table(&path, &rows);
        let (records, rejects) = rows_with(&path, &ReadOptions::default()).unwrap();
        prop_assert_eq!(rejects, vec![]);
        prop_assert_eq!(records.len(), rows.len());
        let plain = ENDINGS[ending].starts_with(['c', 't']);
        for ((id, fields), (wanted_id, whole, weight, share)) in records.iter().zip(&rows) {
            prop_assert_eq!(id, wanted_id);
            let weight = weight.map(|weight| {
                let sign = if weight < 0 { "-" } else { "" };
                format!("{sign}{}.{:06}", weight.abs() / 1_000_000, weight.abs() % 1_000_000)
            });
            let share = share.map(|share| format!("{share:.6}")).map(|share| share.replace("-0.000000", "0.000000"));
            if plain {
                prop_assert_eq!(&fields["whole"], &json!(whole.map(|whole| whole.to_string()).unwrap_or_default()));
                prop_assert_eq!(&fields["weight"], &json!(weight.unwrap_or_default()));
                prop_assert_eq!(&fields["share"], &json!(share.unwrap_or_default()));
            } else {
                prop_assert_eq!(&fields["whole"], &json!(whole));
                prop_assert_eq!(&fields["weight"], &json!(weight.map(|weight| weight.parse::<f64>().unwrap())));
                prop_assert_eq!(&fields["share"], &json!(share.map(|share| share.parse::<f64>().unwrap())));
            }
        }
        let again = folder.path().join(format!("again.{}", ENDINGS[ending]));
        write_table(&again, &rows);
        prop_assert_eq!(fs::read(path).unwrap(), fs::read(again).unwrap());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 1..400), ending in 0..ENDINGS.len()) {
        let folder = TempDir::new().unwrap();
        let path = file(&folder, &format!("a.{}", ENDINGS[ending]), &bytes);
        let _ = rows_with(&path, &ReadOptions::default());
        let csv = [b"id,name\n".as_slice(), &bytes].concat();
        let (records, rejects) = rows_of("a.csv", &csv);
        prop_assert!(records.len() + rejects.len() <= csv.len());
    }
}

#[test]
fn a_record_is_exported_as_a_line_that_reads_back() {
    let fields = serde_json::from_str(r#"{"b": [1, {"c": "d"}], "a": "x\ny"}"#).unwrap();
    let record = Record { id: RecordId::new("k"), fields };
    let mut line = Vec::new();
    record.write_json_line(Some("key"), &mut line).unwrap();
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "a.jsonl", line);
    let options = ReadOptions { columns: Some(vec!["a".into(), "b".into()]), ..from_column("key") };
    let row = read(&path, &options).unwrap().next().unwrap().unwrap();
    assert_eq!(row, Row::Record { record, line: 1 });
}

#[test]
fn a_table_that_is_not_finished_leaves_the_old_file() {
    let folder = TempDir::new().unwrap();
    for ending in ENDINGS {
        let path = file(&folder, &format!("a.{ending}"), "old");
        let mut table = TableWriter::create(Destination::File(path.clone()), None, &[Column::text("id")]).unwrap();
        table.write_row(&[Cell::Text("1")]).unwrap();
        drop(table);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), ENDINGS.len());
}

#[test]
fn cells_that_do_not_fit_are_refused() {
    let sink = || Destination::Other(Box::new(std::io::sink()));
    for (columns, cells) in [
        (vec![Column::float("p")], vec![Cell::Float(f64::NAN)]),
        (vec![Column::float("p")], vec![Cell::Integer(1)]),
        (vec![Column::micro("w")], vec![Cell::Micro(1_000_000_000_000_000)]),
        (vec![Column::text("a")], vec![]),
    ] {
        let mut table = TableWriter::create(sink(), Some(Format::JsonLines), &columns).unwrap();
        assert!(table.write_row(&cells).is_err(), "{cells:?}");
    }
    for columns in [vec![], vec![Column::text("")], vec![Column::text("a"), Column::text("a")]] {
        assert!(TableWriter::create(sink(), None, &columns).is_err(), "{columns:?}");
    }
    let compressed = Destination::File("a.parquet.gz".into());
    assert!(TableWriter::create(compressed, None, &[Column::text("a")]).is_err());
}

#[test]
fn a_closed_pipe_is_known_as_such_in_every_format() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        let work = || {
            let columns = [Column::text("id")];
            let mut table = TableWriter::create(Destination::Other(Box::new(Closed)), Some(format), &columns)?;
            (0..100_000).try_for_each(|_| table.write_row(&[Cell::Text("0123456789")]))?;
            table.finish()
        };
        let error = work().unwrap_err();
        assert!(error.is_broken_pipe(), "{format}: {error}");
    }
}
