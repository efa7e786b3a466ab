//! What the command line asks of the running server, with the token of `secrets.toml`. Knows
//! nothing of terminals.

use crate::caller::Operator;
use crate::desk::{Desk, now_ms};
use crate::process;
use crate::reply::{Answer, Json, Query, made, ok};
use crate::serve::storage_name;
use axum::extract::State;
use realtime::{App, Event, Look};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use wire::api::{Done, VisitorPosted};
use wire::channel::{Access, Kind};
use wire::{Refusal, Refused, limit};

type Shared = State<Arc<Desk>>;

/// `frontdesk message send CONVERSATION TEXT`.
#[derive(Serialize, Deserialize)]
pub struct SendMessage {
    /// `cnv_…`.
    pub conversation_id: String,
    /// Plain text.
    pub message: String,
}

/// `frontdesk trigger CHANNEL EVENT JSON`.
#[derive(Serialize, Deserialize)]
pub struct Trigger {
    /// The app; the chat's own when absent.
    #[serde(default)]
    pub app: Option<String>,
    /// Any channel of the app.
    pub channel: String,
    /// Its name.
    pub event: String,
    /// The data, as text.
    pub data: String,
}

/// `POST /operator/message`: a real message, from the system (R31).
pub async fn message(State(desk): Shared, _operator: Operator, Json(send): Json<SendMessage>) -> Answer {
    let message = desk.chat.system_post(&send.conversation_id, send.message, now_ms()).await?;
    Ok(made(true, &VisitorPosted { success: true, message, availability: None }))
}

/// `POST /operator/trigger`: a bare event, stored nowhere.
pub async fn trigger(State(desk): Shared, _operator: Operator, Json(trigger): Json<Trigger>) -> Answer {
    let app = check(&desk, &trigger)?;
    publish(&desk, &app, &trigger);
    Ok(ok(&Done::YES))
}

/// Publishes a bare event to any channel of an app, both of which were checked.
pub fn publish(desk: &Desk, app: &App, trigger: &Trigger) {
    let event = Event {
        channel: &trigger.channel,
        event: &trigger.event,
        data: &trigger.data,
        user_id: None,
        except: None,
    };
    desk.hub.publish(&app.id, event);
}

/// Can it be published? Answers the app.
///
/// # Errors
/// No such app, no such name, or too much data.
pub fn check(desk: &Desk, trigger: &Trigger) -> Result<Arc<App>, Refused> {
    let app = app_with(desk, trigger.app.as_deref(), &trigger.channel)?;
    if trigger.data.len() > limit::EVENT_DATA_BYTES {
        return Err(Refusal::EventTooLarge.into());
    }
    Ok(app)
}

/// The app of which this could be a channel; the chat's own when none is named.
///
/// # Errors
/// No such app, or no such name.
pub fn app_with(desk: &Desk, app_id: Option<&str>, channel: &str) -> Result<Arc<App>, Refused> {
    let app = desk.hub.app_by_id(app_id.unwrap_or(&desk.app.id)).ok_or(Refusal::UnknownAppId)?;
    wire::channel::check(channel, app.compat)?;
    Ok(app)
}

/// `frontdesk status`: how the server does. No secret is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// The release.
    pub version: String,
    /// Of the process.
    pub pid: u32,
    /// Seconds since it began.
    pub uptime_s: u64,
    /// Where it listens first, as the settings have it.
    pub address: String,
    /// Folder of database and secrets.
    pub data: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Resident memory.
    pub memory_bytes: Option<u64>,
    /// User and system time.
    pub cpu_s: Option<f64>,
    /// Open descriptors.
    pub open_fds: Option<u64>,
    /// Descriptors there may be.
    pub max_fds: Option<u64>,
    /// Open sockets.
    pub connections: u64,
    /// Channels with subscribers.
    pub channels: u64,
    /// Members of presence channels.
    pub members: u64,
    /// Readers cut because they did not read, since the start.
    pub slow_readers: u64,
    /// Events dropped because a shard was too far behind, since the start.
    pub events_dropped: u64,
    /// Over the last ten seconds.
    pub rates: Rates,
    /// Each app that is served.
    pub apps: Vec<AppStatus>,
    /// Other nodes, where there can be any.
    #[serde(default)]
    pub bus: Option<BusStatus>,
    /// Sessions over the HTTP fallback transports.
    #[serde(default)]
    pub fallback_sessions: u64,
}

/// How this node stands to the others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BusStatus {
    /// Can they be reached?
    pub is_up: bool,
    /// Those that are alive.
    pub nodes: u64,
    /// Events that did not reach them, since the start.
    pub dropped: u64,
}

/// What goes through the sockets in a second.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rates {
    /// Messages received.
    pub frames_in_per_s: f64,
    /// Frames sent.
    pub frames_out_per_s: f64,
    /// Bytes received.
    pub bytes_in_per_s: f64,
    /// Bytes sent.
    pub bytes_out_per_s: f64,
}

/// One app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AppStatus {
    /// Its id.
    pub id: String,
    /// Open sockets.
    pub connections: u64,
    /// Channels with subscribers.
    pub channels: u64,
    /// Members of presence channels.
    pub members: u64,
    /// Events published since the start.
    pub published: u64,
    /// Client events accepted since the start.
    pub client_events: u64,
}

