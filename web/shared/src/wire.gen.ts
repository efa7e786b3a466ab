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

export type Quote = { 
/**
 * `msg_…`.
 */
id: string, 
/**
 * Who wrote it.
 */
sender_type: SenderType, 
/**
 * Their name.
 */
sender_name: string, 
/**
 * The first 140 characters; empty once it was taken back.
 */
text: string, };

export type Reaction = { 
/**
 * One emoji.
 */
emoji: string, 
/**
 * Visitor or agent.
 */
by_type: SenderType, 
/**
 * `vis_…` or `agt_…`.
 */
by: string, };

export type File = { 
/**
 * `att_…`.
 */
id: string, 
/**
 * As its sender called it.
 */
name: string, 
/**
 * By what the bytes are, never by name or header.
 */
media_type: string, 
/**
 * How many there are.
 */
bytes: number, 
/**
 * Pixels, of an image that can be shown, the right way up.
 */
width?: number, 
/**
 * See `width`.
 */
height?: number, 
/**
 * How long a voice message lasts, as its sender measured it.
 */
duration_ms?: number, 
/**
 * Peaks of a voice message from 0 to 100, evenly spread over it, as its sender measured them.
 */
waveform?: Array<number>, 
/**
 * Is it a voice message?
 */
is_voice: boolean, 
/**
 * Is there a small picture of it?
 */
has_thumbnail: boolean, };

export type Attachment = { 
/**
 * Stable, and opens nothing.
 */
path: string, 
/**
 * Opens the file for a day (ruling 15); reading the message again gives a new one.
 */
url: string, 
/**
 * The same for its small picture.
 */
thumbnail_url?: string, 
/**
 * `att_…`.
 */
id: string, 
/**
 * As its sender called it.
 */
name: string, 
/**
 * By what the bytes are, never by name or header.
 */
media_type: string, 
/**
 * How many there are.
 */
bytes: number, 
/**
 * Pixels, of an image that can be shown, the right way up.
 */
width?: number, 
/**
 * See `width`.
 */
height?: number, 
/**
 * How long a voice message lasts, as its sender measured it.
 */
duration_ms?: number, 
/**
 * Peaks of a voice message from 0 to 100, evenly spread over it, as its sender measured them.
 */
waveform?: Array<number>, 
/**
 * Is it a voice message?
 */
is_voice: boolean, 
/**
 * Is there a small picture of it?
 */
has_thumbnail: boolean, };

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
 * Stable path of the first attachment.
 */
attachment_path: string | null, 
/**
 * File name of the first attachment.
 */
attachment_name: string | null, 
/**
 * Is the first attachment a voice message?
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
sender_id: string | null, 
/**
 * What it answers to, as that reads now.
 */
reply_to?: Quote, 
/**
 * When the text was last changed, RFC 3339.
 */
edited_at?: string, 
/**
 * When it was taken back, RFC 3339; the text is then empty.
 */
deleted_at?: string, 
/**
 * The visitor's rating, 1 to 5; the text is what they say about it, and may be empty.
 */
rating?: number, 
/**
 * Oldest first.
 */
reactions?: Array<Reaction>, 
/**
 * Opens the first attachment for a day (ruling 15).
 */
attachment_url?: string, 
/**
 * Files, in the order in which they were sent.
 */
attachments?: Array<Attachment>, };

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
 * Stable path of the first attachment.
 */
attachment_path: string | null, 
/**
 * File name of the first attachment.
 */
attachment_name: string | null, 
/**
 * Is the first attachment a voice message?
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
sender_id: string | null, 
/**
 * What it answers to, as that reads now.
 */
reply_to?: Quote, 
/**
 * When the text was last changed, RFC 3339.
 */
edited_at?: string, 
/**
 * When it was taken back, RFC 3339; the text is then empty.
 */
deleted_at?: string, 
/**
 * The visitor's rating, 1 to 5; the text is what they say about it, and may be empty.
 */
rating?: number, 
/**
 * Oldest first.
 */
reactions?: Array<Reaction>, 
/**
 * Colleagues whom a note calls, `agt_…`.
 */
mentions?: Array<string>, 
/**
 * Opens the first attachment for a day (ruling 15).
 */
attachment_url?: string, 
/**
 * Files, in the order in which they were sent.
 */
attachments?: Array<Attachment>, };

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

export type AgentLeft = { 
/**
 * The conversation; spelt as in [`AgentJoined`].
 */
conversationId: string, 
/**
 * Who left.
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
message_id: string | null, 
/**
 * That message's seq, in the counter of whoever gets this; 0 before the first.
 */
read_seq: number, 
/**
 * Seq of the last message that reached one of their devices; never less than `read_seq`.
 */
delivered_seq: number, };

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
message_id: string | null, 
/**
 * That message's seq, in the counter of whoever gets this; 0 before the first.
 */
read_seq: number, 
/**
 * Seq of the last message that reached one of their devices; never less than `read_seq`.
 */
delivered_seq: number, };

export type MessageUpdated = { 
/**
 * Which.
 */
message_id: string, 
/**
 * The new text.
 */
message: string, 
/**
 * The reader's counter.
 */
seq: number, 
/**
 * RFC 3339; the message's `edited_at`.
 */
timestamp: string, };

export type MessageDeleted = { 
/**
 * Which.
 */
message_id: string, 
/**
 * The reader's counter.
 */
seq: number, 
/**
 * RFC 3339; the message's `deleted_at`.
 */
timestamp: string, };

export type MessageReaction = { 
/**
 * Which message.
 */
message_id: string, 
/**
 * Put there, or taken away.
 */
on: boolean, 
/**
 * The reader's counter.
 */
seq: number, 
/**
 * RFC 3339.
 */
timestamp: string, 
/**
 * One emoji.
 */
emoji: string, 
/**
 * Visitor or agent.
 */
by_type: SenderType, 
/**
 * `vis_…` or `agt_…`.
 */
by: string, };

export type StatusUpdated = { 
/**
 * Open or resolved; for a visitor nothing is snoozed.
 */
status: ConversationStatus, 
/**
 * The visitors' counter.
 */
seq: number, 
/**
 * RFC 3339.
 */
timestamp: string, };

export type StatePart = "status" | "assignee" | "priority" | "tags" | "attributes" | "website" | "here";

export type Priority = "low" | "normal" | "high" | "urgent";

