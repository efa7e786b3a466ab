//! The refusal table: every "no" a client can see, with its name, status, close code,
//! sentence and whether trying again can help. Knows nothing of how a refusal is sent.

use serde::Serialize;

/// Whether the same request can succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Retry {
    /// Never: the request itself is wrong.
    No,
    /// After a pause; nothing about the request needs to change.
    Later,
    /// After a new session, sign-in or signature.
    WithNewCredential,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Stable, kebab-case; ends the `type` of an RFC 9457 body.
    pub name: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Close code, or code of a `pusher:error`; `None` is the protocol's `null`: the connection stays.
    pub code: Option<u16>,
    /// May the client try again?
    pub retry: Retry,
    /// One sentence for a person. Clients may search for those of hosted Pusher (contract 1.7), which
    /// stand exactly as it says them; `{}` is where the detail goes.
    pub sentence: &'static str,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:literal, $code:expr, $retry:ident, $sentence:literal;)*) => {
        /// A refusal a client can see; [`Refusal::row`] has its texts and numbers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Refusal { $($(#[$doc])* $variant,)* }

        impl Refusal {
            /// Every refusal, in the order of the table.
            pub const ALL: &'static [Refusal] = &[$(Refusal::$variant,)*];

            /// This refusal's row.
            pub const fn row(self) -> Row {
                match self {
                    $(Refusal::$variant => Row { name: $name, status: $status, code: $code, retry: Retry::$retry, sentence: $sentence },)*
                }
            }
        }
    };
}

