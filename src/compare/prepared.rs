//! Preparing: everything about a text that comparing and blocking need, computed once.

use super::embedding::{Embedding, Meaning, features};
use super::rarity::{Rarity, UNIQUE};
use super::script::{Scripts, scripts};
use super::word_odds::{Odds, WordOdds};
use crate::alias::Membership;
use crate::config::Limits;
use crate::text::grams::{Gram, grams};
use crate::text::hash::{stable_hash, word_hash};
use crate::text::lexicon::{FormId, Lexicon, Role, Word};
use crate::text::number::{Micro, number};

/// A core word of a prepared text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordMark {
    /// The hash of the word that it stands for ([`word_hash`] of [`Word::canonical`]).
    pub hash: u32,
    /// The hash of the word as it is spelled.
    pub spelling: u32,
    /// Which letters it holds: bit 0 for `a` and so on, bit 26 for any digit.
    pub letters: u32,
    /// Its rarity, from 1 to [`UNIQUE`].
    pub rarity: u16,
    /// The first byte of the word in [`Text::core`].
    pub start: u8,
    /// Its length in bytes.
    pub length: u8,
    /// What it says that it stands on one side only, or on both.
    pub odds: Odds,
    /// Whether it is a number or holds a digit (Roman numbers of two letters and more count).
    pub numeric: bool,
}

/// One text, prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The core words in order, separated by one space: what is left without legal forms and connectives.
    pub core: Box<str>,
    /// The core words in alphabetical order, separated by one space.
    pub sorted: Box<str>,
    /// The core words by hash.
    pub words: Box<[WordMark]>,
    /// The 3-grams of the core words, sorted.
    pub grams: Box<[Gram]>,
    /// The hash of all words, legal forms included, in order.
    pub whole: u64,
    /// The hash of the core words in order without spaces.
    pub compact: u64,
    /// The initials of the core words, and those of core words and connectives.
    pub initials: [Box<str>; 2],
    /// The legal forms, in order.
    pub forms: Box<[FormId]>,
    /// Where it lies among all names; `None` without an embedding.
    pub meaning: Option<Meaning>,
    /// The letters that it is written in.
    pub scripts: Scripts,
    /// The number, where the text is nothing else.
    pub number: Option<Micro>,
    /// What it means by alias evidence, ascending by group; nothing where that is not known or not asked for.
    pub memberships: Box<[Membership]>,
}

impl Text {
    /// The text of a word.
    pub fn word(&self, mark: &WordMark) -> &str {
        let start = usize::from(mark.start);
        self.core.get(start..start + usize::from(mark.length)).unwrap_or_default()
    }

    /// The sum of the rarities of its words: how much the text says in all.
    pub fn information(&self) -> u32 {
        self.words.iter().map(|word| u32::from(word.rarity)).sum()
    }
}

/// The features of one record: one text, or none, for each compared field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prepared {
    /// The texts in the order of the compared fields; `None` is missing.
    pub texts: Vec<Option<Text>>,
}

/// Prepares texts with a lexicon, a rarity table and limits.
#[derive(Debug, Clone, Copy)]
pub struct Preparer<'a> {
    /// The words' meanings.
    pub lexicon: &'a Lexicon,
    /// The words' rarities.
    pub rarity: &'a Rarity,
    /// What common words say beyond their rarity, if that was learned.
    pub odds: Option<&'a WordOdds>,
    /// The names' vectors, if there is a table of them.
    pub embedding: Option<&'a Embedding>,
    /// Bytes of the core that take part ([`Limits::compared_bytes`], at most 255).
    pub compared_bytes: usize,
}

