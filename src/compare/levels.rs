//! The comparisons: each looks at one side of the likeness of two texts and gives a level, the higher the more alike.
//!
//! Level 0 is kept for "missing": a text that is not there, which says neither yes nor no. The other levels are bands with
//! the bounds given in [`COMPARISONS`].

use super::align::{Alignment, align};
use super::bands::{band, falling_band, share};
use super::codes::{self, codes};
use super::likeness::{EQUAL, likeness};
use super::magnitude::{self, magnitude};
use super::prepared::Text;
use super::rarity::UNIQUE;
use super::{aliases, embedding, script, word_odds};
use crate::text::grams;
use crate::text::lexicon::Lexicon;

/// How many comparisons there are for each field.
pub const COUNT: usize = 21;

/// The levels of a pair of texts, one for each of [`COMPARISONS`].
pub type Levels = [u8; COUNT];

/// The level of a comparison that has nothing to compare.
pub const MISSING: u8 = 0;

/// A comparison: what it is called, what its levels mean.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    /// Its name in models and explanations.
    pub name: &'static str,
    /// What it looks at.
    pub about: &'static str,
    /// The names of its levels from level 1 on, from unlike to alike.
    pub levels: &'static [&'static str],
    /// Whether a higher level must never weigh less.
    pub monotone: bool,
}

/// Bounds of the bands of likenesses in thousandths: a value is in the last band whose bound it reaches.
const JARO_WINKLER: [u16; 20] =
    [500, 550, 600, 640, 680, 710, 740, 770, 800, 820, 840, 860, 880, 900, 915, 930, 945, 960, 980, 1000];
const INDEL: [u16; 20] =
    [300, 350, 400, 450, 500, 550, 600, 640, 680, 710, 740, 770, 800, 830, 860, 890, 920, 950, 975, 1000];
const GRAMS: [u16; 20] =
    [50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 550, 600, 650, 700, 750, 800, 850, 900, 950, 1000];
const COVERAGES: [u16; 22] =
    [50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 550, 600, 650, 700, 740, 780, 820, 860, 900, 930, 960, 1000];
const WORDS: [u16; 8] = [100, 250, 333, 500, 600, 667, 800, 1000];
/// Bounds of rarity, in thousandths of what identifies a record.
const SHARED: [u16; 21] =
    [50, 120, 200, 280, 350, 420, 500, 580, 650, 730, 800, 880, 950, 1020, 1100, 1250, 1400, 1600, 1900, 2300, 2800];
const UNSHARED: [u16; 23] = [
    2400, 2000, 1600, 1400, 1200, 1100, 1000, 920, 850, 780, 700, 620, 550, 480, 420, 360, 300, 250, 200, 150, 100, 50,
    1,
];
/// The names of the bands of [`UNSHARED`].
const UNSHARED_LEVELS: [&str; 24] = [
    "≥2.40", "≥2.00", "≥1.60", "≥1.40", "≥1.20", "≥1.10", "≥1.00", "≥0.92", "≥0.85", "≥0.78", "≥0.70", "≥0.62",
    "≥0.55", "≥0.48", "≥0.42", "≥0.36", "≥0.30", "≥0.25", "≥0.20", "≥0.15", "≥0.10", "≥0.05", "<0.05", "nothing",
];
/// Bounds of the likeness of the weakest aligned words, of [`EQUAL`].
const WEAKEST: [u16; 9] = [1, 120, 140, 180, 200, 220, 236, 250, 256];

