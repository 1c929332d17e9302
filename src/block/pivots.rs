//! Pivots: names that other names are near to, as blocking keys.
//!
//! Some of the names at hand, drawn by the hash of their words, serve as pivots. A name's keys are the pivots that its
//! vector is nearest to; two names of near vectors are likely to share one, though they share no letter (acronyms,
//! translations, other scripts). Which names are pivots depends on the names alone, not on their order. The pivots are
//! searched in two steps, as in a two-level permutation index (Chávez, Figueroa & Navarro, "Effective Proximity Retrieval by
//! Ordering Permutations", IEEE TPAMI 30(9), 2008): first the nearest of a few heads, then the pivots near those.

use crate::compare::{Meaning, Signs, Text};

/// The pivots among these many texts; a block then holds some hundred texts.
const TEXTS_PER_PIVOT: usize = 24;
/// Pivots at least, where there are as many texts, and at most.
const PIVOTS: (usize, usize) = (256, 16_384);
/// Texts up to which pivots are always drawn. In larger tables names that share nothing but their meaning are mostly those in
/// other scripts, so tables that hold next to none of them do without, which saves a third of the time of a link job.
const ALWAYS_UP_TO: usize = 60_000;
/// In larger tables one in this many texts must have letters other than Latin ones.
const ONE_IN: usize = 1_000;
/// The heads whose pivots are looked through.
const HEADS: usize = 4;
/// The pivots near those heads that agree in the most signs; only their cosines are asked for.
const AGREEING: usize = 12;
/// The nearest pivots that are a text's keys.
const NEAREST: usize = 3;

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
        let others = drawn.iter().filter(|(_, text)| text.scripts.has_other_than_latin()).count();
        if drawn.len() > ALWAYS_UP_TO && others * ONE_IN < drawn.len() {
            return Pivots::default();
        }
        let count = (drawn.len() / TEXTS_PER_PIVOT).clamp(PIVOTS.0, PIVOTS.1);
        drawn.sort_unstable_by(|a, b| (a.0, &a.1.core).cmp(&(b.0, &b.1.core)));
        drawn.dedup_by_key(|(hash, _)| *hash);
        drawn.truncate(count);
        let drawn: Vec<Meaning> = drawn.into_iter().filter_map(|(_, text)| text.meaning).collect();
        let heads: Vec<Meaning> = drawn.iter().take(drawn.len().isqrt()).copied().collect();
        let mut pivots = vec![Vec::new(); heads.len()];
        for (number, pivot) in (0..).zip(drawn) {
            let cosines = heads.iter().enumerate().map(|(place, head)| (head.cosine(&pivot), place));
            let [Some((_, head))] = highest::<1, _>(cosines) else { continue };
            if let Some(own) = pivots.get_mut(head) {
                own.push(Pivot { number, signs: pivot.signs(), meaning: pivot });
            }
        }
        Pivots { heads, pivots }
    }

    /// The numbers of the pivots that a vector is nearest to.
    pub fn nearest(&self, meaning: &Meaning) -> impl Iterator<Item = u32> + use<> {
        let signs = meaning.signs();
        let heads = self.heads.iter().zip(&self.pivots).map(|(head, own)| (head.cosine(meaning), own));
        let near = highest::<HEADS, _>(heads).into_iter().flatten().flat_map(|(_, own)| own);
        let agreeing = highest::<AGREEING, _>(near.map(|pivot| (pivot.signs.agreement(signs) as i32, pivot)));
        let cosines = agreeing.into_iter().flatten().map(|(_, pivot)| (pivot.meaning.cosine(meaning), pivot.number));
        highest::<NEAREST, _>(cosines).into_iter().flatten().map(|(_, number)| number)
    }
}

/// The N highest of some values with what they are of, the highest first; of equal ones the first.
fn highest<const N: usize, T: Copy>(values: impl Iterator<Item = (i32, T)>) -> [Option<(i32, T)>; N] {
    let mut best: [Option<(i32, T)>; N] = [None; N];
    for (value, of) in values {
        if best.last().is_some_and(|last| last.is_some_and(|(last, _)| last >= value)) {
            continue;
        }
        let mut next = Some((value, of));
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
        let values = [2, 9, 4, 9, 1].into_iter().zip('a'..);
        assert_eq!(highest::<3, _>(values), [Some((9, 'b')), Some((9, 'd')), Some((4, 'c'))]);
        assert_eq!(highest::<3, _>([(2, 'a')].into_iter()), [Some((2, 'a')), None, None]);
    }
}
