//! The ways into a shard from other threads: events, first in first out and bounded in bytes;
//! orders, which no backlog of events delays; and the counters. Knows nothing of what becomes of them.

use crate::accept::Accepted;
use crate::latency::Latency;
use crate::socket_id::SocketId;
use crate::users::User;
use crate::view::LookOrder;
use crate::{Pipe, PlainHttp, Revocation};
use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use std::cell::Cell;
use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot};
use wire::Refusal;

/// Bytes of events that may wait for a shard.
const INBOX_BYTES: usize = 16 * 1024 * 1024;
/// How long a publisher waits for room before its event is dropped and counted.
const ROOM_WAIT: Duration = Duration::from_secs(1);

thread_local! {
    /// A shard that waited for room in a lane might wait for itself.
    static ON_SHARD: Cell<bool> = const { Cell::new(false) };
}

/// Takes what is not an upgrade.
pub(crate) type TakeHttp = Arc<dyn Fn(PlainHttp) + Send + Sync>;

/// What a shard is told to do.
pub(crate) enum Order {
    Accept {
        accepted: Accepted,
        peer: SocketAddr,
        http: TakeHttp,
    },
    /// A pipe to this app. Its place was reserved.
    Open {
        app: u16,
        protocol: u8,
        welcome: oneshot::Sender<Pipe>,
    },
    Revoke {
        app: u16,
        what: Revocation,
    },
    /// A back end ends a user's connections.
    Terminate {
        app: u16,
        user_id: Arc<str>,
    },
    Drain {
        within: Duration,
    },
    /// The app is served no longer.
    CloseApp {
        app: u16,
        within: Duration,
    },
    Look(LookOrder),
    Stop,
}

/// One encoded frame for the members of one channel.
pub(crate) struct Publish {
    pub(crate) app: u16,
    pub(crate) channel: Arc<str>,
    pub(crate) frame: Bytes,
    pub(crate) except: Option<Exclude>,
    /// Of a change of a roster: only subscriptions older than this take it. 0: anybody takes it.
    pub(crate) version: u64,
}

/// A socket left out; with a user, only if it is that user's (ruling 2).
#[derive(Clone)]
pub(crate) struct Exclude {
    pub(crate) id: SocketId,
    pub(crate) only_if_user: Option<Arc<str>>,
}

/// How often each row of the refusal table was the answer.
pub(crate) struct Refusals([AtomicU64; Refusal::ALL.len()]);

