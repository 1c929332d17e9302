//! What can be known of a store without opening it, so also while another process has it open.

use super::dataset::DatasetName;
use super::events::{Event, What};
use super::{Journal, folder};
use crate::error::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// The datasets of records of a store and their generations, from the journal alone: what was last acknowledged.
///
/// # Errors
/// [`ErrorKind::NotFound`](crate::error::ErrorKind::NotFound) when there is no store,
/// [`ErrorKind::Version`](crate::error::ErrorKind::Version) for one of another format,
/// [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) for a damaged journal,
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io).
///
/// ```
/// use cognate::store::{DatasetName, DatasetSettings, Store, glance};
/// # let folder = tempfile::tempdir().unwrap();
/// # let dir = folder.path().join("store");
/// let mut store = Store::create(&dir)?;
/// let crm = DatasetName::new("crm")?;
/// let imported = store.import(&crm, &DatasetSettings::default(), "crm.csv", [])?;
/// assert_eq!(glance(&dir)?.get(&crm), Some(&imported.generation));
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn glance(dir: &Path) -> Result<BTreeMap<DatasetName, u64>> {
    let last = last_events(dir)?.into_iter().filter(|(name, _)| !name.is_evidence());
    Ok(last.map(|(name, event)| (name, event.generation)).collect())
}

/// The last event of each dataset that is there, of records or of evidence.
pub(super) fn last_events(dir: &Path) -> Result<BTreeMap<DatasetName, Event>> {
    folder::uuid(dir)?;
    let mut datasets = BTreeMap::new();
    for event in Journal::at(dir.join("journal").join("events.jsonl")).entries::<Event>()? {
        match event.what {
            What::Remove => datasets.remove(&event.dataset),
            What::Import | What::Delete | What::Recover => datasets.insert(event.dataset.clone(), event),
        };
    }
    Ok(datasets)
}
