//! Bodies of the chat's HTTP routes: what is asked and what is answered. Knows nothing
//! of paths, credentials and status codes.

use crate::availability::{AgentStatus, Availability, OpeningHours};
use crate::contact::SignedId;
use crate::event::{
    AgentEvent, AgentFace, AgentJoined, AgentMessage, ChatMessage, ConversationStatus, ConversationSummary,
    MessageKind, Priority, Receipt, TypingNow, VisitorEvent, VisitorFace,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    /// Is anybody there?
    pub availability: Availability,
}

/// `POST /api/chatbot/session`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct SessionRequest {
    /// What an earlier reply gave; absent for a new visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// A label, unverified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A label, unverified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A JWT by the widget's identity secret: HS256, with `sub` and `exp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt: Option<String>,
    /// An id with its hash, for migration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<SignedId>,
    /// From the link in a mail: the visitor it was sent to, once. It goes before a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A visitor's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SessionReply {
    /// Always `true`.
    pub success: bool,
    /// Bearer for every other visitor route.
    pub token: String,
    /// Seconds it lives; ask again before that, with the secret.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub expires_in_s: u64,
    /// The visitor's secret: what proves next time that this is the same visitor.
    pub secret: String,
    /// Who the server takes this visitor to be.
    pub visitor: VisitorFace,
    /// The visitor's newest open conversation.
    pub conversation_id: Option<String>,
}

/// `POST /api/chatbot/conversation`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct StartConversation {
    /// Makes a retry the same conversation; the `Idempotency-Key` header does the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// A conversation as its visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VisitorConversation {
    /// `cnv_…`.
    pub id: String,
    /// Open or resolved.
    pub status: ConversationStatus,
    /// Agents who are in, in the order in which they joined.
    pub agents: Vec<AgentFace>,
    /// How far each has read.
    pub receipts: Vec<Receipt>,
    /// RFC 3339.
    pub created_at: String,
}

/// `GET /api/chatbot/conversation/{id}` and the reply to `POST conversation`.
///
/// Without `after`, `messages` holds the newest page (or the one before `before`) and `events` is empty.
/// With `after`, `events` holds the facts with a higher seq and `messages` is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VisitorPage {
    /// Always `true`.
    pub success: bool,
    /// The conversation now.
    pub conversation: VisitorConversation,
    /// Every agent's last joining, oldest first, whatever part of the log is asked for; seq in the visitors' counter.
    pub joins: Vec<AgentJoined>,
    /// What else happened between these messages, oldest first: `agent.left` and `conversation.updated`. Empty
    /// with `after`.
    pub activity: Vec<VisitorEvent>,
    /// Oldest first.
    pub messages: Vec<ChatMessage>,
    /// Oldest first, gapless.
    pub events: Vec<VisitorEvent>,
    /// The visitors' counter: seq of the last fact this page takes into account. The next `after`.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// Is there more: older messages, or newer events?
    pub more: bool,
    /// Who types right now; not part of the `ETag` (ruling 3).
    pub typing: Vec<TypingNow>,
    /// Is anybody there? Part of the `ETag`, so that whoever polls learns of a change.
    pub availability: Availability,
}

/// `POST …/messages`, by a visitor or an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct PostMessage {
    /// Plain text; may be empty where there are attachments.
    pub message: String,
    /// Ids of files that the sender uploaded to this conversation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub attachments: Vec<String>,
    /// Makes a retry the same message; unique per conversation and sender. The server makes one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub client_id: Option<String>,
    /// Agents only.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<MessageKind>"))]
    pub kind: MessageKind,
    /// The message of this conversation that it answers to; a text answers to no note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reply_to: Option<String>,
    /// Colleagues whom a note calls, `agt_…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub mentions: Vec<String>,
}

/// `PATCH …/messages/{id}`: another text for one's own message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct EditMessage {
    /// Plain text.
    pub message: String,
}

/// `POST …/rating`, by the visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct RateConversation {
    /// 1 to 5.
    pub score: u8,
    /// What they say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Makes a retry the same rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// `PATCH /api/v1/conversations/{id}`: what is absent stays; `null` takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct ConversationChange {
    /// New status; `snoozed` needs `snoozed_until`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ConversationStatus>,
    /// RFC 3339, in the future; snoozes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<String>,
    /// `agt_…` who answers on this widget, or `null` for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_is_some")]
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub assignee_id: Option<Option<String>>,
    /// New priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// All tags, instead of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Attributes to set; `null` removes one, the others stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<String, Option<String>>>,
}

/// Tells `null` from absent.
fn null_is_some<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}

/// The reply to a change of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ConversationReply {
    /// Always `true`.
    pub success: bool,
    /// As it is now.
    pub conversation: ConversationSummary,
}

/// A text that a message had before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct MessageVersion {
    /// The text.
    pub message: String,
    /// Until when it stood there, RFC 3339.
    pub until: String,
    /// Who changed it or took it back, `vis_…` or `agt_…`.
    pub changed_by: String,
}

