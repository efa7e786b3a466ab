//! Many nodes as one hub (ruling 20): the thread that speaks with the other nodes, and what the rest of
//! the hub knows of it. Decides nothing about who is alive or what changed; `cluster` does.
//!
//! There is no shared registry. Each node says what it has and keeps what the others have said, so a
//! count or a list is a look at this node's memory, whether the others can be reached or not.

mod carrier;
mod cluster;
mod link;
mod message;
mod node;
mod outgoing;
mod pipe;
mod redis;
mod resp;
#[cfg(test)]
mod simulation;

pub(crate) use cluster::Key;
pub use message::fuzz as fuzz_message;
pub(crate) use message::{Item, NodeId, Told};
pub(crate) use node::lost;
pub(crate) use outgoing::Outgoing;
pub use redis::{Redis, RedisAddress};
pub use resp::fuzz as fuzz_redis;

use crate::Hub;
use crate::hub::Core;
use carrier::{Carrier, Heard};
use link::Links;
use node::Node;
use parking_lot::Mutex;
use redis::RedisCarrier;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

/// Between two looks at the leases.
const TICK: Duration = Duration::from_millis(50);
/// After this long with the way open all other nodes have made themselves known, unless they are stuck.
const ACQUAINTED_MS: u64 = 400;
/// No frame has come back yet.
const NEVER: u64 = u64::MAX;
/// How long the last words of a node may take.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Counters since the start, and gauges of now, of what passes between nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BusStats {
    /// Can the other nodes be reached?
    pub is_up: bool,
    /// Other nodes that are alive.
    pub nodes: u64,
    /// Frames heard, this node's own among them.
    pub frames_in: u64,
    /// Frames said.
    pub frames_out: u64,
    /// Bytes of frames heard.
    pub bytes_in: u64,
    /// Bytes of frames said.
    pub bytes_out: u64,
    /// Events that did not reach other nodes, because these were away or too much waited.
    pub dropped: u64,
    /// Messages that no node of this version sent.
    pub foreign: u64,
    /// Milliseconds that a frame of this node last took until it was heard here again; `None`: none has come back yet.
    pub lag_ms: Option<u64>,
}

/// Told of what the owner of another node's hub said with [`crate::Hub::tell_nodes`]. Runs on the bus's thread.
pub type OnWord = Arc<dyn Fn(&str) + Send + Sync>;

/// What the hub holds of the bus, whether there is one or not.
pub(crate) struct Bus {
    /// This node, random at each start.
    pub(crate) node: NodeId,
    pub(crate) counters: Counters,
    on_word: OnceLock<OnWord>,
    thread: Mutex<Option<Thread>>,
    /// Is all known that the other nodes have?
    whole: watch::Sender<bool>,
}

/// Plain numbers, read when somebody asks.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) is_up: AtomicBool,
    pub(crate) nodes: AtomicU64,
    pub(crate) frames_in: AtomicU64,
    pub(crate) frames_out: AtomicU64,
    pub(crate) bytes_in: AtomicU64,
    pub(crate) bytes_out: AtomicU64,
    pub(crate) foreign: AtomicU64,
    /// [`NEVER`], or how long the last frame was under way.
    pub(crate) lag_ms: AtomicU64,
}

struct Thread {
    orders: mpsc::UnboundedSender<Order>,
    takes_links: bool,
}

enum Order {
    Link(UnixStream),
    AppsChanged,
    /// Says good-bye, and answers when that is on its way.
    Leave(oneshot::Sender<()>),
    Stop,
}

impl Bus {
    pub(crate) fn new() -> Bus {
        let mut random = [0; 8];
        getrandom::fill(&mut random).expect("the system gives random numbers");
        Bus {
            node: u64::from_ne_bytes(random),
            counters: Counters { lag_ms: AtomicU64::new(NEVER), ..Counters::default() },
            on_word: OnceLock::new(),
            thread: Mutex::default(),
            whole: watch::Sender::new(false),
        }
    }

    /// Is there one?
    pub(crate) fn is_joined(&self) -> bool {
        self.thread.lock().is_some()
    }

    /// Is there something to watch? A link to a process that has ended is nothing.
    pub(crate) fn is_watched(&self) -> bool {
        let is_up = self.counters.is_up.load(Relaxed);
        self.thread.lock().as_ref().is_some_and(|thread| is_up || !thread.takes_links)
    }

