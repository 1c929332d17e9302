//! Character 3-grams, as numbers.

/// A 3-gram of folded text: its three bytes in one number, so that no two grams collide.
pub type Gram = u32;

/// The overlapping 3-grams of words, each word with one space before and after it, sorted and without repeats.
///
/// A word of n bytes gives n grams, so two words that differ in one letter in the middle lose three of them.
///
/// ```
/// use cognate::text::grams::{grams, spelled};
/// let found: Vec<String> = grams(["abc"].into_iter()).into_iter().map(spelled).collect();
/// assert_eq!(found, [" ab", "abc", "bc "]);
/// ```
pub fn grams<'a>(words: impl Iterator<Item = &'a str>) -> Vec<Gram> {
    let mut found = Vec::with_capacity(32);
    for word in words {
        let mut last: [u8; 2] = [0, b' '];
        for byte in word.bytes().chain([b' ']) {
            if last[0] != 0 {
                found.push(u32::from(last[0]) << 16 | u32::from(last[1]) << 8 | u32::from(byte));
            }
            last = [last[1], byte];
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The text of a gram, to name it in a report.
pub fn spelled(gram: Gram) -> String {
    gram.to_be_bytes().iter().skip(1).map(|&byte| char::from(byte)).collect()
}

/// How many grams two sorted lists share. Linear in the sum of the lengths.
pub fn shared(left: &[Gram], right: &[Gram]) -> usize {
    let (mut left, mut right) = (left, right);
    let mut count = 0;
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        count += usize::from(a == b);
        (left, right) = (if a <= b { left_rest } else { left }, if b <= a { right_rest } else { right });
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn short_words_have_grams_too() {
        assert_eq!(grams(["a"].into_iter()).into_iter().map(spelled).collect::<Vec<_>>(), [" a "]);
        assert!(grams(std::iter::empty()).is_empty());
    }

    proptest! {
        #[test]
        fn shared_is_the_size_of_the_intersection(a in "[a-d ]{0,20}", b in "[a-d ]{0,20}") {
            let (a, b) = (grams(a.split(' ')), grams(b.split(' ')));
            let sets: (BTreeSet<_>, BTreeSet<_>) = (a.iter().collect(), b.iter().collect());
            prop_assert_eq!(shared(&a, &b), sets.0.intersection(&sets.1).count());
        }
    }
}
