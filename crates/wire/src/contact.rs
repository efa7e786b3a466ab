//! Bodies of the routes about people: who a visitor proves to be, contacts, and a person's
//! conversations. Knows nothing of paths, credentials and status codes.

use crate::api::SessionReply;
use crate::event::{
    AgentEvent, AgentFace, ChatMessage, ConversationStatus, ConversationSummary, Receipt, VisitorFace,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
#[cfg(feature = "ts")]
use ts_rs::TS;

/// What a website knows of a person beyond name and address.
pub type Attributes = BTreeMap<String, Attribute>;

/// One value of it. Nothing is nested: lists show it in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum Attribute {
    /// `true` or `false`.
    Is(bool),
    /// A number.
    Number(#[cfg_attr(feature = "ts", ts(type = "number"))] serde_json::Number),
    /// A text.
    Text(String),
}

/// `POST /api/chatbot/conversation/{id}/website`: what the page says of its visitor. What is absent stays,
/// `null` takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct WebsiteSays {
    /// Of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<BTreeMap<String, Option<Attribute>>>,
    /// Of the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<BTreeMap<String, Option<Attribute>>>,
    /// Tags to put there, of those that are in use on the widget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add_tags: Option<Vec<String>>,
    /// Tags to take away again, of those that the page put there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove_tags: Option<Vec<String>>,
    /// What the visitor did, oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<TrackedEvent>>,
}

/// Something that the visitor did, as the page tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct TrackedEvent {
    /// Makes a retry the same event.
    pub client_id: String,
    /// What the page calls it.
    pub name: String,
    /// What else it says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub props: Option<Attributes>,
}

/// An id with the HMAC-SHA256 of it, in hexadecimal, as other chats have it. Name and e-mail are not signed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct SignedId {
    /// What the website calls the person.
    pub id: String,
    /// By the widget's hash secret.
    #[serde(default)]
    pub identifier_hash: String,
    /// A label, unverified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A label, unverified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// `POST /api/chatbot/identify`: one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct IdentifyRequest {
    /// A JWT by the widget's identity secret: HS256, with `sub` and `exp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt: Option<String>,
    /// For migration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<SignedId>,
}

/// Who the visitor is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct IdentifyReply {
    /// Always `true`.
    pub success: bool,
    /// As agents see them.
    pub visitor: VisitorFace,
    /// The newest open conversation, on whichever device it began.
    pub conversation_id: Option<String>,
    /// What to go on with: the session that asked has ended, and its secret is worth nothing. `null`
    /// when this person was identified before; then everything stays as it is.
    pub session: Option<SessionReply>,
}

/// One of a visitor's conversations, in their list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VisitorConversationRow {
    /// `cnv_…`.
    pub id: String,
    /// Open or not.
    pub status: ConversationStatus,
    /// Agents who joined, in that order.
    pub agents: Vec<AgentFace>,
    /// The last message the visitor may see.
    pub last_message: Option<ChatMessage>,
    /// Messages of others that this person has read on none of their devices; counted up to 100.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub unread: u64,
    /// RFC 3339.
    pub created_at: String,
}

/// `GET /api/chatbot/conversations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VisitorConversationsReply {
    /// Always `true`.
    pub success: bool,
    /// Newest first, by when they began: a note moves nothing.
    pub conversations: Vec<VisitorConversationRow>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// A secret with which a website vouches for its users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct IdentitySecret {
    /// `ids_…`.
    pub id: String,
    /// Signs tokens.
    pub secret: String,
    /// Signs ids, for migration; another one, so that no signature of an id is ever one of a token.
    pub hash_secret: String,
    /// RFC 3339.
    pub created_at: String,
}

/// `GET /api/v1/widgets/{id}/identity`, and the reply to a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct IdentityReply {
    /// Always `true`.
    pub success: bool,
    /// Newest first; each is good.
    pub secrets: Vec<IdentitySecret>,
}

/// A person whom a website vouched for, or whom an agent recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Contact {
    /// `ctc_…`.
    pub id: String,
    /// The widget whose website knows them.
    pub widget_id: String,
    /// What the website calls them; none when an agent made this contact, several after a merge.
    pub external_ids: Vec<String>,
    /// Name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Whatever else is known.
    pub attributes: Attributes,
    /// Did a signed token of the website say who they are?
    pub vouched: bool,
    /// RFC 3339.
    pub created_at: String,
}

/// `GET /api/v1/contacts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ContactsReply {
    /// Always `true`.
    pub success: bool,
    /// Newest first.
    pub contacts: Vec<Contact>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// `GET /api/v1/contacts/{id}`, and the reply to whatever changes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ContactReply {
    /// Always `true`.
    pub success: bool,
    /// As it is now.
    pub contact: Contact,
}

/// `PATCH /api/v1/contacts/{id}`: what is absent stays, an empty text takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct ContactChange {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// New telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// New attributes, as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
}

/// `POST /api/v1/contacts/{id}/merge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MergeContact {
    /// The contact that stays; the one in the path is part of it from then on.
    pub into: String,
}

/// `POST /api/v1/visitors/{id}/contact`: an agent recognises an anonymous visitor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct LinkVisitor {
    /// As whom; absent: as somebody new, with what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Of the new contact.
    #[serde(flatten)]
    #[cfg_attr(feature = "ts", ts(flatten))]
    pub details: ContactChange,
}

/// `POST /api/v1/contacts/{id}/erase`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ErasedReply {
    /// Always `true`.
    pub success: bool,
    /// Whose content is gone.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub conversations: u64,
}

/// A visitor in an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedVisitor {
    /// Who.
    #[serde(flatten)]
    pub face: VisitorFace,
    /// RFC 3339.
    pub created_at: String,
}

/// What an agent did by hand to a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactAct {
    /// `linked`, `unlinked`, `merged` or `erased`.
    pub act: String,
    /// The visitor, or the contact that was merged into this one.
    pub other_id: Option<String>,
    /// `agt_…`; `null`: the command line.
    pub agent_id: Option<String>,
    /// RFC 3339.
    pub timestamp: String,
}

/// A conversation in an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedConversation {
    /// As agents see it in their list.
    pub conversation: ConversationSummary,
    /// How far each has read.
    pub receipts: Vec<Receipt>,
    /// Its log as agents read it, oldest first.
    pub events: Vec<AgentEvent>,
}

/// `GET /api/v1/contacts/{id}/export`. The server writes it piece by piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportReply {
    /// Always `true`.
    pub success: bool,
    /// `null` of an anonymous visitor.
    pub contact: Option<Contact>,
    /// Who this person is, on each of their devices.
    pub visitors: Vec<ExportedVisitor>,
    /// What agents did by hand, oldest first.
    pub acts: Vec<ContactAct>,
    /// Everything said.
    pub conversations: Vec<ExportedConversation>,
}
