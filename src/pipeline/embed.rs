//! Learning the name embedding from alias lists.

use super::train::{Content, TrainingList};
use crate::compare::Embedding;
use crate::compare::embedding::features;
use crate::model::contrast::{ContrastOptions, FeaturedName, train_embedding};
use crate::text::hash::stable_hash;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One of two halves of the entities, by a hash of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The one.
    First,
    /// The other.
    Second,
}

impl Half {
    /// Both halves.
    pub const BOTH: [Half; 2] = [Half::First, Half::Second];

    /// The half that an entity is in.
    pub fn of(entity: &str) -> Half {
        // A bit that says nothing about the part of a benchmark that the entity is in.
        let hash = stable_hash(entity.bytes().chain(*b"half")).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        if hash >> 63 == 0 { Half::First } else { Half::Second }
    }
}

/// Learns an embedding from the names of alias lists, without those of the entities of a half; `progress` is told how many
/// steps are done, of how many.
pub fn learn(
    lists: &[TrainingList],
    without: Option<Half>,
    options: &ContrastOptions,
    progress: &dyn Fn(u64, u64),
) -> Option<Arc<Embedding>> {
    let mut names = Vec::new();
    for (list, content) in (0..).zip(lists.iter().map(|list| &list.content)) {
        let Content::Aliases(aliases) = content else { continue };
        let mut kept: Vec<_> = aliases.iter().filter(|named| Some(Half::of(&named.entity)) != without).collect();
        kept.sort_by(|a, b| (&a.entity, &a.name).cmp(&(&b.entity, &b.name)));
        let mut entities: BTreeMap<&str, u32> = BTreeMap::new();
        for named in &kept {
            let next = entities.len() as u32;
            entities.entry(&named.entity).or_insert(next);
        }
        let featured = kept.par_iter().map(|named| FeaturedName {
            list,
            entity: entities.get(named.entity.as_str()).copied().unwrap_or_default(),
            features: features(&crate::text::shipped().read(&named.name).0, &named.name),
        });
        names.extend(featured.collect::<Vec<_>>());
    }
    train_embedding(&names, options, progress).map(Arc::new)
}
