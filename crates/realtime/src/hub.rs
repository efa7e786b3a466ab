//! The door: starting, publishing, revoking, counting and stopping. Knows nothing of
//! frames and sockets beyond handing them to the shards.

use crate::App;
use crate::accept;
use crate::lane::{Exclude, Lane, Order};
use crate::last_event::LastEvents;
use crate::notices::Notices;
use crate::occupancy::Occupancy;
use crate::registry::Registry;
use crate::roster::Rosters;
use crate::shard::Shard;
use crate::socket_id::{SHARDS_MAX, SocketId};
use bytes::Bytes;
use parking_lot::Mutex;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use wire::channel::Kind;
use wire::frame::ServerFrame;
use wire::{Refusal, Refused};

/// What a drain waits for peers that do not answer the close frame, beyond its time.
const DRAIN_GRACE: Duration = Duration::from_secs(5);

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

/// The last event of a cache channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEvent {
    /// The string as published.
    pub data: Arc<str>,
    /// Seconds for which it is still kept.
    pub ttl_s: u64,
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
pub struct Hub {
    door: Arc<Door>,
}

/// Held by the hub's clones alone, so that its end is theirs.
struct Door {
    core: Arc<Core>,
    stop: watch::Sender<bool>,
    acceptors: Mutex<Vec<JoinHandle<()>>>,
}

/// What shards and acceptors share.
pub(crate) struct Core {
    pub(crate) registry: Registry,
    pub(crate) path_prefix: String,
    pub(crate) outbox_bytes: usize,
    pub(crate) occupancy: Arc<Occupancy>,
    pub(crate) rosters: Arc<Rosters>,
    pub(crate) last_events: LastEvents,
    pub(crate) notices: Arc<Notices>,
    pub(crate) lanes: Arc<[Lane]>,
    pub(crate) started: Instant,
    max_connections: usize,
    connections: AtomicUsize,
    /// Told when the last connection is gone.
    empty: Notify,
}

impl Core {
    pub(crate) fn new(config: Config) -> io::Result<Core> {
        let shards = config.shards.clamp(1, SHARDS_MAX);
        let lanes: Arc<[Lane]> = (0..shards).map(|_| Lane::default()).collect();
        let occupancy = Arc::new(Occupancy::new());
        let registry = Registry::new(config.apps)?;
        let notices = Arc::new(Notices::new(registry.hooks()));
        Ok(Core {
            registry,
            path_prefix: config.path_prefix.trim_end_matches('/').to_owned(),
            outbox_bytes: config.outbox_bytes,
            rosters: Arc::new(Rosters::new(occupancy.clone(), lanes.clone(), notices.clone())),
            occupancy,
            last_events: LastEvents::default(),
            notices,
            lanes,
            started: Instant::now(),
            max_connections: config.max_connections,
            connections: AtomicUsize::new(0),
            empty: Notify::new(),
        })
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// Takes a place for one more connection of this app; it is given back with [`Core::release`].
    pub(crate) fn reserve(&self, app: u16) -> Result<(), Refused> {
        self.registry.enter(app)?;
        let most = self.max_connections;
        let more = |count: usize| (count < most).then_some(count + 1);
        self.connections.fetch_update(Relaxed, Relaxed, more).map(drop).map_err(|count| {
            self.registry.leave(app);
            let text = format!("The server's limit is {most} connections, it has {count}.");
            Refusal::OverCapacity.because(text)
        })
    }

    /// A place taken for a connection of this app is free again.
    pub(crate) fn release(&self, app: u16) {
        self.registry.leave(app);
        if self.connections.fetch_sub(1, Relaxed) == 1 {
            self.empty.notify_waiters();
        }
    }
}

impl Hub {
    /// Spawns the shard threads. Fails if two apps share an id or a key.
    pub fn start(config: Config) -> io::Result<Hub> {
        let core = Arc::new(Core::new(config)?);
        let (stop, _) = watch::channel(false);
        let door = Door { core: core.clone(), stop, acceptors: Mutex::default() };
        for index in 0..core.lanes.len() {
            Shard::spawn(index, core.clone())?;
        }
        Ok(Hub { door: Arc::new(door) })
    }

    /// Accepts on this listener until [`Hub::stop_accepting`]. What is not an upgrade to
    /// `{prefix}/app/{key}` goes to `http`, which runs on a shard's thread and must be quick.
    pub fn listen(
        &self,
        listener: TcpListener,
        http: Arc<dyn Fn(PlainHttp) + Send + Sync>,
    ) -> io::Result<()> {
        let acceptor = accept::spawn(self.door.core.clone(), listener, http, self.door.stop.subscribe())?;
        self.door.acceptors.lock().push(acceptor);
        Ok(())
    }

    /// The app whose id stands in a path of the HTTP API.
    pub fn app_by_id(&self, id: &str) -> Option<Arc<App>> {
        self.index(id).map(|app| self.door.core.registry.shared(app))
    }

    /// The app of a public key.
    pub fn app_by_key(&self, key: &str) -> Option<Arc<App>> {
        let registry = &self.door.core.registry;
        registry.number_by_key(key).map(|app| registry.shared(app))
    }

    /// Every app, disabled ones too.
    pub fn apps(&self) -> Vec<Arc<App>> {
        self.door.core.registry.all()
    }

    /// Serves these apps from now on. What changed of an app that stays holds for its open
    /// connections at once: at their next frame, or the next sweep. Connections of an app that is no
    /// longer among them are closed with 4001, those of a disabled one with 4003, spread over `within`.
    /// Fails, and changes nothing, if two apps share an id or a key.
    pub fn exchange_apps(&self, apps: Vec<App>, within: Duration) -> io::Result<()> {
        let core = &self.door.core;
        let closed = core.registry.exchange(apps)?;
        core.notices.exchange(core.registry.hooks());
        for app in closed {
            for lane in core.lanes.iter() {
                lane.tell(Order::CloseApp { app, within });
            }
        }
        Ok(())
    }

