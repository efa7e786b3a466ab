//! What owners see of the server at work: figures over time, channels, one channel's events, queues and nodes.
//! Decides how that reads over the wire; knows nothing of how it is gathered.

use crate::alert::MissedAlert;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// `GET /api/v1/monitor/overview`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct OverviewReply {
    /// Always `true`.
    pub success: bool,
    /// The release.
    pub version: String,
    /// The node that answers; the columns are its own.
    pub node: String,
    /// Seconds since it began.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub uptime_s: u64,
    /// Open sockets on all nodes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub connections: u64,
    /// Channels with subscribers on this node.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub channels: u64,
    /// Sessions over the HTTP fallback transports on this node.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub fallback_sessions: u64,
    /// Facts of the chat committed by this node since it began.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub facts: u64,
    /// What was, oldest first.
    pub columns: Columns,
}

/// Samples as columns: the same place in each is the same time. A minute's row has the mean of its rates, and the
/// highest of what is not a rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Columns {
    /// Seconds between two rows: 1 or 60.
    pub step_s: u32,
    /// Unix time in seconds.
    pub at: Vec<u32>,
    /// Open sockets.
    pub connections: Vec<f32>,
    /// Events published in a second, by servers and clients.
    pub messages: Vec<f32>,
    /// Frames sent in a second.
    pub deliveries: Vec<f32>,
    /// Microseconds from a publish until its last socket was written to: half were quicker. 0: nothing was sent.
    pub latency_p50_us: Vec<f32>,
    /// The same, and all but one in a hundred were quicker.
    pub latency_p99_us: Vec<f32>,
    /// HTTP requests answered in a second.
    pub requests: Vec<f32>,
    /// Answers 5xx, events dropped and readers cut, in a second.
    pub errors: Vec<f32>,
    /// Resident memory.
    pub memory_bytes: Vec<f32>,
    /// Cores used: 1.0 is one whole core.
    pub cpu: Vec<f32>,
}

/// `GET /api/v1/monitor/channels`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ChannelsReply {
    /// Always `true`.
    pub success: bool,
    /// The apps that are served.
    pub apps: Vec<String>,
    /// In the order asked for.
    pub channels: Vec<MonitoredChannel>,
    /// How many were found.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total: u64,
    /// Was everything looked at? A look ends at half a million channels.
    pub is_whole: bool,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// A channel with subscribers, over all nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MonitoredChannel {
    /// Whose.
    pub app: String,
    /// Its name.
    pub name: String,
    /// Subscriptions.
    pub subscriptions: u32,
    /// Users present, on a presence channel.
    pub users: Option<u32>,
}

/// `POST /api/v1/monitor/inspections`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct NewInspection {
    /// The app; the chat's own when absent.
    #[serde(default)]
    pub app: Option<String>,
    /// Whose events.
    pub channel: String,
    /// For how long: 1 to 30, otherwise 5.
    #[serde(default)]
    pub minutes: Option<u32>,
}

/// A look at one channel's events: `GET /api/v1/monitor/inspections/{id}`, and the answer to its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct InspectionReply {
    /// Always `true`.
    pub success: bool,
    /// `ins_…`.
    pub id: String,
    /// Whose.
    pub app: String,
    /// The channel.
    pub channel: String,
    /// Milliseconds until it ends by itself.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub left_ms: u64,
    /// Subscriptions to the channel on all nodes.
    pub subscriptions: u32,
    /// Those after the number asked for, oldest first.
    pub events: Vec<InspectedEvent>,
    /// Events after that number that were too many to keep.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub dropped: u64,
}

/// An event without what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct InspectedEvent {
    /// From 1, without gaps.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub number: u64,
    /// Milliseconds of the Unix epoch.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub at_ms: u64,
    /// Its name.
    pub name: String,
    /// Bytes of its data.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    /// Whom it is stamped with: a client's event.
    pub user_id: Option<String>,
}

/// `POST /api/v1/monitor/inspections/{id}/bodies`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ShowBody {
    /// Of the event.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub number: u64,
}

/// What an event said, without what looks like a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct BodyReply {
    /// Always `true`.
    pub success: bool,
    /// Of the event.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub number: u64,
    /// Its data as text.
    pub body: String,
}

/// `POST /api/v1/monitor/events`: an event that is stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct CreateEvent {
    /// The app; the chat's own when absent.
    #[serde(default)]
    pub app: Option<String>,
    /// Any channel of the app.
    pub channel: String,
    /// Its name.
    pub event: String,
    /// JSON, as text.
    pub data: String,
}

