//! The limit table: every bound on what a peer may send, in one place. Knows nothing
//! of who enforces it. Values marked "contract" are those of hosted Pusher.

/// Characters in a message's text, counted as Unicode scalar values.
pub const MESSAGE_TEXT_CHARS: usize = 10_000;
/// Bytes of a `client_id` or `Idempotency-Key`.
pub const CLIENT_ID_BYTES: usize = 64;
/// Characters in a person's or widget's name.
pub const NAME_CHARS: usize = 120;
/// Bytes of an e-mail address (RFC 5321, 4.5.3.1).
pub const EMAIL_BYTES: usize = 254;
/// Characters of a new password, at least.
pub const PASSWORD_MIN_CHARS: usize = 10;
/// Bytes of a password, at most: Argon2 would hash more, an attacker would send more.
pub const PASSWORD_MAX_BYTES: usize = 1_024;
/// Characters in a widget's greeting.
pub const GREETING_CHARS: usize = 500;
/// Characters of what is said while nobody is there.
pub const AWAY_TEXT_CHARS: usize = 500;
/// Characters of what visitors agree to before their first message.
pub const CONSENT_CHARS: usize = 500;
/// Spans in a widget's opening hours: three for each day, and some for exceptions.
pub const OPEN_SPANS: usize = 28;
/// Milliseconds for which an agent whose last socket closed still counts as there: a reload is no absence.
pub const PRESENCE_RETURN_MS: u64 = 5_000;
/// Faces shown to visitors.
pub const AGENTS_SHOWN: usize = 10;
/// Seconds before the end of its time at which a kept availability is published anew.
pub const AVAILABILITY_RENEW_S: u64 = 300;
/// Conversations whose widget is kept in memory for typing signals; beyond, they are looked up anew.
pub const TYPING_PLACES: usize = 50_000;
/// Seconds after which an unread answer is mailed, unless the settings say otherwise.
pub const MAIL_AFTER_S: u64 = 300;
/// Seconds between two mails about one conversation.
pub const MAIL_INTERVAL_S: u64 = 3_600;
/// Seconds for which a mail is tried: three days.
pub const MAIL_RETRY_S: u64 = 72 * 3600;
/// Seconds after which a mail that was claimed and neither sent nor put off is taken for lost.
pub const MAIL_CLAIM_S: u64 = 120;
/// Messages in one mail; the newest.
pub const MAIL_MESSAGES: usize = 50;
/// Mails sent in one round.
pub const MAILS_AT_ONCE: usize = 20;
/// Seconds that a conversation with the mail server may take.
pub const MAIL_SERVER_S: u64 = 30;
/// Steps of a widget's ladder.
pub const ESCALATION_STEPS: usize = 10;
/// Seconds after which a step of the ladder is due, at most: a day.
pub const ESCALATION_AFTER_S: u32 = 86_400;
/// Seconds that an agent who has read has to answer, before the ladder goes on.
pub const ALERT_READ_GRACE_S: u64 = 300;
/// Waiting conversations whose step is done in one round.
pub const ALERT_STEPS_AT_ONCE: usize = 50;
/// Alerts sent in one round.
pub const ALERTS_AT_ONCE: usize = 50;
/// Seconds after which an alert that was claimed and neither sent nor put off is taken for lost.
pub const ALERT_CLAIM_S: u64 = 120;
/// Seconds for which an alert is tried: later it says nothing new. Also how long a push service keeps one.
pub const ALERT_RETRY_S: u64 = 3_600;
/// Days for which it is kept what did not arrive.
pub const MISSED_ALERTS_DAYS: u64 = 30;
/// Alerts that did not arrive, in one answer.
pub const MISSED_ALERTS_SHOWN: usize = 200;
/// Devices of an agent that take pushes; a further one takes the place of the oldest.
pub const DEVICES: usize = 20;
/// Bytes of an address that a push service gave a device.
pub const PUSH_ENDPOINT_BYTES: usize = 1_000;
/// Characters of what a visitor wrote, in a push.
pub const PUSH_WORDS_CHARS: usize = 140;
/// Seconds for which the link in a mail works.
pub const MAIL_LINK_S: u64 = 7 * 86_400;
/// Seconds for which the code works that hands a session over to a window of our own: as long as that takes to load.
pub const POPOUT_CODE_S: u64 = 120;
/// Origins on a widget's list.
pub const WIDGET_ORIGINS: usize = 50;
/// Tags on a conversation.
pub const TAGS: usize = 20;
/// Characters of a tag.
pub const TAG_CHARS: usize = 40;
/// Attributes of a conversation or a contact.
pub const ATTRIBUTES: usize = 50;
/// Characters of an attribute's name.
pub const ATTRIBUTE_NAME_CHARS: usize = 60;
/// Characters of an attribute.
pub const ATTRIBUTE_TEXT_CHARS: usize = 500;
/// Bytes, as JSON, of all that a website's page said of a visitor and a conversation: every list carries it.
pub const WEBSITE_BYTES: usize = 4_096;
/// Bytes of an address that a visitor's browser says; of a longer one the host is kept.
pub const WHEREABOUTS_ADDRESS_BYTES: usize = 500;
/// Characters of what it calls the page, or itself.
pub const WHEREABOUTS_TEXT_CHARS: usize = 120;
/// Bytes of its language, or of its time zone.
pub const WHEREABOUTS_CODE_BYTES: usize = 64;
/// Tags that a website's page put on a conversation.
pub const WEBSITE_TAGS: usize = 5;
/// Events that a website's page tells of at once.
pub const TRACKED_EVENTS: usize = 20;
/// Characters of such an event's name.
pub const TRACKED_NAME_CHARS: usize = 60;
/// Bytes, as JSON, of what is said of it.
pub const TRACKED_BYTES: usize = 1_024;
/// Facts after which the same event told again is another one.
pub const TRACKED_AGAIN: u64 = 200;
/// Milliseconds for which a conversation may be put off: a year.
pub const SNOOZE_MS: u64 = 366 * 86_400_000;
/// Snoozed conversations opened by one look at the clock.
pub const WAKE_AT_ONCE: usize = 200;
/// Bytes of an emoji; families with skin tones take 41.
pub const EMOJI_BYTES: usize = 48;
/// Reactions to one message.
pub const REACTIONS: usize = 100;
/// Colleagues whom one note calls.
pub const MENTIONS: usize = 20;
/// Lines of activity in one page.
pub const PAGE_ACTIVITY: usize = 200;
/// Bytes of a signed identity token: a page carries it, and nobody needs more to say who somebody is.
pub const IDENTITY_TOKEN_BYTES: usize = 4_096;
/// Seconds ahead that a token's `exp` may lie: what never expires is a password that stands in a page.
pub const IDENTITY_AHEAD_S: u64 = 24 * 3600;
/// Seconds by which a website's clock may differ from ours.
pub const IDENTITY_LEEWAY_S: u64 = 60;
/// Identity secrets of a widget that are good at the same time; a new one ends the oldest.
pub const IDENTITY_SECRETS: usize = 2;
/// Bytes of what a website calls a person.
pub const EXTERNAL_ID_BYTES: usize = 255;
/// Characters of a telephone number.
pub const PHONE_CHARS: usize = 40;
/// Conversations in which a person's new name is told, the newest first; a list shows older ones on its next read.
pub const CONVERSATIONS_TOLD: usize = 200;
/// Unread messages that are counted for a visitor's list; a badge says 99+.
pub const UNREAD_COUNTED: usize = 100;
/// Facts that one transaction erases.
pub const ERASED_AT_ONCE: u64 = 500;
/// Facts that one transaction looks at when old ones leave the log.
pub const TRIMMED_AT_ONCE: usize = 500;
/// Conversations that one transaction of a retention sweep marks.
pub const RETIRED_AT_ONCE: usize = 100;
/// Entries in a widget's list of media types.
pub const UPLOAD_TYPES: usize = 50;
/// Files in one message.
pub const MESSAGE_ATTACHMENTS: usize = 10;
/// Characters of a file's name.
pub const FILE_NAME_CHARS: usize = 120;
/// Bytes of a file that comes in one request; larger ones come in parts.
pub const UPLOAD_BYTES: u64 = 5 * 1024 * 1024;
/// Bytes of each part of a larger file but the last: half of what the strictest common proxy lets through.
pub const UPLOAD_PART_BYTES: u64 = 512 * 1024;
/// Bytes of a file that an agent sends, or that a widget may be set to take.
pub const FILE_BYTES: u64 = 1024 * 1024 * 1024;
/// Seconds in which not one byte of an upload comes, after which it is given up.
pub const UPLOAD_SILENCE_S: u64 = 30;
/// Uploads under way at once. Each holds a plain HTTP connection, of which most are for everybody else.
pub const UPLOADS: usize = 1_000;
/// KiB that a visitor may upload in an hour, unless the settings say otherwise; a file counts as 64 at least.
pub const UPLOAD_KIB_PER_HOUR: u32 = 200 * 1024;
/// KiB that may be uploaded from one address in an hour for each that a visitor may: an office shares one.
pub const UPLOAD_ADDRESS_FACTOR: u32 = 5;
/// Hours for which a file that no message has is kept.
pub const LOOSE_FILE_H: u64 = 24;
/// Hours for which the link to a file works, and up to one more, so that it is the same within an hour (ruling 15).
pub const FILE_LINK_H: u64 = 24;
/// Pixels of an image, width times height.
pub const IMAGE_PIXELS: u64 = 50_000_000;
/// Bytes that decoding one image may take.
pub const IMAGE_DECODE_BYTES: u64 = 256 * 1024 * 1024;
/// The same of a PNG beside its pixels: rows, and what is folded up in its other parts.
pub const IMAGE_PNG_ASIDE_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes of the colours' profile in a PNG, unfolded; one that unfolds to more is left out.
pub const IMAGE_PROFILE_BYTES: u64 = 4 * 1024 * 1024;
/// Images decoded at once.
pub const IMAGES_AT_ONCE: usize = 2;
/// Bytes of an image of a kind that is shown: it has to be in memory to be looked at.
pub const IMAGE_BYTES: u64 = 64 * 1024 * 1024;
/// Pixels of the longer side of a thumbnail.
pub const THUMBNAIL_PIXELS: u32 = 480;
/// Milliseconds of a voice message.
pub const VOICE_MS: u32 = 15 * 60 * 1_000;
/// Peaks of a voice message's waveform.
pub const WAVEFORM_PEAKS: usize = 100;
/// Bytes of a chat request's body.
pub const BODY_BYTES: usize = 64 * 1024;
/// Messages or events in one page, unless asked for fewer.
pub const PAGE_ITEMS: usize = 50;
/// Messages or events in one page, at most.
pub const PAGE_ITEMS_MAX: usize = 200;
/// Words of a search that are looked at; what comes after them is not.
pub const SEARCH_WORDS: usize = 16;
/// Letters of a word that are told apart in a search.
pub const SEARCH_WORD_CHARS: usize = 64;
/// Candidates of one page of a search that are looked at; a page may then hold less than was asked for.
pub const SEARCH_CANDIDATES: usize = 400;
/// Entries that one transaction indexes.
pub const INDEXED_AT_ONCE: usize = 200;
/// Seconds a long poll may wait.
pub const WAIT_MAX_S: u64 = 25;
/// Milliseconds between two polls of a widget without a socket (seed B).
pub const POLL_INTERVAL_MS: u64 = 2_000;
/// Milliseconds after which a typing signal that was not renewed is over.
pub const TYPING_LASTS_MS: u64 = 6_000;
/// Milliseconds for which a visitor who only polls counts as online after a poll: longer than a long poll
/// waits, and three polls of a page that nobody looks at.
pub const POLLER_ONLINE_MS: u64 = 30_000;
/// Visitors of one server who count as online because they poll; more are served and not counted.
pub const POLLERS: usize = 20_000;
/// Visitors of whom it is noted between two looks that they came or went; beyond, everybody is looked at.
pub const VISITORS_HEARD: usize = 20_000;
/// Conversations named with a visitor who is online.
pub const ONLINE_CONVERSATIONS: usize = 10;
/// Characters of a typing preview.
pub const TYPING_TEXT_CHARS: usize = 500;

