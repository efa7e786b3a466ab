//! What a fact is: one change of a conversation, as it stands in the log for ever. Knows
//! nothing of channels and wire events; `announce` renders it for each audience.

use crate::message::Stored;
use serde::{Deserialize, Serialize};
use wire::contact::Attributes;
use wire::event::{
    AgentFace, ConversationState, ConversationStatus, ConversationSummary, MessageKind, Quote, Reaction,
    SenderType, StatePart, VisitorFace,
};
use wire::file::File;

/// What a committed verb changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// The conversation after the change.
    pub conversation: ConversationSummary,
    /// The facts it added, in order of their seq.
    pub facts: Vec<Fact>,
}

/// One change of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// `cnv_…`.
    pub conversation_id: String,
    /// The agents' counter: gapless over all facts.
    pub seq: u64,
    /// The visitors' counter: gapless over the facts a visitor may see; `None` for all others (ruling 1).
    pub visitor_seq: Option<u64>,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// What happened.
    pub body: FactBody,
}

/// Who may know of a fact. The visitor's rendering is handed a [`Visible`] and nothing else,
/// and that cannot hold a note: so a note cannot leak and compile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactBody {
    /// Visitor and agents read the same.
    Shared(SharedBody),
    /// Agents alone.
    Inner(InnerBody),
    /// One act that reads differently.
    Split(SplitBody),
}

/// What a visitor may see, and agents see alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedBody {
    /// A message to everybody.
    Message(Said),
    /// An agent joined.
    AgentJoined(AgentFace),
    /// An agent left.
    AgentLeft(AgentFace),
    /// Messages came further to somebody.
    Receipt(Further),
    /// A message was changed.
    Updated(Rewritten),
    /// A message was taken back.
    Deleted(TakenBack),
    /// An emoji came or went.
    Reaction(Reacted),
    /// What was said up to here is gone; also what is left of an erased fact.
    Erased,
}

/// What only agents may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InnerBody {
    /// A note.
    Note(Said),
    /// A note came to an agent.
    Receipt(Further),
    /// A note was changed.
    Updated(Rewritten),
    /// A note was taken back.
    Deleted(TakenBack),
    /// An emoji at a note came or went.
    Reaction(Reacted),
    /// Something of the state that the visitor does not know of.
    State(StateChange),
    /// The visitor is known by another name.
    VisitorChanged(VisitorFace),
    /// The website told of something that the visitor did.
    Tracked(Tracked),
    /// What is left of an erased fact.
    Erased,
}

/// What each audience learns of one act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitBody {
    /// An agent read up to a note; the visitor learns of the last text before it.
    Receipt {
        /// What the visitor learns.
        shared: Further,
        /// What agents learn.
        inner: Further,
    },
    /// The conversation is over or goes on, and whatever else was changed with it.
    State {
        /// What the visitor learns.
        shared: ConversationStatus,
        /// What agents learn.
        inner: StateChange,
    },
}

/// What the visitor may see of a fact.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Visible<'a> {
    /// What agents see too.
    Shared(&'a SharedBody),
    /// A receipt up to the last text.
    Receipt(&'a Further),
    /// Whether it is over.
    Status(ConversationStatus),
}

/// Something written, without its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// `msg_…`.
    pub id: String,
    /// Who.
    pub sender_type: SenderType,
    /// `vis_…` or `agt_…`; `None` for the system.
    pub sender_id: Option<String>,
    /// Their name at that time.
    pub sender_name: String,
    /// Plain text.
    pub text: String,
    /// What the sender called it.
    pub client_id: String,
    /// Its files, in the order in which they were sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<File>,
    /// What it answers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    /// The visitor's rating, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
    /// Whom a note calls, `agt_…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
}

/// A message as a place in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// In the agents' counter; 0: before the first.
    pub seq: u64,
    /// In the visitors' counter; 0: before the first, or a note.
    pub visitor_seq: u64,
}

/// How far messages have come to somebody, after they came further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Further {
    /// Visitor or agent.
    pub reader_type: SenderType,
    /// `vis_…` or `agt_…`.
    pub reader_id: String,
    /// The last message that arrived.
    pub delivered: Place,
    /// The last message read.
    pub read: Place,
    /// That message, if there is one.
    pub read_message_id: Option<String>,
}

/// A message's new text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewritten {
    /// `msg_…`.
    pub message_id: String,
    /// The new text.
    pub text: String,
}

/// A message that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBack {
    /// `msg_…`.
    pub message_id: String,
}

/// An emoji that came or went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reacted {
    /// `msg_…`.
    pub message_id: String,
    /// Whose, and which.
    pub reaction: Reaction,
    /// Came, or went.
    pub on: bool,
}

/// What a website's page told of its visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    /// What the page calls the telling.
    pub client_id: String,
    /// What the page calls the event.
    pub name: String,
    /// What else it says of it.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub props: Attributes,
    /// Was the visitor verified then?
    pub verified: bool,
}