impl<'a> Preparer<'a> {
    /// A preparer with the default limits.
    pub fn new(lexicon: &'a Lexicon, rarity: &'a Rarity) -> Preparer<'a> {
        Preparer { lexicon, rarity, odds: None, embedding: None, compared_bytes: Limits::default().compared_bytes }
    }

    /// Prepares a text; `None` when it holds no letter and no digit, which counts as missing.
    ///
    /// ```
    /// use cognate::compare::{Preparer, Rarity};
    /// let rarity = Rarity::default();
    /// let text = Preparer::new(cognate::text::shipped(), &rarity).text("The Procter & Gamble Co.").unwrap();
    /// assert_eq!(&*text.core, "procter gamble");
    /// assert_eq!(&*text.initials[0], "pg");
    /// ```
    pub fn text(&self, raw: &str) -> Option<Text> {
        let raw = bounded(raw, self.compared_bytes * 4);
        let (mut words, mut forms) = self.lexicon.read(raw);
        let meaning = self.embedding.and_then(|embedding| embedding.encode(&features(&words, raw)));
        self.mark_misspelt_form(&mut words, &mut forms);
        let mut core = String::new();
        let mut marks = Vec::with_capacity(words.len());
        for word in words.iter().filter(|word| word.role == Role::Core) {
            if core.len() + word.text.len() + 1 > self.compared_bytes.min(usize::from(u8::MAX)) {
                break;
            }
            if !core.is_empty() {
                core.push(' ');
            }
            marks.push(self.mark(word, core.len())?);
            core.push_str(&word.text);
        }
        // A single word that is longer than the limit is cut, so that it still says something.
        if marks.is_empty() {
            let first = &words.iter().find(|word| word.role == Role::Core)?.text;
            let cut = first.get(..first.len().min(self.compared_bytes.min(usize::from(u8::MAX) - 1)))?;
            core.push_str(cut);
            marks.push(self.mark(&Word { text: cut.to_owned(), stands_for: None, role: Role::Core }, 0)?);
        }
        let mut alphabetical: Vec<&str> = core.split(' ').collect();
        alphabetical.sort_unstable();
        let compact = stable_hash(core.bytes().filter(|byte| *byte != b' '));
        let sorted = alphabetical.join(" ");
        let grams = grams(core.split(' '));
        marks.sort_unstable_by_key(|mark| (mark.hash, mark.start));
        Some(Text {
            sorted: sorted.into(),
            words: marks.into(),
            grams: grams.into(),
            whole: stable_hash(words.iter().flat_map(|word| word.canonical().bytes().chain([b' ']))),
            compact,
            initials: [initials(&words, false), initials(&words, true)],
            forms: forms.into(),
            meaning,
            scripts: scripts(raw),
            number: number(raw),
            memberships: Box::default(),
            core: core.into(),
        })
    }

    /// A last word that nobody else bears and that is one typing error away from a legal form is that form (`Copr`).
    fn mark_misspelt_form(&self, words: &mut [Word], forms: &mut Vec<FormId>) {
        let others = words.iter().rev().skip(1).any(|word| word.role == Role::Core);
        let Some(last) = words.last_mut().filter(|last| others && last.role == Role::Core) else { return };
        if self.rarity.of(word_hash(last.canonical())) < UNIQUE / 5 * 4 {
            return;
        }
        if let Some(form) = self.lexicon.misspelt_form(&last.text) {
            last.role = Role::Legal;
            forms.push(form);
        }
    }

    fn mark(&self, word: &Word, start: usize) -> Option<WordMark> {
        let hash = word_hash(word.canonical());
        Some(WordMark {
            hash,
            spelling: word_hash(&word.text),
            letters: letters(&word.text),
            rarity: self.rarity.of(hash).min(UNIQUE),
            odds: self.odds.map_or(Odds::default(), |odds| odds.of(hash)),
            start: u8::try_from(start).ok()?,
            length: u8::try_from(word.text.len()).ok()?,
            numeric: is_numeric(&word.text),
        })
    }
}

/// The words whose hashes a rarity table counts for a text: its core words, each once.
pub fn counted_words(lexicon: &Lexicon, raw: &str) -> Vec<String> {
    let (words, _) = lexicon.read(raw);
    let mut core: Vec<String> =
        words.iter().filter(|word| word.role == Role::Core).map(|word| word.canonical().to_owned()).collect();
    core.sort_unstable();
    core.dedup();
    core
}

fn bounded(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn initials(words: &[Word], with_connectives: bool) -> Box<str> {
    let counted = words.iter().filter(|w| w.role == Role::Core || (with_connectives && w.role == Role::Connective));
    counted.filter_map(|word| word.text.chars().next()).take(12).collect::<String>().into()
}

fn letters(word: &str) -> u32 {
    let bit = |byte: u8| if byte.is_ascii_lowercase() { u32::from(byte - b'a') } else { 26 };
    word.bytes().fold(0, |letters, byte| letters | 1 << bit(byte))
}

fn is_numeric(word: &str) -> bool {
    const ROMAN: [&str; 13] = ["ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii", "xiii", "xiv", "xv", "xvi"];
    word.bytes().any(|byte| byte.is_ascii_digit()) || ROMAN.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepare(raw: &str) -> Option<Text> {
        Preparer::new(crate::text::shipped(), &Rarity::default()).text(raw)
    }

    #[test]
    fn nothing_to_compare_is_missing() {
        assert_eq!(prepare(""), None);
        assert_eq!(prepare(" -- . "), None);
    }

    #[test]
    fn spaces_and_legal_forms_do_not_matter_to_the_compact_form() {
        let (a, b) = (prepare("JP Morgan Ltd").unwrap(), prepare("JPMorgan").unwrap());
        assert_eq!(a.compact, b.compact);
        assert_ne!(a.whole, b.whole);
    }

    #[test]
    fn a_very_long_name_is_bounded() {
        let text = prepare(&"x".repeat(100_000)).unwrap();
        assert!(text.core.len() < 256);
        let text = prepare(&"ab ".repeat(100_000)).unwrap();
        assert!(text.core.len() < 256 && text.words.len() > 50);
    }

    #[test]
    fn words_can_be_read_back() {
        let text = prepare("Zeta Alpha Omega").unwrap();
        let mut found: Vec<&str> = text.words.iter().map(|mark| text.word(mark)).collect();
        found.sort_unstable();
        assert_eq!(found, ["alpha", "omega", "zeta"]);
    }
}
