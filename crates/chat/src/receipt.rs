//! How far messages have come to visitors and agents: delivered and read, cursors that only move
//! forward, in both counters, one of each for all devices of a person.
//! Knows nothing of unread badges; those follow from the cursors.

use crate::access::{self, Purpose};
use crate::conversation::{Conversation, sender_type};
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::fact::{FactBody, Further, InnerBody, Place, SharedBody, SplitBody};
use crate::people::{Agent, Visitor};
use crate::{Answer, Chat, alert, mail};
use wire::event::{Receipt, SenderType};
use wire::{Refusal, Refused};

statements! {
    MESSAGE = both(
        "SELECT id, seq, visitor_seq, visitor_messages FROM messages WHERE id = ?2 AND conversation_id = ?1",
    );
    TEXT_BEFORE = both(
        "SELECT m.id, m.seq, m.visitor_seq, m.visitor_messages FROM facts f JOIN messages m ON m.id = f.message_id \
         WHERE f.conversation_id = ?1 AND f.seq < ?2 AND f.visitor_seq IS NOT NULL ORDER BY f.seq DESC LIMIT 1",
    );
    CURSOR = both(
        "SELECT delivered_seq, delivered_visitor_seq, read_seq, read_visitor_seq, read_message_id, \
         read_visitor_message_id, read_visitor_messages FROM participants \
         WHERE conversation_id = ?1 AND person_id = ?2",
    );
    MOVE_CURSOR = both(
        "INSERT INTO participants (conversation_id, person_id, kind, delivered_seq, delivered_visitor_seq, read_seq, \
         read_visitor_seq, read_message_id, read_visitor_message_id, read_visitor_messages, read_since_seq, \
         read_visitor_since_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
         ON CONFLICT (conversation_id, person_id) DO UPDATE SET delivered_seq = excluded.delivered_seq, \
         delivered_visitor_seq = excluded.delivered_visitor_seq, read_seq = excluded.read_seq, \
         read_visitor_seq = excluded.read_visitor_seq, read_message_id = excluded.read_message_id, \
         read_visitor_message_id = excluded.read_visitor_message_id, \
         read_visitor_messages = excluded.read_visitor_messages, \
         read_since_seq = COALESCE(participants.read_since_seq, excluded.read_since_seq), \
         read_visitor_since_seq = COALESCE(participants.read_visitor_since_seq, excluded.read_visitor_since_seq)",
    );
    RECEIPTS_FOR_VISITOR = both(
        "SELECT kind, person_id, read_visitor_message_id, read_visitor_seq, delivered_visitor_seq FROM participants \
         WHERE conversation_id = ?1 AND read_visitor_since_seq IS NOT NULL ORDER BY read_visitor_since_seq",
    );
    RECEIPTS_FOR_AGENTS = both(
        "SELECT kind, person_id, read_message_id, read_seq, delivered_seq FROM participants \
         WHERE conversation_id = ?1 AND read_since_seq IS NOT NULL ORDER BY read_since_seq",
    );
}

/// A message as a place to have come to.
#[derive(Clone)]
struct Message {
    id: String,
    at: Place,
    is_note: bool,
    visitor_messages: u64,
}

/// How far messages have come to somebody.
#[derive(Default)]
struct Cursor {
    delivered: Place,
    read: Place,
    read_message_id: Option<String>,
    read_visitor_message_id: Option<String>,
    read_visitor_messages: u64,
}

/// Who reads.
struct Reader<'a> {
    kind: SenderType,
    id: &'a str,
    /// Does the visitor learn of it? That a viewer looked is no sign that somebody will answer.
    is_told: bool,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// A device of theirs has it.
    Delivered,
    /// They have seen it.
    Read,
}