/// A change of what agents set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// Who.
    pub by_type: SenderType,
    /// Which agent, if one did.
    pub by: Option<AgentFace>,
    /// What.
    pub changed: Vec<StatePart>,
    /// All of it, afterwards.
    pub state: ConversationState,
}

impl FactBody {
    /// What the visitor may see of it.
    pub(crate) fn visible(&self) -> Option<Visible<'_>> {
        match self {
            FactBody::Shared(shared) => Some(Visible::Shared(shared)),
            FactBody::Split(SplitBody::Receipt { shared, .. }) => Some(Visible::Receipt(shared)),
            FactBody::Split(SplitBody::State { shared, .. }) => Some(Visible::Status(*shared)),
            FactBody::Inner(_) => None,
        }
    }

    /// Its word in the `kind` column: a note's own, else the name of the agents' event.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            FactBody::Shared(SharedBody::Message(_)) => "message",
            FactBody::Shared(SharedBody::AgentJoined(_)) => "agent.joined",
            FactBody::Shared(SharedBody::AgentLeft(_)) => "agent.left",
            FactBody::Shared(SharedBody::Receipt(_))
            | FactBody::Inner(InnerBody::Receipt(_))
            | FactBody::Split(SplitBody::Receipt { .. }) => "receipt",
            FactBody::Shared(SharedBody::Updated(_)) | FactBody::Inner(InnerBody::Updated(_)) => UPDATED,
            FactBody::Shared(SharedBody::Deleted(_)) | FactBody::Inner(InnerBody::Deleted(_)) => {
                "message.deleted"
            }
            FactBody::Shared(SharedBody::Reaction(_)) | FactBody::Inner(InnerBody::Reaction(_)) => {
                "message.reaction"
            }
            FactBody::Inner(InnerBody::State(_)) | FactBody::Split(SplitBody::State { .. }) => {
                "conversation.updated"
            }
            FactBody::Inner(InnerBody::Note(_)) => "note",
            FactBody::Inner(InnerBody::VisitorChanged(_)) => "visitor.changed",
            FactBody::Inner(InnerBody::Tracked(_)) => TRACKED,
            FactBody::Shared(SharedBody::Erased) | FactBody::Inner(InnerBody::Erased) => "erased",
        }
    }

    /// The message or note that it created.
    pub fn said(&self) -> Option<&Said> {
        match self {
            FactBody::Shared(SharedBody::Message(said)) | FactBody::Inner(InnerBody::Note(said)) => {
                Some(said)
            }
            FactBody::Shared(_) | FactBody::Inner(_) | FactBody::Split(_) => None,
        }
    }

    /// The change of state that it is.
    pub fn state_change(&self) -> Option<&StateChange> {
        match self {
            FactBody::Inner(InnerBody::State(change))
            | FactBody::Split(SplitBody::State { inner: change, .. }) => Some(change),
            FactBody::Shared(_) | FactBody::Inner(_) | FactBody::Split(_) => None,
        }
    }

    /// Takes out what a message said, for when it was taken back; `false`: it is about another one.
    pub(crate) fn silence(&mut self, message_id: &str) -> bool {
        match self {
            FactBody::Shared(SharedBody::Message(said)) | FactBody::Inner(InnerBody::Note(said)) => {
                said.silence(message_id)
            }
            FactBody::Shared(SharedBody::Updated(new)) | FactBody::Inner(InnerBody::Updated(new)) => {
                let about_it = new.message_id == message_id;
                if about_it {
                    new.text.clear();
                }
                about_it
            }
            FactBody::Shared(_) | FactBody::Inner(_) | FactBody::Split(_) => false,
        }
    }

    /// What was done to a message, for whoever may see that message.
    pub(crate) fn about<T>(
        stored: &Stored,
        what: T,
        shared: fn(T) -> SharedBody,
        inner: fn(T) -> InnerBody,
    ) -> FactBody {
        match stored.visitor_seq {
            Some(_) => FactBody::Shared(shared(what)),
            None => FactBody::Inner(inner(what)),
        }
    }

    /// A message or note, by its kind.
    pub(crate) fn of(kind: MessageKind, said: Said) -> FactBody {
        match kind {
            MessageKind::Text => FactBody::Shared(SharedBody::Message(said)),
            MessageKind::Note => FactBody::Inner(InnerBody::Note(said)),
        }
    }
}

impl Said {
    fn silence(&mut self, message_id: &str) -> bool {
        if self.id == message_id {
            self.text.clear();
            self.attachments.clear();
            self.mentions.clear();
            return true;
        }
        match &mut self.reply_to {
            Some(quote) if quote.id == message_id => {
                quote.text.clear();
                true
            }
            Some(_) | None => false,
        }
    }
}

/// The kind of a fact that gives a message another text.
pub(crate) const UPDATED: &str = "message.updated";
/// The kind of a fact by which a website's page tells of its visitor.
pub(crate) const TRACKED: &str = "visitor.tracked";
