//! Reading a conversation: the newest messages, older ones, or the facts after a cursor, each
//! in the counter of whoever reads. Knows nothing of writing.

use crate::access::{self, Purpose};
use crate::conversation;
use crate::db::sql::{Sql, both, statements};
use crate::db::{Row, Tx, values};
use crate::fact::Fact;
use crate::links::Links;
use crate::message::{Stored, message_columns};
use crate::people::{Agent, PageQuery, Visitor};
use crate::{Answer, Chat, check, reaction, receipt};
use wire::api::{AgentPage, VisitorConversation, VisitorPage};
use wire::availability::Availability;
use wire::limit::{PAGE_ACTIVITY, PAGE_ITEMS, PAGE_ITEMS_MAX};
use wire::time::rfc3339;
use wire::{Refusal, Refused};

statements! {
    MESSAGES_FOR_VISITOR = both(concat!(
        "SELECT ", message_columns!(), " FROM facts f JOIN messages m ON m.id = f.message_id \
         LEFT JOIN messages q ON q.id = m.reply_to WHERE f.conversation_id = ?1 AND f.visitor_seq < ?2 ORDER BY f.seq DESC LIMIT ?3",
    ));
    MESSAGES_FOR_AGENTS = both(concat!(
        "SELECT ", message_columns!(), " FROM facts f JOIN messages m ON m.id = f.message_id \
         LEFT JOIN messages q ON q.id = m.reply_to WHERE f.conversation_id = ?1 AND f.seq < ?2 ORDER BY f.seq DESC LIMIT ?3",
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
    // The lines between messages: newest first, to leave out the oldest when there are too many.
    ACTIVITY = both(
        "SELECT seq, visitor_seq, at_ms, payload FROM facts \
         WHERE conversation_id = ?1 AND seq > ?2 AND seq < ?3 \
         AND kind IN ('agent.left', 'conversation.updated') ORDER BY seq DESC LIMIT ?4",
    );
    // Agents' alone, and bounded apart: whatever a website tells, no other line goes for it.
    TRACKED = both(
        "SELECT seq, visitor_seq, at_ms, payload FROM facts \
         WHERE conversation_id = ?1 AND seq > ?2 AND seq < ?3 \
         AND kind = 'visitor.tracked' ORDER BY seq DESC LIMIT ?4",
    );
    // A page that goes back begins before a message, in the visitors' counter.
    SEQ_OF = both("SELECT seq FROM facts WHERE conversation_id = ?1 AND seq >= ?2 AND visitor_seq >= ?2 ORDER BY seq LIMIT 1");
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

    /// A page of the visitor's own conversation; `typing` and `availability` are left empty.
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
    let mut page = VisitorPage {
        success: true,
        joins: conversation.joins_for_visitor(),
        activity: Vec::new(),
        messages: Vec::new(),
        events: Vec::new(),
        seq: conversation.last_visitor_seq,
        more: false,
        typing: Vec::new(),
        availability: Availability::default(),
        conversation: VisitorConversation {
            id: id.to_owned(),
            status: conversation.state.status.for_visitor(),
            agents: conversation.agents(),
            receipts: receipt::for_visitor(tx, id)?,
            created_at: rfc3339(conversation.created_ms),
        },
    };
    match part(query) {
        Part::Messages { before } => {
            let rows = tx.all(&MESSAGES_FOR_VISITOR, values![id, before, items + 1])?;
            let (stored, more) = oldest_first(tx, id, rows, items)?;
            let before = seq_of(tx, id, before)?;
            let activity = lines(tx, &ACTIVITY, id, from(&stored, more), before)?;
            page.activity = activity.iter().filter_map(|fact| fact.for_visitor(links)).collect();
            page.messages = stored.iter().filter_map(|stored| stored.for_visitor(links)).collect();
            page.more = more;
        }
        Part::Events { after } => {
            must_be_kept(after, conversation.log_from.1)?;
            // The common poll: nothing new, whatever agents wrote among themselves.
            let rows = match after < conversation.last_visitor_seq {
                true => tx.all(&FACTS_FOR_VISITOR, values![id, after, items + 1])?,
                false => Vec::new(),
            };
            let (facts, more) = in_order(id, rows, items)?;
            page.events = facts.iter().filter_map(|fact| fact.for_visitor(links)).collect();
            page.more = more;
            if more {
                page.seq = facts.last().and_then(|fact| fact.visitor_seq).unwrap_or(page.seq);
            }
        }
    }
    Ok(page)
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
    let log_from = conversation.log_from.0;
    let mut page = AgentPage {
        success: true,
        receipts: receipt::for_agents(tx, id)?,
        joins: conversation.joins_for_agents(),
        activity: Vec::new(),
        messages: Vec::new(),
        events: Vec::new(),
        seq: conversation.last_seq,
        more: false,
        typing: Vec::new(),
        conversation: conversation.summary(),
    };
    match part(query) {
        Part::Messages { before } => {
            let rows = tx.all(&MESSAGES_FOR_AGENTS, values![id, before, items + 1])?;
            let (stored, more) = oldest_first(tx, id, rows, items)?;
            let from = from(&stored, more);
            let mut activity = lines(tx, &ACTIVITY, id, from, before)?;
            activity.extend(lines(tx, &TRACKED, id, from, before)?);
            activity.sort_by_key(|fact| fact.seq);
            page.activity = activity.iter().map(|fact| fact.for_agents(links)).collect();
            page.messages = stored.iter().map(|stored| stored.for_agents(links)).collect();
            page.more = more;
        }
        Part::Events { after } => {
            must_be_kept(after, log_from)?;
            let (facts, more) = facts_after(tx, id, after, items)?;
            page.events = facts.iter().map(|fact| fact.for_agents(links)).collect();
            page.more = more;
            if more {
                page.seq = facts.last().map_or(page.seq, |fact| fact.seq);
            }
        }
    }
    Ok(page)
}

/// At most so many facts after this one, in the agents' counter, and whether there are more.
pub(crate) fn facts_after(
    tx: &mut Tx<'_>,
    id: &str,
    after: u64,
    items: usize,
) -> Result<(Vec<Fact>, bool), Refused> {
    let rows = tx.all(&FACTS_FOR_AGENTS, values![id, after, items + 1])?;
    in_order(id, rows, items)
}

/// Whoever asks for facts that are no longer kept has to begin anew.
fn must_be_kept(after: u64, log_from: u64) -> Result<(), Refused> {
    if after < log_from { Err(Refusal::StartOver.into()) } else { Ok(()) }
}

/// The agents' seq of the first fact at or after this place in the visitors' counter.
fn seq_of(tx: &mut Tx<'_>, id: &str, visitor_seq: u64) -> Result<u64, Refused> {
    if visitor_seq == END_OF_LOG {
        return Ok(END_OF_LOG);
    }
    let row = tx.one(&SEQ_OF, values![id, visitor_seq])?;
    Ok(row.map_or(END_OF_LOG, |mut row| row.number(0)))
}

/// After which fact the lines between a page's messages begin.
fn from(messages: &[Stored], more: bool) -> u64 {
    messages.first().filter(|_| more).map_or(0, |oldest| oldest.seq)
}

/// What else happened between the messages of a page, oldest first; `from` and `before` in the agents' counter.
fn lines(tx: &mut Tx<'_>, of: &Sql, id: &str, from: u64, before: u64) -> Result<Vec<Fact>, Refused> {
    let mut rows = tx.all(of, values![id, from, before, PAGE_ACTIVITY])?;
    rows.reverse();
    rows.into_iter().map(|row| fact(id, row)).collect()
}

/// Rows come newest first, and one more than fits when there are older ones.
fn oldest_first(
    tx: &mut Tx<'_>,
    id: &str,
    rows: Vec<Row>,
    items: usize,
) -> Result<(Vec<Stored>, bool), Refused> {
    let more = rows.len() > items;
    let stored: Result<Vec<_>, _> =
        rows.into_iter().take(items).rev().map(|mut row| Stored::from_row(&mut row)).collect();
    let mut stored = stored?;
    reaction::fill_in(tx, id, &mut stored)?;
    Ok((stored, more))
}

/// Rows come oldest first, and one more than fits when there are newer ones.
fn in_order(conversation_id: &str, rows: Vec<Row>, items: usize) -> Result<(Vec<Fact>, bool), Refused> {
    let more = rows.len() > items;
    let facts: Result<Vec<_>, Refused> =
        rows.into_iter().take(items).map(|row| fact(conversation_id, row)).collect();
    Ok((facts?, more))
}

fn fact(conversation_id: &str, mut row: Row) -> Result<Fact, Refused> {
    Ok(Fact {
        conversation_id: conversation_id.to_owned(),
        seq: row.number(0),
        visitor_seq: row.maybe_number(1),
        at_ms: row.number(2),
        body: row.json(3)?,
    })
}