/// The comparisons of a text field, in the order of [`Levels`].
pub const COMPARISONS: [Comparison; COUNT] = [
    Comparison {
        name: "spelling",
        about: "equal after normalising, from loosely to strictly",
        levels: &["different", "same words in another order", "same letters", "same core", "same with legal form"],
        monotone: true,
    },
    Comparison {
        name: "jaro_winkler",
        about: "Jaro–Winkler similarity of the core words",
        levels: &[
            "<0.500", "≥0.500", "≥0.550", "≥0.600", "≥0.640", "≥0.680", "≥0.710", "≥0.740", "≥0.770", "≥0.800",
            "≥0.820", "≥0.840", "≥0.860", "≥0.880", "≥0.900", "≥0.915", "≥0.930", "≥0.945", "≥0.960", "≥0.980", "1",
        ],
        monotone: true,
    },
    Comparison {
        name: "sorted_edit",
        about: "indel similarity of the core words in alphabetical order (token-sort ratio)",
        levels: &[
            "<0.300", "≥0.300", "≥0.350", "≥0.400", "≥0.450", "≥0.500", "≥0.550", "≥0.600", "≥0.640", "≥0.680",
            "≥0.710", "≥0.740", "≥0.770", "≥0.800", "≥0.830", "≥0.860", "≥0.890", "≥0.920", "≥0.950", "≥0.975", "1",
        ],
        monotone: true,
    },
    Comparison {
        name: "grams",
        about: "Dice overlap of the character 3-grams",
        levels: &[
            "<0.05", "≥0.05", "≥0.10", "≥0.15", "≥0.20", "≥0.25", "≥0.30", "≥0.35", "≥0.40", "≥0.45", "≥0.50", "≥0.55",
            "≥0.60", "≥0.65", "≥0.70", "≥0.75", "≥0.80", "≥0.85", "≥0.90", "≥0.95", "1",
        ],
        monotone: true,
    },
    Comparison {
        name: "shared_rarity",
        about: "rarity of what both say, in parts of what identifies a record",
        levels: &[
            "<0.05", "≥0.05", "≥0.12", "≥0.20", "≥0.28", "≥0.35", "≥0.42", "≥0.50", "≥0.58", "≥0.65", "≥0.73", "≥0.80",
            "≥0.88", "≥0.95", "≥1.02", "≥1.10", "≥1.25", "≥1.40", "≥1.60", "≥1.90", "≥2.30", "≥2.80",
        ],
        monotone: true,
    },
    Comparison {
        name: "unshared_more",
        about: "rarity of what only one side says, on the side with more of it",
        levels: &UNSHARED_LEVELS,
        monotone: true,
    },
    Comparison {
        name: "unshared_less",
        about: "rarity of what only one side says, on the side with less of it; nothing: one side contains the other",
        levels: &UNSHARED_LEVELS,
        monotone: true,
    },
    Comparison {
        name: "coverage",
        about: "share of all rarity, both sides together, that is in what both say",
        levels: &[
            "<0.05", "≥0.05", "≥0.10", "≥0.15", "≥0.20", "≥0.25", "≥0.30", "≥0.35", "≥0.40", "≥0.45", "≥0.50", "≥0.55",
            "≥0.60", "≥0.65", "≥0.70", "≥0.74", "≥0.78", "≥0.82", "≥0.86", "≥0.90", "≥0.93", "≥0.96", "1",
        ],
        monotone: true,
    },
    Comparison {
        name: "token_set",
        about: "share of equal or aligned words among all words of both sides",
        levels: &["<0.1", "≥0.1", "≥0.25", "≥0.33", "≥0.5", "≥0.6", "≥0.67", "≥0.8", "1"],
        monotone: true,
    },
    Comparison {
        name: "weakest_word",
        about: "likeness of the least alike words that stand for each other (typos, abbreviations)",
        levels: &["no words", "<0.47", "contraction", "≥0.55", "prefix", "≥0.78", "≥0.86", "≥0.92", "synonym", "equal"],
        monotone: true,
    },
    Comparison {
        name: "first_word",
        about: "the first core words of both",
        levels: &["different", "somewhat alike", "alike", "equal"],
        monotone: true,
    },
    Comparison {
        name: "initials",
        about: "one side's word spells initials of the other side's words",
        levels: &["none", "two letters", "three letters", "four and more"],
        monotone: true,
    },
    Comparison {
        name: "numbers",
        about: "numbers and words with digits",
        levels: &["different", "on one side only", "none", "equal"],
        monotone: true,
    },
    Comparison {
        name: "legal_form",
        about: "legal forms and their classes",
        levels: &["different class", "on one side only", "none", "same class", "same form"],
        monotone: true,
    },
    embedding::COMPARISON,
    word_odds::LONE,
    word_odds::SHARED,
    script::COMPARISON,
    magnitude::COMPARISON,
    codes::COMPARISON,
    aliases::COMPARISON,
];

/// The place in [`COMPARISONS`] of the one that tells a text that is missing on one side from one that is missing on both.
pub const MAGNITUDE: usize = 18;

/// The place in [`COMPARISONS`] of the share of all that is said that both say.
pub const COVERAGE: usize = 7;

/// The place in [`COMPARISONS`] of the alias evidence.
pub const ALIASES: usize = 20;

/// The places in [`COMPARISONS`] of what is known of lone and of shared words.
pub const WORD_ODDS: [usize; 2] = [15, 16];