export type ConversationState = { 
/**
 * Open, snoozed or resolved.
 */
status: ConversationStatus, 
/**
 * RFC 3339; when a snoozed conversation opens by itself.
 */
snoozed_until: string | null, 
/**
 * Whose it is.
 */
assignee: AgentFace | null, 
/**
 * How pressing it is.
 */
priority: Priority, 
/**
 * In alphabetical order.
 */
tags: Array<string>, 
/**
 * Free facts about it, by name.
 */
attributes: { [key in string]: string }, 
/**
 * What the website's page said; absent when it said nothing.
 */
website?: WebsiteSaid, 
/**
 * Where the visitor was when they last wrote; absent when nothing is known of it.
 */
here?: Whereabouts, };

export type WebsiteSaid = { 
/**
 * Was the visitor verified when the page last said any of it?
 */
verified: boolean, 
/**
 * Of the person.
 */
visitor: { [key in string]: Attribute }, 
/**
 * Of this conversation.
 */
conversation: { [key in string]: Attribute }, 
/**
 * Which of the conversation's `tags` the page put there.
 */
tags: Array<string>, };

export type Whereabouts = { 
/**
 * The page's address, on one of the widget's origins; without query and fragment.
 */
page?: string, 
/**
 * What the page is called.
 */
title?: string, 
/**
 * From which other website's page they came; without query and fragment.
 */
referrer?: string, 
/**
 * `Firefox on Windows`; unless given it is read from the request's `User-Agent`.
 */
device?: string, 
/**
 * BCP 47; unless given it is read from the request's `Accept-Language`.
 */
language?: string, 
/**
 * `Europe/Berlin`.
 */
time_zone?: string, };

export type ConversationUpdated = { 
/**
 * What kind of person changed it; the system when a snoozed one woke.
 */
by_type: SenderType, 
/**
 * Which agent, if one did.
 */
by: AgentFace | null, 
/**
 * What was changed.
 */
changed: Array<StatePart>, 
/**
 * The agents' counter.
 */
seq: number, 
/**
 * RFC 3339.
 */
timestamp: string, 
/**
 * Open, snoozed or resolved.
 */
status: ConversationStatus, 
/**
 * RFC 3339; when a snoozed conversation opens by itself.
 */
snoozed_until: string | null, 
/**
 * Whose it is.
 */
assignee: AgentFace | null, 
/**
 * How pressing it is.
 */
priority: Priority, 
/**
 * In alphabetical order.
 */
tags: Array<string>, 
/**
 * Free facts about it, by name.
 */
attributes: { [key in string]: string }, 
/**
 * What the website's page said; absent when it said nothing.
 */
website?: WebsiteSaid, 
/**
 * Where the visitor was when they last wrote; absent when nothing is known of it.
 */
here?: Whereabouts, };

export type ConversationErased = { 
/**
 * `cnv_…`.
 */
conversation_id: string, 
/**
 * The reader's counter.
 */
seq: number, 
/**
 * RFC 3339.
 */
timestamp: string, };

export type VisitorChanged = { 
/**
 * As agents see them from now on.
 */
visitor: VisitorFace, 
/**
 * The agents' counter.
 */
seq: number, 
/**
 * RFC 3339.
 */
timestamp: string, };

export type VisitorTracked = { 
/**
 * What the page calls it.
 */
name: string, 
/**
 * What else it says of it.
 */
props: { [key in string]: Attribute }, 
/**
 * Was the visitor verified then?
 */
verified: boolean, 
/**
 * The agents' counter.
 */
seq: number, 
/**
 * RFC 3339.
 */
timestamp: string, };

export type VisitorEvent = { "event": "ChatMessageReceived", "data": ChatMessage } | { "event": "agent.joined", "data": AgentJoined } | { "event": "agent.left", "data": AgentLeft } | { "event": "receipt.updated", "data": ReceiptUpdated } | { "event": "message.updated", "data": MessageUpdated } | { "event": "message.deleted", "data": MessageDeleted } | { "event": "message.reaction", "data": MessageReaction } | { "event": "conversation.updated", "data": StatusUpdated } | { "event": "conversation.erased", "data": ConversationErased };

export type AgentEvent = { "event": "message.created", "data": AgentMessage } | { "event": "agent.joined", "data": AgentJoined } | { "event": "agent.left", "data": AgentLeft } | { "event": "receipt.updated", "data": ReceiptUpdated } | { "event": "message.updated", "data": MessageUpdated } | { "event": "message.deleted", "data": MessageDeleted } | { "event": "message.reaction", "data": MessageReaction } | { "event": "conversation.updated", "data": ConversationUpdated } | { "event": "visitor.changed", "data": VisitorChanged } | { "event": "visitor.tracked", "data": VisitorTracked } | { "event": "conversation.erased", "data": ConversationErased };

export type InboxEvent = { "event": "conversation.changed", "data": ConversationSummary } | { "event": "visitor.online", "data": OnlineVisitor } | { "event": "visitor.offline", "data": OnlineVisitor };

export type OnlineVisitor = { 
/**
 * `wgt_…`.
 */
widget_id: string, 
/**
 * As agents see them.
 */
visitor: VisitorFace, 
/**
 * Their conversations that stand in the list, newest first, at most ten.
 */
conversation_ids: Array<string>, 
/**
 * Since when the server that says so knows them to be online, in milliseconds of the Unix epoch.
 */
since_ms: number, };

export type OnlineVisitorsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Who came last is first.
 */
visitors: Array<OnlineVisitor>, 
/**
 * How many are online on this widget, on this page of the list or not.
 */
count: number, 
/**
 * Cursor of the next page.
 */
next: string | null, };

export type PersonalEvent = { "event": "agent.mentioned", "data": PersonalCall } | { "event": "agent.assigned", "data": PersonalCall };

export type PersonalCall = { 
/**
 * The conversation.
 */
conversation_id: string, 
/**
 * Who calls.
 */
by: string, 
/**
 * The fact's seq in the agents' counter.
 */
seq: number, 
/**
 * RFC 3339.
 */
timestamp: string, };

export type ConversationStatus = "open" | "snoozed" | "resolved";

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
 * `msg_…`.
 */
id: string, 
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
 * The first 140 characters; a rating begins with its stars. Empty once the message was taken back.
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
 * Agents who are in, in the order in which they joined.
 */
