//! The blocking keys of a text.

use super::pivots::Pivots;
use crate::compare::Text;
use crate::compare::prepared::WordMark;
use crate::compare::rarity::UNIQUE;
use crate::text::grams::{self, Gram};
use crate::text::hash::stable_hash;
use rustc_hash::FxHashMap;
use std::fmt;

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum KeyKind {
    /// All core words without spaces: equal names, however they are spaced or whatever their legal form.
    Exact = 0,
    /// All core words in alphabetical order: equal names in another order.
    Sorted = 1,
    /// One of the rarest words, whole or with one letter left out: two words within one typing error share such a key.
    Word = 2,
    /// The first letters of the rarest word: words cut short.
    Prefix = 3,
    /// Two words together: names that have only common words.
    Pair = 4,
    /// The initials of all words, or a short word that may be such initials.
    Initials = 5,
    /// One of the rarest 3-grams.
    Gram = 6,
    /// One of the pivots that the learned vector is nearest to ([`super::pivots`]): names of near meaning.
    Meaning = 7,
    /// A group of the alias table that the text is a member of: names that people use for one thing.
    AliasGroup = 8,
}

impl KeyKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [KeyKind; 9] = [
        KeyKind::Exact,
        KeyKind::Sorted,
        KeyKind::Word,
        KeyKind::Prefix,
        KeyKind::Pair,
        KeyKind::Initials,
        KeyKind::Gram,
        KeyKind::Meaning,
        KeyKind::AliasGroup,
    ];

    /// The kind's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            KeyKind::Exact => "exact",
            KeyKind::Sorted => "sorted",
            KeyKind::Word => "word",
            KeyKind::Prefix => "prefix",
            KeyKind::Pair => "pair",
            KeyKind::Initials => "initials",
            KeyKind::Gram => "gram",
            KeyKind::Meaning => "meaning",
            KeyKind::AliasGroup => "alias.group",
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A blocking key: its kind in the top four bits, a hash of what it is made of in the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub u64);

impl Key {
    fn new(kind: KeyKind, hash: u64) -> Key {
        // The low bits of FNV are its best; the field's number is already part of the hash.
        Key((kind as u64) << 60 | (hash ^ hash >> 40) & (u64::MAX >> 4))
    }

    /// What the key is made of.
    pub fn kind(self) -> KeyKind {
        KeyKind::ALL.into_iter().find(|kind| *kind as u64 == self.0 >> 60).unwrap_or(KeyKind::Gram)
    }
}

/// How keys are made; the defaults were chosen on the validation tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOptions {
    /// The rarest words of a text that give [`KeyKind::Word`] keys.
    pub words: usize,
    /// The letters of [`KeyKind::Prefix`] keys.
    pub prefix: usize,
    /// The share of a text's gram rarity, in percent, that may be left out of its gram keys. Two texts whose shared grams
    /// carry more than this share of the rarity of each have a gram key in common (prefix filtering: Chaudhuri, Ganti &
    /// Kaushik, "A Primitive Operator for Similarity Joins", ICDE 2006); 100 makes no gram keys.
    pub gram_slack: u32,
    /// Whether there are [`KeyKind::Meaning`] keys, where the model has vectors.
    pub meaning: bool,
    /// Whether there are no keys but those of kind [`KeyKind::AliasGroup`].
    pub aliases_alone: bool,
}

impl Default for KeyOptions {
    fn default() -> KeyOptions {
        KeyOptions { words: 2, prefix: 4, gram_slack: 60, meaning: true, aliases_alone: false }
    }
}

/// A text that is a member of a group by less than this share, in parts of 65,535, does not bear its key.
const LEAST_SHARE: u16 = u16::MAX / 10;

/// Makes keys, with the numbers of texts that bear each gram.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    options: KeyOptions,
    gram_counts: FxHashMap<Gram, u32>,
    texts: u32,
    pivots: Pivots,
}