    pub(crate) fn core(&self) -> &Core {
        &self.door.core
    }

    pub(crate) fn index(&self, id: &str) -> Option<u16> {
        self.door.core.registry.number_by_id(id)
    }

    /// Does anybody listen?
    pub fn is_occupied(&self, app_id: &str, channel: &str) -> bool {
        self.index(app_id).is_some_and(|app| self.door.core.occupancy.shards(app, channel).is_some())
    }

    /// Subscriptions to a channel; 0 when nobody listens.
    pub fn subscriptions(&self, app_id: &str, channel: &str) -> u32 {
        self.index(app_id).map_or(0, |app| self.door.core.occupancy.subscriptions(app, channel))
    }

    /// Channels with listeners whose names begin so, each with its subscriptions, by name. A look
    /// at shared counts: no shard is asked or waited for.
    pub fn channels(&self, app_id: &str, prefix: &str) -> Vec<(Arc<str>, u32)> {
        self.index(app_id).map_or_else(Vec::new, |app| self.door.core.occupancy.list(app, prefix))
    }

    /// The last event published to a cache channel, while it is kept.
    pub fn last_event(&self, app_id: &str, channel: &str) -> Option<KeptEvent> {
        let (app, core) = (self.index(app_id)?, &self.door.core);
        let now_ms = core.now_ms();
        let kept = core.last_events.last(app, channel, now_ms)?;
        Some(KeptEvent { data: kept.data, ttl_s: (kept.until_ms - now_ms).div_ceil(1_000) })
    }

    /// Users present on a presence channel, by id; several connections of one are one.
    pub fn users(&self, app_id: &str, channel: &str) -> Vec<String> {
        self.index(app_id).map_or_else(Vec::new, |app| self.door.core.rosters.users(app, channel))
    }

    /// How many users are present on a presence channel.
    pub fn user_count(&self, app_id: &str, channel: &str) -> usize {
        self.index(app_id).map_or(0, |app| self.door.core.rosters.count(app, channel))
    }

    /// Open connections of an app.
    pub fn connections(&self, app_id: &str) -> usize {
        self.index(app_id).map_or(0, |app| self.door.core.registry.connections(app))
    }

    /// Encodes once and hands the frame to each shard with subscribers; a lookup when nobody
    /// listens. Events of one caller to one channel arrive in the order of the calls. While a
    /// shard is 16 MiB behind it waits, for up to a second; then the event is dropped and counted.
    pub fn publish(&self, app_id: &str, event: Event<'_>) {
        let Some(app) = self.index(app_id) else { return };
        let Event { channel, event: name, data, user_id, except } = event;
        let except = except.and_then(|except| {
            let only_if_user = except.only_if_user.map(Into::into);
            SocketId::parse(except.socket_id).map(|id| Exclude { id, only_if_user })
        });
        let core = &self.door.core;
        core.registry.published(app);
        let encode = || ServerFrame::Event { channel, event: name, data, user_id }.encode();
        if !Kind::of(channel).cache {
            core.fan_out(app, channel, except.as_ref(), encode);
            return;
        }
        // Kept before it goes out: whoever joins between may hear it twice, but cannot miss it.
        let frame = encode();
        core.last_events.keep(app, channel, frame.clone(), data, core.now_ms());
        core.fan_out(app, channel, except.as_ref(), || frame);
    }

    /// Acts within a second (ruling 5).
    #[expect(clippy::needless_pass_by_value, reason = "what is revoked is given away: each shard keeps it")]
    pub fn revoke(&self, app_id: &str, revocation: Revocation) {
        let Some(app) = self.index(app_id) else { return };
        for lane in self.door.core.lanes.iter() {
            lane.tell(Order::Revoke { app, what: revocation.clone() });
        }
    }

    /// Sums over the shards.
    pub fn stats(&self) -> Stats {
        let core = &self.door.core;
        let sum = |of: fn(&Lane) -> &AtomicU64| core.lanes.iter().map(|lane| of(lane).load(Relaxed)).sum();
        Stats {
            connections: core.connections.load(Relaxed) as u64,
            channels: core.occupancy.channels() as u64,
            frames_in: sum(|lane| &lane.counters.frames_in),
            frames_out: sum(|lane| &lane.counters.frames_out),
            bytes_in: sum(|lane| &lane.counters.bytes_in),
            bytes_out: sum(|lane| &lane.counters.bytes_out),
            slow_readers: sum(|lane| &lane.counters.slow_readers),
            events_dropped: sum(|lane| &lane.counters.events_dropped),
        }
    }

    /// Closes the listeners, and returns when they are closed; open connections stay.
    pub fn stop_accepting(&self) {
        self.door.stop.send_replace(true);
        for acceptor in self.door.acceptors.lock().drain(..) {
            // It can only have panicked, and then its listener is closed as well.
            let _ = acceptor.join();
        }
    }

    /// Closes every socket with 4200, spread over the time given, and answers when all are
    /// gone, or a few seconds after that time. Needs a tokio runtime with time.
    pub async fn drain(&self, within: Duration) {
        let core = &self.door.core;
        for lane in core.lanes.iter() {
            lane.tell(Order::Drain { within });
        }
        let all_gone = async {
            loop {
                let empty = core.empty.notified();
                if core.connections.load(Relaxed) == 0 {
                    return;
                }
                empty.await;
            }
        };
        // Whoever is left after that is cut when the threads end.
        let _ = tokio::time::timeout(within + DRAIN_GRACE, all_gone).await;
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        for lane in self.core.lanes.iter() {
            lane.tell(Order::Stop);
        }
    }
}
