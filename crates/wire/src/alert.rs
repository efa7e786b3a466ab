//! What an agent is alerted of and by which ways, the ladder that a widget climbs until somebody answers, and
//! the devices that take pushes. Decides the words; knows nothing of when a step is due and of how it is sent.

use crate::availability::OpeningHours;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// How an alert reaches somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum Way {
    /// A sound, in one tab of the open console.
    Sound,
    /// A notification of the open console.
    Desktop,
    /// A push to devices, the console open or not.
    Push,
    /// A mail to the agent's address.
    Mail,
}

impl Way {
    /// Every way, the nearest first.
    pub const ALL: [Way; 4] = [Way::Sound, Way::Desktop, Way::Push, Way::Mail];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Way::Sound => "sound",
            Way::Desktop => "desktop",
            Way::Push => "push",
            Way::Mail => "mail",
        }
    }

    /// Back from [`Way::as_str`].
    pub fn from_word(word: &str) -> Option<Way> {
        Way::ALL.into_iter().find(|way| way.as_str() == word)
    }

    /// Made by an open console itself.
    pub const fn is_the_consoles(self) -> bool {
        matches!(self, Way::Sound | Way::Desktop)
    }
}

/// Of what an agent is alerted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum AlertKind {
    /// A visitor waits in a conversation that is theirs, or one was given to them.
    Mine,
    /// A visitor waits in a conversation that is nobody's, or whose agent does not answer.
    Unassigned,
    /// A note calls them.
    Mention,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [AlertKind; 3] = [AlertKind::Mine, AlertKind::Unassigned, AlertKind::Mention];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            AlertKind::Mine => "mine",
            AlertKind::Unassigned => "unassigned",
            AlertKind::Mention => "mention",
        }
    }

    /// Back from [`AlertKind::as_str`].
    pub fn from_word(word: &str) -> Option<AlertKind> {
        AlertKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Whom a step of the ladder alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum Whom {
    /// The agent whose conversation it is; everybody who answers on the widget while it is nobody's.
    Assignee,
    /// Everybody who answers on the widget.
    Members,
    /// Owners and admins.
    Owners,
}

/// One step of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct EscalationStep {
    /// Seconds for which the visitor has waited.
    pub after_s: u32,
    /// Who is alerted.
    pub whom: Whom,
    /// How.
    pub ways: Vec<Way>,
}

/// What happens while a visitor waits: until an agent answers, or the conversation is resolved or put off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Escalation {
    /// In the order in which they are due; none: nobody is alerted.
    pub steps: Vec<EscalationStep>,
}

impl Default for Escalation {
    fn default() -> Escalation {
        let step = |after_s, whom, ways: &[Way]| EscalationStep { after_s, whom, ways: ways.to_vec() };
        Escalation {
            steps: vec![
                step(0, Whom::Assignee, &[Way::Sound, Way::Desktop, Way::Push]),
                step(120, Whom::Members, &[Way::Push]),
                step(300, Whom::Members, &[Way::Mail]),
                step(900, Whom::Owners, &[Way::Mail]),
            ],
        }
    }
}

/// By which ways a kind of alert may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Ways {
    /// [`Way::Sound`].
    pub sound: bool,
    /// [`Way::Desktop`].
    pub desktop: bool,
    /// [`Way::Push`].
    pub push: bool,
    /// [`Way::Mail`].
    pub mail: bool,
}

impl Ways {
    const ALL: Ways = Ways { sound: true, desktop: true, push: true, mail: true };

    /// May it come by this way?
    pub const fn has(self, way: Way) -> bool {
        match way {
            Way::Sound => self.sound,
            Way::Desktop => self.desktop,
            Way::Push => self.push,
            Way::Mail => self.mail,
        }
    }
}

/// What an agent wants to be alerted of, and when not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AlertRules {
    /// [`AlertKind::Mine`].
    pub mine: Ways,
    /// [`AlertKind::Unassigned`].
    pub unassigned: Ways,
    /// [`AlertKind::Mention`].
    pub mention: Ways,
    /// Not to be disturbed before this time, RFC 3339.
    pub quiet_until: Option<String>,
    /// Not to be disturbed in these times, every week.
    pub quiet_hours: Option<OpeningHours>,
    /// Does being away hold alerts back too?
    pub away_is_quiet: bool,
    /// Do pushes and mails leave out what the visitor wrote?
    pub hide_words: bool,
}

impl Default for AlertRules {
    fn default() -> AlertRules {
        AlertRules {
            mine: Ways::ALL,
            unassigned: Ways::ALL,
            mention: Ways { mail: false, ..Ways::ALL },
            quiet_until: None,
            quiet_hours: None,
            away_is_quiet: false,
            hide_words: false,
        }
    }
}

