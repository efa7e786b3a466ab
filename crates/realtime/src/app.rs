//! What a Pusher app is: its credentials, its policy for client events and the hooks its
//! owner hangs in. Knows nothing of connections; the hub reads it, and a changed app is a new one.

use std::net::IpAddr;
use std::sync::Arc;
use wire::frame::Compat;
use wire::{Refusal, limit};

/// Asked before an upgrade is answered; an error becomes `pusher:error` and a close.
pub type Admit = Arc<dyn Fn(&UpgradeHead<'_>) -> Result<(), Refusal> + Send + Sync>;
/// Told of what happens on an app's channels. Runs on a shard's thread: it may queue and nothing more.
pub type OnNotice = Arc<dyn Fn(&Notice<'_>) + Send + Sync>;

/// Answers what others get of a client event's data, by channel, sender's principal and data as sent; `None`:
/// all of it. Runs on a shard's thread and must be quick.
pub type Rewrite = Arc<dyn Fn(&str, Option<&str>, &str) -> Option<String> + Send + Sync>;

/// Everything one Pusher app is.
#[derive(Clone)]
pub struct App {
    /// Stands in the path of the signed HTTP API.
    pub id: String,
    /// Public; stands in `/app/{key}`.
    pub key: String,
    /// Signs channels and requests; never leaves the server.
    pub secret: String,
    /// What clients may send to each other (ruling 6).
    pub client_events: ClientEventPolicy,
    /// Bytes of one message from a client; more is ruling 21.
    pub max_message_bytes: usize,
    /// Whose rows to follow where hosted Pusher and Reverb differ.
    pub compat: Compat,
    /// Seconds of silence after which either side pings. Never 0: pusher-js takes that for a broken hello.
    pub activity_timeout_s: u64,
    /// May this upgrade come in? Runs on a shard's thread and must be quick.
    pub admit: Option<Admit>,
    /// Whom to tell what happens on the channels; absent costs nothing.
    pub on_notice: Option<OnNotice>,
    /// Off: nobody comes in, and who is in is closed with 4003.
    pub enabled: bool,
    /// Connections at most; one more is refused with 4100, never 4004 (contract 1.7).
    pub max_connections: Option<usize>,
    /// Seconds of silence after which the server pings; absent: those of `activity_timeout_s`.
    pub ping_interval_s: Option<u64>,
    /// Channels one connection may join.
    pub max_channels: usize,
    /// Members of one presence channel.
    pub presence_members: usize,
    /// Bytes of a member's `user_info` as JSON.
    pub presence_info_bytes: usize,
    /// Messages of any kind, as Reverb counts them; absent: only client events are limited.
    pub rate_limit: Option<RateLimit>,
    /// Bytes of an event's data over HTTP.
    pub max_event_bytes: usize,
    /// Bytes of a whole request body; absent: what its parts may have.
    pub max_request_bytes: Option<usize>,
    /// Events in one batch.
    pub max_batch_events: usize,
    /// Tells the subscribers of channels other than presence channels how many they are (contract 1.11).
    pub subscription_count: bool,
    /// Seconds after which a connection that has neither signed in nor joined a private or presence
    /// channel is closed with 4009; absent: it may stay (contract 1.10).
    pub authorised_within_s: Option<u32>,
    /// Does whoever joins a private channel by a signature that names them count as online, as if they
    /// had signed in?
    pub private_is_online: bool,
}

/// How many messages one connection may send in a window that opens with its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Messages in a window.
    pub max_messages: u32,
    /// Length of the window.
    pub window_s: u32,
    /// Closes the connection, so that it comes back after a second; else the message alone is refused.
    pub closes: bool,
}

impl App {
    /// An app with the contract's own limits and no hooks.
    pub fn new(id: impl Into<String>, key: impl Into<String>, secret: impl Into<String>) -> App {
        App {
            id: id.into(),
            key: key.into(),
            secret: secret.into(),
            client_events: ClientEventPolicy::default(),
            max_message_bytes: limit::SOCKET_MESSAGE_BYTES,
            compat: Compat::Pusher,
            activity_timeout_s: limit::ACTIVITY_TIMEOUT_S,
            admit: None,
            on_notice: None,
            enabled: true,
            max_connections: None,
            ping_interval_s: None,
            max_channels: limit::CHANNELS_PER_CONNECTION,
            presence_members: limit::PRESENCE_MEMBERS,
            presence_info_bytes: limit::PRESENCE_INFO_BYTES,
            rate_limit: None,
            max_event_bytes: limit::EVENT_DATA_BYTES,
            max_request_bytes: None,
            max_batch_events: limit::BATCH_EVENTS,
            subscription_count: false,
            authorised_within_s: None,
            private_is_online: false,
        }
    }
}

/// The way by which a connection came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Over the network as it is.
    Tcp,
    /// Over the network, encrypted.
    Tls,
    /// Over a unix socket, so from this machine and from somebody who may open its file.
    Unix,
}

