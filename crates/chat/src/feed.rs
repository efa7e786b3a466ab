//! The feed: all facts of all conversations in one order, as thin events for other programs. Decides how
//! a fact reads there, and which part of the log a cursor may be sure of; knows nothing of waiting.
//!
//! On SQLite the order is that of the one writer. On PostgreSQL transactions commit in another order than
//! they write, so facts are ordered by the transaction that wrote them, and read only below the oldest
//! transaction that still runs: whatever commits later sorts behind every cursor given out.

use crate::access;
use crate::db::sql::{both, each, statements};
use crate::db::{Row, Tx, from_json, values};
use crate::fact::{Fact, FactBody, Further, InnerBody, Said, SharedBody, SplitBody, StateChange};
use crate::people::Agent;
use crate::{Answer, Chat};
use wire::event::{ConversationStatus, MessageKind, SenderType, StatePart};
use wire::integration::{ApiEvent, ApiEventData, EventType, EventsReply};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

statements! {
    // What this agent may not see has no payload: the cursor goes past it.
    SCAN = each(
        "SELECT 0, q.position, f.conversation_id, f.seq, f.at_ms, c.widget_id, \
         CASE WHEN ?5 = 1 OR c.widget_id IN (SELECT widget_id FROM widget_members WHERE agent_id = ?4) \
         THEN f.payload END \
         FROM (SELECT position, conversation_id, seq FROM feed_facts WHERE position > ?2 AND ?1 >= 0 \
               ORDER BY position LIMIT ?3) q \
         JOIN facts f ON f.conversation_id = q.conversation_id AND f.seq = q.seq \
         JOIN conversations c ON c.id = f.conversation_id ORDER BY q.position",
        "SELECT f.writer, f.position, f.conversation_id, f.seq, f.at_ms, c.widget_id, \
         CASE WHEN ?5 = 1 OR c.widget_id IN (SELECT widget_id FROM widget_members WHERE agent_id = ?4) \
         THEN f.payload END \
         FROM (SELECT * FROM facts WHERE (writer, position) > (?1, ?2) \
               AND writer < pg_snapshot_xmin(pg_current_snapshot())::text::bigint \
               ORDER BY writer, position LIMIT ?3) f \
         JOIN conversations c ON c.id = f.conversation_id ORDER BY f.writer, f.position",
    );
    END = each(
        "SELECT 0, MAX(position) FROM feed_facts HAVING MAX(position) IS NOT NULL",
        "SELECT writer, position FROM facts WHERE writer < pg_snapshot_xmin(pg_current_snapshot())::text::bigint \
         ORDER BY writer DESC, position DESC LIMIT 1",
    );
    NEWEST = each(
        "SELECT 0, MAX(position) FROM feed_facts HAVING MAX(position) IS NOT NULL",
        "SELECT writer, position FROM facts ORDER BY writer DESC, position DESC LIMIT 1",
    );
    PRUNED = both("SELECT pruned_writer, pruned_position FROM feed");
    MEND = each(
        "SELECT 1",
        "UPDATE facts SET writer = 0 WHERE writer >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    );
    MEND_PRUNED = each(
        "SELECT 1",
        "UPDATE feed SET pruned_writer = 0 \
         WHERE pruned_writer >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    );
    // What was trimmed before is looked at again.
    MEND_TRIMMED = each(
        "SELECT 1",
        "UPDATE feed SET trimmed_writer = 0, trimmed_position = 0 \
         WHERE trimmed_writer >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    );
}

/// A place in the feed: everything up to it has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Cursor {
    /// The transaction that wrote the fact; 0 on SQLite.
    writer: u64,
    position: u64,
}

impl Cursor {
    const BEGINNING: Cursor = Cursor { writer: 0, position: 0 };

    fn parse(text: &str) -> Result<Cursor, Refused> {
        let whole = |text: &str| text.parse::<u64>().ok().filter(|number| i64::try_from(*number).is_ok());
        let parsed = match text.split_once('-') {
            None => (text == "0").then_some(Cursor::BEGINNING),
            Some((writer, position)) => {
                whole(writer).zip(whole(position)).map(|(writer, position)| Cursor { writer, position })
            }
        };
        parsed.ok_or_else(|| Refusal::InvalidField.because("after is not a cursor of the feed"))
    }

    fn text(self) -> String {
        format!("{}-{}", self.writer, self.position)
    }

    /// From the first two columns.
    fn from_row(row: &mut Row) -> Cursor {
        Cursor { writer: row.number(0), position: row.number(1) }
    }
}

impl Chat {
    /// The events after this cursor that the agent may see; without one, none, and where the feed ends now.
    /// [`Refusal::StartOver`] when what lies behind the cursor was deleted, or never was in this log.
    pub async fn feed(&self, agent: &Agent, after: Option<&str>, most: usize) -> Answer<EventsReply> {
        let after = after.map(Cursor::parse).transpose()?;
        let agent_id = agent.id.clone();
        let read = move |tx: &mut Tx<'_>| {
            let is_everywhere = access::is_everywhere(tx, &agent_id)?;
            match after {
                None => {
                    let next = place(tx, &END)?.max(place(tx, &PRUNED)?).text();
                    Ok(EventsReply { success: true, events: Vec::new(), next, more: false })
                }
                Some(after) => page(tx, &agent_id, is_everywhere, after, most),
            }
        };
        self.db.read(read).await
    }

    /// Is something committed that the feed does not show yet, because an older transaction still runs?
    /// To be called after an empty page: it is over soon, and nobody is told when.
    pub async fn feed_lags(&self, after: &str) -> Answer<bool> {
        let after = Cursor::parse(after)?;
        self.db.read(move |tx| Ok(place(tx, &NEWEST)? > after)).await
    }

    /// A database that was restored into another cluster remembers transactions which that has not had yet:
    /// they become the oldest. To be called when a server starts.
    pub async fn mend_feed(&self) -> Answer<()> {
        let mend = |tx: &mut Tx<'_>| {
            tx.lock(&MEND, &[])?;
            tx.lock(&MEND_PRUNED, &[])?;
            tx.lock(&MEND_TRIMMED, &[])
        };
        self.db.write(mend).await
    }
}