refusals! {
    // What the request says.
    /// The body or frame is not JSON.
    MalformedJson = "malformed-json", 400, None, No, "This is not valid JSON.";
    /// The body is JSON of another shape than the route takes.
    InvalidBody = "invalid-body", 422, None, No, "The request does not have the fields this address needs.";
    /// A required field is absent or empty.
    MissingField = "missing-field", 422, None, No, "A required field is missing.";
    /// A field is present and not acceptable.
    InvalidField = "invalid-field", 422, None, No, "A field has a value that cannot be accepted.";
    /// Message text over the limit.
    TextTooLong = "text-too-long", 422, None, No, "The message is too long.";
    /// Message text with nothing in it.
    TextEmpty = "text-empty", 422, None, No, "The message is empty.";
    /// Request body over the limit.
    BodyTooLarge = "body-too-large", 413, None, No, "The request is too large.";
    /// Event data over the app's limit (contract 1.13).
    EventTooLarge = "event-too-large", 413, None, No, "The data content of this event exceeds the allowed maximum.";
    /// Content type the route does not read.
    UnsupportedMedia = "unsupported-media-type", 415, None, No, "Send the body as JSON.";
    /// Nothing is served at this address.
    NotFound = "not-found", 404, None, No, "There is nothing at this address.";
    /// The address exists, the method does not.
    MethodNotAllowed = "method-not-allowed", 405, None, No, "This address does not take that method.";
    /// Request head not HTTP, or too long, or too slow.
    BadRequestHead = "bad-request-head", 400, None, No, "This is not a request this server understands.";
    /// A file over the limit of the widget or of one request.
    FileTooLarge = "file-too-large", 413, None, No, "This file is larger than may be sent here.";
    /// A file without a byte.
    FileEmpty = "file-empty", 422, None, No, "This file is empty.";
    /// What the bytes are is not on the widget's list.
    FileTypeNotAllowed = "file-type-not-allowed", 415, None, No, "Files of this kind may not be sent here.";
    /// An image of a kind that is shown, which cannot be decoded.
    ImageDamaged = "image-damaged", 422, None, No, "This image is damaged.";
    /// An image whose pixels would take too much memory: the server's, and the readers' as well.
    ImageTooLarge = "image-too-large", 422, None, No, "This image has too many pixels.";
    /// A part of an upload that does not begin where the last one ended.
    WrongOffset = "wrong-offset", 409, None, No, "The upload goes on at another byte.";
    /// A part of the file that does not exist.
    RangeNotSatisfiable = "range-not-satisfiable", 416, None, No, "The file has no such part.";
    /// The body did not arrive in time.
    RequestTimeout = "request-timeout", 408, None, Later, "The request did not arrive in time.";

    // Who is asking.
    /// No credential where one is needed.
    NotSignedIn = "not-signed-in", 401, Some(4009), WithNewCredential, "Please sign in first.";
    /// A session that ended, or never was.
    SessionExpired = "session-expired", 401, Some(4009), WithNewCredential, "This session has ended. Start a new one.";
    /// E-mail or password wrong; says not which.
    WrongPassword = "wrong-password", 401, None, No, "That e-mail and password do not match.";
    /// The widget token is unknown.
    UnknownWidget = "unknown-widget", 401, None, No, "No widget has this token.";
    /// A signed identity that is not good; the text says why, for whoever builds the website.
    IdentityRefused = "identity-refused", 401, None, WithNewCredential, "The signed identity was not accepted.";
    /// The widget takes no anonymous visitors.
    IdentityRequired = "identity-required", 401, None, WithNewCredential, "This chat needs a signed identity.";
    /// The password was right, and the account takes a second step.
    SecondStepNeeded = "second-step-needed", 401, None, No, "Now the code from your authenticator app, please.";
    /// A code of the second step is wrong, too old, or was taken before.
    CodeWrong = "code-wrong", 403, None, No, "This code is not right, or it was used already. A new one appears every 30 seconds.";
    /// Whoever is signed in did not show that they are who they say.
    ProofWrong = "proof-wrong", 403, None, No, "That is not right. Nothing was changed.";
    /// A second step stands already, or none does.
    SecondStepState = "second-step-state", 409, None, No, "Two-step sign-in is not in the state that this needs.";
    /// Everybody signs in in two steps here, and whoever asks has not set that up: until then nothing else is answered.
    SecondStepOwed = "second-step-owed", 403, None, No, "Everybody on this team signs in in two steps. Set that up first.";
    /// An invitation is used, withdrawn or expired.
    InvitationInvalid = "invitation-invalid", 410, None, No, "This invitation was used, has expired or was withdrawn. Ask for a new one.";
    /// Somebody has to be able to do everything.
    LastOwner = "last-owner", 409, None, No, "This is the last owner. Make somebody else an owner first.";
    /// Set-up link used, expired, or an agent exists.
    SetupLinkInvalid = "setup-link-invalid", 410, None, No, "This set-up link has been used or has expired. `frontdesk agent reset` prints a new one.";
    /// The link in a mail was used, is over, or is not for this widget.
    MailLinkInvalid = "mail-link-invalid", 410, None, No, "This link has been used or has expired.";
    /// An API key that is unknown or was revoked.
    KeyInvalid = "key-invalid", 401, None, WithNewCredential, "This API key is unknown or was revoked.";
    /// The API key is good, but not for this route; the detail names the scope.
    ScopeMissing = "scope-missing", 403, None, No, "This API key may not do this.";
    /// The page's origin is not on the widget's list.
    OriginNotAllowed = "origin-not-allowed", 403, Some(4009), No, "This website is not on the list of allowed origins.";
    /// The CSRF header is absent or wrong.
    CsrfMissing = "csrf-missing", 403, None, WithNewCredential, "The request does not carry this session's X-CSRF-Token.";
    /// The credential is good, the act is not for it.
    NotAllowed = "not-allowed", 403, None, No, "You may not do this.";
    /// A channel that this person may not join; foreign and unknown ids read alike (ruling 8).
    ChannelForbidden = "channel-forbidden", 403, None, No, "You may not join this channel.";
    /// Unknown, or somebody else's: the reply is the same (ruling 8).
    UnknownConversation = "unknown-conversation", 404, None, No, "There is no such conversation.";
    /// An agent id nobody has.
    UnknownAgent = "unknown-agent", 404, None, No, "There is no such agent.";
    /// A message id the conversation does not have.
    UnknownMessage = "unknown-message", 404, None, No, "There is no such message in this conversation.";
    /// A message that was taken back cannot be changed, and takes no reactions.
    MessageGone = "message-gone", 410, None, No, "This message was taken back.";
    /// A message has all the reactions it may.
    TooManyReactions = "too-many-reactions", 409, None, No, "This message has as many reactions as it may.";
    /// A contact id nobody has, or one of another widget: the reply is the same.
    UnknownContact = "unknown-contact", 404, None, No, "There is no such contact.";
    /// A visitor id nobody has, or one of another widget: the reply is the same.
    UnknownVisitor = "unknown-visitor", 404, None, No, "There is no such visitor.";
    /// A website's page may only use tags that agents use there already: it cannot fill their list.
    UnknownTag = "unknown-tag", 422, None, No, "Agents use no such tag here.";
    /// Two that cannot be one person; the text says why.
    ContactConflict = "contact-conflict", 409, None, No, "These cannot be made one person.";
    /// A key, webhook, delivery or block that does not exist.
    UnknownEntry = "unknown-entry", 404, None, No, "There is no such entry.";
    /// The feed's cursor is older than what is kept, or from another log: read everything again.
    StartOver = "start-over", 410, None, No, "This cursor is too old. Start over from the state as it is now.";
    /// `If-Match` names another state of the resource than the one it has.
    PreconditionFailed = "precondition-failed", 412, None, No, "This has changed since you read it. Read it again.";
    /// The `Idempotency-Key` came with another request.
    IdempotencyKeyReused = "idempotency-key-reused", 422, None, No, "This Idempotency-Key was used for a different request.";
    /// The first request with this `Idempotency-Key` has not ended yet.
    IdempotencyKeyBusy = "idempotency-key-busy", 409, None, Later, "The first request with this Idempotency-Key is still under way.";
    /// On the block list until a time: `Retry-After` says when.
    BlockedForNow = "blocked-for-now", 403, Some(4009), Later, "You are blocked here for some time.";
    /// On the block list for good.
    Blocked = "blocked", 403, Some(4009), No, "You are blocked here.";
    /// Unknown, somebody else's or sent already: the reply is the same (ruling 8).
    UnknownAttachment = "unknown-attachment", 404, None, No, "There is no such file.";
    /// A link to a file whose signature does not match.
    LinkInvalid = "link-invalid", 403, None, No, "This link is not valid.";
    /// A link to a file whose day is over (ruling 15).
    LinkExpired = "link-expired", 403, None, WithNewCredential, "This link has expired. Reading the message again gives a new one.";
    /// A canned reply with a shortcut that another one has.
    ShortcutTaken = "shortcut-taken", 409, None, No, "Another reply has this shortcut.";
    /// A widget with conversations, or the last one: with it something would be lost.
    WidgetInUse = "widget-in-use", 409, None, No, "This widget cannot be removed.";
    /// The database or the files lie where this server cannot copy them.
    BackupElsewhere = "backup-elsewhere", 409, None, No, "The backup is made elsewhere.";
    /// The e-mail is taken.
    EmailTaken = "email-taken", 409, None, No, "An agent with this e-mail exists already.";
    /// The same client id came with another text.
    ClientIdReused = "client-id-reused", 409, None, No, "This client_id was used for a different message.";

    // Too much, or not now.
    /// A token bucket is empty.
    TooManyRequests = "too-many-requests", 429, None, Later, "Too many requests. Please wait a moment.";
    /// As many bytes as may be uploaded in an hour.
    UploadQuota = "upload-quota", 429, None, Later, "Too much was uploaded. Please wait before sending more.";
    /// The place where files are kept cannot be reached.
    FilesUnavailable = "files-unavailable", 503, None, Later, "Files cannot be stored or read right now.";
    /// The database cannot be reached.
    StorageUnavailable = "storage-unavailable", 503, None, Later, "The database cannot be reached right now. Nothing was changed.";
    /// The disk or the database's size limit is full.
    StorageFull = "storage-full", 507, None, Later, "The server has no space left. Nothing was changed.";
    /// The server is stopping.
    ShuttingDown = "shutting-down", 503, Some(4200), Later, "The server is restarting.";
    /// A fault of ours; the log has the cause.
    Internal = "internal-error", 500, Some(4200), Later, "Something went wrong on the server.";

    // Signed HTTP API (contract 1.13).
    /// Unknown app id or key.
    UnknownAppId = "unknown-app", 404, None, No, "There is no app with this id.";
    /// A call that hosted Pusher answers with 400; the text says what is wrong with it.
    BadCall = "bad-call", 400, None, No, "The call cannot be accepted.";
    /// `auth_signature` or `auth_key` wrong; the body adds the string that should have been signed.
    WrongSignature = "wrong-signature", 401, None, WithNewCredential, "Invalid signature.";
    /// `auth_timestamp` outside the window of 600 s.
    TimestampExpired = "timestamp-expired", 401, None, WithNewCredential, "Timestamp expired: it must be within 600 s of the server's time.";
    /// `body_md5` is not the MD5 of the body received.
    BodyMd5Wrong = "body-md5-wrong", 401, None, WithNewCredential, "body_md5 does not match the body received.";
    /// Nobody is on this presence channel; Reverb's answer (contract 1.16).
    UnknownChannel = "unknown-channel", 404, None, Later, "There is nobody on this channel.";
    /// The channel belongs to the server itself (ruling 4).
    ChannelReserved = "channel-reserved", 403, None, No, "Only the server publishes to this channel.";
    /// A channel name outside the alphabet or too long (contract 1.8).
    InvalidChannel = "invalid-channel", 400, None, No, "The channel name is not valid.";

    // The socket (contract 1.7). Codes 4001-4099 make pusher-js give up for good.
    /// The app takes connections over TLS alone; pusher-js then comes again that way at once.
    TlsOnly = "tls-only", 403, Some(4000), No, "This app takes connections over TLS only.";
    /// No such app key.
    UnknownAppKey = "unknown-app-key", 404, Some(4001), No, "Could not find app by key.";
    /// The app is switched off.
    AppDisabled = "app-disabled", 403, Some(4003), No, "This app is disabled.";
    /// Path is not `/app/{key}`.
    PathNotFound = "path-not-found", 404, Some(4005), No, "Path not found.";
    /// `version` cannot be read.
    InvalidVersion = "invalid-version", 400, Some(4006), No, "Invalid version string format.";
    /// Protocol number outside 5 to 7.
    UnsupportedProtocol = "unsupported-protocol", 400, Some(4007), No, "Unsupported protocol version.";
    /// Protocol number absent.
    NoProtocol = "no-protocol", 400, Some(4008), No, "No protocol version supplied.";
    /// All places are taken; 4100, never 4004, so that clients come back.
    OverCapacity = "over-capacity", 503, Some(4100), Later, "Over capacity.";
    /// The reader did not keep up and its outbox is full.
    SlowReader = "slow-reader", 503, Some(4100), Later, "Messages were not read fast enough.";
    /// Drain: come back at once.
    ReconnectNow = "reconnect-now", 503, Some(4200), Later, "The server is restarting; reconnect now.";
    /// No answer to a ping.
    PongTimeout = "pong-timeout", 408, Some(4201), Later, "Pong reply not received.";
    /// The session behind this socket ended, or its person was removed or blocked (ruling 5).
    Revoked = "revoked", 401, Some(4009), WithNewCredential, "This connection is no longer authorised.";
    /// The app's back end ended this user's connections (contract 1.13).
    Terminated = "terminated", 401, Some(4009), WithNewCredential, "This user's connections were ended.";
    /// Frame or message over the app's limit; the text adds limit and size (ruling 21).
    FrameTooLarge = "frame-too-large", 413, None, No, "The message is larger than this app allows.";
    /// Frame against RFC 6455.
    ProtocolError = "protocol-error", 400, Some(1002), No, "This is not a valid WebSocket frame.";
    /// Binary frames are not part of the protocol.
    BinaryFrame = "binary-frame", 400, Some(1003), No, "Only text frames are accepted.";
    /// Text frame that is not UTF-8.
    NotUtf8 = "not-utf8", 400, Some(1007), No, "A text frame must be UTF-8.";
    /// JSON, but no event the protocol knows.
    UnknownEvent = "unknown-event", 400, None, No, "Unknown event.";
    /// A frame without `event`, or whose data has another shape.
    InvalidFrame = "invalid-frame", 400, None, No, "Invalid message format.";
    /// A subscription signature that does not match.
    InvalidSignature = "invalid-signature", 401, None, WithNewCredential, "Invalid signature: {}";
    /// Subscribed already.
    AlreadySubscribed = "already-subscribed", 409, None, No, "Existing subscription to channel {}";
    /// Unsubscribing from what was never joined.
    NotSubscribed = "not-subscribed", 409, None, No, "No current subscription to channel {}, or subscription in progress";
    /// Channels per connection over the limit.
    TooManyChannels = "too-many-channels", 429, None, No, "This connection has joined as many channels as it may.";
    /// A sign-in with a wrong signature or with data that names no user; the text says which (contract 1.10).
    SigninRefused = "signin-refused", 401, Some(4009), WithNewCredential, "The sign-in was refused.";
    /// A second sign-in, as another user.
    SignedInAsAnother = "signed-in-as-another", 409, None, No, "This connection is signed in as another user.";
    /// Neither signed in nor joined a private or presence channel in the app's time (contract 1.10).
    NotAuthorisedInTime = "not-authorised-in-time", 401, Some(4009), WithNewCredential, "This connection was not authorised in time.";
    /// Watched users over the limit; the sign-in holds and the first are watched (contract 1.7).
    WatchlistTooLong = "watchlist-too-long", 400, Some(4302), No, "The watchlist is too long.";
    /// A presence channel's `channel_data` is absent or outside its limits (contract 1.10).
    PresenceData = "presence-data", 400, None, No, "The channel_data of a presence channel must name a member.";
    /// A presence channel has all the members it may (contract 1.10).
    PresenceFull = "presence-full", 403, None, Later, "This presence channel is full.";
    /// Client events are off for the app.
    ClientEventsOff = "client-events-off", 403, None, No, "To send client events, you must enable this feature in the Settings page of your dashboard.";
    /// Client event on a channel that carries none.
    ClientEventChannel = "client-event-channel", 403, None, No, "Client event rejected - only supported on private and presence channels";
    /// Client event on a channel the sender has not joined.
    ClientEventNotSubscribed = "client-event-not-subscribed", 403, None, No, "Cannot broadcast client event (connection not subscribed to channel {})";
    /// Client event outside the app's policy: name, size or shape (ruling 6).
    ClientEventRefused = "client-event-refused", 403, None, No, "This client event is not allowed here.";
    /// Client events faster than the app's rate.
    ClientEventRate = "client-event-rate", 429, Some(4301), Later, "Rate limit exceeded: too many client events.";
    /// Messages faster than the app's limit; this one was not looked at.
    MessageRate = "message-rate", 429, Some(4301), Later, "Rate limit exceeded: too many messages.";
    /// The same, in an app that closes; 4100, so that the client comes back after a second.
    MessageRateClosed = "message-rate-closed", 429, Some(4100), Later, "Rate limit exceeded: the connection was closed.";
}