/// Sign-in attempts per address and minute, unless the settings say otherwise: enough for a team
/// behind one address, too few to guess.
pub const LOGINS_PER_MINUTE: u32 = 20;
/// Typing signals, read cursors and channel authorisations per person and minute.
pub const SIGNALS_PER_MINUTE: u32 = 600;
/// Messages per visitor and minute, unless the settings say otherwise.
pub const MESSAGES_PER_MINUTE: u32 = 120;
/// What a website's page says of one visitor per minute, each event counted.
pub const WEBSITE_WORDS_PER_MINUTE: u32 = 60;
/// New visitor sessions per address and minute, unless the settings say otherwise.
pub const SESSIONS_PER_MINUTE: u32 = 60;

/// Seconds a visitor's session lives without refresh.
pub const VISITOR_SESSION_S: u64 = 15 * 60;
/// Seconds an agent's session lives after its last use.
pub const AGENT_SESSION_S: u64 = 14 * 24 * 3600;
/// Days for which the token that a widget had works on, unless told otherwise (S16).
pub const WIDGET_TOKEN_OVERLAP_DAYS: u64 = 7;
/// The same, at most.
pub const WIDGET_TOKEN_OVERLAP_DAYS_MAX: u64 = 365;
/// Seconds a set-up link works (ruling 17).
pub const SETUP_LINK_S: u64 = 24 * 3600;
/// Characters of what a browser calls itself that are kept with a session.
pub const DEVICE_CHARS: usize = 200;
/// Seconds an invitation to the team works.
pub const INVITATION_S: u64 = 7 * 24 * 3600;
/// Invitations that wait at the same time.
pub const INVITATIONS: u64 = 100;
/// Codes of the second step that are tried for one person in an hour: a million codes, three of them right.
pub const SECOND_STEPS_PER_HOUR: u32 = 30;
/// Recovery codes that are made at once.
pub const RECOVERY_CODES: usize = 10;
/// For how long the audit trail is kept.
pub const AUDIT_S: u64 = 400 * 24 * 3600;
/// Set-up links that work at the same time, where several servers share a database.
pub const SETUP_LINKS: usize = 10;

