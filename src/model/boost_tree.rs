//! One tree of [`super::boost`]: it asks for levels of at most two comparisons.

use super::boost::{BoostOptions, FREE, Matrix, Shape, WIDTH};

/// The least and the greatest value that a leaf may have, so that levels never fall.
pub(super) type Bounds = (f64, f64);

/// A question: is the level at least `cut`? Missing (level 0) goes where it fits best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    feature: usize,
    cut: u8,
    missing_is_high: bool,
    gain: f64,
    /// The values of the two sides.
    values: [f64; 2],
}

impl Split {
    fn side(&self, level: u8) -> usize {
        usize::from(if level == 0 { self.missing_is_high } else { level >= self.cut })
    }
}

/// A tree of up to two floors; without a split it says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree(Option<Shape>);

impl Tree {
    /// The tree's value for a row of levels.
    pub(super) fn value(&self, row: &[u8]) -> f64 {
        self.value_by(|feature| row.get(feature).copied())
    }

    /// The tree's value, its levels given by feature.
    pub(super) fn value_by(&self, level: impl Fn(usize) -> Option<u8>) -> f64 {
        let Some((root, children)) = &self.0 else { return 0.0 };
        let level = |split: &Split| level(split.feature).unwrap_or_default();
        let side = root.side(level(root));
        let split = children.get(side).and_then(Option::as_ref);
        let (values, side) = split.map_or((root.values, side), |child| (child.values, child.side(level(child))));
        values.get(side).copied().unwrap_or_default()
    }

    /// The features that it asks for, ascending: none, one or two.
    pub(super) fn features(&self) -> Vec<usize> {
        let Some((root, children)) = &self.0 else { return Vec::new() };
        let children = children.iter().flatten().map(|child| child.feature);
        let mut features: Vec<usize> = children.chain([root.feature]).collect();
        features.sort_unstable();
        features.dedup();
        features
    }

    /// The two features that it asks for, if they are two, and what asking for the second gained.
    pub(super) fn combination(&self) -> Option<((usize, usize), f64)> {
        let (_, children) = self.0.as_ref()?;
        match self.features().as_slice() {
            [first, second] => Some(((*first, *second), children.iter().flatten().map(|child| child.gain).sum())),
            _ => None,
        }
    }
}

/// The slopes and curvatures of rows by feature and level.
type Sums = Vec<[f64; 2]>;

/// Grows trees over a matrix.
pub(super) struct Grower<'a> {
    matrix: &'a Matrix,
    options: &'a BoostOptions,
    /// By feature the features that may stand below it; `None` allows all.
    below: Option<Vec<Vec<usize>>>,
}