agents: Array<AgentFace>, 
/**
 * RFC 3339.
 */
created_at: string, 
/**
 * Since when the visitor waits for an answer, RFC 3339.
 */
waiting_since: string | null, 
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
seq: number, 
/**
 * Open, snoozed or resolved.
 */
status: ConversationStatus, 
/**
 * RFC 3339; when a snoozed conversation opens by itself.
 */
snoozed_until: string | null, 
/**
 * Whose it is.
 */
assignee: AgentFace | null, 
/**
 * How pressing it is.
 */
priority: Priority, 
/**
 * In alphabetical order.
 */
tags: Array<string>, 
/**
 * Free facts about it, by name.
 */
attributes: { [key in string]: string }, 
/**
 * What the website's page said; absent when it said nothing.
 */
website?: WebsiteSaid, 
/**
 * Where the visitor was when they last wrote; absent when nothing is known of it.
 */
here?: Whereabouts, };

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

export type PreChatField = "name" | "email";

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
poll_interval_ms: number, 
/**
 * Do agents see what is typed before it is sent? Then the widget says so.
 */
typing_preview: boolean, 
/**
 * Does the widget say where its visitor writes from?
 */
whereabouts: boolean, 
/**
 * What is asked before the first message, in this order, unless the page says otherwise.
 */
pre_chat: Array<PreChatField>, 
/**
 * To be agreed to before the first message, unless the page says otherwise.
 */
consent: string | null, 
/**
 * Is anybody there?
 */
availability: Availability, };

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
email?: string, 
/**
 * A JWT by the widget's identity secret: HS256, with `sub` and `exp`.
 */
jwt?: string, 
/**
 * An id with its hash, for migration.
 */
identity?: SignedId, 
/**
 * From the link in a mail: the visitor it was sent to, once. It goes before a secret.
 */
code?: string, };

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

export type PopoutReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Where the chat fills the page; the code goes into the fragment, as in the link of a mail.
 */
path: string, 
/**
 * For `code` of `POST /api/chatbot/session`; works once, and for two minutes.
 */
code: string, };

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
 * Open or resolved.
 */
status: ConversationStatus, 
/**
 * Agents who are in, in the order in which they joined.
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
 * Every agent's last joining, oldest first, whatever part of the log is asked for; seq in the visitors' counter.
 */
joins: Array<AgentJoined>, 
/**
 * What else happened between these messages, oldest first: `agent.left` and `conversation.updated`. Empty
 * with `after`.
 */
activity: Array<VisitorEvent>, 
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
typing: Array<TypingNow>, 
/**
 * Is anybody there? Part of the `ETag`, so that whoever polls learns of a change.
 */
availability: Availability, };

export type PostMessage = { 
/**
 * Plain text; may be empty where there are attachments.
 */
message: string, 
/**
 * Ids of files that the sender uploaded to this conversation.
 */
attachments?: Array<string>, 
/**
 * Makes a retry the same message; unique per conversation and sender. The server makes one if absent.
 */
client_id?: string, 
/**
 * Agents only.
 */
kind?: MessageKind, 
/**
 * The message of this conversation that it answers to; a text answers to no note.
 */
reply_to?: string, 
/**
 * Colleagues whom a note calls, `agt_…`.
 */
mentions?: Array<string>, 
/**
 * Visitors only: where they write from. For agents alone, on widgets whose owner wants it.
 */
here?: Whereabouts, };

export type VisitorPosted = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * With its seq.
 */
message: ChatMessage, 
/**
 * To a new message: will anybody read it now?
 */
availability?: Availability, };

export type AgentPosted = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * With its seq.
 */
message: AgentMessage, };

export type BeginUpload = { 
/**
 * `cnv_…`.
 */
conversation_id: string, 
/**
 * File name.
 */
name: string, 
/**
 * Of the whole file.
 */
bytes: number, 
/**
 * Is it a voice message?
 */
is_voice?: boolean, 
/**
 * How long a voice message lasts.
 */
duration_ms?: number, 
/**
 * Peaks of a voice message, from 0 to 100.
 */
waveform?: Array<number>, };

export type UploadReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * `att_…`: goes into a message's `attachments` once the file is there.
 */
id: string, 
/**
 * Where the next part begins.
 */
offset: number, 
/**
 * Of the whole file.
 */
bytes: number, 
/**
 * Of each part but the last.
 */
part_bytes: number, 
/**
 * The file, once it is there whole.
 */
attachment?: Attachment, };

export type ReadUpTo = { 
/**
 * The last message seen, or for `delivered` the last one that arrived.
 */
message_id: string, };

export type EditMessage = { 
/**
 * Plain text.
 */
message: string, };

export type RateConversation = { 
/**
 * 1 to 5.
 */
score: number, 
/**
 * What they say about it.
 */
comment?: string, 
/**
 * Makes a retry the same rating.
 */
client_id?: string, };

export type ConversationChange = { 
/**
 * New status; `snoozed` needs `snoozed_until`.
 */
status?: ConversationStatus, 
/**
 * RFC 3339, in the future; snoozes.
 */
snoozed_until?: string, 
/**
 * `agt_…` who answers on this widget, or `null` for nobody.
 */
assignee_id?: string | null, 
/**
 * New priority.
 */
priority?: Priority, 
/**
 * All tags, instead of those before.
 */
tags?: Array<string>, 
/**
 * Attributes to set; `null` removes one, the others stay.
 */
attributes?: { [key in string]: string | null }, };

export type ConversationReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * As it is now.
 */
conversation: ConversationSummary, };

export type MessageVersion = { 
/**
 * The text.
 */
message: string, 
/**
 * Until when it stood there, RFC 3339.
 */
until: string, 
/**
 * Who changed it or took it back, `vis_…` or `agt_…`.
 */
changed_by: string, };

export type VersionsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * As it reads now.
 */
message: AgentMessage, 
/**
 * Oldest first, without the present one.
 */
versions: Array<MessageVersion>, };

export type TagsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * In use on this agent's widgets, in alphabetical order.
 */
tags: Array<string>, 
/**
 * The same, with how often each is used.
 */
used: Array<TagUse>, };

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

export type Role = "owner" | "admin" | "agent" | "viewer";

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
password: string, 
/**
 * The second step, for whom that is on: a code of the authenticator app, or a recovery code.
 */
