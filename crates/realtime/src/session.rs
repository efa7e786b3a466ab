//! What a text frame of a client leads to: replies, memberships and client events. A state
//! machine without I/O; knows no socket, no clock and no thread.

use crate::bus::Told;
use crate::last_event::LastEvents;
use crate::membership::{Membership, Principal, Who};
use crate::roster::Entry;
use crate::socket_id::SocketId;
use crate::users::{self, ShardUsers, SignedIn};
use crate::{App, ClientEvent, Notice, Senders};
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;
use wire::channel::{self, Access, Kind};
use wire::frame::{ClientFrame, Compat, ServerFrame, Subscribe};
use wire::{Refusal, Refused, limit, sign};

/// What one connection remembers beside its memberships: its bucket of client events.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// When the bucket is full again, in milliseconds of the hub's clock.
    full_at_ms: u64,
    window: Window,
}

/// Messages since the first of them, for an app with a [`crate::RateLimit`].
#[derive(Debug, Default)]
struct Window {
    /// Second of the hub's clock.
    began_s: u32,
    messages: u32,
}

/// Where a session sits: its app, its socket and its shard's table.
pub(crate) struct Seat<'a> {
    pub(crate) app: &'a App,
    pub(crate) id: SocketId,
    pub(crate) who: Who,
    pub(crate) members: &'a mut Membership,
    pub(crate) users: &'a mut ShardUsers,
    pub(crate) last_events: &'a LastEvents,
    pub(crate) now_ms: u64,
    /// Seconds since the Unix epoch, for signatures that end.
    pub(crate) unix_s: u64,
}

/// What a frame led to.
#[derive(Default)]
pub(crate) struct Step {
    /// Whole frames for this client, in order.
    pub(crate) replies: Vec<Bytes>,
    /// A client event for everybody else.
    pub(crate) accepted: Option<Accepted>,
    /// Why the frame was refused, if it was.
    pub(crate) refused: Option<Refusal>,
    /// Why the connection is closed after that.
    pub(crate) close: Option<Refused>,
}

/// A client event that passed the app's policy.
pub(crate) struct Accepted {
    channel: String,
    event: String,
    data: Option<String>,
    principal: Option<Arc<Principal>>,
}

impl Step {
    fn reply(frame: &ServerFrame<'_>) -> Step {
        Step::replies([frame.encode()])
    }

    fn replies(replies: impl IntoIterator<Item = Bytes>) -> Step {
        Step { replies: replies.into_iter().collect(), ..Step::default() }
    }

    /// The frame was refused, and these replies say so.
    fn refuse(refused: &Refused, replies: Vec<Bytes>) -> Step {
        Step { replies, refused: Some(refused.refusal), ..Step::default() }
    }
}

impl Session {
    /// Takes one text message.
    pub(crate) fn handle(&mut self, text: &str, seat: &mut Seat<'_>) -> Step {
        let done = match ClientFrame::parse(text) {
            Ok(ClientFrame::Subscribe(subscribe)) => return seat.subscribe(&subscribe),
            Ok(ClientFrame::Unsubscribe { channel }) => seat.unsubscribe(&channel),
            Ok(ClientFrame::Ping) => Ok(Step::reply(&ServerFrame::Pong)),
            Ok(ClientFrame::Pong) => Ok(Step::default()),
            Ok(ClientFrame::Signin { auth, user_data }) => seat.signin(&auth, &user_data),
            Ok(ClientFrame::ClientEvent { channel, event, data }) => {
                self.client_event(&channel, &event, data, seat)
            }
            Err(refusal) => Err(refusal.into()),
        };
        done.unwrap_or_else(|refused| match refused.refusal {
            Refusal::SigninRefused => Step { close: Some(refused), ..Step::default() },
            _ => Step::refuse(&refused, vec![error(seat.app.compat, &refused)]),
        })
    }