impl<'a> Grower<'a> {
    pub(super) fn new(
        matrix: &'a Matrix,
        options: &'a BoostOptions,
        combinations: Option<&[(usize, usize)]>,
    ) -> Grower<'a> {
        let below = combinations.map(|combinations| {
            let of = |feature: usize| {
                let partner = |&(a, b): &(usize, usize)| match feature {
                    feature if feature == a => Some(b),
                    feature if feature == b => Some(a),
                    _ => None,
                };
                combinations.iter().filter_map(partner).chain([feature]).collect()
            };
            (0..matrix.features).map(of).collect()
        });
        Grower { matrix, options, below }
    }

    /// A tree for rows with their slopes and curvatures; `used` says which features it may use.
    pub(super) fn tree(&mut self, rows: &[usize], slopes: &[(f64, f64)], used: &dyn Fn(usize) -> bool) -> Tree {
        let sums = self.sums(rows, slopes);
        let features: Vec<usize> = (0..self.matrix.features).filter(|feature| used(*feature)).collect();
        let roots = features.iter().filter_map(|feature| self.split(&sums, *feature, FREE));
        let Some(root) = best(roots) else { return Tree::default() };
        let (low, high): (Vec<usize>, Vec<usize>) =
            rows.iter().partition(|row| root.side(self.level(**row, root.feature)) == 0);
        // The sums of one side are those of all rows without the other's.
        let (less, more) = if low.len() < high.len() { (&low, 0) } else { (&high, 1) };
        let less = self.sums(less, slopes);
        let rest: Sums = sums.iter().zip(&less).map(|(all, part)| [all[0] - part[0], all[1] - part[1]]).collect();
        let sides = if more == 0 { [&less, &rest] } else { [&rest, &less] };
        let [low_value, high_value] = root.values;
        let middle = (low_value + high_value) / 2.0;
        let bounds = match self.matrix.monotone.get(root.feature) {
            Some(true) if root.cut > 1 => [(FREE.0, middle), (middle, FREE.1)],
            _ => [FREE, FREE],
        };
        let below = |feature: usize| match &self.below {
            None => true,
            Some(below) => below.get(root.feature).is_some_and(|below| below.contains(&feature)),
        };
        // Both children ask for the same feature, so that the tree is a table of two.
        let pairs = features.iter().filter(|feature| below(**feature)).map(|feature| {
            let [low, high] = [0, 1].map(|side: usize| {
                let (sums, bounds) = (sides.get(side)?, bounds.get(side)?);
                self.split(sums, *feature, *bounds)
            });
            let gain = low.map_or(0.0, |split| split.gain) + high.map_or(0.0, |split| split.gain);
            (gain, [low, high])
        });
        let children = pairs.fold((0.0, [None, None]), |best, pair| if pair.0 > best.0 { pair } else { best }).1;
        Tree(Some((root, children)))
    }

    fn level(&self, row: usize, feature: usize) -> u8 {
        self.matrix.levels.get(row * self.matrix.features + feature).copied().unwrap_or_default()
    }

    fn sums(&self, rows: &[usize], slopes: &[(f64, f64)]) -> Sums {
        let mut sums = vec![[0.0; 2]; self.matrix.features * WIDTH];
        for &row in rows {
            let Some(&(slope, curvature)) = slopes.get(row) else { continue };
            for (slots, level) in sums.chunks_exact_mut(WIDTH).zip(self.matrix.row(row)) {
                if let Some(slot) = slots.get_mut(usize::from(*level)) {
                    slot[0] += slope;
                    slot[1] += curvature;
                }
            }
        }
        sums
    }

    /// The best split by a feature, if one gains anything.
    fn split(&self, sums: &Sums, feature: usize, bounds: Bounds) -> Option<Split> {
        let levels = sums.get(feature * WIDTH..(feature + 1) * WIDTH)?;
        let [missing, present @ ..] = levels else { return None };
        let plus = |a: [f64; 2], b: &[f64; 2]| [a[0] + b[0], a[1] + b[1]];
        let all = present.iter().fold([0.0; 2], plus);
        let whole = self.leaf(plus(all, missing), bounds).1;
        let is_monotone = self.matrix.monotone.get(feature).copied().unwrap_or_default();
        let mut best: Option<Split> = None;
        let mut low = [0.0; 2];
        for (cut, level) in (1..).zip(present) {
            // Below the first cut there is nothing but what is missing.
            for missing_is_high in [false, true].into_iter().skip(usize::from(cut > 1 && missing[1] == 0.0)) {
                if cut == 1 && missing_is_high {
                    continue;
                }
                let high = [all[0] - low[0], all[1] - low[1]];
                let (lower, upper) =
                    if missing_is_high { (low, plus(high, missing)) } else { (plus(low, missing), high) };
                if lower[1].min(upper[1]) < self.options.least_in_leaf {
                    continue;
                }
                let ((a, gain_a), (b, gain_b)) = (self.leaf(lower, bounds), self.leaf(upper, bounds));
                let gain = gain_a + gain_b - whole;
                let falls = is_monotone && cut > 1 && a > b;
                if gain > 1e-9 && !falls && best.is_none_or(|best| gain > best.gain) {
                    best = Some(Split { feature, cut, missing_is_high, gain, values: [a, b] });
                }
            }
            low = plus(low, level);
        }
        best
    }

    /// The value of a leaf within its bounds, and what it gains.
    fn leaf(&self, [slope, curvature]: [f64; 2], (least, most): Bounds) -> (f64, f64) {
        let curvature = curvature + self.options.ridge;
        let value = (slope / curvature).clamp(least, most);
        (value, value * (2.0 * slope - curvature * value))
    }
}

fn best(splits: impl Iterator<Item = Split>) -> Option<Split> {
    splits.fold(None, |best: Option<Split>, split| match best {
        Some(best) if best.gain >= split.gain => Some(best),
        _ => Some(split),
    })
}
