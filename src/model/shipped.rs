//! The models inside the binary, so that nothing has to be fetched or trained before the first link.

use super::Model;
use crate::config::Kind;
use crate::error::Result;
use std::path::Path;

/// The shipped model for a kind: the organization model, or the generic one for products and other records.
///
/// # Errors
/// None as shipped: a test reads both.
pub fn shipped(kind: Kind) -> Result<Model> {
    match kind {
        Kind::Organization => {
            let text = include_str!("../../data/models/organization.json");
            Model::parse(text, Path::new("data/models/organization.json"))
        }
        Kind::Product | Kind::Record => {
            let text = include_str!("../../data/models/record.json");
            Model::parse(text, Path::new("data/models/record.json"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_model() {
        for kind in Kind::ALL {
            shipped(kind).unwrap();
        }
    }

    #[test]
    fn shipped_models_are_as_they_are_written() {
        for file in ["organization", "record"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/models/{file}.json"));
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(Model::parse(&text, &path).unwrap().to_json().unwrap() == text, "{file}");
        }
    }
}
