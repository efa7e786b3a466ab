//! How far visitors and agents have read: cursors that only move forward, in both counters.
//! Knows nothing of unread badges; those follow from the cursors.

use crate::access::{self, Purpose};
use crate::conversation::{Conversation, sender_type};
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::fact::{FactBody, InnerBody, ReadFurther, SharedBody};
use crate::people::{Agent, Visitor};
use crate::{Answer, Chat};
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
        "SELECT read_seq, read_visitor_seq, read_visitor_message_id FROM participants \
         WHERE conversation_id = ?1 AND person_id = ?2",
    );
    MOVE_CURSOR = both(
        "INSERT INTO participants (conversation_id, person_id, kind, read_message_id, read_seq, read_since_seq, \
         read_visitor_message_id, read_visitor_seq, read_visitor_since_seq, read_visitor_messages) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
         ON CONFLICT (conversation_id, person_id) DO UPDATE SET read_message_id = excluded.read_message_id, \
         read_seq = excluded.read_seq, \
         read_since_seq = COALESCE(participants.read_since_seq, excluded.read_since_seq), \
         read_visitor_message_id = excluded.read_visitor_message_id, \
         read_visitor_seq = excluded.read_visitor_seq, \
         read_visitor_since_seq = COALESCE(participants.read_visitor_since_seq, excluded.read_visitor_since_seq), \
         read_visitor_messages = excluded.read_visitor_messages",
    );
    RECEIPTS_FOR_VISITOR = both(
        "SELECT kind, person_id, read_visitor_message_id, read_visitor_seq FROM participants \
         WHERE conversation_id = ?1 AND read_visitor_since_seq IS NOT NULL ORDER BY read_visitor_since_seq",
    );
    RECEIPTS_FOR_AGENTS = both(
        "SELECT kind, person_id, read_message_id, read_seq FROM participants \
         WHERE conversation_id = ?1 AND read_since_seq IS NOT NULL ORDER BY read_since_seq",
    );
}

/// A message as a place to have read up to.
struct Place {
    message_id: String,
    seq: u64,
    visitor_seq: Option<u64>,
    visitor_messages: u64,
}

/// How far somebody had read before.
#[derive(Default)]
struct Cursor {
    seq: u64,
    visitor_seq: u64,
    visitor_message_id: Option<String>,
}

/// Who reads.
struct Reader<'a> {
    kind: SenderType,
    id: &'a str,
}

impl Chat {
    /// The visitor has read up to this message. An older one than before changes nothing.
    pub async fn visitor_read(
        &self,
        visitor: &Visitor,
        conversation_id: &str,
        message_id: &str,
        now_ms: u64,
    ) -> Answer<()> {
        let (visitor_id, id, message_id) =
            (visitor.id.clone(), conversation_id.to_owned(), message_id.to_owned());
        let read = move |tx: &mut Tx<'_>| {
            let conversation = access::of_visitor(tx, &visitor_id, &id, Purpose::Change)?;
            let place = place(tx, &id, &message_id)?;
            // For the visitor there are no notes.
            let place = place.filter(|place| place.visitor_seq.is_some()).ok_or(Refusal::UnknownMessage)?;
            advance(tx, conversation, &Reader { kind: SenderType::Visitor, id: &visitor_id }, &place, now_ms)
        };
        self.db.write(read).await
    }

    /// The agent has read up to this message or note. An older one than before changes nothing.
    pub async fn agent_read(
        &self,
        agent: &Agent,
        conversation_id: &str,
        message_id: &str,
        now_ms: u64,
    ) -> Answer<()> {
        let (agent_id, id, message_id) =
            (agent.id.clone(), conversation_id.to_owned(), message_id.to_owned());
        let read = move |tx: &mut Tx<'_>| {
            let (conversation, _) = access::of_agent(tx, &agent_id, &id, Purpose::Change)?;
            let place = place(tx, &id, &message_id)?.ok_or(Refusal::UnknownMessage)?;
            advance(tx, conversation, &Reader { kind: SenderType::Agent, id: &agent_id }, &place, now_ms)
        };
        self.db.write(read).await
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
            message_id: row.text(2),
            read_seq: row.number(3),
        })
    };
    rows.into_iter().map(receipt).collect()
}

fn place(tx: &mut Tx<'_>, conversation_id: &str, message_id: &str) -> Result<Option<Place>, Refused> {
    Ok(tx.one(&MESSAGE, values![conversation_id, message_id])?.map(to_place))
}

fn to_place(mut row: crate::db::Row) -> Place {
    Place {
        message_id: row.text(0),
        seq: row.number(1),
        visitor_seq: row.maybe_number(2),
        visitor_messages: row.number(3),
    }
}

/// Moves a cursor forward and records the fact; backwards or nowhere: nothing.
fn advance(
    tx: &mut Tx<'_>,
    mut conversation: Conversation,
    reader: &Reader<'_>,
    to: &Place,
    now_ms: u64,
) -> Result<(), Refused> {
    let cursor = tx.one(&CURSOR, values![&conversation.id, reader.id])?.map(|mut row| Cursor {
        seq: row.number(0),
        visitor_seq: row.number(1),
        visitor_message_id: row.maybe_text(2),
    });
    let cursor = cursor.unwrap_or_default();
    if to.seq <= cursor.seq {
        return Ok(());
    }
    // What the visitor may know: the message itself, or the last text before a note.
    let before = match to.visitor_seq {
        Some(_) => None,
        None => tx.one(&TEXT_BEFORE, values![&conversation.id, to.seq])?.map(to_place),
    };
    let shown = before.as_ref().or(to.visitor_seq.map(|_| to));
    let shown = shown.filter(|place| place.visitor_seq > Some(cursor.visitor_seq));
    conversation.record(fact(reader, to, shown), now_ms);
    let shown_since = shown.map(|_| conversation.last_visitor_seq);
    let visitor_message = shown.map(|place| &place.message_id).or(cursor.visitor_message_id.as_ref());
    let visitor_seq = shown.and_then(|place| place.visitor_seq).unwrap_or(cursor.visitor_seq);
    tx.run(
        &MOVE_CURSOR,
        values![
            &conversation.id,
            reader.id,
            reader.kind.as_str(),
            &to.message_id,
            to.seq,
            conversation.last_seq,
            visitor_message,
            visitor_seq,
            shown_since,
            to.visitor_messages
        ],
    )?;
    conversation.save(tx)
}

fn fact(reader: &Reader<'_>, to: &Place, shown: Option<&Place>) -> FactBody {
    let read = |place: &Place| ReadFurther {
        reader_type: reader.kind,
        reader_id: reader.id.to_owned(),
        message_id: place.message_id.clone(),
        seq: place.seq,
        visitor_seq: place.visitor_seq,
    };
    match shown {
        Some(shown) if shown.seq == to.seq => FactBody::Shared(SharedBody::Receipt(read(to))),
        Some(shown) => {
            FactBody::Split { shared: SharedBody::Receipt(read(shown)), inner: InnerBody::Receipt(read(to)) }
        }
        None => FactBody::Inner(InnerBody::Receipt(read(to))),
    }
}
