//! Sums by number, where few of many numbers have one: the sparse accumulator (Gilbert, Moler and Schreiber 1992).

/// Sums that start at zero; emptying them costs as much as was added, not as much as there could be.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    sums: Vec<f64>,
    touched: Vec<u32>,
}

impl Tally {
    /// For numbers below `numbers`.
    pub(super) fn new(numbers: usize) -> Tally {
        Tally { sums: vec![0.0; numbers], touched: Vec::new() }
    }

    /// Adds to the sum of a number. Constant time. Nothing but positive amounts can be added.
    pub(super) fn add(&mut self, number: u32, amount: f64) {
        if amount > 0.0
            && let Some(sum) = self.sums.get_mut(number as usize)
        {
            if *sum == 0.0 {
                self.touched.push(number);
            }
            *sum += amount;
        }
    }

    /// Moves the sums into `into`, ascending by number, and is empty again.
    pub(super) fn drain_into(&mut self, into: &mut Vec<(u32, f64)>) {
        into.clear();
        self.touched.sort_unstable();
        for number in self.touched.drain(..) {
            if let Some(sum) = self.sums.get_mut(number as usize) {
                into.push((number, std::mem::take(sum)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_drained_in_order_and_gone() {
        let mut tally = Tally::new(5);
        let mut sums = vec![(9, 9.0)];
        for (number, amount) in [(4, 1.0), (1, 0.5), (4, 2.0), (7, 1.0), (0, 0.0)] {
            tally.add(number, amount);
        }
        tally.drain_into(&mut sums);
        assert_eq!(sums, [(1, 0.5), (4, 3.0)]);
        tally.drain_into(&mut sums);
        assert!(sums.is_empty());
    }
}
