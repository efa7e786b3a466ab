//! Posting: a message or note becomes a row and a fact, once, however often it is sent.
//! Knows nothing of pages and of how messages reach anybody.

use crate::access::{self, Purpose};
use crate::announce::{agent_message, visitor_message};
use crate::conversation::{Conversation, Join, kind_word, message_kind, sender_type};
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::fact::{FactBody, Said, SharedBody};
use crate::links::Links;
use crate::people::{Agent, Visitor};
use crate::{Answer, Chat, attachment, check, secret};
use wire::api::PostMessage;
use wire::event::{AgentFace, AgentMessage, ChatMessage, MessageKind, SenderType};
use wire::file::File;
use wire::{Refusal, Refused};

/// Columns of a message, in the order [`Stored::from_row`] takes them.
macro_rules! message_columns {
    () => {
        "m.seq, m.visitor_seq, m.id, m.client_id, m.sender_kind, m.sender_id, m.sender_name, m.kind, m.body, \
         m.attachments, m.visitor_messages, m.created_ms"
    };
}
pub(crate) use message_columns;

/// The system has no row anywhere; this is its id inside the database.
const NO_ID: &str = "";
/// How the system signs.
const SYSTEM_NAME: &str = "Frontdesk";

statements! {
    ADD_MESSAGE = both(
        "INSERT INTO messages (conversation_id, seq, visitor_seq, id, client_id, sender_kind, sender_id, sender_name, \
         kind, body, visitor_messages, created_ms, attachments) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
         ON CONFLICT (conversation_id, sender_id, client_id) DO NOTHING",
    );
    POSTED_AS = both(concat!(
        "SELECT ", message_columns!(),
        " FROM messages m WHERE m.conversation_id = ?1 AND m.sender_id = ?2 AND m.client_id = ?3",
    ));
    JOIN = both(
        "INSERT INTO participants (conversation_id, person_id, kind, joined_seq, joined_visitor_seq, joined_ms) \
         VALUES (?1, ?2, 'agent', ?3, ?4, ?5) ON CONFLICT (conversation_id, person_id) DO UPDATE \
         SET joined_seq = excluded.joined_seq, joined_visitor_seq = excluded.joined_visitor_seq, \
         joined_ms = excluded.joined_ms \
         WHERE participants.joined_seq IS NULL",
    );
}

/// A message with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) said: Said,
    pub(crate) kind: MessageKind,
    pub(crate) seq: u64,
    pub(crate) visitor_seq: Option<u64>,
    /// How many the visitor had written with this one.
    pub(crate) visitor_messages: u64,
    pub(crate) at_ms: u64,
}

impl Stored {
    /// From `message_columns!`.
    pub(crate) fn from_row(row: &mut Row) -> Result<Stored, Refused> {
        Ok(Stored {
            seq: row.number(0),
            visitor_seq: row.maybe_number(1),
            said: Said {
                id: row.text(2),
                client_id: row.text(3),
                sender_type: sender_type(&row.text(4))?,
                sender_id: row.maybe_text(5).filter(|id| id != NO_ID),
                sender_name: row.text(6),
                text: row.text(8),
                attachments: files(row.maybe_text(9))?,
            },
            kind: message_kind(&row.text(7))?,
            visitor_messages: row.number(10),
            at_ms: row.number(11),
        })
    }

    /// As its visitor reads it; `None` for a note.
    pub(crate) fn for_visitor(&self, links: &Links) -> Option<ChatMessage> {
        Some(visitor_message(&self.said, self.visitor_seq?, self.at_ms, links))
    }

    /// As agents read it.
    pub(crate) fn for_agents(&self, links: &Links) -> AgentMessage {
        agent_message(&self.said, self.kind, self.seq, self.at_ms, links)
    }
}

/// What somebody wants to say.
struct Draft {
    text: String,
    client_id: Option<String>,
    kind: MessageKind,
    /// Ids of files.
    attachments: Vec<String>,
}

impl Draft {
    fn new(post: PostMessage) -> Result<Draft, Refused> {
        let attachments = attachment::ids(post.attachments)?;
        let may_be_empty = !attachments.is_empty();
        Ok(Draft {
            text: check::message_text(post.message, may_be_empty)?,
            attachments,
            client_id: check::client_id(post.client_id)?,
            kind: post.kind,
        })
    }
}