impl Chat {
    /// Messages up to this one have reached the visitor. An older one than before changes nothing.
    pub async fn visitor_reached(
        &self,
        visitor: &Visitor,
        conversation_id: &str,
        message_id: &str,
        reached: Reached,
        now_ms: u64,
    ) -> Answer<()> {
        let (visitor_id, id, message_id) =
            (visitor.id.clone(), conversation_id.to_owned(), message_id.to_owned());
        let advance = move |tx: &mut Tx<'_>| {
            let conversation = access::of_visitor(tx, &visitor_id, &id, Purpose::Change)?;
            // For the visitor there are no notes.
            let to =
                message(tx, &id, &message_id)?.filter(|to| !to.is_note).ok_or(Refusal::UnknownMessage)?;
            let reader = Reader { kind: SenderType::Visitor, id: &visitor_id, is_told: true };
            advance(tx, conversation, &reader, &to, reached, now_ms)
        };
        self.db.write(advance).await
    }

    /// Messages and notes up to this one have reached the agent. An older one than before changes nothing.
    pub async fn agent_reached(
        &self,
        agent: &Agent,
        conversation_id: &str,
        message_id: &str,
        reached: Reached,
        now_ms: u64,
    ) -> Answer<()> {
        let (agent_id, id, message_id) =
            (agent.id.clone(), conversation_id.to_owned(), message_id.to_owned());
        let advance = move |tx: &mut Tx<'_>| {
            let (conversation, on) = access::of_agent(tx, &agent_id, &id, Purpose::Mark)?;
            let to = message(tx, &id, &message_id)?.ok_or(Refusal::UnknownMessage)?;
            let is_told = on.role.answers();
            let reader = Reader { kind: SenderType::Agent, id: &agent_id, is_told };
            if is_told && reached == Reached::Read && to.visitor_messages >= conversation.visitor_messages {
                alert::read(tx, &id, now_ms)?;
            }
            advance(tx, conversation, &reader, &to, reached, now_ms)
        };
        self.db.write(advance).await
    }
}

/// Everybody's cursor as the visitor may know it, in the order of first reading.
pub(crate) fn for_visitor(tx: &mut Tx<'_>, conversation_id: &str) -> Result<Vec<Receipt>, Refused> {
    receipts(tx.all(&RECEIPTS_FOR_VISITOR, values![conversation_id])?)
}

/// Everybody's cursor, in the order of first reading.
pub(crate) fn for_agents(tx: &mut Tx<'_>, conversation_id: &str) -> Result<Vec<Receipt>, Refused> {
    receipts(tx.all(&RECEIPTS_FOR_AGENTS, values![conversation_id])?)
}

fn receipts(rows: Vec<crate::db::Row>) -> Result<Vec<Receipt>, Refused> {
    let receipt = |mut row: crate::db::Row| {
        Ok(Receipt {
            reader_type: sender_type(&row.text(0))?,
            reader_id: row.text(1),
            message_id: row.maybe_text(2),
            read_seq: row.number(3),
            delivered_seq: row.number(4),
        })
    };
    rows.into_iter().map(receipt).collect()
}

fn message(tx: &mut Tx<'_>, conversation_id: &str, message_id: &str) -> Result<Option<Message>, Refused> {
    Ok(tx.one(&MESSAGE, values![conversation_id, message_id])?.map(to_message))
}

fn to_message(mut row: crate::db::Row) -> Message {
    let visitor_seq = row.maybe_number(2);
    Message {
        id: row.text(0),
        at: Place { seq: row.number(1), visitor_seq: visitor_seq.unwrap_or(0) },
        is_note: visitor_seq.is_none(),
        visitor_messages: row.number(3),
    }
}

fn cursor(tx: &mut Tx<'_>, conversation_id: &str, reader_id: &str) -> Result<Cursor, Refused> {
    let found = tx.one(&CURSOR, values![conversation_id, reader_id])?.map(|mut row| Cursor {
        delivered: Place { seq: row.number(0), visitor_seq: row.number(1) },
        read: Place { seq: row.number(2), visitor_seq: row.number(3) },
        read_message_id: row.maybe_text(4),
        read_visitor_message_id: row.maybe_text(5),
        read_visitor_messages: row.number(6),
    });
    Ok(found.unwrap_or_default())
}