impl AlertRules {
    /// By which ways this kind may come.
    pub const fn ways(&self, kind: AlertKind) -> Ways {
        match kind {
            AlertKind::Mine => self.mine,
            AlertKind::Unassigned => self.unassigned,
            AlertKind::Mention => self.mention,
        }
    }
}

/// `PATCH /api/v1/me/alerts`: what is absent stays; `null` takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct AlertRulesChange {
    /// See [`AlertRules`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mine: Option<Ways>,
    /// See [`AlertRules`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unassigned: Option<Ways>,
    /// See [`AlertRules`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mention: Option<Ways>,
    /// RFC 3339, or `null`: disturb again.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_is_some")]
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub quiet_until: Option<Option<String>>,
    /// Or `null`: none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_is_some")]
    #[cfg_attr(feature = "ts", ts(type = "OpeningHours | null"))]
    pub quiet_hours: Option<Option<OpeningHours>>,
    /// See [`AlertRules`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_is_quiet: Option<bool>,
    /// See [`AlertRules`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hide_words: Option<bool>,
}

/// Absent stays `None`; `null` is `Some(None)`.
fn null_is_some<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// `POST /api/v1/me/devices`: a browser that takes pushes, as its `PushSubscription` says (Push API, 8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AddDevice {
    /// Where its push service takes pushes for it.
    pub endpoint: String,
    /// Its public key, base64url.
    pub p256dh: String,
    /// Its authentication secret, base64url.
    pub auth: String,
    /// As its owner finds it in the list: "Firefox on Linux".
    pub name: String,
}

/// A browser that takes pushes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Device {
    /// `dev_…`.
    pub id: String,
    /// As its owner finds it.
    pub name: String,
    /// The endpoint, for the browser to know itself by.
    pub endpoint: String,
    /// RFC 3339.
    pub created_at: String,
    /// When a push service last took something for it, RFC 3339.
    pub pushed_at: Option<String>,
}

/// An alert that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MissedAlert {
    /// `alt_…`.
    pub id: String,
    /// Whom it was for.
    pub agent_id: String,
    /// Their name.
    pub agent_name: String,
    /// Of which conversation.
    pub conversation_id: String,
    /// With whom that is.
    pub visitor_name: String,
    /// Of what.
    pub kind: AlertKind,
    /// How.
    pub way: Way,
    /// Why not, in plain words.
    pub reason: String,
    /// RFC 3339.
    pub at: String,
}

/// `GET /api/v1/me/alerts`, and the reply to every change of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AlertsReply {
    /// Always `true`.
    pub success: bool,
    /// What this agent wants.
    pub rules: AlertRules,
    /// Is it a time in which nobody disturbs them?
    pub is_quiet: bool,
    /// Their browsers that take pushes.
    pub devices: Vec<Device>,
    /// The server's public key, base64url, which a browser subscribes with (RFC 8292).
    pub push_key: String,
    /// Does this server send mail?
    pub sends_mail: bool,
    /// What did not arrive in the last 30 days, newest first.
    pub missed: Vec<MissedAlert>,
}

/// `GET /api/v1/alerts/missed`: of all agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MissedAlertsReply {
    /// Always `true`.
    pub success: bool,
    /// Newest first.
    pub missed: Vec<MissedAlert>,
}

/// Why an open console could not alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum ConsoleTrouble {
    /// The browser makes no sound before the page was clicked.
    Silent,
    /// The browser was told to show no notifications.
    Forbidden,
}

/// `POST /api/v1/me/alerts/missed`: an open console says that it could not alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ReportMissed {
    /// Of which conversation.
    pub conversation_id: String,
    /// Of what.
    pub kind: AlertKind,
    /// Why.
    pub trouble: ConsoleTrouble,
}

/// `POST /api/v1/me/alerts/test`: sends something real, now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "way", rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum TestAlert {
    /// A push to one of one's own devices.
    Push {
        /// `dev_…`.
        device_id: String,
        /// Comes back in the push.
        token: String,
    },
    /// A mail to one's own address.
    Mail,
}

/// What became of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TestAlertReply {
    /// Always `true`.
    pub success: bool,
    /// Was it taken by the push service, or by the mail server?
    pub sent: bool,
    /// Where it went, or why not, in plain words.
    pub word: String,
}

/// `GET` and `PUT /api/v1/widgets/{id}/escalation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct EscalationReply {
    /// Always `true`.
    pub success: bool,
    /// The widget's ladder.
    pub escalation: Escalation,
}

/// What a push says; encrypted for the device (RFC 8291).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct PushMessage {
    /// `cnv_…`; empty in a test.
    pub conversation_id: String,
    /// Who waits, or calls.
    pub title: String,
    /// The first words, or what it is about.
    pub text: String,
    /// From [`TestAlert::Push`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
