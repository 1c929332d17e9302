//! Indexes under bad luck: damaged files, crashes, odd names, odd queries.

#![allow(clippy::unwrap_used)]

use cognate::compare::{Embedding, Preparer};
use cognate::error::{Error, ErrorKind, Result};
use cognate::index::{Entry, IndexMeta, Learned, NameIndex, Scratch};
use cognate::record::RecordId;
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

const FILES: [&str; 8] = ["meta", "entries", "cores", "grams", "norms", "initials", "rarity", "meanings"];

/// A small table of vectors that mean nothing.
static EMBEDDING: LazyLock<Embedding> = LazyLock::new(|| {
    let number = |row: u32, place: usize| ((row * 131 + place as u32).wrapping_mul(0x9E37_79B9) >> 25) as i8 - 64;
    Embedding::new((0..256).map(|row| std::array::from_fn(|place| number(row, place))).collect()).unwrap()
});

fn learned() -> Learned<'static> {
    Learned { embedding: Some(&EMBEDDING), ..Learned::nothing(cognate::text::shipped()) }
}

fn entry(name: &str, id: usize) -> Result<Entry> {
    Ok(Entry { name: name.to_owned(), record: RecordId::new(id.to_string()), is_alias: false })
}

fn build(dir: &Path, generation: u64, names: &[&str]) -> IndexMeta {
    let meta = IndexMeta { dataset: "firms".to_owned(), generation, ..IndexMeta::default() };
    let entries = names.iter().zip(0..).map(|(name, id)| entry(name, id));
    NameIndex::build(dir, meta, entries, learned()).unwrap()
}

fn open(dir: &Path) -> Option<NameIndex> {
    NameIndex::open(dir, "firms").unwrap()
}

fn ask(index: &NameIndex, query: &str) -> Vec<String> {
    let text = Preparer::new(cognate::text::shipped(), index.rarity()).text(query);
    let found = text.map(|text| index.candidates(&text, 10, &mut Scratch::default())).unwrap_or_default();
    found.iter().map(|candidate| index.entry(candidate.entry).unwrap().name).collect()
}

const NAMES: [&str; 5] = ["Acme Holdings Ltd", "Zeta Bank", "International Business Machines", "Acme Tools", "ZF"];

#[test]
fn every_damage_is_found_and_a_new_build_heals_it() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), 3, &NAMES);
    for file in FILES {
        let path = dir.path().join("firms-3").join(file);
        let whole = fs::read(&path).unwrap();
        let flips = (0..whole.len()).step_by(whole.len() / 40 + 1).map(|at| {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            damaged
        });
        let cuts = [0, 1, 35, 36, whole.len() / 2, whole.len() - 1]
            .map(|length| whole[..length.min(whole.len() - 1)].to_vec());
        for damaged in flips.chain(cuts).chain([[whole.clone(), vec![0]].concat()]) {
            fs::write(&path, damaged).unwrap();
            let error = NameIndex::open(dir.path(), "firms").unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{file}: {error}");
        }
        fs::remove_file(&path).unwrap();
        assert!(NameIndex::open(dir.path(), "firms").is_err(), "{file}");
        build(dir.path(), 3, &NAMES);
        assert_eq!(ask(&open(dir.path()).unwrap(), "zeta bnak"), ["Zeta Bank"]);
    }
}

#[test]
fn a_file_of_another_generation_is_stale() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    build(old.path(), 1, &NAMES);
    build(new.path(), 2, &NAMES);
    fs::copy(old.path().join("firms-1/grams"), new.path().join("firms-2/grams")).unwrap();
    assert!(NameIndex::open(new.path(), "firms").is_err());
}

#[test]
fn the_newest_whole_generation_is_opened() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(open(dir.path()).is_none() && open(&dir.path().join("nowhere")).is_none());
    build(dir.path(), 1, &NAMES);
    build(other.path(), 2, &NAMES);
    fs::rename(other.path().join("firms-2"), dir.path().join("firms-2")).unwrap();
    assert_eq!(NameIndex::read_meta(dir.path(), "firms").unwrap().unwrap().generation, 2);
    assert_eq!(open(dir.path()).unwrap().meta().generation, 2);
    fs::write(dir.path().join("firms-2/entries"), "").unwrap();
    assert_eq!(open(dir.path()).unwrap().meta().generation, 1);
}

#[test]
fn a_failed_build_leaves_what_was_there_and_a_good_one_tidies_up() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), 1, &NAMES);
    let meta = IndexMeta { dataset: "firms".to_owned(), generation: 2, ..IndexMeta::default() };
    let entries = [entry("Acme", 1), Err(Error::usage("the store went away"))].into_iter();
    assert!(NameIndex::build(dir.path(), meta, entries, learned()).is_err());
    assert_eq!(open(dir.path()).unwrap().len(), 5);
    // What a crash in the middle of a build leaves.
    fs::create_dir(dir.path().join(".firms-2.unfinished")).unwrap();
    fs::write(dir.path().join(".firms-2.unfinished/entries"), "half").unwrap();
    fs::create_dir(dir.path().join(".firms-1.replaced")).unwrap();
    fs::create_dir(dir.path().join("firms-2-1")).unwrap();
    build(dir.path(), 2, &NAMES[..1]);
    let mut left: Vec<String> =
        fs::read_dir(dir.path()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["firms-2", "firms-2-1"], "another dataset's folder stays");
}

