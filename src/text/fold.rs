//! Folding: one lower-case ASCII spelling for all the ways to write the same characters.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// Folds a text: compatibility composition (NFKC), lower case, accents dropped, every other script transliterated to
/// ASCII by fixed tables (Cyrillic, Greek, Arabic, Hebrew, Devanagari, Thai, kana, Hangul, Han by Mandarin readings).
/// Apostrophes inside words vanish (`int'l` → `intl`); other punctuation and `&` are kept for [`super::tokenize`].
///
/// The result is ASCII without upper case; folding it again changes nothing. Characters without any reading (emoji
/// variation marks, private use) become a space. Linear time.
///
/// ```
/// use cognate::text::fold;
/// assert_eq!(fold("Universität Łódź"), "universitat lodz");
/// assert_eq!(fold("Газпром"), "gazprom");
/// assert_eq!(fold("L’Oréal Int'l"), "loreal intl");
/// ```
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let plain: Cow<'_, str> = if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) };
    for character in plain.chars() {
        match character {
            '\'' | '`' | '’' | '‘' | 'ʼ' | '´' | 'ʻ' | '＇' => {}
            _ if character.is_ascii() => out.push(character.to_ascii_lowercase()),
            _ => push_transliterated(&mut out, character),
        }
    }
    out
}

fn push_transliterated(out: &mut String, character: char) {
    let reading = deunicode::deunicode_char(character).unwrap_or(" ");
    let letters = reading.chars().filter(|c| c.is_ascii() && *c != '\'' && *c != '`');
    out.extend(letters.map(|c| c.to_ascii_lowercase()));
    // A Han character or an emoji is a word by itself; its reading ends in a space already or must be told apart.
    if is_ideograph(character) && !out.ends_with(' ') {
        out.push(' ');
    }
}

fn is_ideograph(character: char) -> bool {
    matches!(u32::from(character), 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn full_width_and_ligatures_are_plain() {
        assert_eq!(fold("ＩＢＭ ﬁnance"), "ibm finance");
    }

    #[test]
    fn han_characters_are_words() {
        assert_eq!(fold("北京大学").split_whitespace().count(), 4);
    }

    #[test]
    fn scripts_are_transliterated() {
        assert_eq!(fold("Αθήνα"), "athena");
        assert!(fold("شركة").chars().any(|c| c.is_ascii_alphabetic()));
    }

    proptest! {
        #[test]
        fn folding_is_idempotent_and_ascii(text in "\\PC*") {
            let once = fold(&text);
            prop_assert!(once.is_ascii());
            prop_assert_eq!(fold(&once), once);
        }
    }
}
