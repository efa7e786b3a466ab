//! How old facts leave the log that nobody reads again: those that wrote no message and are no line between
//! messages. Decides which, and from where on a conversation's log is whole; knows nothing of when to ask.
//!
//! It goes once through the log, in the order of the feed, and remembers how far it came. What a fact
//! brought about stands in tables of its own: receipts, joinings, reactions, texts.

use crate::conversation::Conversation;
use crate::db::sql::{both, each, postgres_only, statements};
use crate::db::{Row, Tx, values};
use crate::{Answer, Chat, fact};
use std::collections::BTreeMap;
use wire::Refused;

statements! {
    LOCK = postgres_only("SELECT trimmed_position FROM feed FOR UPDATE");
    TRIMMED = both("SELECT trimmed_writer, trimmed_position FROM feed");
    NEXT = each(
        "SELECT 0, q.position, f.at_ms, f.kind, f.conversation_id, f.seq, f.visitor_seq \
         FROM (SELECT position, conversation_id, seq FROM feed_facts WHERE position > ?2 AND ?1 >= 0 \
               ORDER BY position LIMIT ?3) q \
         JOIN facts f ON f.conversation_id = q.conversation_id AND f.seq = q.seq ORDER BY q.position",
        "SELECT writer, position, at_ms, kind, conversation_id, seq, visitor_seq FROM facts \
         WHERE (writer, position) > (?1, ?2) \
         AND writer < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY writer, position LIMIT ?3",
    );
    REMOVE = both("DELETE FROM facts WHERE conversation_id = ?1 AND seq = ?2");
    GO_ON = both("UPDATE feed SET trimmed_writer = ?1, trimmed_position = ?2");
    LOG_FROM = both(
        "UPDATE conversations SET log_from_seq = ?2, log_from_visitor_seq = ?3 WHERE id = ?1",
    );
}

/// What the pages of a conversation are made of; for them it stays however old it is.
const KEPT: [&str; 5] = ["message", "note", "agent.left", "conversation.updated", fact::TRACKED];

/// An old fact, by where it stands.
struct Old {
    place: (u64, u64),
    at_ms: u64,
    kind: String,
    conversation_id: String,
    seq: u64,
    visitor_seq: Option<u64>,
}

impl Chat {
    /// Looks at the next `most` facts of the log and deletes those that are older than this and that no page
    /// needs, in one transaction; `false`: nothing as old is left to look at. Whoever has a cursor from before
    /// a deleted fact is told [`wire::Refusal::StartOver`].
    pub async fn trim_log(&self, older_than_ms: u64, most: usize) -> Answer<bool> {
        let waits = move |tx: &mut Tx<'_>| Ok(!next(tx, older_than_ms, 1)?.is_empty());
        // Most often there is nothing, and no commit.
        if !self.db.read(waits).await? {
            return Ok(false);
        }
        self.db.write(move |tx| trim(tx, older_than_ms, most)).await
    }
}

fn trim(tx: &mut Tx<'_>, older_than_ms: u64, most: usize) -> Result<bool, Refused> {
    // One server at a time, and each before the conversations.
    tx.lock(&LOCK, &[])?;
    let found = next(tx, older_than_ms, most)?;
    let Some(last) = found.last() else { return Ok(false) };
    let (place, more) = (last.place, found.len() == most);
    // By conversation, in one order, so that nobody who changes several waits for this one.
    let mut by_conversation: BTreeMap<&str, Vec<&Old>> = BTreeMap::new();
    for old in found.iter().filter(|old| !KEPT.contains(&&*old.kind)) {
        by_conversation.entry(&old.conversation_id).or_default().push(old);
    }
    for (id, facts) in by_conversation {
        forget(tx, id, &facts)?;
    }
    tx.run(&GO_ON, values![place.0, place.1])?;
    Ok(more)
}

/// The log is whole from behind the last of them.
fn forget(tx: &mut Tx<'_>, id: &str, facts: &[&Old]) -> Result<(), Refused> {
    let Some(conversation) = Conversation::lock(tx, id)? else { return Ok(()) };
    let mut log_from = conversation.log_from;
    for old in facts {
        tx.run(&REMOVE, values![id, old.seq])?;
        log_from.0 = log_from.0.max(old.seq);
        log_from.1 = log_from.1.max(old.visitor_seq.unwrap_or(0));
    }
    tx.run(&LOG_FROM, values![id, log_from.0, log_from.1]).map(|_| ())
}

/// What comes next in the feed, up to the first fact that is young.
fn next(tx: &mut Tx<'_>, older_than_ms: u64, most: usize) -> Result<Vec<Old>, Refused> {
    let place = tx.one(&TRIMMED, &[])?.map_or((0, 0), |mut row| (row.number(0), row.number(1)));
    let rows = tx.all(&NEXT, values![place.0, place.1, most])?;
    Ok(rows.into_iter().map(old).take_while(|old| old.at_ms < older_than_ms).collect())
}

fn old(mut row: Row) -> Old {
    Old {
        place: (row.number(0), row.number(1)),
        at_ms: row.number(2),
        kind: row.text(3),
        conversation_id: row.text(4),
        seq: row.number(5),
        visitor_seq: row.maybe_number(6),
    }
}