code?: string, };

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
 * Widgets they answer on, or look on at; owners and admins are on all.
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
 * What this agent says of being there.
 */
status: AgentStatus, 
/**
 * Where the socket is.
 */
realtime: ConsoleRealtime, 
/**
 * Widgets this agent answers on; none while the second step is owed.
 */
widgets: Array<WidgetProfile>, 
/**
 * Everybody signs in in two steps here, and this agent has yet to set that up: nothing else is answered before.
 */
two_factor_owed: boolean, 
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

export type SearchKind = "messages" | "contacts" | "conversations";

export type SearchPiece = { 
/**
 * As it was written; never HTML.
 */
text: string, 
/**
 * Is it what was searched for?
 */
hit: boolean, };

export type SearchField = { 
/**
 * `text`, `name`, `email`, `tag`, or `attribute.` and its name.
 */
field: string, 
/**
 * The whole text, in pieces.
 */
pieces: Array<SearchPiece>, };

export type SearchHit = { 
/**
 * What it is.
 */
kind: SearchKind, 
/**
 * Of the message, contact, visitor or conversation.
 */
id: string, 
/**
 * Its widget.
 */
widget_id: string, 
/**
 * Where to read on; a contact has none.
 */
conversation_id?: string | null, 
/**
 * Of a message, in the agents' counter.
 */
seq?: number | null, 
/**
 * Who wrote it, or whose it is.
 */
who: string, 
/**
 * RFC 3339: when it was written, or began.
 */
at: string, 
/**
 * Where it was found.
 */
fields: Array<SearchField>, };

export type SearchReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Newest first.
 */
hits: Array<SearchHit>, 
/**
 * Cursor of the next page. A page may hold less than was asked for while there is a next one.
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
 * Every agent's last joining, oldest first, whatever part of the log is asked for; seq in the agents' counter.
 */
joins: Array<AgentJoined>, 
/**
 * What else happened between these messages, oldest first: `agent.left` and `conversation.updated`. Empty
 * with `after`.
 */
activity: Array<AgentEvent>, 
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
 * Do agents see where a visitor writes from: page, referrer, device, language, time zone?
 */
whereabouts: boolean, 
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
identity_required: boolean, 
/**
 * When the desk is open; `None`: always.
 */
hours: OpeningHours | null, 
/**
 * What visitors read while it is closed or nobody is there.
 */
away_text: string | null, 
/**
 * Are visitors shown who is there, by name and face?
 */
show_agents: boolean, 
/**
 * What visitors are asked before their first message, in this order.
 */
pre_chat: Array<PreChatField>, 
/**
 * What visitors agree to before their first message; `None`: nothing.
 */
consent: string | null, 
/**
 * Who is alerted while a visitor waits, after how long, and how.
 */
escalation: Escalation, };

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

export type AgentChange = { 
/**
 * Shown to visitors.
 */
name?: string, 
/**
 * What they may do.
 */
role?: Role, 
/**
 * All widgets they are on from now on.
 */
widgets?: Array<string>, };

export type WidgetAgentsChange = { 
/**
 * Ids of agents who are on it now. Owners and admins are on every widget without.
 */
join: Array<string>, 
/**
 * Ids of agents who are on it no more.
 */
leave: Array<string>, };

export type TwoFactorDemand = { 
/**
 * From now on, does everybody have to sign in in two steps?
 */
demanded: boolean, };

export type TeamMember = { 
/**
 * As all colleagues see them.
 */
agent: AgentProfile, 
/**
 * Does their signing in take a second step?
 */
two_factor: boolean, };

export type InvitationProfile = { 
/**
 * `inv_…`.
 */
id: string, 
/**
 * What they will be allowed.
 */
role: Role, 
/**
 * Widgets they will be on.
 */
widgets: Array<string>, 
/**
 * To whom it is addressed.
 */
email: string | null, 
/**
 * Who invited.
 */
by: string, 
/**
 * RFC 3339.
 */
expires_at: string, };

export type TeamReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Everyone who can sign in, the first who came first.
 */
members: Array<TeamMember>, 
/**
 * Who is expected, the newest invitation first.
 */
invitations: Array<InvitationProfile>, 
/**
 * Does everybody have to sign in in two steps?
 */
two_factor_demanded: boolean, };

export type NewInvitation = { 
/**
 * What they will be allowed.
 */
role: Role, 
/**
 * Widgets they will be on.
 */
widgets: Array<string>, 
/**
 * Where the link is sent, if this server sends mails.
 */
email?: string, };

export type InvitationReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * What stands behind `#join=` in the link; told this once.
 */
code: string, 
/**
 * Was it mailed?
 */
mailed: boolean, 
/**
 * All that wait, with the new one.
 */
invitations: Array<InvitationProfile>, };

export type SessionProfile = { 
/**
 * `ses_…`.
 */
id: string, 
/**
 * Since when, RFC 3339.
 */
since: string, 
/**
 * The address it was begun from; empty where that is not known.
 */
address: string, 
/**
 * Browser and system, as the browser calls itself; empty where that is not known.
 */
device: string, 
/**
 * Is it the one that asks?
 */
is_this: boolean, };

export type AccountReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * As colleagues see it.
 */
agent: AgentProfile, 
/**
 * Does signing in take a second step?
 */
two_factor: boolean, 
/**
 * Does everybody have to sign in in two steps? Then nobody can switch it off.
 */
two_factor_demanded: boolean, 
/**
 * How many recovery codes are left.
 */
recovery_codes: number, 
/**
 * Where this person is signed in, the newest first.
 */
sessions: Array<SessionProfile>, };

export type NewPassword = { 
/**
 * The present one.
 */
old: string, 
/**
 * At least ten characters.
 */
new: string, };

export type AccountChange = { 
/**
 * Shown to visitors.
 */
name?: string, 
/**
 * Ends every other session.
 */
password?: NewPassword, };

export type TwoFactorBegun = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * To type: base32.
 */
key: string, 
/**
 * To draw as a QR code: `otpauth://…`.
 */
uri: string, };

export type TwoFactorCode = { 
/**
 * Six digits.
 */
code: string, };

export type RecoveryCodesReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Each stands for a code once; told this once.
 */
recovery_codes: Array<string>, };

export type Proof = { 
/**
 * The password, a code or a recovery code.
 */
proof: string, };

