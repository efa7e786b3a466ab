// Generated from crates/wire by `cargo run -p xtask -- types`; do not edit.
// What goes over the wire, and nothing of what is done with it.

export type SenderType = "visitor" | "agent" | "bot" | "system";

export type MessageKind = "text" | "note";

export type AgentFace = { 
/**
 * `agt_…`.
 */
id: string, 
/**
 * The name shown.
 */
name: string, 
/**
 * URL of a picture.
 */
avatar: string | null, };

export type ChatMessage = { 
/**
 * `msg_…`.
 */
id: string, 
/**
 * Set by the server from the credential.
 */
sender_type: SenderType, 
/**
 * Set by the server from the credential.
 */
sender_name: string, 
/**
 * Plain text.
 */
message: string, 
/**
 * Stable path of the attachment.
 */
attachment_path: string | null, 
/**
 * File name of the attachment.
 */
attachment_name: string | null, 
/**
 * Is the attachment a voice message?
 */
is_voice: boolean, 
/**
 * RFC 3339.
 */
timestamp: string, 
/**
 * The visitors' counter (ruling 1): gapless over the facts a visitor may see.
 */
seq: number, 
/**
 * What the sender called it; clients dedupe by it (ruling 2).
 */
client_id: string | null, 
/**
 * `vis_…` or `agt_…`.
 */
sender_id: string | null, };

export type AgentMessage = { 
/**
 * `msg_…`.
 */
id: string, 
/**
 * Text or note.
 */
kind: MessageKind, 
/**
 * Set by the server from the credential.
 */
sender_type: SenderType, 
/**
 * Set by the server from the credential.
 */
sender_name: string, 
/**
 * Plain text.
 */
message: string, 
/**
 * Stable path of the attachment.
 */
attachment_path: string | null, 
/**
 * File name of the attachment.
 */
attachment_name: string | null, 
/**
 * Is the attachment a voice message?
 */
is_voice: boolean, 
/**
 * RFC 3339.
 */
timestamp: string, 
/**
 * The agents' counter (ruling 1): gapless over all facts.
 */
seq: number, 
/**
 * What the sender called it; clients dedupe by it (ruling 2).
 */
client_id: string | null, 
/**
 * `vis_…` or `agt_…`.
 */
sender_id: string | null, };

export type AgentJoined = { 
/**
 * The conversation; seed A's spelling.
 */
conversationId: string, 
/**
 * Who joined.
 */
agent: AgentFace, 
/**
 * The reader's counter.
 */
seq: number, 
/**
 * RFC 3339.
 */
timestamp: string, };

export type Receipt = { 
/**
 * Visitor or agent.
 */
reader_type: SenderType, 
/**
 * `vis_…` or `agt_…`.
 */
reader_id: string, 
/**
 * The last message read.
 */
message_id: string, 
/**
 * That message's seq, in the counter of whoever gets this.
 */
read_seq: number, };

export type ReceiptUpdated = { 
/**
 * The reader's counter: the seq of this fact.
 */
seq: number, 
/**
 * RFC 3339.
 */
timestamp: string, 
/**
 * Visitor or agent.
 */
reader_type: SenderType, 
/**
 * `vis_…` or `agt_…`.
 */
reader_id: string, 
/**
 * The last message read.
 */
message_id: string, 
/**
 * That message's seq, in the counter of whoever gets this.
 */
read_seq: number, };

export type VisitorEvent = { "event": "ChatMessageReceived", "data": ChatMessage } | { "event": "agent.joined", "data": AgentJoined } | { "event": "receipt.updated", "data": ReceiptUpdated };

export type AgentEvent = { "event": "message.created", "data": AgentMessage } | { "event": "agent.joined", "data": AgentJoined } | { "event": "receipt.updated", "data": ReceiptUpdated };

export type InboxEvent = { "event": "conversation.changed", "data": ConversationSummary };

export type ConversationStatus = "open";

