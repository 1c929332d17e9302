//! What words of names mean: legal forms, words that stand for each other, words that only connect.
//!
//! The three tables are data (`data/legal_forms.tsv`, `data/abbreviations.tsv`, `data/connectives.tsv`); this file reads
//! them and marks the words of a name.

use super::hash::stable_hash;
use super::{fold, tokenize};
use crate::error::{Error, Place, Result};
use rustc_hash::FxHashMap;
use std::path::Path;
use std::sync::LazyLock;

/// The number of a legal form within its lexicon (`ltd`, `gmbh`, …).
pub type FormId = u16;

/// What a word does in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It says which organization it is.
    Core,
    /// It is part of a legal form.
    Legal,
    /// It joins other words (`and`, `of`, `the`).
    Connective,
}

/// A word of a name with its canonical spelling and its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word as it stands in the name, folded.
    pub text: String,
    /// The word that it stands for, where that is another one: `international` for `intl`.
    pub stands_for: Option<String>,
    /// What it does.
    pub role: Role,
}

impl Word {
    /// The word that it stands for, or itself: equal for words that mean the same.
    pub fn canonical(&self) -> &str {
        self.stands_for.as_deref().unwrap_or(&self.text)
    }
}

/// A legal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its short name (`gmbh`).
    pub name: String,
    /// Its class (`limited`, `public`, `corporation`, …): forms of one class translate each other.
    pub class: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Start,
    End,
    Any,
}

#[derive(Debug, Clone)]
struct Phrase {
    words: Vec<String>,
    position: Position,
    form: FormId,
}

/// The tables of words.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    canonical: FxHashMap<String, String>,
    connectives: FxHashMap<String, bool>,
    forms: Vec<Form>,
    /// Phrases of legal forms by their first word, longest first.
    phrases: FxHashMap<String, Vec<Phrase>>,
    /// Forms of one word that a misspelt word may mean, by [`near_hashes`].
    misspelt: FxHashMap<u64, Vec<(String, FormId)>>,
}

/// Forms that are common enough for a rare word next to them in spelling to be a misspelling rather than a word.
const COMMON_FORMS: [&str; 11] = [
    "aktiengesellschaft",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "limited",
    "llc",
    "ltd",
    "plc",
];

/// The hash of a word, and of the word with each letter left out: two words within one edit share one of these.
fn near_hashes(word: &str) -> impl Iterator<Item = u64> + '_ {
    let without = |left_out: usize| {
        let letters = word.bytes().enumerate().filter(move |(place, _)| *place != left_out);
        stable_hash(letters.map(|(_, letter)| letter))
    };
    (0..=word.len()).map(without)
}

/// The lexicon that is shipped with cognate.
pub fn shipped() -> &'static Lexicon {
    static SHIPPED: LazyLock<Lexicon> = LazyLock::new(|| {
        let forms = include_str!("../../data/legal_forms.tsv");
        let abbreviations = include_str!("../../data/abbreviations.tsv");
        let connectives = include_str!("../../data/connectives.tsv");
        // A test parses the same text, so a faulty table cannot be shipped.
        Lexicon::parse(forms, abbreviations, connectives).unwrap_or_default()
    });
    &SHIPPED
}

