//! The door: starting, publishing, revoking, counting and stopping. Knows nothing of
//! frames and sockets beyond handing them to the shards.

use crate::accept;
use crate::bus::{Bus, BusStats, Item, Key, Told, lost};
use crate::counts::Counts;
use crate::lane::{Exclude, Lane, Order};
use crate::last_event::{Clock, Fresh, LastEvents};
use crate::latency::Latencies;
use crate::notices::Notices;
use crate::occupancy::Occupancy;
use crate::registry::Registry;
use crate::roster::Rosters;
use crate::shard::Shard;
use crate::socket_id::{SHARDS_MAX, SocketId};
use crate::tap::Taps;
use crate::users::Users;
use crate::{App, Listener, TlsStream, Way};
use bytes::Bytes;
use parking_lot::Mutex;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, watch};
use wire::channel::Kind;
use wire::frame::ServerFrame;
use wire::{Refusal, Refused};

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
    /// Non-blocking, `TCP_NODELAY` where that is known.
    pub stream: PlainStream,
    /// Bytes already read; they come before what the stream gives.
    pub prefix: Bytes,
    /// The other end; loopback for a unix socket.
    pub peer: SocketAddr,
}

/// What an HTTP connection reads and writes.
pub enum PlainStream {
    /// As it is.
    Tcp(TcpStream),
    /// Over a unix socket.
    Unix(UnixStream),
    /// Encrypted. Watched by a shard's runtime until it is moved.
    Tls(Box<TlsStream>),
}

impl PlainStream {
    /// The way by which it came in.
    pub fn way(&self) -> Way {
        match self {
            PlainStream::Tcp(_) => Way::Tcp,
            PlainStream::Unix(_) => Way::Unix,
            PlainStream::Tls(_) => Way::Tls,
        }
    }
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
    /// Events published by servers and accepted from clients, over all apps.
    pub published: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent or queued.
    pub bytes_out: u64,
    /// Readers cut because their outbox was full.
    pub slow_readers: u64,
    /// Events dropped because a shard's inbox was full.
    pub events_dropped: u64,
    /// What passes between nodes; absent where there is only one.
    pub bus: Option<BusStats>,
}

/// The engine. Clones are the same hub; when the last one is dropped, its threads end.
#[derive(Clone)]
pub struct Hub {
    pub(crate) door: Arc<Door>,
}

/// Held by the hub's clones alone, so that its end is theirs.
pub(crate) struct Door {
    pub(crate) core: Arc<Core>,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) acceptors: Mutex<Vec<JoinHandle<()>>>,
}

/// What shards and acceptors share.
pub(crate) struct Core {
    pub(crate) registry: Registry,
    pub(crate) path_prefix: String,
    pub(crate) outbox_bytes: usize,
    pub(crate) occupancy: Arc<Occupancy>,
    pub(crate) rosters: Arc<Rosters>,
    pub(crate) users: Arc<Users>,
    pub(crate) last_events: LastEvents,
    pub(crate) notices: Arc<Notices>,
    pub(crate) counts: Arc<Counts>,
    pub(crate) lanes: Arc<[Lane]>,
    pub(crate) taps: Taps,
    pub(crate) bus: Bus,
    pub(crate) started: Instant,
    /// Pipes opened so far.
    pub(crate) pipes: AtomicUsize,
    max_connections: usize,
    pub(crate) connections: AtomicUsize,
    /// Told when the last connection is gone.
    pub(crate) empty: Notify,
    /// Does whoever is asked to come back stay on the rosters?
    pub(crate) lingers: AtomicBool,
    /// Does anybody?
    pub(crate) has_lingering: AtomicBool,
}