/// Bytes of a channel name with its prefix (contract: 164 characters; peers take 200).
pub const CHANNEL_NAME_BYTES: usize = 200;
/// Bytes of an event name (contract).
pub const EVENT_NAME_BYTES: usize = 200;
/// Bytes of an event's data over HTTP and of a client event (contract: 10 KB; Reverb: 10,000 B).
pub const EVENT_DATA_BYTES: usize = 10_240;
/// Channels in one publish (contract).
pub const PUBLISH_CHANNELS: usize = 100;
/// Events in one batch (contract).
pub const BATCH_EVENTS: usize = 10;
/// Bytes of one message on a socket, over all its fragments.
pub const SOCKET_MESSAGE_BYTES: usize = 32 * 1024;
/// Fragments of one message on a socket.
pub const SOCKET_FRAGMENTS: usize = 32;
/// Bytes of a request head.
pub const REQUEST_HEAD_BYTES: usize = 16 * 1024;
/// Seconds a request head may take to arrive.
pub const REQUEST_HEAD_S: u64 = 10;
/// Seconds a request body may take to arrive.
pub const REQUEST_BODY_S: u64 = 20;
/// Seconds for which what comes after a refusal is read on, so that the refusal arrives.
pub const LINGER_S: u64 = 2;
/// Open sockets over all apps, unless the settings say otherwise.
pub const CONNECTIONS: usize = 1_000_000;
/// Plain HTTP connections at once; long polls hold one each.
pub const HTTP_CONNECTIONS: usize = 10_000;
/// Seconds for which a signature of the chat's own app may be used to join (ruling 5).
pub const JOIN_SIGNATURE_S: u64 = 10;
/// Channels one connection may join.
pub const CHANNELS_PER_CONNECTION: usize = 10_000;
/// Seconds for which a cache channel keeps its last event (contract: 30 minutes at most).
pub const CACHED_EVENT_S: u64 = 30 * 60;
/// Bytes of all kept last events together; the oldest make room.
pub const CACHED_EVENTS_BYTES: usize = 32 * 1024 * 1024;
/// Members of a presence channel (contract).
pub const PRESENCE_MEMBERS: usize = 100;
/// Characters of the id of a member and of a signed-in user (contract).
pub const USER_ID_CHARS: usize = 128;
/// Users that one connection watches (contract).
pub const WATCHLIST_USERS: usize = 100;
/// Bytes of a member's `user_info` as JSON (contract: 1 KB).
pub const PRESENCE_INFO_BYTES: usize = 1_024;
/// Subscribers up to whom each change of their count is told at once (contract).
pub const COUNTED_AT_ONCE: u32 = 100;
/// Seconds between two counts told to more subscribers than that (contract).
pub const COUNT_INTERVAL_S: u64 = 5;
/// Client events per second and connection (contract).
pub const CLIENT_EVENTS_PER_S: u32 = 10;
/// Bytes of a whisper on the chat's own app (ruling 6).
pub const CHAT_WHISPER_BYTES: usize = 1_024;
/// Bytes waiting for one slow reader before it is disconnected.
pub const OUTBOX_BYTES: usize = 256 * 1024;
/// Seconds over which a stopping server spreads the reconnects of its clients, unless the settings say otherwise.
pub const DRAIN_S: u64 = 5;
/// Rows of one answer to the command line, unless asked for fewer or more.
pub const OPERATOR_ROWS: usize = 100;
/// Rows of one answer to the command line, at most.
pub const OPERATOR_ROWS_MAX: usize = 10_000;
/// Seconds a signed request may be old or early (contract).
pub const SIGNATURE_WINDOW_S: u64 = 600;
/// Bytes of a message on a socket and of a request's body, of which Reverb takes as many unless told otherwise.
pub const REVERB_MESSAGE_BYTES: usize = 10_000;
/// See [`REVERB_MESSAGE_BYTES`].
pub const REVERB_REQUEST_BYTES: usize = 10_000;
/// Members of a presence channel in Reverb's mode. Reverb has no limit; each join tells all the others.
pub const REVERB_PRESENCE_MEMBERS: usize = 10_000;
/// Seconds of silence after which Reverb pings.
pub const REVERB_PING_INTERVAL_S: u64 = 60;
/// Messages in a window, and its seconds, where Reverb's rate limiting is on.
pub const REVERB_RATE_MESSAGES: u32 = 60;
/// See [`REVERB_RATE_MESSAGES`].
pub const REVERB_RATE_WINDOW_S: u32 = 60;
/// Bytes that an app's settings may allow for a message, an event or a request.
pub const APP_BYTES: usize = 16 * 1024 * 1024;
/// Seconds that an app's settings may give for a silence or a window.
pub const SILENCE_S: u64 = 24 * 3600;
/// Seconds of silence after which a client should ping: the `activity_timeout` of the hello.
pub const ACTIVITY_TIMEOUT_S: u64 = 30;
/// Letters that wait for one destination; what comes beyond is given up.
pub const OUTBOX_LETTERS: usize = 10_000;
/// Sessions over the HTTP fallback transports at once. Each holds a plain HTTP connection while it listens,
/// and half of those are for everybody else.
pub const FALLBACK_SESSIONS: usize = 5_000;
/// Seconds a fallback session lives while no request of its client waits for messages.
pub const FALLBACK_DETACHED_S: u64 = 10;
/// Seconds a fallback poll waits for messages.
pub const FALLBACK_POLL_S: u64 = 25;
/// Messages in one fallback send; pusher-js sends one.
pub const FALLBACK_SEND_MESSAGES: usize = 100;
/// Bytes of a fallback session's name, the client's own random word; pusher-js takes 8.
pub const FALLBACK_SESSION_BYTES: usize = 32;
/// Bytes of messages of one fallback client that may wait for its session: as many as its browser sends at once.
pub const FALLBACK_INBOX_BYTES: usize = 256 * 1024;
/// Characters after which pusher-js leaves a stream for its next one, once it has read a whole line.
pub const FALLBACK_STREAM_CHARACTERS: usize = 256 * 1024;
/// Bytes of messages gathered into one answer or one piece of a stream.
pub const FALLBACK_PIECE_BYTES: usize = 64 * 1024;
/// Seconds that a call to another server may take, from asking for its address to the end of its reply.
pub const OUTBOUND_S: u64 = 10;
/// Bytes of another server's reply that are read.
pub const OUTBOUND_REPLY_BYTES: usize = 64 * 1024;
/// Seconds for which a webhook's delivery is tried, unless the app says otherwise (contract: 5 minutes).
pub const WEBHOOK_RETRY_S: u64 = 300;
/// Milliseconds in which whoever left may come back unnoticed by webhooks (contract: up to 3 seconds).
pub const WEBHOOK_RETURN_MS: u64 = 3_000;
/// Events in one call of a webhook that takes several.
pub const WEBHOOK_BATCH: usize = 50;
/// Calls to one webhook at once; those about one channel follow each other.
pub const WEBHOOK_LANES: u64 = 8;
/// Changes of one app noted between two looks, some 50 ms; beyond, everything is looked at.
pub const WEBHOOK_LOOKS: usize = 20_000;
/// Changes of all apps that wait for somebody to come back; beyond, they are told at once.
pub const WEBHOOK_LOOKS_LATER: usize = 200_000;
/// Client events of one app noted between two looks; beyond, they are not told.
pub const WEBHOOK_CLIENT_EVENTS: usize = 2_000;
/// Milliseconds in which an empty cache channel is told of once.
pub const CACHE_MISS_AGAIN_MS: u64 = 10_000;
/// Subscriptions up to which every change of their number is told (contract).
pub const COUNT_EVERY_CHANGE: u64 = 100;
/// Milliseconds between two tellings of a larger number (contract).
pub const COUNT_INTERVAL_MS: u64 = 5_000;
/// Events that wait for one of the calls to a foreign provider; beyond, widgets are told to ask us.
pub const PROVIDER_EVENTS: usize = 1_000;
/// Channels of one such call that are behind, at most.
pub const PROVIDER_BEHIND: usize = 10_000;
/// Calls to a foreign provider at once; events of one channel follow each other.
pub const PROVIDER_CALLS: usize = 4;
/// Calls with one API key per minute.
pub const KEY_CALLS_PER_MINUTE: u32 = 600;
/// Messages and conversations of all visitors of a widget per minute.
pub const WIDGET_MESSAGES_PER_MINUTE: u32 = 6_000;
/// API keys that work at the same time.
pub const API_KEYS: u64 = 100;
/// Webhooks of the chat.
pub const CHAT_WEBHOOKS: u64 = 20;
/// Bytes of a webhook's address.
pub const URL_BYTES: usize = 2_000;
/// Attempts that each webhook's log keeps.
pub const DELIVERIES_KEPT: u64 = 200;
/// Seconds for which delivery to a chat webhook is tried: three days.
pub const CHAT_WEBHOOK_RETRY_S: u64 = 72 * 3600;
/// Failures in a row after which a chat webhook is left alone for a while.
pub const WEBHOOK_FAILURES: u32 = 10;
/// Facts looked at for one page of the feed, whether or not the reader may see them.
pub const FEED_SCANNED: usize = 1_000;
/// Seconds for which a reply is kept for its `Idempotency-Key`.
pub const IDEMPOTENCY_S: u64 = 24 * 3600;
/// Seconds after which a request that never ended may be sent again under its `Idempotency-Key`.
pub const IDEMPOTENCY_BUSY_S: u64 = 60;
/// Bytes of a reply that is kept.
pub const IDEMPOTENCY_REPLY_BYTES: usize = 64 * 1024;
/// Visitors' sessions of which one server remembers the address, to close their sockets when it is blocked.
pub const KNOWN_ADDRESSES: usize = 50_000;
/// Milliseconds for which it does after their last request, unless they are online.
pub const KNOWN_ADDRESS_MS: u64 = 60_000;
/// Entries of the block list.
pub const BLOCKS: u64 = 10_000;
/// Canned replies for everybody, and of one agent.
pub const CANNED_REPLIES: u64 = 1_000;
/// Characters of a canned reply.
pub const CANNED_TEXT_CHARS: usize = 4_000;
/// Characters of a canned reply's shortcut.
pub const SHORTCUT_CHARS: usize = 40;
/// Widgets.
pub const WIDGETS: u64 = 200;
/// Backups that an owner may download in an hour.
pub const BACKUPS_PER_HOUR: u32 = 6;
/// Characters of the reason for a block.
pub const REASON_CHARS: usize = 500;
/// Channels that one look of the monitor walks over.
pub const CHANNELS_LOOKED_AT: usize = 500_000;
/// Inspections of channels under way on one node.
pub const INSPECTIONS: usize = 8;
/// Minutes for which a channel may be inspected.
pub const INSPECTION_MINUTES: u32 = 30;
/// Events that an inspection keeps.
pub const INSPECTED_EVENTS: usize = 500;
/// Bytes of events that an inspection keeps.
pub const INSPECTED_BYTES: usize = 1024 * 1024;
/// What is counted of a queue; more is not told apart.
pub const QUEUE_COUNTED: usize = 10_000;
/// Letters given up that are kept for one destination, the newest.
pub const DEAD_LETTERS: usize = 1_000;
/// Seconds for which they are kept: a week.
pub const DEAD_LETTER_S: u64 = 7 * 86_400;
/// Letters given up in one transaction, listed in one answer, and taken up again at once.
pub const DEAD_LETTERS_AT_ONCE: usize = 100;
