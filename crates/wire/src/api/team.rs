//! Agents: who they are, how they come in, and what their console needs. Knows nothing of visitors.

use super::WidgetProfile;
use crate::availability::AgentStatus;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// What an agent may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum Role {
    /// Everything, on every widget.
    Owner,
    /// Answers on the widgets they are a member of.
    Agent,
}

/// `POST /api/v1/setup`: the first agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SetupRequest {
    /// From the set-up link.
    pub code: String,
    /// Shown to visitors.
    pub name: String,
    /// To sign in with.
    pub email: String,
    /// At least ten characters.
    pub password: String,
}

/// `POST /api/v1/login`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct LoginRequest {
    /// E-mail.
    pub email: String,
    /// Password.
    pub password: String,
}

/// An agent as colleagues see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentProfile {
    /// `agt_…`.
    pub id: String,
    /// Shown to visitors.
    pub name: String,
    /// To sign in with.
    pub email: String,
    /// URL of a picture.
    pub avatar: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Widgets they answer on; an owner answers on all.
    pub widgets: Vec<String>,
}

/// How the console connects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ConsoleRealtime {
    /// The chat app's key.
    pub key: String,
    /// Prefix of `/app/{key}`; host and port are the page's own.
    pub path: String,
}

/// `GET /api/v1/me`, and the reply to set-up and login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MeReply {
    /// Always `true`.
    pub success: bool,
    /// The agent signed in.
    pub agent: AgentProfile,
    /// Goes into `X-CSRF-Token` of every writing request.
    pub csrf: String,
    /// What this agent says of being there.
    pub status: AgentStatus,
    /// Where the socket is.
    pub realtime: ConsoleRealtime,
    /// Widgets this agent answers on.
    pub widgets: Vec<WidgetProfile>,
    /// The host of a foreign provider that visitors' text passes through (ruling 13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub third_party: Option<String>,
}

/// `POST /api/v1/agents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AddAgent {
    /// Shown to visitors.
    pub name: String,
    /// To sign in with.
    pub email: String,
    /// At least ten characters.
    pub password: String,
    /// What they may do.
    pub role: Role,
    /// Widgets they answer on.
    #[serde(default)]
    pub widgets: Vec<String>,
}

/// Asks for an agent who sets their own password by a one-time link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invitation {
    /// Shown to visitors.
    pub name: String,
    /// To sign in with.
    pub email: String,
    /// What they may do; the first is an owner, later ones are agents unless it is said.
    pub role: Option<Role>,
    /// Widgets they answer on.
    pub widgets: Vec<String>,
}

/// `GET /api/v1/agents`, and the reply to a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentsReply {
    /// Always `true`.
    pub success: bool,
    /// Everyone who can sign in.
    pub agents: Vec<AgentProfile>,
}
