//! Reading a conversation: the newest messages, older ones, or the facts after a cursor, each
//! in the counter of whoever reads. Knows nothing of writing.

use crate::access::{self, Purpose};
use crate::conversation::{self, Conversation};
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::fact::Fact;
use crate::links::Links;
use crate::message::{Stored, message_columns};
use crate::people::{Agent, PageQuery, Visitor};
use crate::{Answer, Chat, check, receipt};
use wire::api::{AgentPage, VisitorConversation, VisitorPage};
use wire::limit::{PAGE_ITEMS, PAGE_ITEMS_MAX};
use wire::time::rfc3339;
use wire::{Refusal, Refused};

statements! {
    MESSAGES_FOR_VISITOR = both(concat!(
        "SELECT ", message_columns!(), " FROM facts f JOIN messages m ON m.id = f.message_id \
         WHERE f.conversation_id = ?1 AND f.visitor_seq < ?2 ORDER BY f.seq DESC LIMIT ?3",
    ));
    MESSAGES_FOR_AGENTS = both(concat!(
        "SELECT ", message_columns!(), " FROM facts f JOIN messages m ON m.id = f.message_id \
         WHERE f.conversation_id = ?1 AND f.seq < ?2 ORDER BY f.seq DESC LIMIT ?3",
    ));
    // A fact's seq is never below its visitor_seq, so the key leads to where the page begins.
    FACTS_FOR_VISITOR = both(
        "SELECT seq, visitor_seq, at_ms, payload FROM facts \
         WHERE conversation_id = ?1 AND seq > ?2 AND visitor_seq > ?2 ORDER BY seq LIMIT ?3",
    );
    FACTS_FOR_AGENTS = both(
        "SELECT seq, visitor_seq, at_ms, payload FROM facts WHERE conversation_id = ?1 AND seq > ?2 \
         ORDER BY seq LIMIT ?3",
    );
}

/// Larger than any seq, and still a BIGINT.
const END_OF_LOG: u64 = i64::MAX as u64;

/// What a query asks for.
enum Part {
    Messages { before: u64 },
    Events { after: u64 },
}

fn part(query: PageQuery) -> Part {
    match query.after {
        Some(after) => Part::Events { after },
        None => Part::Messages { before: query.before.unwrap_or(END_OF_LOG) },
    }
}

/// How many items a page holds.
pub(crate) fn items(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE_ITEMS).clamp(1, PAGE_ITEMS_MAX)
}

impl Chat {
    /// Starts a conversation, or finds the one that this `client_id` started; `true`: it is new.
    pub async fn start_conversation(
        &self,
        visitor: &Visitor,
        client_id: Option<String>,
        now_ms: u64,
    ) -> Answer<(VisitorPage, bool)> {
        let client_id = check::client_id(client_id)?;
        let (visitor_id, widget_id) = (visitor.id.clone(), visitor.widget_id.clone());
        let links = self.links.clone();
        let start = move |tx: &mut Tx<'_>| {
            let (id, created) =
                conversation::start(tx, &widget_id, &visitor_id, client_id.as_deref(), now_ms)?;
            Ok((page_for_visitor(tx, &visitor_id, &id, PageQuery::default(), &links)?, created))
        };
        self.db.write(start).await
    }

    /// A page of the visitor's own conversation; `typing` is left empty.
    pub async fn visitor_page(
        &self,
        visitor: &Visitor,
        conversation_id: &str,
        query: PageQuery,
    ) -> Answer<VisitorPage> {
        let (visitor_id, id, links) = (visitor.id.clone(), conversation_id.to_owned(), self.links.clone());
        self.db.read(move |tx| page_for_visitor(tx, &visitor_id, &id, query, &links)).await
    }

    /// A page of a conversation on one of the agent's widgets; `typing` is left empty.
    pub async fn agent_page(
        &self,
        agent: &Agent,
        conversation_id: &str,
        query: PageQuery,
    ) -> Answer<AgentPage> {
        let (agent_id, id, links) = (agent.id.clone(), conversation_id.to_owned(), self.links.clone());
        self.db.read(move |tx| page_for_agent(tx, &agent_id, &id, query, &links)).await
    }
}