/// Compares two texts; where one is missing every level is [`MISSING`], but that of [`MAGNITUDE`] tells whether the other is
/// there. Symmetric. About a microsecond.
///
/// ```
/// use cognate::compare::{COMPARISONS, Preparer, Rarity, compare};
/// let (lexicon, rarity) = (cognate::text::shipped(), Rarity::default());
/// let preparer = Preparer::new(lexicon, &rarity);
/// let (left, right) = (preparer.text("Acme Ltd"), preparer.text("ACME Limited"));
/// let levels = compare(left.as_ref(), right.as_ref(), lexicon);
/// assert_eq!(usize::from(levels[0]), COMPARISONS[0].levels.len() - 1); // same core
/// ```
pub fn compare(left: Option<&Text>, right: Option<&Text>, lexicon: &Lexicon) -> Levels {
    let (Some(left), Some(right)) = (left, right) else {
        let mut levels = [MISSING; COUNT];
        if let (Some(level), true) = (levels.get_mut(MAGNITUDE), left.is_some() || right.is_some()) {
            *level = magnitude::ONE_SIDED;
        }
        return levels;
    };
    let mut levels = compare_cheaply(left, right, lexicon);
    compare_the_rest(left, right, &mut levels);
    levels
}

/// The places in [`COMPARISONS`] of the comparisons that go through all letters, which [`compare_the_rest`] makes.
pub const COSTLY: [usize; 4] = [1, 2, 3, 10];

/// The levels of all comparisons but the [`COSTLY`] ones, which are left at their highest level: an upper bound of the
/// levels, for half the time.
pub fn compare_cheaply(left: &Text, right: &Text, lexicon: &Lexicon) -> Levels {
    let alignment = align(left, right);
    let [unshared_left, unshared_right] = alignment.unshared;
    let (more, less) = (unshared_left.max(unshared_right), unshared_left.min(unshared_right));
    let said = left.information() + right.information();
    [
        spelling(left, right),
        JARO_WINKLER.len() as u8 + 1,
        INDEL.len() as u8 + 1,
        GRAMS.len() as u8 + 1,
        band(share(alignment.shared, u32::from(UNIQUE)), &SHARED),
        falling_band(share(more, u32::from(UNIQUE)), &UNSHARED),
        falling_band(share(less, u32::from(UNIQUE)), &UNSHARED),
        band(share(2 * alignment.shared, said.max(2 * alignment.shared)), &COVERAGES),
        band(token_set(left, right, &alignment), &WORDS),
        band(alignment.weakest, &WEAKEST),
        FIRST_WORD,
        match alignment.initials {
            0 | 1 => 1,
            2 => 2,
            3 => 3,
            _ => 4,
        },
        numbers(&alignment),
        legal_form(left, right, lexicon),
        embedding::level(left.meaning.as_ref(), right.meaning.as_ref()),
        word_odds::level(alignment.odds[0]),
        word_odds::level(alignment.odds[1]),
        script::level(left.scripts, right.scripts),
        magnitude(left.number, right.number),
        codes(left, right),
        aliases::level(&left.memberships, &right.memberships),
    ]
}

/// Makes the [`COSTLY`] comparisons, whatever their levels were.
pub fn compare_the_rest(left: &Text, right: &Text, levels: &mut Levels) {
    let shared_grams = grams::shared(&left.grams, &right.grams) as u32;
    let all_grams = (left.grams.len() + right.grams.len()) as u32;
    let costly = [
        band(jaro_winkler((&left.core, &right.core), left.compact == right.compact), &JARO_WINKLER),
        band(indel((&left.sorted, &right.sorted)), &INDEL),
        band(share(2 * shared_grams, all_grams), &GRAMS),
        first_word(left, right),
    ];
    for (place, level) in COSTLY.into_iter().zip(costly) {
        if let Some(slot) = levels.get_mut(place) {
            *slot = level;
        }
    }
}

fn spelling(left: &Text, right: &Text) -> u8 {
    match () {
        () if left.whole == right.whole => 5,
        () if left.core == right.core => 4,
        () if left.compact == right.compact => 3,
        () if left.sorted == right.sorted => 2,
        () => 1,
    }
}

fn jaro_winkler((left, right): (&str, &str), is_same: bool) -> u16 {
    if is_same {
        return 1000;
    }
    (rapidfuzz::distance::jaro_winkler::similarity(left.bytes(), right.bytes()) * 1000.0) as u16
}

fn indel((left, right): (&str, &str)) -> u16 {
    let length = (left.len() + right.len()) as u32;
    let distance = rapidfuzz::distance::indel::distance(left.bytes(), right.bytes()) as u32;
    share(length - distance.min(length), length)
}

fn token_set(left: &Text, right: &Text, alignment: &Alignment) -> u16 {
    let all = (left.words.len() + right.words.len()) as u32;
    share(all - u32::from(alignment.lone_words).min(all), all)
}