    /// Counts a message against the app's limit, before anybody looks at it (contract 2, Reverb 1.9).
    pub(crate) fn count(&mut self, app: &App, now_ms: u64) -> Result<(), Refused> {
        let Some(limit) = app.rate_limit else { return Ok(()) };
        let now_s = (now_ms / 1_000) as u32;
        if self.window.messages == 0 || now_s - self.window.began_s >= limit.window_s {
            self.window = Window { began_s: now_s, messages: 0 };
        }
        if self.window.messages >= limit.max_messages {
            let (most, window_s) = (limit.max_messages, limit.window_s);
            let text = format!("The limit is {most} messages in {window_s} s.");
            return Err(Refusal::MessageRate.because(text));
        }
        self.window.messages += 1;
        Ok(())
    }

    fn client_event(
        &mut self,
        channel: &str,
        event: &str,
        data: Option<&str>,
        seat: &Seat<'_>,
    ) -> Result<Step, Refused> {
        let policy = &seat.app.client_events;
        if !policy.enabled {
            return Err(Refusal::ClientEventsOff.into());
        }
        let kind = Kind::of(channel);
        let is_barred = policy.signed_only && kind.access == Access::Public;
        if is_barred || !kind.takes_client_events(seat.app.compat) {
            return Err(Refusal::ClientEventChannel.into());
        }
        let principal = match (seat.members.joined(seat.who, channel), policy.from) {
            (Some(principal), _) => principal,
            (None, Senders::Anybody) => {
                channel::check(channel, seat.app.compat)?;
                None
            }
            (None, Senders::Members) => return Err(Refusal::ClientEventNotSubscribed.because(channel)),
        };
        if principal.as_ref().is_some_and(|principal| principal.listens_only) {
            return Err(Refusal::ClientEventRefused.because("Who joined it only listens here."));
        }
        let bytes = data.map_or(0, str::len);
        if bytes > policy.max_bytes {
            let limit = policy.max_bytes;
            return Err(Refusal::ClientEventRefused
                .because(format!("Its data has {bytes} bytes, allowed are {limit}.")));
        }
        let named = policy.names.is_none_or(|names| names.contains(&event));
        if !named {
            return Err(Refusal::ClientEventRefused.because("Its name is not one this app takes."));
        }
        let (most, size) = (limit::EVENT_NAME_BYTES, event.len());
        if size > most {
            let text = format!("Its name has {size} bytes, allowed are {most}.");
            return Err(Refusal::ClientEventRefused.because(text));
        }
        self.take_token(policy.per_second, seat.now_ms)?;
        if policy.check.is_some_and(|check| !check(event, data.unwrap_or("null"))) {
            return Err(
                Refusal::ClientEventRefused.because("Its data has another shape than this app takes.")
            );
        }
        let user_id = principal.as_ref().map(|principal| &*principal.user_id);
        let rewritten =
            policy.rewrite.as_ref().zip(data).and_then(|(rewrite, data)| rewrite(channel, user_id, data));
        let data = rewritten.or_else(|| data.map(Into::into));
        let accepted = Accepted { channel: channel.into(), event: event.into(), data, principal };
        Ok(Step { accepted: Some(accepted), ..Step::default() })
    }

    /// A bucket of one second's events, kept as the instant at which it is full again.
    fn take_token(&mut self, per_second: u32, now_ms: u64) -> Result<(), Refused> {
        let cost_ms = 1_000 / u64::from(per_second.max(1));
        let full_at_ms = self.full_at_ms.max(now_ms) + cost_ms;
        if full_at_ms > now_ms + 1_000 {
            return Err(Refusal::ClientEventRate.because(format!("The limit is {per_second} a second.")));
        }
        self.full_at_ms = full_at_ms;
        Ok(())
    }
}

