//! Made-up names and their corruptions, the same in every run.

// Not every benchmark corrupts names.
#![allow(dead_code)]

/// A generator of numbers that is the same everywhere (splitmix64, Steele et al. 2014).
pub struct Seeded(pub u64);

impl Seeded {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn one_of<'t>(&mut self, words: &[&'t str]) -> &'t str {
        words[self.below(words.len())]
    }

    /// Two to four syllables, capitalised.
    fn word(&mut self) -> String {
        let syllables = ["ba", "ker", "lo", "mi", "tron", "sen", "fa", "vi", "dex", "ron", "ul", "gra", "po", "stein"];
        let word: String = (0..2 + self.below(3)).map(|_| self.one_of(&syllables)).collect();
        word[..1].to_uppercase() + &word[1..]
    }

    pub fn name(&mut self) -> String {
        let trades = ["Technology", "Systems", "Electronics", "Bank", "Networks", "Foods", "Logistics", "Media"];
        let forms = ["Ltd", "Inc.", "GmbH", "Co., Ltd.", "S.A.", ""];
        let (first, second) = (self.word(), if self.below(2) == 0 { self.word() } else { String::new() });
        format!("{first} {second} {} {}", self.one_of(&trades), self.one_of(&forms)).trim().to_owned()
    }

    /// The name with two neighbouring letters swapped.
    pub fn corrupted(&mut self, name: &str) -> String {
        let mut letters: Vec<char> = name.chars().collect();
        let at = self.below(letters.len() - 1);
        letters.swap(at, at + 1);
        letters.into_iter().collect()
    }
}
