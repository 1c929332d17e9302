//! Cutting a folded text into words.

/// The word that `&`, `+` and their kind become.
pub const AND: &str = "and";

/// Cuts a folded text ([`super::fold()`]) into its words, in order: maximal runs of letters and digits.
///
/// - `&` and `+` between words are the word `and`.
/// - Initials grow together, whether dotted, spaced or slashed: `l.l.c.`, `a. o. smith`, `a/s` → `llc`, `ao smith`, `as`.
///
/// Linear time; a text without letters and digits has no words.
///
/// ```
/// use cognate::text::tokenize;
/// assert_eq!(tokenize("smith, a. o. & sons l.l.c."), ["smith", "ao", "and", "sons", "llc"]);
/// ```
pub fn tokenize(folded: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut after_initial = false;
    for character in folded.chars().chain([' ']) {
        if character.is_ascii_alphanumeric() {
            word.push(character);
            continue;
        }
        if !word.is_empty() {
            after_initial = push_word(&mut words, std::mem::take(&mut word), after_initial);
        }
        if character == '&' || character == '+' {
            words.push(AND.to_owned());
            after_initial = false;
        }
    }
    trim_conjunctions(&mut words);
    words
}

/// Appends a word; a single letter right after other single letters joins them. Returns whether the last word is made of
/// initials.
fn push_word(words: &mut Vec<String>, word: String, after_initial: bool) -> bool {
    let is_initial = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    match words.last_mut() {
        Some(last) if is_initial && after_initial => last.push_str(&word),
        _ => words.push(word),
    }
    is_initial
}

/// A conjunction at either end joins nothing.
fn trim_conjunctions(words: &mut Vec<String>) {
    while words.len() > 1 && words.last().is_some_and(|word| word == AND) {
        words.pop();
    }
    while words.len() > 1 && words.first().is_some_and(|word| word == AND) {
        words.remove(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> String {
        tokenize(&crate::text::fold(text)).join(" ")
    }

    #[test]
    fn initials_grow_together() {
        assert_eq!(words("S.p.A."), "spa");
        assert_eq!(words("Maersk A/S"), "maersk as");
        assert_eq!(words("J P Morgan"), "jp morgan");
        assert_eq!(words("3 M Company"), "3 m company");
    }

    #[test]
    fn ampersands_are_words_between_words_only() {
        assert_eq!(words("AT&T"), "at and t");
        assert_eq!(words("& Sons &"), "sons");
        assert_eq!(words("---"), "");
    }

    proptest! {
        #[test]
        fn words_are_their_own_words(text in "[a-z0-9 .&/,-]{0,40}") {
            let once = tokenize(&text).join(" ");
            prop_assert_eq!(tokenize(&once).join(" "), once);
        }
    }
}