fn place(tx: &mut Tx<'_>, sql: &crate::db::sql::Sql) -> Result<Cursor, Refused> {
    Ok(tx.one(sql, &[])?.map_or(Cursor::BEGINNING, |mut row| Cursor::from_row(&mut row)))
}

fn page(
    tx: &mut Tx<'_>,
    agent_id: &str,
    is_everywhere: bool,
    after: Cursor,
    most: usize,
) -> Result<EventsReply, Refused> {
    let pruned = place(tx, &PRUNED)?;
    let is_gone = after < pruned && after != Cursor::BEGINNING;
    if is_gone || after > place(tx, &NEWEST)?.max(pruned) {
        return Err(Refusal::StartOver.into());
    }
    let scanned = limit::FEED_SCANNED;
    let rows = tx.all(&SCAN, values![after.writer, after.position, scanned, agent_id, is_everywhere])?;
    let mut more = rows.len() == scanned;
    let (mut events, mut next, mut seen) = (Vec::new(), after, 0);
    for mut row in rows {
        if seen == most {
            more = true;
            break;
        }
        next = Cursor::from_row(&mut row);
        let Some(payload) = row.maybe_text(6) else { continue };
        let fact = Fact {
            conversation_id: row.text(2),
            seq: row.number(3),
            visitor_seq: None,
            at_ms: row.number(4),
            body: from_json(&payload)?,
        };
        events.extend(self::events(&fact, &row.text(5)));
        seen += 1;
    }
    Ok(EventsReply { success: true, events, next: next.text(), more })
}

/// How a fact reads for other programs. A conversation comes to be with its first one.
pub(crate) fn events(fact: &Fact, widget_id: &str) -> Vec<ApiEvent> {
    let event = |id: String, kind: EventType, seq: u64, about: ApiEventData| ApiEvent {
        id,
        version: 1,
        kind,
        seq,
        created_at: rfc3339(fact.at_ms),
        data: ApiEventData {
            conversation_id: Some(fact.conversation_id.clone()),
            widget_id: Some(widget_id.to_owned()),
            ..about
        },
    };
    let stem = format!("evt_{}", fact.conversation_id.trim_start_matches("cnv_"));
    let mut events = Vec::new();
    if fact.seq == 1 {
        events.push(event(format!("{stem}_0"), EventType::ConversationCreated, 0, ApiEventData::default()));
    }
    let (kinds, about) = told(&fact.body);
    for (number, kind) in kinds.into_iter().enumerate() {
        let more = if number > 0 { format!("_{number}") } else { String::new() };
        events.push(event(format!("{stem}_{}{more}", fact.seq), kind, fact.seq, about.clone()));
    }
    events
}