impl Seat<'_> {
    fn subscribe(&mut self, ask: &Subscribe) -> Step {
        let channel = ask.channel.as_str();
        match self.join(ask) {
            Ok(succeeded) => {
                let last = Kind::of(channel).cache.then(|| self.last_event(channel));
                Step::replies([succeeded].into_iter().chain(last))
            }
            Err(refused) if refused.refusal == Refusal::AlreadySubscribed => {
                // A second roster could contradict what is under way, so presence has none.
                let is_presence = Kind::of(channel).access == Access::Presence;
                match self.app.compat {
                    Compat::Reverb if !is_presence => {
                        Step::reply(&ServerFrame::SubscriptionSucceeded { channel })
                    }
                    compat => Step::refuse(&refused, vec![error(compat, &refused)]),
                }
            }
            Err(refused) => {
                let replies = vec![error(self.app.compat, &refused), subscription_error(channel, &refused)];
                Step::refuse(&refused, replies)
            }
        }
    }

    /// Joins, and answers the frame that says so.
    fn join(&mut self, ask: &Subscribe) -> Result<Bytes, Refused> {
        let channel = ask.channel.as_str();
        channel::check(channel, self.app.compat)?;
        if self.members.joined(self.who, channel).is_some() {
            return Err(Refusal::AlreadySubscribed.because(channel));
        }
        let access = Kind::of(channel).access;
        let (most, joined) = (self.app.max_channels, self.members.count(self.who.key));
        if joined >= most {
            let text = format!("The limit is {most} channels, these are {joined}.");
            return Err(Refusal::TooManyChannels.because(text));
        }
        let principal = match access {
            Access::Public => None,
            Access::ServerToUser => Some(self.signed_in_for(channel)?),
            Access::Private => {
                let named = self.verify(ask)?.as_ref().and_then(principal);
                named.map(|principal| {
                    // Ids of that length are told to other nodes; longer ones name nobody of ours.
                    let is_short = principal.user_id.len() <= limit::USER_ID_CHARS;
                    Principal { is_online: is_short && self.app.private_is_online, ..principal }
                })
            }
            Access::Presence => {
                let data = self.verify(ask)?;
                let succeeded = self.join_presence(ask, data.as_ref())?;
                self.users.vouch(self.who.key);
                return Ok(succeeded);
            }
        };
        self.members.join(self.who, channel, principal.map(Arc::new))?;
        if access != Access::Public {
            self.users.vouch(self.who.key);
        }
        Ok(ServerFrame::SubscriptionSucceeded { channel }.encode())
    }

    /// What a cache channel says to whoever joins it (contract 1.8).
    fn last_event(&self, channel: &str) -> Bytes {
        let last = self.last_events.last(self.who.app, channel, self.now_ms);
        last.map_or_else(
            || {
                self.members.notices.raise(self.who.app, || Notice::CacheMiss { channel });
                ServerFrame::CacheMiss { channel }.encode()
            },
            |last| last.frame,
        )
    }

    /// The signed-in user, if this `#server-to-user-` channel is theirs.
    fn signed_in_for(&self, channel: &str) -> Result<Principal, Refused> {
        let signed_in = self.users.of(self.who.key);
        let owner = signed_in.filter(|user| channel::server_to_user(channel) == Some(&*user.id));
        owner
            .map(SignedIn::principal)
            .ok_or_else(|| Refusal::ChannelForbidden.because("It is for its own user, once signed in."))
    }

    /// Who joins a presence channel, with their info: the `channel_data`, or without any the
    /// signed-in user (contract 1.10).
    fn member(&self, ask: &Subscribe, data: Option<&Value>) -> Result<(Principal, String), Refused> {
        let refuse = |why: &str| Refusal::PresenceData.because(why);
        if let Some(user) = self.users.of(self.who.key).filter(|_| ask.channel_data.is_none()) {
            return Ok((user.principal(), user.info.as_deref().unwrap_or("{}").to_owned()));
        }
        let principal = data
            .and_then(principal)
            .ok_or_else(|| refuse("channel_data must be JSON with a user_id, a text or a number."))?;
        let info = users::info(data, self.app.compat).map_err(refuse)?.unwrap_or_else(|| "{}".to_owned());
        Ok((principal, info))
    }

    fn join_presence(&mut self, ask: &Subscribe, data: Option<&Value>) -> Result<Bytes, Refused> {
        let refuse = |why: String| Refusal::PresenceData.because(why);
        let channel = ask.channel.as_str();
        let (principal, info) = self.member(ask, data)?;
        let (most, size) = (limit::USER_ID_CHARS, principal.user_id.chars().count());
        if size == 0 || size > most {
            return Err(refuse(format!("user_id has 1 to {most} characters, this has {size}.")));
        }
        let (most, size) = (self.app.presence_info_bytes, info.len());
        if size > most {
            return Err(refuse(format!("user_info has at most {most} bytes, this has {size}.")));
        }
        let entry = Entry { info: &info, most_members: self.app.presence_members };
        let data = self.members.join_presence(self.who, channel, principal, entry)?;
        let event = "pusher_internal:subscription_succeeded";
        Ok(ServerFrame::Event { channel, event, data: &data, user_id: None }.encode())
    }

    /// Signs the connection in. What is refused closes it, but for a sign-in as another user.
    fn signin(&mut self, auth: &str, user_data: &str) -> Result<Step, Refused> {
        let refuse = |why: &str| Refusal::SigninRefused.because(why);
        let text = sign::user_text(&self.id.to_string(), user_data);
        let data = self.verified(&text, auth, Some(user_data)).map_err(|no| refuse(&no.to_string()))?;
        let read = SignedIn::read(data.as_ref(), self.who.app, self.app.compat);
        let (user, watchlist) = read.map_err(refuse)?;
        if self.members.is_revoked(self.who, &user.principal(), "") {
            return Err(refuse(Refusal::Revoked.row().sentence));
        }
        let success = ServerFrame::SigninSuccess { user_data }.encode();
        match self.users.of(self.who.key) {
            // What was signed first stands: who watches whom changes with a new connection.
            Some(already) if already.id == user.id => return Ok(Step::replies([success])),
            Some(_) => return Err(Refusal::SignedInAsAnother.into()),
            None => {}
        }
        let online = self.users.enter(self.who, user);
        let most = limit::WATCHLIST_USERS;
        let too_long = (watchlist > most).then(|| {
            let why = format!("The limit is {most} users, it has {watchlist}; the first {most} are watched.");
            error(self.app.compat, &Refusal::WatchlistTooLong.because(why))
        });
        let snapshot =
            (!online.is_empty()).then(|| ServerFrame::Watchlist { online: &online, offline: &[] }.encode());
        Ok(Step::replies([success].into_iter().chain(too_long).chain(snapshot)))
    }

    /// Checks the signature of a subscription and reads the `channel_data` it covers.
    fn verify(&self, ask: &Subscribe) -> Result<Option<Value>, Refused> {
        let (auth, data) = (ask.auth.as_deref().unwrap_or(""), ask.channel_data.as_deref());
        self.verified(&sign::channel_text(&self.id.to_string(), &ask.channel, data), auth, data)
    }

    /// Checks a signature and reads the data it covers. A signer may add `until`, in Unix seconds: a
    /// signature made before a revocation must not be kept and used long after it (ruling 5).
    fn verified(&self, text: &str, auth: &str, data: Option<&str>) -> Result<Option<Value>, Refused> {
        sign::verify(&self.app.key, &self.app.secret, text, auth)?;
        let data: Option<Value> = data.and_then(|data| serde_json::from_str(data).ok());
        let until = data.as_ref().and_then(|data| data.get("until")?.as_u64());
        if until.is_some_and(|until| until < self.unix_s) {
            return Err(Refusal::InvalidSignature.because("It has expired."));
        }
        Ok(data)
    }

    fn unsubscribe(&mut self, channel: &str) -> Result<Step, Refused> {
        if self.members.leave(self.who, channel) || self.app.compat == Compat::Reverb {
            return Ok(Step::default());
        }
        Err(Refusal::NotSubscribed.because(channel))
    }
}

