//! Looking on at one channel's events. Decides who may, for how long, and that what was said stays hidden until an
//! owner asks for it by a call of its own, which stands in the audit trail. Knows nothing of how events come here.

use crate::caller::SignedAgent;
use crate::desk::{Desk, steady_ms};
use crate::operator;
use crate::reply::{Answer, Id, Json, Query, made, ok};
use axum::extract::State;
use parking_lot::Mutex;
use realtime::{Tap, TapRoom, Tapped};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use wire::api::{AuditKind, Done};
use wire::monitor::{BodyReply, InspectedEvent, InspectionReply, NewInspection, ShowBody};
use wire::{Refusal, Refused, limit, redact};

type Shared = State<Arc<Desk>>;

/// What an inspection keeps.
const ROOM: TapRoom = TapRoom { events: limit::INSPECTED_EVENTS, bytes: limit::INSPECTED_BYTES };
/// Minutes, unless the owner says otherwise.
const MINUTES: u32 = 5;
/// Characters of a name that are shown.
const NAME_CHARS: usize = 200;

/// Those under way, by id.
#[derive(Default)]
pub struct Inspections(Mutex<HashMap<String, Inspection>>);

struct Inspection {
    /// Nobody else reads it: another owner begins their own.
    agent_id: String,
    app: String,
    channel: String,
    /// By the steady clock.
    until_ms: u64,
    tap: Tap,
}

impl Inspections {
    /// Ends those whose time is over, so that they cost nothing.
    pub(super) fn end_old(&self) {
        let mut by_id = self.0.lock();
        if !by_id.is_empty() {
            by_id.retain(|_, inspection| inspection.until_ms > steady_ms());
        }
    }

    fn add(&self, id: String, inspection: Inspection) -> Result<(), Refused> {
        let mut by_id = self.0.lock();
        if by_id.len() >= limit::INSPECTIONS {
            let why = format!("At most {} channels are inspected at the same time.", limit::INSPECTIONS);
            return Err(Refusal::TooManyRequests.because(why));
        }
        by_id.insert(id, inspection);
        Ok(())
    }

    /// This agent's, while it lasts.
    fn with<T>(&self, id: &str, agent_id: &str, look: impl FnOnce(&Inspection) -> T) -> Result<T, Refused> {
        let by_id = self.0.lock();
        let found = by_id.get(id).filter(|one| one.agent_id == agent_id && one.until_ms > steady_ms());
        found.map(look).ok_or_else(|| Refusal::UnknownEntry.into())
    }

    fn end(&self, id: &str, agent_id: &str) {
        let mut by_id = self.0.lock();
        if by_id.get(id).is_some_and(|inspection| inspection.agent_id == agent_id) {
            by_id.remove(id);
        }
    }
}

/// `POST /api/v1/monitor/inspections`.
pub async fn begin(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(new): Json<NewInspection>,
) -> Answer {
    let app = operator::app_with(&desk, new.app.as_deref(), &new.channel)?;
    let minutes = new.minutes.unwrap_or(MINUTES).clamp(1, limit::INSPECTION_MINUTES);
    let detail = format!("{minutes} min");
    desk.chat.note_watching(&agent, AuditKind::ChannelInspected, &new.channel, detail).await?;
    let tap = desk.hub.tap(&app.id, &new.channel, ROOM).ok_or(Refusal::UnknownAppId)?;
    let id = format!("ins_{}", crate::secrets::random_word(24));
    let until_ms = steady_ms() + u64::from(minutes) * 60_000;
    let inspection = Inspection {
        agent_id: agent.id.clone(),
        app: app.id.clone(),
        channel: new.channel.clone(),
        until_ms,
        tap,
    };
    desk.monitor.inspections.add(id.clone(), inspection)?;
    Ok(made(true, &reply(&desk, &id, &agent.id, 0)?))
}

/// From where to read on.
#[derive(Deserialize)]
pub struct After {
    #[serde(default)]
    after: u64,
}

/// `GET /api/v1/monitor/inspections/{id}`: names and sizes of what came after a number.
pub async fn look(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Query(After { after }): Query<After>,
) -> Answer {
    Ok(ok(&reply(&desk, &id, &agent.id, after)?))
}

fn reply(desk: &Desk, id: &str, agent_id: &str, after: u64) -> Result<InspectionReply, Refused> {
    let read = |one: &Inspection| (one.app.clone(), one.channel.clone(), one.until_ms, one.tap.after(after));
    let (app, channel, until_ms, (events, dropped)) = desk.monitor.inspections.with(id, agent_id, read)?;
    Ok(InspectionReply {
        success: true,
        id: id.to_owned(),
        left_ms: until_ms.saturating_sub(steady_ms()),
        subscriptions: desk.hub.subscriptions(&app, &channel),
        app,
        channel,
        events: events.iter().map(inspected).collect(),
        dropped,
    })
}

/// What of an event is always shown.
fn inspected(event: &Tapped) -> InspectedEvent {
    let frame: Value = serde_json::from_str(event.text()).unwrap_or_default();
    let text = |field: &str| {
        frame[field]
            .as_str()
            .map(|text| text.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect::<String>())
    };
    let bytes = match &frame["data"] {
        Value::Null => 0,
        Value::String(data) => data.len(),
        data => data.to_string().len(),
    };
    InspectedEvent {
        number: event.number,
        at_ms: event.at_ms,
        name: text("event").unwrap_or_default(),
        bytes: bytes as u64,
        user_id: text("user_id"),
    }
}

/// `POST /api/v1/monitor/inspections/{id}/bodies`: what one event said.
pub async fn body(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(ShowBody { number }): Json<ShowBody>,
) -> Answer {
    let read = |one: &Inspection| (one.app.clone(), one.channel.clone(), one.tap.event(number));
    let (app, channel, event) = desk.monitor.inspections.with(&id, &agent.id, read)?;
    let event = event.ok_or(Refusal::UnknownEntry)?;
    let name = inspected(&event).name;
    tracing::info!(agent = agent.id, app, channel, number, "an owner reads what an event says");
    desk.chat.note_watching(&agent, AuditKind::EventRead, &channel, name).await?;
    Ok(ok(&BodyReply { success: true, number, body: shown(&event) }))
}

/// By the rules of the debug log: no field that looks like a credential.
fn shown(event: &Tapped) -> String {
    let line: Value = serde_json::from_str(&redact::frame(event.text(), true)).unwrap_or_default();
    match &line["data"] {
        Value::Null => String::new(),
        Value::String(data) => data.clone(),
        data => data.to_string(),
    }
}

/// `DELETE /api/v1/monitor/inspections/{id}`: nobody looks on any more. One that has ended is no error.
pub async fn end(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    desk.monitor.inspections.end(&id, &agent.id);
    Ok(ok(&Done::YES))
}
