//! What the chat tells its clients: the visitor's events, the agents' events and signals,
//! as closed enums, so that an inner fact has no way to reach a visitor and compile.
//! Knows nothing of channels and of how facts are stored.

mod conversation;
mod message;

pub use conversation::*;
pub use message::*;

use crate::contact::Attributes;
use crate::online::OnlineVisitor;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// An agent joined the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentJoined {
    /// The conversation; seed A's spelling.
    #[serde(rename = "conversationId")]
    pub conversation_id: String,
    /// Who joined.
    pub agent: AgentFace,
    /// The reader's counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub timestamp: String,
}

/// How far messages have come to somebody, and how far they have read. All devices of one person share it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Receipt {
    /// Visitor or agent.
    pub reader_type: SenderType,
    /// `vis_…` or `agt_…`.
    pub reader_id: String,
    /// The last message read.
    pub message_id: Option<String>,
    /// That message's seq, in the counter of whoever gets this; 0 before the first.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub read_seq: u64,
    /// Seq of the last message that reached one of their devices; never less than `read_seq`.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub delivered_seq: u64,
}

/// Messages came further to somebody, or they read further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ReceiptUpdated {
    /// The new cursor.
    #[serde(flatten)]
    pub receipt: Receipt,
    /// The reader's counter: the seq of this fact.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub timestamp: String,
}

/// An agent left the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentLeft {
    /// The conversation; spelt as in [`AgentJoined`].
    #[serde(rename = "conversationId")]
    pub conversation_id: String,
    /// Who left.
    pub agent: AgentFace,
    /// The reader's counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub timestamp: String,
}

/// What was said up to here is gone: whoever kept a copy drops it. A fact that was erased reads so too, under
/// its own seq, so that no cursor finds a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ConversationErased {
    /// `cnv_…`.
    pub conversation_id: String,
    /// The reader's counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub timestamp: String,
}

/// The visitor is known by another name now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VisitorChanged {
    /// As agents see them from now on.
    pub visitor: VisitorFace,
    /// The agents' counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub timestamp: String,
}

/// The website's page told of something that its visitor did. Its own word, like [`WebsiteSaid`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VisitorTracked {
    /// What the page calls it.
    pub name: String,
    /// What else it says of it.
    pub props: Attributes,
    /// Was the visitor verified then?
    pub verified: bool,
    /// The agents' counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub timestamp: String,
}

/// A message's text was changed by its writer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MessageUpdated {
    /// Which.
    pub message_id: String,
    /// The new text.
    pub message: String,
    /// The reader's counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339; the message's `edited_at`.
    pub timestamp: String,
}

/// A message was taken back: its text, its reactions and every quote of it are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MessageDeleted {
    /// Which.
    pub message_id: String,
    /// The reader's counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339; the message's `deleted_at`.
    pub timestamp: String,
}

/// Somebody put an emoji to a message, or took it away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MessageReaction {
    /// Which message.
    pub message_id: String,
    /// Whose emoji.
    #[serde(flatten)]
    pub reaction: Reaction,
    /// Put there, or taken away.
    pub on: bool,
    /// The reader's counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub timestamp: String,
}

/// What of a conversation was changed, as its visitor may know it: whether it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct StatusUpdated {
    /// Open or resolved; for a visitor nothing is snoozed.
    pub status: ConversationStatus,
    /// The visitors' counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub timestamp: String,
}

/// A conversation's state was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ConversationUpdated {
    /// What kind of person changed it; the system when a snoozed one woke.
    pub by_type: SenderType,
    /// Which agent, if one did.
    pub by: Option<AgentFace>,
    /// What was changed.
    pub changed: Vec<StatePart>,
    /// All of it, as it is now.
    #[serde(flatten)]
    pub state: ConversationState,
    /// The agents' counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub timestamp: String,
}

