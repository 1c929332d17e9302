//! Learning the name embedding from alias lists.

use super::kept_embedding::{Key, load, store};
use super::lists::{Content, Half, TrainingList};
use crate::compare::Embedding;
use crate::compare::embedding::features;
use crate::error::Result;
use crate::model::contrast::{ContrastOptions, FeaturedName, train_embedding};
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// Where embeddings are kept, and who is told what becomes of them.
#[derive(Clone, Copy)]
pub struct Keeping<'a> {
    /// The folder in which embeddings are kept; none keeps nothing.
    pub folder: Option<&'a Path>,
    /// How many steps are done, of how many.
    pub progress: &'a dyn Fn(u64, u64),
    /// What is worth a note.
    pub note: &'a dyn Fn(&str),
}

/// Learns an embedding from the names of alias lists, without those of the entities of a half; or takes it from the folder,
/// where it is kept from an earlier time. `None` where the options are of no use.
///
/// # Errors
/// Those of writing to the folder.
pub fn learn(
    lists: &[TrainingList],
    without: Option<Half>,
    options: &ContrastOptions,
    keeping: Keeping<'_>,
) -> Result<Option<Arc<Embedding>>> {
    let names = featured(lists, without);
    let Some(folder) = keeping.folder else {
        return Ok(train_embedding(&names, options, keeping.progress).map(Arc::new));
    };
    let key = Key::new(&names, options);
    if let Some(embedding) = load(folder, &key, keeping.note) {
        return Ok(Some(Arc::new(embedding)));
    }
    let Some(embedding) = train_embedding(&names, options, keeping.progress) else { return Ok(None) };
    store(folder, &key, &embedding)?;
    Ok(Some(Arc::new(embedding)))
}

/// The names of alias lists, once for each of their entities.
fn featured(lists: &[TrainingList], without: Option<Half>) -> Vec<FeaturedName> {
    let mut names = Vec::new();
    for (list, content) in (0..).zip(lists.iter().map(|list| &list.content)) {
        let Content::Aliases(aliases) = content else { continue };
        let kept: Vec<_> = aliases.names().iter().filter(|alias| Some(alias.half) != without).collect();
        let of_alias = kept.par_iter().flat_map_iter(|alias| {
            let features = features(&crate::text::shipped().read(&alias.name).0, &alias.name);
            let bearers = alias.bearers.iter();
            bearers.map(move |&(entity, share)| FeaturedName { list, entity, share, features: features.clone() })
        });
        names.extend(of_alias.collect::<Vec<_>>());
    }
    names
}
