//! A place in a list that is ordered by time, newest first: how it reads in a query, and back.
//! Knows nothing of what is listed.

use wire::{Refusal, Refused};

/// Rows after it are older, or as old with a lower id; it is smaller than what is listed before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    pub(crate) at_ms: u64,
    pub(crate) id: String,
}

impl Cursor {
    /// Where a list begins that has the newest first.
    pub(crate) fn newest() -> Cursor {
        Cursor { at_ms: i64::MAX as u64, id: String::new() }
    }

    /// Where a list begins that has the oldest first.
    pub(crate) fn oldest() -> Cursor {
        Cursor { at_ms: 0, id: String::new() }
    }

    /// The place a query names; without one, before everything.
    pub(crate) fn parse(text: Option<&str>) -> Result<Cursor, Refused> {
        let Some(text) = text else { return Ok(Cursor::newest()) };
        text.split_once('.')
            .and_then(|(at_ms, id)| Some(Cursor { at_ms: at_ms.parse().ok()?, id: id.to_owned() }))
            .filter(|cursor| !cursor.id.contains('\0'))
            .ok_or_else(|| Refusal::InvalidField.because("before is not a cursor of this list"))
    }

    /// As [`Cursor::parse`] reads it.
    pub(crate) fn text(&self) -> String {
        format!("{}.{}", self.at_ms, self.id)
    }
}