/// Every fact a visitor may see, on `private-chat.conversation.{id}` and in the poll.
// Mostly messages, moved and not kept: a box would be an allocation for each.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", content = "data")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum VisitorEvent {
    /// Seed B's event.
    #[serde(rename = "ChatMessageReceived")]
    Message(ChatMessage),
    /// An agent joined.
    #[serde(rename = "agent.joined")]
    AgentJoined(AgentJoined),
    /// An agent left.
    #[serde(rename = "agent.left")]
    AgentLeft(AgentLeft),
    /// Delivered or read further.
    #[serde(rename = "receipt.updated")]
    Receipt(ReceiptUpdated),
    /// A text was changed.
    #[serde(rename = "message.updated")]
    Updated(MessageUpdated),
    /// A message was taken back.
    #[serde(rename = "message.deleted")]
    Deleted(MessageDeleted),
    /// An emoji came or went.
    #[serde(rename = "message.reaction")]
    Reaction(MessageReaction),
    /// The conversation is over, or goes on.
    #[serde(rename = "conversation.updated")]
    Status(StatusUpdated),
    /// What was said is gone.
    #[serde(rename = "conversation.erased")]
    Erased(ConversationErased),
}

/// Every fact, on `private-agents.conversation.{id}` and in the agents' page.
// Mostly messages, moved and not kept: a box would be an allocation for each.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", content = "data")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum AgentEvent {
    /// A message or a note.
    #[serde(rename = "message.created")]
    Message(AgentMessage),
    /// An agent joined.
    #[serde(rename = "agent.joined")]
    AgentJoined(AgentJoined),
    /// An agent left.
    #[serde(rename = "agent.left")]
    AgentLeft(AgentLeft),
    /// Delivered or read further.
    #[serde(rename = "receipt.updated")]
    Receipt(ReceiptUpdated),
    /// A text was changed.
    #[serde(rename = "message.updated")]
    Updated(MessageUpdated),
    /// A message was taken back.
    #[serde(rename = "message.deleted")]
    Deleted(MessageDeleted),
    /// An emoji came or went.
    #[serde(rename = "message.reaction")]
    Reaction(MessageReaction),
    /// Status, assignee, priority, tags, attributes, or what the website said.
    #[serde(rename = "conversation.updated")]
    Conversation(ConversationUpdated),
    /// The visitor is known by another name.
    #[serde(rename = "visitor.changed")]
    VisitorChanged(VisitorChanged),
    /// The website told of something that the visitor did.
    #[serde(rename = "visitor.tracked")]
    Tracked(VisitorTracked),
    /// What was said is gone.
    #[serde(rename = "conversation.erased")]
    Erased(ConversationErased),
}

/// What concerns one agent alone, on their `#server-to-user-` channel (ruling 7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", content = "data")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum PersonalEvent {
    /// A note calls them.
    #[serde(rename = "agent.mentioned")]
    Mentioned(PersonalCall),
    /// A conversation was given to them.
    #[serde(rename = "agent.assigned")]
    Assigned(PersonalCall),
}

/// Where an agent is called to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct PersonalCall {
    /// The conversation.
    pub conversation_id: String,
    /// Who calls.
    pub by: String,
    /// The fact's seq in the agents' counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// RFC 3339.
    pub timestamp: String,
}

/// What changes a widget's lists, of conversations and of visitors online, on `private-agents.widget.{id}`.
// Mostly conversations, moved and not kept: a box would be an allocation for each.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", content = "data")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum InboxEvent {
    /// The conversation is now so; a list keeps the one with the higher `seq`.
    #[serde(rename = "conversation.changed")]
    ConversationChanged(ConversationSummary),
    /// A visitor has the chat open now. A signal: it has no number and is kept nowhere.
    #[serde(rename = "visitor.online")]
    VisitorOnline(OnlineVisitor),
    /// A visitor left and did not come back. A signal, too.
    #[serde(rename = "visitor.offline")]
    VisitorOffline(OnlineVisitor),
}

/// A typing signal: never stored, never given a seq. The whisper `client-typing`, and the body of `POST typing`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Typing {
    /// Typing now, or stopped.
    pub on: bool,
    /// What stands in the composer so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub text: Option<String>,
}

/// Somebody typing right now, in the reply of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TypingNow {
    /// `vis_…` or `agt_…`.
    pub user_id: String,
    /// Their preview, where the widget shares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub text: Option<String>,
}

