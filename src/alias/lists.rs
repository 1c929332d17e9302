//! Many short lists, and many short texts, each kind in one piece of memory.

use serde::{Deserialize, Serialize};

/// The number of a place. Four thousand million names do not fit into the memory of any machine this is made for, so
/// what lies beyond never comes up.
pub(super) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// Lists by number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Lists<T> {
    /// Where each list ends; it begins where the one before it ends.
    ends: Vec<usize>,
    items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Lists<T> {
        Lists { ends: Vec::new(), items: Vec::new() }
    }
}

impl<T> Lists<T> {
    /// Appends a list.
    pub(super) fn push(&mut self, items: impl IntoIterator<Item = T>) {
        self.items.extend(items);
        self.ends.push(self.items.len());
    }

    /// How many lists there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The list of a number; empty where there is none. Constant time.
    pub(super) fn get(&self, list: u32) -> &[T] {
        let list = list as usize;
        let start = if list == 0 { 0 } else { self.ends.get(list - 1).copied().unwrap_or(usize::MAX) };
        let end = self.ends.get(list).copied().unwrap_or_default();
        self.items.get(start..end).unwrap_or_default()
    }

    /// The lists in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[T]> {
        (0..number(self.len())).map(|list| self.get(list))
    }

    /// Whether the lists follow each other and use up the items.
    pub(super) fn is_whole(&self) -> bool {
        self.ends.is_sorted() && self.ends.last().copied().unwrap_or_default() == self.items.len()
    }
}

impl<T: Copy + Default> Lists<T> {
    /// Sorts pairs (list, item) into `lists` lists; items keep the order in which they come. Counting sort: linear.
    pub(super) fn sorted_into(lists: usize, pairs: impl Iterator<Item = (u32, T)> + Clone) -> Lists<T> {
        let mut ends = vec![0_usize; lists];
        for (list, _) in pairs.clone() {
            if let Some(count) = ends.get_mut(list as usize) {
                *count += 1;
            }
        }
        // From counts to where each list starts; placing the items moves these to the ends.
        let mut total = 0;
        for end in &mut ends {
            total += std::mem::replace(end, total);
        }
        let mut items = vec![T::default(); total];
        for (list, item) in pairs {
            let Some(next) = ends.get_mut(list as usize) else { continue };
            if let Some(slot) = items.get_mut(*next) {
                *slot = item;
                *next += 1;
            }
        }
        Lists { ends, items }
    }
}

/// Texts by number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Texts {
    ends: Vec<usize>,
    text: String,
}

impl Texts {
    /// Appends a text.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    /// How many texts there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a number; empty where there is none. Constant time.
    pub(super) fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends.get(number - 1).copied().unwrap_or(usize::MAX) };
        let end = self.ends.get(number).copied().unwrap_or_default();
        self.text.get(start..end).unwrap_or_default()
    }

    /// The number of a text among texts in ascending order. Binary search.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let (mut low, mut high) = (0, number(self.len()));
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The texts in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..number(self.len())).map(|text| self.get(text))
    }

    /// Whether the texts follow each other, use up the letters and are cut between characters.
    pub(super) fn is_whole(&self) -> bool {
        let cut_well = self.ends.iter().all(|&end| self.text.is_char_boundary(end));
        self.ends.is_sorted() && self.ends.last().copied().unwrap_or_default() == self.text.len() && cut_well
    }

    /// Whether each text is greater than the one before it.
    pub(super) fn is_ascending(&self) -> bool {
        self.iter().zip(self.iter().skip(1)).all(|(before, after)| before < after)
    }
}

impl<'a> FromIterator<&'a str> for Texts {
    fn from_iter<I: IntoIterator<Item = &'a str>>(all: I) -> Texts {
        let mut texts = Texts::default();
        all.into_iter().for_each(|text| texts.push(text));
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_sorted_into_lists_and_keep_their_order() {
        let lists = Lists::sorted_into(3, [(2, 'c'), (0, 'a'), (2, 'b')].into_iter());
        assert_eq!(lists.iter().collect::<Vec<_>>(), [&['a'][..], &[], &['c', 'b']]);
        assert!(lists.get(3).is_empty() && lists.is_whole());
    }

    #[test]
    fn texts_are_found_and_missing_ones_are_not() {
        let texts: Texts = ["", "a", "ab", "é"].into_iter().collect();
        assert!(texts.is_whole() && texts.is_ascending());
        assert_eq!(["", "ab", "é", "b"].map(|text| texts.find(text)), [Some(0), Some(2), Some(3), None]);
        assert_eq!(texts.get(4), "");
    }

    #[test]
    fn damage_is_seen() {
        assert!(!Texts { ends: vec![1, 2], text: "é".to_owned() }.is_whole());
        assert!(!Texts { ends: vec![2, 1], text: "a".to_owned() }.is_whole());
        let damaged = Lists { ends: vec![5, 2], items: vec![1, 2] };
        assert!(!damaged.is_whole() && damaged.get(0).is_empty() && damaged.get(1).is_empty());
    }
}
