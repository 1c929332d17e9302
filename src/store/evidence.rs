//! Alias evidence: rows that say how often a name was used for a source. Each provenance is a dataset of its own, so that
//! parts, verifying, merging and crash safety are those of records, and a provenance is taken back by removing it.
//!
//! A row is what its name, its source and its date are; importing it again replaces its count. So the same file twice is
//! the same evidence, while the counts of several provenances add up when a table is built.

use super::dataset::{DatasetInfo, DatasetName, DatasetSettings};
use super::glance::last_events;
use super::{Digest, Imported, Scan, Store};
use crate::error::{ErrorKind, Result};
use crate::record::{Fields, Record, RecordId};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// A row of evidence: this name was used for this source this many times.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvidenceRow {
    /// The name, as it was written.
    pub name: String,
    /// What it was used for: a profile, an address, a registry's id.
    pub source: String,
    /// When it was used; empty where that is not known.
    pub when: String,
    /// How often.
    pub count: u32,
}

impl EvidenceRow {
    /// The row as a record, whose id is a hash of what makes the row the one that it is.
    fn record(&self) -> Record {
        let mut hash = Sha256::new();
        for part in [&self.name, &self.source, &self.when] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let id: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let mut fields = Fields::new();
        fields.insert("name".to_owned(), Value::from(self.name.as_str()));
        fields.insert("source".to_owned(), Value::from(self.source.as_str()));
        fields.insert("count".to_owned(), Value::from(self.count));
        if !self.when.is_empty() {
            fields.insert("when".to_owned(), Value::from(self.when.as_str()));
        }
        Record { id: RecordId::new(id), fields }
    }

    fn of(record: &Record) -> Option<EvidenceRow> {
        let text = |field: &str| record.fields.get(field).and_then(Value::as_str).map(str::to_owned);
        let count = record.fields.get("count")?.as_u64().and_then(|count| u32::try_from(count).ok())?;
        Some(EvidenceRow {
            name: text("name")?,
            source: text("source")?,
            when: text("when").unwrap_or_default(),
            count,
        })
    }

    /// The digest of rows: what a table was made of is the same when this is.
    pub fn digest<'a>(rows: impl IntoIterator<Item = &'a EvidenceRow>) -> Digest {
        rows.into_iter().fold(Digest::default(), |sum, row| {
            let record = row.record();
            sum.plus(Digest::of_record(record.id.as_str(), &row.count.to_string()))
        })
    }
}

impl Store {
    /// The datasets of alias evidence, by name; [`DatasetSettings::provenance`] tells where each comes from.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the settings of one cannot be read.
    pub fn evidence(&self) -> Result<Vec<DatasetInfo>> {
        self.datasets.keys().filter(|name| name.is_evidence()).map(|name| self.dataset(name)).collect()
    }

    /// Brings rows of evidence into a provenance, all or none. A row whose name, source and date are known takes the place
    /// of the older row.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a provenance that is empty or too long, and those of [`Store::import`].
    pub fn import_evidence(
        &mut self,
        provenance: &str,
        source: &str,
        rows: impl IntoIterator<Item = EvidenceRow>,
    ) -> Result<Imported> {
        let name = DatasetName::of_evidence(provenance)?;
        let settings = DatasetSettings {
            name_field: "name".to_owned(),
            provenance: Some(provenance.to_owned()),
            ..DatasetSettings::default()
        };
        self.import(&name, &settings, source, rows.into_iter().map(|row| Ok(row.record())))
    }

    /// Removes the evidence of a provenance, and returns how many rows it had.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is none, and those of [`Store::remove`].
    pub fn remove_evidence(&mut self, provenance: &str) -> Result<u64> {
        let name = DatasetName::of_evidence(provenance)?;
        let evidence = self.evidence()?;
        let Some(found) = evidence.iter().find(|info| info.name == name) else {
            let known = evidence.iter().filter_map(|info| info.settings.provenance.as_deref());
            let known = known.map(|known| format!("{known:?}")).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none".to_owned() } else { known };
            let dir = self.dir.display();
            let reason = format!("{dir}: no alias evidence of the provenance {provenance:?}; there is: {known}");
            return Err(ErrorKind::NotFound(reason).into());
        };
        self.remove(&name)?;
        Ok(found.rows)
    }