/// The whisper that carries [`Typing`].
pub const TYPING_EVENT: &str = "client-typing";
/// Tells a widget at a foreign provider that there are facts `{"up_to":seq}` which did not go through
/// there, because they are too long or the provider was away: it asks for them here (ruling 13).
pub const BEHIND_EVENT: &str = "conversation.behind";

impl VisitorEvent {
    /// The event's name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            VisitorEvent::Message(_) => "ChatMessageReceived",
            VisitorEvent::AgentJoined(_) => "agent.joined",
            VisitorEvent::AgentLeft(_) => "agent.left",
            VisitorEvent::Receipt(_) => "receipt.updated",
            VisitorEvent::Updated(_) => "message.updated",
            VisitorEvent::Deleted(_) => "message.deleted",
            VisitorEvent::Reaction(_) => "message.reaction",
            VisitorEvent::Status(_) => "conversation.updated",
            VisitorEvent::Erased(_) => "conversation.erased",
        }
    }

    /// The event's data as JSON text.
    pub fn data(&self) -> String {
        match self {
            VisitorEvent::Message(data) => json(data),
            VisitorEvent::AgentJoined(data) => json(data),
            VisitorEvent::AgentLeft(data) => json(data),
            VisitorEvent::Receipt(data) => json(data),
            VisitorEvent::Updated(data) => json(data),
            VisitorEvent::Deleted(data) => json(data),
            VisitorEvent::Reaction(data) => json(data),
            VisitorEvent::Status(data) => json(data),
            VisitorEvent::Erased(data) => json(data),
        }
    }

    /// The fact's place in the visitors' counter.
    pub const fn seq(&self) -> u64 {
        match self {
            VisitorEvent::Message(data) => data.seq,
            VisitorEvent::AgentJoined(data) => data.seq,
            VisitorEvent::AgentLeft(data) => data.seq,
            VisitorEvent::Receipt(data) => data.seq,
            VisitorEvent::Updated(data) => data.seq,
            VisitorEvent::Deleted(data) => data.seq,
            VisitorEvent::Reaction(data) => data.seq,
            VisitorEvent::Status(data) => data.seq,
            VisitorEvent::Erased(data) => data.seq,
        }
    }

    /// The event on seed A's channel: its name and data in seed A's shape. Only messages and joins exist there.
    pub fn in_dialect_a(&self) -> Option<(&'static str, String)> {
        match self {
            VisitorEvent::Message(m) => Some((
                "message.sent",
                json(&serde_json::json!({"message": {
                    "id": m.id, "content": m.message, "author": m.sender_type, "created_at": m.timestamp,
                }})),
            )),
            VisitorEvent::AgentJoined(j) => Some((
                "agent.joined",
                json(&serde_json::json!({"conversationId": j.conversation_id, "agent": j.agent})),
            )),
            VisitorEvent::AgentLeft(_)
            | VisitorEvent::Receipt(_)
            | VisitorEvent::Updated(_)
            | VisitorEvent::Deleted(_)
            | VisitorEvent::Reaction(_)
            | VisitorEvent::Status(_)
            | VisitorEvent::Erased(_) => None,
        }
    }
}