impl Lexicon {
    /// Reads the three tables from their text; lines that start with `#` are comments.
    ///
    /// - forms: `form`, `class`, `position` (`start`, `end`, `any`), phrases separated by `;`
    /// - abbreviations: `canonical`, `kind`, variants separated by `;`
    /// - connectives: `word`, `kind` (`and` or `article`)
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Config`] with the line that has too few columns or an unknown position.
    pub fn parse(forms: &str, abbreviations: &str, connectives: &str) -> Result<Lexicon> {
        let mut lexicon = Lexicon::default();
        for (place, [word, kind]) in rows(connectives, "connectives.tsv") {
            let kind = kind.ok_or_else(|| too_short(&place))?;
            for token in tokenize(&fold(word.unwrap_or_default())) {
                lexicon.connectives.insert(token, kind == "and");
            }
        }
        for (place, [canonical, _kind, variants]) in rows(abbreviations, "abbreviations.tsv") {
            let (Some(canonical), Some(variants)) = (canonical, variants) else { return Err(too_short(&place)) };
            lexicon.add_variants(canonical, variants);
        }
        for (place, [name, class, position, phrases]) in rows(forms, "legal_forms.tsv") {
            let (Some(name), Some(class), Some(position), Some(phrases)) = (name, class, position, phrases) else {
                return Err(too_short(&place));
            };
            let position = match position {
                "start" => Position::Start,
                "end" => Position::End,
                "any" => Position::Any,
                other => return Err(Error::config(place, format!("position {other:?} is not start, end or any"))),
            };
            lexicon.add_form(name, class, position, phrases);
        }
        for phrases in lexicon.phrases.values_mut() {
            phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.words.len()));
        }
        Ok(lexicon)
    }

    fn add_variants(&mut self, canonical: &str, variants: &str) {
        let canonical = tokenize(&fold(canonical)).concat();
        for variant in variants.split(';') {
            let words = tokenize(&fold(variant));
            if let [word] = words.as_slice()
                && *word != canonical
            {
                self.canonical.entry(word.clone()).or_insert_with(|| canonical.clone());
            }
        }
    }

    fn add_form(&mut self, name: &str, class: &str, position: Position, phrases: &str) {
        let Ok(form) = FormId::try_from(self.forms.len()) else { return };
        self.forms.push(Form { name: name.to_owned(), class: class.to_owned() });
        for phrase in phrases.split(';') {
            let words: Vec<String> =
                tokenize(&fold(phrase)).into_iter().map(|word| self.conjunction_or(word)).collect();
            if let [word] = words.as_slice()
                && COMMON_FORMS.contains(&word.as_str())
            {
                for hash in near_hashes(word) {
                    self.misspelt.entry(hash).or_default().push((word.clone(), form));
                }
            }
            if let Some(first) = words.first() {
                let known = self.phrases.entry(first.clone()).or_default();
                known.push(Phrase { words: words.clone(), position, form });
            }
        }
    }

    fn conjunction_or(&self, word: String) -> String {
        if self.connectives.get(&word) == Some(&true) { super::tokens::AND.to_owned() } else { word }
    }

    /// The legal form of a number, if there is one.
    pub fn form(&self, id: FormId) -> Option<&Form> {
        self.forms.get(usize::from(id))
    }

    /// How many legal forms it knows.
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// Reads a name: its words with their roles, in order, and its legal forms, in order and without repeats.
    ///
    /// A name that is nothing but legal forms and connectives keeps its words as core words, so that no name is empty
    /// that had a letter. Linear in the number of words.
    ///
    /// ```
    /// use cognate::text::{Lexicon, lexicon::Role};
    /// let lexicon = Lexicon::parse("gmbh\tlimited\tend\tgmbh", "international\tabbreviation\tintl", "and\tand\nund\tand")?;
    /// let (words, forms) = lexicon.read("Müller und Söhne Intl. GmbH");
    /// let core: Vec<&str> = words.iter().filter(|w| w.role == Role::Core).map(|w| w.canonical()).collect();
    /// assert_eq!(core, ["muller", "sohne", "international"]);
    /// assert_eq!(lexicon.form(forms[0]).map(|form| form.class.as_str()), Some("limited"));
    /// # Ok::<(), cognate::error::Error>(())
    /// ```
    pub fn read(&self, name: &str) -> (Vec<Word>, Vec<FormId>) {
        let tokens = tokenize(&fold(name));
        let spelled: Vec<String> = tokens.into_iter().map(|token| self.conjunction_or(token)).collect();
        let (legal, forms) = self.find_forms(&spelled);
        let mut words: Vec<Word> = spelled
            .into_iter()
            .zip(legal)
            .map(|(token, legal)| {
                let role = match legal {
                    true => Role::Legal,
                    false if self.connectives.contains_key(&token) => Role::Connective,
                    false => Role::Core,
                };
                let stands_for = self.canonical.get(&token).filter(|_| role == Role::Core).cloned();
                Word { text: token, stands_for, role }
            })
            .collect();
        if words.iter().all(|word| word.role != Role::Core) {
            words.iter_mut().for_each(|word| word.role = Role::Core);
        }
        (words, forms)
    }

    /// The legal form that a word of four letters and more misses by one typing error; of several the first by name.
    /// Constant time: the word's spellings with one letter left out are looked up.
    pub fn misspelt_form(&self, word: &str) -> Option<FormId> {
        if word.len() < 4 || word.len() > 20 || word.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let forms = near_hashes(word).filter_map(|hash| self.misspelt.get(&hash)).flatten();
        let near =
            forms.filter(|(form_word, _)| rapidfuzz::distance::osa::distance(form_word.bytes(), word.bytes()) == 1);
        near.min().map(|(_, form)| *form)
    }