    /// Joins the other nodes on a Redis.
    pub(crate) fn join(core: &Arc<Core>, redis: Redis) -> io::Result<()> {
        let mut thread = core.bus.thread.lock();
        if thread.is_some() {
            return Err(io::Error::other("the hub has joined other nodes already"));
        }
        let carrier = Carrier::Redis(Box::new(RedisCarrier::new(redis)));
        *thread = Some(Thread { orders: spawn(core.clone(), carrier)?, takes_links: false });
        Ok(())
    }

    /// Joins one more process at the other end of this socket, unless all meet on a Redis anyway.
    pub(crate) fn link(core: &Arc<Core>, stream: UnixStream) -> io::Result<()> {
        let mut thread = core.bus.thread.lock();
        let thread = match &mut *thread {
            Some(thread) => thread,
            none => {
                let orders = spawn(core.clone(), Carrier::Links(Links::default()))?;
                none.insert(Thread { orders, takes_links: true })
            }
        };
        if thread.takes_links {
            // Refused when the thread has ended, and then this node is leaving.
            let _ = thread.orders.send(Order::Link(stream));
        }
        Ok(())
    }

    fn order(&self, order: Order) {
        if let Some(thread) = &*self.thread.lock() {
            // A thread that has ended needs no orders.
            let _ = thread.orders.send(order);
        }
    }

    /// Asks the others about apps that were not known before.
    pub(crate) fn apps_changed(&self) {
        self.order(Order::AppsChanged);
    }

    /// Says good-bye to the others.
    pub(crate) async fn leave(&self) {
        let (said, wait) = oneshot::channel();
        self.order(Order::Leave(said));
        // An error: there is no thread, or it has ended.
        let _ = wait.await;
    }

    pub(crate) fn stop(&self) {
        self.order(Order::Stop);
    }

    /// Waits until all is known that the other nodes have.
    pub(crate) async fn acquainted(&self) {
        // It lives as long as `self`.
        let _ = self.whole.subscribe().wait_for(|whole| *whole).await;
    }

    /// Only the first one counts.
    pub(crate) fn on_word(&self, hook: OnWord) {
        // Ignored as said.
        let _ = self.on_word.set(hook);
    }

    fn hear_word(&self, word: &str) {
        if let Some(hook) = self.on_word.get() {
            hook(word);
        }
    }
}

impl Hub {
    /// Joins the other nodes that meet on this Redis, now or when it can be reached: from then on
    /// events, presence, counts, kept events and revocations are those of all nodes together.
    pub fn join(&self, redis: Redis) -> io::Result<()> {
        Bus::join(self.core(), redis)
    }

    /// Joins one more process, at the other end of this socket, which calls this too (ruling 19). Does
    /// nothing when they meet on a Redis anyway.
    pub fn link(&self, stream: UnixStream) -> io::Result<()> {
        Bus::link(self.core(), stream)
    }

    /// Waits until all is known that the other nodes have, so that the first client is told
    /// everything; at most so long. False when that was not enough: it then comes later, as changes do.
    pub async fn acquainted(&self, within: Duration) -> bool {
        let bus = &self.core().bus;
        !bus.is_joined() || tokio::time::timeout(within, bus.acquainted()).await.is_ok()
    }

    /// Says something to the owners of the other nodes' hubs, once each; lost while they are away.
    pub fn tell_nodes(&self, word: &str) {
        self.core().occupancy.outgoing.say(&Item::Word(word));
    }

    /// Whom to tell what another node's owner said. Only the first hook counts; it must be quick.
    pub fn on_word(&self, hook: OnWord) {
        self.core().bus.on_word(hook);
    }
}

impl Core {
    /// What passes between nodes, where there is something to watch.
    pub(crate) fn bus_stats(&self) -> Option<BusStats> {
        let counters = &self.bus.counters;
        self.bus.is_watched().then(|| BusStats {
            is_up: counters.is_up.load(Relaxed),
            nodes: counters.nodes.load(Relaxed),
            frames_in: counters.frames_in.load(Relaxed),
            frames_out: counters.frames_out.load(Relaxed),
            bytes_in: counters.bytes_in.load(Relaxed),
            bytes_out: counters.bytes_out.load(Relaxed),
            dropped: self.occupancy.outgoing.dropped.load(Relaxed),
            foreign: counters.foreign.load(Relaxed),
            lag_ms: Some(counters.lag_ms.load(Relaxed)).filter(|ms| *ms != NEVER),
        })
    }
}