export type InvitationCode = { 
/**
 * From the link.
 */
code: string, };

export type InvitedReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * What they may do.
 */
role: Role, 
/**
 * To whom it was sent.
 */
email: string | null, 
/**
 * Who invited.
 */
by: string, 
/**
 * Will they have to set up two-step sign-in?
 */
two_factor_demanded: boolean, };

export type JoinRequest = { 
/**
 * From the link.
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

export type AuditKind = "signed-in" | "sign-in-refused" | "signed-out-elsewhere" | "name-changed" | "password-changed" | "two-factor-on" | "two-factor-off" | "two-factor-reset" | "two-factor-demanded" | "two-factor-optional" | "recovery-code-used" | "agent-added" | "agent-changed" | "agent-removed" | "password-reset" | "invitation-made" | "invitation-withdrawn" | "invitation-used" | "widget-added" | "widget-changed" | "token-rotated" | "widget-removed" | "identity-secret-made" | "key-made" | "key-revoked" | "webhook-added" | "webhook-changed" | "webhook-removed" | "block-added" | "block-removed" | "tag-changed" | "backup-taken" | "erased" | "exported" | "channel-inspected" | "event-read" | "event-published" | "letters-dropped";

export type AuditEntry = { 
/**
 * `aud_…`, in the order of time.
 */
id: string, 
/**
 * RFC 3339.
 */
at: string, 
/**
 * Who; absent for the command line and for whoever did not get in.
 */
agent_id: string | null, 
/**
 * Their name then.
 */
agent_name: string, 
/**
 * What.
 */
kind: AuditKind, 
/**
 * To whom or what: a name, or an id where there is none.
 */
about: string, 
/**
 * What of it, such as `role: agent to viewer`; may be empty. Never a secret.
 */
detail: string, 
/**
 * The address it came from; empty where that is not known.
 */
address: string, };

export type AuditReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * The newest first.
 */
entries: Array<AuditEntry>, 
/**
 * For the page of older ones; absent where this is the last.
 */
next: string | null, };

export type Day = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

export type OpenSpan = { 
/**
 * The day on which it begins.
 */
day: Day, 
/**
 * `HH:MM` by the clock of the zone.
 */
from: string, 
/**
 * `HH:MM`, up to `24:00`; not after `from` means on the next day.
 */
to: string, };

export type OpeningHours = { 
/**
 * IANA name, such as `Europe/Madrid`.
 */
zone: string, 
/**
 * In any order; none: never open.
 */
days: Array<OpenSpan>, };

export type AgentShown = { 
/**
 * The name.
 */
name: string, 
/**
 * URL of a picture.
 */
avatar: string | null, };

export type Availability = { 
/**
 * Is an agent of this widget there right now, and not away?
 */
online: boolean, 
/**
 * Those who are, where the owner shows them.
 */
agents: Array<AgentShown>, 
/**
 * By the opening hours; without any, always.
 */
open: boolean, 
/**
 * When it opens next, RFC 3339; absent while it is open, and when it never opens.
 */
opens_at: string | null, 
/**
 * What the owner says to those who come while it is closed or nobody is there.
 */
away_text: string | null, };

export type AgentStatus = "online" | "away" | "offline";

export type OwnPresence = { 
/**
 * From now on, on all nodes and after restarts.
 */
status: AgentStatus, };

export type AgentStatusChanged = { 
/**
 * `agt_…`.
 */
agent_id: string, 
/**
 * What they say now.
 */
status: AgentStatus, };

export type Way = "sound" | "desktop" | "push" | "mail";

export type AlertKind = "mine" | "unassigned" | "mention";

export type Whom = "assignee" | "members" | "owners";

export type EscalationStep = { 
/**
 * Seconds for which the visitor has waited.
 */
after_s: number, 
/**
 * Who is alerted.
 */
whom: Whom, 
/**
 * How.
 */
ways: Array<Way>, };

export type Escalation = { 
/**
 * In the order in which they are due; none: nobody is alerted.
 */
steps: Array<EscalationStep>, };

export type Ways = { 
/**
 * [`Way::Sound`].
 */
sound: boolean, 
/**
 * [`Way::Desktop`].
 */
desktop: boolean, 
/**
 * [`Way::Push`].
 */
push: boolean, 
/**
 * [`Way::Mail`].
 */
mail: boolean, };

export type AlertRules = { 
/**
 * [`AlertKind::Mine`].
 */
mine: Ways, 
/**
 * [`AlertKind::Unassigned`].
 */
unassigned: Ways, 
/**
 * [`AlertKind::Mention`].
 */
mention: Ways, 
/**
 * Not to be disturbed before this time, RFC 3339.
 */
quiet_until: string | null, 
/**
 * Not to be disturbed in these times, every week.
 */
quiet_hours: OpeningHours | null, 
/**
 * Does being away hold alerts back too?
 */
away_is_quiet: boolean, 
/**
 * Do pushes and mails leave out what the visitor wrote?
 */
hide_words: boolean, };

export type AlertRulesChange = { 
/**
 * See [`AlertRules`].
 */
mine?: Ways, 
/**
 * See [`AlertRules`].
 */
unassigned?: Ways, 
/**
 * See [`AlertRules`].
 */
mention?: Ways, 
/**
 * RFC 3339, or `null`: disturb again.
 */
quiet_until?: string | null, 
/**
 * Or `null`: none.
 */
quiet_hours?: OpeningHours | null, 
/**
 * See [`AlertRules`].
 */
away_is_quiet?: boolean, 
/**
 * See [`AlertRules`].
 */
hide_words?: boolean, };

export type AddDevice = { 
/**
 * Where its push service takes pushes for it.
 */
endpoint: string, 
/**
 * Its public key, base64url.
 */
p256dh: string, 
/**
 * Its authentication secret, base64url.
 */
auth: string, 
/**
 * As its owner finds it in the list: "Firefox on Linux".
 */
name: string, };

export type Device = { 
/**
 * `dev_…`.
 */
id: string, 
/**
 * As its owner finds it.
 */
name: string, 
/**
 * The endpoint, for the browser to know itself by.
 */
endpoint: string, 
/**
 * RFC 3339.
 */
created_at: string, 
/**
 * When a push service last took something for it, RFC 3339.
 */
pushed_at: string | null, };

