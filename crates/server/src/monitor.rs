//! What owners see of the server at work, as pages of the console: figures over time, channels, one channel's events,
//! queues and nodes. Decides what is answered to whom; each part has a file of its own that knows how it is kept.

pub mod history;
pub mod inspector;
pub mod nodes;
pub mod queues;

use crate::caller::SignedAgent;
use crate::desk::Desk;
use crate::operator::{self, Trigger};
use crate::reply::{Answer, Json, Query, ok};
use axum::extract::State;
use history::{History, Step};
use inspector::Inspections;
use nodes::Board;
use parking_lot::Mutex;
use queues::Troubles;
use realtime::{ChannelOrder, ChannelPlace, ChannelQuery, Stats};
use serde::Deserialize;
use std::sync::Arc;
use wire::api::AuditKind;
use wire::channel::{Access, Kind};
use wire::monitor::{ChannelsReply, CreateEvent, CreatedReply, MonitoredChannel, OverviewReply};
use wire::{Refusal, Refused, limit};

type Shared = State<Arc<Desk>>;

/// What is kept for the pages between two questions.
#[derive(Default)]
pub struct Monitor {
    history: Mutex<History>,
    inspections: Inspections,
    /// The other nodes' words of themselves.
    pub nodes: Board,
    /// What failed last of each queue that has no row for it.
    pub troubles: Troubles,
}

impl Monitor {
    /// To be called once a second.
    pub fn tick(&self, desk: &Desk, stats: &Stats) {
        self.history.lock().sample(desk, stats);
        self.inspections.end_old();
    }
}

/// Which samples.
#[derive(Deserialize)]
pub struct Since {
    #[serde(default)]
    step: Step,
    /// Unix time in seconds: only what came later.
    #[serde(default)]
    after: u32,
}

/// `GET /api/v1/monitor/overview`.
pub async fn overview(
    State(desk): Shared,
    _admin: SignedAgent,
    Query(Since { step, after }): Query<Since>,
) -> Answer {
    let connections = desk.hub.apps().iter().map(|app| desk.hub.connections(&app.id) as u64).sum();
    Ok(ok(&OverviewReply {
        success: true,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        node: desk.hub.node(),
        uptime_s: desk.metrics.uptime_s(),
        connections,
        channels: desk.hub.stats().channels,
        fallback_sessions: desk.fallback.count() as u64,
        facts: desk.metrics.facts(),
        columns: desk.monitor.history.lock().columns(step, after),
    }))
}

/// Which channels.
#[derive(Deserialize)]
pub struct Which {
    app: Option<String>,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    sort: String,
    /// Cursor.
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /api/v1/monitor/channels`. Walks over names on a thread that may be busy.
pub async fn channels(State(desk): Shared, _admin: SignedAgent, Query(which): Query<Which>) -> Answer {
    let order = match which.sort.as_str() {
        "" | "subscriptions" => ChannelOrder::Subscriptions,
        "name" => ChannelOrder::Name,
        _ => return Err(Refusal::InvalidField.because("sort is `name` or `subscriptions`.").into()),
    };
    let bad = || Refusal::InvalidField.because("after is no cursor of this list.");
    let after = which.after.map(|text| place(order, &text).ok_or_else(bad)).transpose()?;
    let limit = which.limit.unwrap_or(limit::PAGE_ITEMS).clamp(1, limit::PAGE_ITEMS_MAX);
    let query = ChannelQuery {
        app_id: which.app.filter(|app| !app.is_empty()),
        prefix: which.prefix,
        order,
        after,
        limit,
        look_at: limit::CHANNELS_LOOKED_AT,
    };
    let looking = desk.clone();
    let page = tokio::task::spawn_blocking(move || looking.hub.channel_page(&query)).await;
    let page = page.map_err(|_| Refusal::Internal)?;
    let next = page.more.then(|| page.channels.last().map(cursor)).flatten();
    Ok(ok(&ChannelsReply {
        success: true,
        apps: desk.hub.apps().iter().map(|app| app.id.clone()).collect(),
        channels: page.channels.iter().map(|place| monitored(&desk, place)).collect(),
        total: page.total as u64,
        is_whole: page.is_whole,
        next,
    }))
}

fn monitored(desk: &Desk, place: &ChannelPlace) -> MonitoredChannel {
    let ChannelPlace { name, app_id, subscriptions, .. } = place;
    let is_presence = Kind::of(name).access == Access::Presence;
    let users = is_presence.then(|| u32::try_from(desk.hub.user_count(app_id, name)).unwrap_or(u32::MAX));
    MonitoredChannel { app: app_id.clone(), name: name.to_string(), subscriptions: *subscriptions, users }
}

/// `count app name`: neither an app's id nor a channel's name has a space.
fn cursor(place: &ChannelPlace) -> String {
    format!("{} {} {}", place.subscriptions, place.app_id, place.name)
}

fn place(order: ChannelOrder, cursor: &str) -> Option<ChannelPlace> {
    let (count, rest) = cursor.split_once(' ')?;
    let (app, name) = rest.split_once(' ')?;
    Some(ChannelPlace::new(order, count.parse().ok()?, app.to_owned(), name.into()))
}

/// `POST /api/v1/monitor/events`: what `frontdesk trigger` does. Says how many could hear it.
pub async fn create_event(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(event): Json<CreateEvent>,
) -> Answer {
    let CreateEvent { app, channel, event, data } = event;
    let size = event.len();
    if size == 0 || size > limit::EVENT_NAME_BYTES || event.chars().any(char::is_control) {
        let why =
            format!("An event's name has 1 to {} bytes, all of them to be seen.", limit::EVENT_NAME_BYTES);
        return Err(Refusal::InvalidField.because(why).into());
    }
    check_json(&data)?;
    let trigger = Trigger { app, channel, event, data };
    let app = operator::check(&desk, &trigger)?;
    let Trigger { channel, event, .. } = &trigger;
    desk.chat.note_watching(&agent, AuditKind::EventPublished, channel, event.clone()).await?;
    let heard = desk.hub.subscriptions(&app.id, channel);
    operator::publish(&desk, &app, &trigger);
    Ok(ok(&CreatedReply { success: true, heard }))
}

/// Subscribers read an event's data as JSON, most of them without looking whether it is.
fn check_json(data: &str) -> Result<(), Refused> {
    let parsed: Result<serde::de::IgnoredAny, _> = serde_json::from_str(data);
    parsed.map(|_| ()).map_err(|error| {
        let why = format!("data is no JSON: line {}, column {}.", error.line(), error.column());
        Refusal::InvalidField.because(why)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cursor_names_the_place_it_was_made_of() {
        for order in [ChannelOrder::Name, ChannelOrder::Subscriptions] {
            let made = ChannelPlace::new(order, 7, "shop".to_owned(), "presence-room".into());
            assert_eq!(place(order, &cursor(&made)).unwrap(), made);
        }
        for text in ["", "7", "7 shop", "x shop news"] {
            assert_eq!(place(ChannelOrder::Name, text), None, "{text}");
        }
    }

    #[test]
    fn data_that_is_no_json_is_refused_with_its_place() {
        for good in ["{}", "[1,\"a\"]", "\"text\"", " null "] {
            check_json(good).unwrap();
        }
        for bad in ["", "hello", "{\"a\":}", "{} {}"] {
            assert_eq!(check_json(bad).unwrap_err().refusal, Refusal::InvalidField, "{bad}");
        }
    }
}