export type VisitorFace = { 
/**
 * `vis_…`.
 */
id: string, 
/**
 * A label, unless `verified`.
 */
name: string, 
/**
 * A label, unless `verified`.
 */
email: string | null, 
/**
 * Did the website vouch for name and e-mail with a signature?
 */
verified: boolean, };

export type MessagePreview = { 
/**
 * Who wrote it.
 */
sender_type: SenderType, 
/**
 * Their name.
 */
sender_name: string, 
/**
 * Text or note.
 */
kind: MessageKind, 
/**
 * The first 140 characters.
 */
text: string, 
/**
 * RFC 3339.
 */
timestamp: string, };

export type ConversationSummary = { 
/**
 * `cnv_…`.
 */
id: string, 
/**
 * `wgt_…`.
 */
widget_id: string, 
/**
 * Who it is with.
 */
visitor: VisitorFace, 
/**
 * Open or not.
 */
status: ConversationStatus, 
/**
 * Agents who joined, in that order.
 */
agents: Array<AgentFace>, 
/**
 * RFC 3339.
 */
created_at: string, 
/**
 * The last message or note.
 */
last_message: MessagePreview | null, 
/**
 * How many messages the visitor has written; less an agent's own count, that is the unread badge.
 */
visitor_messages: number, 
/**
 * The agents' counter.
 */
seq: number, };

export type Typing = { 
/**
 * Typing now, or stopped.
 */
on: boolean, 
/**
 * What stands in the composer so far.
 */
text?: string, };

export type TypingNow = { 
/**
 * `vis_…` or `agt_…`.
 */
user_id: string, 
/**
 * Their preview, where the widget shares it.
 */
text?: string, };

export type Provider = { 
/**
 * Is it to be tried?
 */
enabled: boolean, 
/**
 * The app's public key.
 */
key?: string, 
/**
 * Host to connect to; hosted Pusher derives it from the cluster.
 */
host?: string, 
/**
 * Port.
 */
port?: number, 
/**
 * `http` or `https`.
 */
scheme?: string, 
/**
 * Prefix of `/app/{key}`.
 */
path?: string, 
/**
 * Hosted Pusher's cluster.
 */
cluster?: string, 
/**
 * Seed B's flag: TLS to the provider.
 */
encrypted?: boolean, };

export type WidgetLook = { 
/**
 * `wgt_…`: the public id.
 */
id: string, 
/**
 * Name of the site or team, the panel's title.
 */
name: string, 
/**
 * `#rrggbb`.
 */
color: string, 
/**
 * First line of an empty conversation.
 */
greeting: string, };

export type ConfigReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Heads `providers`: `reverb` or `pusher`.
 */
realtimeProvider: string, 
/**
 * Enabled providers in the order to try; polling is implied last (ruling 12).
 */
providers: Array<string>, 
/**
 * This server, or another Reverb.
 */
reverb: Provider, 
/**
 * Hosted Pusher or what speaks like it.
 */
pusher: Provider, 
/**
 * Look of the widget.
 */
widget: WidgetLook, 
/**
 * Milliseconds between polls.
 */
poll_interval_ms: number, };

export type SessionRequest = { 
/**
 * What an earlier reply gave; absent for a new visitor.
 */
secret?: string, 
/**
 * A label, unverified.
 */
name?: string, 
/**
 * A label, unverified.
 */
email?: string, };

export type SessionReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Bearer for every other visitor route.
 */
token: string, 
/**
 * Seconds it lives; ask again before that, with the secret.
 */
expires_in_s: number, 
/**
 * The visitor's secret: what proves next time that this is the same visitor.
 */
secret: string, 
/**
 * Who the server takes this visitor to be.
 */
visitor: VisitorFace, 
/**
 * The visitor's newest open conversation.
 */
conversation_id: string | null, };

export type StartConversation = { 
/**
 * Makes a retry the same conversation; the `Idempotency-Key` header does the same.
 */
client_id?: string, };

