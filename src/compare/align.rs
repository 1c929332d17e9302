//! Alignment: which words of two texts stand for each other, and how much is left over.
//!
//! Equal words meet by merging the two lists sorted by hash. What is left, rarely more than three words a side, is
//! aligned by likeness, best first: spelling errors, abbreviations by prefix or by consonants, words written apart, and
//! initials against the words that they abbreviate.

use super::likeness::{EQUAL, SYNONYM, likeness, may_be_alike};
use super::prepared::{Text, WordMark};

/// Words a side that take part in aligning what is left; further ones count as unshared.
const LEFTOVERS: usize = 12;

/// What two texts share and what they do not, in rarity ([`super::rarity::UNIQUE`] for a word that identifies a record).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Alignment {
    /// Rarity of what both say.
    pub shared: u32,
    /// Rarity of what only the left says, and of what only the right says.
    pub unshared: [u32; 2],
    /// Number of equal words.
    pub equal_words: u16,
    /// Words of both sides that have no partner at all.
    pub lone_words: u16,
    /// The likeness of the least alike aligned words, from 1 to [`EQUAL`]; 0 when none are aligned.
    pub weakest: u16,
    /// The letters of the longest initials that stand for words of the other side; 0 for none.
    pub initials: u8,
    /// What it says that the lone words are lone, and that the equal words are shared, in thousandths of a bit.
    pub odds: [i32; 2],
    /// Numeric words: shared, only left, only right.
    pub numbers: [u8; 3],
}

/// Aligns two texts. Symmetric but for the order of [`Alignment::unshared`] and [`Alignment::numbers`].
pub fn align(left: &Text, right: &Text) -> Alignment {
    let mut alignment = Alignment::default();
    let [lefts, rights] = settle(left, right, &mut alignment);
    for (side, words) in [&lefts, &rights].into_iter().enumerate() {
        for word in words.iter() {
            alignment.lone_words += 1;
            let [odds, _] = &mut alignment.odds;
            *odds += i32::from(word.odds.lone);
            if let (Some(unshared), Some(numbers)) =
                (alignment.unshared.get_mut(side), alignment.numbers.get_mut(side + 1))
            {
                *unshared += u32::from(word.rarity);
                *numbers += u8::from(word.numeric);
            }
        }
    }
    alignment
}

/// The hashes of the words that have no partner on the other side, and of those that both sides bear.
pub fn lone_and_shared(left: &Text, right: &Text) -> [Vec<u32>; 2] {
    let [lefts, rights] = settle(left, right, &mut Alignment::default());
    let lone = lefts.iter().chain(rights.iter()).map(|word| word.hash).collect();
    let (mut shared, mut rest) = (Vec::new(), &*right.words);
    for word in &left.words {
        // Words are in the order of their hashes, and a repeated one needs a partner of its own.
        rest = rest.get(rest.partition_point(|other| other.hash < word.hash)..).unwrap_or_default();
        if let [first, others @ ..] = rest
            && first.hash == word.hash
        {
            shared.push(word.hash);
            rest = others;
        }
    }
    [lone, shared]
}

/// Finds partners, and gives the words of each side that are left without one.
fn settle(left: &Text, right: &Text, alignment: &mut Alignment) -> [Leftovers; 2] {
    let mut rest = [Leftovers::default(), Leftovers::default()];
    split_equal(left, right, alignment, &mut rest);
    let [mut lefts, mut rights] = rest;
    if !lefts.is_empty() && !rights.is_empty() {
        lefts.sort_by_place();
        rights.sort_by_place();
        match_initials(left, &mut lefts, right, &mut rights, alignment);
        match_written_apart(left, &mut lefts, right, &mut rights, alignment);
        match_written_apart(right, &mut rights, left, &mut lefts, alignment);
        match_alike(left, &mut lefts, right, &mut rights, alignment);
    }
    [lefts, rights]
}

/// Words that have no partner yet, without a heap allocation.
#[derive(Default)]
struct Leftovers {
    words: [Option<WordMark>; LEFTOVERS],
    count: usize,
    /// Words beyond the limit: they stay unshared.
    beyond: Vec<WordMark>,
}

