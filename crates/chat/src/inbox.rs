//! The agents' list of conversations: how its rows look, page by page. Knows nothing of what is in a
//! conversation, and not which ones are listed: that is `filter`'s.

use crate::access;
use crate::conversation::{
    CONVERSATION_COLUMNS, Conversation, JOIN_COLUMNS, Join, conversation_columns, conversation_tables,
    join_columns,
};
use crate::cursor::Cursor;
use crate::db::sql::{each, statements};
use crate::db::{Tx, values};
use crate::filter::{self, Asking};
use crate::page::items;
use crate::people::{Agent, ConversationQuery, Sort};
use crate::{Answer, Chat};
use std::collections::HashMap;
use wire::Refused;
use wire::api::{InboxReply, InboxRow};

/// Rows of these conversations, as this agent has read them.
macro_rules! rows {
    ($ids:literal) => {
        concat!(
            "SELECT ",
            conversation_columns!(),
            ", COALESCE(p.read_visitor_messages, 0) FROM ",
            conversation_tables!(),
            " LEFT JOIN participants p ON p.conversation_id = c.id AND p.person_id = ?1 WHERE c.id IN (",
            $ids,
            ")",
        )
    };
}

/// Who joined them.
macro_rules! joins {
    ($ids:literal) => {
        concat!(
            "SELECT ",
            join_columns!(),
            ", p.conversation_id FROM participants p JOIN agents a ON a.id = p.person_id \
             WHERE p.joined_seq IS NOT NULL AND p.conversation_id IN (",
            $ids,
            ") ORDER BY p.joined_seq",
        )
    };
}

statements! {
    ROWS = each(rows!("SELECT value FROM json_each(?2)"), rows!("SELECT jsonb_array_elements_text(?2::text::jsonb)"));
    JOINS = each(joins!("SELECT value FROM json_each(?1)"), joins!("SELECT jsonb_array_elements_text(?1::text::jsonb)"));
}

impl Chat {
    /// Conversations with at least one message, on the widgets this agent answers on: those that are asked
    /// for, in the order that is asked for.
    pub async fn conversations(&self, agent: &Agent, query: ConversationQuery) -> Answer<InboxReply> {
        let after = match (&query.before, query.sort) {
            (None, Sort::LongestWaiting) => Cursor::oldest(),
            (before, _) => Cursor::parse(before.as_deref())?,
        };
        let agent_id = agent.id.clone();
        self.db.read(move |tx| list(tx, &agent_id, &query, &after)).await
    }
}

fn list(
    tx: &mut Tx<'_>,
    agent_id: &str,
    query: &ConversationQuery,
    after: &Cursor,
) -> Result<InboxReply, Refused> {
    let asking = Asking { agent_id, is_everywhere: access::is_everywhere(tx, agent_id)? };
    let items = items(query.limit);
    let mut places = filter::places(tx, &asking, query, after, items + 1)?;
    let more = places.len() > items;
    places.truncate(items);
    let next = places.last().filter(|_| more).map(Cursor::text);
    Ok(InboxReply { success: true, conversations: rows(tx, agent_id, &places)?, next })
}

/// The rows at these places, in their order.
fn rows(tx: &mut Tx<'_>, agent_id: &str, places: &[Cursor]) -> Result<Vec<InboxRow>, Refused> {
    let ids: Vec<&str> = places.iter().map(|place| &*place.id).collect();
    let ids = serde_json::json!(ids).to_string();
    let mut joins: HashMap<String, Vec<Join>> = HashMap::new();
    for mut row in tx.all(&JOINS, values![&ids])? {
        let join = Join::from_row(&mut row);
        joins.entry(row.text(JOIN_COLUMNS)).or_default().push(join);
    }
    let mut rows = HashMap::new();
    for mut row in tx.all(&ROWS, values![agent_id, &ids])? {
        let read_visitor_messages = row.number(CONVERSATION_COLUMNS);
        let mut conversation = Conversation::from_row(&mut row)?;
        conversation.joins = joins.remove(&conversation.id).unwrap_or_default();
        let conversation = conversation.summary();
        rows.insert(conversation.id.clone(), InboxRow { conversation, read_visitor_messages });
    }
    Ok(places.iter().filter_map(|place| rows.remove(&place.id)).collect())
}
