//! A conversation in the agents' list, and what agents set on it. Knows nothing of messages but the last one's line.

use super::{AgentFace, MessagePreview};
use crate::contact::Attributes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
#[cfg(feature = "ts")]
use ts_rs::TS;

/// A part of [`ConversationState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum StatePart {
    /// `status` and `snoozed_until`.
    Status,
    /// `assignee`.
    Assignee,
    /// `priority`.
    Priority,
    /// `tags`.
    Tags,
    /// `attributes`.
    Attributes,
    /// `website`.
    Website,
    /// `here`.
    Here,
}

/// Whether a conversation waits for somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum ConversationStatus {
    /// Somebody has to look at it.
    #[default]
    Open,
    /// Nobody has to, until a time comes or the visitor writes.
    Snoozed,
    /// Over, until the visitor writes.
    Resolved,
}

impl ConversationStatus {
    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            ConversationStatus::Open => "open",
            ConversationStatus::Snoozed => "snoozed",
            ConversationStatus::Resolved => "resolved",
        }
    }

    /// Back from [`ConversationStatus::as_str`].
    pub fn from_word(word: &str) -> Option<ConversationStatus> {
        [ConversationStatus::Open, ConversationStatus::Snoozed, ConversationStatus::Resolved]
            .into_iter()
            .find(|status| status.as_str() == word)
    }

    /// As the visitor knows it: that agents have put it off is theirs alone.
    pub const fn for_visitor(self) -> ConversationStatus {
        match self {
            ConversationStatus::Open | ConversationStatus::Snoozed => ConversationStatus::Open,
            ConversationStatus::Resolved => ConversationStatus::Resolved,
        }
    }
}

/// How pressing a conversation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum Priority {
    /// It can wait.
    Low,
    /// As they come.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

impl Priority {
    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        }
    }

    /// Back from [`Priority::as_str`].
    pub fn from_word(word: &str) -> Option<Priority> {
        [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent]
            .into_iter()
            .find(|priority| priority.as_str() == word)
    }
}

/// What the website's page said of its visitor: labels, never proof (S3). They stand apart from what agents
/// and the API set, and change nothing of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct WebsiteSaid {
    /// Was the visitor verified when the page last said any of it?
    pub verified: bool,
    /// Of the person.
    pub visitor: Attributes,
    /// Of this conversation.
    pub conversation: Attributes,
    /// Which of the conversation's `tags` the page put there.
    pub tags: Vec<String>,
}

impl WebsiteSaid {
    /// Does it say nothing at all?
    pub fn is_empty(&self) -> bool {
        self.visitor.is_empty() && self.conversation.is_empty() && self.tags.is_empty()
    }
}

/// Where the visitor is and with what, in the words of their own browser: labels, never proof (S3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct Whereabouts {
    /// The page's address, on one of the widget's origins; without query and fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// What the page is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// From which other website's page they came; without query and fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// `Firefox on Windows`; unless given it is read from the request's `User-Agent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// BCP 47; unless given it is read from the request's `Accept-Language`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// `Europe/Berlin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl Whereabouts {
    /// Do they say nothing at all?
    pub fn is_empty(&self) -> bool {
        *self == Whereabouts::default()
    }

    /// As they are after they were so: what is not said anew stays. A title goes with its page.
    #[must_use]
    pub fn after(self, before: &Whereabouts) -> Whereabouts {
        let (page, title) = match self.page {
            None => (before.page.clone(), before.title.clone()),
            page => (page, self.title),
        };
        let kept = |new: Option<String>, old: &Option<String>| new.or_else(|| old.clone());
        Whereabouts {
            page,
            title,
            referrer: kept(self.referrer, &before.referrer),
            device: kept(self.device, &before.device),
            language: kept(self.language, &before.language),
            time_zone: kept(self.time_zone, &before.time_zone),
        }
    }
}

/// What agents set on a conversation, and beside it what the website and the visitor's browser said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ConversationState {
    /// Open, snoozed or resolved.
    pub status: ConversationStatus,
    /// RFC 3339; when a snoozed conversation opens by itself.
    pub snoozed_until: Option<String>,
    /// Whose it is.
    pub assignee: Option<AgentFace>,
    /// How pressing it is.
    pub priority: Priority,
    /// In alphabetical order.
    pub tags: Vec<String>,
    /// Free facts about it, by name.
    pub attributes: BTreeMap<String, String>,
    /// What the website's page said; absent when it said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub website: Option<WebsiteSaid>,
    /// Where the visitor was when they last wrote; absent when nothing is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub here: Option<Box<Whereabouts>>,
}

/// The visitor as agents see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// A conversation as it stands in the agents' list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ConversationSummary {
    /// `cnv_…`.
    pub id: String,
    /// `wgt_…`.
    pub widget_id: String,
    /// Who it is with.
    pub visitor: VisitorFace,
    /// What agents set on it.
    #[serde(flatten)]
    pub state: ConversationState,
    /// Agents who are in, in the order in which they joined.
    pub agents: Vec<AgentFace>,
    /// RFC 3339.
    pub created_at: String,
    /// Since when the visitor waits for an answer, RFC 3339.
    pub waiting_since: Option<String>,
    /// The last message or note.
    pub last_message: Option<MessagePreview>,
    /// How many messages the visitor has written; less an agent's own count, that is the unread badge.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub visitor_messages: u64,
    /// The agents' counter.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
}
