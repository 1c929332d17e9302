//! What a value is a sum of: words, 3-grams, stretches of the scale of numbers.
//!
//! A value is cut into *parts*, each of a stated share of it, and each part into *terms*, atoms with weights. A text has
//! its words and its 3-grams for parts, a number a wide and a narrow stretch of the scale around it. Near values share
//! terms, and so their vectors are near.

use super::atoms::{Atom, AtomKind, mix};
use super::fixed::{BELL, LN_2, log2};
use super::weights::{GRAMS, Weights, gram_place};
use super::words::{CountedWord, LONG, QUARTERS, count, words_of};
use crate::text::grams::Gram;
use crate::text::hash::stable_hash;
use crate::text::quantity::{Measure, Quantity};

/// What a term is, for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Token {
    /// A word, normalised.
    Word(String),
    /// A 3-gram; a space is the end of a word.
    Gram(Gram),
    /// A number's place on the scale of numbers.
    Number,
    /// The unit or currency of a number.
    Measure,
    /// `true` or `false`.
    Boolean,
}

/// An atom with its weight within its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The atom.
    pub atom: Atom,
    /// Its weight; in a part, weights matter in proportion to each other alone.
    pub weight: i64,
}

/// The terms of a value, part by part, in memory that is used again.
#[derive(Debug, Default)]
pub struct Parts {
    terms: Vec<Term>,
    /// By part: the place after its last term, and its share in percent.
    ends: Vec<(usize, u32)>,
    /// What each term is, where that was asked for.
    tokens: Option<Vec<Token>>,
    is_text: bool,
    counts: GramCounts,
}

/// The 3-grams of a text with the number of times that each occurs.
#[derive(Debug, Default)]
struct GramCounts {
    counts: Vec<u16>,
    touched: Vec<u16>,
}

/// How wide the two stretches around a number are: nearness is exp(−d²/2σ²) of the distance d of natural logarithms.
const SIGMAS: [f64; 2] = [0.2, 0.01];
/// The same for days: in days.
const DAY_SIGMAS: [f64; 2] = [1000.0, 20.0];
/// Stretches to either side of a number that it takes part in.
const REACH: i64 = 5;

impl Parts {
    /// Parts that know what their terms are.
    pub fn with_tokens() -> Parts {
        Parts { tokens: Some(Vec::new()), ..Parts::default() }
    }

    fn clear(&mut self) {
        self.terms.clear();
        self.ends.clear();
        self.is_text = false;
        self.tokens.iter_mut().for_each(Vec::clear);
    }

    fn push(&mut self, atom: Atom, weight: i64, token: impl FnOnce() -> Token) {
        self.terms.push(Term { atom, weight });
        if let Some(tokens) = &mut self.tokens {
            tokens.push(token());
        }
    }

    /// Ends a part; one without terms is none.
    fn end(&mut self, share: u32) {
        if self.terms.len() > self.ends.last().map_or(0, |(end, _)| *end) {
            self.ends.push((self.terms.len(), share));
        }
    }

