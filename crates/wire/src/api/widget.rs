//! A widget to its page and to its owner. Knows nothing of who uses it.

use crate::alert::Escalation;
use crate::availability::{Availability, OpeningHours};
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// One real-time provider in [`ConfigReply`]. A disabled one is `{"enabled":false}` and nothing more (ruling 12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct Provider {
    /// Is it to be tried?
    pub enabled: bool,
    /// The app's public key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Host to connect to; hosted Pusher derives it from the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `http` or `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Prefix of `/app/{key}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Hosted Pusher's cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Seed B's flag: TLS to the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
}

/// How the widget looks and greets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct WidgetLook {
    /// `wgt_…`: the public id.
    pub id: String,
    /// Name of the site or team, the panel's title.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// First line of an empty conversation.
    pub greeting: String,
}

/// `GET /api/chatbot/config`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ConfigReply {
    /// Always `true`.
    pub success: bool,
    /// Heads `providers`: `reverb` or `pusher`.
    #[serde(rename = "realtimeProvider")]
    pub realtime_provider: String,
    /// Enabled providers in the order to try; polling is implied last (ruling 12).
    pub providers: Vec<String>,
    /// This server, or another Reverb.
    pub reverb: Provider,
    /// Hosted Pusher or what speaks like it.
    pub pusher: Provider,
    /// Look of the widget.
    pub widget: WidgetLook,
    /// Milliseconds between polls.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub poll_interval_ms: u64,
    /// Do agents see what is typed before it is sent? Then the widget says so.
    pub typing_preview: bool,
    /// Does the widget say where its visitor writes from?
    pub whereabouts: bool,
    /// What is asked before the first message, in this order, unless the page says otherwise.
    pub pre_chat: Vec<PreChatField>,
    /// To be agreed to before the first message, unless the page says otherwise.
    pub consent: Option<String>,
    /// Is anybody there?
    pub availability: Availability,
}

/// What a visitor can be asked before the first message. The answers are labels (S3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub enum PreChatField {
    /// Their name.
    Name,
    /// Their e-mail address.
    Email,
}

/// What visitors of a widget may upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct UploadRules {
    /// Bytes of one file, at most; 0 takes no files at all.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub max_bytes: u64,
    /// Media types that are taken, by what the bytes are: `image/png`, or `image/*` for a whole family.
    pub types: Vec<String>,
}

impl Default for UploadRules {
    fn default() -> UploadRules {
        let types = ["image/*", "audio/*", "video/*", "application/pdf", "text/plain", "application/zip"];
        UploadRules { max_bytes: 25 * 1024 * 1024, types: types.map(str::to_owned).to_vec() }
    }
}

/// How a widget behaves, beyond its look. What an older release did not store has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct WidgetSettings {
    /// Do agents see what a visitor types before it is sent? The visitor is told so.
    pub typing_preview: bool,
    /// Do agents see where a visitor writes from: page, referrer, device, language, time zone?
    pub whereabouts: bool,
    /// What may be uploaded.
    pub uploads: UploadRules,
    /// Days after its last message for which a conversation is kept; `None`: for ever.
    pub retention_days: Option<u32>,
    /// Is a signed identity needed to begin a session?
    pub identity_required: bool,
    /// When the desk is open; `None`: always.
    pub hours: Option<OpeningHours>,
    /// What visitors read while it is closed or nobody is there.
    pub away_text: Option<String>,
    /// Are visitors shown who is there, by name and face?
    pub show_agents: bool,
    /// What visitors are asked before their first message, in this order.
    pub pre_chat: Vec<PreChatField>,
    /// What visitors agree to before their first message; `None`: nothing.
    pub consent: Option<String>,
    /// Who is alerted while a visitor waits, after how long, and how.
    pub escalation: Escalation,
}

impl Default for WidgetSettings {
    fn default() -> WidgetSettings {
        WidgetSettings {
            typing_preview: false,
            whereabouts: true,
            uploads: UploadRules::default(),
            retention_days: None,
            identity_required: false,
            hours: None,
            away_text: None,
            show_agents: false,
            pre_chat: Vec::new(),
            consent: None,
            escalation: Escalation::default(),
        }
    }
}

/// A widget as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct WidgetProfile {
    /// How it looks.
    #[serde(flatten)]
    pub look: WidgetLook,
    /// `cbw_…`: stands in the website's page.
    pub token: String,
    /// Origins that may embed it; none means loopback only.
    pub origins: Vec<String>,
    /// How it behaves.
    pub settings: WidgetSettings,
}

/// `PATCH /api/v1/widgets/{id}`: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct WidgetChange {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New colour, `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// New greeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// New list of origins, such as `https://shop.example`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<String>>,
    /// New behaviour, as a whole: what is absent in it gets its default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<WidgetSettings>,
}

/// `POST /api/v1/widgets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct NewWidget {
    /// What visitors read above the chat.
    pub name: String,
    /// `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// First line of an empty conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// Where it may be embedded; none: loopback only.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub origins: Vec<String>,
    /// Ids of agents who are on it, beside the owners and admins.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub agents: Vec<String>,
}

/// `POST /api/v1/widgets/{id}/token`: a new token for a widget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct NewWidgetToken {
    /// Seconds for which the old one works on; 0: it ends at once, with all that came before it. Absent: 7 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub overlap_s: Option<u64>,
}

/// `GET /api/v1/widgets`, and the reply to a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct WidgetsReply {
    /// Always `true`.
    pub success: bool,
    /// Widgets this agent answers on.
    pub widgets: Vec<WidgetProfile>,
}
