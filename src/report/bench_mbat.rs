//! What vectors of JSON records promise, as tables.

use super::bench::table;
use super::count;
use crate::pipeline::bench::mbat::Report;
use crate::pipeline::bench::mbat::capacity::CapacityPoint;
use crate::pipeline::bench::mbat::speed::Speed;

/// How the tables of [`mbat_text`] are meant.
const HOW_TO_READ: &str = "\
Strict: no soft keys (nothing shared, keys of similar names unrelated), as the claims about structure are of exact keys.
Cosines are means over spaces of 60 seeds, ± (sd) the standard deviation of one; bounds are for the mean, and twice as wide
for the deviation. Dense Haar and Gaussian are dense random matrices: orthogonal ones, and ones of variance 1 / dimensions.
Values found are those nearest to the right one of 1,000 words after unbinding; theory: the right word scores 1 + sz, the
others s times normal deviates, s² = (pairs − 1) / dimensions. Times are CPU times of one thread.
";

/// The properties, the capacity and the costs, a table of each.
pub fn mbat_text(report: &Report) -> String {
    let rows = report.properties.iter().map(|property| {
        let holds = if property.holds { "ok" } else { "FAILS" };
        vec![property.name.clone(), property.tolerance.clone(), property.seen.clone(), holds.to_owned()]
    });
    let of_dims = format!("property, D={}, seed {}", report.dims, report.seed);
    let failing = report.properties.iter().filter(|property| !property.holds).count();
    let verdict = match failing {
        0 => format!("All {} properties hold.\n", report.properties.len()),
        _ => format!("{failing} of {} properties FAIL.\n", report.properties.len()),
    };
    [
        table(&[&of_dims, "tolerance", "seen", ""], 4, rows.collect()),
        verdict,
        capacity_text("pairs", &report.capacity),
        capacity_text("values of nested objects", &report.nested),
        speed_text(&report.speed),
        HOW_TO_READ.to_owned(),
    ]
    .join("\n")
}

fn capacity_text(of: &str, points: &[CapacityPoint]) -> String {
    let rows = points.iter().map(|point| {
        let share = |share: f64| format!("{share:.3}");
        let haar = point.haar.map_or_else(String::new, share);
        let (dims, pairs) = (point.dims.to_string(), point.pairs.to_string());
        vec![dims, pairs, point.asked.to_string(), share(point.ours), haar, share(point.theory)]
    });
    table(&["D", of, "asked", "found: ours", "dense Haar", "theory"], 0, rows.collect())
}

fn speed_text(speed: &Speed) -> String {
    let nanoseconds = |time: f64| format!("{time:.0} ns");
    let rows = [
        ("records encoded a CPU second".to_owned(), count(speed.records_a_second as u64)),
        (format!("  {} of {}, D={}", count(speed.records as u64), speed.sample, speed.encoded_dims), String::new()),
        (format!("binding a vector, D={}", speed.bound_dims), nanoseconds(speed.bind_nanoseconds)),
        ("  dense matrix".to_owned(), nanoseconds(speed.dense_nanoseconds)),
        ("  times as long (goal: at least 100)".to_owned(), format!("{:.0}", speed.ratio())),
        ("bytes of a binding (goal: at most 2,048)".to_owned(), count(speed.bytes_a_binding as u64)),
        ("  dense matrix".to_owned(), count(speed.bytes_a_dense_matrix as u64)),
    ];
    table(&["cost", ""], 1, rows.into_iter().map(|(name, value)| vec![name, value]).collect())
}
