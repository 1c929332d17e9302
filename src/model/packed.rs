//! An embedding as text in a model file: its rows in base64 (RFC 4648).

use crate::compare::embedding::{DIMENSIONS, Embedding};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packed {
    dimensions: usize,
    rows: usize,
    /// Row by row, each number a byte in two's complement.
    numbers: String,
}

pub(super) fn serialize<S: Serializer>(embedding: &Option<Arc<Embedding>>, serializer: S) -> Result<S::Ok, S::Error> {
    let packed = embedding.as_ref().map(|embedding| {
        let bytes: Vec<u8> = embedding.rows().iter().flatten().map(|number| number.cast_unsigned()).collect();
        Packed { dimensions: DIMENSIONS, rows: embedding.rows().len(), numbers: STANDARD.encode(bytes) }
    });
    packed.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<Embedding>>, D::Error> {
    let Some(packed) = Option::<Packed>::deserialize(deserializer)? else { return Ok(None) };
    if packed.dimensions != DIMENSIONS {
        return Err(D::Error::custom(format!("an embedding must have {DIMENSIONS} dimensions")));
    }
    let bytes = STANDARD.decode(packed.numbers.as_bytes()).map_err(D::Error::custom)?;
    let (rows, rest) = bytes.as_chunks::<DIMENSIONS>();
    let rows: Vec<_> = rows.iter().map(|row| row.map(u8::cast_signed)).collect();
    let fits = rest.is_empty() && rows.len() == packed.rows;
    let embedding = Embedding::new(rows).filter(|_| fits);
    embedding.map(|embedding| Some(Arc::new(embedding))).ok_or_else(|| {
        D::Error::custom("an embedding must have as many rows as it says, and their number must be a power of two")
    })
}
