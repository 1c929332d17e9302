use super::*;
use crate::error::ErrorKind;
use proptest::prelude::*;
use std::fs;

const DIMS: usize = 128;

/// Vectors with many zeros, some of them near each other.
fn vector(number: u64) -> Vec<i8> {
    let mixed = |salt: u64| (number ^ salt.wrapping_mul(0x9E37_79B9)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 33;
    let mut vector = vec![0; DIMS];
    for word in 0..8 {
        // Eight words out of two hundred, each with four places.
        let word = mixed(word) % 200;
        for place in 0..4 {
            let hash = (word * 4 + place + 1).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40;
            vector[hash as usize % DIMS] += if hash >> 20 & 1 == 0 { 9 } else { -9 };
        }
    }
    vector
}

fn meta(generation: u64) -> VectorMeta {
    VectorMeta { dataset: "firms".to_owned(), generation, dims: DIMS as u32, seed: 7, ..VectorMeta::default() }
}

fn row(number: u64) -> (RecordId, Vec<i8>) {
    (RecordId::new(format!("r{number}")), vector(number))
}

fn build(dir: &Path, generation: u64, numbers: impl Iterator<Item = u64>) -> VectorIndex {
    let built = VectorIndex::build(dir, meta(generation), numbers.map(|number| Ok(row(number)))).unwrap();
    let index = VectorIndex::open(dir, "firms").unwrap().unwrap();
    assert_eq!((index.meta(), u64::from(index.len())), (&built, built.entries));
    index
}

fn files(dir: &Path, generation: u64) -> Vec<Vec<u8>> {
    let folder = dir.join(format!("firms-{generation}.vectors"));
    ["meta", "records", "vectors", "signs"].map(|file| fs::read(folder.join(file)).unwrap()).to_vec()
}

fn exact(index: &VectorIndex, query: &[i8], top: usize) -> Vec<Near> {
    index.rescored(query, 0..index.len(), top)
}

#[test]
fn among_few_the_nearest_are_found_exactly_and_among_many_nearly_all() {
    let dir = tempfile::tempdir().unwrap();
    let few = build(dir.path(), 1, 0..500);
    for number in 0..20 {
        let query = vector(number + 10_000);
        assert_eq!(few.near(&query, 10), exact(&few, &query, 10));
    }
    let many = build(dir.path(), 2, 0..12_000);
    assert!(many.planes.is_some());
    let (mut found, mut all) = (0, 0);
    for number in 0..50 {
        let query = vector(number + 100_000);
        let expected = exact(&many, &query, 10);
        let least = expected.last().unwrap().cosine;
        let near = many.near(&query, 10);
        assert!(near.is_sorted_by_key(|near| (Reverse(near.cosine), near.entry)));
        found += near.iter().filter(|near| near.cosine >= least).count();
        all += expected.len();
    }
    assert!(found * 100 >= all * 97, "{found} of {all}");
}

#[test]
fn every_record_finds_itself() {
    let dir = tempfile::tempdir().unwrap();
    let index = build(dir.path(), 1, 0..5000);
    for number in (0..5000).step_by(101) {
        let (id, vector) = row(number);
        let entry = index.entry(&id).unwrap();
        assert_eq!(index.record(entry), Some(id));
        assert_eq!(index.vector(entry), Some(vector.as_slice()));
        assert_eq!(index.near(&vector, 1)[0].cosine, 65_536);
    }
    assert_eq!(index.entry(&RecordId::new("nobody")), None);
    assert_eq!((index.record(5000), index.vector(5000)), (None, None));
}

#[test]
fn zeros_and_other_lengths_are_near_to_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let zero = Ok((RecordId::new("zero"), vec![0; DIMS]));
    VectorIndex::build(dir.path(), meta(1), [zero, Ok(row(1))].into_iter()).unwrap();
    let index = VectorIndex::open(dir.path(), "firms").unwrap().unwrap();
    assert!(index.near(&[0; DIMS], 5).is_empty());
    assert!(index.near(&[1; DIMS - 1], 5).is_empty());
    assert!(index.near(&vector(1), 0).is_empty());
    assert_eq!(index.near(&vector(1), 5), [Near { entry: 0, cosine: 65_536 }, Near { entry: 1, cosine: 0 }]);
    assert!(build(dir.path(), 2, 0..0).near(&vector(1), usize::MAX).is_empty());
}

#[test]
fn every_damage_is_found_and_a_new_build_heals_it() {
    let dir = tempfile::tempdir().unwrap();
    assert!(VectorIndex::open(dir.path(), "firms").unwrap().is_none());
    build(dir.path(), 3, 0..40);
    for file in ["meta", "records", "vectors", "signs"] {
        let path = dir.path().join("firms-3.vectors").join(file);
        let whole = fs::read(&path).unwrap();
        let flips = (0..whole.len()).step_by(whole.len() / 40 + 1).map(|at| {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            damaged
        });
        let cuts = [0, 1, 35, 36, whole.len() / 2, whole.len() - 1].map(|length| whole[..length].to_vec());
        for damaged in flips.chain(cuts).chain([[whole.clone(), vec![0]].concat()]) {
            fs::write(&path, damaged).unwrap();
            let error = VectorIndex::open(dir.path(), "firms").unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{file}: {error}");
        }
        fs::remove_file(&path).unwrap();
        assert!(VectorIndex::open(dir.path(), "firms").is_err(), "{file}");
        build(dir.path(), 3, 0..40);
    }
}

