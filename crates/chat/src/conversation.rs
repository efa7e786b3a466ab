//! A conversation with its two counters: how it is found, how facts are added to it, how
//! agents see it in their list. Knows nothing of who may, and of what the facts say.

use crate::announce::joined;
use crate::db::sql::{both, postgres_only, sqlite_only, statements};
use crate::db::{Row, Tx, json, values};
use crate::fact::{Change, Fact, FactBody};
use crate::message::{Stored, preview_of};
use crate::state::{self, State};
use crate::{alert, webhook};
use wire::event::{
    AgentFace, AgentJoined, ConversationSummary, MessageKind, MessagePreview, SenderType, VisitorFace,
    preview,
};
use wire::time::rfc3339;
use wire::{Refusal, Refused};

/// Columns of a conversation and its visitor, in the order [`Conversation::from_row`] takes them.
macro_rules! conversation_columns {
    () => {
        "c.id, c.widget_id, c.created_ms, c.last_seq, c.last_visitor_seq, c.visitor_messages, \
         c.last_message_ms, c.last_sender_kind, c.last_sender_name, c.last_kind, c.last_text, c.last_message_id, \
         c.waiting_since_ms, c.log_from_seq, c.log_from_visitor_seq, \
         c.status, c.snoozed_until_ms, c.priority, c.tags, c.attributes, s.id, s.name, s.avatar, c.website, c.whereabouts, \
         v.id, v.name, v.email, v.verified"
    };
}
pub(crate) use conversation_columns;

/// How many columns that are.
pub(crate) const CONVERSATION_COLUMNS: usize = 29;
/// Where the columns of the state begin, and those of the visitor.
const STATE: usize = 15;
const VISITOR: usize = 25;

/// What these columns are selected from.
macro_rules! conversation_tables {
    () => {
        "conversations c JOIN visitors v ON v.id = c.visitor_id LEFT JOIN agents s ON s.id = c.assignee_id"
    };
}
pub(crate) use conversation_tables;

/// Columns of a joining, in the order [`Join::from_row`] takes them.
macro_rules! join_columns {
    () => {
        "a.id, a.name, a.avatar, p.joined_seq, p.joined_visitor_seq, p.joined_ms, p.left_seq"
    };
}
pub(crate) use join_columns;

/// How many columns that are.
pub(crate) const JOIN_COLUMNS: usize = 7;

/// A visitor who gave no name.
pub(crate) const NAMELESS: &str = "Visitor";

statements! {
    LOCK = postgres_only("SELECT id FROM conversations WHERE id = ?1 FOR UPDATE");
    FIND = both(concat!(
        "SELECT ", conversation_columns!(),
        " FROM ", conversation_tables!(), " WHERE c.id = ?1",
    ));
    JOINS = both(concat!(
        "SELECT ", join_columns!(), " FROM participants p JOIN agents a ON a.id = p.person_id \
         WHERE p.conversation_id = ?1 AND p.joined_seq IS NOT NULL ORDER BY p.joined_seq",
    ));
    ADD_FACT = both(
        "INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    );
    // The number on the feed, which PostgreSQL gives by itself.
    FEED_FACT = sqlite_only("INSERT INTO feed_facts (conversation_id, seq) VALUES (?1, ?2)");
    SAVE = both(
        "UPDATE conversations SET last_seq = ?2, last_visitor_seq = ?3 WHERE id = ?1",
    );
    SAVE_WITH_MESSAGE = both(
        "UPDATE conversations SET last_seq = ?2, last_visitor_seq = ?3, visitor_messages = ?4, waiting_since_ms = ?5, \
         last_message_ms = ?6, last_sender_kind = ?7, last_sender_name = ?8, last_kind = ?9, last_text = ?10, \
         last_message_id = ?11 WHERE id = ?1",
    );
    MOVE_TAGS = sqlite_only(
        "UPDATE conversation_tags SET last_message_ms = \
         (SELECT last_message_ms FROM conversations WHERE id = conversation_id) WHERE conversation_id = ?1",
    );
    START = both(
        "INSERT INTO conversations (id, widget_id, visitor_id, client_id, status, created_ms) \
         VALUES (?1, ?2, ?3, ?4, 'open', ?5) ON CONFLICT (visitor_id, client_id) DO NOTHING",
    );
    // The newest is the one that began last, whatever the clock said.
    LAST_BEGAN = both("SELECT COALESCE(MAX(created_ms), 0) FROM conversations WHERE visitor_id = ?1");
    STARTED_AS = both("SELECT id FROM conversations WHERE visitor_id = ?1 AND client_id = ?2");
}

/// The last message or note.
#[derive(Clone, Debug)]
pub(crate) struct Last {
    id: String,
    at_ms: u64,
    sender_type: SenderType,
    sender_name: String,
    kind: MessageKind,
    text: String,
}

/// An agent came in.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    pub(crate) agent: AgentFace,
    pub(crate) seq: u64,
    pub(crate) visitor_seq: u64,
    pub(crate) at_ms: u64,
    /// Has not left since.
    pub(crate) is_in: bool,
}

