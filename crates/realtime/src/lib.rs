//! Floor 1, the Pusher engine: connections, sessions, channels and fan-out behind one
//! door, [`Hub`]. Knows no SQL, no HTTP routes and no chat.

mod accept;
mod app;
mod bus;
mod connection;
mod counts;
mod debug;
mod elsewhere;
mod ending;
mod fanout;
mod hub;
mod io;
mod lane;
mod last_event;
mod latency;
mod listing;
mod membership;
mod notices;
mod occupancy;
mod outbox;
mod pipe;
mod registry;
mod roster;
mod session;
mod shard;
mod socket_id;
mod tap;
mod tls;
mod upgrade;
mod users;
mod view;

pub use accept::Listener;
pub use app::{
    Admit, App, ClientEvent, ClientEventPolicy, Notice, OnNotice, RateLimit, Rewrite, Senders, UpgradeHead,
    Way,
};
pub use bus::{BusStats, OnWord, Redis, RedisAddress};
pub use hub::{Config, Event, Except, Hub, KeptEvent, PlainHttp, PlainStream, Revocation, Stats};
pub use latency::Latencies;
pub use listing::{ChannelOrder, ChannelPage, ChannelPlace, ChannelQuery};
pub use pipe::{Pipe, Said};
pub use tap::{Tap, TapRoom, Tapped};
pub use tls::TlsStream;
pub use view::{AppStats, Look, Seen};
pub use wire::frame::Compat;

/// Fuzz targets (ruling 26): any bytes, and nothing panics.
pub mod fuzz {
    pub use crate::bus::{fuzz_message as bus, fuzz_redis as redis};
    pub use crate::upgrade::fuzz as head;
}
