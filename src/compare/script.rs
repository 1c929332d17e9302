//! Scripts: whether two names are written in the same letters.
//!
//! Folding gives every name Latin letters, but those of 北京 by way of its reading say less than those of Beijing: where the
//! scripts differ, spelling weighs less and meaning more.

use super::levels::Comparison;

/// Scripts, a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scripts(u8);

impl Scripts {
    /// Whether there are letters other than Latin ones.
    pub fn has_other_than_latin(self) -> bool {
        self.0 & !LATIN != 0
    }
}

const LATIN: u8 = 1;
const GREEK: u8 = 1 << 1;
const CYRILLIC: u8 = 1 << 2;
const HEBREW: u8 = 1 << 3;
const ARABIC: u8 = 1 << 4;
const HAN_AND_KANA: u8 = 1 << 5;
const HANGUL: u8 = 1 << 6;
const OTHER: u8 = 1 << 7;

/// The scripts of a text's letters; digits and signs have none.
pub fn scripts(text: &str) -> Scripts {
    let of_letters = text.chars().filter(|character| character.is_alphabetic()).map(|letter| match u32::from(letter) {
        0..=0x024F | 0x1E00..=0x1EFF | 0xFF21..=0xFF5A => LATIN,
        0x0370..=0x03FF | 0x1F00..=0x1FFF => GREEK,
        0x0400..=0x052F => CYRILLIC,
        0x0590..=0x05FF => HEBREW,
        0x0600..=0x077F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => ARABIC,
        0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x2_0000..=0x3_FFFF => HAN_AND_KANA,
        0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7A3 => HANGUL,
        _ => OTHER,
    });
    Scripts(of_letters.fold(0, |scripts, script| scripts | script))
}

/// The comparison.
pub(super) const COMPARISON: Comparison = Comparison {
    name: "script",
    about: "the letters that names are written in",
    levels: &["different", "same"],
    monotone: false,
};

/// The level of two texts' scripts; without letters they do not differ.
pub(super) fn level(left: Scripts, right: Scripts) -> u8 {
    if left.0 & right.0 == 0 && left.0 != 0 && right.0 != 0 { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level_of(left: &str, right: &str) -> u8 {
        level(scripts(left), scripts(right))
    }

    #[test]
    fn scripts_are_told_apart() {
        assert_eq!(level_of("Газпром", "Gazprom"), 1);
        assert_eq!(level_of("Газпром", "Газпром Нефть"), 2);
        assert_eq!(level_of("日本電気", "NEC 日本"), 2);
        assert_eq!(level_of("大学", "daigaku"), 1);
        assert_eq!(level_of("1905", "Газпром"), 2);
        assert!(scripts("Газпром 1").has_other_than_latin() && !scripts("Łódź 1").has_other_than_latin());
    }
}
