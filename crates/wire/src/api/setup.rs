//! What owners keep house with: canned replies, tags, the backup. Knows nothing of who may.

use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// A text that agents send again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct CannedReply {
    /// `rpl_…`.
    pub id: String,
    /// What is typed after the `/`; each once among the shared ones, and once among an agent's own.
    pub shortcut: String,
    /// What is sent, with `{{visitor.name}}` and the like in it, which the console fills in.
    pub text: String,
    /// For everybody, or only for the agent who asks?
    pub is_shared: bool,
}

/// `GET /api/v1/replies`, and the reply to a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct CannedRepliesReply {
    /// Always `true`.
    pub success: bool,
    /// The shared ones and the agent's own, by shortcut.
    pub replies: Vec<CannedReply>,
}

/// `POST /api/v1/replies`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct NewCannedReply {
    /// Letters, digits, `-` and `_`.
    pub shortcut: String,
    /// What is sent.
    pub text: String,
    /// For everybody; only an owner may.
    #[serde(default)]
    pub is_shared: bool,
}

/// `PATCH /api/v1/replies/{id}`: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct CannedReplyChange {
    /// Another shortcut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortcut: Option<String>,
    /// Another text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A tag, and on how many conversations it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TagUse {
    /// The tag.
    pub tag: String,
    /// So many conversations of the agent's widgets.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub conversations: u64,
}

/// `PATCH /api/v1/tags/{tag}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TagChange {
    /// What it is called from now on; where there is such a tag, the two become one.
    pub name: String,
}

/// `POST /api/v1/backup`: an owner's session alone is not enough for a copy of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct BackupRequest {
    /// The owner's password, again.
    pub password: String,
}

/// `GET /api/v1/backup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct BackupReply {
    /// Always `true`.
    pub success: bool,
    /// When the last one was made, by the console or by the command line. RFC 3339.
    pub last_at: Option<String>,
    /// Why none can be made here, in a sentence for people; `null`: one can.
    pub hindered: Option<String>,
}