/// What an upgrade request says about where it comes from. The forwarded headers are as
/// received: whether to believe them is the server's business (ruling 16).
#[derive(Clone, Copy, Debug)]
pub struct UpgradeHead<'a> {
    /// Address of the other end of the TCP connection; loopback for a unix socket.
    pub peer: IpAddr,
    /// The way by which it came in.
    pub way: Way,
    /// `Host`.
    pub host: Option<&'a str>,
    /// `Origin`; absent means: not a browser.
    pub origin: Option<&'a str>,
    /// `X-Forwarded-For`.
    pub forwarded_for: Option<&'a str>,
    /// `X-Forwarded-Proto`.
    pub forwarded_proto: Option<&'a str>,
    /// `X-Forwarded-Host`.
    pub forwarded_host: Option<&'a str>,
}

/// Something that an app's owner may want to know. Notices of one channel may overtake each other:
/// those that say "may have changed" ask to look at the hub, which knows how things are.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// Whether anybody listens to this channel may have changed.
    Occupancy {
        /// Its name.
        channel: &'a str,
    },
    /// This user may have come to a presence channel or left it.
    Member {
        /// Its name.
        channel: &'a str,
        /// Who.
        user_id: &'a str,
    },
    /// This user may have come online or gone, on any node.
    User {
        /// Who.
        user_id: &'a str,
    },
    /// Somebody joined a cache channel that had nothing for them.
    CacheMiss {
        /// Its name.
        channel: &'a str,
    },
    /// A client event was accepted, and handed to the fan-out before this.
    ClientEvent(ClientEvent<'a>),
    /// The number of subscriptions may have changed; never told of presence channels (contract 1.11).
    SubscriptionCount {
        /// Its name.
        channel: &'a str,
    },
}

/// A client event as it was accepted.
#[derive(Clone, Copy, Debug)]
pub struct ClientEvent<'a> {
    /// The channel it was sent to, not the bridged one.
    pub channel: &'a str,
    /// `client-…`.
    pub event: &'a str,
    /// JSON text as the sender gave it.
    pub data: &'a str,
    /// The principal of the sender's subscription, if the signature named one.
    pub user_id: Option<&'a str>,
    /// The sender's socket.
    pub socket_id: &'a str,
}

/// Who may send client events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Senders {
    /// Whoever has joined the channel.
    Members,
    /// Whoever is connected, to any channel that takes client events: Reverb's `all`, which trusts every client.
    Anybody,
}

/// Which client events an app takes (ruling 6).
#[derive(Clone)]
pub struct ClientEventPolicy {
    /// Off: every client event is refused.
    pub enabled: bool,
    /// The only names taken; `None` takes any `client-*`.
    pub names: Option<&'static [&'static str]>,
    /// Bytes of `data`.
    pub max_bytes: usize,
    /// Events per second and connection.
    pub per_second: u32,
    /// Adds top-level `user_id` on private channels too.
    pub stamp_user_id: bool,
    /// Does the data have the shape this app expects?
    pub check: Option<fn(event: &str, data: &str) -> bool>,
    /// Other data to hand on instead of the sender's.
    pub rewrite: Option<Rewrite>,
    /// A second channel whose subscribers get the event too.
    pub bridge: Option<fn(channel: &str) -> Option<String>>,
    /// Who may send them.
    pub from: Senders,
    /// Never on public channels, whatever the app's `compat` says of them.
    pub signed_only: bool,
}

impl Default for ClientEventPolicy {
    /// The contract's (1.10): any name, 10 KB, 10 per second.
    fn default() -> Self {
        ClientEventPolicy {
            enabled: true,
            names: None,
            max_bytes: limit::EVENT_DATA_BYTES,
            per_second: limit::CLIENT_EVENTS_PER_S,
            stamp_user_id: false,
            check: None,
            rewrite: None,
            bridge: None,
            from: Senders::Members,
            signed_only: false,
        }
    }
}
