//! The store under use and abuse: killed processes, flipped bytes, other versions, two processes, random histories.

// The lint's exception for tests does not reach the functions that tests share.
#![allow(clippy::unwrap_used, clippy::panic)]

use cognate::error::{Error, ErrorKind, Place};
use cognate::record::{Record, RecordId};
use cognate::store::{DatasetName, DatasetSettings, Store};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Ids and JSON texts, in the order of the ids.
type Contents = BTreeMap<String, String>;

fn record(id: impl ToString, text: impl ToString) -> Record {
    let fields = json!({"name": text.to_string(), "tags": ["a", {"b": 0.1}], "none": null});
    let serde_json::Value::Object(fields) = fields else { panic!("not an object") };
    Record { id: RecordId::new(id.to_string()), fields }
}

fn name(text: &str) -> DatasetName {
    DatasetName::new(text).unwrap()
}

fn json_of(record: &Record) -> String {
    serde_json::to_string(&record.fields).unwrap()
}

fn import(store: &mut Store, dataset: &str, records: Vec<Record>) -> cognate::store::Imported {
    store.import(&name(dataset), &DatasetSettings::default(), "test.csv", records.into_iter().map(Ok)).unwrap()
}

/// What a scan gives, also compared with looking up each record.
fn contents(store: &Store, dataset: &str) -> Result<Contents, Error> {
    let mut contents = Contents::new();
    for record in store.scan(&name(dataset))? {
        let record = record?;
        assert_eq!(store.record(&name(dataset), record.id.as_str())?.as_ref(), Some(&record));
        assert_eq!(contents.insert(record.id.to_string(), json_of(&record)), None);
    }
    Ok(contents)
}

/// What a scan gives, in quick.
fn scanned(store: &Store, dataset: &str) -> Contents {
    let records = store.scan(&name(dataset)).unwrap().map(|record| record.unwrap());
    records.map(|record| (record.id.to_string(), json_of(&record))).collect()
}

fn ids(store: &Store, dataset: &str) -> Vec<String> {
    store.scan(&name(dataset)).unwrap().map(|record| record.unwrap().id.to_string()).collect()
}

