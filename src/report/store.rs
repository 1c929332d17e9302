//! What is in a store and what was done to it, for people and for programs.

use super::waterfall::visible;
use super::{count, counted};
use crate::pipeline::import::FileTally;
use crate::pipeline::indexing::IndexState;
use crate::pipeline::vectors::VectorsState;
use crate::store::{DatasetInfo, DatasetName, Deleted, Imported, StoreInfo, VerifyReport};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// What an import did.
pub fn imported_text(dataset: &DatasetName, imported: &Imported) -> String {
    format!(
        "{dataset}: {} added, {} changed, {} unchanged; {} now\n",
        count(imported.added),
        count(imported.changed),
        count(imported.unchanged),
        counted(imported.rows, "record")
    )
}

/// The same for programs.
pub fn imported_json(dataset: &DatasetName, imported: &Imported, files: &[FileTally]) -> Value {
    json!({
        "dataset": dataset,
        "added": imported.added,
        "changed": imported.changed,
        "unchanged": imported.unchanged,
        "records": imported.rows,
        "generation": imported.generation,
        "files": files_json(files),
    })
}

/// What a deletion did.
pub fn deleted_text(dataset: &DatasetName, deleted: &Deleted) -> String {
    format!(
        "{dataset}: {} deleted, {} not there; {} now\n",
        count(deleted.deleted),
        count(deleted.missing),
        counted(deleted.rows, "record")
    )
}

/// The same for programs.
pub fn deleted_json(dataset: &DatasetName, deleted: &Deleted, files: &[FileTally]) -> Value {
    json!({
        "dataset": dataset,
        "deleted": deleted.deleted,
        "missing": deleted.missing,
        "records": deleted.rows,
        "generation": deleted.generation,
        "files": files_json(files),
    })
}

fn files_json(files: &[FileTally]) -> Vec<Value> {
    files.iter().map(|(path, tally)| super::summary::tally_json(path, tally)).collect()
}

/// What a store holds; `indexes` are the states of the look-up indexes in the order of the datasets, `vectors` those of the
/// indexes of vectors.
pub fn info_text(info: &StoreInfo, indexes: &[IndexState], vectors: &[Option<VectorsState>]) -> String {
    let mut text = format!(
        "{}: format {}, {}, {} MB of records\n",
        info.dir.display(),
        info.format,
        counted(info.datasets.len() as u64, "dataset"),
        count(info.bytes.div_ceil(1_000_000))
    );
    for ((dataset, index), vectors) in info.datasets.iter().zip(indexes).zip(vectors) {
        let DatasetInfo { settings, .. } = dataset;
        let _ = writeln!(text, "{}: {}, kind {}", dataset.name, counted(dataset.rows, "record"), settings.kind);
        let _ = writeln!(text, "  name     {}", settings.name_field);
        if !settings.alias_fields.is_empty() {
            let _ = writeln!(text, "  aliases  {}", settings.alias_fields.join(", "));
        }
        for (field, column) in &settings.mapping {
            let _ = writeln!(text, "  {field} is made of the column {column}");
        }
        let _ = writeln!(text, "  index    {}", index_text(index));
        if let Some(vectors) = vectors {
            let stale = if vectors.is_fresh { "" } else { "; stale, the next lookup of a record renews it" };
            let _ = writeln!(
                text,
                "  vectors  {} in {} dimensions{stale}",
                counted(vectors.records, "record"),
                vectors.dims
            );
        }
        let _ = writeln!(text, "{}", stored_text(dataset));
    }
    for evidence in &info.evidence {
        let provenance = evidence.settings.provenance.as_deref().unwrap_or_default();
        let _ = writeln!(text, "alias evidence of {}: {}", visible(provenance), counted(evidence.rows, "row"));
        let _ = writeln!(text, "{}", stored_text(evidence));
    }
    text
}

fn stored_text(dataset: &DatasetInfo) -> String {
    format!(
        "  stored   generation {}, {}, {}",
        dataset.generation,
        counted(dataset.parts as u64, "part"),
        counted(dataset.stored_rows, "row")
    )
}

fn index_text(index: &IndexState) -> String {
    match index {
        IndexState::Fresh { names } => counted(*names, "name"),
        IndexState::Stale => "stale; the next lookup or import builds it".to_owned(),
        IndexState::Missing => "none; the next lookup or import builds it".to_owned(),
        IndexState::Damaged { reason } => format!("damaged ({reason}); the next lookup or import builds it"),
    }
}

/// The same for programs.
pub fn info_json(info: &StoreInfo, indexes: &[IndexState], vectors: &[Option<VectorsState>]) -> Value {
    let datasets = info.datasets.iter().zip(indexes).zip(vectors).map(|((dataset, index), vectors)| {
        let settings = &dataset.settings;
        let mapping = settings.mapping.iter().map(|(field, column)| (field.clone(), Value::from(column.as_str())));
        json!({
            "name": dataset.name,
            "kind": settings.kind,
            "records": dataset.rows,
            "name_field": settings.name_field,
            "alias_fields": settings.alias_fields,
            "mapping": mapping.collect::<Map<String, Value>>(),
            "digest": dataset.digest.to_string(),
            "generation": dataset.generation,
            "parts": dataset.parts,
            "stored_rows": dataset.stored_rows,
            "index": index,
            "vectors": vectors,
        })
    });
    let evidence = info.evidence.iter().map(|evidence| {
        json!({
            "provenance": evidence.settings.provenance,
            "rows": evidence.rows,
            "digest": evidence.digest.to_string(),
            "generation": evidence.generation,
            "parts": evidence.parts,
            "stored_rows": evidence.stored_rows,
        })
    });
    json!({
        "store": info.dir.display().to_string(),
        "uuid": info.uuid,
        "format": info.format,
        "bytes": info.bytes,
        "datasets": datasets.collect::<Vec<_>>(),
        "evidence": evidence.collect::<Vec<_>>(),
    })
}

/// What a full check found.
pub fn verify_text(report: &VerifyReport) -> String {
    let mut text = format!(
        "{} in {} and {} of journals read\n",
        counted(report.records, "record"),
        counted(report.blocks, "block"),
        counted(report.journal_entries, "line")
    );
    if report.is_sound() {
        text.push_str("all whole\n");
    }
    for problem in &report.problems {
        let _ = writeln!(text, "damaged: {problem}");
    }
    text
}

/// The same for programs.
pub fn verify_json(report: &VerifyReport) -> Value {
    json!({
        "sound": report.is_sound(),
        "records": report.records,
        "blocks": report.blocks,
        "journal_entries": report.journal_entries,
        "problems": report.problems,
    })
}
