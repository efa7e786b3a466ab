//! Columns that hold JSON: into text, and back into what it was. Knows nothing of what stands in them.

use super::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::{Refusal, Refused};

/// As it stands in its column.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Refused> {
    serde_json::to_string(value).map_err(|_| Refusal::Internal.into())
}

/// Back from [`json`]; what cannot be read is a fault of ours, and the log says where in it, not what.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Refused> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(line = error.line(), column = error.column(), "a stored value cannot be read");
        Refusal::Internal.into()
    })
}

/// As a list stands in a column that is NULL for none.
pub(crate) fn json_list<T: Serialize>(list: &[T]) -> Result<Option<String>, Refused> {
    (!list.is_empty()).then(|| json(list)).transpose()
}

impl Row {
    /// A JSON column.
    pub(crate) fn json<T: DeserializeOwned>(&mut self, column: usize) -> Result<T, Refused> {
        from_json(&self.text(column))
    }

    /// A JSON column of a list; NULL is none.
    pub(crate) fn json_list<T: DeserializeOwned>(&mut self, column: usize) -> Result<Vec<T>, Refused> {
        self.maybe_text(column).map_or_else(|| Ok(Vec::new()), |text| from_json(&text))
    }
}