#[test]
fn imports_add_change_and_delete_and_survive_reopening() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("deep/store");
    let mut store = Store::open_or_create(&dir).unwrap();
    let first = import(&mut store, "crm", (0..5000).map(|id| record(id, id)).collect());
    assert_eq!((first.added, first.changed, first.unchanged, first.rows), (5000, 0, 0, 5000));
    let second = import(&mut store, "crm", vec![record(1, 1), record(2, "two"), record("new", "new")]);
    assert_eq!((second.added, second.changed, second.unchanged, second.rows), (1, 1, 1, 5001));
    assert!(second.generation > first.generation);
    let again = import(&mut store, "crm", vec![record("new", "new")]);
    assert_eq!((again.part, again.generation), (None, second.generation));
    let deleted = store.delete(&name("crm"), ["0", "0", "2", "never"], "gone.csv").unwrap();
    assert_eq!((deleted.deleted, deleted.missing, deleted.rows), (2, 1, 4999));
    let large = "x".repeat(3_000_000);
    import(&mut store, "large", vec![record("é\n\"", &large)]);

    let expected: Vec<String> = ["1".to_owned()].into_iter().chain((3..5000).map(|id| id.to_string())).collect();
    let expected: Vec<String> = expected.into_iter().chain(["new".to_owned()]).collect();
    for _ in 0..2 {
        assert_eq!(ids(&store, "crm"), expected);
        assert_eq!(store.record(&name("crm"), "2").unwrap(), None);
        assert_eq!(store.record(&name("crm"), "17").unwrap(), Some(record(17, 17)));
        assert_eq!(contents(&store, "large").unwrap().len(), 1);
        let report = store.verify().unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!((report.records, report.journal_entries), (5000, 4));
        drop(store);
        store = Store::open_or_create(&dir).unwrap();
    }
    let info = store.dataset(&name("crm")).unwrap();
    store.compact(&name("crm")).unwrap();
    let compacted = store.dataset(&name("crm")).unwrap();
    assert_eq!((compacted.parts, compacted.stored_rows), (1, 4999));
    assert_eq!((compacted.digest, compacted.generation), (info.digest, info.generation));
    assert_eq!(ids(&store, "crm"), expected);
    assert!(store.verify().unwrap().is_sound());

    store.remove(&name("large")).unwrap();
    assert!(matches!(store.scan(&name("large")).err().unwrap().kind(), ErrorKind::NotFound(_)));
    drop(store);
    let store = Store::open(&dir).unwrap();
    assert_eq!(store.info().unwrap().datasets.len(), 1);
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn many_small_imports_leave_few_parts() {
    let folder = TempDir::new().unwrap();
    let mut store = Store::create(&folder.path().join("s")).unwrap();
    for batch in 0..60 {
        import(&mut store, "a", vec![record(batch, batch), record(batch / 2, batch)]);
    }
    let info = store.dataset(&name("a")).unwrap();
    assert_eq!(info.rows, 60);
    assert!(info.parts <= 8, "{info:?}");
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn an_error_in_the_middle_of_an_import_leaves_the_store_as_it_was() {
    let folder = TempDir::new().unwrap();
    let mut store = Store::create(&folder.path().join("s")).unwrap();
    import(&mut store, "a", (0..10).map(|id| record(id, id)).collect());
    let before = (store.datasets().unwrap(), contents(&store, "a").unwrap());
    let bad = |id: u32| match id {
        3000 => Err(Error::input(Place::file("b.csv").line(7), "bad")),
        id => Ok(record(id, "other")),
    };
    let error = store.import(&name("a"), &DatasetSettings::default(), "b.csv", (0..4000).map(bad)).unwrap_err();
    assert_eq!(error.to_string(), "b.csv, line 7: bad");
    assert_eq!((store.datasets().unwrap(), contents(&store, "a").unwrap()), before);
    let deep = (0..500).fold(json!(1), |value, _| json!([value]));
    let deep = Record { id: RecordId::new("d"), fields: [("deep".to_owned(), deep)].into_iter().collect() };
    for record in [record("", "nameless"), deep] {
        assert!(store.import(&name("a"), &DatasetSettings::default(), "", [Ok(record)]).is_err());
    }
    assert_eq!((store.datasets().unwrap(), contents(&store, "a").unwrap()), before);
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn settings_are_kept_and_replaced() {
    let folder = TempDir::new().unwrap();
    let mut store = Store::create(&folder.path().join("s")).unwrap();
    let settings = DatasetSettings {
        name_field: "name".into(),
        alias_fields: vec!["aka".into()],
        mapping: vec![("name".into(), "Firma".into())],
        ..DatasetSettings::default()
    };
    store.import(&name("a"), &settings, "", []).unwrap();
    assert_eq!(store.dataset(&name("a")).unwrap().settings, settings);
    let generation = store.dataset(&name("a")).unwrap().generation;
    store.import(&name("a"), &DatasetSettings::default(), "", []).unwrap();
    let info = store.dataset(&name("a")).unwrap();
    assert_eq!((info.settings, info.rows), (DatasetSettings::default(), 0));
    assert!(info.generation > generation);
}

#[test]
fn what_is_no_store_is_not_opened() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("s");
    let error = |dir: &Path| Store::open(dir).err().unwrap();
    assert!(matches!(error(&dir).kind(), ErrorKind::NotFound(_)));
    drop(Store::create(&dir).unwrap());
    assert!(matches!(Store::create(&dir).err().unwrap().kind(), ErrorKind::Usage(_)));
    let line = fs::read_to_string(dir.join("STORE")).unwrap();

    fs::write(dir.join("STORE"), line.replace(" 1 ", " 2 ")).unwrap();
    let newer = error(&dir);
    assert!(matches!(newer.kind(), ErrorKind::Version { .. }), "{newer}");
    assert_eq!(newer.exit_code(), cognate::error::exit::CORRUPT);
    for text in ["", "nonsense", "cognate-store", &line.replace("store", "stare"), line.trim_end(), &line[..30]] {
        fs::write(dir.join("STORE"), text).unwrap();
        assert!(matches!(error(&dir).kind(), ErrorKind::Corrupt { .. }), "{text:?}");
    }
    let other = folder.path().join("other");
    drop(Store::create(&other).unwrap());
    fs::copy(other.join("STORE"), dir.join("STORE")).unwrap();
    assert!(matches!(error(&dir).kind(), ErrorKind::Corrupt { .. }));
    fs::remove_dir_all(other.join("kv")).unwrap();
    assert!(matches!(error(&other).kind(), ErrorKind::Corrupt { .. }));
    fs::create_dir(other.join("kv")).unwrap();
    assert!(matches!(error(&other).kind(), ErrorKind::Corrupt { .. }));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&dir, folder.path().join("link")).unwrap();
        assert!(matches!(error(&folder.path().join("link")).kind(), ErrorKind::Usage(_)));
    }
}

