//! Bodies of the routes for other programs: keys, the feed of all facts, webhooks, blocks. Knows nothing
//! of paths, credentials and status codes.

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// A closed set of words: each is the same in JSON, in the database and in the docs.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(TS))]
        #[cfg_attr(feature = "schema", derive(JsonSchema))]
        pub enum $name { $($(#[$each])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every one, in the order of the docs.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// What an API key may do. Every route of `/api/v1` names the one it takes, or takes no key.
    Scope {
        /// Read conversations, and the feed of all facts.
        ConversationsRead = "conversations:read",
        /// Write messages and notes, join, read, change conversations.
        ConversationsWrite = "conversations:write",
        /// Read contacts.
        ContactsRead = "contacts:read",
        /// Change contacts.
        ContactsWrite = "contacts:write",
        /// Read widgets.
        WidgetsRead = "widgets:read",
        /// Change widgets; needs a key for all widgets.
        WidgetsWrite = "widgets:write",
        /// Read who the agents are.
        AgentsRead = "agents:read",
        /// Manage webhooks; needs a key for all widgets.
        Webhooks = "webhooks",
        /// Manage the block list; needs a key for all widgets.
        Blocks = "blocks",
    }
}

impl Scope {
    /// Is it about the desk as a whole, so that a key for some widgets cannot have it?
    pub const fn needs_all_widgets(self) -> bool {
        match self {
            Scope::WidgetsWrite | Scope::Webhooks | Scope::Blocks => true,
            Scope::ConversationsRead
            | Scope::ConversationsWrite
            | Scope::ContactsRead
            | Scope::ContactsWrite
            | Scope::WidgetsRead
            | Scope::AgentsRead => false,
        }
    }
}

words! {
    /// What is told to other programs, by the feed and by webhooks.
    EventType {
        /// A visitor or the desk began to talk.
        ConversationCreated = "conversation.created",
        /// Snoozed or opened again, priority, tags or attributes, or the website said something of its visitor.
        ConversationUpdated = "conversation.updated",
        /// Given to an agent, or to nobody.
        ConversationAssigned = "conversation.assigned",
        /// Resolved.
        ConversationClosed = "conversation.closed",
        /// Open again after it was resolved.
        ConversationReopened = "conversation.reopened",
        /// All that was said is gone.
        ConversationErased = "conversation.erased",
        /// An agent joined.
        AgentJoined = "agent.joined",
        /// An agent left.
        AgentLeft = "agent.left",
        /// A message or a note was written.
        MessageCreated = "message.created",
        /// A message or a note has another text.
        MessageUpdated = "message.updated",
        /// A message or a note was taken back.
        MessageDeleted = "message.deleted",
        /// An emoji was put to a message, or taken away.
        MessageReaction = "message.reaction",
        /// The visitor rated the conversation.
        CsatCreated = "csat.created",
        /// The visitor is known by another name.
        ContactUpdated = "contact.updated",
        /// Somebody read further.
        ReceiptUpdated = "receipt.updated",
        /// A visitor has the chat open. A signal: told to webhooks that name it, and in no feed.
        VisitorOnline = "visitor.online",
        /// A visitor left and did not come back. A signal, too.
        VisitorOffline = "visitor.offline",
        /// A test call; told to nobody who did not ask.
        Test = "webhook.test",
    }
}

impl EventType {
    /// Is it no fact? Then it has no place in the feed, and only a webhook that names it is told.
    pub const fn is_signal(self) -> bool {
        matches!(self, EventType::VisitorOnline | EventType::VisitorOffline)
    }
}

/// One event as other programs get it, thin: ids and kinds, no text. Who wants more asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ApiEvent {
    /// `evt_…`; the same in the feed, in every webhook and on every retry.
    pub id: String,
    /// Version of this envelope: 1.
    pub version: u32,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// The conversation's counter for agents: gapless over its facts. Two events of one fact share it. 0 for
    /// what is no fact.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub created_at: String,
    /// Where and who.
    pub data: ApiEventData,
}

/// Where something happened, and who did it. What an event is not about is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ApiEventData {
    /// `cnv_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// `wgt_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widget_id: Option<String>,
    /// `msg_…`: written, or read up to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Of a message: `text` or `note`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<crate::event::MessageKind>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_type: Option<crate::event::SenderType>,
    /// `vis_…` or `agt_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
}

/// `GET /api/v1/events`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct EventsReply {
    /// Always `true`.
    pub success: bool,
    /// In the order in which they were committed.
    pub events: Vec<ApiEvent>,
    /// Cursor behind the last one: the next `after`.
    pub next: String,
    /// Is there more right now?
    pub more: bool,
}

/// `GET /api/v1/widgets/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct WidgetReply {
    /// Always `true`.
    pub success: bool,
    /// As it is now; the `ETag` is of this.
    pub widget: crate::api::WidgetProfile,
}