impl Leftovers {
    fn push(&mut self, word: WordMark) {
        match self.words.get_mut(self.count) {
            Some(slot) => {
                *slot = Some(word);
                self.count += 1;
            }
            None => self.beyond.push(word),
        }
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn sort_by_place(&mut self) {
        if let Some(words) = self.words.get_mut(..self.count) {
            words.sort_unstable_by_key(|word| word.map(|word| word.start));
        }
    }

    /// The words that are still without a partner.
    fn iter(&self) -> impl Iterator<Item = &WordMark> {
        self.words.iter().flatten().chain(&self.beyond)
    }

    fn slots(&self) -> &[Option<WordMark>] {
        self.words.get(..self.count).unwrap_or_default()
    }

    fn take(&mut self, slot: usize) -> Option<WordMark> {
        self.words.get_mut(slot)?.take()
    }
}

fn split_equal(left: &Text, right: &Text, alignment: &mut Alignment, rest: &mut [Leftovers; 2]) {
    let [lefts, rights] = rest;
    let (mut a, mut b) = (&*left.words, &*right.words);
    loop {
        match (a, b) {
            ([x, a_rest @ ..], [y, b_rest @ ..]) if x.hash == y.hash => {
                // Words that only stand for each other may be a wrong guess of the lexicon.
                let likeness = if x.spelling == y.spelling { EQUAL } else { SYNONYM };
                pair_up(alignment, likeness, [u32::from(x.rarity), u32::from(y.rarity)]);
                alignment.equal_words += 1;
                let [shared, ..] = &mut alignment.numbers;
                *shared += u8::from(x.numeric);
                let [_, odds] = &mut alignment.odds;
                *odds += i32::from(x.odds.shared);
                (a, b) = (a_rest, b_rest);
            }
            ([x, a_rest @ ..], [y, ..]) if x.hash < y.hash => {
                lefts.push(*x);
                a = a_rest;
            }
            (_, [y, b_rest @ ..]) => {
                rights.push(*y);
                b = b_rest;
            }
            ([x, a_rest @ ..], []) => {
                lefts.push(*x);
                a = a_rest;
            }
            ([], []) => break,
        }
    }
}

/// Records that words of the rarities `[left, right]` stand for each other with a likeness.
fn pair_up(alignment: &mut Alignment, likeness: u16, rarities: [u32; 2]) {
    let [left, right] = rarities;
    alignment.shared += left.min(right) * u32::from(likeness) / u32::from(EQUAL);
    for (unshared, rarity) in alignment.unshared.iter_mut().zip(rarities) {
        *unshared += rarity * u32::from(EQUAL - likeness) / u32::from(EQUAL);
    }
    alignment.weakest = if alignment.weakest == 0 { likeness } else { alignment.weakest.min(likeness) };
}

/// Lets one left-over word that spells initials (`ibm`, or `ptt` against "post telegraph telephone") stand for all
/// left-over words of the other side. Where both sides have such a word, the longer one counts, then the smaller.
fn match_initials(left: &Text, lefts: &mut Leftovers, right: &Text, rights: &mut Leftovers, alignment: &mut Alignment) {
    let forth = initials_slot(left, lefts, right, rights);
    let back = initials_slot(right, rights, left, lefts);
    let spelled = |text: &Text, words: &Leftovers, slot: Option<usize>| {
        let word = words.slots().get(slot?).copied().flatten()?;
        Some((word.length, std::cmp::Reverse(text.word(&word).to_owned())))
    };
    let (short, slot, long) = match (spelled(left, lefts, forth), spelled(right, rights, back)) {
        (None, None) => return,
        (a, b) if a >= b => (lefts, forth, rights),
        _ => (rights, back, lefts),
    };
    let Some(word) = slot.and_then(|slot| short.take(slot)) else { return };
    let sum: u32 = (0..long.count).filter_map(|slot| long.take(slot)).map(|word| u32::from(word.rarity)).sum();
    alignment.initials = alignment.initials.max(word.length);
    let likeness = match word.length {
        0..=2 => 144,
        3 => 168,
        _ => 208,
    };
    // Initials say no more than they are rare, however much the words say that they stand for.
    let rarity = sum.min(u32::from(word.rarity));
    pair_up(alignment, likeness, [rarity, rarity]);
}

/// The left-over word of `short` that spells the initials of the left-over words of `long`, or of all its words.
fn initials_slot(short_text: &Text, short: &Leftovers, long_text: &Text, long: &Leftovers) -> Option<usize> {
    let words = long.slots().iter().flatten().count();
    if words < 2 || !long.beyond.is_empty() {
        return None;
    }
    let first_letters = long.slots().iter().flatten().map(|word| long_text.word(word).bytes().next());
    short.slots().iter().position(|word| {
        word.is_some_and(|word| {
            let spelled = short_text.word(&word);
            let is_whole = short_text.words.len() == 1 || spelled.len() > 2;
            let of_leftovers = spelled.len() == words && spelled.bytes().map(Some).eq(first_letters.clone());
            (is_whole && of_leftovers)
                || (spelled.len() > 2 && long_text.initials.iter().any(|initials| **initials == *spelled))
        })
    })
}

/// One left-over word that equals two neighbouring words of the other side written together (`jpmorgan`, `jp morgan`).
fn match_written_apart(
    whole_text: &Text,
    whole: &mut Leftovers,
    parts_text: &Text,
    parts: &mut Leftovers,
    alignment: &mut Alignment,
) {
    for slot in 0..whole.count {
        let Some(Some(word)) = whole.slots().get(slot).copied() else { continue };
        let spelled = whole_text.word(&word);
        let neighbours = (1..parts.count).find(|&second| {
            let pair = (parts.slots().get(second - 1).copied().flatten(), parts.slots().get(second).copied().flatten());
            let (Some(first), Some(second)) = pair else { return false };
            let adjacent = usize::from(first.start) + usize::from(first.length) + 1 == usize::from(second.start);
            let (first, second) = (parts_text.word(&first), parts_text.word(&second));
            adjacent && spelled.strip_prefix(first).is_some_and(|rest| rest == second)
        });
        let Some(second) = neighbours else { continue };
        let taken = [parts.take(second - 1), parts.take(second), whole.take(slot)];
        let [first, second, _] = taken.map(|word| word.map_or(0, |word| u32::from(word.rarity)));
        let rarity = u32::from(word.rarity).min(first + second);
        pair_up(alignment, EQUAL - 8, [rarity, rarity]);
    }
}

fn match_alike(left: &Text, lefts: &mut Leftovers, right: &Text, rights: &mut Leftovers, alignment: &mut Alignment) {
    while let Some((likeness, i, j)) = most_alike(left, lefts, right, rights) {
        let (Some(a), Some(b)) = (lefts.take(i), rights.take(j)) else { return };
        pair_up(alignment, likeness, [u32::from(a.rarity), u32::from(b.rarity)]);
    }
}

/// The most alike pair of left-over words; of equally alike ones that with the nearest places, then by hash.
fn most_alike(left: &Text, lefts: &Leftovers, right: &Text, rights: &Leftovers) -> Option<(u16, usize, usize)> {
    let mut best = None;
    for (i, a) in lefts.slots().iter().enumerate() {
        for (j, b) in rights.slots().iter().enumerate() {
            let (Some(a), Some(b)) = (a, b) else { continue };
            if a.numeric || b.numeric {
                continue;
            }
            if !may_be_alike(a, b) {
                continue;
            }
            let likeness = likeness(left.word(a), right.word(b));
            let order = (likeness, u8::MAX - a.start.abs_diff(b.start), a.hash.min(b.hash), a.hash.max(b.hash));
            if likeness > 0 && best.is_none_or(|(best, _, _)| order > best) {
                best = Some((order, i, j));
            }
        }
    }
    best.map(|((likeness, ..), i, j)| (likeness, i, j))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Preparer, Rarity};
    use proptest::prelude::*;

