//! Posting: a message or note becomes a row and a fact, once, however often it is sent.
//! Knows nothing of pages and of how messages reach anybody.

use crate::access::{self, OnWidget, Purpose};
use crate::announce::{visitor_message, with_kind};
use crate::conversation::{Conversation, kind_word, message_kind, sender_type};
use crate::db::sql::{both, sqlite_only, statements};
use crate::db::{Row, Tx, json_list, values};
use crate::fact::{FactBody, Said};
use crate::links::Links;
use crate::people::{Agent, Visitor};
use crate::state;
use crate::{Answer, Chat, attachment, check, mail, participant, secret};
use wire::api::{PostMessage, RateConversation};
use wire::event::{
    AgentMessage, ChatMessage, MessageKind, Quote, Reaction, SenderType, Whereabouts, preview,
};
use wire::file::File;
use wire::time::rfc3339;
use wire::{Refusal, Refused};

/// Columns of a message, in the order [`Stored::from_row`] takes them.
macro_rules! message_columns {
    () => {
        "m.seq, m.visitor_seq, m.id, m.client_id, m.sender_kind, m.sender_id, m.sender_name, m.kind, m.body, \
         m.attachments, m.visitor_messages, m.created_ms, m.rating, m.mentions, m.edited_ms, m.deleted_ms, \
         q.id, q.sender_kind, q.sender_name, q.body, q.rating, q.attachments"
    };
}
pub(crate) use message_columns;

/// What these columns are selected from: the message `m`, and `q` that it answers to.
macro_rules! message_tables {
    () => {
        "messages m LEFT JOIN messages q ON q.id = m.reply_to"
    };
}

/// The system has no row anywhere; this is its id inside the database.
const NO_ID: &str = "";
/// How the system signs.
const SYSTEM_NAME: &str = "Frontdesk";

statements! {
    ADD_MESSAGE = both(
        "INSERT INTO messages (conversation_id, seq, visitor_seq, id, client_id, sender_kind, sender_id, sender_name, \
         kind, body, visitor_messages, created_ms, reply_to, rating, mentions, attachments) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
         ON CONFLICT (conversation_id, sender_id, client_id) DO NOTHING",
    );
    POSTED_AS = both(concat!(
        "SELECT ", message_columns!(), " FROM ", message_tables!(),
        " WHERE m.conversation_id = ?1 AND m.sender_id = ?2 AND m.client_id = ?3",
    ));
    FIND = both(concat!(
        "SELECT ", message_columns!(), " FROM ", message_tables!(), " WHERE m.id = ?2 AND m.conversation_id = ?1",
    ));
    INDEX = sqlite_only("INSERT INTO search_queue (ref_id) VALUES (?1)");
    ADD_MENTION = both("INSERT INTO mentions (agent_id, conversation_id, seq) VALUES (?1, ?2, ?3)");
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
    pub(crate) edited_ms: Option<u64>,
    pub(crate) deleted_ms: Option<u64>,
    /// Oldest first; pages fill them in.
    pub(crate) reactions: Vec<Reaction>,
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
                attachments: row.json_list(9)?,
                reply_to: quote(row, 16)?,
                rating: rating(row.maybe_number(12)),
                mentions: row.json_list(13)?,
            },
            kind: message_kind(&row.text(7))?,
            visitor_messages: row.number(10),
            at_ms: row.number(11),
            edited_ms: row.maybe_number(14),
            deleted_ms: row.maybe_number(15),
            reactions: Vec::new(),
        })
    }

    /// A message of this conversation, without its reactions, or [`Refusal::UnknownMessage`].
    pub(crate) fn find(tx: &mut Tx<'_>, conversation_id: &str, id: &str) -> Result<Stored, Refused> {
        let mut row = tx.one(&FIND, values![conversation_id, id])?.ok_or(Refusal::UnknownMessage)?;
        Stored::from_row(&mut row)
    }

    /// As its visitor reads it; `None` for a note.
    pub(crate) fn for_visitor(&self, links: &Links) -> Option<ChatMessage> {
        Some(self.as_it_is_now(self.visitor_seq?, links))
    }

    /// As agents read it.
    pub(crate) fn for_agents(&self, links: &Links) -> AgentMessage {
        with_kind(self.as_it_is_now(self.seq, links), self.kind, &self.said)
    }

    /// With what became of it since it was written; `seq` in the reader's counter.
    fn as_it_is_now(&self, seq: u64, links: &Links) -> ChatMessage {
        ChatMessage {
            edited_at: self.edited_ms.map(rfc3339),
            deleted_at: self.deleted_ms.map(rfc3339),
            reactions: self.reactions.clone(),
            ..visitor_message(&self.said, seq, self.at_ms, links)
        }
    }

    /// As another message quotes it.
    fn quote(&self) -> Quote {
        Quote {
            id: self.said.id.clone(),
            sender_type: self.said.sender_type,
            sender_name: self.said.sender_name.clone(),
            text: preview_of(&self.said),
        }
    }
}