/// `GET /operator/status`.
pub async fn status(State(desk): Shared, _operator: Operator) -> Answer {
    let (process, stats, metrics) = (process::look(), desk.hub.stats(), &desk.metrics);
    let apps: Vec<AppStatus> = desk.hub.app_stats().into_iter().map(AppStatus::from).collect();
    let data = std::path::absolute(&desk.settings.data).unwrap_or_else(|_| desk.settings.data.clone());
    Ok(ok(&Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        uptime_s: metrics.uptime_s(),
        address: format!("{}:{}", desk.settings.host, desk.settings.port),
        data: data.display().to_string(),
        database: storage_name(&desk.settings).to_owned(),
        memory_bytes: process.resident_bytes,
        cpu_s: process.cpu_s,
        open_fds: process.open_fds,
        max_fds: process.max_fds,
        connections: stats.connections,
        channels: stats.channels,
        members: apps.iter().map(|app| app.members).sum(),
        slow_readers: stats.slow_readers,
        events_dropped: stats.events_dropped,
        rates: Rates {
            frames_in_per_s: metrics.per_second(|stats| stats.frames_in),
            frames_out_per_s: metrics.per_second(|stats| stats.frames_out),
            bytes_in_per_s: metrics.per_second(|stats| stats.bytes_in),
            bytes_out_per_s: metrics.per_second(|stats| stats.bytes_out),
        },
        apps,
        bus: stats.bus.map(|bus| BusStatus { is_up: bus.is_up, nodes: bus.nodes, dropped: bus.dropped }),
        fallback_sessions: desk.fallback.count() as u64,
    }))
}

impl From<realtime::AppStats> for AppStatus {
    fn from(stats: realtime::AppStats) -> AppStatus {
        AppStatus {
            id: stats.id,
            connections: stats.connections,
            channels: stats.channels,
            members: stats.members,
            published: stats.published,
            client_events: stats.client_events,
        }
    }
}

/// Which rows the command line asks for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ask {
    /// Of this app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Subscribers of this channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Channels whose names begin so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// At most so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl Ask {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(limit::OPERATOR_ROWS).min(limit::OPERATOR_ROWS_MAX)
    }

    /// The app asked for, if it is served.
    fn check(&self, desk: &Desk) -> Result<(), Refusal> {
        let known = self.app.as_ref().is_none_or(|id| desk.hub.app_by_id(id).is_some());
        if known { Ok(()) } else { Err(Refusal::UnknownAppId) }
    }
}

/// `frontdesk connections`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Connections {
    /// How many there are, whatever was asked for; of a channel, its subscriptions.
    pub total: u64,
    /// The oldest first.
    pub connections: Vec<Connection>,
}

/// One open socket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Connection {
    /// Whose.
    pub app: String,
    /// As the hello named it.
    pub socket_id: String,
    /// The other end; the proxy's, behind one.
    pub peer: Option<String>,
    /// Seconds since it came.
    pub open_s: u64,
    /// Seconds since bytes last came.
    pub silent_s: u64,
    /// Channels it has joined.
    pub channels: usize,
    /// Users its subscriptions are signed for.
    pub users: Vec<String>,
    /// Bytes it has not read yet.
    pub waiting_bytes: usize,
}

/// `GET /operator/connections`. A channel without an app is one of the chat's.
pub async fn connections(State(desk): Shared, _operator: Operator, Query(mut ask): Query<Ask>) -> Answer {
    if ask.channel.is_some() {
        ask.app.get_or_insert_with(|| desk.app.id.clone());
    }
    ask.check(&desk)?;
    let total = match (&ask.app, &ask.channel) {
        (Some(app), Some(channel)) => u64::from(desk.hub.subscriptions(app, channel)),
        (Some(app), None) => desk.hub.connections(app) as u64,
        (None, _) => desk.hub.stats().connections,
    };
    let look = Look { limit: ask.limit(), app_id: ask.app, channel: ask.channel };
    let connections = desk.hub.look(look).await.into_iter().map(Connection::from).collect();
    Ok(ok(&Connections { total, connections }))
}

impl From<realtime::Seen> for Connection {
    fn from(seen: realtime::Seen) -> Connection {
        Connection {
            app: seen.app_id,
            socket_id: seen.socket_id,
            peer: seen.peer.map(|peer| peer.to_string()),
            open_s: seen.open_s,
            silent_s: seen.silent_s,
            channels: seen.channels,
            users: seen.users,
            waiting_bytes: seen.waiting_bytes,
        }
    }
}

/// `frontdesk channels`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Channels {
    /// How many fit what was asked for.
    pub total: u64,
    /// By app and name.
    pub channels: Vec<Channel>,
}

/// One channel with subscribers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Channel {
    /// Whose.
    pub app: String,
    /// Its name.
    pub name: String,
    /// Subscriptions.
    pub subscriptions: u32,
    /// Users present, on a presence channel.
    pub users: Option<usize>,
}

/// `GET /operator/channels`.
pub async fn channels(State(desk): Shared, _operator: Operator, Query(ask): Query<Ask>) -> Answer {
    ask.check(&desk)?;
    let apps = desk.hub.apps().into_iter().filter(|app| ask.app.as_ref().is_none_or(|id| *id == app.id));
    let (mut total, mut channels) = (0, Vec::new());
    for app in apps {
        let found = desk.hub.channels(&app.id, ask.prefix.as_deref().unwrap_or_default());
        total += found.len() as u64;
        for (name, subscriptions) in found.into_iter().take(ask.limit() - channels.len()) {
            let is_presence = Kind::of(&name).access == Access::Presence;
            let users = is_presence.then(|| desk.hub.user_count(&app.id, &name));
            channels.push(Channel { app: app.id.clone(), name: name.to_string(), subscriptions, users });
        }
    }
    Ok(ok(&Channels { total, channels }))
}
