//! Visitors whose sessions were looked up before. Decides for how long what was read still holds; knows
//! nothing of who may do what.
//!
//! Every post and every poll begins with "whose token is this?". On SQLite a reader begins with an empty
//! cache after each commit, so that the answer costs a dozen pages read anew.
//! There this process writes alone, and `db` counts the transactions that change people: what was read under
//! the same count still stands there. On a database that others write nothing is known.

use crate::people::Visitor;
use parking_lot::Mutex;
use std::collections::HashMap;

/// Sessions kept; with one more all are looked up anew.
const MOST: usize = 10_000;

/// Visitors by their token's hash.
#[derive(Default)]
pub(crate) struct KnownVisitors(Mutex<HashMap<String, Known>>);

struct Known {
    visitor: Visitor,
    /// When the token ends.
    expires_ms: u64,
    version: u64,
}

impl KnownVisitors {
    /// Whose token this is, if nothing was written since that could change it.
    pub(crate) fn find(&self, token_hash: &str, version: u64, now_ms: u64) -> Option<Visitor> {
        let known = self.0.lock();
        let known = known.get(token_hash)?;
        (known.version == version && known.expires_ms > now_ms).then(|| known.visitor.clone())
    }

    /// Keeps what was read; `version` was taken before the read.
    pub(crate) fn keep(&self, token_hash: String, visitor: Visitor, expires_ms: u64, version: u64) {
        let mut known = self.0.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(token_hash, Known { visitor, expires_ms, version });
    }
}
