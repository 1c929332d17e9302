//! Which pairs are met and compared, for the recall that is asked for at the least expected cost.

use super::sample::{PLACES, Sample, place};
use super::{Method, THOUSANDTHS, VectorOptions};
use serde::Serialize;

/// Signs of a band, at least and at most.
const BITS: (usize, usize) = (4, 20);
/// Entries of all bands together: 1 GiB.
const ENTRIES: usize = 1 << 28;
/// Bands at most, and signs of all bands together at most: as many are made for each row.
const BANDS: usize = 4096;
/// What a cosine, a comparison, and a row's place in a band cost, in nanoseconds on one core, about. They are fixed, so that
/// every machine picks the same.
const COSINE: f64 = 20.0;
const COMPARISON: f64 = 2000.0;
const ENTRY: f64 = 40.0;
/// Pairs that stand for matches, below which an estimate is worth little.
const ENOUGH: u64 = 30;
/// Shares of the matches that may be missed, of which the least cosine takes a part and the bands the rest.
const PARTS: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// Bands of signs: two rows meet where they agree in all signs of a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bands {
    /// How many there are.
    pub bands: usize,
    /// The signs of each.
    pub bits: usize,
}

/// What was picked, and what is expected of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The recall that was asked for.
    pub asked_recall: f64,
    /// The recall that is expected; `None` where nothing is known of matches.
    pub expected_recall: Option<f64>,
    /// Whether that reaches what was asked for, and enough pairs stood for matches to say so.
    pub is_reached: bool,
    /// The pairs of the sample that stood for matches.
    pub sampled_matches: u64,
    /// The least cosine of a pair that is compared, in thousandths.
    pub least_cosine: i32,
    /// How pairs are met: in bands, or `None` for all of them.
    pub bands: Option<Bands>,
    /// Pairs that are expected to be met, so that their cosine is asked for.
    pub expected_met: f64,
    /// Pairs that are expected to be compared.
    pub expected_pairs: f64,
    /// All pairs there are.
    pub all_pairs: f64,
}

impl Plan {
    /// Picks a plan from a sample, for tables of so many rows; `right` is `None` in a self link.
    pub fn pick(sample: &Sample, left: usize, right: Option<usize>, options: VectorOptions) -> Plan {
        let all_pairs = match right {
            Some(right) => left as f64 * right as f64,
            None => left as f64 * (left as f64 - 1.0).max(0.0) / 2.0,
        };
        let rows = left + right.unwrap_or_default();
        let asked = options.recall.clamp(0.0, 1.0);
        // What a sample of so many pairs is likely to be wrong by, twice, is aimed at in addition, but three quarters of
        // what may be missed.
        let error = (asked * (1.0 - asked) / sample.mutual.max(1) as f64).sqrt();
        let aim = asked + (2.0 * error).min((1.0 - asked) * 0.75);
        let noise = (f64::from(THOUSANDTHS) / (options.dims.max(1) as f64).sqrt()) as i32;
        let picker = Picker { sample, all_pairs, rows, asked, aim, noise, matches: sample.matches.iter().sum() };
        let all = picker.plan(picker.least_cosine(1.0 - aim), None);
        if options.method == Method::All || picker.matches == 0.0 && options.method == Method::Cheapest {
            return all;
        }
        let bands = picker.cheapest_bands();
        match options.method {
            Method::Cheapest if !bands.is_reached || picker.cost(&all) <= picker.cost(&bands) => all,
            _ => bands,
        }
    }

    /// The least cosine of a pair that is compared, from −1 to 1.
    pub fn least_cosine(&self) -> f64 {
        f64::from(self.least_cosine) / f64::from(THOUSANDTHS)
    }
}

struct Picker<'a> {
    sample: &'a Sample,
    all_pairs: f64,
    rows: usize,
    asked: f64,
    /// What is asked for and two standard errors of the sample.
    aim: f64,
    /// What the noise of a space of so many dimensions takes from one cosine in six, in thousandths: rows that are each
    /// other's nearest are so in spite of it, other matches are not.
    noise: i32,
    matches: f64,
}