impl Join {
    /// From `join_columns!`.
    pub(crate) fn from_row(row: &mut Row) -> Join {
        Join {
            agent: face(row, 0),
            seq: row.number(3),
            visitor_seq: row.number(4),
            at_ms: row.number(5),
            is_in: row.maybe_number(6).is_none(),
        }
    }
}

/// A conversation inside a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) widget_id: String,
    pub(crate) visitor: VisitorFace,
    /// What agents set.
    pub(crate) state: State,
    pub(crate) created_ms: u64,
    /// The agents' counter.
    pub(crate) last_seq: u64,
    /// The visitors' counter.
    pub(crate) last_visitor_seq: u64,
    pub(crate) visitor_messages: u64,
    /// The visitor has had no answer since.
    waiting_since_ms: Option<u64>,
    /// Did the visitor wait when this was read?
    pub(crate) waited: bool,
    /// Facts up to here are no longer kept, in both counters.
    pub(crate) log_from: (u64, u64),
    /// When the last message was written, and where the conversation stands in the list.
    pub(crate) last: Option<Last>,
    /// Every agent's last joining, in that order.
    pub(crate) joins: Vec<Join>,
    new_facts: Vec<Fact>,
    new_last: bool,
    new_state: bool,
}

impl Conversation {
    /// Finds it to read it.
    pub(crate) fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Conversation>, Refused> {
        let [found, joins] = tx.pair([&FIND, &JOINS], values![id])?;
        let Some(mut row) = found.into_iter().next() else { return Ok(None) };
        let mut conversation = Conversation::from_row(&mut row)?;
        conversation.joins = joins.into_iter().map(|mut row| Join::from_row(&mut row)).collect();
        Ok(Some(conversation))
    }

    /// Finds it to change it: nobody else adds a fact before this transaction ends.
    pub(crate) fn lock(tx: &mut Tx<'_>, id: &str) -> Result<Option<Conversation>, Refused> {
        tx.lock(&LOCK, values![id])?;
        Conversation::find(tx, id)
    }

    /// From `conversation_columns!`; joins are left empty.
    pub(crate) fn from_row(row: &mut Row) -> Result<Conversation, Refused> {
        let last = match row.maybe_number(6) {
            None => None,
            Some(at_ms) => Some(Last {
                at_ms,
                sender_type: sender_type(&row.text(7))?,
                sender_name: row.text(8),
                kind: message_kind(&row.text(9))?,
                text: row.text(10),
                id: row.text(11),
            }),
        };
        let waiting_since_ms = row.maybe_number(12);
        Ok(Conversation {
            id: row.text(0),
            widget_id: row.text(1),
            created_ms: row.number(2),
            last_seq: row.number(3),
            last_visitor_seq: row.number(4),
            visitor_messages: row.number(5),
            last,
            waiting_since_ms,
            waited: waiting_since_ms.is_some(),
            log_from: (row.number(13), row.number(14)),
            state: State::from_row(row, STATE)?,
            visitor: visitor_face(row, VISITOR),
            joins: Vec::new(),
            new_facts: Vec::new(),
            new_last: false,
            new_state: false,
        })
    }