/// The highest level of the first word.
const FIRST_WORD: u8 = 4;

fn first_word(left: &Text, right: &Text) -> u8 {
    let first = |text: &'_ Text| text.words.iter().find(|word| word.start == 0).copied();
    let (Some(a), Some(b)) = (first(left), first(right)) else { return 1 };
    let likeness = match a.hash == b.hash {
        true => EQUAL,
        false if a.numeric || b.numeric => 0,
        false => likeness(left.word(&a), right.word(&b)),
    };
    match likeness {
        0 => 1,
        1..=180 => 2,
        181..EQUAL => 3,
        _ => FIRST_WORD,
    }
}

fn numbers(alignment: &Alignment) -> u8 {
    let [shared, left, right] = alignment.numbers.map(|count| count > 0);
    match (left, right) {
        (true, true) => 1,
        (true, false) | (false, true) => 2,
        (false, false) if !shared => 3,
        (false, false) => 4,
    }
}

fn legal_form(left: &Text, right: &Text, lexicon: &Lexicon) -> u8 {
    if left.forms.is_empty() && right.forms.is_empty() {
        return 3;
    }
    if left.forms.is_empty() || right.forms.is_empty() {
        return 2;
    }
    if left.forms.iter().any(|form| right.forms.contains(form)) {
        return 5;
    }
    let class = |form| lexicon.form(form).map(|form| form.class.as_str());
    let same = left.forms.iter().any(|a| right.forms.iter().any(|b| class(*a) == class(*b)));
    if same { 4 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Preparer, Rarity};
    use proptest::prelude::*;

    fn levels(left: &str, right: &str) -> Levels {
        let rarity = Rarity::default();
        let preparer = Preparer::new(crate::text::shipped(), &rarity);
        compare(preparer.text(left).as_ref(), preparer.text(right).as_ref(), crate::text::shipped())
    }

    #[test]
    fn equal_names_have_the_highest_levels() {
        for (level, comparison) in levels("Acme 7 Ltd", "Acme 7 Ltd").iter().zip(COMPARISONS) {
            let varies =
                ["initials", "shared_rarity", "meaning", "lone_words", "shared_words", "magnitude", "codes", "aliases"];
            if !varies.contains(&comparison.name) {
                assert_eq!(usize::from(*level), comparison.levels.len(), "{}", comparison.name);
            }
        }
    }

    #[test]
    fn missing_says_nothing() {
        assert_eq!(levels("", " ? "), [MISSING; COUNT]);
        let one_sided = levels("", "Acme");
        let expected = std::array::from_fn(|place| if place == MAGNITUDE { magnitude::ONE_SIDED } else { MISSING });
        assert_eq!(one_sided, expected);
        assert_eq!(
            [COVERAGE, MAGNITUDE, ALIASES].map(|place| COMPARISONS[place].name),
            ["coverage", "magnitude", "aliases"]
        );
    }

    #[test]
    fn bands_have_as_many_names_as_bounds() {
        let bounds = [
            JARO_WINKLER.len(),
            INDEL.len(),
            GRAMS.len(),
            SHARED.len(),
            UNSHARED.len(),
            UNSHARED.len(),
            COVERAGES.len(),
            WORDS.len(),
            WEAKEST.len(),
        ];
        for (bounds, comparison) in bounds.iter().zip(&COMPARISONS[1..]) {
            assert_eq!(bounds + 1, comparison.levels.len(), "{}", comparison.name);
        }
    }

    #[test]
    fn costly_comparisons_are_where_they_are_said_to_be() {
        let names = COSTLY.map(|place| COMPARISONS[place].name);
        assert_eq!(names, ["jaro_winkler", "sorted_edit", "grams", "first_word"]);
    }

    proptest! {
        #[test]
        fn comparing_is_symmetric_and_within_bounds(left in "[a-c1]{1,6}( [a-c1]{1,6}){0,4}", right in "[a-c1]{1,6}( [a-c1]{1,6}){0,4}") {
            let forth = levels(&left, &right);
            prop_assert_eq!(forth, levels(&right, &left));
            for (level, comparison) in forth.iter().zip(COMPARISONS) {
                // Without an embedding there are no vectors to compare, and without a directory no aliases.
                let least = if ["meaning", "aliases"].contains(&comparison.name) { 0 } else { 1 };
                let bounds = least..=comparison.levels.len();
                prop_assert!(bounds.contains(&usize::from(*level)), "{} {}", comparison.name, level);
            }
        }
    }
}