/// Runs this test program as another process, which does what [`child`] says.
fn spawn(task: &str, dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads", "1"])
        .env("COGNATE_TEST_CHILD", task)
        .env("COGNATE_TEST_DIR", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test by itself: what the other process does.
#[test]
fn child() {
    let Ok(task) = std::env::var("COGNATE_TEST_CHILD") else { return };
    let dir = PathBuf::from(std::env::var("COGNATE_TEST_DIR").unwrap());
    let say = |text: String| {
        println!("{text}");
        std::io::stdout().flush().unwrap();
    };
    match task.as_str() {
        "hold" => {
            let _store = Store::open(&dir).unwrap();
            say("@@ open".to_owned());
            let _ = std::io::stdin().read(&mut [0]);
        }
        "change" => {
            let mut store = Store::open(&dir).unwrap();
            let done = if store.datasets().unwrap().is_empty() { 0 } else { batch_of(&scanned(&store, "a")) };
            say(format!("@@ at {done}"));
            for batch in done + 1..1000 {
                apply(&mut store, batch);
                say(format!("@@ did {batch}"));
            }
        }
        "read" => say(format!("@@ read {}", outcome(&dir))),
        other => panic!("no task {other}"),
    }
}

/// The lines that a child says, until it ends.
fn heard(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    lines.filter_map(|line| line.split_once("@@ ").map(|(_, said)| said.to_owned()))
}

#[test]
fn a_store_is_open_in_one_process_only() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("s");
    drop(Store::create(&dir).unwrap());
    let mut child = spawn("hold", &dir);
    assert_eq!(heard(&mut child).next().unwrap(), "open");
    let error = Store::open(&dir).err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::Busy { path } if *path == dir), "{error}");
    child.kill().unwrap();
    child.wait().unwrap();
    Store::open(&dir).unwrap();
}