    /// The terms with the weights that they have in the whole: each part is of unit length, times the root of its share.
    fn weighted(&self) -> impl Iterator<Item = Term> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        starts.zip(&self.ends).flat_map(|(start, (end, share))| {
            let terms = self.terms.get(start..*end).unwrap_or_default();
            let squares: u64 = terms.iter().map(|term| term.weight.unsigned_abs().pow(2)).sum();
            // The root of the share, in parts of 2²⁰.
            let scale = (u64::from(*share) * (1 << 40) / 100).isqrt() as i64;
            let length = squares.isqrt().max(1) as i64;
            terms.iter().map(move |term| Term { weight: term.weight * scale / length, ..*term })
        })
    }

    /// Whether it is a text that was read last.
    pub fn is_text(&self) -> bool {
        self.is_text
    }

    /// Adds words to some sums and 3-grams to others, by their own weights.
    pub fn add_apart(&self, sums: [&mut [i64]; 2]) {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        for ((start, (end, _)), sums) in starts.zip(&self.ends).zip(sums) {
            let terms = self.terms.get(start..*end).unwrap_or_default();
            terms.iter().for_each(|term| term.atom.add(term.weight, sums));
        }
    }

    /// The terms with their own weights, what they are, and the number of their part.
    pub fn apart(&self) -> impl Iterator<Item = (&Token, Term, usize)> {
        let part = |place: usize| self.ends.iter().position(|(end, _)| place < *end).unwrap_or_default();
        self.tokens
            .iter()
            .flatten()
            .zip(&self.terms)
            .enumerate()
            .map(move |(place, (token, term))| (token, *term, part(place)))
    }

    /// Adds the value, up to its length, to sums.
    pub fn add(&self, sums: &mut [i64]) {
        self.weighted().for_each(|term| term.atom.add(term.weight, sums));
    }

    /// The terms with their weights in the whole and what they are; nothing where tokens were not asked for.
    pub fn tokens(&self) -> impl Iterator<Item = (&Token, Term)> {
        self.tokens.iter().flatten().zip(self.weighted())
    }

    /// The parts of a text, in the place of what was there: words, and 3-grams unless the text is long.
    pub fn read_text(&mut self, text: &str, weights: &Weights, seed: u64) {
        self.clear();
        self.is_text = true;
        let words = words_of(text);
        let counted = CountedWord::all(&words);
        for word in &counted {
            let weight = (weights.of_word(word.hash, word.has_digit) * weights.of_count(word.quarters)) >> 8;
            self.push(Atom::new(AtomKind::Word, word.hash, seed), weight, || Token::Word(word.spelled(&words)));
        }
        self.end(50);
        if count(&counted) > LONG {
            return;
        }
        let mut counts = std::mem::take(&mut self.counts);
        counts.count(&words);
        for place in counts.touched.drain(..) {
            let count = counts.counts.get_mut(usize::from(place)).map_or(1, std::mem::take);
            let weight = (weights.of_gram(place) * weights.of_count(u32::from(count) * QUARTERS)) >> 8;
            let gram = spelled(place);
            self.push(Atom::new(AtomKind::Gram, u64::from(gram), seed), weight, || Token::Gram(gram));
        }
        self.counts = counts;
        self.end(50);
    }

    /// The parts of a quantity: a wide and a narrow stretch of its scale, and its currency.
    pub fn read_quantity(&mut self, quantity: Quantity, seed: u64) {
        self.clear();
        let measure = match quantity.measure {
            Measure::Plain | Measure::Currency(_) => 0,
            Measure::Dimension(name) => stable_hash(name.bytes()),
            Measure::Day => 1,
        };
        for (narrowness, share) in [(0, 70), (1, 30)] {
            let salt = mix(measure, narrowness as u64 * 2 + u64::from(quantity.amount < 0.0));
            let position = position(quantity, narrowness);
            let nearest = position >> 16;
            for stretch in nearest - REACH + 1..=nearest + REACH {
                // A bell curve around the number, in steps of a 16th of a stretch.
                let distance = ((stretch << 16) - position).unsigned_abs() >> 12;
                let weight = BELL.get(distance as usize).copied().unwrap_or_default();
                let atom = Atom::new(AtomKind::Number, mix(salt, stretch.cast_unsigned()), seed);
                self.push(atom, weight.into(), || Token::Number);
            }
            self.end(share);
        }
        if let Measure::Currency(code) = quantity.measure {
            self.push(Atom::new(AtomKind::Measure, stable_hash(code.bytes()), seed), 1, || Token::Measure);
            self.end(5);
        }
    }

    /// The part of a boolean.
    pub fn read_boolean(&mut self, value: bool, seed: u64) {
        self.clear();
        self.push(Atom::new(AtomKind::Boolean, value.into(), seed), 1, || Token::Boolean);
        self.end(100);
    }
}

/// Where a quantity is on the scale of its stretches, in parts of 65,536 of one. Of a bell curve over stretches of half a
/// σ, with a deviation of √2 of them, the products with itself are a bell curve of deviation σ.
fn position(quantity: Quantity, narrowness: usize) -> i64 {
    let [wide, narrow] = if quantity.measure == Measure::Day { DAY_SIGMAS } else { SIGMAS };
    let stretch = if narrowness == 0 { wide } else { narrow } / 2.0;
    match quantity.measure {
        Measure::Day => (quantity.amount * 65_536.0 / stretch).round() as i64,
        // Zero has no logarithm, and lies further down than any other number.
        _ if quantity.amount == 0.0 => -(1 << 40),
        _ => ((log2(quantity.amount.abs()) * LN_2) as f64 / 65_536.0 / stretch).round() as i64,
    }
}

impl GramCounts {
    /// Counts the 3-grams of words, each word with one space before and after it.
    fn count(&mut self, words: &[String]) {
        if self.counts.is_empty() {
            self.counts = vec![0; GRAMS];
        }
        for word in words {
            let mut last: [u8; 2] = [0, b' '];
            for byte in word.bytes().chain([b' ']) {
                if last[0] != 0 {
                    let place = gram_place([last[0], last[1], byte]);
                    if let Some(count) = self.counts.get_mut(usize::from(place)) {
                        if *count == 0 {
                            self.touched.push(place);
                        }
                        *count = count.saturating_add(1);
                    }
                }
                last = [last[1], byte];
            }
        }
    }
}

/// The 3-gram at a place of the table of weights.
fn spelled(place: u16) -> Gram {
    let letter = |digit: u16| match digit {
        0 => b' ',
        1..=26 => b'a' + digit as u8 - 1,
        _ => b'0' + (digit - 27) as u8,
    };
    let letters = [letter(place / 37 / 37), letter(place / 37 % 37), letter(place % 37)];
    letters.iter().fold(0, |gram, letter| gram << 8 | Gram::from(*letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grams_have_places_and_back() {
        for text in [" ab", "abc", "z9 ", "000"] {
            let bytes: [u8; 3] = text.as_bytes().try_into().unwrap();
            assert_eq!(crate::text::grams::spelled(spelled(gram_place(bytes))), text);
        }
    }
}
