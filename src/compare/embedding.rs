//! The name embedding: a short vector of integers for each name, near for names that mean the same.
//!
//! A name is a bag of features: its words, their character 3-grams and 4-grams, its initials, its legal forms, and the
//! characters of scripts that are written without spaces. Each feature is hashed to a row of a learned table of 8-bit
//! integers; the vector is the sum of the rows, brought to unit length. What a feature means and how much it matters are
//! both in its row: that of a word which may come and go is short. The table is learned from names that are known to mean
//! the same ([`crate::model::contrast`]), so `université` lies near `university`, and `大学` too.
//!
//! This is LinkOrgs' learned name representation (Libgober & Jerzak, "Linking Datasets on Organizations Using Half a
//! Billion Open-Collaborated Records", PSRM 13(4), 2025, section on machine learning) with a bag of hashed features, as in
//! Bojanowski, Grave, Joulin & Mikolov, "Enriching Word Vectors with Subword Information", TACL 5, 2017, in place of a
//! network that reads characters: it takes a microsecond, and the same integers come out on every machine.

use super::bands::band;
use super::levels::{Comparison, MISSING};
use crate::text::hash::stable_hash;
use crate::text::lexicon::{Role, Word};

/// The dimensions of a vector.
pub const DIMENSIONS: usize = 128;

/// The length of a [`Meaning`], in the units of its numbers.
const UNIT: f64 = 256.0;

/// The features of a name that count at most; of a longer name those with the smallest hashes.
const MOST_FEATURES: usize = 192;

/// A unit vector: where a name lies among all names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning([i8; DIMENSIONS]);

impl Meaning {
    /// The cosine of two vectors in 65,536ths, from about −65,536 to 65,536; symmetric.
    pub fn cosine(&self, other: &Meaning) -> i32 {
        // Products of 8-bit numbers fit in 16 bits; eight sums side by side are what processors add at once.
        let mut sums = [0_i32; 8];
        for (a, b) in self.0.chunks_exact(8).zip(other.0.chunks_exact(8)) {
            sums.iter_mut()
                .zip(a.iter().zip(b))
                .for_each(|(sum, (a, b))| *sum += i32::from(i16::from(*a) * i16::from(*b)));
        }
        sums.iter().sum()
    }

    /// The signs of its numbers.
    pub fn signs(&self) -> Signs {
        let mut signs = [0_u64; DIMENSIONS / 64];
        for (word, numbers) in signs.iter_mut().zip(self.0.chunks(64)) {
            *word = numbers.iter().fold(0, |word, number| word << 1 | u64::from(*number < 0));
        }
        Signs(signs)
    }

    /// The numbers, each in 256ths.
    pub fn numbers(&self) -> &[i8; DIMENSIONS] {
        &self.0
    }
}

/// The signs of a vector's numbers: two vectors at an angle of θ agree in about a share of 1 − θ/π of them (Charikar,
/// "Similarity Estimation Techniques from Rounding Algorithms", STOC 2002), which tells near from far a few times faster
/// than the cosine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs([u64; DIMENSIONS / 64]);

impl Signs {
    /// In how many of [`DIMENSIONS`] places two vectors have the same sign.
    pub fn agreement(self, other: Signs) -> u32 {
        let differences: u32 = self.0.iter().zip(other.0).map(|(a, b)| (a ^ b).count_ones()).sum();
        DIMENSIONS as u32 - differences
    }
}

/// A learned table of rows, one for each hash of a feature.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Embedding {
    rows: Vec<[i8; DIMENSIONS]>,
}

impl Embedding {
    /// A table of these rows; `None` unless their number is a power of two.
    pub fn new(rows: Vec<[i8; DIMENSIONS]>) -> Option<Embedding> {
        rows.len().is_power_of_two().then_some(Embedding { rows })
    }

    /// The rows.
    pub fn rows(&self) -> &[[i8; DIMENSIONS]] {
        &self.rows
    }

    /// The vector of a name with these features ([`features`]); `None` where no feature says anything.
    pub fn encode(&self, features: &[u32]) -> Option<Meaning> {
        let mut sum = [0_i16; DIMENSIONS];
        for feature in features {
            let place = *feature as usize & self.rows.len().wrapping_sub(1);
            let Some(row) = self.rows.get(place) else { continue };
            // At most MOST_FEATURES × 127 < 2^15.
            sum.iter_mut().zip(row).for_each(|(sum, number)| *sum = sum.wrapping_add(i16::from(*number)));
        }
        let squares: i64 = sum.iter().map(|number| i64::from(*number) * i64::from(*number)).sum();
        if squares == 0 {
            return None;
        }
        // Square root, division and rounding are exact by IEEE 754, so the integers are the same everywhere.
        let length = (squares as f64).sqrt();
        Some(Meaning(sum.map(|number| (f64::from(number) / length * UNIT).round().clamp(-127.0, 127.0) as i8)))
    }
}

/// What kind of feature it is, to tell the word `ab` from the 2-gram `ab`.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Feature {
    Word = b'w',
    Grams = b'g',
    Initials = b'i',
    Legal = b'l',
    Character = b'c',
}

fn hashed(kind: Feature, bytes: impl Iterator<Item = u8>) -> u32 {
    let hash = stable_hash(std::iter::once(kind as u8).chain(bytes)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (hash >> 32) as u32
}

/// The hashes of a name's features, ascending, each once: of `raw`, read as `words` ([`crate::text::Lexicon::read`]).
pub fn features(words: &[Word], raw: &str) -> Vec<u32> {
    let mut found = Vec::with_capacity(64);
    let mut initials: Vec<u8> = Vec::new();
    for word in words {
        match word.role {
            Role::Core => {
                initials.extend(word.text.bytes().next());
                append_word(word, &mut found);
            }
            Role::Legal => found.push(hashed(Feature::Legal, word.canonical().bytes())),
            Role::Connective => {}
        }
    }
    if initials.len() >= 2 {
        found.push(hashed(Feature::Initials, initials.iter().copied().take(12)));
    }
    append_characters(raw, &mut found);
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST_FEATURES);
    found
}

