//! `cognate bench mbat`: what vectors of JSON records promise, measured.

use super::{bench, terminal};
use crate::error::{Error, Result, exit};
use crate::pipeline::bench::mbat::{Options, mbat};
use crate::record::{Destination, Output};
use crate::report::bench_mbat::mbat_text;
use crate::report::bench_mbat_plot::plot;
use std::io::Write;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  cognate bench mbat
  COGNATE_DATA=data cognate bench mbat --seed 3 --plot mbat.svg

The exit code is 1 where a property does not hold; times and memory are told, and are none. Records are encoded from the shop \
tables under COGNATE_DATA, or made up where it is not set.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// Dimensions of the properties: a multiple of 64, from 64 to 32768
    #[arg(long, value_name = "N", default_value_t = Options::default().dims)]
    dims: usize,
    /// Dimensions of the curves of capacity
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_values_t = Options::default().capacity_dims)]
    capacity_dims: Vec<usize>,
    /// Values asked for each point of these curves, at least
    #[arg(long, value_name = "N", default_value_t = Options::default().asked as u64, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    asked: u64,
    /// What everything is drawn from
    #[arg(long, value_name = "N", default_value_t = Options::default().seed)]
    seed: u64,
    /// Draw lengths through 1 to 64 bindings and the curves of capacity
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    let options = Options {
        dims: args.dims,
        capacity_dims: args.capacity_dims.clone(),
        asked: args.asked as usize,
        seed: args.seed,
        data: std::env::var_os("COGNATE_DATA").map(PathBuf::from),
        ..Options::default()
    };
    // Before the first second is spent.
    let image = args.plot.as_ref().map(|path| Output::create(Destination::File(path.clone()))).transpose()?;
    let report = mbat(&options, &terminal::note)?;
    if let Some(mut image) = image {
        let path = image.path().to_path_buf();
        image.write_all(plot(&report)?.as_bytes()).map_err(|error| Error::io(path, error))?;
        image.finish()?;
    }
    bench::print(args.json, serde_json::json!(report), || mbat_text(&report))?;
    Ok(if report.all_hold() { exit::FOUND } else { exit::NOTHING })
}