impl Accepted {
    pub(crate) fn channel(&self) -> &str {
        &self.channel
    }

    /// The frame for the channel's other subscribers.
    pub(crate) fn frame(&self, app: &App) -> Bytes {
        self.frame_for(&self.channel, app)
    }

    /// The bridged channel and the frame for its subscribers.
    pub(crate) fn bridged(&self, app: &App) -> Option<(String, Bytes)> {
        let channel = app.client_events.bridge.and_then(|bridge| bridge(&self.channel))?;
        let frame = self.frame_for(&channel, app);
        Some((channel, frame))
    }

    /// What other nodes are told for the subscribers of this channel there.
    pub(crate) fn told<'a>(&'a self, app: &'a App, channel: &'a str, sender: SocketId) -> Told<'a> {
        Told {
            app: &app.id,
            channel,
            event: &self.event,
            data: self.data.as_deref(),
            user_id: self.stamp(channel, app),
            except: Some((sender.number(), None)),
            is_client: true,
            stamp: 0,
        }
    }

    /// The sender as the frame names it, where it does.
    fn stamp(&self, channel: &str, app: &App) -> Option<&str> {
        let stamped = app.client_events.stamp_user_id || Kind::of(channel).access == Access::Presence;
        if stamped { self.user_id() } else { None }
    }

    fn frame_for(&self, channel: &str, app: &App) -> Bytes {
        let user_id = self.stamp(channel, app);
        ServerFrame::ClientEvent { channel, event: &self.event, data: self.data.as_deref(), user_id }.encode()
    }

    fn user_id(&self) -> Option<&str> {
        self.principal.as_ref().map(|principal| principal.user_id.as_str())
    }

    /// As the app's owner is told of it.
    pub(crate) fn notice<'a>(&'a self, socket_id: &'a str) -> ClientEvent<'a> {
        let data = self.data.as_deref().unwrap_or("null");
        let Accepted { channel, event, .. } = self;
        ClientEvent { channel, event, data, user_id: self.user_id(), socket_id }
    }
}

