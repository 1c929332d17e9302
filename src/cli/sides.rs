//! The two tables of a link or of an explanation: their files, ids and compared columns.

use super::columns::Columns;
use super::values::{self, Keep, On};
use crate::config::{Config, Kind};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::pipeline::link::Side;
use crate::record::{Format, ReadOptions};
use crate::report::links::Hand;
use std::path::{Path, PathBuf};

/// How to read the two tables and what to compare, as typed.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SideArgs {
    /// Compare these columns: COL where both are called so, else LEFT=RIGHT; again for more, the most telling first
    /// [default: those of --model, else name, where both have it]
    #[arg(long, value_name = "COL|LEFT=RIGHT", value_parser = values::on, help_heading = "Tables")]
    on: Vec<On>,
    /// The left column of ids [default: id, else the number of the row]
    #[arg(long, value_name = "COL", help_heading = "Tables")]
    left_id: Option<String>,
    /// The right column of ids [default: id, else the number of the row]
    #[arg(long, value_name = "COL", help_heading = "Tables")]
    right_id: Option<String>,
    /// The format of the left file, where its ending does not tell
    #[arg(long, value_name = "FORMAT", value_parser = values::format(), help_heading = "Tables")]
    left_format: Option<Format>,
    /// The format of the right file, where its ending does not tell
    #[arg(long, value_name = "FORMAT", value_parser = values::format(), help_heading = "Tables")]
    right_format: Option<Format>,
}

/// What can also stand in the configuration file, and that file.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SettingsArgs {
    /// What the records describe [default: organization]
    #[arg(long, value_name = "KIND", value_parser = values::kind(), help_heading = "Model")]
    pub(super) kind: Option<Kind>,
    /// Use a model of one's own instead of the one for --kind
    #[arg(long, value_name = "FILE", help_heading = "Model")]
    model: Option<PathBuf>,
    /// Fail after more than N rejected rows [default: no limit; rejects are counted and reported]
    #[arg(long, value_name = "N", help_heading = "Tables")]
    max_rejects: Option<u64>,
    /// Read settings (kind, limits) from a TOML file; what is typed goes before
    #[arg(long, value_name = "FILE", help_heading = "Tables")]
    config: Option<PathBuf>,
}

impl SettingsArgs {
    /// The configuration file with the arguments over it.
    pub(super) fn checked(&self) -> Result<Config> {
        let mut config = match &self.config {
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|error| Error::io(file, error))?;
                Config::parse(&text, file)?
            }
            None => Config::default(),
        };
        config.kind = self.kind.unwrap_or(config.kind);
        config.limits.rejects = self.max_rejects.unwrap_or(config.limits.rejects);
        Ok(config)
    }

    /// Whether anything was typed.
    pub(super) fn says_anything(&self) -> bool {
        self.kind.is_some() || self.model.is_some() || self.max_rejects.is_some() || self.config.is_some()
    }

    /// The model of one's own.
    pub(super) fn model(&self) -> Result<Option<Model>> {
        self.model.as_deref().map(Model::load).transpose()
    }
}

/// Two tables, checked as far as their headers tell.
pub(super) struct Sides {
    pub(super) left: Side,
    pub(super) right: Side,
    columns: [Columns; 2],
    /// Whether the compared columns were chosen for the user, who should then be told.
    pub(super) on_was_chosen: bool,
}

impl SideArgs {
    /// Finds the columns of both files.
    pub(super) fn checked(&self, left: &Path, right: &Path, config: &Config, default: DefaultOn<'_>) -> Result<Sides> {
        let side = |path: &Path, id: &Option<String>, format| Side {
            path: path.to_path_buf(),
            id: id.clone(),
            read: ReadOptions { format, limits: config.limits.clone(), ..ReadOptions::default() },
            ..Side::default()
        };
        let mut left = side(left, &self.left_id, self.left_format);
        let mut right = side(right, &self.right_id, self.right_format);
        if [&left, &right].iter().all(|side| side.path.as_os_str() == "-") {
            return Err(Error::usage("standard input can be one side only; give a file for the other"));
        }
        if self.is_one_table(&left.path, &right.path) {
            right.path.clone_from(&left.path);
        }
        let columns = [Columns::of(&left.path, &left.read)?, Columns::of(&right.path, &right.read)?];
        let ids = [&left, &right].map(|side| side.id.as_deref().unwrap_or("id"));
        let on = match (self.on.is_empty(), &default) {
            (true, _) => default.columns(&columns, ids)?,
            (false, DefaultOn::Model(model)) => arranged(model, &self.on)?,
            (false, _) => self.on.clone(),
        };
        left.on = on.iter().map(|on| on.left.clone()).collect();
        right.on = on.into_iter().map(|on| on.right).collect();
        for (side, columns) in [&left, &right].into_iter().zip(&columns) {
            side.id.iter().chain(&side.on).try_for_each(|column| columns.require(column))?;
        }
        let of_model = matches!(&default, DefaultOn::Model(model) if !model.columns().is_empty());
        Ok(Sides { left, right, columns, on_was_chosen: self.on.is_empty() && !of_model })
    }

