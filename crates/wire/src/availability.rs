//! What visitors are told of whether anybody is there, and how an owner sets the hours. Decides the words;
//! knows nothing of clocks and of who is connected.

use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// A time in which the desk is open, every week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct OpenSpan {
    /// The day on which it begins.
    pub day: Day,
    /// `HH:MM` by the clock of the zone.
    pub from: String,
    /// `HH:MM`, up to `24:00`; not after `from` means on the next day.
    pub to: String,
}

/// When a widget's desk is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct OpeningHours {
    /// IANA name, such as `Europe/Madrid`.
    pub zone: String,
    /// In any order; none: never open.
    pub days: Vec<OpenSpan>,
}

/// An agent as the owner chose to show them to everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentShown {
    /// The name.
    pub name: String,
    /// URL of a picture.
    pub avatar: Option<String>,
}

/// Is anybody there? `availability.updated` on `cache-widget.{id}`, and part of what widgets read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Availability {
    /// Is an agent of this widget there right now, and not away?
    pub online: bool,
    /// Those who are, where the owner shows them.
    pub agents: Vec<AgentShown>,
    /// By the opening hours; without any, always.
    pub open: bool,
    /// When it opens next, RFC 3339; absent while it is open, and when it never opens.
    pub opens_at: Option<String>,
    /// What the owner says to those who come while it is closed or nobody is there.
    pub away_text: Option<String>,
}

/// Tells a widget's page whether anybody is there.
pub const AVAILABILITY_EVENT: &str = "availability.updated";

/// What agents say of themselves. Online counts only while a socket of theirs is on `presence-agents`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum AgentStatus {
    /// Answers.
    #[default]
    Online,
    /// Connected, and not answering.
    Away,
    /// Does not want to be counted.
    Offline,
}

/// `PUT /api/v1/me/presence`, and its reply's half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct OwnPresence {
    /// From now on, on all nodes and after restarts.
    pub status: AgentStatus,
}

/// `agent.status` on `presence-agents`: a colleague says something else of themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentStatusChanged {
    /// `agt_…`.
    pub agent_id: String,
    /// What they say now.
    pub status: AgentStatus,
}

/// Tells colleagues of an [`AgentStatusChanged`].
pub const AGENT_STATUS_EVENT: &str = "agent.status";