fn append_word(word: &Word, found: &mut Vec<u32>) {
    found.push(hashed(Feature::Word, word.canonical().bytes()));
    if word.stands_for.is_some() {
        found.push(hashed(Feature::Word, word.text.bytes()));
    }
    if word.text.len() <= 6 {
        found.push(hashed(Feature::Initials, word.text.bytes()));
    }
    let mut bounded = [b' '; 34];
    let letters = word.text.as_bytes();
    let length = letters.len().min(32);
    bounded.iter_mut().skip(1).zip(letters.iter().take(length)).for_each(|(slot, letter)| *slot = *letter);
    let bounded = bounded.get(..length + 2).unwrap_or_default();
    for size in [3, 4] {
        found.extend(bounded.windows(size).map(|gram| hashed(Feature::Grams, gram.iter().copied())));
    }
}

/// The characters of scripts without spaces between words, alone and in pairs of neighbours.
fn append_characters(raw: &str, found: &mut Vec<u32>) {
    if raw.is_ascii() {
        return;
    }
    let mut last: Option<char> = None;
    for character in raw.chars().filter(|character| is_unspaced(*character)) {
        let mut bytes = [0; 8];
        let mut spell = |characters: &[char]| {
            let mut length = 0;
            for character in characters {
                length += bytes.get_mut(length..).map_or(0, |rest| character.encode_utf8(rest).len());
            }
            hashed(Feature::Character, bytes.iter().copied().take(length))
        };
        found.push(spell(&[character]));
        if let Some(last) = last {
            found.push(spell(&[last, character]));
        }
        last = Some(character);
    }
}

/// Thai, Lao, Burmese, Khmer, kana, Han and Hangul.
fn is_unspaced(character: char) -> bool {
    matches!(u32::from(character),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

/// Bounds of the cosine of two names' vectors, in thousandths.
const BOUNDS: [u16; 22] =
    [100, 150, 200, 250, 300, 350, 400, 450, 500, 550, 600, 650, 700, 740, 780, 820, 850, 880, 910, 940, 965, 990];

/// The comparison.
pub(super) const COMPARISON: Comparison = Comparison {
    name: "meaning",
    about: "cosine of the names' learned vectors",
    levels: &[
        "<0.10", "≥0.10", "≥0.15", "≥0.20", "≥0.25", "≥0.30", "≥0.35", "≥0.40", "≥0.45", "≥0.50", "≥0.55", "≥0.60",
        "≥0.65", "≥0.70", "≥0.74", "≥0.78", "≥0.82", "≥0.85", "≥0.88", "≥0.91", "≥0.94", "≥0.965", "≥0.99",
    ],
    monotone: true,
};

/// The level of two vectors.
pub(super) fn level(left: Option<&Meaning>, right: Option<&Meaning>) -> u8 {
    let (Some(left), Some(right)) = (left, right) else { return MISSING };
    band((left.cosine(right).max(0) as u32 * 1000 / 65_536).min(1000) as u16, &BOUNDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn features_of(name: &str) -> Vec<u32> {
        features(&crate::text::shipped().read(name).0, name)
    }

    /// A table of pseudo-random rows: what training starts from.
    fn random() -> Embedding {
        let number = |row: usize, place: usize| {
            (stable_hash((row * DIMENSIONS + place).to_le_bytes().into_iter()).wrapping_mul(0x9E37_79B9_7F4A_7C15)
                >> 56) as i8
        };
        let rows = (0..1024).map(|row| std::array::from_fn(|place| number(row, place).max(-127) / 2)).collect();
        Embedding::new(rows).unwrap()
    }

    #[test]
    fn names_that_share_features_are_near() {
        let table = random();
        let cosine = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|name| table.encode(&features_of(name)).unwrap());
            f64::from(a.cosine(&b)) / UNIT / UNIT
        };
        assert!((cosine("Zeta Shipping", "Zeta Shipping") - 1.0).abs() < 0.02);
        assert!(cosine("Zeta Shipping", "Zeta Shiping") > 0.5);
        assert!(cosine("Zeta Shipping", "Quux Laboratories").abs() < 0.5);
    }

    #[test]
    fn scripts_without_spaces_have_characters() {
        assert!(features_of("北京大学").contains(&hashed(Feature::Character, "大学".bytes())));
        assert!(!features_of("Beijing").contains(&hashed(Feature::Character, "B".bytes())));
    }

    #[test]
    fn nothing_has_no_meaning() {
        assert_eq!(random().encode(&[]), None);
        assert_eq!(Embedding::default().encode(&[1, 2]), None);
        assert_eq!(Embedding::new(vec![[0; DIMENSIONS]; 3]), None);
    }

    proptest! {
        #[test]
        fn vectors_have_unit_length_and_a_symmetric_cosine(a in "\\PC{1,200}", b in "\\PC{1,40}") {
            let table = random();
            let (Some(a), Some(b)) = (table.encode(&features_of(&a)), table.encode(&features_of(&b))) else { return Ok(()) };
            let length = f64::from(a.cosine(&a)).sqrt() / UNIT;
            prop_assert!((0.9..1.1).contains(&length), "{length}");
            prop_assert_eq!(a.cosine(&b), b.cosine(&a));
            prop_assert_eq!(a.signs().agreement(a.signs()), DIMENSIONS as u32);
            prop_assert_eq!(a.signs().agreement(b.signs()), b.signs().agreement(a.signs()));
        }
    }
}
