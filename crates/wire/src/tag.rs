//! Tags of resources: what `ETag` says and `If-Match` asks for. Knows nothing of headers.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// A quoted tag that is another whenever anything of the resource is.
pub fn of<T: Serialize>(resource: &T) -> String {
    let json = serde_json::to_vec(resource).expect("wire types have string keys and no failing serializer");
    format!("\"{}\"", hex::encode(&Sha256::digest(json)[..12]))
}