/// Who says it.
struct Sender<'a> {
    kind: SenderType,
    id: &'a str,
    name: &'a str,
}

impl Chat {
    /// Posts a message; `false`: it was a retry, nothing new was written and nobody is told again.
    pub async fn visitor_post(
        &self,
        visitor: &Visitor,
        conversation_id: &str,
        post: PostMessage,
        now_ms: u64,
    ) -> Answer<(ChatMessage, bool)> {
        let draft = Draft::new(post)?;
        if draft.kind == MessageKind::Note {
            return Err(Refusal::NotAllowed.because("kind: only agents write notes"));
        }
        let (visitor_id, id) = (visitor.id.clone(), conversation_id.to_owned());
        let links = self.links.clone();
        let post = move |tx: &mut Tx<'_>| {
            let mut conversation = access::of_visitor(tx, &visitor_id, &id, Purpose::Change)?;
            let name = conversation.visitor.name.clone();
            let sender = Sender { kind: SenderType::Visitor, id: &visitor_id, name: &name };
            let (stored, created) = add(tx, &mut conversation, &sender, &draft, now_ms)?;
            finish(tx, conversation, &stored, created)?;
            stored
                .for_visitor(&links)
                .map(|message| (message, created))
                .ok_or_else(|| Refusal::Internal.into())
        };
        self.db.write(post).await
    }

    /// Posts a message or note like [`Chat::visitor_post`]; an agent's first message makes them join.
    pub async fn agent_post(
        &self,
        agent: &Agent,
        conversation_id: &str,
        post: PostMessage,
        now_ms: u64,
    ) -> Answer<(AgentMessage, bool)> {
        let draft = Draft::new(post)?;
        let (agent_id, id) = (agent.id.clone(), conversation_id.to_owned());
        let links = self.links.clone();
        let post = move |tx: &mut Tx<'_>| {
            let (mut conversation, face) = access::of_agent(tx, &agent_id, &id, Purpose::Change)?;
            if draft.kind == MessageKind::Text {
                join(tx, &mut conversation, &face, now_ms)?;
            }
            let sender = Sender { kind: SenderType::Agent, id: &face.id, name: &face.name };
            let (stored, created) = add(tx, &mut conversation, &sender, &draft, now_ms)?;
            finish(tx, conversation, &stored, created)?;
            Ok((stored.for_agents(&links), created))
        };
        self.db.write(post).await
    }

    /// An agent enters the conversation; no more than once.
    pub async fn agent_join(&self, agent: &Agent, conversation_id: &str, now_ms: u64) -> Answer<()> {
        let (agent_id, id) = (agent.id.clone(), conversation_id.to_owned());
        let enter = move |tx: &mut Tx<'_>| {
            let (mut conversation, face) = access::of_agent(tx, &agent_id, &id, Purpose::Change)?;
            if join(tx, &mut conversation, &face, now_ms)? { conversation.save(tx) } else { Ok(()) }
        };
        self.db.write(enter).await
    }

    /// Posts in the system's own name (`frontdesk message send`).
    pub async fn system_post(&self, conversation_id: &str, text: String, now_ms: u64) -> Answer<ChatMessage> {
        let draft = Draft::new(PostMessage { message: text, ..PostMessage::default() })?;
        let (id, links) = (conversation_id.to_owned(), self.links.clone());
        let post = move |tx: &mut Tx<'_>| {
            let mut conversation = Conversation::lock(tx, &id)?.ok_or(Refusal::UnknownConversation)?;
            let sender = Sender { kind: SenderType::System, id: NO_ID, name: SYSTEM_NAME };
            let (stored, created) = add(tx, &mut conversation, &sender, &draft, now_ms)?;
            finish(tx, conversation, &stored, created)?;
            stored.for_visitor(&links).ok_or_else(|| Refusal::Internal.into())
        };
        self.db.write(post).await
    }
}