    /// Which tokens belong to a legal form, and the forms.
    fn find_forms(&self, tokens: &[String]) -> (Vec<bool>, Vec<FormId>) {
        let mut legal = vec![false; tokens.len()];
        let mut forms = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let rest = tokens.get(at..).unwrap_or_default();
            let Some(phrase) = self.phrase_at(rest, at == 0) else {
                at += 1;
                continue;
            };
            let end = at + phrase.words.len();
            legal.iter_mut().take(end).skip(at).for_each(|mark| *mark = true);
            if !forms.contains(&phrase.form) {
                forms.push(phrase.form);
            }
            at = end;
        }
        // An `end` phrase counts only where nothing but legal words follows it.
        self.unmark_inner(tokens, &mut legal, &mut forms);
        (legal, forms)
    }

    fn phrase_at(&self, rest: &[String], at_start: bool) -> Option<&Phrase> {
        let phrases = self.phrases.get(rest.first()?)?;
        phrases.iter().find(|phrase| {
            let placed = phrase.position != Position::Start || (at_start && rest.len() > phrase.words.len());
            let placed = placed && !(phrase.position == Position::End && at_start);
            placed && rest.starts_with(&phrase.words)
        })
    }

    fn unmark_inner(&self, tokens: &[String], legal: &mut [bool], forms: &mut Vec<FormId>) {
        let tail = legal.iter().rposition(|mark| !mark).map_or(0, |last| last + 1);
        let mut at = 0;
        while at < tail {
            let rest = tokens.get(at..).unwrap_or_default();
            let marked = legal.get(at).copied().unwrap_or(false);
            let Some(phrase) = self.phrase_at(rest, at == 0).filter(|_| marked) else {
                at += 1;
                continue;
            };
            let end = at + phrase.words.len();
            let is_ambiguous = phrase.words.iter().map(String::len).sum::<usize>() <= 2;
            if phrase.position == Position::End && is_ambiguous {
                legal.iter_mut().take(end).skip(at).for_each(|mark| *mark = false);
                forms.retain(|form| *form != phrase.form);
            }
            at = end;
        }
    }
}

fn too_short(place: &Place) -> Error {
    Error::config(place.clone(), "too few columns; they are separated by tabs")
}

/// The rows of a table of N columns; a missing column is `None`.
fn rows<'a, const N: usize>(text: &'a str, file: &'a str) -> impl Iterator<Item = (Place, [Option<&'a str>; N])> {
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')).map(
        move |(number, line)| {
            let mut columns = line.split('\t').map(str::trim).filter(|column| !column.is_empty());
            (Place::file(Path::new(file)).line(number as u64 + 1), std::array::from_fn(|_| columns.next()))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Lexicon {
        let forms = "gmbh\tlimited\tend\tgmbh;gesellschaft mit beschränkter haftung\n\
                     gmbh_co_kg\tpartnership\tend\tgmbh & co kg\nas\tpublic\tend\tas;a/s\n\
                     ooo\tlimited\tstart\tooo\ninc\tcorporation\tany\tinc\n";
        Lexicon::parse(forms, "university\ttranslation\tuniversität;université", "und\tand\nthe\tarticle").unwrap()
    }

    fn core(name: &str) -> String {
        let words = small().read(name).0;
        words.iter().filter(|w| w.role == Role::Core).map(Word::canonical).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_longest_form_wins() {
        let (_, forms) = small().read("Meyer GmbH und Co. KG");
        assert_eq!(forms, [1]);
        assert_eq!(core("Meyer Gesellschaft mit beschränkter Haftung"), "meyer");
    }

    #[test]
    fn short_ambiguous_forms_count_at_their_end_only() {
        assert_eq!(core("As Good As New"), "as good as new");
        assert_eq!(core("Maersk A/S"), "maersk");
        assert_eq!(core("OOO Romashka"), "romashka");
        assert_eq!(core("Artius Inc. Class A"), "artius class a");
    }

    #[test]
    fn a_typing_error_in_a_form_is_seen() {
        assert_eq!(small().misspelt_form("gnmbh"), Some(0));
        assert_eq!(small().misspelt_form("gmhb"), Some(0));
        assert_eq!(small().misspelt_form("bank"), None);
    }

    #[test]
    fn nothing_but_a_form_is_a_name() {
        assert_eq!(core("Inc."), "inc");
        assert_eq!(core("The The"), "the the");
        assert_eq!(core("!!"), "");
    }

    #[test]
    fn translations_share_a_canonical_word() {
        assert_eq!(core("Universität Wien"), core("Université Wien"));
    }

    #[test]
    fn a_faulty_table_names_its_line() {
        let error = Lexicon::parse("x\tlimited\tmiddle\tx", "", "").unwrap_err();
        assert_eq!(error.to_string(), "legal_forms.tsv, line 1: position \"middle\" is not start, end or any");
    }
}