/// `GET /api/v1/messages/{id}/versions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct VersionsReply {
    /// Always `true`.
    pub success: bool,
    /// As it reads now.
    pub message: AgentMessage,
    /// Oldest first, without the present one.
    pub versions: Vec<MessageVersion>,
}

/// `GET /api/v1/tags`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct TagsReply {
    /// Always `true`.
    pub success: bool,
    /// In use on this agent's widgets, in alphabetical order.
    pub tags: Vec<String>,
}

/// The whole fact of a message a visitor posted (ruling 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct VisitorPosted {
    /// Always `true`.
    pub success: bool,
    /// With its seq.
    pub message: ChatMessage,
    /// To a new message: will anybody read it now?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
}

/// The whole fact of a message an agent posted (ruling 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentPosted {
    /// Always `true`.
    pub success: bool,
    /// With its seq.
    pub message: AgentMessage,
}

/// `POST …/read` and `POST …/delivered`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ReadUpTo {
    /// The last message seen, or for `delivered` the last one that arrived.
    pub message_id: String,
}

/// A reply that says only that it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct Done {
    /// Always `true`.
    pub success: bool,
}

impl Done {
    /// The one value there is.
    pub const YES: Done = Done { success: true };
}

/// `POST /broadcasting/auth`, in Laravel's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ChannelAuthRequest {
    /// From the hello.
    pub socket_id: String,
    /// The channel, with its prefix.
    pub channel_name: String,
    /// `pusher`: signed with the foreign provider's secret, for a socket there (ruling 13); else with ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// The signature that lets a socket join (contract 1.9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct ChannelAuthReply {
    /// `KEY:SIG`.
    pub auth: String,
    /// JSON text `{"user_id":…}`, sent back as it is when subscribing (ruling 5).
    pub channel_data: String,
}

/// `POST /broadcasting/user-auth`, in Laravel's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserAuthRequest {
    /// From the hello.
    pub socket_id: String,
}

/// The signature that signs a socket in (contract 1.9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserAuthReply {
    /// `KEY:SIG`.
    pub auth: String,
    /// JSON text `{"id":…}`, sent back as it is when signing in.
    pub user_data: String,
}

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

/// One row of an agent's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct InboxRow {
    /// The conversation now.
    pub conversation: ConversationSummary,
    /// How many of the visitor's messages this agent has read.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub read_visitor_messages: u64,
}

/// `GET /api/v1/conversations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct InboxReply {
    /// Always `true`.
    pub success: bool,
    /// Newest change first.
    pub conversations: Vec<InboxRow>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// What can be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// Messages and notes.
    Messages,
    /// Contacts, and visitors who are nobody's, by name and e-mail.
    Contacts,
    /// Conversations, by tags and attributes.
    Conversations,
}

/// A piece of a text that was searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SearchPiece {
    /// As it was written; never HTML.
    pub text: String,
    /// Is it what was searched for?
    pub hit: bool,
}

/// A text in which something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SearchField {
    /// `text`, `name`, `email`, `tag`, or `attribute.` and its name.
    pub field: String,
    /// The whole text, in pieces.
    pub pieces: Vec<SearchPiece>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SearchHit {
    /// What it is.
    pub kind: SearchKind,
    /// Of the message, contact, visitor or conversation.
    pub id: String,
    /// Its widget.
    pub widget_id: String,
    /// Where to read on; a contact has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// Of a message, in the agents' counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub seq: Option<u64>,
    /// Who wrote it, or whose it is.
    pub who: String,
    /// RFC 3339: when it was written, or began.
    pub at: String,
    /// Where it was found.
    pub fields: Vec<SearchField>,
}

/// `GET /api/v1/search`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct SearchReply {
    /// Always `true`.
    pub success: bool,
    /// Newest first.
    pub hits: Vec<SearchHit>,
    /// Cursor of the next page. A page may hold less than was asked for while there is a next one.
    pub next: Option<String>,
}

/// `GET /api/v1/conversations/{id}`; `after`, `before` and the rest as in [`VisitorPage`], in the agents' counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct AgentPage {
    /// Always `true`.
    pub success: bool,
    /// The conversation now.
    pub conversation: ConversationSummary,
    /// How far each has read.
    pub receipts: Vec<Receipt>,
    /// Every agent's last joining, oldest first, whatever part of the log is asked for; seq in the agents' counter.
    pub joins: Vec<AgentJoined>,
    /// What else happened between these messages, oldest first: `agent.left` and `conversation.updated`. Empty
    /// with `after`.
    pub activity: Vec<AgentEvent>,
    /// Oldest first.
    pub messages: Vec<AgentMessage>,
    /// Oldest first, gapless.
    pub events: Vec<AgentEvent>,
    /// The agents' counter: seq of the last fact this page takes into account. The next `after`.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// Is there more: older messages, or newer events?
    pub more: bool,
    /// Who types right now.
    pub typing: Vec<TypingNow>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct WidgetSettings {
    /// Do agents see what a visitor types before it is sent? The visitor is told so.
    pub typing_preview: bool,
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