impl Keys {
    /// A maker of keys that knows how rare each gram is in these texts.
    pub fn new<'a>(options: KeyOptions, texts: impl Iterator<Item = &'a Text> + Clone) -> Keys {
        let pivots =
            if options.meaning && !options.aliases_alone { Pivots::new(texts.clone()) } else { Pivots::default() };
        let mut keys = Keys { options, pivots, ..Keys::default() };
        for text in texts {
            keys.texts += 1;
            for gram in &text.grams {
                *keys.gram_counts.entry(*gram).or_default() += 1;
            }
        }
        keys
    }

    /// Appends the keys of the text of a field (by its number) to `found`; some may come twice.
    pub fn append(&self, text: &Text, field: u8, found: &mut Vec<Key>) {
        let salted = |kind: KeyKind, bytes: &[u8]| Key::new(kind, stable_hash(bytes.iter().copied().chain([field])));
        let likely = text.memberships.iter().filter(|membership| membership.share >= LEAST_SHARE);
        found.extend(likely.map(|membership| salted(KeyKind::AliasGroup, &membership.group.to_le_bytes())));
        if self.options.aliases_alone {
            return;
        }
        found.push(Key::new(KeyKind::Exact, text.compact ^ u64::from(field)));
        let rarest = rarest_words(text);
        if rarest.len() > 1 {
            found.push(salted(KeyKind::Sorted, text.sorted.as_bytes()));
        }
        for (place, word) in rarest.iter().take(self.options.words).enumerate() {
            let letters = text.word(word).as_bytes();
            append_spellings(letters, word.numeric, |spelling| found.push(salted(KeyKind::Word, spelling)));
            if word.hash != word.spelling {
                found.push(salted(KeyKind::Word, &word.hash.to_le_bytes()));
            }
            if let (0, Some(start)) = (place, letters.get(..self.options.prefix)) {
                found.push(salted(KeyKind::Prefix, start));
            }
        }
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            if let (Some(a), Some(b)) = (rarest.get(a), rarest.get(b)) {
                let (low, high) = (a.hash.min(b.hash), a.hash.max(b.hash));
                let bytes: Vec<u8> = [low.to_le_bytes(), high.to_le_bytes()].concat();
                found.push(salted(KeyKind::Pair, &bytes));
            }
        }
        for initials in initials_of(text) {
            found.push(salted(KeyKind::Initials, initials.as_bytes()));
        }
        if let Some(meaning) = text.meaning.filter(|_| field == 0) {
            let nearest = self.pivots.nearest(&meaning);
            found.extend(nearest.map(|pivot| salted(KeyKind::Meaning, &pivot.to_le_bytes())));
        }
        self.rarest_grams(text, |gram| found.push(salted(KeyKind::Gram, &gram.to_le_bytes())));
    }

    /// The keys of the text of the first field, sorted, each once, in the place of what was in `found`.
    pub fn of_name(&self, text: &Text, found: &mut Vec<Key>) {
        found.clear();
        self.append(text, 0, found);
        found.sort_unstable();
        found.dedup();
    }

    /// The name of a key that the text bears, for people: `word "acme"`.
    pub fn name_of(&self, key: Key, text: &Text, field: u8) -> Option<String> {
        let mut own = Vec::new();
        self.append(text, field, &mut own);
        own.contains(&key).then(|| {
            let words: Vec<&str> = rarest_words(text).iter().map(|word| text.word(word)).take(3).collect();
            let salted = |bytes: &[u8]| Key::new(key.kind(), stable_hash(bytes.iter().copied().chain([field])));
            let made_of = match key.kind() {
                KeyKind::Exact | KeyKind::Sorted | KeyKind::Meaning | KeyKind::AliasGroup => text.core.to_string(),
                KeyKind::Prefix => {
                    words.first().map(|word| word.chars().take(self.options.prefix).collect()).unwrap_or_default()
                }
                KeyKind::Pair => words.join(" + "),
                KeyKind::Initials => initials_of(text).next().unwrap_or_default().to_owned(),
                KeyKind::Gram => {
                    let found = text.grams.iter().find(|gram| salted(&gram.to_le_bytes()) == key);
                    found.map(|gram| grams::spelled(*gram)).unwrap_or_default()
                }
                KeyKind::Word => {
                    let bears = |word: &&WordMark| {
                        let mut bears = salted(&word.hash.to_le_bytes()) == key;
                        append_spellings(text.word(word).as_bytes(), word.numeric, |spelling| {
                            bears |= salted(spelling) == key
                        });
                        bears
                    };
                    text.words.iter().find(bears).map(|word| text.word(word)).unwrap_or_default().to_owned()
                }
            };
            format!("{} {made_of:?}", key.kind())
        })
    }

    /// The rarest grams up to the slack: what is left out carries less than that share of the text's gram rarity.
    fn rarest_grams(&self, text: &Text, mut each: impl FnMut(Gram)) {
        if self.options.gram_slack >= 100 {
            return;
        }
        let mut weighted: Vec<(u32, Gram)> = text.grams.iter().map(|gram| (self.gram_rarity(*gram), *gram)).collect();
        weighted.sort_unstable_by(|a, b| b.cmp(a));
        let all: u32 = weighted.iter().map(|(rarity, _)| rarity).sum();
        let mut left = all;
        for (rarity, gram) in weighted {
            if left * 100 < all * self.options.gram_slack {
                break;
            }
            each(gram);
            left -= rarity;
        }
    }

    /// Log2 of texts per text that bears the gram, in 16ths of a bit.
    fn gram_rarity(&self, gram: Gram) -> u32 {
        let count = self.gram_counts.get(&gram).copied().unwrap_or(1).max(1);
        let ratio = f64::from(self.texts.max(1)) / f64::from(count);
        1 + (ratio.log2().max(0.0) * 16.0) as u32
    }
}