/// A repeatable sequence of numbers that look random.
fn mixed(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Batch n of a fixed history: imports of up to 900 records and now and then a deletion. One record tells the batch.
fn batch_records(batch: u64) -> Vec<Record> {
    let records = (0..mixed(batch) % 900).map(|row| {
        let id = mixed(batch * 1000 + row) % 3000;
        record(id, format!("{id} in batch {batch} {}", "x".repeat((mixed(row) % 200) as usize)))
    });
    records.chain([record("batch", batch)]).collect()
}

fn is_deletion(batch: u64) -> bool {
    batch.is_multiple_of(5)
}

fn deleted_ids(batch: u64) -> impl Iterator<Item = String> {
    (0..200).map(move |row| (mixed(batch * 1000 + row) % 3000).to_string())
}

fn apply(store: &mut Store, batch: u64) {
    if is_deletion(batch) {
        // The record that tells the batch is changed by an import of its own.
        store.delete(&name("a"), deleted_ids(batch), "").unwrap();
        import(store, "a", vec![record("batch", batch)]);
    } else {
        import(store, "a", batch_records(batch));
    }
}

/// Takes a model over a batch; returns what it was on the way, between a deletion and its import.
fn advance(model: &mut Contents, batch: u64) -> Option<Contents> {
    if is_deletion(batch) {
        deleted_ids(batch).for_each(|id| drop(model.remove(&id)));
        let between = model.clone();
        model.insert("batch".to_owned(), json_of(&record("batch", batch)));
        return Some(between);
    }
    for record in batch_records(batch) {
        model.insert(record.id.to_string(), json_of(&record));
    }
    None
}

fn batch_of(contents: &Contents) -> u64 {
    let json = contents.get("batch").unwrap();
    let fields: serde_json::Value = serde_json::from_str(json).unwrap();
    fields["name"].as_str().unwrap().parse().unwrap()
}

#[test]
fn what_is_acknowledged_survives_a_killed_process_and_nothing_is_half_there() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("s");
    drop(Store::create(&dir).unwrap());
    let (mut acknowledged, mut reached, mut model) = (0, 0, Contents::new());
    for round in 0..25 {
        let mut child = spawn("change", &dir);
        let mut heard = heard(&mut child);
        // Until the child is at work, its time is that of a start and not of a change.
        let start = heard.next();
        let pid = child.id();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_micros(mixed(round) % 150_000));
            child.kill().unwrap();
            child.wait().unwrap();
        });
        assert!(start.is_some_and(|said| said.starts_with("at ")), "child {pid} could not open the store");
        for said in heard {
            acknowledged = said.strip_prefix("did ").unwrap().parse().unwrap();
        }
        killer.join().unwrap();

        let store = Store::open(&dir).unwrap();
        let report = store.verify().unwrap();
        assert!(report.is_sound(), "round {round}: {report:?}");
        let found = if store.datasets().unwrap().is_empty() { Contents::new() } else { scanned(&store, "a") };
        let batch = if found.is_empty() { 0 } else { batch_of(&found) };
        assert!(batch >= acknowledged, "round {round}: {acknowledged} acknowledged, but at {batch}");
        assert!(batch <= acknowledged + 1, "round {round}");
        (reached + 1..=batch).for_each(|batch| drop(advance(&mut model, batch)));
        reached = batch;
        let is_between = || advance(&mut model.clone(), batch + 1).as_ref() == Some(&found);
        assert!(found == model || is_between(), "round {round}: the contents are of no batch");
        // A batch that was in but not yet acknowledged is acknowledged by this reading.
        acknowledged = batch;
    }
    assert!(acknowledged > 20, "only {acknowledged} batches were reached");
}