impl Default for Refusals {
    fn default() -> Refusals {
        Refusals(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Refusals {
    /// One more.
    pub(crate) fn count(&self, refusal: Refusal) {
        self.0[refusal as usize].fetch_add(1, Relaxed);
    }

    pub(crate) fn of(&self, refusal: Refusal) -> u64 {
        self.0[refusal as usize].load(Relaxed)
    }
}

/// Plain numbers, read when somebody asks.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) frames_in: AtomicU64,
    pub(crate) frames_out: AtomicU64,
    pub(crate) bytes_in: AtomicU64,
    pub(crate) bytes_out: AtomicU64,
    pub(crate) slow_readers: AtomicU64,
    pub(crate) events_dropped: AtomicU64,
    /// By position in the table.
    pub(crate) refusals: Refusals,
    /// From publishing to writing.
    pub(crate) written: Latency,
}

/// Aligned so that two shards never write to the same cache line.
#[repr(align(128))]
#[derive(Default)]
pub(crate) struct Lane {
    events: Mutex<Events>,
    room: Condvar,
    has_events: Notify,
    orders: Mutex<Orders>,
    has_orders: Notify,
    changed_users: Mutex<HashSet<User>>,
    has_changed_users: Notify,
    pub(crate) counters: Counters,
}

#[derive(Default)]
struct Events {
    waiting: VecDeque<Publish>,
    bytes: usize,
    /// Since when the first of them waits.
    since: Option<Instant>,
}

/// Events taken from a lane at once.
pub(crate) struct Taken {
    pub(crate) events: VecDeque<Publish>,
    /// Since when the first of them waited.
    pub(crate) since: Option<Instant>,
}

/// What a shard is told, before the sockets that arrive: a storm of these delays no revocation.
#[derive(Default)]
struct Orders {
    now: VecDeque<Order>,
    arrivals: VecDeque<Order>,
}

/// Marks this thread as a shard's.
pub(crate) fn enter_shard() {
    ON_SHARD.set(true);
}

impl Lane {
    /// Queues an event. A publisher too fast for the shard waits; a shard never does.
    pub(crate) fn publish(&self, publish: Publish) {
        let bytes = publish.frame.len() + size_of::<Publish>();
        let mut events = self.events.lock();
        // A roster that missed a change would be wrong until all have left, so these drop last.
        let most = if publish.version == 0 { INBOX_BYTES } else { 2 * INBOX_BYTES };
        if events.bytes + bytes > most && !self.wait_for_room(&mut events, bytes) {
            self.counters.events_dropped.fetch_add(1, Relaxed);
            return;
        }
        if events.waiting.is_empty() {
            events.since = Some(Instant::now());
        }
        events.bytes += bytes;
        events.waiting.push_back(publish);
        drop(events);
        self.has_events.notify_one();
    }

    fn wait_for_room(&self, events: &mut parking_lot::MutexGuard<'_, Events>, bytes: usize) -> bool {
        if ON_SHARD.get() {
            return false;
        }
        let full = |events: &mut Events| events.bytes + bytes > INBOX_BYTES;
        !self.room.wait_while_for(events, full, ROOM_WAIT).timed_out()
    }

    /// Waits until there are events, then takes all of them.
    pub(crate) async fn events(&self) -> Taken {
        loop {
            match self.take_all() {
                Some(taken) => return taken,
                None => self.has_events.notified().await,
            }
        }
    }

    /// Takes all events that wait, if any do.
    #[cfg(test)]
    pub(crate) fn take(&self) -> Option<VecDeque<Publish>> {
        self.take_all().map(|taken| taken.events)
    }

    fn take_all(&self) -> Option<Taken> {
        let mut events = self.events.lock();
        if events.waiting.is_empty() {
            return None;
        }
        events.bytes = 0;
        self.room.notify_all();
        Some(Taken { events: std::mem::take(&mut events.waiting), since: events.since.take() })
    }

    /// A user whom somebody here watches came or went. Marked, not queued: nothing piles up.
    pub(crate) fn user_changed(&self, user: User) {
        self.changed_users.lock().insert(user);
        self.has_changed_users.notify_one();
    }

    /// Waits until users have changed, then takes all of them.
    pub(crate) async fn changed_users(&self) -> HashSet<User> {
        loop {
            match self.take_changed_users() {
                Some(users) => return users,
                None => self.has_changed_users.notified().await,
            }
        }
    }

    /// Takes all users that have changed, if any have.
    pub(crate) fn take_changed_users(&self) -> Option<HashSet<User>> {
        let users = std::mem::take(&mut *self.changed_users.lock());
        (!users.is_empty()).then_some(users)
    }

    /// Queues an order.
    pub(crate) fn tell(&self, order: Order) {
        let orders = &mut *self.orders.lock();
        let queue =
            if matches!(order, Order::Accept { .. }) { &mut orders.arrivals } else { &mut orders.now };
        queue.push_back(order);
        self.has_orders.notify_one();
    }

    fn next_order(&self) -> Option<Order> {
        let orders = &mut *self.orders.lock();
        orders.now.pop_front().or_else(|| orders.arrivals.pop_front())
    }

    /// Waits for the next order.
    pub(crate) async fn order(&self) -> Order {
        loop {
            match self.next_order() {
                Some(order) => return order,
                None => self.has_orders.notified().await,
            }
        }
    }
}