export type VisitorConversation = { 
/**
 * `cnv_…`.
 */
id: string, 
/**
 * Open or not.
 */
status: ConversationStatus, 
/**
 * Agents who joined, in that order.
 */
agents: Array<AgentFace>, 
/**
 * How far each has read.
 */
receipts: Array<Receipt>, 
/**
 * RFC 3339.
 */
created_at: string, };

export type VisitorPage = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * The conversation now.
 */
conversation: VisitorConversation, 
/**
 * Every agent's joining, oldest first, whatever part of the log is asked for; seq in the visitors' counter.
 */
joins: Array<AgentJoined>, 
/**
 * Oldest first.
 */
messages: Array<ChatMessage>, 
/**
 * Oldest first, gapless.
 */
events: Array<VisitorEvent>, 
/**
 * The visitors' counter: seq of the last fact this page takes into account. The next `after`.
 */
seq: number, 
/**
 * Is there more: older messages, or newer events?
 */
more: boolean, 
/**
 * Who types right now; not part of the `ETag` (ruling 3).
 */
typing: Array<TypingNow>, };

export type PostMessage = { 
/**
 * Plain text.
 */
message: string, 
/**
 * Makes a retry the same message; unique per conversation and sender. The server makes one if absent.
 */
client_id?: string, 
/**
 * Agents only.
 */
kind?: MessageKind, };

export type VisitorPosted = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * With its seq.
 */
message: ChatMessage, };

export type AgentPosted = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * With its seq.
 */
message: AgentMessage, };

export type ReadUpTo = { 
/**
 * The last message seen.
 */
message_id: string, };

export type Done = { 
/**
 * Always `true`.
 */
success: boolean, };

export type ChannelAuthRequest = { 
/**
 * From the hello.
 */
socket_id: string, 
/**
 * The channel, with its prefix.
 */
channel_name: string, 
/**
 * `pusher`: signed with the foreign provider's secret, for a socket there (ruling 13); else with ours.
 */
provider?: string | null, };

export type ChannelAuthReply = { 
/**
 * `KEY:SIG`.
 */
auth: string, 
/**
 * JSON text `{"user_id":…}`, sent back as it is when subscribing (ruling 5).
 */
channel_data: string, };

export type Role = "owner" | "agent";

export type SetupRequest = { 
/**
 * From the set-up link.
 */
code: string, 
/**
 * Shown to visitors.
 */
name: string, 
/**
 * To sign in with.
 */
email: string, 
/**
 * At least ten characters.
 */
password: string, };

export type LoginRequest = { 
/**
 * E-mail.
 */
email: string, 
/**
 * Password.
 */
password: string, };

export type AgentProfile = { 
/**
 * `agt_…`.
 */
id: string, 
/**
 * Shown to visitors.
 */
name: string, 
/**
 * To sign in with.
 */
email: string, 
/**
 * URL of a picture.
 */
avatar: string | null, 
/**
 * What they may do.
 */
role: Role, 
/**
 * Widgets they answer on; an owner answers on all.
 */
widgets: Array<string>, };

export type ConsoleRealtime = { 
/**
 * The chat app's key.
 */
key: string, 
/**
 * Prefix of `/app/{key}`; host and port are the page's own.
 */
path: string, };

export type MeReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * The agent signed in.
 */
agent: AgentProfile, 
/**
 * Goes into `X-CSRF-Token` of every writing request.
 */
csrf: string, 
/**
 * Where the socket is.
 */
realtime: ConsoleRealtime, 
/**
 * Widgets this agent answers on.
 */
widgets: Array<WidgetProfile>, 
/**
 * The host of a foreign provider that visitors' text passes through (ruling 13).
 */
third_party?: string | null, };

export type InboxRow = { 
/**
 * The conversation now.
 */
conversation: ConversationSummary, 
/**
 * How many of the visitor's messages this agent has read.
 */
read_visitor_messages: number, };

export type InboxReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Newest change first.
 */
conversations: Array<InboxRow>, 
/**
 * Cursor of the next page.
 */
next: string | null, };

export type AgentPage = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * The conversation now.
 */
conversation: ConversationSummary, 
/**
 * How far each has read.
 */
