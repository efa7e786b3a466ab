//! The audit trail: who did what, when and from where. Decides what is noted down; knows nothing of how.

use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// What is noted down.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "ts", derive(TS))]
        pub enum AuditKind { $($(#[$doc])* #[serde(rename = $word)] $variant,)* }

        impl AuditKind {
            /// Every kind.
            pub const ALL: &'static [AuditKind] = &[$(AuditKind::$variant,)*];

            /// The word on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(AuditKind::$variant => $word,)* }
            }
        }
    };
}

kinds! {
    /// Somebody signed in.
    SignedIn = "signed-in";
    /// A password or code was wrong.
    SignInRefused = "sign-in-refused";
    /// Somebody ended their other sessions.
    SignedOutElsewhere = "signed-out-elsewhere";
    /// Somebody has another name.
    NameChanged = "name-changed";
    /// Somebody has another password.
    PasswordChanged = "password-changed";
    /// Signing in takes a second step.
    TwoFactorOn = "two-factor-on";
    /// It does no more.
    TwoFactorOff = "two-factor-off";
    /// A colleague's second step was taken away.
    TwoFactorReset = "two-factor-reset";
    /// From now on everybody signs in in two steps.
    TwoFactorDemanded = "two-factor-demanded";
    /// They need not any more.
    TwoFactorOptional = "two-factor-optional";
    /// A recovery code stood for a code.
    RecoveryCodeUsed = "recovery-code-used";
    /// An agent was added.
    AgentAdded = "agent-added";
    /// An agent has another role, name or other widgets.
    AgentChanged = "agent-changed";
    /// An agent was removed.
    AgentRemoved = "agent-removed";
    /// A new link for somebody who lost the password.
    PasswordReset = "password-reset";
    /// An invitation was made.
    InvitationMade = "invitation-made";
    /// An invitation was withdrawn.
    InvitationWithdrawn = "invitation-withdrawn";
    /// An invited person came in.
    InvitationUsed = "invitation-used";
    /// A widget was added.
    WidgetAdded = "widget-added";
    /// A widget was changed.
    WidgetChanged = "widget-changed";
    /// A widget has another token.
    TokenRotated = "token-rotated";
    /// A widget was removed.
    WidgetRemoved = "widget-removed";
    /// A website has another secret to vouch with.
    IdentitySecretMade = "identity-secret-made";
    /// An API key was made.
    KeyMade = "key-made";
    /// An API key was revoked.
    KeyRevoked = "key-revoked";
    /// A webhook was added.
    WebhookAdded = "webhook-added";
    /// A webhook was changed.
    WebhookChanged = "webhook-changed";
    /// A webhook was removed.
    WebhookRemoved = "webhook-removed";
    /// Somebody was blocked.
    BlockAdded = "block-added";
    /// A block was lifted.
    BlockRemoved = "block-removed";
    /// A tag was renamed or removed everywhere.
    TagChanged = "tag-changed";
    /// A backup was downloaded.
    BackupTaken = "backup-taken";
    /// A person was erased.
    Erased = "erased";
    /// What is known of a person was given out.
    Exported = "exported";
    /// A channel's events were looked on at.
    ChannelInspected = "channel-inspected";
    /// What an event on it said was read.
    EventRead = "event-read";
    /// An event was published by hand.
    EventPublished = "event-published";
    /// Letters that were given up were dropped.
    LettersDropped = "letters-dropped";
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AuditEntry {
    /// `aud_…`, in the order of time.
    pub id: String,
    /// RFC 3339.
    pub at: String,
    /// Who; absent for the command line and for whoever did not get in.
    pub agent_id: Option<String>,
    /// Their name then.
    pub agent_name: String,
    /// What.
    pub kind: AuditKind,
    /// To whom or what: a name, or an id where there is none.
    pub about: String,
    /// What of it, such as `role: agent to viewer`; may be empty. Never a secret.
    pub detail: String,
    /// The address it came from; empty where that is not known.
    pub address: String,
}

/// `GET /api/v1/audit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AuditReply {
    /// Always `true`.
    pub success: bool,
    /// The newest first.
    pub entries: Vec<AuditEntry>,
    /// For the page of older ones; absent where this is the last.
    pub next: Option<String>,
}
