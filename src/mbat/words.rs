//! The words of a text, and what else stands for them: pieces of model numbers, neighbours written together.

use crate::text::hash::stable_hash;
use crate::text::{fold, tokenize};

/// Words of a text, each once or more; counted in quarters, as a word that is only a guess counts less.
pub(super) const QUARTERS: u32 = 4;

/// Texts of more words, counted with guesses, are known by their words alone: 3-grams of long descriptions say nothing more.
pub(super) const LONG: u32 = 50;

/// A word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CountedWord {
    /// Its hash ([`stable_hash`] of its letters).
    pub hash: u64,
    /// How often it is there, in quarters.
    pub quarters: u32,
    /// Whether it has a digit: model numbers, sizes and years tell things apart.
    pub has_digit: bool,
    source: Source,
}

/// Where a word comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Whole(usize),
    /// Letters or digits within a word of both, by the first and last byte.
    Piece(usize, usize, usize),
    /// A word and the next one.
    Joined(usize),
}

/// The words of a text as they are written, folded; a whole number that is written with a zero after the point is without.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let text = text.trim();
    let whole = text.strip_suffix(".0").filter(|whole| whole.bytes().all(|byte| byte.is_ascii_digit()));
    tokenize(&fold(whole.unwrap_or(text)))
}

impl CountedWord {
    /// All words that stand for a text, each once, ascending by hash: those that are written; of words with letters and
    /// digits, such as `dscw170`, the pieces; and of neighbours of which one has a digit both together, a quarter each.
    pub(super) fn all(words: &[String]) -> Vec<CountedWord> {
        let mut found = Vec::with_capacity(words.len() * 2);
        let mut before: Option<bool> = None;
        for (place, word) in words.iter().enumerate() {
            let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
            let hash = stable_hash(word.bytes());
            found.push(CountedWord { hash, quarters: QUARTERS, has_digit, source: Source::Whole(place) });
            if has_digit && word.bytes().any(|byte| byte.is_ascii_alphabetic()) {
                append_pieces(word, place, &mut found);
            }
            if let (Some(before_has_digit), Some(previous)) = (before, place.checked_sub(1))
                && (has_digit || before_has_digit)
            {
                let letters = words.get(previous..=place).into_iter().flatten().flat_map(|word| word.bytes());
                let source = Source::Joined(previous);
                found.push(CountedWord { hash: stable_hash(letters), quarters: 1, has_digit: true, source });
            }
            before = Some(has_digit);
        }
        found.sort_unstable();
        found.dedup_by(|next, first| {
            let is_same = next.hash == first.hash;
            first.quarters += if is_same { next.quarters } else { 0 };
            is_same
        });
        found
    }

    /// The word, given the words that it was made of.
    pub(super) fn spelled(&self, words: &[String]) -> String {
        match self.source {
            Source::Whole(place) => words.get(place).cloned().unwrap_or_default(),
            Source::Piece(place, start, end) => {
                words.get(place).and_then(|word| word.get(start..end)).unwrap_or_default().to_owned()
            }
            Source::Joined(place) => words.get(place..place + 2).map(<[String]>::concat).unwrap_or_default(),
        }
    }
}

fn append_pieces(word: &str, place: usize, found: &mut Vec<CountedWord>) {
    let mut start = 0;
    for piece in word.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
        let end = start + piece.len();
        let has_digit = piece.first().is_some_and(u8::is_ascii_digit);
        let hash = stable_hash(piece.iter().copied());
        let source = Source::Piece(place, start, end);
        found.push(CountedWord { hash, quarters: QUARTERS, has_digit, source });
        start = end;
    }
}

/// How many words these are.
pub(super) fn count(words: &[CountedWord]) -> u32 {
    words.iter().map(|word| word.quarters).sum::<u32>() / QUARTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> Vec<(String, u32)> {
        let words = words_of(text);
        let mut found: Vec<(String, u32)> =
            CountedWord::all(&words).iter().map(|word| (word.spelled(&words), word.quarters)).collect();
        found.sort();
        found
    }

    fn expected(words: &[(&str, u32)]) -> Vec<(String, u32)> {
        words.iter().map(|(word, quarters)| ((*word).to_owned(), *quarters)).collect()
    }

    #[test]
    fn model_numbers_meet_however_they_are_written() {
        assert_eq!(
            spelled("Sony DSC-W170"),
            expected(&[("170", 4), ("dsc", 4), ("dscw170", 1), ("sony", 4), ("w", 4), ("w170", 4)])
        );
        assert_eq!(spelled("dscw170"), expected(&[("170", 4), ("dscw", 4), ("dscw170", 4)]));
        assert_eq!(spelled("1996.0"), spelled("1996"));
    }
}