/// Who could hear it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct CreatedReply {
    /// Always `true`.
    pub success: bool,
    /// Subscriptions to the channel on all nodes when it was sent.
    pub heard: u32,
}

/// Work that is done after what caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum QueueKind {
    /// Webhooks of the chat.
    ChatWebhooks,
    /// Webhooks of Pusher apps.
    AppWebhooks,
    /// Answers to be mailed.
    Mail,
    /// What a search does not find yet.
    Index,
    /// Conversations to be erased.
    Erasures,
    /// Files that belong to no message, or to nothing any more.
    Files,
    /// Facts that feeds and API keys do not see yet.
    Feed,
    /// Agents' alerts by push and mail.
    Alerts,
}

/// How one queue stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Queue {
    /// Which.
    pub kind: QueueKind,
    /// What waits, up to 10,000.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub waiting: u64,
    /// What of it is being sent now, where that is known.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sending: u64,
    /// What of it has failed before.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub retrying: u64,
    /// What was given up.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub dead: u64,
    /// Milliseconds for which the oldest has waited; absent where that is not known, or nothing waits.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub oldest_ms: Option<u64>,
    /// Why it last failed.
    pub failure: Option<String>,
    /// When, in milliseconds of the Unix epoch.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub failed_ms: Option<u64>,
}

/// A webhook for which letters wait, or were given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Destination {
    /// As the outbox names it.
    pub id: String,
    /// Its address without the query; absent: nobody is served there any more.
    pub address: Option<String>,
    /// Of which queue.
    pub kind: QueueKind,
    /// Letters.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub waiting: u64,
    /// Those that have failed before.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub retrying: u64,
    /// Those given up.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub dead: u64,
    /// Milliseconds for which the oldest has waited.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub oldest_ms: Option<u64>,
    /// Milliseconds until the next attempt.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub next_ms: Option<u64>,
    /// Why the last attempt failed; absent when it did not.
    pub failure: Option<String>,
    /// When, in milliseconds of the Unix epoch.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub failed_ms: Option<u64>,
}

/// A letter that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct DeadLetter {
    /// `ddl_…`.
    pub id: String,
    /// As the outbox names it.
    pub destination: String,
    /// The name of what it tells.
    pub event: String,
    /// When it was written, in milliseconds of the Unix epoch.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub created_ms: u64,
    /// When it was given up.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub died_ms: u64,
    /// How often delivery failed.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub attempts: u64,
    /// Why, at last.
    pub failure: Option<String>,
}

/// `GET /api/v1/monitor/queues`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct QueuesReply {
    /// Always `true`.
    pub success: bool,
    /// Every queue there is.
    pub queues: Vec<Queue>,
    /// Webhooks with something to say of them.
    pub destinations: Vec<Destination>,
    /// The newest first, at most a hundred.
    pub dead: Vec<DeadLetter>,
    /// Alerts that were given up after they had been tried, the newest first, at most a hundred.
    pub dead_alerts: Vec<MissedAlert>,
}

/// `POST /api/v1/monitor/queues/retry`: tries what waits for a webhook now, or all alerts that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct RetryQueue {
    /// As the outbox names it; `alerts` for the alerts.
    pub destination: String,
}

/// `POST /api/v1/monitor/dead-letters/retry` and `/drop`, and the same for alerts under `/api/v1/monitor/dead-alerts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct DeadLetters {
    /// `ddl_…`, or `alt_…` of alerts; at most a hundred.
    pub ids: Vec<String>,
}

/// Whether something that a node needs works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It answers.
    Good,
    /// It does not.
    Away,
    /// This node has none.
    None,
}

/// One node, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct NodeStatus {
    /// Random at each start.
    pub id: String,
    /// Where it listens first.
    pub address: String,
    /// The release.
    pub version: String,
    /// When it began, in milliseconds of the Unix epoch.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub started_ms: u64,
    /// Open sockets.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub connections: u64,
    /// Milliseconds that its last word took to the other nodes' meeting place and back; absent where it is alone.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub link_lag_ms: Option<u64>,
    /// `sqlite` or `postgres`.
    pub storage: String,
    /// The database.
    pub database: Health,
    /// Microseconds that it took to answer.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub database_us: u64,
    /// The way to the other nodes.
    pub redis: Health,
}

/// A node in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ListedNode {
    /// What it said.
    pub node: NodeStatus,
    /// Milliseconds since it said so.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub heard_ms: u64,
}

/// `GET /api/v1/monitor/nodes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct NodesReply {
    /// Always `true`.
    pub success: bool,
    /// The one that answers.
    pub me: String,
    /// That one first, then by address.
    pub nodes: Vec<ListedNode>,
}