    /// Has the visitor had no answer?
    pub(crate) fn waits(&self) -> bool {
        self.waiting_since_ms.is_some()
    }

    /// Agents who are in, in the order in which they joined.
    pub(crate) fn agents(&self) -> Vec<AgentFace> {
        self.joins.iter().filter(|join| join.is_in).map(|join| join.agent.clone()).collect()
    }

    /// The joinings as their visitor knows them.
    pub(crate) fn joins_for_visitor(&self) -> Vec<AgentJoined> {
        self.joins.iter().map(|join| joined(&join.agent, &self.id, join.visitor_seq, join.at_ms)).collect()
    }

    /// The joinings as agents know them.
    pub(crate) fn joins_for_agents(&self) -> Vec<AgentJoined> {
        self.joins.iter().map(|join| joined(&join.agent, &self.id, join.seq, join.at_ms)).collect()
    }

    /// Adds a fact with the next seq of each audience that may see it.
    pub(crate) fn record(&mut self, body: FactBody, at_ms: u64) {
        self.last_seq += 1;
        let visitor_seq = body.visible().is_some().then(|| {
            self.last_visitor_seq += 1;
            self.last_visitor_seq
        });
        self.new_facts.push(Fact {
            conversation_id: self.id.clone(),
            seq: self.last_seq,
            visitor_seq,
            at_ms,
            body,
        });
    }

    /// When a message is written that comes now. A clock that was put back would have it stand before those
    /// it answers, and the conversation sink in the list while somebody writes in it.
    pub(crate) fn no_earlier(&self, now_ms: u64) -> u64 {
        self.last.as_ref().map_or(now_ms, |last| now_ms.max(last.at_ms))
    }

    /// Takes over what a new message changes in the list.
    pub(crate) fn show_last(&mut self, stored: &Stored) {
        self.visitor_messages = stored.visitor_messages;
        match stored.said.sender_type {
            SenderType::Visitor if stored.said.rating.is_none() => {
                self.waiting_since_ms.get_or_insert(stored.at_ms);
            }
            SenderType::Agent | SenderType::Bot if stored.kind == MessageKind::Text => {
                self.waiting_since_ms = None;
            }
            SenderType::Visitor | SenderType::Agent | SenderType::Bot | SenderType::System => {}
        }
        self.last = Some(Last {
            id: stored.said.id.clone(),
            at_ms: stored.at_ms,
            sender_type: stored.said.sender_type,
            sender_name: stored.said.sender_name.clone(),
            kind: stored.kind,
            text: preview_of(&stored.said),
        });
        self.new_last = true;
    }

    /// Takes over another text of a message, if the list shows it.
    pub(crate) fn show_text(&mut self, message_id: &str, text: &str) {
        if let Some(last) = self.last.as_mut().filter(|last| last.id == message_id) {
            last.text = preview(text, None, None);
            self.new_last = true;
        }
    }

    /// Takes over what agents set; nobody waits for an answer in what is over.
    pub(crate) fn set_state(&mut self, state: State) {
        if state.is_over() && self.waiting_since_ms.take().is_some() {
            self.new_last = true;
        }
        self.state = state;
        self.new_state = true;
    }

    /// Takes over that all that was said is gone, and what agents knew of it.
    pub(crate) fn forget(&mut self) {
        self.last = None;
        self.waiting_since_ms = None;
        self.state.forget();
        self.new_state = true;
    }