/// `POST /api/v1/keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct NewKey {
    /// What visitors and agents read as the writer's name.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// `wgt_…`; none: all, those to come too.
    #[serde(default)]
    pub widgets: Vec<String>,
}

/// An API key as owners see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ApiKeyProfile {
    /// `key_…`.
    pub id: String,
    /// The agent it writes as, `agt_…`.
    pub agent_id: String,
    /// That agent's name.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// On which widgets; none: all.
    pub widgets: Vec<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339, to the minute.
    pub used_at: Option<String>,
    /// RFC 3339; it has not worked since.
    pub revoked_at: Option<String>,
}

/// `GET /api/v1/keys`, and the reply to a revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct KeysReply {
    /// Always `true`.
    pub success: bool,
    /// Oldest first.
    pub keys: Vec<ApiKeyProfile>,
}

/// The reply to `POST /api/v1/keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct KeyReply {
    /// Always `true`.
    pub success: bool,
    /// The new key.
    pub key: ApiKeyProfile,
    /// `fdk_…`: shown this once, and kept hashed. Empty in a reply that is repeated for an `Idempotency-Key`.
    pub secret: String,
}

/// `POST /api/v1/webhooks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct NewWebhook {
    /// Where calls go, `http(s)://host[:port]/path`.
    pub url: String,
    /// What is told; none: every fact, so all but `visitor.online` and `visitor.offline`.
    #[serde(default)]
    pub events: Vec<EventType>,
    /// `wgt_…`; none: all.
    #[serde(default)]
    pub widgets: Vec<String>,
}

/// `PATCH /api/v1/webhooks/{id}`: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct WebhookChange {
    /// Where calls go from now on, those that wait too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventType>>,
    /// On which widgets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widgets: Option<Vec<String>>,
    /// Is anything told?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// Make a new secret; the old one signs beside it until the next rotation.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub rotate_secret: bool,
}

/// A webhook as owners see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct WebhookProfile {
    /// `whk_…`.
    pub id: String,
    /// Where calls go.
    pub url: String,
    /// What is told; none: every fact.
    pub events: Vec<EventType>,
    /// On which widgets; none: all.
    pub widgets: Vec<String>,
    /// Is anything told?
    pub is_active: bool,
    /// Do two secrets sign?
    pub has_old_secret: bool,
    /// RFC 3339.
    pub created_at: String,
}

/// `GET /api/v1/webhooks`, and the reply to a removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct WebhooksReply {
    /// Always `true`.
    pub success: bool,
    /// Oldest first.
    pub webhooks: Vec<WebhookProfile>,
}

/// The reply to a new or changed webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct WebhookReply {
    /// Always `true`.
    pub success: bool,
    /// As it is now.
    pub webhook: WebhookProfile,
    /// `whsec_…`, where one was made: shown this once. Empty in a reply that is repeated for an `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// One attempt to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Delivery {
    /// `dlv_…`.
    pub id: String,
    /// `evt_…`.
    pub event_id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// 1 for the first.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub attempt: u64,
    /// RFC 3339.
    pub at: String,
    /// Milliseconds until the reply or the failure.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub duration_ms: u64,
    /// The reply's status; `null`: there was none.
    pub status: Option<u16>,
    /// Why there was none.
    pub failure: Option<String>,
}

/// `GET /api/v1/webhooks/{id}/deliveries`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct DeliveriesReply {
    /// Always `true`.
    pub success: bool,
    /// Newest first.
    pub deliveries: Vec<Delivery>,
}

/// `POST /api/v1/webhooks/{id}/test`: what became of the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct DeliveryReply {
    /// Always `true`: the call was made. What came of it stands in `delivery`.
    pub success: bool,
    /// The call.
    pub delivery: Delivery,
}

words! {
    /// By what somebody is blocked.
    BlockKind {
        /// An IP address or a network such as `203.0.113.0/24`.
        Address = "address",
        /// A visitor, `vis_…`.
        Visitor = "visitor",
        /// An e-mail address that a visitor gave.
        Email = "email",
    }
}

/// `POST /api/v1/blocks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct NewBlock {
    /// By what.
    pub kind: BlockKind,
    /// Whom.
    pub value: String,
    /// For colleagues.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<String>"))]
    pub reason: String,
    /// Seconds until it ends by itself; absent: for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub for_s: Option<u64>,
}

/// Somebody who is kept out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Block {
    /// `blk_…`.
    pub id: String,
    /// By what.
    pub kind: BlockKind,
    /// Whom.
    pub value: String,
    /// For colleagues.
    pub reason: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; `null`: for good.
    pub until: Option<String>,
}

/// `GET /api/v1/blocks`, and the reply to a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct BlocksReply {
    /// Always `true`.
    pub success: bool,
    /// Oldest first.
    pub blocks: Vec<Block>,
}