receipts: Array<Receipt>, 
/**
 * Every agent's joining, oldest first, whatever part of the log is asked for; seq in the agents' counter.
 */
joins: Array<AgentJoined>, 
/**
 * Oldest first.
 */
messages: Array<AgentMessage>, 
/**
 * Oldest first, gapless.
 */
events: Array<AgentEvent>, 
/**
 * The agents' counter: seq of the last fact this page takes into account. The next `after`.
 */
seq: number, 
/**
 * Is there more: older messages, or newer events?
 */
more: boolean, 
/**
 * Who types right now.
 */
typing: Array<TypingNow>, };

export type UploadRules = { 
/**
 * Bytes of one file, at most; 0 takes no files at all.
 */
max_bytes: number, 
/**
 * Media types that are taken, by what the bytes are: `image/png`, or `image/*` for a whole family.
 */
types: Array<string>, };

export type WidgetSettings = { 
/**
 * Do agents see what a visitor types before it is sent? The visitor is told so.
 */
typing_preview: boolean, 
/**
 * What may be uploaded.
 */
uploads: UploadRules, 
/**
 * Days after its last message for which a conversation is kept; `None`: for ever.
 */
retention_days: number | null, 
/**
 * Is a signed identity needed to begin a session?
 */
identity_required: boolean, };

export type WidgetProfile = { 
/**
 * `cbw_…`: stands in the website's page.
 */
token: string, 
/**
 * Origins that may embed it; none means loopback only.
 */
origins: Array<string>, 
/**
 * How it behaves.
 */
settings: WidgetSettings, 
/**
 * `wgt_…`: the public id.
 */
id: string, 
/**
 * Name of the site or team, the panel's title.
 */
name: string, 
/**
 * `#rrggbb`.
 */
color: string, 
/**
 * First line of an empty conversation.
 */
greeting: string, };

export type WidgetChange = { 
/**
 * New name.
 */
name?: string, 
/**
 * New colour, `#rrggbb`.
 */
color?: string, 
/**
 * New greeting.
 */
greeting?: string, 
/**
 * New list of origins, such as `https://shop.example`.
 */
origins?: Array<string>, 
/**
 * New behaviour, as a whole: what is absent in it gets its default.
 */
settings?: WidgetSettings, };

export type WidgetsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Widgets this agent answers on.
 */
widgets: Array<WidgetProfile>, };

export type AddAgent = { 
/**
 * Shown to visitors.
 */
name: string, 
/**
 * To sign in with.
 */
email: string, 
/**
 * At least ten characters.
 */
password: string, 
/**
 * What they may do.
 */
role: Role, 
/**
 * Widgets they answer on.
 */
widgets: Array<string>, };

export type AgentsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Everyone who can sign in.
 */
agents: Array<AgentProfile>, };

export type Scope = "conversations:read" | "conversations:write" | "contacts:read" | "contacts:write" | "widgets:read" | "widgets:write" | "agents:read" | "webhooks" | "blocks";

export type EventType = "conversation.created" | "agent.joined" | "message.created" | "receipt.updated" | "webhook.test";

export type ApiEvent = { 
/**
 * `evt_…`; the same in the feed, in every webhook and on every retry.
 */
id: string, 
/**
 * Version of this envelope: 1.
 */
version: number, 
/**
 * What happened.
 */
type: EventType, 
/**
 * The conversation's counter for agents: gapless over its facts. Two events of one fact share it.
 */
seq: number, 
/**
 * RFC 3339.
 */
created_at: string, 
/**
 * Where and who.
 */
data: ApiEventData, };

export type ApiEventData = { 
/**
 * `cnv_…`.
 */
conversation_id?: string, 
/**
 * `wgt_…`.
 */
widget_id?: string, 
/**
 * `msg_…`: written, or read up to.
 */
message_id?: string, 
/**
 * Of a message: `text` or `note`.
 */
kind?: MessageKind, 
/**
 * Who did it.
 */
actor_type?: SenderType, 
/**
 * `vis_…` or `agt_…`.
 */
actor_id?: string, };