    /// Writes what was recorded, and hands it to `on_change` for after the commit.
    pub(crate) fn save(mut self, tx: &mut Tx<'_>) -> Result<(), Refused> {
        let facts = std::mem::take(&mut self.new_facts);
        for fact in &facts {
            let payload = json(&fact.body)?;
            tx.run_later(
                &ADD_FACT,
                values![
                    &self.id,
                    fact.seq,
                    fact.visitor_seq,
                    fact.at_ms,
                    fact.body.kind(),
                    fact.body.said().map(|said| said.id.as_str()),
                    &payload
                ],
            )?;
            tx.run_on_sqlite(&FEED_FACT, values![&self.id, fact.seq])?;
        }
        if self.new_state {
            state::save(tx, &self.id, &self.state)?;
        }
        match self.last.as_ref().filter(|_| self.new_last) {
            Some(last) => tx.run_later(
                &SAVE_WITH_MESSAGE,
                values![
                    &self.id,
                    self.last_seq,
                    self.last_visitor_seq,
                    self.visitor_messages,
                    self.waiting_since_ms,
                    last.at_ms,
                    last.sender_type.as_str(),
                    &last.sender_name,
                    kind_word(last.kind),
                    &last.text,
                    &last.id
                ],
            )?,
            None => tx.run_later(&SAVE, values![&self.id, self.last_seq, self.last_visitor_seq])?,
        };
        if self.new_last && self.state.has_tags() {
            tx.run_on_sqlite(&MOVE_TAGS, values![&self.id])?;
        }
        if self.new_last || self.new_state {
            alert::follow(tx, &self, &facts)?;
        }
        webhook::post(tx, &self.widget_id, &facts)?;
        tx.changed(Change { conversation: self.summary(), facts });
        Ok(())
    }

    /// As agents see it in their list.
    pub(crate) fn summary(self) -> ConversationSummary {
        ConversationSummary {
            agents: self.agents(),
            id: self.id,
            widget_id: self.widget_id,
            visitor: self.visitor,
            state: self.state.on_the_wire(),
            created_at: rfc3339(self.created_ms),
            waiting_since: self.waiting_since_ms.map(rfc3339),
            last_message: self.last.map(|last| MessagePreview {
                id: last.id,
                sender_type: last.sender_type,
                sender_name: last.sender_name,
                kind: last.kind,
                text: last.text,
                timestamp: rfc3339(last.at_ms),
            }),
            visitor_messages: self.visitor_messages,
            seq: self.last_seq,
        }
    }
}

/// Starts a conversation, or finds the one that this `client_id` started; `true`: it is new.
pub(crate) fn start(
    tx: &mut Tx<'_>,
    widget_id: &str,
    visitor_id: &str,
    client_id: Option<&str>,
    now_ms: u64,
) -> Result<(String, bool), Refused> {
    let last_ms = tx.number(&LAST_BEGAN, values![visitor_id])?;
    let now_ms = now_ms.max(last_ms + 1);
    let id = crate::secret::id("cnv_", now_ms);
    let client_id = client_id.unwrap_or(&id);
    if tx.run(&START, values![&id, widget_id, visitor_id, client_id, now_ms])? == 1 {
        return Ok((id, true));
    }
    let started = tx.one(&STARTED_AS, values![visitor_id, client_id])?;
    started.map(|mut row| (row.text(0), false)).ok_or_else(|| Refusal::Internal.into())
}

/// Id, name and avatar, from `column` on.
pub(crate) fn face(row: &mut Row, column: usize) -> AgentFace {
    AgentFace { id: row.text(column), name: row.text(column + 1), avatar: row.maybe_text(column + 2) }
}

/// Id, name, e-mail and verified, from `column` on.
pub(crate) fn visitor_face(row: &mut Row, column: usize) -> VisitorFace {
    VisitorFace {
        id: row.text(column),
        name: row.maybe_text(column + 1).unwrap_or_else(|| NAMELESS.to_owned()),
        email: row.maybe_text(column + 2),
        verified: row.is(column + 3),
    }
}

/// Back from the word in the database; unknown words are a fault of ours.
pub(crate) fn sender_type(word: &str) -> Result<SenderType, Refused> {
    SenderType::from_word(word).ok_or_else(|| Refusal::Internal.into())
}

/// The word in the database.
pub(crate) fn kind_word(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::Note => "note",
    }
}

/// Back from [`kind_word`].
pub(crate) fn message_kind(word: &str) -> Result<MessageKind, Refused> {
    match word {
        "text" => Ok(MessageKind::Text),
        "note" => Ok(MessageKind::Note),
        _ => Err(Refusal::Internal.into()),
    }
}