fn page_for_visitor(
    tx: &mut Tx<'_>,
    visitor_id: &str,
    id: &str,
    query: PageQuery,
    links: &Links,
) -> Result<VisitorPage, Refused> {
    let conversation = access::of_visitor(tx, visitor_id, id, Purpose::Read)?;
    let items = items(query.limit);
    let (mut messages, mut events, mut seq) = (Vec::new(), Vec::new(), conversation.last_visitor_seq);
    let more;
    match part(query) {
        Part::Messages { before } => {
            let rows = tx.all(&MESSAGES_FOR_VISITOR, values![id, before, items + 1])?;
            let stored;
            (stored, more) = oldest_first(rows, items)?;
            messages = stored.iter().filter_map(|stored| stored.for_visitor(links)).collect();
        }
        Part::Events { after } => {
            // The common poll: nothing new, whatever agents wrote among themselves.
            let rows = match after < conversation.last_visitor_seq {
                true => tx.all(&FACTS_FOR_VISITOR, values![id, after, items + 1])?,
                false => Vec::new(),
            };
            let facts;
            (facts, more) = in_order(id, rows, items)?;
            events = facts.iter().filter_map(|fact| fact.for_visitor(links)).collect();
            if more {
                seq = facts.last().and_then(|fact| fact.visitor_seq).unwrap_or(seq);
            }
        }
    }
    let receipts = receipt::for_visitor(tx, id)?;
    let (agents, joins) = (conversation.agents(), conversation.joins_for_visitor());
    let Conversation { id, status, created_ms, .. } = conversation;
    let conversation = VisitorConversation { id, status, agents, receipts, created_at: rfc3339(created_ms) };
    Ok(VisitorPage { success: true, conversation, joins, messages, events, seq, more, typing: Vec::new() })
}

fn page_for_agent(
    tx: &mut Tx<'_>,
    agent_id: &str,
    id: &str,
    query: PageQuery,
    links: &Links,
) -> Result<AgentPage, Refused> {
    let (conversation, _) = access::of_agent(tx, agent_id, id, Purpose::Read)?;
    let items = items(query.limit);
    let (mut messages, mut events, mut seq) = (Vec::new(), Vec::new(), conversation.last_seq);
    let more;
    match part(query) {
        Part::Messages { before } => {
            let rows = tx.all(&MESSAGES_FOR_AGENTS, values![id, before, items + 1])?;
            let stored;
            (stored, more) = oldest_first(rows, items)?;
            messages = stored.iter().map(|stored| stored.for_agents(links)).collect();
        }
        Part::Events { after } => {
            let rows = tx.all(&FACTS_FOR_AGENTS, values![id, after, items + 1])?;
            let facts;
            (facts, more) = in_order(id, rows, items)?;
            events = facts.iter().map(|fact| fact.for_agents(links)).collect();
            if more {
                seq = facts.last().map_or(seq, |fact| fact.seq);
            }
        }
    }
    let receipts = receipt::for_agents(tx, id)?;
    let joins = conversation.joins_for_agents();
    let conversation = conversation.summary();
    Ok(AgentPage {
        success: true,
        conversation,
        receipts,
        joins,
        messages,
        events,
        seq,
        more,
        typing: Vec::new(),
    })
}

/// Rows come newest first, and one more than fits when there are older ones.
fn oldest_first(rows: Vec<Row>, items: usize) -> Result<(Vec<Stored>, bool), Refused> {
    let more = rows.len() > items;
    let stored: Result<Vec<_>, _> =
        rows.into_iter().take(items).rev().map(|mut row| Stored::from_row(&mut row)).collect();
    Ok((stored?, more))
}

/// Rows come oldest first, and one more than fits when there are newer ones.
fn in_order(conversation_id: &str, rows: Vec<Row>, items: usize) -> Result<(Vec<Fact>, bool), Refused> {
    let more = rows.len() > items;
    let fact = |mut row: Row| {
        let body = serde_json::from_str(&row.text(3)).map_err(|error| {
            tracing::error!(line = error.line(), column = error.column(), "a stored fact cannot be read");
            Refusal::Internal
        })?;
        Ok(Fact {
            conversation_id: conversation_id.to_owned(),
            seq: row.number(0),
            visitor_seq: row.maybe_number(1),
            at_ms: row.number(2),
            body,
        })
    };
    let facts: Result<Vec<_>, Refused> = rows.into_iter().take(items).map(fact).collect();
    Ok((facts?, more))
}
