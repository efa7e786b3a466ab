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
    /// Answers on every widget, and sets up widgets and team; what is secret or final is for owners.
    Admin,
    /// Answers on the widgets they are a member of.
    Agent,
    /// Reads what is written on the widgets they are a member of, and changes nothing.
    Viewer,
}

impl Role {
    /// Every role, the one that may most first.
    pub const ALL: [Role; 4] = [Role::Owner, Role::Admin, Role::Agent, Role::Viewer];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Agent => "agent",
            Role::Viewer => "viewer",
        }
    }

    /// Back from [`Role::as_str`].
    pub fn from_word(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// On every widget, whether a member of it or not?
    pub const fn is_everywhere(self) -> bool {
        matches!(self, Role::Owner | Role::Admin)
    }

    /// May they set up widgets and team?
    pub const fn administers(self) -> bool {
        matches!(self, Role::Owner | Role::Admin)
    }

    /// Do they answer, or only look on?
    pub const fn answers(self) -> bool {
        !matches!(self, Role::Viewer)
    }
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
    /// The second step, for whom that is on: a code of the authenticator app, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub code: Option<String>,
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
    /// Widgets they answer on, or look on at; owners and admins are on all.
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
    /// Widgets this agent answers on; none while the second step is owed.
    pub widgets: Vec<WidgetProfile>,
    /// Everybody signs in in two steps here, and this agent has yet to set that up: nothing else is answered before.
    pub two_factor_owed: bool,
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

/// `PATCH /api/v1/agents/{id}`; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentChange {
    /// Shown to visitors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub name: Option<String>,
    /// What they may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub role: Option<Role>,
    /// All widgets they are on from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub widgets: Option<Vec<String>>,
}

/// `PATCH /api/v1/widgets/{id}/agents`: who is on the widget from now on, and who no more. All others stay as they
/// are, so that two who change it at once do not undo each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct WidgetAgentsChange {
    /// Ids of agents who are on it now. Owners and admins are on every widget without.
    #[serde(default)]
    pub join: Vec<String>,
    /// Ids of agents who are on it no more.
    #[serde(default)]
    pub leave: Vec<String>,
}

/// A colleague, to those who administer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TeamMember {
    /// As all colleagues see them.
    pub agent: AgentProfile,
    /// Does their signing in take a second step?
    pub two_factor: bool,
}

/// An invitation that nobody has used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct InvitationProfile {
    /// `inv_…`.
    pub id: String,
    /// What they will be allowed.
    pub role: Role,
    /// Widgets they will be on.
    pub widgets: Vec<String>,
    /// To whom it is addressed.
    pub email: Option<String>,
    /// Who invited.
    pub by: String,
    /// RFC 3339.
    pub expires_at: String,
}

/// `GET /api/v1/team`, and the reply to what changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TeamReply {
    /// Always `true`.
    pub success: bool,
    /// Everyone who can sign in, the first who came first.
    pub members: Vec<TeamMember>,
    /// Who is expected, the newest invitation first.
    pub invitations: Vec<InvitationProfile>,
    /// Does everybody have to sign in in two steps?
    pub two_factor_demanded: bool,
}

/// `PUT /api/v1/team/two-factor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TwoFactorDemand {
    /// From now on, does everybody have to sign in in two steps?
    pub demanded: bool,
}

/// `POST /api/v1/invitations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct NewInvitation {
    /// What they will be allowed.
    pub role: Role,
    /// Widgets they will be on.
    #[serde(default)]
    pub widgets: Vec<String>,
    /// Where the link is sent, if this server sends mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub email: Option<String>,
}

/// An invitation was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct InvitationReply {
    /// Always `true`.
    pub success: bool,
    /// What stands behind `#join=` in the link; told this once.
    pub code: String,
    /// Was it mailed?
    pub mailed: bool,
    /// All that wait, with the new one.
    pub invitations: Vec<InvitationProfile>,
}