/// What a list or a quote shows of a message.
pub(crate) fn preview_of(said: &Said) -> String {
    preview(&said.text, said.rating, said.attachments.first().map(|file| file.name.as_str()))
}

/// The quoted message, from `column` on.
fn quote(row: &mut Row, column: usize) -> Result<Option<Quote>, Refused> {
    let Some(id) = row.maybe_text(column) else { return Ok(None) };
    let (sender_name, text) = (row.text(column + 2), row.text(column + 3));
    let files: Vec<File> = row.json_list(column + 5)?;
    let first = files.first().map(|file| file.name.as_str());
    let text = preview(&text, rating(row.maybe_number(column + 4)), first);
    Ok(Some(Quote { id, sender_type: sender_type(&row.text(column + 1))?, sender_name, text }))
}

fn rating(score: Option<u64>) -> Option<u8> {
    score.and_then(|score| u8::try_from(score).ok())
}

/// What somebody wants to say.
struct Draft {
    text: String,
    client_id: Option<String>,
    kind: MessageKind,
    reply_to: Option<String>,
    rating: Option<u8>,
    mentions: Vec<String>,
    /// Ids of files.
    attachments: Vec<String>,
    here: Option<Whereabouts>,
}

impl Draft {
    fn new(post: PostMessage) -> Result<Draft, Refused> {
        if post.kind == MessageKind::Text && !post.mentions.is_empty() {
            return Err(Refusal::InvalidField.because("mentions: only a note calls colleagues"));
        }
        check::mention_count(post.mentions.len())?;
        let attachments = attachment::ids(post.attachments)?;
        let may_be_empty = !attachments.is_empty();
        Ok(Draft {
            attachments,
            kind: post.kind,
            reply_to: post.reply_to,
            mentions: post.mentions,
            here: post.here,
            client_id: check::client_id(post.client_id)?,
            ..Draft::text(check::message_text(post.message, may_be_empty)?)
        })
    }

    fn text(text: String) -> Draft {
        Draft {
            text,
            client_id: None,
            kind: MessageKind::Text,
            reply_to: None,
            rating: None,
            mentions: Vec::new(),
            attachments: Vec::new(),
            here: None,
        }
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
        self.post_by_visitor(visitor, conversation_id, draft, now_ms).await
    }

    /// The visitor rates the conversation: a message with a score.
    pub async fn visitor_rate(
        &self,
        visitor: &Visitor,
        conversation_id: &str,
        request: RateConversation,
        now_ms: u64,
    ) -> Answer<(ChatMessage, bool)> {
        let draft = Draft {
            rating: Some(check::score(request.score)?),
            client_id: check::client_id(request.client_id)?,
            ..Draft::text(check::message_text(request.comment.unwrap_or_default(), true)?)
        };
        self.post_by_visitor(visitor, conversation_id, draft, now_ms).await
    }

    async fn post_by_visitor(
        &self,
        visitor: &Visitor,
        conversation_id: &str,
        draft: Draft,
        now_ms: u64,
    ) -> Answer<(ChatMessage, bool)> {
        let (visitor_id, id) = (visitor.id.clone(), conversation_id.to_owned());
        let links = self.links.clone();
        let post = move |tx: &mut Tx<'_>| {
            let mut conversation = access::of_visitor(tx, &visitor_id, &id, Purpose::Change)?;
            let name = conversation.visitor.name.clone();
            let sender = Sender { kind: SenderType::Visitor, id: &visitor_id, name: &name };
            let (stored, created) = add(tx, &mut conversation, &sender, &draft, now_ms)?;
            if created {
                // Whoever writes wants somebody to look; whoever rates is done.
                state::visitor_wrote(&mut conversation, draft.here.as_ref(), draft.rating.is_none(), now_ms);
            }
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
        let mail_after_ms = self.mail_after_ms.get().copied();
        let post = move |tx: &mut Tx<'_>| {
            let (mut conversation, OnWidget { face, .. }) =
                access::of_agent(tx, &agent_id, &id, Purpose::Change)?;
            if draft.kind == MessageKind::Text {
                participant::join(tx, &mut conversation, &face, now_ms)?;
            }
            let sender = Sender { kind: SenderType::Agent, id: &face.id, name: &face.name };
            let (stored, created) = add(tx, &mut conversation, &sender, &draft, now_ms)?;
            if let Some(after_ms) = mail_after_ms.filter(|_| created && draft.kind == MessageKind::Text) {
                mail::wait(tx, &conversation, after_ms, now_ms)?;
            }
            finish(tx, conversation, &stored, created)?;
            Ok((stored.for_agents(&links), created))
        };
        self.db.write(post).await
    }

    /// Posts in the system's own name (`frontdesk message send`).
    pub async fn system_post(&self, conversation_id: &str, text: String, now_ms: u64) -> Answer<ChatMessage> {
        let draft = Draft::text(check::message_text(text, false)?);
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

/// Adds the row, and the fact to the conversation, unless this was said before.
fn add(
    tx: &mut Tx<'_>,
    conversation: &mut Conversation,
    sender: &Sender<'_>,
    draft: &Draft,
    now_ms: u64,
) -> Result<(Stored, bool), Refused> {
    let now_ms = conversation.no_earlier(now_ms);
    let quote = draft.reply_to.as_deref().map(|id| quoted(tx, conversation, id, draft.kind)).transpose()?;
    let files = attachment::to_attach(tx, &conversation.id, (sender.kind, sender.id), &draft.attachments);
    let (files, gone) = match files {
        Ok(files) => (files, None),
        // Those of a message that was taken back are gone, and its retry is one all the same.
        Err(gone) => (Vec::new(), Some(gone)),
    };
    let stored = next(conversation, sender, draft, (quote, files), now_ms);
    if let Some(gone) = gone {
        return taken_back(tx, conversation, sender, &stored)?.map(|old| (old, false)).ok_or(gone);
    }
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
            said.reply_to.as_ref().map(|quote| quote.id.as_str()),
            said.rating.map(u64::from),
            json_list(&said.mentions)?.as_ref(),
            json_list(&said.attachments)?.as_ref()
        ],
    )?;
    if added == 0 {
        return Ok((said_before(tx, conversation, sender, &stored)?, false));
    }
    tx.run_on_sqlite(&INDEX, values![&said.id])?;
    attachment::attach(tx, &said.id, &said.attachments)?;
    call(tx, conversation, &stored)?;
    conversation.record(FactBody::of(*kind, said.clone()), now_ms);
    Ok((stored, true))
}

