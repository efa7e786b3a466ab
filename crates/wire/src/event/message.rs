//! Messages as each side reads them, with what stands on them. Knows nothing of how they come.

use crate::file::Attachment;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// Who wrote or did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentFace {
    /// `agt_…`.
    pub id: String,
    /// The name shown.
    pub name: String,
    /// URL of a picture.
    pub avatar: Option<String>,
}

/// A message that another one answers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Quote {
    /// `msg_…`.
    pub id: String,
    /// Who wrote it.
    pub sender_type: SenderType,
    /// Their name.
    pub sender_name: String,
    /// The first 140 characters; empty once it was taken back.
    pub text: String,
}

/// An emoji that somebody put to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Reaction {
    /// One emoji.
    pub emoji: String,
    /// Visitor or agent.
    pub by_type: SenderType,
    /// `vis_…` or `agt_…`.
    pub by: String,
}

/// A message as its visitor reads it: seed B's fields, and ours after them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// What it answers to, as that reads now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reply_to: Option<Quote>,
    /// When the text was last changed, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub edited_at: Option<String>,
    /// When it was taken back, RFC 3339; the text is then empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub deleted_at: Option<String>,
    /// The visitor's rating, 1 to 5; the text is what they say about it, and may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub rating: Option<u8>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<Reaction>>"))]
    pub reactions: Vec<Reaction>,
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// What it answers to, as that reads now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reply_to: Option<Quote>,
    /// When the text was last changed, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub edited_at: Option<String>,
    /// When it was taken back, RFC 3339; the text is then empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub deleted_at: Option<String>,
    /// The visitor's rating, 1 to 5; the text is what they say about it, and may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub rating: Option<u8>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<Reaction>>"))]
    pub reactions: Vec<Reaction>,
    /// Colleagues whom a note calls, `agt_…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub mentions: Vec<String>,
    /// Opens the first attachment for a day (ruling 15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub attachment_url: Option<String>,
    /// Files, in the order in which they were sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<Attachment>>"))]
    pub attachments: Vec<Attachment>,
}

/// The line of a conversation in the list that shows its last message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MessagePreview {
    /// `msg_…`.
    pub id: String,
    /// Who wrote it.
    pub sender_type: SenderType,
    /// Their name.
    pub sender_name: String,
    /// Text or note.
    pub kind: MessageKind,
    /// The first 140 characters; a rating begins with its stars. Empty once the message was taken back.
    pub text: String,
    /// RFC 3339.
    pub timestamp: String,
}

/// Characters of a message in a list or a quote.
pub const PREVIEW_CHARS: usize = 140;

/// What a list or a quote shows of a message: its text, or else the name of its first file.
pub fn preview(text: &str, rating: Option<u8>, first_file: Option<&str>) -> String {
    let text = if text.is_empty() { first_file.unwrap_or_default() } else { text };
    let stars = rating.map(|score| {
        let score = usize::from(score.min(5));
        format!("{}{} ", "★".repeat(score), "☆".repeat(5 - score))
    });
    let whole = stars.unwrap_or_default() + text;
    whole.trim_end().chars().take(PREVIEW_CHARS).collect()
}