export type EventsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * In the order in which they were committed.
 */
events: Array<ApiEvent>, 
/**
 * Cursor behind the last one: the next `after`.
 */
next: string, 
/**
 * Is there more right now?
 */
more: boolean, };

export type WidgetReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * As it is now; the `ETag` is of this.
 */
widget: WidgetProfile, };

export type NewKey = { 
/**
 * What visitors and agents read as the writer's name.
 */
name: string, 
/**
 * What it may do.
 */
scopes: Array<Scope>, 
/**
 * `wgt_…`; none: all, those to come too.
 */
widgets: Array<string>, };

export type ApiKeyProfile = { 
/**
 * `key_…`.
 */
id: string, 
/**
 * The agent it writes as, `agt_…`.
 */
agent_id: string, 
/**
 * That agent's name.
 */
name: string, 
/**
 * What it may do.
 */
scopes: Array<Scope>, 
/**
 * On which widgets; none: all.
 */
widgets: Array<string>, 
/**
 * RFC 3339.
 */
created_at: string, 
/**
 * RFC 3339, to the minute.
 */
used_at: string | null, 
/**
 * RFC 3339; it has not worked since.
 */
revoked_at: string | null, };

export type KeysReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Oldest first.
 */
keys: Array<ApiKeyProfile>, };

export type KeyReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * The new key.
 */
key: ApiKeyProfile, 
/**
 * `fdk_…`: shown this once, and kept hashed. Empty in a reply that is repeated for an `Idempotency-Key`.
 */
secret: string, };

export type NewWebhook = { 
/**
 * Where calls go, `http(s)://host[:port]/path`.
 */
url: string, 
/**
 * What is told; none: everything.
 */
events: Array<EventType>, 
/**
 * `wgt_…`; none: all.
 */
widgets: Array<string>, };

export type WebhookChange = { 
/**
 * Where calls go from now on, those that wait too.
 */
url?: string, 
/**
 * What is told.
 */
events?: Array<EventType>, 
/**
 * On which widgets.
 */
widgets?: Array<string>, 
/**
 * Is anything told?
 */
is_active?: boolean, 
/**
 * Make a new secret; the old one signs beside it until the next rotation.
 */
rotate_secret?: boolean, };

export type WebhookProfile = { 
/**
 * `whk_…`.
 */
id: string, 
/**
 * Where calls go.
 */
url: string, 
/**
 * What is told; none: everything.
 */
events: Array<EventType>, 
/**
 * On which widgets; none: all.
 */
widgets: Array<string>, 
/**
 * Is anything told?
 */
is_active: boolean, 
/**
 * Do two secrets sign?
 */
has_old_secret: boolean, 
/**
 * RFC 3339.
 */
created_at: string, };

export type WebhooksReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Oldest first.
 */
webhooks: Array<WebhookProfile>, };

export type WebhookReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * As it is now.
 */
webhook: WebhookProfile, 
/**
 * `whsec_…`, where one was made: shown this once. Empty in a reply that is repeated for an `Idempotency-Key`.
 */
secret?: string, };

export type Delivery = { 
/**
 * `dlv_…`.
 */
id: string, 
/**
 * `evt_…`.
 */
event_id: string, 
/**
 * Its type.
 */
type: string, 
/**
 * 1 for the first.
 */
attempt: number, 
/**
 * RFC 3339.
 */
at: string, 
/**
 * Milliseconds until the reply or the failure.
 */
duration_ms: number, 
/**
 * The reply's status; `null`: there was none.
 */
status: number | null, 
/**
 * Why there was none.
 */
failure: string | null, };

export type DeliveriesReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Newest first.
 */
deliveries: Array<Delivery>, };

export type DeliveryReply = { 
/**
 * Always `true`: the call was made. What came of it stands in `delivery`.
 */
success: boolean, 
/**
 * The call.
 */
delivery: Delivery, };

export type BlockKind = "address" | "visitor" | "email";