/// What the new message answers to. A text cannot quote a note: the visitor would read it.
fn quoted(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    id: &str,
    kind: MessageKind,
) -> Result<Quote, Refused> {
    let quoted = Stored::find(tx, &conversation.id, id)?;
    if kind == MessageKind::Text && quoted.visitor_seq.is_none() {
        return Err(Refusal::UnknownMessage.into());
    }
    Ok(quoted.quote())
}

/// Notes down whom a new note calls; each must be able to read it.
fn call(tx: &mut Tx<'_>, conversation: &Conversation, note: &Stored) -> Result<(), Refused> {
    for id in &note.said.mentions {
        if access::on_widget(tx, id, &conversation.widget_id)?.is_none() {
            return Err(
                Refusal::InvalidField.because("mentions names somebody who does not answer on this widget")
            );
        }
        tx.run(&ADD_MENTION, values![id, &conversation.id, note.seq])?;
    }
    Ok(())
}

/// The message as it will stand if it is new.
fn next(
    conversation: &Conversation,
    sender: &Sender<'_>,
    draft: &Draft,
    (reply_to, attachments): (Option<Quote>, Vec<File>),
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
            reply_to,
            rating: draft.rating,
            mentions: draft.mentions.clone(),
        },
        kind: draft.kind,
        seq: conversation.last_seq + 1,
        visitor_seq: match draft.kind {
            MessageKind::Text => Some(conversation.last_visitor_seq + 1),
            MessageKind::Note => None,
        },
        visitor_messages: conversation.visitor_messages + u64::from(sender.kind == SenderType::Visitor),
        at_ms: now_ms,
        edited_ms: None,
        deleted_ms: None,
        reactions: Vec::new(),
    }
}

/// What was stored under the client id of `new`.
fn posted_as(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    sender: &Sender<'_>,
    new: &Stored,
) -> Result<Option<Stored>, Refused> {
    let row = tx.one(&POSTED_AS, values![&conversation.id, sender.id, &new.said.client_id])?;
    row.map(|mut row| Stored::from_row(&mut row)).transpose()
}

/// The message whose retry `new` is, if it was taken back; its files cannot be compared any more.
fn taken_back(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    sender: &Sender<'_>,
    new: &Stored,
) -> Result<Option<Stored>, Refused> {
    let old = posted_as(tx, conversation, sender, new)?;
    Ok(old.filter(|old| old.deleted_ms.is_some() && old.kind == new.kind))
}

/// The message that was stored under the same client id; another text or other files are refused.
fn said_before(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    sender: &Sender<'_>,
    new: &Stored,
) -> Result<Stored, Refused> {
    let old = posted_as(tx, conversation, sender, new)?.ok_or(Refusal::Internal)?;
    // What was changed since cannot be compared, and is no reason to lose the retry.
    let changed = old.edited_ms.is_some() || old.deleted_ms.is_some();
    let says_the_same = old.said.text == new.said.text && old.said.attachments == new.said.attachments;
    if (changed || says_the_same) && old.kind == new.kind && old.said.rating == new.said.rating {
        Ok(old)
    } else {
        Err(Refusal::ClientIdReused.into())
    }
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