    /// The rows of a dataset of evidence.
    ///
    /// # Errors
    /// Those of [`Store::scan`], and [`ErrorKind::Corrupt`] for a record that is no row of evidence.
    pub fn scan_evidence(&self, name: &DatasetName) -> Result<impl Iterator<Item = Result<EvidenceRow>> + use<'_>> {
        let scan: Scan<'_> = self.scan(name)?;
        Ok(scan.map(|record| {
            let record = record?;
            EvidenceRow::of(&record)
                .ok_or_else(|| self.kv.corrupt(format!("the record {:?} is no row of evidence", record.id.as_str())))
        }))
    }

    /// The digest of all evidence: what was made of it is stale when this is another. See [`glance_evidence`].
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it is damaged.
    pub fn evidence_digest(&self) -> Result<Digest> {
        let heads = self.evidence()?.into_iter().filter(|info| info.rows > 0);
        Ok(combined(heads.map(|info| (info.name, info.digest.to_string()))))
    }
}

/// The digest of all evidence of a store, from the journal alone, so also while another process has the store open.
///
/// # Errors
/// Those of [`glance`](super::glance).
pub fn glance_evidence(dir: &Path) -> Result<Digest> {
    let last = last_events(dir)?.into_iter().filter(|(name, event)| name.is_evidence() && event.rows > 0);
    Ok(combined(last.map(|(name, event)| (name, event.digest))))
}

fn combined(datasets: impl Iterator<Item = (DatasetName, String)>) -> Digest {
    datasets.fold(Digest::default(), |sum, (name, digest)| sum.plus(Digest::of_record(name.as_str(), &digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, source: &str, count: u32) -> EvidenceRow {
        EvidenceRow { name: name.to_owned(), source: source.to_owned(), when: String::new(), count }
    }

    #[test]
    fn evidence_is_no_dataset_of_records_and_its_digest_is_known_without_opening() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("s");
        let mut store = Store::create(&dir)?;
        let nothing = store.evidence_digest()?;
        assert_eq!(glance_evidence(&dir)?, nothing);
        store.import_evidence("LinkedIn, 2020", "l.csv", [row("Acme", "u1", 2), row("ACM", "u1", 1)])?;
        let digest = store.evidence_digest()?;
        assert_ne!(digest, nothing);
        assert_eq!(glance_evidence(&dir)?, digest);
        assert_eq!((store.datasets()?.len(), super::super::glance(&dir)?.len()), (0, 0));
        let info = store.evidence()?.remove(0);
        assert_eq!(info.settings.provenance.as_deref(), Some("LinkedIn, 2020"));
        assert!(DatasetName::new(info.name.as_str()).is_err());
        drop(store);
        let mut store = Store::open(&dir)?;
        let rows: Vec<EvidenceRow> = store.scan_evidence(&info.name)?.collect::<Result<_>>()?;
        assert_eq!(rows, [row("Acme", "u1", 2), row("ACM", "u1", 1)]);
        assert!(store.verify()?.is_sound());
        let unknown = store.remove_evidence("other").unwrap_err().to_string();
        assert!(unknown.contains("LinkedIn, 2020"), "{unknown}");
        assert_eq!(store.remove_evidence("LinkedIn, 2020")?, 2);
        assert_eq!((store.evidence_digest()?, glance_evidence(&dir)?), (nothing, nothing));
        Ok(())
    }

    #[test]
    fn provenances_of_any_text_have_names_of_their_own() {
        let name = |text: &str| DatasetName::of_evidence(text).unwrap();
        assert_ne!(name("a b"), name("a_b"));
        assert_ne!(name("ä"), name("ö"));
        assert_eq!(DatasetName::stored(name("ä/../x").as_str()).unwrap(), name("ä/../x"));
        assert!(DatasetName::of_evidence("").is_err() && DatasetName::of_evidence(&"x".repeat(1025)).is_err());
        assert!(DatasetName::stored("alias:../x").is_err() && DatasetName::new("alias:x").is_err());
    }
}
