//! The agents' list of conversations, newest message first. Knows nothing of what is in a
//! conversation.

use crate::access;
use crate::conversation::{
    CONVERSATION_COLUMNS, Conversation, JOIN_COLUMNS, Join, conversation_columns, conversation_tables,
    join_columns,
};
use crate::cursor::Cursor;
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::page::items;
use crate::people::Agent;
use crate::{Answer, Chat};
use std::collections::HashMap;
use wire::Refused;
use wire::api::{InboxReply, InboxRow, Role};

statements! {
    LIST = both(concat!(
        "SELECT ", conversation_columns!(), ", COALESCE(p.read_visitor_messages, 0) FROM ", conversation_tables!(),
        " LEFT JOIN participants p ON p.conversation_id = c.id AND p.person_id = ?1 WHERE c.last_message_ms IS NOT NULL AND (c.last_message_ms, c.id) < (?2, ?3) \
         AND (?4 = 1 OR c.widget_id IN (SELECT widget_id FROM widget_members WHERE agent_id = ?1)) \
         ORDER BY c.last_message_ms DESC, c.id DESC LIMIT ?5",
    ));
    JOINS_BETWEEN = both(concat!(
        "SELECT ", join_columns!(), ", p.conversation_id FROM conversations c \
         JOIN participants p ON p.conversation_id = c.id AND p.joined_seq IS NOT NULL \
         JOIN agents a ON a.id = p.person_id \
         WHERE c.last_message_ms IS NOT NULL AND (c.last_message_ms, c.id) <= (?1, ?2) \
         AND (c.last_message_ms, c.id) >= (?3, ?4) ORDER BY p.joined_seq",
    ));
}

impl Chat {
    /// Conversations with at least one message, on the widgets this agent answers on.
    pub async fn inbox(
        &self,
        agent: &Agent,
        before: Option<&str>,
        limit: Option<usize>,
    ) -> Answer<InboxReply> {
        let before = Cursor::parse(before)?;
        let (agent_id, items) = (agent.id.clone(), items(limit));
        self.db.read(move |tx| list(tx, &agent_id, &before, items)).await
    }
}

fn list(tx: &mut Tx<'_>, agent_id: &str, before: &Cursor, items: usize) -> Result<InboxReply, Refused> {
    let owner = access::role_of(tx, agent_id)? == Role::Owner;
    let rows = tx.all(&LIST, values![agent_id, before.at_ms, &before.id, owner, items + 1])?;
    let more = rows.len() > items;
    let mut found = Vec::new();
    for mut row in rows.into_iter().take(items) {
        let read_visitor_messages = row.number(CONVERSATION_COLUMNS);
        found.push((Conversation::from_row(&mut row)?, read_visitor_messages));
    }
    let mut joins = match (found.first(), found.last()) {
        (Some((newest, _)), Some((oldest, _))) => joins_between(tx, &place(newest), &place(oldest))?,
        _ => HashMap::new(),
    };
    let next = found.last().filter(|_| more).map(|(oldest, _)| place(oldest).text());
    let row = |(mut conversation, read_visitor_messages): (Conversation, u64)| {
        conversation.joins = joins.remove(&conversation.id).unwrap_or_default();
        InboxRow { conversation: conversation.summary(), read_visitor_messages }
    };
    Ok(InboxReply { success: true, conversations: found.into_iter().map(row).collect(), next })
}

fn place(conversation: &Conversation) -> Cursor {
    Cursor { at_ms: conversation.position_ms(), id: conversation.id.clone() }
}

/// Who joined, for all rows of a page at once.
fn joins_between(
    tx: &mut Tx<'_>,
    newest: &Cursor,
    oldest: &Cursor,
) -> Result<HashMap<String, Vec<Join>>, Refused> {
    let rows = tx.all(&JOINS_BETWEEN, values![newest.at_ms, &newest.id, oldest.at_ms, &oldest.id])?;
    let mut joins: HashMap<String, Vec<Join>> = HashMap::new();
    for mut row in rows {
        let join = Join::from_row(&mut row);
        joins.entry(row.text(JOIN_COLUMNS)).or_default().push(join);
    }
    Ok(joins)
}