/// Reads `channel_data` `{"user_id","session"?,"until"?,"listens_only"?}`. A numeric id is legal and becomes text
/// (contract 1.9); data of another shape names nobody.
fn principal(data: &Value) -> Option<Principal> {
    let user_id = match data.get("user_id")? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let session = data.get("session").and_then(Value::as_str).map(Into::into);
    let listens_only = data.get("listens_only").and_then(Value::as_bool).unwrap_or(false);
    Some(Principal { session, listens_only, ..Principal::new(user_id) })
}

/// `pusher:error` for a refusal, with Reverb's codes and texts where clients lean on them (contract 2.3).
pub(crate) fn error(compat: Compat, refused: &Refused) -> Bytes {
    let reverb = match refused.refusal {
        Refusal::MalformedJson | Refusal::InvalidFrame | Refusal::UnknownEvent => {
            Some((4200, "Invalid message format"))
        }
        Refusal::InvalidSignature => Some((4009, "Connection is unauthorized")),
        Refusal::ClientEventNotSubscribed => {
            Some((4009, "The client is not a member of the specified channel."))
        }
        Refusal::ClientEventsOff => Some((4301, "The app does not have client messaging enabled.")),
        Refusal::ClientEventRate | Refusal::MessageRate => Some((4301, "Rate limit exceeded")),
        _ => None,
    };
    match (compat, reverb) {
        (Compat::Reverb, Some((code, message))) => {
            ServerFrame::Error { compat, code: Some(code), message }.encode()
        }
        (Compat::Pusher | Compat::Reverb, _) => {
            let message = refused.to_string();
            ServerFrame::Error { compat, code: refused.refusal.row().code, message: &message }.encode()
        }
    }
}

/// Code and `pusher:error` of a refusal that closes. The code is never null: before the hello
/// that would break pusher-js's handshake (contract 1.7).
pub(crate) fn fatal(compat: Compat, refused: &Refused) -> (u16, Bytes) {
    let code = refused.refusal.row().code.unwrap_or(4009);
    let message = refused.to_string();
    (code, ServerFrame::Error { compat, code: Some(code), message: &message }.encode())
}

/// `pusher:subscription_error`, which names the channel so that an app can bind to it (contract 1.4).
pub(crate) fn subscription_error(channel: &str, refused: &Refused) -> Bytes {
    let row = refused.refusal.row();
    let kind = if matches!(row.status, 401 | 403) { "AuthError" } else { row.name };
    let error = refused.to_string();
    ServerFrame::SubscriptionError { channel, kind, error: &error, status: row.status }.encode()
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