impl Picker<'_> {
    /// The greatest cosine below which no more than a share of the matches lies, less the noise; 0.001 where nothing is
    /// known of them.
    fn least_cosine(&self, missed: f64) -> i32 {
        let mut below = 0.0;
        for (cosine, count) in (-THOUSANDTHS..).zip(&self.sample.matches) {
            below += count;
            // What sums of parts leave by rounding is not missed.
            if below > missed * self.matches + 1e-9 {
                return (cosine - self.noise).max(1);
            }
        }
        1
    }

    /// The plan with the least cosine and these bands.
    fn plan(&self, least_cosine: i32, bands: Option<Bands>) -> Plan {
        let meeting = meeting(bands);
        let sum = |counts: &mut dyn Iterator<Item = f64>, from: usize| {
            counts.zip(&meeting).skip(from).map(|(count, chance)| count * chance).sum::<f64>()
        };
        let least = place(least_cosine);
        let found = sum(&mut self.sample.matches.iter().copied(), least);
        let sampled: u64 = self.sample.pairs.iter().sum();
        let scale = if sampled == 0 { 0.0 } else { self.all_pairs / sampled as f64 };
        let counts = || self.sample.pairs.iter().map(|count| *count as f64);
        let expected_recall = (self.matches > 0.0).then(|| found / self.matches);
        Plan {
            asked_recall: self.asked,
            expected_recall,
            is_reached: expected_recall.is_some_and(|recall| recall + 1e-9 >= self.asked)
                && self.sample.mutual >= ENOUGH,
            sampled_matches: self.sample.mutual,
            least_cosine,
            bands,
            expected_met: sum(&mut counts(), 0) * scale,
            expected_pairs: sum(&mut counts(), least) * scale,
            all_pairs: self.all_pairs,
        }
    }

    /// The expected cost in nanoseconds.
    fn cost(&self, plan: &Plan) -> f64 {
        let entries = plan.bands.map_or(0, |bands| bands.bands * self.rows);
        entries as f64 * ENTRY + plan.expected_met * COSINE + plan.expected_pairs * COMPARISON
    }

    /// The cheapest bands with the recall that is asked for, or those with the greatest recall.
    fn cheapest_bands(&self) -> Plan {
        let mut best: Option<Plan> = None;
        for part in PARTS {
            let least_cosine = self.least_cosine((1.0 - self.aim) * part);
            // Longer bands than the rows can fill would cost more places than rows.
            let longest = (self.rows.max(2).ilog2() as usize + 2).clamp(BITS.0, BITS.1);
            for bits in BITS.0..=longest {
                let plan = self.enough_bands(least_cosine, bits);
                let is_better = best.as_ref().is_none_or(|best| match (plan.is_reached, best.is_reached) {
                    (true, true) => self.cost(&plan) < self.cost(best),
                    (false, false) => plan.expected_recall > best.expected_recall,
                    (is_reached, _) => is_reached,
                });
                if is_better {
                    best = Some(plan);
                }
            }
        }
        best.unwrap_or_else(|| self.plan(1, Some(Bands { bands: 1, bits: BITS.0 })))
    }

    /// As many bands of so many signs as reach the recall, or as there may be.
    fn enough_bands(&self, least_cosine: i32, bits: usize) -> Plan {
        let plan = |bands| self.plan(least_cosine, Some(Bands { bands, bits }));
        let most = (ENTRIES / self.rows.max(1)).clamp(1, BANDS);
        let (mut few, mut many) = (0, most);
        while many - few > 1 {
            let middle = few.midpoint(many);
            if plan(middle).expected_recall.is_some_and(|recall| recall >= self.aim) {
                many = middle;
            } else {
                few = middle;
            }
        }
        plan(many)
    }
}

/// By place of a cosine: the chance that two rows of that cosine meet in one of the bands, 1 − (1 − pᵇ)ᴸ, where they agree in a
/// sign with the chance p = 1 − acos(cosine) / π.
fn meeting(bands: Option<Bands>) -> Vec<f64> {
    let Some(Bands { bands, bits }) = bands else { return vec![1.0; PLACES] };
    let chance = |place: usize| {
        let cosine = (place as f64 + 0.5) / f64::from(THOUSANDTHS) - 1.0;
        let sign = 1.0 - cosine.clamp(-1.0, 1.0).acos() / std::f64::consts::PI;
        1.0 - (1.0 - sign.powi(bits as i32)).powi(bands as i32)
    };
    (0..PLACES).map(chance).collect()
}