fn spawn(core: Arc<Core>, carrier: Carrier) -> io::Result<mpsc::UnboundedSender<Order>> {
    let (orders, taken) = mpsc::unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // A thread of its own: neither busy shards nor HTTP may make this node look dead to the others.
    std::thread::Builder::new().name("bus".into()).spawn(move || {
        // It must not wait for a shard's inbox either.
        crate::lane::enter_shard();
        let node = Node::new(core.clone(), core.now_ms());
        let open_since_ms = None;
        runtime.block_on(Speaker { core, node, carrier, open_since_ms }.run(taken));
    })?;
    Ok(orders)
}

/// The thread's work.
struct Speaker {
    core: Arc<Core>,
    node: Node,
    carrier: Carrier,
    open_since_ms: Option<u64>,
}

impl Speaker {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let core = self.core.clone();
        loop {
            tokio::select! {
                heard = self.carrier.next() => self.hear(heard),
                _ = ticks.tick() => self.node.tick(core.now_ms()),
                () = core.occupancy.outgoing.wait(), if self.carrier.has_room() => {}
                order = orders.recv() => match order {
                    Some(Order::Link(stream)) => self.link(stream),
                    Some(Order::AppsChanged) => self.node.cluster.ask_everybody(core.now_ms()),
                    Some(Order::Leave(said)) => {
                        self.last_words().await;
                        // Whoever asked may have waited long enough.
                        let _ = said.send(());
                        return;
                    }
                    Some(Order::Stop) | None => return,
                },
            }
            self.speak();
            self.note();
        }
    }

    fn hear(&mut self, heard: Heard) {
        let now_ms = self.core.now_ms();
        match heard {
            Heard::Up => self.node.carrier_up(now_ms),
            Heard::Down => match self.carrier {
                Carrier::Redis(_) => self.node.carrier_down(),
                // A process that closed its end has ended.
                Carrier::Links(_) => self.node.carrier_ended(now_ms),
            },
            Heard::Frames(frames) => {
                let counters = &self.core.bus.counters;
                for frame in frames {
                    counters.frames_in.fetch_add(1, Relaxed);
                    counters.bytes_in.fetch_add(frame.len() as u64, Relaxed);
                    self.node.hear(&frame, now_ms);
                }
            }
        }
    }

    fn link(&mut self, stream: UnixStream) {
        let stream = stream.set_nonblocking(true).and_then(|()| tokio::net::UnixStream::from_std(stream));
        match (&mut self.carrier, stream) {
            (Carrier::Links(links), Ok(stream)) => links.add(stream),
            (Carrier::Links(_), Err(error)) => tracing::warn!(%error, "cannot link to the other process"),
            (Carrier::Redis(_), _) => {}
        }
    }

    fn speak(&mut self) {
        if std::mem::take(&mut self.node.is_lost) && self.carrier.is_open() {
            tracing::warn!("nothing comes back over the bus, so it is opened again");
            self.carrier.lose();
            self.node.carrier_down();
        }
        if !self.carrier.has_room() {
            return;
        }
        let counters = &self.core.bus.counters;
        for frame in self.node.frames(self.core.now_ms()) {
            counters.frames_out.fetch_add(1, Relaxed);
            counters.bytes_out.fetch_add(frame.len() as u64, Relaxed);
            self.carrier.send(frame);
        }
    }

    /// Publishes how things are.
    fn note(&mut self) {
        let (cluster, counters) = (&self.node.cluster, &self.core.bus.counters);
        let is_clear = cluster.is_clear();
        counters.is_up.store(is_clear, Relaxed);
        counters.nodes.store(cluster.nodes() as u64, Relaxed);
        counters.lag_ms.store(cluster.lag_ms().unwrap_or(NEVER), Relaxed);
        let now_ms = self.core.now_ms();
        self.open_since_ms = self.open_since_ms.filter(|_| is_clear).or(is_clear.then_some(now_ms));
        let acquainted = self.open_since_ms.is_some_and(|since_ms| now_ms >= since_ms + ACQUAINTED_MS);
        let whole = acquainted && cluster.is_whole();
        self.core.bus.whole.send_if_modified(|known| std::mem::replace(known, whole) != whole);
    }

    async fn last_words(&mut self) {
        self.speak();
        self.node.cluster.say.push(&Item::Bye);
        self.speak();
        let said = async {
            while !self.carrier.is_silent() {
                self.carrier.next().await;
            }
        };
        // The others will find out by themselves.
        let _ = tokio::time::timeout(LAST_WORDS, said).await;
    }
}
