//! One's own account: name, password, second step, sessions; and how an invited colleague comes in.
//! Knows nothing of other people's accounts.

use super::{AgentProfile, Role};
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// `GET /api/v1/account`, and the reply to what changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AccountReply {
    /// Always `true`.
    pub success: bool,
    /// As colleagues see it.
    pub agent: AgentProfile,
    /// Does signing in take a second step?
    pub two_factor: bool,
    /// Does everybody have to sign in in two steps? Then nobody can switch it off.
    pub two_factor_demanded: bool,
    /// How many recovery codes are left.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub recovery_codes: u64,
    /// Where this person is signed in, the newest first.
    pub sessions: Vec<SessionProfile>,
}

/// One place where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SessionProfile {
    /// `ses_…`.
    pub id: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// The address it was begun from; empty where that is not known.
    pub address: String,
    /// Browser and system, as the browser calls itself; empty where that is not known.
    pub device: String,
    /// Is it the one that asks?
    pub is_this: bool,
}

/// `PATCH /api/v1/account`; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AccountChange {
    /// Shown to visitors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub name: Option<String>,
    /// Ends every other session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub password: Option<NewPassword>,
}

/// Another password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct NewPassword {
    /// The present one.
    pub old: String,
    /// At least ten characters.
    pub new: String,
}

/// `POST /api/v1/account/two-factor`: what the authenticator app needs, told this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TwoFactorBegun {
    /// Always `true`.
    pub success: bool,
    /// To type: base32.
    pub key: String,
    /// To draw as a QR code: `otpauth://…`.
    pub uri: String,
}

/// `PUT /api/v1/account/two-factor`: the first code shows that the app has the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TwoFactorCode {
    /// Six digits.
    pub code: String,
}

/// From now on signing in takes a second step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct RecoveryCodesReply {
    /// Always `true`.
    pub success: bool,
    /// Each stands for a code once; told this once.
    pub recovery_codes: Vec<String>,
}

/// `POST /api/v1/account/two-factor/off`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Proof {
    /// The password, a code or a recovery code.
    pub proof: String,
}

/// `POST /api/v1/invitation`: what a code invites to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct InvitationCode {
    /// From the link.
    pub code: String,
}

/// What somebody was invited to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct InvitedReply {
    /// Always `true`.
    pub success: bool,
    /// What they may do.
    pub role: Role,
    /// To whom it was sent.
    pub email: Option<String>,
    /// Who invited.
    pub by: String,
    /// Will they have to set up two-step sign-in?
    pub two_factor_demanded: bool,
}

/// `POST /api/v1/join`: an invited person comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct JoinRequest {
    /// From the link.
    pub code: String,
    /// Shown to visitors.
    pub name: String,
    /// To sign in with.
    pub email: String,
    /// At least ten characters.
    pub password: String,
}
