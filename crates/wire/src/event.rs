//! What the chat tells its clients: the visitor's events, the agents' events and signals,
//! as closed enums, so that an inner fact has no way to reach a visitor and compile.
//! Knows nothing of channels and of how facts are stored.

use crate::file::Attachment;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// Who wrote or did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum SenderType {
    /// The person on the website.
    Visitor,
    /// A person in the console.
    Agent,
    /// The chatbot.
    Bot,
    /// Frontdesk itself, or its owner on the command line.
    System,
}

impl SenderType {
    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            SenderType::Visitor => "visitor",
            SenderType::Agent => "agent",
            SenderType::Bot => "bot",
            SenderType::System => "system",
        }
    }

    /// Back from [`SenderType::as_str`].
    pub fn from_word(word: &str) -> Option<SenderType> {
        [SenderType::Visitor, SenderType::Agent, SenderType::Bot, SenderType::System]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// What an agent wrote: to the visitor, or to colleagues alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum MessageKind {
    /// Everybody in the conversation reads it.
    #[default]
    Text,
    /// Agents read it; the visitor cannot tell that it exists (ruling 1).
    Note,
}

/// An agent as shown to a visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentFace {
    /// `agt_…`.
    pub id: String,
    /// The name shown.
    pub name: String,
    /// URL of a picture.
    pub avatar: Option<String>,
}

/// A message as its visitor reads it: seed B's fields, and ours after them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ChatMessage {
    /// `msg_…`.
    pub id: String,
    /// Set by the server from the credential.
    pub sender_type: SenderType,
    /// Set by the server from the credential.
    pub sender_name: String,
    /// Plain text.
    pub message: String,
    /// Stable path of the first attachment.
    pub attachment_path: Option<String>,
    /// File name of the first attachment.
    pub attachment_name: Option<String>,
    /// Is the first attachment a voice message?
    pub is_voice: bool,
    /// RFC 3339.
    pub timestamp: String,
    /// The visitors' counter (ruling 1): gapless over the facts a visitor may see.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// What the sender called it; clients dedupe by it (ruling 2).
    pub client_id: Option<String>,
    /// `vis_…` or `agt_…`.
    pub sender_id: Option<String>,
    /// Opens the first attachment for a day (ruling 15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub attachment_url: Option<String>,
    /// Files, in the order in which they were sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<Attachment>>"))]
    pub attachments: Vec<Attachment>,
}

/// A message or note as agents read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentMessage {
    /// `msg_…`.
    pub id: String,
    /// Text or note.
    pub kind: MessageKind,
    /// Set by the server from the credential.
    pub sender_type: SenderType,
    /// Set by the server from the credential.
    pub sender_name: String,
    /// Plain text.
    pub message: String,
    /// Stable path of the first attachment.
    pub attachment_path: Option<String>,
    /// File name of the first attachment.
    pub attachment_name: Option<String>,
    /// Is the first attachment a voice message?
    pub is_voice: bool,
    /// RFC 3339.
    pub timestamp: String,
    /// The agents' counter (ruling 1): gapless over all facts.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// What the sender called it; clients dedupe by it (ruling 2).
    pub client_id: Option<String>,
    /// `vis_…` or `agt_…`.
    pub sender_id: Option<String>,
    /// Opens the first attachment for a day (ruling 15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub attachment_url: Option<String>,
    /// Files, in the order in which they were sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<Attachment>>"))]
    pub attachments: Vec<Attachment>,
}

/// An agent joined the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// How far somebody has read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Receipt {
    /// Visitor or agent.
    pub reader_type: SenderType,
    /// `vis_…` or `agt_…`.
    pub reader_id: String,
    /// The last message read.
    pub message_id: String,
    /// That message's seq, in the counter of whoever gets this.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub read_seq: u64,
}

/// Somebody read further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Every fact a visitor may see, on `private-chat.conversation.{id}` and in the poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum VisitorEvent {
    /// Seed B's event.
    #[serde(rename = "ChatMessageReceived")]
    Message(ChatMessage),
    /// An agent joined.
    #[serde(rename = "agent.joined")]
    AgentJoined(AgentJoined),
    /// Somebody read further.
    #[serde(rename = "receipt.updated")]
    Receipt(ReceiptUpdated),
}

/// Every fact, on `private-agents.conversation.{id}` and in the agents' page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum AgentEvent {
    /// A message or a note.
    #[serde(rename = "message.created")]
    Message(AgentMessage),
    /// An agent joined.
    #[serde(rename = "agent.joined")]
    AgentJoined(AgentJoined),
    /// Somebody read further.
    #[serde(rename = "receipt.updated")]
    Receipt(ReceiptUpdated),
}

/// What changes a widget's list of conversations, on `private-agents.widget.{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum InboxEvent {
    /// The conversation is now so; a list keeps the one with the higher `seq`.
    #[serde(rename = "conversation.changed")]
    ConversationChanged(ConversationSummary),
}

/// Whether a conversation waits for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum ConversationStatus {
    /// Somebody has to look at it.
    Open,
}

/// The visitor as agents see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VisitorFace {
    /// `vis_…`.
    pub id: String,
    /// A label, unless `verified`.
    pub name: String,
    /// A label, unless `verified`.
    pub email: Option<String>,
    /// Did the website vouch for name and e-mail with a signature?
    pub verified: bool,
}

/// The line of a conversation in the list that shows its last message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MessagePreview {
    /// Who wrote it.
    pub sender_type: SenderType,
    /// Their name.
    pub sender_name: String,
    /// Text or note.
    pub kind: MessageKind,
    /// The first 140 characters.
    pub text: String,
    /// RFC 3339.
    pub timestamp: String,
}

/// A conversation as it stands in the agents' list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ConversationSummary {
    /// `cnv_…`.
    pub id: String,
    /// `wgt_…`.
    pub widget_id: String,
    /// Who it is with.
    pub visitor: VisitorFace,
    /// Open or not.
    pub status: ConversationStatus,
    /// Agents who joined, in that order.
    pub agents: Vec<AgentFace>,
    /// RFC 3339.
    pub created_at: String,
    /// The last message or note.
    pub last_message: Option<MessagePreview>,
    /// How many messages the visitor has written; less an agent's own count, that is the unread badge.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub visitor_messages: u64,
    /// The agents' counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
}

/// A typing signal: never stored, never given a seq. The whisper `client-typing`, and the body of `POST typing`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
            VisitorEvent::Receipt(_) => "receipt.updated",
        }
    }

    /// The event's data as JSON text.
    pub fn data(&self) -> String {
        match self {
            VisitorEvent::Message(data) => json(data),
            VisitorEvent::AgentJoined(data) => json(data),
            VisitorEvent::Receipt(data) => json(data),
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
            VisitorEvent::Receipt(_) => None,
        }
    }
}

impl AgentEvent {
    /// The event's name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            AgentEvent::Message(_) => "message.created",
            AgentEvent::AgentJoined(_) => "agent.joined",
            AgentEvent::Receipt(_) => "receipt.updated",
        }
    }

    /// The event's data as JSON text.
    pub fn data(&self) -> String {
        match self {
            AgentEvent::Message(data) => json(data),
            AgentEvent::AgentJoined(data) => json(data),
            AgentEvent::Receipt(data) => json(data),
        }
    }
}

impl InboxEvent {
    /// The event's name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            InboxEvent::ConversationChanged(_) => "conversation.changed",
        }
    }

    /// The event's data as JSON text.
    pub fn data(&self) -> String {
        match self {
            InboxEvent::ConversationChanged(data) => json(data),
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