/// What a store says of its contents: their digest, or the kind of the error.
fn outcome(dir: &Path) -> String {
    let read = || {
        let store = Store::open(dir)?;
        let mut all = Vec::new();
        for info in store.datasets()? {
            let rows: Vec<Record> = store.scan(&info.name)?.collect::<Result<_, _>>()?;
            for record in rows.iter().step_by(97) {
                assert_eq!(store.record(&info.name, record.id.as_str())?.as_ref(), Some(record));
            }
            all.push((info.name.to_string(), info.settings, rows.iter().map(json_of).collect::<Vec<_>>()));
        }
        Ok::<_, Error>(format!("whole {:08x}", crc32fast::hash(format!("{all:?}").as_bytes())))
    };
    match read() {
        Ok(whole) => whole,
        Err(error) => match error.kind() {
            // A flipped digit of the format is another format.
            ErrorKind::Corrupt { .. } | ErrorKind::Version { .. } => format!("corrupt {error}"),
            _ => format!("other {error:?}"),
        },
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// What another process says of a store, which must say it in time.
fn outcome_elsewhere(dir: &Path) -> (String, String) {
    let mut child = spawn("read", dir);
    drop(child.stdin.take());
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            return ("hung".to_owned(), String::new());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    let said = heard(&mut child).next().unwrap_or_default();
    (said.strip_prefix("read ").unwrap_or("nothing").to_owned(), errors)
}

fn damage_to_every_file(dir: &Path, damage: impl Fn(&mut Vec<u8>, usize), positions: usize) {
    let folder = TempDir::new().unwrap();
    let (whole, _) = outcome_elsewhere(dir);
    assert!(whole.starts_with("whole "), "{whole}");
    let (mut same, mut corrupt) = (0, 0);
    for file in files(dir) {
        let bytes = fs::read(&file).unwrap();
        for position in 0..positions.min(bytes.len()) {
            let at = (bytes.len() * position + bytes.len() / 2) / positions.min(bytes.len());
            let copied = folder.path().join("copy");
            copy(dir, &copied);
            let mut damaged = bytes.clone();
            damage(&mut damaged, at.min(bytes.len() - 1));
            let relative = file.strip_prefix(dir).unwrap();
            fs::write(copied.join(relative), damaged).unwrap();
            let (said, errors) = outcome_elsewhere(&copied);
            let place = format!("{} at {at}", relative.display());
            assert!(!errors.contains("panicked"), "{place}: {errors}");
            match said == whole {
                true => same += 1,
                false => {
                    assert!(said.starts_with("corrupt "), "{place}: {said}; {errors}");
                    corrupt += 1;
                }
            }
            fs::remove_dir_all(&copied).unwrap();
        }
    }
    println!("{same} times the same, {corrupt} times corrupt");
    assert!(corrupt > 0);
}

/// A store with a history, and with a record that is too large for a page.
fn store_with_a_past(folder: &TempDir) -> PathBuf {
    let dir = folder.path().join("s");
    let mut store = Store::create(&dir).unwrap();
    for batch in 1..8 {
        apply(&mut store, batch);
    }
    import(&mut store, "b", (0..700).map(|id| record(id, format!("{id} {}", "y".repeat(300)))).collect());
    import(&mut store, "large", vec![record("large", "z".repeat(300_000))]);
    dir
}

#[test]
fn a_flipped_byte_is_found_or_does_no_harm() {
    let folder = TempDir::new().unwrap();
    let dir = store_with_a_past(&folder);
    damage_to_every_file(&dir, |bytes, at| bytes[at] ^= 1 << (at % 8), 60);
}

#[test]
fn a_file_cut_short_or_overwritten_is_found_or_does_no_harm() {
    let folder = TempDir::new().unwrap();
    let dir = store_with_a_past(&folder);
    damage_to_every_file(&dir, |bytes, at| bytes.truncate(at), 8);
    damage_to_every_file(&dir, |bytes, at| bytes.iter_mut().skip(at).take(512).for_each(|byte| *byte = 0), 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_history_gives_what_a_map_gives(history in proptest::collection::vec(step(), 1..14)) {
        let folder = TempDir::new().unwrap();
        let dir = folder.path().join("s");
        let mut store = Store::create(&dir).unwrap();
        let mut model: BTreeMap<&str, Contents> = BTreeMap::new();
        for (dataset, step) in &history {
            let dataset = ["a", "b"][*dataset];
            match step {
                Step::Import(rows) => {
                    let state = model.entry(dataset).or_default();
                    let records: Vec<Record> = rows.iter().map(|(id, text)| record(id, text)).collect();
                    for record in &records {
                        state.insert(record.id.to_string(), json_of(record));
                    }
                    let rows = import(&mut store, dataset, records).rows;
                    prop_assert_eq!(rows, state.len() as u64);
                }
                Step::Delete(rows) => {
                    let deleted = store.delete(&name(dataset), rows.iter().map(u16::to_string), "");
                    match model.get_mut(dataset) {
                        Some(state) => {
                            let before = state.len();
                            rows.iter().for_each(|id| drop(state.remove(&id.to_string())));
                            prop_assert_eq!(deleted.unwrap().deleted, (before - state.len()) as u64);
                        }
                        None => prop_assert!(deleted.is_err()),
                    }
                }
                Step::Compact => prop_assert_eq!(store.compact(&name(dataset)).is_ok(), model.contains_key(dataset)),
                Step::Remove => {
                    prop_assert_eq!(store.remove(&name(dataset)).is_ok(), model.remove(dataset).is_some());
                }
                Step::Reopen => {
                    drop(store);
                    store = Store::open(&dir).unwrap();
                }
            }
            for (dataset, state) in &model {
                prop_assert_eq!(&contents(&store, dataset).unwrap(), state);
            }
            prop_assert_eq!(store.datasets().unwrap().len(), model.len());
        }
        let report = store.verify().unwrap();
        prop_assert!(report.is_sound(), "{:?}", report);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Import(Vec<(u16, u8)>),
    Delete(Vec<u16>),
    Compact,
    Remove,
    Reopen,
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let steps = prop_oneof![
        6 => proptest::collection::vec((0_u16..40, any::<u8>()), 0..60).prop_map(Step::Import),
        3 => proptest::collection::vec(0_u16..40, 0..20).prop_map(Step::Delete),
        1 => Just(Step::Compact),
        1 => Just(Step::Remove),
        1 => Just(Step::Reopen),
    ];
    (0..2_usize, steps)
}