    /// Whether anything was typed.
    pub(super) fn says_anything(&self) -> bool {
        let ids = self.left_id.is_some() || self.right_id.is_some();
        ids || !self.on.is_empty() || self.left_format.is_some() || self.right_format.is_some()
    }

    /// Whether two names are of one file, read in the same way.
    fn is_one_table(&self, left: &Path, right: &Path) -> bool {
        let whole = |path: &Path| path.canonicalize().ok();
        whole(left).is_some_and(|left| Some(left) == whole(right))
            && self.left_id == self.right_id
            && self.left_format == self.right_format
    }
}

impl Sides {
    /// The sides from which a column is kept.
    pub(super) fn keeping(&self, keep: &Keep) -> Result<Vec<Hand>> {
        let [left, right] = &self.columns;
        if let Some(hand) = keep.hand {
            match hand {
                Hand::Left => left.require(&keep.column)?,
                Hand::Right => right.require(&keep.column)?,
            }
            return Ok(vec![hand]);
        }
        let sides = [(Hand::Left, left), (Hand::Right, right)];
        let kept = sides.into_iter().filter(|(_, columns)| columns.may_have(&keep.column));
        let kept: Vec<Hand> = kept.map(|(hand, _)| hand).collect();
        if kept.is_empty() {
            let (left, right) = (left.described(), right.described());
            return Err(Error::usage(format!("--with {}: neither {left} nor {right} has it", keep.column)));
        }
        Ok(kept)
    }
}

/// What is compared where no column is typed.
pub(super) enum DefaultOn<'a> {
    /// The column `name`.
    Name,
    /// The columns of this model; `name` for a model of any text.
    Model(&'a Model),
    /// All columns that both tables have, but the ids and these.
    Shared(&'a [String]),
}

impl DefaultOn<'_> {
    /// The default of a model of one's own, if there is one.
    pub(super) fn of(model: Option<&Model>) -> DefaultOn<'_> {
        model.map_or(DefaultOn::Name, DefaultOn::Model)
    }

    fn columns(&self, columns: &[Columns; 2], ids: [&str; 2]) -> Result<Vec<On>> {
        let on = match self {
            DefaultOn::Name => Vec::new(),
            DefaultOn::Model(model) => {
                let columns = model.columns().into_iter();
                columns.map(|(left, right)| On { left: left.to_owned(), right: right.to_owned() }).collect()
            }
            DefaultOn::Shared(without) => {
                let shared = shared(columns, ids, without);
                if shared.is_empty() {
                    return Err(say_what_to_compare(columns));
                }
                shared
            }
        };
        if on.is_empty() { Ok(vec![default_on(columns)?]) } else { Ok(on) }
    }
}

/// The columns that both files have, in the order of the left one.
fn shared(columns: &[Columns; 2], ids: [&str; 2], without: &[String]) -> Vec<On> {
    let [left, right] = columns;
    let is_compared = |name: &&String| right.has(name) && !ids.contains(&name.as_str()) && !without.contains(name);
    let names = left.names().iter().filter(is_compared);
    names.map(|name| On { left: name.clone(), right: name.clone() }).collect()
}

/// The typed columns in the order of a model's fields: those that are called as a field is stand for it, the others for the
/// fields that are left, in their order.
fn arranged(model: &Model, typed: &[On]) -> Result<Vec<On>> {
    let mut rest = typed.to_vec();
    let fields = model.columns();
    let mut places: Vec<Option<On>> = fields
        .iter()
        .map(|field| {
            let place = rest.iter().position(|on| (on.left.as_str(), on.right.as_str()) == *field)?;
            Some(rest.remove(place))
        })
        .collect();
    let mut rest = rest.into_iter();
    for place in places.iter_mut().filter(|place| place.is_none()) {
        *place = rest.next();
    }
    if places.iter().any(Option::is_none) {
        let names: Vec<&str> = fields.iter().map(|(left, _)| *left).collect();
        let names = names.join(", ");
        return Err(Error::usage(format!(
            "the model compares {names}; give --on for each of them, in this order, or leave --on out"
        )));
    }
    Ok(places.into_iter().flatten().chain(rest).collect())
}

/// The column `name`, when both sides have it.
fn default_on(columns: &[Columns; 2]) -> Result<On> {
    const NAME: &str = "name";
    if columns.iter().all(|columns| columns.has(NAME)) {
        return Ok(On { left: NAME.to_owned(), right: NAME.to_owned() });
    }
    Err(say_what_to_compare(columns))
}

fn say_what_to_compare([left, right]: &[Columns; 2]) -> Error {
    Error::usage(format!(
        "say what to compare with --on COL or --on LEFT=RIGHT; the columns are: {}; {}",
        left.described(),
        right.described()
    ))
}