export type MissedAlert = { 
/**
 * `alt_…`.
 */
id: string, 
/**
 * Whom it was for.
 */
agent_id: string, 
/**
 * Their name.
 */
agent_name: string, 
/**
 * Of which conversation.
 */
conversation_id: string, 
/**
 * With whom that is.
 */
visitor_name: string, 
/**
 * Of what.
 */
kind: AlertKind, 
/**
 * How.
 */
way: Way, 
/**
 * Why not, in plain words.
 */
reason: string, 
/**
 * RFC 3339.
 */
at: string, };

export type AlertsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * What this agent wants.
 */
rules: AlertRules, 
/**
 * Is it a time in which nobody disturbs them?
 */
is_quiet: boolean, 
/**
 * Their browsers that take pushes.
 */
devices: Array<Device>, 
/**
 * The server's public key, base64url, which a browser subscribes with (RFC 8292).
 */
push_key: string, 
/**
 * Does this server send mail?
 */
sends_mail: boolean, 
/**
 * What did not arrive in the last 30 days, newest first.
 */
missed: Array<MissedAlert>, };

export type MissedAlertsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Newest first.
 */
missed: Array<MissedAlert>, };

export type ConsoleTrouble = "silent" | "forbidden";

export type ReportMissed = { 
/**
 * Of which conversation.
 */
conversation_id: string, 
/**
 * Of what.
 */
kind: AlertKind, 
/**
 * Why.
 */
trouble: ConsoleTrouble, };

export type TestAlert = { "way": "push", 
/**
 * `dev_…`.
 */
device_id: string, 
/**
 * Comes back in the push.
 */
token: string, } | { "way": "mail" };

export type TestAlertReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Was it taken by the push service, or by the mail server?
 */
sent: boolean, 
/**
 * Where it went, or why not, in plain words.
 */
word: string, };

export type EscalationReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * The widget's ladder.
 */
escalation: Escalation, };

export type PushMessage = { 
/**
 * `cnv_…`; empty in a test.
 */
conversation_id: string, 
/**
 * Who waits, or calls.
 */
title: string, 
/**
 * The first words, or what it is about.
 */
text: string, 
/**
 * From [`TestAlert::Push`].
 */
token?: string, };

export type Attribute = boolean | number | string;

export type SignedId = { 
/**
 * What the website calls the person.
 */
id: string, 
/**
 * By the widget's hash secret.
 */
identifier_hash: string, 
/**
 * A label, unverified.
 */
name?: string, 
/**
 * A label, unverified.
 */
email?: string, };

export type IdentifyRequest = { 
/**
 * A JWT by the widget's identity secret: HS256, with `sub` and `exp`.
 */
jwt?: string, 
/**
 * For migration.
 */
identity?: SignedId, };

export type WebsiteSays = { 
/**
 * Of the person.
 */
visitor?: { [key in string]: Attribute | null }, 
/**
 * Of the conversation.
 */
conversation?: { [key in string]: Attribute | null }, 
/**
 * Tags to put there, of those that are in use on the widget.
 */
add_tags?: Array<string>, 
/**
 * Tags to take away again, of those that the page put there.
 */
remove_tags?: Array<string>, 
/**
 * What the visitor did, oldest first.
 */
events?: Array<TrackedEvent>, };

export type TrackedEvent = { 
/**
 * Makes a retry the same event.
 */
client_id: string, 
/**
 * What the page calls it.
 */
name: string, 
/**
 * What else it says of it.
 */
props?: { [key in string]: Attribute }, };

export type IdentifyReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * As agents see them.
 */
visitor: VisitorFace, 
/**
 * The newest open conversation, on whichever device it began.
 */
conversation_id: string | null, 
/**
 * What to go on with: the session that asked has ended, and its secret is worth nothing. `null`
 * when this person was identified before; then everything stays as it is.
 */
session: SessionReply | null, };

export type VisitorConversationRow = { 
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
 * The last message the visitor may see.
 */
last_message: ChatMessage | null, 
/**
 * Messages of others that this person has read on none of their devices; counted up to 100.
 */
unread: number, 
/**
 * RFC 3339.
 */
created_at: string, };

export type VisitorConversationsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Newest first, by when they began: a note moves nothing.
 */
conversations: Array<VisitorConversationRow>, 
/**
 * Cursor of the next page.
 */
next: string | null, };

export type IdentitySecret = { 
/**
 * `ids_…`.
 */
id: string, 
/**
 * Signs tokens.
 */
secret: string, 
/**
 * Signs ids, for migration; another one, so that no signature of an id is ever one of a token.
 */
hash_secret: string, 
/**
 * RFC 3339.
 */
created_at: string, };

export type IdentityReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Newest first; each is good.
 */
secrets: Array<IdentitySecret>, };

export type Contact = { 
/**
 * `ctc_…`.
 */
id: string, 
/**
 * The widget whose website knows them.
 */
widget_id: string, 
/**
 * What the website calls them; none when an agent made this contact, several after a merge.
 */
external_ids: Array<string>, 
/**
 * Name.
 */
name: string | null, 
/**
 * E-mail.
 */
email: string | null, 
/**
 * Telephone.
 */
phone: string | null, 
/**
 * Whatever else is known.
 */
attributes: { [key in string]: Attribute }, 
/**
 * Did a signed token of the website say who they are?
 */
vouched: boolean, 
/**
 * RFC 3339.
 */
created_at: string, };

export type ContactsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Newest first.
 */
contacts: Array<Contact>, 
/**
 * Cursor of the next page.
 */
next: string | null, };

export type ContactReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * As it is now.
 */
contact: Contact, };

export type ContactChange = { 
/**
 * New name.
 */
name?: string, 
/**
 * New e-mail.
 */
email?: string, 
/**
 * New telephone.
 */
phone?: string, 
/**
 * New attributes, as a whole.
 */
attributes?: { [key in string]: Attribute }, };

export type MergeContact = { 
/**
 * The contact that stays; the one in the path is part of it from then on.
 */
into: string, };

export type LinkVisitor = { 
/**
 * As whom; absent: as somebody new, with what follows.
 */
contact_id?: string, 
/**
 * New name.
 */
name?: string, 
/**
 * New e-mail.
 */
email?: string, 
/**
 * New telephone.
 */
phone?: string, 
/**
 * New attributes, as a whole.
 */
attributes?: { [key in string]: Attribute }, };