#[test]
fn files_that_do_not_fit_each_other_are_damage() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    build(other.path(), 1, 0..41);
    for file in ["meta", "records", "vectors", "signs"] {
        build(dir.path(), 1, 0..40);
        let path = |dir: &Path| dir.join("firms-1.vectors").join(file);
        fs::copy(path(other.path()), path(dir.path())).unwrap();
        let error = VectorIndex::open(dir.path(), "firms").unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{file}: {error}");
    }
}

#[test]
fn a_build_tidies_up_and_leaves_the_other_kind_alone() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), 1, 0..3);
    for left in [".firms-2.vectors.unfinished", ".firms-1.vectors.replaced", "firms-1", ".firms-9.unfinished"] {
        fs::create_dir(dir.path().join(left)).unwrap();
    }
    let failed = [Ok(row(1)), Err(Error::usage("the store went away"))].into_iter();
    assert!(VectorIndex::build(dir.path(), meta(2), failed).is_err());
    assert_eq!(VectorIndex::read_meta(dir.path(), "firms").unwrap().unwrap().generation, 1);
    build(dir.path(), 2, 0..4);
    let mut left: Vec<String> =
        fs::read_dir(dir.path()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, [".firms-9.unfinished", "firms-1", "firms-2.vectors"]);
}

#[test]
fn what_cannot_be_built_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |meta: VectorMeta, vector: Vec<i8>| {
        let rows = [Ok((RecordId::new("a"), vector))].into_iter();
        VectorIndex::build(dir.path(), meta, rows).unwrap_err()
    };
    for dims in [0, 63, 100, 32_768 + 64] {
        assert!(matches!(refused(VectorMeta { dims, ..meta(1) }, vec![1; dims as usize]).kind(), ErrorKind::Usage(_)));
    }
    assert!(matches!(refused(meta(1), vec![1; 64]).kind(), ErrorKind::Input { .. }));
    assert!(matches!(
        refused(VectorMeta { dataset: "../up".to_owned(), ..meta(1) }, vec![1; DIMS]).kind(),
        ErrorKind::Usage(_)
    ));
    let index = build(dir.path(), 1, 0..3);
    for other in [
        VectorMeta { seed: 8, ..meta(2) },
        VectorMeta { dims: 64, ..meta(2) },
        VectorMeta { settings: "{}".to_owned(), ..meta(2) },
    ] {
        let none = std::iter::empty::<Result<(RecordId, Vec<i8>)>>();
        assert!(index.update(dir.path(), other, none, &HashSet::new()).is_err());
    }
}

#[test]
fn any_number_of_threads_builds_the_same() {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    build(dirs[0].path(), 1, 0..3000);
    one.install(|| build(dirs[1].path(), 1, (0..3000).rev()));
    assert_eq!(files(dirs[0].path(), 1), files(dirs[1].path(), 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_update_is_a_build(old in prop::collection::vec(0..60_u64, 0..40), new in prop::collection::vec(30..90_u64, 0..40),
        gone: HashSet<u8>) {
        let (updated, built) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let index = build(updated.path(), 1, old.iter().copied());
        // What is added has other vectors than the records of the same id had.
        let changed = |number: u64| (row(number).0, vector(number + 1000));
        let removed: HashSet<RecordId> = gone.iter().map(|number| row(u64::from(*number)).0).collect();
        let added = new.iter().map(|number| Ok(changed(*number)));
        let meta_after = index.update(updated.path(), meta(2), added, &removed).unwrap();
        let stays = old.iter().filter(|number| !removed.contains(&row(**number).0)).map(|number| row(*number));
        let all: Vec<_> = stays.chain(new.iter().map(|number| changed(*number))).map(Ok).collect();
        prop_assert_eq!(VectorIndex::build(built.path(), meta(2), all.into_iter()).unwrap(), meta_after);
        prop_assert_eq!(files(updated.path(), 2), files(built.path(), 2));
    }

    #[test]
    fn cosines_are_those_of_the_vectors(left: [i8; 64], right: [i8; 64]) {
        let dir = tempfile::tempdir().unwrap();
        let meta = VectorMeta { dims: 64, ..meta(1) };
        VectorIndex::build(dir.path(), meta, [Ok((RecordId::new("a"), left))].into_iter()).unwrap();
        let index = VectorIndex::open(dir.path(), "firms").unwrap().unwrap();
        let product = |a: &[i8], b: &[i8]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let lengths = (product(&left, &left) * product(&right, &right)).sqrt();
        prop_assume!(lengths > 0.0);
        let expected = product(&left, &right) / lengths * 65_536.0;
        prop_assert!((f64::from(index.near(&right, 1)[0].cosine) - expected).abs() < 0.51);
    }
}