    fn texts(left: &str, right: &str) -> (Text, Text) {
        let rarity = Rarity::default();
        let preparer = Preparer::new(crate::text::shipped(), &rarity);
        (preparer.text(left).unwrap(), preparer.text(right).unwrap())
    }

    fn aligned(left: &str, right: &str) -> Alignment {
        let (left, right) = texts(left, right);
        align(&left, &right)
    }

    #[test]
    fn initials_stand_for_their_words() {
        let alignment = aligned("IBM", "International Business Machines Corp");
        assert_eq!((alignment.initials, alignment.lone_words), (3, 0));
        assert_eq!(aligned("IBM Zurich", "International Business Machines Zurich").initials, 3);
        assert_eq!(aligned("IBM", "International Building Materials and Tools").initials, 0);
    }

    #[test]
    fn a_typo_shares_most_of_the_word() {
        let alignment = aligned("Gsoeher Maschinenbau", "Gosoeher Maschinenbau");
        assert!(alignment.weakest > 200 && alignment.weakest < EQUAL);
        assert_eq!(alignment.lone_words, 0);
    }

    #[test]
    fn words_written_apart_are_one() {
        assert_eq!(aligned("JPMorgan Chase", "JP Morgan Chase").lone_words, 0);
    }

    #[test]
    fn numbers_are_never_alike() {
        let alignment = aligned("Fund 12", "Fund 13");
        assert_eq!(alignment.numbers, [0, 1, 1]);
    }

    proptest! {
        #[test]
        fn aligning_is_symmetric(left in "[a-c]{1,5}( [a-c]{1,5}){0,4}", right in "[a-c]{1,5}( [a-c]{1,5}){0,4}") {
            let (left, right) = texts(&left, &right);
            let (forth, back) = (align(&left, &right), align(&right, &left));
            prop_assert_eq!(forth.shared, back.shared);
            prop_assert_eq!(forth.unshared, [back.unshared[1], back.unshared[0]]);
            prop_assert_eq!(forth.weakest, back.weakest);
        }

        #[test]
        fn a_text_shares_everything_with_itself(name in "[a-z]{1,8}( [a-z0-9]{1,8}){0,5}") {
            let (left, right) = texts(&name, &name);
            let alignment = align(&left, &right);
            prop_assert_eq!(alignment.shared, left.information());
            prop_assert_eq!(alignment.unshared, [0, 0]);
        }
    }
}