export type NewBlock = { 
/**
 * By what.
 */
kind: BlockKind, 
/**
 * Whom.
 */
value: string, 
/**
 * For colleagues.
 */
reason?: string, 
/**
 * Seconds until it ends by itself; absent: for good.
 */
for_s?: number, };

export type Block = { 
/**
 * `blk_…`.
 */
id: string, 
/**
 * By what.
 */
kind: BlockKind, 
/**
 * Whom.
 */
value: string, 
/**
 * For colleagues.
 */
reason: string, 
/**
 * RFC 3339.
 */
created_at: string, 
/**
 * RFC 3339; `null`: for good.
 */
until: string | null, };

export type BlocksReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Oldest first.
 */
blocks: Array<Block>, };

export type Retry = "no" | "later" | "with-new-credential";

export type Problem = { 
/**
 * `urn:frontdesk:refusal:` and the row's name.
 */
type: string, 
/**
 * The row's name, for programs.
 */
name: string, 
/**
 * The row's sentence.
 */
title: string, 
/**
 * HTTP status.
 */
status: number, 
/**
 * What exactly was wrong this time: the field, the limit and the value.
 */
detail?: string, 
/**
 * May the client try again?
 */
retry: Retry, 
/**
 * Seeds' clients look at this; always `false`.
 */
success: boolean, };

export const LIMITS = {
  MESSAGE_TEXT_CHARS: 10000,
  NAME_CHARS: 120,
  PASSWORD_MIN_CHARS: 10,
  PAGE_ITEMS: 50,
  WAIT_MAX_S: 25,
  POLL_INTERVAL_MS: 2000,
  TYPING_LASTS_MS: 6000,
  WIDGET_ORIGINS: 50,
} as const;

export type RefusalName =
  | "malformed-json"
  | "invalid-body"
  | "missing-field"
  | "invalid-field"
  | "text-too-long"
  | "text-empty"
  | "body-too-large"
  | "event-too-large"
  | "unsupported-media-type"
  | "not-found"
  | "method-not-allowed"
  | "bad-request-head"
  | "request-timeout"
  | "not-signed-in"
  | "session-expired"
  | "wrong-password"
  | "unknown-widget"
  | "setup-link-invalid"
  | "key-invalid"
  | "scope-missing"
  | "origin-not-allowed"
  | "csrf-missing"
  | "not-allowed"
  | "channel-forbidden"
  | "unknown-conversation"
  | "unknown-agent"
  | "unknown-message"
  | "unknown-entry"
  | "start-over"
  | "precondition-failed"
  | "idempotency-key-reused"
  | "idempotency-key-busy"
  | "blocked-for-now"
  | "blocked"
  | "email-taken"
  | "client-id-reused"
  | "too-many-requests"
  | "storage-unavailable"
  | "storage-full"
  | "shutting-down"
  | "internal-error"
  | "unknown-app"
  | "bad-call"
  | "wrong-signature"
  | "timestamp-expired"
  | "body-md5-wrong"
  | "unknown-channel"
  | "channel-reserved"
  | "invalid-channel"
  | "tls-only"
  | "unknown-app-key"
  | "app-disabled"
  | "path-not-found"
  | "invalid-version"
  | "unsupported-protocol"
  | "no-protocol"
  | "over-capacity"
  | "slow-reader"
  | "reconnect-now"
  | "pong-timeout"
  | "revoked"
  | "terminated"
  | "frame-too-large"
  | "protocol-error"
  | "binary-frame"
  | "not-utf8"
  | "unknown-event"
  | "invalid-frame"
  | "invalid-signature"
  | "already-subscribed"
  | "not-subscribed"
  | "too-many-channels"
  | "signin-refused"
  | "signed-in-as-another"
  | "not-authorised-in-time"
  | "watchlist-too-long"
  | "presence-data"
  | "presence-full"
  | "client-events-off"
  | "client-event-channel"
  | "client-event-not-subscribed"
  | "client-event-refused"
  | "client-event-rate"
  | "message-rate"
  | "message-rate-closed";
