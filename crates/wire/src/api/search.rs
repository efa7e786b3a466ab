//! What a search finds, with the words it was found by. Knows nothing of how it was found.

use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// What can be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// Messages and notes.
    Messages,
    /// Contacts, and visitors who are nobody's, by name and e-mail.
    Contacts,
    /// Conversations, by tags and attributes.
    Conversations,
}

/// A piece of a text that was searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SearchPiece {
    /// As it was written; never HTML.
    pub text: String,
    /// Is it what was searched for?
    pub hit: bool,
}

/// A text in which something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SearchField {
    /// `text`, `name`, `email`, `tag`, or `attribute.` and its name.
    pub field: String,
    /// The whole text, in pieces.
    pub pieces: Vec<SearchPiece>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SearchHit {
    /// What it is.
    pub kind: SearchKind,
    /// Of the message, contact, visitor or conversation.
    pub id: String,
    /// Its widget.
    pub widget_id: String,
    /// Where to read on; a contact has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// Of a message, in the agents' counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub seq: Option<u64>,
    /// Who wrote it, or whose it is.
    pub who: String,
    /// RFC 3339: when it was written, or began.
    pub at: String,
    /// Where it was found.
    pub fields: Vec<SearchField>,
}

/// `GET /api/v1/search`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SearchReply {
    /// Always `true`.
    pub success: bool,
    /// Newest first.
    pub hits: Vec<SearchHit>,
    /// Cursor of the next page. A page may hold less than was asked for while there is a next one.
    pub next: Option<String>,
}