/// An RFC 9457 body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Problem {
    /// `urn:frontdesk:refusal:` and the row's name.
    #[serde(rename = "type")]
    pub kind: String,
    /// The row's name, for programs.
    pub name: &'static str,
    /// The row's sentence.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What exactly was wrong this time: the field, the limit and the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub detail: Option<String>,
    /// May the client try again?
    pub retry: Retry,
    /// Seeds' clients look at this; always `false`.
    pub success: bool,
}

impl Refusal {
    /// The RFC 9457 body of this refusal.
    pub fn problem(self, detail: Option<String>) -> Problem {
        let row = self.row();
        Problem {
            kind: format!("urn:frontdesk:refusal:{}", row.name),
            name: row.name,
            title: row.sentence,
            status: row.status,
            detail,
            retry: row.retry,
            success: false,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.row().sentence)
    }
}

/// A refusal with what exactly was wrong this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The row.
    pub refusal: Refusal,
    /// The field, the limit and the value; never a secret, never message text.
    pub detail: Option<String>,
    /// When to come back, where that is known to the second.
    pub retry_after_s: Option<u64>,
}

impl Refusal {
    /// This refusal, which is over after so many seconds.
    pub fn until(self, retry_after_s: u64) -> Refused {
        Refused { retry_after_s: Some(retry_after_s), ..Refused::from(self) }
    }

