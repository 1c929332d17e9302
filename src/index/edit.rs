//! All keys within an edit distance, as an automaton that an fst is searched with.
//!
//! The automaton is not built: its state is simulated in bit vectors, one bit for each place of the query (Wu, Manber:
//! "Fast text searching allowing errors", CACM 1992), extended by transpositions as in optimal string alignment. So it
//! costs nothing to make, takes fifty bytes whatever the query, and has no limit of states to run into.

use fst::Automaton;

/// Bytes of a query: with the place before the first they fill a word. Longer ones find nothing.
pub(super) const LONGEST: usize = 63;
/// Errors at most.
pub(super) const FARTHEST: usize = 2;

/// Accepts ASCII texts within an optimal string alignment distance of a query: one error is a byte put in, left out,
/// replaced, or swapped with its neighbour.
pub(super) struct WithinDistance {
    /// For each byte, the places of the query where it stands.
    places: [u64; 128],
    length: u32,
    distance: usize,
}

/// Bit i of `after[d]`: the first i bytes of the query are behind us with d errors. Bit i of `swapping[d]`: the same, and
/// the byte i + 1 was just read before the byte i.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    after: [u64; FARTHEST + 1],
    swapping: [u64; FARTHEST + 1],
}

impl WithinDistance {
    /// `None` for a query that is longer than [`LONGEST`] or not ASCII; the distance is at most [`FARTHEST`].
    pub(super) fn new(query: &str, distance: usize) -> Option<WithinDistance> {
        if query.len() > LONGEST || !query.is_ascii() {
            return None;
        }
        let mut places = [0; 128];
        for (place, byte) in query.bytes().enumerate() {
            if let Some(places) = places.get_mut(usize::from(byte)) {
                *places |= 1 << place;
            }
        }
        Some(WithinDistance { places, length: query.len() as u32, distance: distance.min(FARTHEST) })
    }

    /// The places that leaving out bytes of the query leads to.
    fn close(&self, mut after: [u64; FARTHEST + 1]) -> [u64; FARTHEST + 1] {
        let all = u64::MAX >> (LONGEST as u32 - self.length);
        let mut fewer = 0;
        for (errors, places) in after.iter_mut().enumerate() {
            *places = if errors > self.distance { 0 } else { (*places | fewer << 1) & all };
            fewer = *places;
        }
        after
    }
}

impl Automaton for WithinDistance {
    type State = State;

    fn start(&self) -> State {
        State { after: self.close([1, 0, 0]), swapping: [0; FARTHEST + 1] }
    }

    fn is_match(&self, state: &State) -> bool {
        state.after.iter().any(|places| places >> self.length & 1 == 1)
    }

    fn can_match(&self, state: &State) -> bool {
        state.after.iter().chain(&state.swapping).any(|places| *places != 0)
    }

    fn accept(&self, state: &State, byte: u8) -> State {
        let here = self.places.get(usize::from(byte)).copied().unwrap_or(0);
        let mut next = State { after: [0; FARTHEST + 1], swapping: [0; FARTHEST + 1] };
        let mut fewer = 0;
        let states = state.after.iter().zip(&state.swapping);
        for ((after, swapping), (next_after, next_swapping)) in
            states.zip(next.after.iter_mut().zip(next.swapping.iter_mut()))
        {
            let swapped = (swapping & here) << 2;
            *next_after = (after & here) << 1 | fewer | fewer << 1 | swapped;
            *next_swapping = fewer & here >> 1;
            fewer = *after;
        }
        if let Some(beyond) = next.swapping.get_mut(self.distance + 1..) {
            beyond.fill(0);
        }
        State { after: self.close(next.after), ..next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepts(query: &str, text: &str, distance: usize) -> bool {
        let automaton = WithinDistance::new(query, distance).unwrap();
        let end = text.bytes().try_fold(automaton.start(), |state, byte| {
            automaton.can_match(&state).then(|| automaton.accept(&state, byte))
        });
        end.is_some_and(|state| automaton.is_match(&state))
    }

    #[test]
    fn swapped_letters_are_one_error() {
        assert!(accepts("nike", "nkie", 1));
        assert!(!accepts("nike", "kine", 1));
        assert!(accepts("", "ab", 2));
        assert!(!accepts("", "abc", 2));
        assert!(WithinDistance::new(&"x".repeat(64), 1).is_none());
    }

    proptest! {
        #[test]
        fn the_automaton_counts_as_strsim_does(query in "[a-c]{0,9}", text in "[a-c]{0,9}", distance in 0usize..=2) {
            prop_assert_eq!(accepts(&query, &text, distance), strsim::osa_distance(&query, &text) <= distance);
        }

        #[test]
        fn long_queries_are_counted_right(query in "[ab]{60,63}", at in 0usize..60, distance in 0usize..=2) {
            let mut text = query.clone();
            text.remove(at);
            prop_assert_eq!(accepts(&query, &text, distance), strsim::osa_distance(&query, &text) <= distance);
        }
    }
}