export type ErasedReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Whose content is gone.
 */
conversations: number, };

export type Scope = "conversations:read" | "conversations:write" | "contacts:read" | "contacts:write" | "widgets:read" | "widgets:write" | "agents:read" | "webhooks" | "blocks";

export type EventType = "conversation.created" | "conversation.updated" | "conversation.assigned" | "conversation.closed" | "conversation.reopened" | "conversation.erased" | "agent.joined" | "agent.left" | "message.created" | "message.updated" | "message.deleted" | "message.reaction" | "csat.created" | "contact.updated" | "receipt.updated" | "visitor.online" | "visitor.offline" | "webhook.test";

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
 * The conversation's counter for agents: gapless over its facts. Two events of one fact share it. 0 for
 * what is no fact.
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
 * What is told; none: every fact, so all but `visitor.online` and `visitor.offline`.
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
 * What is told; none: every fact.
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

export type NewWidget = { 
/**
 * What visitors read above the chat.
 */
name: string, 
/**
 * `#rrggbb`.
 */
color?: string, 
/**
 * First line of an empty conversation.
 */
greeting?: string, 
/**
 * Where it may be embedded; none: loopback only.
 */
origins?: Array<string>, 
/**
 * Ids of agents who are on it, beside the owners and admins.
 */
agents?: Array<string>, };

export type NewWidgetToken = { 
/**
 * Seconds for which the old one works on; 0: it ends at once, with all that came before it. Absent: 7 days.
 */
overlap_s?: number, };

export type CannedReply = { 
/**
 * `rpl_…`.
 */
id: string, 
/**
 * What is typed after the `/`; each once among the shared ones, and once among an agent's own.
 */
shortcut: string, 
/**
 * What is sent, with `{{visitor.name}}` and the like in it, which the console fills in.
 */
text: string, 
/**
 * For everybody, or only for the agent who asks?
 */
is_shared: boolean, };

export type CannedRepliesReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * The shared ones and the agent's own, by shortcut.
 */
replies: Array<CannedReply>, };

export type NewCannedReply = { 
/**
 * Letters, digits, `-` and `_`.
 */
shortcut: string, 
/**
 * What is sent.
 */
text: string, 
/**
 * For everybody; only an owner may.
 */
is_shared: boolean, };

export type CannedReplyChange = { 
/**
 * Another shortcut.
 */
shortcut?: string, 
/**
 * Another text.
 */
text?: string, };

export type TagUse = { 
/**
 * The tag.
 */
tag: string, 
/**
 * So many conversations of the agent's widgets.
 */
conversations: number, };

export type TagChange = { 
/**
 * What it is called from now on; where there is such a tag, the two become one.
 */
name: string, };

export type BackupRequest = { 
/**
 * The owner's password, again.
 */
password: string, };

export type BackupReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * When the last one was made, by the console or by the command line. RFC 3339.
 */
last_at: string | null, 
/**
 * Why none can be made here, in a sentence for people; `null`: one can.
 */
hindered: string | null, };

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

export type OverviewReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * The release.
 */
version: string, 
/**
 * The node that answers; the columns are its own.
 */
node: string, 
/**
 * Seconds since it began.
 */
uptime_s: number, 
/**
 * Open sockets on all nodes.
 */
connections: number, 
/**
 * Channels with subscribers on this node.
 */
channels: number, 
/**
 * Sessions over the HTTP fallback transports on this node.
 */
fallback_sessions: number, 
/**
 * Facts of the chat committed by this node since it began.
 */
facts: number, 
/**
 * What was, oldest first.
 */
columns: Columns, };

export type Columns = { 
/**
 * Seconds between two rows: 1 or 60.
 */
step_s: number, 
/**
 * Unix time in seconds.
 */
at: Array<number>, 
/**
 * Open sockets.
 */
connections: Array<number>, 
/**
 * Events published in a second, by servers and clients.
 */
messages: Array<number>, 
/**
 * Frames sent in a second.
 */
deliveries: Array<number>, 
/**
 * Microseconds from a publish until its last socket was written to: half were quicker. 0: nothing was sent.
 */
latency_p50_us: Array<number>, 
/**
 * The same, and all but one in a hundred were quicker.
 */
latency_p99_us: Array<number>, 
/**
 * HTTP requests answered in a second.
 */
requests: Array<number>, 
/**
 * Answers 5xx, events dropped and readers cut, in a second.
 */
errors: Array<number>, 
/**
 * Resident memory.
 */
memory_bytes: Array<number>, 
/**
 * Cores used: 1.0 is one whole core.
 */
cpu: Array<number>, };

export type ChannelsReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * The apps that are served.
 */
apps: Array<string>, 
/**
 * In the order asked for.
 */
channels: Array<MonitoredChannel>, 
/**
 * How many were found.
 */
total: number, 
/**
 * Was everything looked at? A look ends at half a million channels.
 */
is_whole: boolean, 
/**
 * Cursor of the next page.
 */
next: string | null, };

export type MonitoredChannel = { 
/**
 * Whose.
 */
app: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Subscriptions.
 */
subscriptions: number, 
/**
 * Users present, on a presence channel.
 */
users: number | null, };

export type NewInspection = { 
/**
 * The app; the chat's own when absent.
 */
app?: string, 
/**
 * Whose events.
 */
channel: string, 
/**
 * For how long: 1 to 30, otherwise 5.
 */
minutes?: number, };

export type InspectionReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * `ins_…`.
 */
id: string, 
/**
 * Whose.
 */
app: string, 
/**
 * The channel.
 */
channel: string, 
/**
 * Milliseconds until it ends by itself.
 */
left_ms: number, 
/**
 * Subscriptions to the channel on all nodes.
 */
subscriptions: number, 
/**
 * Those after the number asked for, oldest first.
 */
events: Array<InspectedEvent>, 
/**
 * Events after that number that were too many to keep.
 */
dropped: number, };

export type InspectedEvent = { 
/**
 * From 1, without gaps.
 */
number: number, 
/**
 * Milliseconds of the Unix epoch.
 */
at_ms: number, 
/**
 * Its name.
 */
name: string, 
/**
 * Bytes of its data.
 */
bytes: number, 
/**
 * Whom it is stamped with: a client's event.
 */
user_id: string | null, };

export type ShowBody = { 
/**
 * Of the event.
 */
number: number, };

