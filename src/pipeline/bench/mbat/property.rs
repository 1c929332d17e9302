//! A property with its tolerance and what was seen.

use serde::Serialize;

/// A property of vectors or bindings, as it was found to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Property {
    /// What is claimed.
    pub name: String,
    /// What counts as holding.
    pub tolerance: String,
    /// What was seen.
    pub seen: String,
    /// Whether it holds.
    pub holds: bool,
}

impl Property {
    /// A property.
    pub fn new(
        name: impl Into<String>,
        tolerance: impl Into<String>,
        seen: impl Into<String>,
        holds: bool,
    ) -> Property {
        Property { name: name.into(), tolerance: tolerance.into(), seen: seen.into(), holds }
    }

    /// That all of several cases are so.
    pub fn all(name: impl Into<String>, tolerance: impl Into<String>, cases: &[bool]) -> Property {
        let holding = cases.iter().filter(|holds| **holds).count();
        Property::new(name, tolerance, format!("{holding} of {}", cases.len()), holding == cases.len())
    }

    /// That an error is at most so large.
    pub fn below(name: impl Into<String>, bound: f64, error: f64) -> Property {
        let seen = if error == 0.0 { "0".to_owned() } else { format!("{error:.0e}") };
        Property::new(name, format!("error at most {bound:.0e}"), seen, error <= bound)
    }

    /// That means are as expected within a bound, and that figures spread by no more than twice the bound.
    pub fn near(name: impl Into<String>, bound: f64, figures: &[(f64, Spread)]) -> Property {
        let listed = |text: &dyn Fn(&(f64, Spread)) -> String| figures.iter().map(text).collect::<Vec<_>>().join(", ");
        let tolerance = format!("{} (± {bound:.3})", listed(&|(expected, _)| rounded(*expected)));
        let widest = figures.iter().map(|(_, spread)| spread.deviation).fold(0.0, f64::max);
        let seen = match figures {
            [(_, spread)] => spread.to_string(),
            _ => format!("{} (sd {widest:.3})", listed(&|(_, spread)| rounded(spread.mean))),
        };
        let is_near = |(expected, spread): &(f64, Spread)| {
            (spread.mean - expected).abs() <= bound && spread.deviation <= 2.0 * bound
        };
        Property::new(name, tolerance, seen, !figures.is_empty() && figures.iter().all(is_near))
    }
}

/// A mean and the standard deviation of single figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

impl Spread {
    /// That of some figures; zeros for none.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Spread {
        let figures: Vec<f64> = figures.into_iter().collect();
        let count = figures.len().max(1) as f64;
        let mean = figures.iter().sum::<f64>() / count;
        let variance = figures.iter().map(|figure| (figure - mean).powi(2)).sum::<f64>() / count;
        Spread { mean, deviation: variance.sqrt() }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ± {:.3}", rounded(self.mean), self.deviation)
    }
}

/// Three decimals, and no zero with a sign.
fn rounded(figure: f64) -> String {
    format!("{:.3}", if figure.abs() < 0.0005 { 0.0 } else { figure })
}
