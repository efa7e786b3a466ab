//! What a visitor's client sends and reads. Nothing in here is for agents alone.

use crate::availability::Availability;
use crate::contact::SignedId;
use crate::event::{
    AgentFace, AgentJoined, ChatMessage, ConversationStatus, Receipt, TypingNow, VisitorEvent, VisitorFace,
};
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// `POST /api/chatbot/session`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct SessionRequest {
    /// What an earlier reply gave; absent for a new visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// A label, unverified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A label, unverified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A JWT by the widget's identity secret: HS256, with `sub` and `exp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt: Option<String>,
    /// An id with its hash, for migration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<SignedId>,
    /// From the link in a mail: the visitor it was sent to, once. It goes before a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A visitor's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SessionReply {
    /// Always `true`.
    pub success: bool,
    /// Bearer for every other visitor route.
    pub token: String,
    /// Seconds it lives; ask again before that, with the secret.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub expires_in_s: u64,
    /// The visitor's secret: what proves next time that this is the same visitor.
    pub secret: String,
    /// Who the server takes this visitor to be.
    pub visitor: VisitorFace,
    /// The visitor's newest open conversation.
    pub conversation_id: Option<String>,
}

/// `POST /api/chatbot/popout`: what opens the same visitor's session in a window of our own (ruling 15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct PopoutReply {
    /// Always `true`.
    pub success: bool,
    /// Where the chat fills the page; the code goes into the fragment, as in the link of a mail.
    pub path: String,
    /// For `code` of `POST /api/chatbot/session`; works once, and for two minutes.
    pub code: String,
}

/// `POST /api/chatbot/conversation`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct StartConversation {
    /// Makes a retry the same conversation; the `Idempotency-Key` header does the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// A conversation as its visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VisitorConversation {
    /// `cnv_…`.
    pub id: String,
    /// Open or resolved.
    pub status: ConversationStatus,
    /// Agents who are in, in the order in which they joined.
    pub agents: Vec<AgentFace>,
    /// How far each has read.
    pub receipts: Vec<Receipt>,
    /// RFC 3339.
    pub created_at: String,
}

/// `GET /api/chatbot/conversation/{id}` and the reply to `POST conversation`.
///
/// Without `after`, `messages` holds the newest page (or the one before `before`) and `events` is empty.
/// With `after`, `events` holds the facts with a higher seq and `messages` is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VisitorPage {
    /// Always `true`.
    pub success: bool,
    /// The conversation now.
    pub conversation: VisitorConversation,
    /// Every agent's last joining, oldest first, whatever part of the log is asked for; seq in the visitors' counter.
    pub joins: Vec<AgentJoined>,
    /// What else happened between these messages, oldest first: `agent.left` and `conversation.updated`. Empty
    /// with `after`.
    pub activity: Vec<VisitorEvent>,
    /// Oldest first.
    pub messages: Vec<ChatMessage>,
    /// Oldest first, gapless.
    pub events: Vec<VisitorEvent>,
    /// The visitors' counter: seq of the last fact this page takes into account. The next `after`.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// Is there more: older messages, or newer events?
    pub more: bool,
    /// Who types right now; not part of the `ETag` (ruling 3).
    pub typing: Vec<TypingNow>,
    /// Is anybody there? Part of the `ETag`, so that whoever polls learns of a change.
    pub availability: Availability,
}

/// The whole fact of a message a visitor posted (ruling 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct VisitorPosted {
    /// Always `true`.
    pub success: bool,
    /// With its seq.
    pub message: ChatMessage,
    /// To a new message: will anybody read it now?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
}