    /// This refusal, naming what was wrong.
    pub fn because(self, detail: impl Into<String>) -> Refused {
        Refused { detail: Some(detail.into()), ..Refused::from(self) }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Refused {
        Refused { refusal, detail: None, retry_after_s: None }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sentence = self.refusal.row().sentence;
        match (&self.detail, sentence.split_once("{}")) {
            (detail, Some((before, after))) => {
                write!(f, "{before}{}{after}", detail.as_deref().unwrap_or_default())
            }
            (Some(detail), None) => write!(f, "{sentence} {detail}"),
            (None, None) => f.write_str(sentence),
        }
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_row_has_its_own_name_and_a_whole_sentence() {
        let names: HashSet<_> = Refusal::ALL.iter().map(|r| r.row().name).collect();
        assert_eq!(names.len(), Refusal::ALL.len());
        for refusal in Refusal::ALL {
            let row = refusal.row();
            let is_hosted = HOSTED.iter().any(|(of, ..)| of == refusal);
            assert!(row.sentence.ends_with('.') || is_hosted, "{}", row.name);
            assert!((400..600).contains(&row.status), "{}", row.name);
        }
    }

    /// Texts of hosted Pusher, with a detail and what then is said.
    const HOSTED: [(Refusal, &str, &str); 6] = [
        (
            Refusal::InvalidSignature,
            "Expected HMAC SHA256 hex digest of 1.2:private-x, but got 00",
            "Invalid signature: Expected HMAC SHA256 hex digest of 1.2:private-x, but got 00",
        ),
        (Refusal::AlreadySubscribed, "news", "Existing subscription to channel news"),
        (
            Refusal::NotSubscribed,
            "news",
            "No current subscription to channel news, or subscription in progress",
        ),
        (
            Refusal::ClientEventsOff,
            "",
            "To send client events, you must enable this feature in the Settings page of your dashboard.",
        ),
        (
            Refusal::ClientEventChannel,
            "",
            "Client event rejected - only supported on private and presence channels",
        ),
        (
            Refusal::ClientEventNotSubscribed,
            "private-x",
            "Cannot broadcast client event (connection not subscribed to channel private-x)",
        ),
    ];

    #[test]
    fn contract_1_7_hosted_texts_stand_exactly_so() {
        for (refusal, detail, text) in HOSTED {
            let detail = (!detail.is_empty()).then(|| detail.to_owned());
            let refused = Refused { detail, ..Refused::from(refusal) };
            assert_eq!(refused.to_string(), text);
            assert_eq!(refusal.row().code, None, "the connection stays");
        }
    }

    #[test]
    fn nothing_closes_with_4004_which_kills_clients_for_good() {
        assert!(Refusal::ALL.iter().all(|r| r.row().code != Some(4004)));
    }
}
