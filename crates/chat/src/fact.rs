//! What a fact is: one change of a conversation, as it stands in the log for ever. Knows
//! nothing of channels and wire events; `announce` renders it for each audience.

use serde::{Deserialize, Serialize};
use wire::event::{AgentFace, ConversationSummary, MessageKind, SenderType};
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

/// Who may know of a fact. The visitor's rendering is handed a [`SharedBody`] and nothing
/// else, and a [`SharedBody`] cannot hold a note: so a note cannot leak and compile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactBody {
    /// Visitor and agents read the same.
    Shared(SharedBody),
    /// Agents alone.
    Inner(InnerBody),
    /// One act that reads differently: an agent read up to a note, of which the visitor
    /// learns only the last text before it.
    Split {
        /// What the visitor learns.
        shared: SharedBody,
        /// What agents learn.
        inner: InnerBody,
    },
}

/// What a visitor may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedBody {
    /// A message to everybody.
    Message(Said),
    /// An agent joined.
    AgentJoined(AgentFace),
    /// Somebody read further.
    Receipt(ReadFurther),
}

/// What only agents may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InnerBody {
    /// A note.
    Note(Said),
    /// An agent read up to a note.
    Receipt(ReadFurther),
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
}

/// A read cursor that moved forward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFurther {
    /// Visitor or agent.
    pub reader_type: SenderType,
    /// `vis_…` or `agt_…`.
    pub reader_id: String,
    /// The last message read.
    pub message_id: String,
    /// That message's seq in the agents' counter.
    pub seq: u64,
    /// That message's seq in the visitors' counter; `None` for a note.
    pub visitor_seq: Option<u64>,
}

impl FactBody {
    /// What the visitor may see of it.
    pub(crate) fn shared(&self) -> Option<&SharedBody> {
        match self {
            FactBody::Shared(shared) | FactBody::Split { shared, .. } => Some(shared),
            FactBody::Inner(_) => None,
        }
    }

    /// Its word in the `kind` column, for people who look into the database.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            FactBody::Shared(SharedBody::Message(_)) => "message",
            FactBody::Shared(SharedBody::AgentJoined(_)) => "agent.joined",
            FactBody::Shared(SharedBody::Receipt(_))
            | FactBody::Inner(InnerBody::Receipt(_))
            | FactBody::Split { .. } => "receipt",
            FactBody::Inner(InnerBody::Note(_)) => "note",
        }
    }

    /// The message or note that it created.
    pub(crate) fn message_id(&self) -> Option<&str> {
        match self {
            FactBody::Shared(SharedBody::Message(said)) | FactBody::Inner(InnerBody::Note(said)) => {
                Some(&said.id)
            }
            FactBody::Shared(_) | FactBody::Inner(_) | FactBody::Split { .. } => None,
        }
    }

    /// A message or note, by its kind.
    pub(crate) fn said(kind: MessageKind, said: Said) -> FactBody {
        match kind {
            MessageKind::Text => FactBody::Shared(SharedBody::Message(said)),
            MessageKind::Note => FactBody::Inner(InnerBody::Note(said)),
        }
    }
}
