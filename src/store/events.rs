//! The journal of events: what became of which dataset, and the witness against a key-value store that has fallen back.
//!
//! **Invariant:** every change of a head is followed by its event before it is acknowledged; a removal is preceded by it.
//! So a head may be newer than its last event, when a crash came between, but never older.

use super::Store;
use super::dataset::DatasetName;
use crate::error::Result;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What happened to a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    Import,
    Delete,
    /// The dataset is no more.
    Remove,
    /// A change whose own event a crash has prevented.
    Recover,
}

/// An entry of the journal: what a dataset has become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) seq: u64,
    pub(super) what: What,
    pub(super) dataset: DatasetName,
    /// Where the records came from, as the user named it.
    pub(super) source: String,
    pub(super) rows: u64,
    pub(super) digest: String,
    pub(super) generation: u64,
}

impl Store {
    /// Writes down what a dataset is now; for a removal, that it is to be no more.
    pub(super) fn record_event(&mut self, what: What, dataset: &DatasetName, source: &str) -> Result<()> {
        let head = self.datasets.get(dataset).map(|dataset| &dataset.head).filter(|_| what != What::Remove);
        let event = Event {
            seq: self.next_event,
            what,
            dataset: dataset.clone(),
            source: source.to_owned(),
            rows: head.map_or(0, |head| head.rows),
            digest: head.map(|head| head.digest).unwrap_or_default().to_string(),
            generation: head.map_or(self.meta.generation + 1, |head| head.generation),
        };
        self.events.append(&event)?;
        self.next_event += 1;
        Ok(())
    }

    /// Compares the heads with their last events, and makes up for what a crash has prevented: events that are missing,
    /// and removals that were announced.
    ///
    /// # Errors
    /// `Corrupt` when a head is older than its last event, or is not what the event says, or is missing.
    pub(super) fn compare_with_journal(&mut self) -> Result<()> {
        let mut last: BTreeMap<DatasetName, Event> = BTreeMap::new();
        for event in self.events.entries::<Event>()? {
            self.next_event = self.next_event.max(event.seq + 1);
            last.insert(event.dataset.clone(), event);
        }
        let names: BTreeSet<DatasetName> = self.datasets.keys().chain(last.keys()).cloned().collect();
        for name in names {
            let head = self.datasets.get(&name).map(|dataset| &dataset.head);
            match (head, last.get(&name)) {
                (None, None) => {}
                (None, Some(event)) if event.what == What::Remove => {}
                (Some(head), Some(event)) if event.what == What::Remove && head.generation < event.generation => {
                    self.take_away(&name)?;
                }
                (Some(head), event) if event.is_none_or(|event| event.generation < head.generation) => {
                    self.record_event(What::Recover, &name, "")?;
                }
                (Some(head), Some(event))
                    if (head.generation, head.rows) == (event.generation, event.rows)
                        && head.digest.to_string() == event.digest => {}
                (head, event) => {
                    let found = head.map_or("is missing".to_owned(), |head| {
                        format!("is at generation {} with {} rows", head.generation, head.rows)
                    });
                    let told = event.map_or("nothing".to_owned(), |event| {
                        format!("generation {} with {} rows", event.generation, event.rows)
                    });
                    return Err(self.kv.corrupt(format!("dataset {name} {found}, but the journal says {told}")));
                }
            }
        }
        Ok(())
    }
}
