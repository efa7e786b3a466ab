//! Bodies of the chat's HTTP routes: what is asked and what is answered. Knows nothing
//! of paths, credentials and status codes.

mod account;
mod audit;
mod search;
mod setup;
mod team;
mod visitor;
mod widget;

pub use account::*;
pub use audit::*;
pub use search::*;
pub use setup::*;
pub use team::*;
pub use visitor::*;
pub use widget::*;

use crate::event::{
    AgentEvent, AgentJoined, AgentMessage, ConversationStatus, ConversationSummary, MessageKind, Priority,
    Receipt, TypingNow, Whereabouts,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
#[cfg(feature = "ts")]
use ts_rs::TS;

/// `POST …/messages`, by a visitor or an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct PostMessage {
    /// Plain text; may be empty where there are attachments.
    pub message: String,
    /// Ids of files that the sender uploaded to this conversation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub attachments: Vec<String>,
    /// Makes a retry the same message; unique per conversation and sender. The server makes one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub client_id: Option<String>,
    /// Agents only.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<MessageKind>"))]
    pub kind: MessageKind,
    /// The message of this conversation that it answers to; a text answers to no note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reply_to: Option<String>,
    /// Colleagues whom a note calls, `agt_…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub mentions: Vec<String>,
    /// Visitors only: where they write from. For agents alone, on widgets whose owner wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub here: Option<Whereabouts>,
}

/// `PATCH …/messages/{id}`: another text for one's own message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct EditMessage {
    /// Plain text.
    pub message: String,
}

/// `POST …/rating`, by the visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct RateConversation {
    /// 1 to 5.
    pub score: u8,
    /// What they say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Makes a retry the same rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// `PATCH /api/v1/conversations/{id}`: what is absent stays; `null` takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct ConversationChange {
    /// New status; `snoozed` needs `snoozed_until`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ConversationStatus>,
    /// RFC 3339, in the future; snoozes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<String>,
    /// `agt_…` who answers on this widget, or `null` for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_is_some")]
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub assignee_id: Option<Option<String>>,
    /// New priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// All tags, instead of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Attributes to set; `null` removes one, the others stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<String, Option<String>>>,
}

/// Tells `null` from absent.
fn null_is_some<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}

/// The reply to a change of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ConversationReply {
    /// Always `true`.
    pub success: bool,
    /// As it is now.
    pub conversation: ConversationSummary,
}

/// A text that a message had before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MessageVersion {
    /// The text.
    pub message: String,
    /// Until when it stood there, RFC 3339.
    pub until: String,
    /// Who changed it or took it back, `vis_…` or `agt_…`.
    pub changed_by: String,
}

/// `GET /api/v1/messages/{id}/versions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VersionsReply {
    /// Always `true`.
    pub success: bool,
    /// As it reads now.
    pub message: AgentMessage,
    /// Oldest first, without the present one.
    pub versions: Vec<MessageVersion>,
}

/// `GET /api/v1/tags`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TagsReply {
    /// Always `true`.
    pub success: bool,
    /// In use on this agent's widgets, in alphabetical order.
    pub tags: Vec<String>,
    /// The same, with how often each is used.
    pub used: Vec<TagUse>,
}

/// The whole fact of a message an agent posted (ruling 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentPosted {
    /// Always `true`.
    pub success: bool,
    /// With its seq.
    pub message: AgentMessage,
}

/// `POST …/read` and `POST …/delivered`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ReadUpTo {
    /// The last message seen, or for `delivered` the last one that arrived.
    pub message_id: String,
}

/// A reply that says only that it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Done {
    /// Always `true`.
    pub success: bool,
}

impl Done {
    /// The one value there is.
    pub const YES: Done = Done { success: true };
}

/// `POST /broadcasting/auth`, in Laravel's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ChannelAuthRequest {
    /// From the hello.
    pub socket_id: String,
    /// The channel, with its prefix.
    pub channel_name: String,
    /// `pusher`: signed with the foreign provider's secret, for a socket there (ruling 13); else with ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// The signature that lets a socket join (contract 1.9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ChannelAuthReply {
    /// `KEY:SIG`.
    pub auth: String,
    /// JSON text `{"user_id":…}`, sent back as it is when subscribing (ruling 5).
    pub channel_data: String,
}

/// `POST /broadcasting/user-auth`, in Laravel's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserAuthRequest {
    /// From the hello.
    pub socket_id: String,
}

/// The signature that signs a socket in (contract 1.9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserAuthReply {
    /// `KEY:SIG`.
    pub auth: String,
    /// JSON text `{"id":…}`, sent back as it is when signing in.
    pub user_data: String,
}

/// One row of an agent's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct InboxRow {
    /// The conversation now.
    pub conversation: ConversationSummary,
    /// How many of the visitor's messages this agent has read.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub read_visitor_messages: u64,
}

/// `GET /api/v1/conversations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct InboxReply {
    /// Always `true`.
    pub success: bool,
    /// Newest change first.
    pub conversations: Vec<InboxRow>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// `GET /api/v1/conversations/{id}`; `after`, `before` and the rest as in [`VisitorPage`], in the agents' counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentPage {
    /// Always `true`.
    pub success: bool,
    /// The conversation now.
    pub conversation: ConversationSummary,
    /// How far each has read.
    pub receipts: Vec<Receipt>,
    /// Every agent's last joining, oldest first, whatever part of the log is asked for; seq in the agents' counter.
    pub joins: Vec<AgentJoined>,
    /// What else happened between these messages, oldest first: `agent.left` and `conversation.updated`. Empty
    /// with `after`.
    pub activity: Vec<AgentEvent>,
    /// Oldest first.
    pub messages: Vec<AgentMessage>,
    /// Oldest first, gapless.
    pub events: Vec<AgentEvent>,
    /// The agents' counter: seq of the last fact this page takes into account. The next `after`.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// Is there more: older messages, or newer events?
    pub more: bool,
    /// Who types right now.
    pub typing: Vec<TypingNow>,
}
