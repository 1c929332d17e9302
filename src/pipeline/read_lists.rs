//! Reading what a model of names is trained on.

use super::lists::{AliasList, LabelledPair, Named};
use super::table::text_of;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::record::{ReadOptions, Row, Tally, read};
use std::path::Path;

/// Counts and weights above this say no more.
const MOST: f64 = 1e9;

/// The values of a row: of the columns that must be there, and of the one that may.
struct Line<const N: usize> {
    line: u64,
    values: [String; N],
    further: Option<String>,
}

/// Reads names with their entities: columns `entity_id` and `name`, and `count` where there is one, how often the name was
/// used for the entity (any number over 0; where it is empty, 1).
///
/// # Errors
/// Those of [`read`], such as a missing column; [`ErrorKind::Input`] for a count that is none.
pub fn read_aliases(path: &Path) -> Result<(AliasList, Tally)> {
    let (lines, tally) = lines(path, ["entity_id", "name"], "count")?;
    let row = |Line { line, values: [entity, name], further }| {
        let count = positive(path, line, "count", further.as_deref())?;
        Ok((Named { entity, name }, count))
    };
    let rows = lines.into_iter().map(row).collect::<Result<Vec<_>>>()?;
    Ok((AliasList::new(rows), tally))
}

/// Reads labelled pairs: columns `left`, `right` and `label` (1 for a match, 0 for none, or a probability between), and
/// `weight` where there is one, how much the pair counts (any number over 0; where it is empty, 1).
///
/// # Errors
/// Those of [`read`], such as a missing column; [`ErrorKind::Input`] for a label or a weight that is none.
pub fn read_labelled_pairs(path: &Path) -> Result<(Vec<LabelledPair>, Tally)> {
    let (lines, tally) = lines(path, ["left", "right", "label"], "weight")?;
    let pair = |Line { line, values: [left, right, label], further }| {
        let probability = label.trim().parse::<f64>().ok().filter(|label| (0.0..=1.0).contains(label));
        let Some(label) = probability else {
            let reason = format!("label {label:?} is no number from 0 (no match) to 1 (a match)");
            return Err(Error::input(Place::file(path).line(line).field("label"), reason));
        };
        let weight = positive(path, line, "weight", further.as_deref())?;
        Ok(LabelledPair { left, right, label, weight })
    };
    Ok((lines.into_iter().map(pair).collect::<Result<_>>()?, tally))
}

fn positive(path: &Path, line: u64, column: &str, text: Option<&str>) -> Result<f64> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(1.0) };
    let number = text.parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= MOST);
    number.ok_or_else(|| {
        let reason = format!("{column} {text:?} is no number over 0 and up to a billion");
        Error::input(Place::file(path).line(line).field(column), reason)
    })
}

fn lines<const N: usize>(path: &Path, wanted: [&str; N], optional: &str) -> Result<(Vec<Line<N>>, Tally)> {
    let missing = |column: &str, available: Vec<String>| {
        Error::from(ErrorKind::MissingColumn { file: path.to_path_buf(), column: column.to_owned(), available })
    };
    let options = ReadOptions::default();
    let mut reader = read(path, &options)?;
    if let Some(header) = reader.columns().map(<[String]>::to_vec)
        && let Some(column) = wanted.iter().find(|column| !header.iter().any(|known| known == *column))
    {
        return Err(missing(column, header));
    }
    let mut tally = Tally::default();
    let mut lines = Vec::new();
    let mut unseen: Vec<&str> = wanted.to_vec();
    while let Some(row) = reader.next().transpose()? {
        tally.read += 1;
        match row {
            Row::Record { record, line } => {
                unseen.retain(|column| !record.fields.contains_key(*column));
                let further = record.fields.contains_key(optional).then(|| text_of(&record, optional));
                lines.push(Line { line, values: wanted.map(|column| text_of(&record, column)), further });
            }
            Row::Reject(reject) => tally.reject(reject, options.limits.rejects)?,
        }
    }
    // Objects of JSON lines may differ; a column that none of them has is missing.
    match unseen.first().filter(|_| !lines.is_empty()) {
        Some(column) => Err(missing(column, Vec::new())),
        None => Ok((lines, tally)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_file<T>(name: &str, content: &str, read: impl Fn(&Path) -> Result<T>) -> Result<T> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        read(&path)
    }

    #[test]
    fn counts_are_optional() {
        let names = |content: &str| {
            let (list, _) = in_file("a.csv", content, read_aliases).unwrap();
            list.names().iter().map(|alias| (alias.name.clone(), alias.bearers.clone())).collect::<Vec<_>>()
        };
        let of = |shares: [f64; 2]| vec![("JPM".to_owned(), vec![(0, shares[0]), (1, shares[1])])];
        assert_eq!(names("entity_id,name\na,JPM\nb,JPM\n"), of([0.5, 0.5]));
        assert_eq!(names("count,name,entity_id\n3,JPM,a\n,JPM,b\n"), of([0.75, 0.25]));
    }

    #[test]
    fn labels_may_be_probabilities_and_have_weights() {
        let (pairs, _) = in_file(
            "p.jsonl",
            "{\"left\":\"a\",\"right\":\"b\",\"label\":0.25}\n{\"left\":\"a\",\"right\":\"c\",\"label\":1,\"weight\":2}\n",
            read_labelled_pairs,
        )
        .unwrap();
        assert_eq!(pairs.iter().map(|pair| (pair.label, pair.weight)).collect::<Vec<_>>(), [(0.25, 1.0), (1.0, 2.0)]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let message = |content: &str| in_file("p.csv", content, read_labelled_pairs).unwrap_err().to_string();
        let [label, weight] = ["label", "weight"].map(|field| format!("line 3, field {field:?}"));
        for wrong in ["yes", "", "1.5", "-1", "NaN"] {
            assert!(message(&format!("left,right,label\na,b,1\na,c,{wrong}\n")).contains(&label), "{wrong}");
        }
        for wrong in ["0", "-2", "inf", "much"] {
            assert!(
                message(&format!("left,right,label,weight\na,b,1,1\na,c,1,{wrong}\n")).contains(&weight),
                "{wrong}"
            );
        }
        assert!(message("left,right\na,b\n").contains("no column \"label\""));
        let counted = in_file("a.csv", "entity_id,name,count\n1,a,none\n", read_aliases).unwrap_err().to_string();
        assert!(counted.contains("line 2, field \"count\""), "{counted}");
    }
}
