//! What nesting does to lengths and how much a vector holds, as curves.

use crate::error::{Error, Result};
use crate::pipeline::bench::mbat::Report;
use crate::pipeline::bench::mbat::levels::LevelPoint;
use plotters::coord::Shift;
use plotters::prelude::*;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;

const OURS: RGBColor = RGBColor(0x1b, 0x6c, 0xa8);
const DENSE: RGBColor = RGBColor(0xc8, 0x55, 0x3d);
const FONT: (&str, i32) = ("sans-serif", 15);

/// The curves as an SVG image: above, lengths after 0 to 64 bindings; below, values found by the number of pairs.
///
/// # Errors
/// [`crate::error::ErrorKind::Io`] where the drawing library refuses.
pub fn plot(report: &Report) -> Result<String> {
    let mut image = String::new();
    draw(report, &mut image).map_err(|error| Error::io("plot", std::io::Error::other(error.to_string())))?;
    Ok(image)
}

fn draw(report: &Report, image: &mut String) -> Drawn {
    let area = SVGBackend::with_string(image, (900, 900)).into_drawing_area();
    area.fill(&WHITE)?;
    let (above, below) = area.split_vertically(450);
    draw_levels(report, &above)?;
    draw_capacity(report, &below)?;
    area.present()?;
    Ok(())
}

fn draw_levels(report: &Report, area: &Area<'_>) -> Drawn {
    let levels = &report.levels;
    let bound = |side: f64| move |point: &LevelPoint| point.gaussian.mean + side * point.gaussian.deviation;
    let top = levels.iter().map(bound(1.0)).fold(1.5, f64::max);
    let last = levels.last().map_or(1, |point| point.levels) as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(format!("Length of a vector through nested bindings, {} dimensions", report.dims), ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..last, 0.0..top)?;
    chart
        .configure_mesh()
        .x_desc("bindings")
        .y_desc("length")
        .x_label_formatter(&|levels| format!("{levels:.0}"))
        .label_style(FONT)
        .light_line_style(WHITE)
        .draw()?;
    let series = |figure: &dyn Fn(&LevelPoint) -> f64| -> Vec<(f64, f64)> {
        levels.iter().map(|point| (point.levels as f64, figure(point))).collect()
    };
    let band = series(&bound(1.0)).into_iter().chain(series(&bound(-1.0)).into_iter().rev());
    chart.draw_series([Polygon::new(band.collect::<Vec<_>>(), DENSE.mix(0.2))])?;
    chart
        .draw_series(LineSeries::new(series(&|point| point.gaussian.mean), DENSE.stroke_width(2)))?
        .label("dense Gaussian matrices, mean ± standard deviation")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], DENSE.stroke_width(2)));
    chart
        .draw_series(LineSeries::new(series(&|point| point.ours.mean), OURS.stroke_width(3)))?
        .label("ours: signed permutations")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], OURS.stroke_width(3)));
    legend(&mut chart)
}

fn draw_capacity(report: &Report, area: &Area<'_>) -> Drawn {
    let points = &report.capacity;
    let log = |pairs: usize| (pairs as f64).log2();
    let ends = points.iter().map(|point| log(point.pairs));
    let (first, last) = (ends.clone().fold(2.0, f64::min), ends.fold(3.0, f64::max));
    let mut chart = ChartBuilder::on(area)
        .caption("Values found again in one vector, among 1,000 words", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d(first..last, 0.0..1.0)?;
    chart
        .configure_mesh()
        .x_desc("pairs of key and value")
        .y_desc("share found")
        .x_labels((last - first) as usize + 1)
        .x_label_formatter(&|log| format!("{:.0}", log.exp2()))
        .label_style(FONT)
        .light_line_style(WHITE)
        .draw()?;
    let curves = points.chunk_by(|one, next| one.dims == next.dims);
    for (place, curve) in curves.enumerate() {
        let dims = curve.first().map_or(0, |point| point.dims);
        // More dimensions, darker.
        let (ours, dense) = (OURS.mix(0.45 + 0.25 * place as f64), DENSE.mix(0.45 + 0.25 * place as f64));
        let found = curve.iter().map(|point| (log(point.pairs), point.ours));
        chart
            .draw_series(LineSeries::new(found, ours.stroke_width(2)))?
            .label(format!("ours, {dims} dimensions"))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], ours.stroke_width(2)));
        let by_dense = curve.iter().filter_map(|point| Some((log(point.pairs), point.haar?)));
        let crosses = chart.draw_series(by_dense.map(|place| Cross::new(place, 4, dense.stroke_width(2))))?;
        if place == 0 {
            crosses.label("dense Haar").legend(move |(x, y)| Cross::new((x + 10, y), 4, dense.stroke_width(2)));
        }
        let theory = curve.iter().map(|point| (log(point.pairs), point.theory));
        let line = chart.draw_series(LineSeries::new(theory, BLACK.mix(0.5)))?;
        if place == 0 {
            line.label("theory").legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], BLACK.mix(0.5)));
        }
    }
    legend(&mut chart)
}

type Chart<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>) -> Drawn {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .background_style(WHITE.mix(0.85))
        .label_font(FONT)
        .draw()?;
    Ok(())
}
