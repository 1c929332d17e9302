//! Pivots: names that other names are near to, as blocking keys.
//!
//! Some of the names at hand, drawn by the hash of their words, serve as pivots. A name's keys are the pivots that its
//! vector is nearest to; two names of near vectors are likely to share one, though they share no letter (acronyms,
//! translations, other scripts). Which names are pivots depends on the names alone, not on their order. The pivots are
//! searched in two steps, as in a two-level permutation index (Chávez, Figueroa & Navarro, "Effective Proximity Retrieval by
//! Ordering Permutations", IEEE TPAMI 30(9), 2008): first the nearest of a few heads, then the pivots near those.

use crate::compare::{Meaning, Signs, Text};

/// The pivots among these many texts; a block then holds some hundred texts.
const TEXTS_PER_PIVOT: usize = 32;
/// Pivots at least, where there are as many texts, and at most.
const PIVOTS: (usize, usize) = (256, 16_384);
/// The heads whose pivots are looked through.
const HEADS: usize = 4;
/// The pivots near those heads that agree in the most signs; only their cosines are asked for.
const AGREEING: usize = 12;
/// The nearest pivots that are a text's keys.
const NEAREST: usize = 4;

/// A pivot with its number.
#[derive(Debug, Clone, Copy)]
struct Pivot {
    number: u32,
    signs: Signs,
    meaning: Meaning,
}

/// Pivots, by the head that they are nearest to.
#[derive(Debug, Clone, Default)]
pub struct Pivots {
    /// The heads; each has the pivots at the same place.
    heads: Vec<Meaning>,
    pivots: Vec<Vec<Pivot>>,
}

impl Pivots {
    /// Draws pivots from texts.
    ///
    /// Time: texts + pivots × heads.
    pub fn new<'a>(texts: impl Iterator<Item = &'a Text>) -> Pivots {
        let mut drawn: Vec<(u64, &Text)> = texts
            .filter(|text| text.meaning.is_some())
            .map(|text| (text.compact.wrapping_mul(0x9E37_79B9_7F4A_7C15), text))
            .collect();
        let count = (drawn.len() / TEXTS_PER_PIVOT).clamp(PIVOTS.0, PIVOTS.1);
        drawn.sort_unstable_by(|a, b| (a.0, &a.1.core).cmp(&(b.0, &b.1.core)));
        drawn.dedup_by_key(|(hash, _)| *hash);
        drawn.truncate(count);
        let drawn: Vec<Meaning> = drawn.into_iter().filter_map(|(_, text)| text.meaning).collect();
        let heads: Vec<Meaning> = drawn.iter().take(drawn.len().isqrt()).copied().collect();
        let mut pivots = vec![Vec::new(); heads.len()];
        for (number, pivot) in (0..).zip(drawn) {
            let [Some((_, head))] = highest::<1>(heads.iter().map(|head| head.cosine(&pivot))) else { continue };
            if let Some(own) = pivots.get_mut(head) {
                own.push(Pivot { number, signs: pivot.signs(), meaning: pivot });
            }
        }
        Pivots { heads, pivots }
    }

    /// The numbers of the pivots that a vector is nearest to.
    pub fn nearest(&self, meaning: &Meaning) -> impl Iterator<Item = u32> + use<> {
        let signs = meaning.signs();
        let heads = highest::<HEADS>(self.heads.iter().map(|head| head.cosine(meaning)));
        let own = || heads.into_iter().flatten().filter_map(|(_, head)| self.pivots.get(head)).flatten();
        let agreeing = highest::<AGREEING>(own().map(|pivot| pivot.signs.agreement(signs) as i32));
        let mut places: [usize; AGREEING] = [usize::MAX; AGREEING];
        places.iter_mut().zip(agreeing.into_iter().flatten()).for_each(|(slot, (_, place))| *slot = place);
        places.sort_unstable();
        let agreeing = own().enumerate().filter(|(place, _)| places.contains(place)).map(|(_, pivot)| pivot);
        let mut near: [(u32, i32); AGREEING] = [(u32::MAX, i32::MIN); AGREEING];
        near.iter_mut().zip(agreeing).for_each(|(slot, pivot)| *slot = (pivot.number, pivot.meaning.cosine(meaning)));
        let nearest = highest::<NEAREST>(near.iter().map(|(_, cosine)| *cosine));
        let numbers =
            nearest.into_iter().flatten().filter_map(move |(_, place)| near.get(place).map(|(number, _)| *number));
        numbers.filter(|number| *number != u32::MAX)
    }
}

/// The N highest of some values with their places, the highest first; of equal ones the first.
fn highest<const N: usize>(values: impl Iterator<Item = i32>) -> [Option<(i32, usize)>; N] {
    let mut best: [Option<(i32, usize)>; N] = [None; N];
    for (place, value) in values.enumerate() {
        let mut next = Some((value, place));
        if best.last().is_some_and(|last| last.is_some_and(|(last, _)| last >= value)) {
            continue;
        }
        for slot in &mut best {
            if slot.is_none_or(|(held, _)| next.is_some_and(|(value, _)| held < value)) {
                std::mem::swap(slot, &mut next);
            }
            if next.is_none() {
                break;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Embedding, Preparer, Rarity};

    fn texts(names: &[String]) -> Vec<Text> {
        let row = |row: u32| {
            std::array::from_fn(|place| ((row * 131 + place as u32).wrapping_mul(0x9E37_79B9) >> 25) as i8 - 64)
        };
        let embedding = Embedding::new((0..256).map(row).collect()).unwrap();
        let rarity = Rarity::default();
        let preparer = Preparer { embedding: Some(&embedding), ..Preparer::new(crate::text::shipped(), &rarity) };
        names.iter().filter_map(|name| preparer.text(name)).collect()
    }

    #[test]
    fn a_vector_is_nearest_to_itself_and_the_order_of_texts_does_not_matter() {
        let names: Vec<String> = (0..200).map(|number| format!("zork{number} quux{}", number * 7 % 40)).collect();
        let texts = texts(&names);
        let forth = Pivots::new(texts.iter());
        let back = Pivots::new(texts.iter().rev());
        for text in &texts {
            let meaning = text.meaning.unwrap();
            let nearest: Vec<u32> = forth.nearest(&meaning).collect();
            assert!((1..=NEAREST).contains(&nearest.len()));
            assert_eq!(nearest, back.nearest(&meaning).collect::<Vec<_>>());
        }
    }

    #[test]
    fn without_an_embedding_there_are_no_pivots() {
        assert!(Pivots::new(std::iter::empty()).heads.is_empty());
    }

    #[test]
    fn the_highest_come_first() {
        assert_eq!(highest::<3>([2, 9, 4, 9, 1].into_iter()), [Some((9, 1)), Some((9, 3)), Some((4, 2))]);
        assert_eq!(highest::<3>([2].into_iter()), [Some((2, 0)), None, None]);
    }
}