export type BodyReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Of the event.
 */
number: number, 
/**
 * Its data as text.
 */
body: string, };

export type CreateEvent = { 
/**
 * The app; the chat's own when absent.
 */
app?: string, 
/**
 * Any channel of the app.
 */
channel: string, 
/**
 * Its name.
 */
event: string, 
/**
 * JSON, as text.
 */
data: string, };

export type CreatedReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Subscriptions to the channel on all nodes when it was sent.
 */
heard: number, };

export type QueueKind = "chat_webhooks" | "app_webhooks" | "mail" | "index" | "erasures" | "files" | "feed" | "alerts";

export type Queue = { 
/**
 * Which.
 */
kind: QueueKind, 
/**
 * What waits, up to 10,000.
 */
waiting: number, 
/**
 * What of it is being sent now, where that is known.
 */
sending: number, 
/**
 * What of it has failed before.
 */
retrying: number, 
/**
 * What was given up.
 */
dead: number, 
/**
 * Milliseconds for which the oldest has waited; absent where that is not known, or nothing waits.
 */
oldest_ms: number | null, 
/**
 * Why it last failed.
 */
failure: string | null, 
/**
 * When, in milliseconds of the Unix epoch.
 */
failed_ms: number | null, };

export type Destination = { 
/**
 * As the outbox names it.
 */
id: string, 
/**
 * Its address without the query; absent: nobody is served there any more.
 */
address: string | null, 
/**
 * Of which queue.
 */
kind: QueueKind, 
/**
 * Letters.
 */
waiting: number, 
/**
 * Those that have failed before.
 */
retrying: number, 
/**
 * Those given up.
 */
dead: number, 
/**
 * Milliseconds for which the oldest has waited.
 */
oldest_ms: number | null, 
/**
 * Milliseconds until the next attempt.
 */
next_ms: number | null, 
/**
 * Why the last attempt failed; absent when it did not.
 */
failure: string | null, 
/**
 * When, in milliseconds of the Unix epoch.
 */
failed_ms: number | null, };

export type DeadLetter = { 
/**
 * `ddl_…`.
 */
id: string, 
/**
 * As the outbox names it.
 */
destination: string, 
/**
 * The name of what it tells.
 */
event: string, 
/**
 * When it was written, in milliseconds of the Unix epoch.
 */
created_ms: number, 
/**
 * When it was given up.
 */
died_ms: number, 
/**
 * How often delivery failed.
 */
attempts: number, 
/**
 * Why, at last.
 */
failure: string | null, };

export type QueuesReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * Every queue there is.
 */
queues: Array<Queue>, 
/**
 * Webhooks with something to say of them.
 */
destinations: Array<Destination>, 
/**
 * The newest first, at most a hundred.
 */
dead: Array<DeadLetter>, 
/**
 * Alerts that were given up after they had been tried, the newest first, at most a hundred.
 */
dead_alerts: Array<MissedAlert>, };

export type RetryQueue = { 
/**
 * As the outbox names it; `alerts` for the alerts.
 */
destination: string, };

export type DeadLetters = { 
/**
 * `ddl_…`, or `alt_…` of alerts; at most a hundred.
 */
ids: Array<string>, };

export type Health = "good" | "away" | "none";

export type NodeStatus = { 
/**
 * Random at each start.
 */
id: string, 
/**
 * Where it listens first.
 */
address: string, 
/**
 * The release.
 */
version: string, 
/**
 * When it began, in milliseconds of the Unix epoch.
 */
started_ms: number, 
/**
 * Open sockets.
 */
connections: number, 
/**
 * Milliseconds that its last word took to the other nodes' meeting place and back; absent where it is alone.
 */
link_lag_ms: number | null, 
/**
 * `sqlite` or `postgres`.
 */
storage: string, 
/**
 * The database.
 */
database: Health, 
/**
 * Microseconds that it took to answer.
 */
database_us: number, 
/**
 * The way to the other nodes.
 */
redis: Health, };

export type ListedNode = { 
/**
 * What it said.
 */
node: NodeStatus, 
/**
 * Milliseconds since it said so.
 */
heard_ms: number, };

export type NodesReply = { 
/**
 * Always `true`.
 */
success: boolean, 
/**
 * The one that answers.
 */
me: string, 
/**
 * That one first, then by address.
 */
nodes: Array<ListedNode>, };

export const LIMITS = {
  MESSAGE_TEXT_CHARS: 10000,
  NAME_CHARS: 120,
  MESSAGE_ATTACHMENTS: 10,
  UPLOAD_BYTES: 5242880,
  POLL_INTERVAL_MS: 2000,
  TYPING_LASTS_MS: 6000,
} as const;

export const CONSOLE_LIMITS = {
  WIDGET_ORIGINS: 50,
  CONSENT_CHARS: 500,
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
  | "file-too-large"
  | "file-empty"
  | "file-type-not-allowed"
  | "image-damaged"
  | "image-too-large"
  | "wrong-offset"
  | "range-not-satisfiable"
  | "request-timeout"
  | "not-signed-in"
  | "session-expired"
  | "wrong-password"
  | "unknown-widget"
  | "identity-refused"
  | "identity-required"
  | "second-step-needed"
  | "code-wrong"
  | "proof-wrong"
  | "second-step-state"
  | "second-step-owed"
  | "invitation-invalid"
  | "last-owner"
  | "setup-link-invalid"
  | "mail-link-invalid"
  | "key-invalid"
  | "scope-missing"
  | "origin-not-allowed"
  | "csrf-missing"
  | "not-allowed"
  | "channel-forbidden"
  | "unknown-conversation"
  | "unknown-agent"
  | "unknown-message"
  | "message-gone"
  | "too-many-reactions"
  | "unknown-contact"
  | "unknown-visitor"
  | "unknown-tag"
  | "contact-conflict"
  | "unknown-entry"
  | "start-over"
  | "precondition-failed"
  | "idempotency-key-reused"
  | "idempotency-key-busy"
  | "blocked-for-now"
  | "blocked"
  | "unknown-attachment"
  | "link-invalid"
  | "link-expired"
  | "shortcut-taken"
  | "widget-in-use"
  | "backup-elsewhere"
  | "email-taken"
  | "client-id-reused"
  | "too-many-requests"
  | "upload-quota"
  | "files-unavailable"
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