/// `true`: the agent was not in before.
fn join(
    tx: &mut Tx<'_>,
    conversation: &mut Conversation,
    face: &AgentFace,
    now_ms: u64,
) -> Result<bool, Refused> {
    if conversation.joins.iter().any(|join| join.agent.id == face.id) {
        return Ok(false);
    }
    conversation.record(FactBody::Shared(SharedBody::AgentJoined(face.clone())), now_ms);
    let Conversation { last_seq: seq, last_visitor_seq: visitor_seq, .. } = *conversation;
    tx.run(&JOIN, values![&conversation.id, &face.id, seq, visitor_seq, now_ms])?;
    conversation.joins.push(Join { agent: face.clone(), seq, visitor_seq, at_ms: now_ms });
    Ok(true)
}

/// Adds the row, and the fact to the conversation, unless this was said before.
fn add(
    tx: &mut Tx<'_>,
    conversation: &mut Conversation,
    sender: &Sender<'_>,
    draft: &Draft,
    now_ms: u64,
) -> Result<(Stored, bool), Refused> {
    let files = attachment::to_attach(tx, &conversation.id, (sender.kind, sender.id), &draft.attachments)?;
    let stored = next(conversation, sender, draft, files, now_ms);
    let Stored { said, kind, seq, visitor_seq, visitor_messages, .. } = &stored;
    let added = tx.run(
        &ADD_MESSAGE,
        values![
            &conversation.id,
            *seq,
            *visitor_seq,
            &said.id,
            &said.client_id,
            said.sender_type.as_str(),
            sender.id,
            &said.sender_name,
            kind_word(*kind),
            &said.text,
            *visitor_messages,
            now_ms,
            files_column(&said.attachments)?.as_ref()
        ],
    )?;
    if added == 0 {
        return Ok((said_before(tx, conversation, sender, &stored)?, false));
    }
    attachment::attach(tx, &said.id, &said.attachments)?;
    conversation.record(FactBody::said(*kind, said.clone()), now_ms);
    Ok((stored, true))
}

/// The message as it will stand if it is new.
fn next(
    conversation: &Conversation,
    sender: &Sender<'_>,
    draft: &Draft,
    attachments: Vec<File>,
    now_ms: u64,
) -> Stored {
    let id = secret::id("msg_", now_ms);
    Stored {
        said: Said {
            client_id: draft.client_id.clone().unwrap_or_else(|| id.clone()),
            id,
            sender_type: sender.kind,
            sender_id: Some(sender.id.to_owned()).filter(|id| id != NO_ID),
            sender_name: sender.name.to_owned(),
            text: draft.text.clone(),
            attachments,
        },
        kind: draft.kind,
        seq: conversation.last_seq + 1,
        visitor_seq: match draft.kind {
            MessageKind::Text => Some(conversation.last_visitor_seq + 1),
            MessageKind::Note => None,
        },
        visitor_messages: conversation.visitor_messages + u64::from(sender.kind == SenderType::Visitor),
        at_ms: now_ms,
    }
}

/// The message that was stored under the same client id; another text or other files are refused.
fn said_before(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    sender: &Sender<'_>,
    new: &Stored,
) -> Result<Stored, Refused> {
    let row = tx.one(&POSTED_AS, values![&conversation.id, sender.id, &new.said.client_id])?;
    let old = Stored::from_row(&mut row.ok_or(Refusal::Internal)?)?;
    let says_the_same = old.said.text == new.said.text && old.said.attachments == new.said.attachments;
    if says_the_same && old.kind == new.kind { Ok(old) } else { Err(Refusal::ClientIdReused.into()) }
}

/// As a message's files stand in its row: JSON, or NULL for none.
fn files_column(files: &[File]) -> Result<Option<String>, Refused> {
    let json = (!files.is_empty()).then(|| serde_json::to_string(files));
    json.transpose().map_err(|_| Refusal::Internal.into())
}

/// Back from [`files_column`].
fn files(column: Option<String>) -> Result<Vec<File>, Refused> {
    let files = column.map(|json| serde_json::from_str(&json)).transpose();
    files.map(Option::unwrap_or_default).map_err(|_| Refusal::Internal.into())
}

fn finish(
    tx: &mut Tx<'_>,
    mut conversation: Conversation,
    stored: &Stored,
    created: bool,
) -> Result<(), Refused> {
    if !created {
        return Ok(());
    }
    conversation.show_last(stored);
    conversation.save(tx)
}