/// Moves a cursor forward and records the fact; backwards or nowhere: nothing.
fn advance(
    tx: &mut Tx<'_>,
    mut conversation: Conversation,
    reader: &Reader<'_>,
    to: &Message,
    reached: Reached,
    now_ms: u64,
) -> Result<(), Refused> {
    let before = cursor(tx, &conversation.id, reader.id)?;
    let from = if reached == Reached::Read { &before.read } else { &before.delivered };
    if to.at.seq <= from.seq {
        return Ok(());
    }
    // What the visitor may know: the message itself, or the last text before a note.
    let shown = match to.is_note {
        _ if !reader.is_told => None,
        false => Some(to.clone()),
        true => tx.one(&TEXT_BEFORE, values![&conversation.id, to.at.seq])?.map(to_message),
    };
    let after = before.moved(to, shown.as_ref(), reached);
    let shown = (after.delivered.visitor_seq, after.read.visitor_seq)
        != (before.delivered.visitor_seq, before.read.visitor_seq);
    conversation.record(fact(reader, &after, to, shown), now_ms);
    let shown_since = shown.then_some(conversation.last_visitor_seq);
    tx.run(
        &MOVE_CURSOR,
        values![
            &conversation.id,
            reader.id,
            reader.kind.as_str(),
            after.delivered.seq,
            after.delivered.visitor_seq,
            after.read.seq,
            after.read.visitor_seq,
            after.read_message_id.as_ref(),
            after.read_visitor_message_id.as_ref(),
            after.read_visitor_messages,
            conversation.last_seq,
            shown_since
        ],
    )?;
    if reader.kind == SenderType::Visitor && reached == Reached::Read {
        mail::seen(tx, &conversation.id, after.read.visitor_seq)?;
    }
    conversation.save(tx)
}

impl Cursor {
    /// After `to` arrived, of which the visitor may know `shown`. Who has read a message has it.
    fn moved(&self, to: &Message, shown: Option<&Message>, reached: Reached) -> Cursor {
        let shown_seq = shown.map_or(0, |message| message.at.visitor_seq);
        let further = |place: &Place| Place {
            seq: place.seq.max(to.at.seq),
            visitor_seq: place.visitor_seq.max(shown_seq),
        };
        let mut after = Cursor {
            delivered: further(&self.delivered),
            read: self.read.clone(),
            read_message_id: self.read_message_id.clone(),
            read_visitor_message_id: self.read_visitor_message_id.clone(),
            read_visitor_messages: self.read_visitor_messages,
        };
        if reached == Reached::Read {
            after.read = further(&self.read);
            after.read_message_id = Some(to.id.clone());
            after.read_visitor_messages = to.visitor_messages;
            if let Some(shown) = shown.filter(|shown| shown.at.visitor_seq > self.read.visitor_seq) {
                after.read_visitor_message_id = Some(shown.id.clone());
            }
        }
        after
    }
}

/// `shown`: the visitor learns of it.
fn fact(reader: &Reader<'_>, after: &Cursor, to: &Message, shown: bool) -> FactBody {
    let further = |read_message_id: &Option<String>| Further {
        reader_type: reader.kind,
        reader_id: reader.id.to_owned(),
        delivered: after.delivered.clone(),
        read: after.read.clone(),
        read_message_id: read_message_id.clone(),
    };
    let inner = further(&after.read_message_id);
    if !shown {
        return FactBody::Inner(InnerBody::Receipt(inner));
    }
    // The places hold both counters; only which message was read may differ.
    if !to.is_note && after.read_message_id == after.read_visitor_message_id {
        return FactBody::Shared(SharedBody::Receipt(inner));
    }
    let shared = further(&after.read_visitor_message_id);
    FactBody::Split(SplitBody::Receipt { shared, inner })
}