#[test]
fn names_that_are_no_folder_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for dataset in ["", ".", "..", "../up", "a/b", "a\\b", "a\nb", ".hidden", "c:"] {
        let meta = IndexMeta { dataset: dataset.to_owned(), ..IndexMeta::default() };
        let built = NameIndex::build(dir.path(), meta, std::iter::empty(), learned());
        assert!(matches!(built.unwrap_err().kind(), ErrorKind::Usage(_)), "{dataset:?}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn names_without_text_are_counted_and_long_ones_bounded() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), 1, &[]);
    assert!(open(dir.path()).unwrap().is_empty());
    assert!(ask(&open(dir.path()).unwrap(), "anything").is_empty());

    let long = "Łong name ".repeat(1_000_000);
    let meta = build(dir.path(), 2, &["--", "", "\u{200b}", "Acme", "Acme", &long]);
    assert_eq!((meta.entries, meta.skipped, meta.shortened), (3, 3, 1));
    let size: u64 =
        fs::read_dir(dir.path().join("firms-2")).unwrap().map(|f| f.unwrap().metadata().unwrap().len()).sum();
    assert!(size < 20_000, "{size}");
    let index = open(dir.path()).unwrap();
    assert_eq!(index.meta(), &meta);
    assert!(ask(&index, &long)[0].len() <= NameIndex::NAME_BYTES);
}

#[test]
fn equal_names_of_one_record_are_one_entry() {
    let dir = tempfile::tempdir().unwrap();
    let meta = IndexMeta { dataset: "firms".to_owned(), ..IndexMeta::default() };
    let named = |is_alias| Ok(Entry { name: "Acme".to_owned(), record: RecordId::new("1"), is_alias });
    let entries = [named(true), named(false)].into_iter();
    let meta = NameIndex::build(dir.path(), meta, entries, learned()).unwrap();
    assert_eq!(meta.entries, 1);
    assert!(!open(dir.path()).unwrap().entry(0).unwrap().is_alias);
}

#[test]
fn each_way_to_a_name_leads_there() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), 1, &[&NAMES[..], &["Google LLC", "Google Cloud Platform", "Nike", "IBM"]].concat());
    let index = open(dir.path()).unwrap();
    let preparer = Preparer::new(cognate::text::shipped(), index.rarity());
    let text = |query| preparer.text(query).unwrap();
    let names = |entries: Vec<u32>| entries.iter().map(|e| index.entry(*e).unwrap().name).collect::<Vec<_>>();
    assert_eq!(names(index.exact(&text("GOOGLE Inc."))), ["Google LLC"]);
    assert_eq!(names(index.prefix("goog", 5)), ["Google LLC", "Google Cloud Platform"]);
    assert_eq!(names(index.fuzzy(&text("Nkie"), 1)), ["Nike"]);
    assert!(names(index.fuzzy(&text(&"x".repeat(100)), 2)).is_empty());
    assert!(ask(&index, "IBM").contains(&NAMES[2].to_owned()));
    assert!(ask(&index, "goog").contains(&"Google Cloud Platform".to_owned()));
    assert!(ask(&index, "nkie").contains(&"Nike".to_owned()));
    assert_eq!(ask(&index, NAMES[2])[0], NAMES[2]);
    assert!(ask(&index, NAMES[2]).contains(&"IBM".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_entries_does_not_matter(names in prop::collection::vec("[a-d]{1,6}( [a-d]{1,6}){0,3}", 0..30)) {
        let (forth, back) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let build = |dir: &Path, entries: &mut dyn Iterator<Item = Result<Entry>>| {
            let meta = IndexMeta { dataset: "firms".to_owned(), ..IndexMeta::default() };
            NameIndex::build(dir, meta, entries, learned()).unwrap()
        };
        build(forth.path(), &mut names.iter().zip(0..).map(|(name, id)| entry(name, id)));
        build(back.path(), &mut names.iter().enumerate().rev().map(|(id, name)| entry(name, id)));
        for file in FILES {
            let read = |dir: &Path| fs::read(dir.join("firms-0").join(file)).unwrap();
            prop_assert_eq!(read(forth.path()), read(back.path()), "{}", file);
        }
    }

    #[test]
    fn every_name_finds_itself_and_no_query_panics(names in prop::collection::vec("\\PC{0,20}", 1..20), query in "\\PC*") {
        let dir = tempfile::tempdir().unwrap();
        let slices: Vec<&str> = names.iter().map(String::as_str).collect();
        build(dir.path(), 1, &slices);
        let index = open(dir.path()).unwrap();
        let preparer = Preparer::new(cognate::text::shipped(), index.rarity());
        let mut scratch = Scratch::default();
        for name in names.iter().chain([&query]) {
            let Some(text) = preparer.text(name) else { continue };
            prop_assert!(index.candidates(&text, 0, &mut scratch).is_empty());
            prop_assert!(index.candidates(&text, usize::MAX, &mut scratch).len() <= index.len() as usize);
            let found = index.candidates(&text, 60, &mut scratch);
            let again = index.candidates(&text, 60, &mut Scratch::default());
            prop_assert_eq!(&found, &again);
            for (entry, limit) in index.exact(&text).into_iter().zip(0..60) {
                prop_assert!(limit >= 30 || found.iter().any(|candidate| candidate.entry == entry));
            }
            prop_assert!(name == &query || !found.is_empty());
        }
    }
}