impl Core {
    pub(crate) fn new(config: Config) -> io::Result<Core> {
        let shards = config.shards.clamp(1, SHARDS_MAX);
        let lanes: Arc<[Lane]> = (0..shards).map(|_| Lane::default()).collect();
        let occupancy = Arc::new(Occupancy::new());
        let registry = Registry::new(config.apps)?;
        let notices = Arc::new(Notices::new(registry.hooks()));
        Ok(Core {
            path_prefix: config.path_prefix.trim_end_matches('/').to_owned(),
            outbox_bytes: config.outbox_bytes,
            rosters: Arc::new(Rosters::new(occupancy.clone(), lanes.clone(), notices.clone())),
            users: Arc::new(Users::new(lanes.clone(), notices.clone(), occupancy.outgoing.clone())),
            counts: Arc::new(Counts::new(occupancy.clone(), lanes.clone(), registry.counted())),
            registry,
            occupancy,
            last_events: LastEvents::default(),
            notices,
            lanes,
            taps: Taps::default(),
            bus: Bus::new(),
            started: Instant::now(),
            pipes: AtomicUsize::new(0),
            max_connections: config.max_connections,
            connections: AtomicUsize::new(0),
            empty: Notify::new(),
            lingers: AtomicBool::new(false),
            has_lingering: AtomicBool::new(false),
        })
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// What publishing to a cache channel has to know of the time.
    pub(crate) fn clock(&self) -> Clock {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock { now_ms: self.now_ms(), unix_ms: since.as_millis() as u64, node: self.bus.node }
    }

    fn connections_changed(&self, app: u16) {
        self.occupancy.outgoing.changed(|| Key::Connections { app });
    }

    /// Seconds of the hub's clock, from 1, so that 0 can mean never.
    pub(crate) fn now_s(&self) -> u32 {
        (self.now_ms() / 1_000) as u32 + 1
    }

    /// Takes a place for one more connection of this app; it is given back with [`Core::release`].
    pub(crate) fn reserve(&self, app: u16) -> Result<(), Refused> {
        self.registry.enter(app)?;
        let most = self.max_connections;
        let more = |count: usize| (count < most).then_some(count + 1);
        self.connections.fetch_update(Relaxed, Relaxed, more).map_err(|count| {
            self.registry.leave(app);
            let text = format!("The server's limit is {most} connections, it has {count}.");
            Refusal::OverCapacity.because(text)
        })?;
        self.connections_changed(app);
        Ok(())
    }

    /// See [`Hub::publish`].
    pub(crate) fn publish(&self, app: u16, event: Event<'_>) {
        let Event { channel, event: name, data, user_id, except } = event;
        let except = except.and_then(|except| {
            let only_if_user = except.only_if_user.map(Into::into);
            SocketId::parse(except.socket_id).map(|id| Exclude { id, only_if_user })
        });
        self.registry.published(app);
        let encode = || ServerFrame::Event { channel, event: name, data, user_id }.encode();
        let stamp = if Kind::of(channel).cache {
            // Kept before it goes out: whoever joins between may hear it twice, but cannot miss it.
            let frame = encode();
            let fresh = Fresh { channel, event: name, data, user_id };
            let stamp = self.last_events.keep(app, fresh, frame.clone(), self.clock());
            self.fan_out(app, channel, except.as_ref(), || frame);
            stamp.at
        } else {
            self.fan_out(app, channel, except.as_ref(), encode);
            0
        };
        if self.occupancy.outgoing.is_open() {
            let app = &self.registry.shared(app).id;
            let except = except.as_ref().map(|except| (except.id.number(), except.only_if_user.as_deref()));
            let (data, is_client) = (Some(data), false);
            let told = Told { app, channel, event: name, data, user_id, except, is_client, stamp };
            self.occupancy.outgoing.say(&Item::Event(told));
        }
    }

    /// A place taken for a connection of this app is free again.
    pub(crate) fn release(&self, app: u16) {
        self.registry.leave(app);
        self.connections_changed(app);
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

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.door.core
    }

    /// Accepts on this listener until [`Hub::stop_accepting`]. What is not an upgrade to
    /// `{prefix}/app/{key}` goes to `http`, which runs on a shard's thread and must be quick.
    pub fn listen(
        &self,
        listener: impl Into<Listener>,
        http: Arc<dyn Fn(PlainHttp) + Send + Sync>,
    ) -> io::Result<()> {
        let acceptor =
            accept::spawn(self.door.core.clone(), listener.into(), http, self.door.stop.subscribe())?;
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
        core.counts.exchange(core.registry.counted());
        core.bus.apps_changed();
        for app in closed {
            for lane in core.lanes.iter() {
                lane.tell(Order::CloseApp { app, within });
            }
        }
        Ok(())
    }

    pub(crate) fn index(&self, id: &str) -> Option<u16> {
        self.door.core.registry.number_by_id(id)
    }

    /// Could anybody listen, or look on? With other nodes always: a subscription there may be younger than
    /// what is known of it here.
    pub fn is_occupied(&self, app_id: &str, channel: &str) -> bool {
        let occupancy = &self.door.core.occupancy;
        let here = |app| {
            occupancy.outgoing.is_open()
                || occupancy.shards(app, channel).is_some()
                || self.door.core.taps.is_at(app, channel)
        };
        self.index(app_id).is_some_and(here)
    }

    /// Subscriptions to a channel on all nodes; 0 when nobody listens.
    pub fn subscriptions(&self, app_id: &str, channel: &str) -> u32 {
        self.index(app_id).map_or(0, |app| self.door.core.occupancy.subscriptions(app, channel))
    }

    /// Channels with listeners whose names begin so, each with its subscriptions, by name, over
    /// all nodes. A look at this process's memory: no shard and no node is asked or waited for.
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

    /// Users present on a presence channel on any node, by id; several connections of one are one.
    pub fn users(&self, app_id: &str, channel: &str) -> Vec<String> {
        self.index(app_id).map_or_else(Vec::new, |app| self.door.core.rosters.users(app, channel))
    }

    /// How many users are present on a presence channel.
    pub fn user_count(&self, app_id: &str, channel: &str) -> usize {
        self.index(app_id).map_or(0, |app| self.door.core.rosters.count(app, channel))
    }

    /// Everybody of an app who is online on any node, in no order: signed in, or joined by a signature that
    /// names them where the app counts that ([`App::private_is_online`]).
    pub fn online(&self, app_id: &str) -> Vec<Arc<str>> {
        self.index(app_id).map_or_else(Vec::new, |app| self.door.core.users.everybody(app))
    }

    /// How many places a user has: connections and subscriptions that count here, those of each other node
    /// as one. 0: not online.
    pub fn places(&self, app_id: &str, user_id: &str) -> u32 {
        self.index(app_id).map_or(0, |app| self.door.core.users.places(&(app, user_id.into())))
    }

    /// A place for a user who has no connection here, until [`Hub::give_up_place`]: whoever asks over HTTP
    /// again and again is there too.
    pub fn take_place(&self, app_id: &str, user_id: &str) {
        if let Some(app) = self.index(app_id) {
            self.door.core.users.enter(&(app, user_id.into()));
        }
    }

    /// Ends what [`Hub::take_place`] began; once for each.
    pub fn give_up_place(&self, app_id: &str, user_id: &str) {
        if let Some(app) = self.index(app_id) {
            self.door.core.users.leave(&(app, user_id.into()));
        }
    }

    /// Publishes to this node's subscribers alone: what every node knows, each tells its own.
    pub fn publish_here(&self, app_id: &str, event: Event<'_>) {
        let Event { channel, event: name, data, user_id, .. } = event;
        if let Some(app) = self.index(app_id) {
            let encode = || ServerFrame::Event { channel, event: name, data, user_id }.encode();
            self.door.core.fan_out(app, channel, None, encode);
        }
    }

    /// Open connections of an app on all nodes.
    pub fn connections(&self, app_id: &str) -> usize {
        let core = &self.door.core;
        self.index(app_id)
            .map_or(0, |app| core.registry.connections(app) + core.occupancy.elsewhere.connections(app))
    }

    /// Encodes once and hands the frame to each shard with subscribers; a lookup when nobody
    /// listens. Events of one caller to one channel arrive in the order of the calls. While a
    /// shard is 16 MiB behind it waits, for up to a second; then the event is dropped and counted.
    pub fn publish(&self, app_id: &str, event: Event<'_>) {
        if let Some(app) = self.index(app_id) {
            self.door.core.publish(app, event);
        }
    }

    /// Acts within a second (ruling 5), on all nodes. Nodes that are away hear of it when they are back.
    #[expect(clippy::needless_pass_by_value, reason = "what is revoked is given away: each shard keeps it")]
    pub fn revoke(&self, app_id: &str, revocation: Revocation) {
        let (Some(app), core) = (self.index(app_id), &self.door.core) else { return };
        core.revoke_here(app, &revocation);
        let item = Item::Revoke { app: app_id, what: lost(&revocation) };
        core.occupancy.outgoing.revoke(&item, core.now_ms());
    }

    /// Closes every connection signed in as this user with 4009, on all nodes, within a second; in Reverb's mode those
    /// that joined a presence channel as this user too (contract 1.13, 1.16). They may come back: to
    /// refuse them then is up to whoever signs.
    pub fn terminate(&self, app_id: &str, user_id: &str) {
        let (Some(app), core) = (self.index(app_id), &self.door.core) else { return };
        core.terminate_here(app, user_id);
        core.occupancy.outgoing.revoke(&Item::Terminate { app: app_id, user: user_id }, core.now_ms());
    }

    /// How long events took from their publishing until they were written, over the shards.
    pub fn latencies(&self) -> Latencies {
        let mut sum = Latencies::default();
        self.door.core.lanes.iter().for_each(|lane| lane.counters.written.add_to(&mut sum));
        sum
    }

    /// This node, random at each start.
    pub fn node(&self) -> String {
        format!("{:016x}", self.door.core.bus.node)
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
            published: core.registry.all_published(),
            bytes_in: sum(|lane| &lane.counters.bytes_in),
            bytes_out: sum(|lane| &lane.counters.bytes_out),
            slow_readers: sum(|lane| &lane.counters.slow_readers),
            events_dropped: sum(|lane| &lane.counters.events_dropped),
            bus: core.bus_stats(),
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.core.bus.stop();
        for lane in self.core.lanes.iter() {
            lane.tell(Order::Stop);
        }
    }
}