impl AgentEvent {
    /// The event's name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            AgentEvent::Message(_) => "message.created",
            AgentEvent::AgentJoined(_) => "agent.joined",
            AgentEvent::AgentLeft(_) => "agent.left",
            AgentEvent::Receipt(_) => "receipt.updated",
            AgentEvent::Updated(_) => "message.updated",
            AgentEvent::Deleted(_) => "message.deleted",
            AgentEvent::Reaction(_) => "message.reaction",
            AgentEvent::Conversation(_) => "conversation.updated",
            AgentEvent::VisitorChanged(_) => "visitor.changed",
            AgentEvent::Tracked(_) => "visitor.tracked",
            AgentEvent::Erased(_) => "conversation.erased",
        }
    }

    /// The event's data as JSON text.
    pub fn data(&self) -> String {
        match self {
            AgentEvent::Message(data) => json(data),
            AgentEvent::AgentJoined(data) => json(data),
            AgentEvent::AgentLeft(data) => json(data),
            AgentEvent::Receipt(data) => json(data),
            AgentEvent::Updated(data) => json(data),
            AgentEvent::Deleted(data) => json(data),
            AgentEvent::Reaction(data) => json(data),
            AgentEvent::Conversation(data) => json(data),
            AgentEvent::VisitorChanged(data) => json(data),
            AgentEvent::Tracked(data) => json(data),
            AgentEvent::Erased(data) => json(data),
        }
    }

    /// The fact's place in the agents' counter.
    pub const fn seq(&self) -> u64 {
        match self {
            AgentEvent::Message(data) => data.seq,
            AgentEvent::AgentJoined(data) => data.seq,
            AgentEvent::AgentLeft(data) => data.seq,
            AgentEvent::Receipt(data) => data.seq,
            AgentEvent::Updated(data) => data.seq,
            AgentEvent::Deleted(data) => data.seq,
            AgentEvent::Reaction(data) => data.seq,
            AgentEvent::Conversation(data) => data.seq,
            AgentEvent::VisitorChanged(data) => data.seq,
            AgentEvent::Tracked(data) => data.seq,
            AgentEvent::Erased(data) => data.seq,
        }
    }
}

impl PersonalEvent {
    /// The event's name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            PersonalEvent::Mentioned(_) => "agent.mentioned",
            PersonalEvent::Assigned(_) => "agent.assigned",
        }
    }

    /// The event's data as JSON text.
    pub fn data(&self) -> String {
        match self {
            PersonalEvent::Mentioned(data) | PersonalEvent::Assigned(data) => json(data),
        }
    }
}

impl InboxEvent {
    /// The event's name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            InboxEvent::ConversationChanged(_) => "conversation.changed",
            InboxEvent::VisitorOnline(_) => "visitor.online",
            InboxEvent::VisitorOffline(_) => "visitor.offline",
        }
    }

    /// The event's data as JSON text.
    pub fn data(&self) -> String {
        match self {
            InboxEvent::ConversationChanged(data) => json(data),
            InboxEvent::VisitorOnline(data) | InboxEvent::VisitorOffline(data) => json(data),
        }
    }
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("wire types have string keys and no failing serializer")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> ChatMessage {
        ChatMessage {
            id: "msg_1".into(),
            sender_type: SenderType::Agent,
            sender_name: "Ben".into(),
            message: "Hello".into(),
            attachment_path: None,
            attachment_name: None,
            is_voice: false,
            timestamp: "2026-11-22T10:00:00.000Z".into(),
            seq: 3,
            client_id: Some("c1".into()),
            sender_id: Some("agt_1".into()),
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            rating: None,
            reactions: Vec::new(),
            attachment_url: None,
            attachments: Vec::new(),
        }
    }

    #[test]
    fn names_in_code_are_the_names_on_the_wire() {
        let event = VisitorEvent::Message(message());
        let json: serde_json::Value = serde_json::to_value(&event).expect("serializes");
        assert_eq!(json["event"], event.name());
        assert_eq!(json["data"].to_string().len(), event.data().len());
    }

    #[test]
    fn seed_b_finds_its_eight_fields() {
        let data: serde_json::Value =
            serde_json::from_str(&VisitorEvent::Message(message()).data()).expect("JSON");
        for field in [
            "id",
            "sender_type",
            "sender_name",
            "message",
            "attachment_path",
            "attachment_name",
            "is_voice",
            "timestamp",
        ] {
            assert!(data.get(field).is_some(), "{field}");
        }
    }

    #[test]
    fn seed_a_finds_its_shape() {
        let (name, data) = VisitorEvent::Message(message()).in_dialect_a().expect("a message");
        assert_eq!(name, "message.sent");
        let data: serde_json::Value = serde_json::from_str(&data).expect("JSON");
        assert_eq!(
            data["message"],
            serde_json::json!({
                "id": "msg_1", "content": "Hello", "author": "agent", "created_at": "2026-11-22T10:00:00.000Z"
            })
        );
    }
}