/// The words from the rarest on; of equally rare ones the first in the text comes first.
fn rarest_words(text: &Text) -> Vec<WordMark> {
    let mut words: Vec<WordMark> = text.words.to_vec();
    words.sort_unstable_by_key(|word| (UNIQUE - word.rarity.min(UNIQUE), word.start));
    words
}

/// A word, and the word with each letter left out (two words within one edit share one of these: the deletion
/// neighbourhood of Mor & Fraenkel, "A hash code method for detecting and correcting spelling errors", CACM 25(12), 1982).
/// Numbers and words of less than four letters are kept whole.
fn append_spellings(letters: &[u8], is_numeric: bool, mut each: impl FnMut(&[u8])) {
    each(letters);
    if letters.len() < 4 || is_numeric {
        return;
    }
    let mut spelling = Vec::with_capacity(letters.len());
    for place in 0..letters.len() {
        // Of a doubled letter either may go: the result is the same.
        if place > 0 && letters.get(place) == letters.get(place - 1) {
            continue;
        }
        spelling.clear();
        spelling.extend(letters.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, letter)| letter));
        each(&spelling);
    }
}

/// The initials of a text of three words and more, and its short words that may be somebody's initials.
fn initials_of(text: &Text) -> impl Iterator<Item = &str> {
    let of_words = text.initials.iter().map(|initials| &**initials).filter(|initials| initials.len() >= 3);
    let is_letters = |word: &&str| (3..=6).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let short_words =
        text.words.iter().filter(|word| word.rarity > UNIQUE / 2).map(|word| text.word(word)).filter(is_letters);
    of_words.chain(short_words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Preparer, Rarity};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn keys_of(name: &str) -> BTreeSet<Key> {
        let rarity = Rarity::default();
        let text = Preparer::new(crate::text::shipped(), &rarity).text(name).unwrap();
        let mut found = Vec::new();
        Keys::new(KeyOptions::default(), [&text].into_iter()).append(&text, 0, &mut found);
        found.into_iter().collect()
    }

    fn shared_kinds(left: &str, right: &str) -> Vec<&'static str> {
        let mut kinds: Vec<&str> = keys_of(left).intersection(&keys_of(right)).map(|key| key.kind().name()).collect();
        kinds.dedup();
        kinds
    }

    #[test]
    fn a_typing_error_leaves_a_key_in_common() {
        for (left, right) in
            [("calixto", "calxito"), ("calixto", "calisto"), ("calixto", "calito"), ("calixto", "calixtoo")]
        {
            assert!(shared_kinds(left, right).contains(&"word"), "{left} {right}");
        }
    }

    #[test]
    fn initials_meet_their_words() {
        assert!(shared_kinds("IBM", "International Business Machines").contains(&"initials"));
    }

    #[test]
    fn spaces_and_order_do_not_matter() {
        assert!(shared_kinds("JP Morgan", "JPMorgan").contains(&"exact"));
        assert!(shared_kinds("Smith Alpha", "Alpha Smith").contains(&"sorted"));
    }

    #[test]
    fn a_key_has_a_name() {
        let rarity = Rarity::default();
        let text = Preparer::new(crate::text::shipped(), &rarity).text("Acme Zeta").unwrap();
        let keys = Keys::new(KeyOptions::default(), [&text].into_iter());
        let mut found = Vec::new();
        keys.append(&text, 0, &mut found);
        for key in found {
            let name = keys.name_of(key, &text, 0).unwrap();
            assert!(name.contains('"') && !name.ends_with("\"\""), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_single_edit_of_a_word_shares_a_key(word in "[b-z]{4,10}", place in 0usize..10, letter in proptest::char::range('a', 'z')) {
            let mut letters: Vec<char> = word.chars().collect();
            let place = place % letters.len();
            letters[place] = letter;
            let edited: String = letters.into_iter().collect();
            let mut own = BTreeSet::new();
            append_spellings(word.as_bytes(), false, |spelling| { own.insert(spelling.to_vec()); });
            let mut shares = false;
            append_spellings(edited.as_bytes(), false, |spelling| shares |= own.contains(spelling));
            prop_assert!(shares);
        }
    }
}
