//! The door: starting, publishing, revoking, counting and stopping. Knows nothing of
//! frames and sockets beyond handing them to the shards.

use crate::App;
use bytes::Bytes;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// How a hub is built.
#[derive(Clone)]
pub struct Config {
    /// Threads that serve sockets; one per core is right. At most 64.
    pub shards: usize,
    /// Apps, isolated from each other.
    pub apps: Vec<App>,
    /// Stands before `/app/{key}`; empty, or `/prefix` without a final slash.
    pub path_prefix: String,
    /// Sockets over all apps; one more is refused with 4100.
    pub max_connections: usize,
    /// Bytes that may wait for one slow reader before it is cut.
    pub outbox_bytes: usize,
}

/// An event to publish.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Where to.
    pub channel: &'a str,
    /// Its name.
    pub event: &'a str,
    /// The string as published; not looked into.
    pub data: &'a str,
    /// Top-level `user_id` of the frame: who speaks, when the server speaks for a person (a typing
    /// signal that came over HTTP).
    pub user_id: Option<&'a str>,
    /// Who does not get it.
    pub except: Option<Except<'a>>,
}

/// Leaves out this socket; if `only_if_user` is given, only when that socket is
/// authorised as this user (ruling 2).
#[derive(Clone, Copy, Debug)]
pub struct Except<'a> {
    /// As the hello named it.
    pub socket_id: &'a str,
    /// The principal the socket must have.
    pub only_if_user: Option<&'a str>,
}

/// Whose sockets lose what (ruling 5). Users and sessions are those that the signed
/// `channel_data` `{"user_id","session"?}` of a subscription named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Closes every socket of this user with 4009.
    User(String),
    /// Closes every socket of this session with 4009.
    Session(String),
    /// Unsubscribes this user's sockets from one channel.
    Channel {
        /// The principal.
        user: String,
        /// What the user may no longer hear.
        channel: String,
    },
}

/// A connection that is not an upgrade to `/app/{key}`, with what was read of it.
pub struct PlainHttp {
    /// Non-blocking, `TCP_NODELAY`.
    pub stream: TcpStream,
    /// Bytes already read; they come before what the stream gives.
    pub prefix: Bytes,
    /// The other end.
    pub peer: SocketAddr,
}

/// Counters since the start, and gauges of now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Open sockets.
    pub connections: u64,
    /// Channels with at least one subscriber, over all apps.
    pub channels: u64,
    /// Text messages received.
    pub frames_in: u64,
    /// Frames sent.
    pub frames_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent or queued.
    pub bytes_out: u64,
    /// Readers cut because their outbox was full.
    pub slow_readers: u64,
    /// Events dropped because a shard's inbox was full.
    pub events_dropped: u64,
}

/// The engine. Clones are the same hub; when the last one is dropped, its threads end.
#[derive(Clone)]
pub struct Hub {}

impl Hub {
    /// Spawns the shard threads.
    pub fn start(_config: Config) -> io::Result<Hub> {
        Ok(Hub {})
    }
    /// Accepts on this listener until [`Hub::stop_accepting`]. What is not an upgrade to
    /// `{prefix}/app/{key}` goes to `http`, which runs on a shard's thread and must be quick.
    pub fn listen(
        &self,
        _listener: TcpListener,
        _http: Arc<dyn Fn(PlainHttp) + Send + Sync>,
    ) -> io::Result<()> {
        Ok(())
    }
    /// The app whose id stands in a path of the HTTP API.
    pub fn app_by_id(&self, _id: &str) -> Option<Arc<App>> {
        None
    }
    /// The app of a public key.
    pub fn app_by_key(&self, _key: &str) -> Option<Arc<App>> {
        None
    }
    /// Does anybody listen?
    pub fn is_occupied(&self, _app_id: &str, _channel: &str) -> bool {
        false
    }
    /// Encodes once and hands the frame to each shard with subscribers; a lookup when nobody listens.
    pub fn publish(&self, _app_id: &str, _event: Event<'_>) {}
    /// Acts within a second (ruling 5).
    pub fn revoke(&self, _app_id: &str, _revocation: Revocation) {}
    /// Sums over the shards.
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
    /// Closes the listeners; open connections stay.
    pub fn stop_accepting(&self) {}
    /// Closes every socket with 4200, spread over the time given, and answers when all are gone.
    pub async fn drain(&self, _within: Duration) {}
}