/// What it is called and what it is about. A new kind of fact says here how other programs hear of it.
fn told(body: &FactBody) -> (Vec<EventType>, ApiEventData) {
    match body {
        FactBody::Shared(SharedBody::Message(said)) => {
            let rated = said.rating.is_some().then_some(EventType::CsatCreated);
            let kinds = [EventType::MessageCreated].into_iter().chain(rated).collect();
            (kinds, written(said, MessageKind::Text))
        }
        FactBody::Inner(InnerBody::Note(said)) => {
            (vec![EventType::MessageCreated], written(said, MessageKind::Note))
        }
        FactBody::Shared(SharedBody::AgentJoined(agent)) => {
            (vec![EventType::AgentJoined], by_agent(&agent.id))
        }
        FactBody::Shared(SharedBody::AgentLeft(agent)) => (vec![EventType::AgentLeft], by_agent(&agent.id)),
        FactBody::Shared(SharedBody::Receipt(further))
        | FactBody::Inner(InnerBody::Receipt(further))
        | FactBody::Split(SplitBody::Receipt { inner: further, .. }) => {
            (vec![EventType::ReceiptUpdated], read_up_to(further))
        }
        FactBody::Shared(SharedBody::Updated(new)) | FactBody::Inner(InnerBody::Updated(new)) => {
            (vec![EventType::MessageUpdated], about_message(&new.message_id))
        }
        FactBody::Shared(SharedBody::Deleted(gone)) | FactBody::Inner(InnerBody::Deleted(gone)) => {
            (vec![EventType::MessageDeleted], about_message(&gone.message_id))
        }
        FactBody::Shared(SharedBody::Reaction(reacted)) | FactBody::Inner(InnerBody::Reaction(reacted)) => {
            let about = ApiEventData {
                actor_type: Some(reacted.reaction.by_type),
                actor_id: Some(reacted.reaction.by.clone()),
                ..about_message(&reacted.message_id)
            };
            (vec![EventType::MessageReaction], about)
        }
        FactBody::Inner(InnerBody::State(change)) => (state_kinds(change, None), by_changer(change)),
        FactBody::Split(SplitBody::State { shared, inner }) => {
            (state_kinds(inner, Some(*shared)), by_changer(inner))
        }
        FactBody::Inner(InnerBody::VisitorChanged(visitor)) => {
            let about = ApiEventData {
                actor_type: Some(SenderType::Visitor),
                actor_id: Some(visitor.id.clone()),
                ..ApiEventData::default()
            };
            (vec![EventType::ContactUpdated], about)
        }
        FactBody::Inner(InnerBody::Tracked(_)) => {
            let by = ApiEventData { actor_type: Some(SenderType::Visitor), ..ApiEventData::default() };
            (vec![EventType::ConversationUpdated], by)
        }
        FactBody::Shared(SharedBody::Erased) | FactBody::Inner(InnerBody::Erased) => {
            (vec![EventType::ConversationErased], ApiEventData::default())
        }
    }
}

/// `over`: what the visitor learns, when the conversation ended or goes on.
fn state_kinds(change: &StateChange, over: Option<ConversationStatus>) -> Vec<EventType> {
    let mut kinds = Vec::new();
    match over {
        Some(ConversationStatus::Resolved) => kinds.push(EventType::ConversationClosed),
        Some(ConversationStatus::Open | ConversationStatus::Snoozed) => {
            kinds.push(EventType::ConversationReopened);
        }
        None => {}
    }
    if change.changed.contains(&StatePart::Assignee) {
        kinds.push(EventType::ConversationAssigned);
    }
    let is_told = |part: &StatePart| match part {
        StatePart::Status => over.is_some(),
        StatePart::Assignee => true,
        StatePart::Priority
        | StatePart::Tags
        | StatePart::Attributes
        | StatePart::Website
        | StatePart::Here => false,
    };
    if !change.changed.iter().all(is_told) {
        kinds.push(EventType::ConversationUpdated);
    }
    kinds
}

fn by_changer(change: &StateChange) -> ApiEventData {
    ApiEventData {
        actor_type: Some(change.by_type),
        actor_id: change.by.as_ref().map(|agent| agent.id.clone()),
        ..ApiEventData::default()
    }
}

fn by_agent(agent_id: &str) -> ApiEventData {
    ApiEventData {
        actor_type: Some(SenderType::Agent),
        actor_id: Some(agent_id.to_owned()),
        ..ApiEventData::default()
    }
}

fn about_message(message_id: &str) -> ApiEventData {
    ApiEventData { message_id: Some(message_id.to_owned()), ..ApiEventData::default() }
}

fn written(said: &Said, kind: MessageKind) -> ApiEventData {
    ApiEventData {
        kind: Some(kind),
        actor_type: Some(said.sender_type),
        actor_id: said.sender_id.clone(),
        ..about_message(&said.id)
    }
}

fn read_up_to(further: &Further) -> ApiEventData {
    ApiEventData {
        message_id: further.read_message_id.clone(),
        actor_type: Some(further.reader_type),
        actor_id: Some(further.reader_id.clone()),
        ..ApiEventData::default()
    }
}
