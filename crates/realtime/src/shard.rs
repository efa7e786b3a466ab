//! One thread's share of the sockets: its table of connections, its turn of the lane and
//! its sweep. Shares nothing with other shards but their lanes and the occupancy.

use crate::bus::Item;
use crate::connection::{Connection, Due, Reader, key};
use crate::debug;
use crate::fanout::{Turn, join_per_channel};
use crate::hub::Core;
use crate::io::Io;
use crate::lane::{Counters, Exclude, Lane, Order, Publish, enter_shard};
use crate::membership::{Key, Membership, Who};
use crate::registry::AppNow;
use crate::session::{Accepted, subscription_error};
use crate::socket_id::SocketId;
use crate::users::ShardUsers;
use crate::{Notice, Pipe, Revocation, upgrade};
use bytes::Bytes;
use parking_lot::Mutex;
use slab::Slab;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::Notify;
use wire::frame::Compat;
use wire::{Refusal, Refused};

/// Between two looks at every connection.
const SWEEP: Duration = Duration::from_secs(1);
/// Sockets greeted before the thread's other tasks get their turn. Each leads to some more turns of its
/// own, so that few at a time keep the queue of turns short for those who talk while thousands arrive.
const ARRIVALS_PER_TURN: usize = 8;
/// Connections forgotten before the same.
const DEPARTURES_PER_TURN: usize = 8;
/// Sockets that one look at the system may find ready. With hundreds, what a frame leads to would wait
/// behind all of them again at each step of its way.
const READY_PER_LOOK: usize = 64;
/// Pauses of a drain; finer would only cost wake-ups.
const DRAIN_TICK: Duration = Duration::from_millis(20);

/// What one shard thread works on.
pub(crate) struct Shard {
    index: usize,
    core: Arc<Core>,
    state: Mutex<State>,
    has_leaving: Notify,
}

/// Locked by the shard's own thread only, and never across a wait.
struct State {
    connections: Slab<Arc<Connection>>,
    members: Membership,
    users: ShardUsers,
    /// Number of the next connection.
    serial: u32,
    /// Whose task has ended, and who are still in the table.
    leaving: VecDeque<Key>,
}

impl State {
    /// A connection is gone, or has lost all it had.
    fn leave(&mut self, key: Key) {
        self.members.leave_all(key);
        self.users.leave(key);
    }

    /// A connection is gone that was asked to come back elsewhere.
    /// False: its user was neither online nor present.
    fn linger(&mut self, key: Key) -> bool {
        self.users.linger(key) | self.members.linger_all(key)
    }
}

impl Shard {
    /// Starts the thread.
    pub(crate) fn spawn(index: usize, core: Arc<Core>) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_io_events_per_tick(READY_PER_LOOK)
            .build()?;
        let members = Membership::new(
            index,
            core.occupancy.clone(),
            core.rosters.clone(),
            core.users.clone(),
            core.notices.clone(),
            core.counts.clone(),
        );
        let users = ShardUsers::new(index, core.users.clone());
        let (connections, leaving) = (Slab::new(), VecDeque::new());
        let state = Mutex::new(State { connections, members, users, serial: 1, leaving });
        let shard = Arc::new(Shard { index, core, state, has_leaving: Notify::new() });
        std::thread::Builder::new().name(format!("shard-{index}")).spawn(move || {
            enter_shard();
            runtime.block_on(shard.run());
        })?;
        Ok(())
    }

    async fn run(self: Arc<Self>) {
        tokio::spawn(self.clone().sweep());
        tokio::spawn(self.clone().fan_out());
        tokio::spawn(self.clone().tell_watchers());
        tokio::spawn(self.clone().part());
        let mut arrived = 0;
        loop {
            match self.lane().order().await {
                Order::Accept { accepted, peer, http } => {
                    tokio::spawn(self.clone().greet(accepted, peer, http));
                    arrived += 1;
                    if arrived % ARRIVALS_PER_TURN == 0 {
                        tokio::task::yield_now().await;
                    }
                }
                // A request that is gone by now drops the pipe, which ends the connection.
                Order::Open { app, protocol, welcome } => drop(welcome.send(self.open(app, protocol))),
                Order::Revoke { app, what } => self.revoke(app, &what),
                Order::Terminate { app, user_id } => self.terminate(app, &user_id),
                Order::Drain { within } => {
                    tokio::spawn(self.clone().drain(within));
                }
                Order::CloseApp { app, within } => {
                    tokio::spawn(self.clone().close_app(app, within));
                }
                Order::Look(order) => {
                    tokio::spawn(self.clone().look(order));
                }
                Order::Stop => return,
            }
        }
    }

    async fn fan_out(self: Arc<Self>) {
        let mut turn = Turn::default();
        loop {
            let taken = self.lane().events().await;
            for batch in join_per_channel(taken.events) {
                self.deliver(batch, &mut turn).await;
            }
            if let Some(since) = taken.since {
                self.counters().written.note(since.elapsed());
            }
            turn.end().await;
        }
    }

    async fn tell_watchers(self: Arc<Self>) {
        let mut turn = Turn::default();
        loop {
            let changed = self.lane().changed_users().await;
            let news: Vec<(Arc<Connection>, Bytes)> = {
                let state = &mut *self.state.lock();
                let news = state.users.news(changed).into_iter();
                news.filter_map(|(key, frame)| Some((state.connections.get(key as usize)?.clone(), frame)))
                    .collect()
            };
            for (connection, frame) in news {
                self.send(&connection, &frame);
                turn.count_write().await;
            }
            turn.end().await;
        }
    }

    fn lane(&self) -> &Lane {
        &self.core.lanes[self.index]
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.lane().counters
    }

    pub(crate) fn app(&self, app: u16) -> AppNow {
        self.core.registry.app(app)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.core.now_ms()
    }

    /// Seconds of the hub's clock, from 1, so that 0 can mean never.
    pub(crate) fn now_s(&self) -> u32 {
        self.core.now_s()
    }

    pub(crate) fn with_tables<T>(&self, then: impl FnOnce(&mut Membership, &mut ShardUsers) -> T) -> T {
        let State { members, users, .. } = &mut *self.state.lock();
        then(members, users)
    }

    /// Sends to one connection, counted.
    pub(crate) fn send(&self, connection: &Connection, frame: &Bytes) {
        self.counters().frames_out.fetch_add(1, Relaxed);
        self.counters().bytes_out.fetch_add(frame.len() as u64, Relaxed);
        self.write(connection, frame);
    }

    /// Sends to one connection; the caller counts.
    pub(crate) fn write(&self, connection: &Connection, frames: &Bytes) {
        if debug::is_on() {
            debug::sent(&self.app(connection.who.app), connection.id, frames);
        }
        if !connection.send(frames, self.core.outbox_bytes) {
            self.counters().slow_readers.fetch_add(1, Relaxed);
            self.count(Refusal::SlowReader);
            tracing::info!(refusal = Refusal::SlowReader.row().name, "connection cut");
        }
    }

    /// Closes a connection for a reason, counted.
    pub(crate) fn close(&self, connection: &Connection, refused: impl Into<Refused>) {
        let refused = refused.into();
        if connection.close(&refused, &self.app(connection.who.app)) {
            self.count(refused.refusal);
            let lingers = refused.refusal == Refusal::ReconnectNow && self.core.lingers.load(Relaxed);
            connection.lingers.store(lingers, Relaxed);
        }
    }

    /// One more "no" of this kind.
    pub(crate) fn count(&self, refusal: Refusal) {
        self.counters().refusals.count(refusal);
    }

    /// A new id for a socket of this shard.
    pub(crate) fn new_id(&self) -> SocketId {
        let mut random = [0; 8];
        getrandom::fill(&mut random).expect("the system gives random numbers");
        SocketId::new(self.index, u64::from_ne_bytes(random))
    }

    /// Takes a greeted socket in. Its task is all that is left of the handshake.
    pub(crate) fn admit(self: &Arc<Self>, io: Io, id: SocketId, app: u16, rest: &[u8]) -> Arc<Connection> {
        let authorised_within_s = self.app(app).authorised_within_s;
        let connection = {
            let state = &mut *self.state.lock();
            let serial = state.serial;
            state.serial += 1;
            let place = state.connections.vacant_entry();
            let who = Who { key: key(place.key()), app, serial };
            if let Some(within_s) = authorised_within_s {
                state.users.expect(who.key, self.now_s().saturating_add(within_s));
            }
            place.insert(Arc::new(Connection::new(io, id, who, self.now_s()))).clone()
        };
        tokio::spawn(Reader::new(self.clone(), connection.clone(), rest));
        connection
    }

    /// Takes a pipe in, greeted.
    fn open(self: &Arc<Self>, app: u16, protocol: u8) -> Pipe {
        let id = self.new_id();
        let connection = self.admit(Io::Pipe(Box::default()), id, app, &[]);
        self.send(&connection, &upgrade::hello(&self.app(app), protocol, &id.to_string()));
        Pipe::new(self.core.clone(), connection)
    }

    /// The connection's task has ended. Closing it and undoing what it joined costs several times what it
    /// cost to notice, so that this waits for its turn: when thousands go in one moment, those who stay are heard between.
    pub(crate) fn leave(&self, connection: &Connection) {
        connection.end();
        self.state.lock().leaving.push_back(connection.who.key);
        self.has_leaving.notify_one();
    }

    async fn part(self: Arc<Self>) {
        loop {
            self.has_leaving.notified().await;
            while self.forget_some() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Forgets a few of those who leave. True: there may be more.
    fn forget_some(&self) -> bool {
        for _ in 0..DEPARTURES_PER_TURN {
            let Some(key) = self.state.lock().leaving.pop_front() else { return false };
            self.forget(key);
        }
        true
    }

    fn forget(&self, key: Key) {
        let connection = {
            let state = &mut *self.state.lock();
            let connection = state.connections.try_remove(key as usize);
            if connection.as_ref().is_some_and(|connection| connection.lingers.load(Relaxed)) {
                if state.linger(key) {
                    self.core.has_lingering.store(true, Relaxed);
                }
            } else {
                state.leave(key);
            }
            if state.connections.is_empty() {
                state.connections.shrink_to_fit();
            }
            connection
        };
        if let Some(connection) = connection {
            self.core.release(connection.who.app);
        }
    }

    /// Members of a channel at this moment.
    pub(crate) fn targets(&self, app: u16, channel: &Arc<str>, into: &mut Vec<Arc<Connection>>) {
        let state = &*self.state.lock();
        let members = state.members.members(app, channel);
        into.extend(members.filter_map(|key| state.connections.get(key as usize).cloned()));
    }

    /// Does this connection take a change of a roster?
    pub(crate) fn hears(&self, connection: &Connection, app: u16, channel: &Arc<str>, version: u64) -> bool {
        self.state.lock().members.hears(connection.who.key, app, channel, version)
    }

    pub(crate) fn is_user(&self, connection: &Connection, user_id: &str) -> bool {
        self.state.lock().members.is_user(connection.who.key, user_id)
    }

    /// Hands a client event to every other subscriber of its channel and of the bridged one.
    pub(crate) fn fan_out_client_event(&self, sender: &Connection, accepted: &Accepted) {
        let app = self.app(sender.who.app);
        let except = Exclude { id: sender.id, only_if_user: None };
        let outgoing = &self.core.occupancy.outgoing;
        self.core.fan_out(sender.who.app, accepted.channel(), Some(&except), || accepted.frame(&app));
        outgoing.say(&Item::Event(accepted.told(&app, accepted.channel(), sender.id)));
        if let Some((channel, frame)) = accepted.bridged(&app) {
            self.core.fan_out(sender.who.app, &channel, Some(&except), || frame);
            outgoing.say(&Item::Event(accepted.told(&app, &channel, sender.id)));
        }
        self.core.registry.client_event(sender.who.app);
        if let Some(hook) = self.core.notices.hook(sender.who.app) {
            hook(&Notice::ClientEvent(accepted.notice(&sender.id.to_string())));
        }
    }

    fn revoke(&self, app: u16, what: &Revocation) {
        let now_s = self.now_s();
        let hit: Vec<Arc<Connection>> = {
            let state = &mut *self.state.lock();
            let mut keys = state.members.revoke(app, what, state.serial, now_s);
            if !matches!(what, Revocation::Channel { .. }) {
                keys.extend(state.users.revoked(app, what));
                keys.iter().for_each(|key| state.leave(*key));
            }
            keys.iter().filter_map(|key| state.connections.get(*key as usize).cloned()).collect()
        };
        for connection in hit {
            match what {
                Revocation::User(_) | Revocation::Session(_) => {
                    self.close(&connection, Refusal::Revoked);
                }
                Revocation::Channel { channel, .. } => {
                    self.send(&connection, &subscription_error(channel, &Refusal::ChannelForbidden.into()));
                }
            }
        }
    }

    /// Keys of everybody, or of a channel's subscribers.
    pub(crate) fn keys(&self, channel: Option<(u16, Arc<str>)>) -> Vec<Key> {
        let state = &*self.state.lock();
        match channel {
            Some((app, channel)) => state.members.members(app, &channel).collect(),
            None => state.connections.iter().map(|(at, _)| key(at)).collect(),
        }
    }

    pub(crate) fn connection(&self, key: Key) -> Option<Arc<Connection>> {
        self.state.lock().connections.get(key as usize).cloned()
    }

    fn terminate(&self, app: u16, user_id: &str) {
        let compat = self.app(app).compat;
        let hit: Vec<Arc<Connection>> = {
            let state = &mut *self.state.lock();
            let mut keys = state.users.connections(app, user_id);
            if compat == Compat::Reverb {
                keys.extend(state.members.present_as(app, user_id));
            }
            keys.iter().for_each(|key| state.leave(*key));
            keys.iter().filter_map(|key| state.connections.get(*key as usize).cloned()).collect()
        };
        // Closing what is closing already does nothing: a connection may have been hit twice.
        hit.iter().for_each(|connection| self.close(connection, Refusal::Terminated));
    }

    fn everyone(&self) -> Vec<Arc<Connection>> {
        self.state.lock().connections.iter().map(|(_, connection)| connection.clone()).collect()
    }

    async fn sweep(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(SWEEP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now_s = self.now_s();
            if self.index == 0 {
                self.core.counts.sweep(self.now_ms());
            }
            let state = &mut *self.state.lock();
            state.members.forget_revocations(now_s);
            for key in state.users.strangers(now_s) {
                let Some(connection) = state.connections.get(key as usize) else { continue };
                // Absent: the app has dropped the option meanwhile.
                if let Some(within_s) = self.app(connection.who.app).authorised_within_s {
                    let why = format!("The limit is {within_s} s.");
                    self.close(connection, Refusal::NotAuthorisedInTime.because(why));
                }
            }
            for (_, connection) in &state.connections {
                let app = self.app(connection.who.app);
                if connection.sweep(now_s, &app, self.core.outbox_bytes) == Due::Close {
                    self.count(Refusal::PongTimeout);
                }
            }
        }
    }

    /// Closes all with 4200, evenly over the time: pusher-js comes back at once, and all at
    /// once would be a stampede (contract 1.7).
    async fn drain(self: Arc<Self>, within: Duration) {
        self.close_evenly(within, |_| true, |_| Some(Refusal::ReconnectNow)).await;
    }

    /// Closes the connections of an app that is served no longer, unless it is again before they are through.
    async fn close_app(self: Arc<Self>, app: u16, within: Duration) {
        self.close_evenly(within, |connection| connection.who.app == app, |core| core.registry.closed(app))
            .await;
    }

    async fn close_evenly(
        &self,
        within: Duration,
        whom: impl Fn(&Connection) -> bool,
        why: impl Fn(&Core) -> Option<Refusal>,
    ) {
        let began = tokio::time::Instant::now();
        let close = |connection: &Connection| {
            if let Some(refusal) = why(&self.core) {
                self.close(connection, refusal);
            }
        };
        let all: Vec<_> = self.everyone().into_iter().filter(|connection| whom(connection)).collect();
        for (at, connection) in all.iter().enumerate() {
            let due = began + within.mul_f64(at as f64 / all.len() as f64);
            if due > tokio::time::Instant::now() + DRAIN_TICK {
                tokio::time::sleep_until(due).await;
            }
            close(connection);
        }
        // Whoever came in meanwhile.
        self.everyone().iter().filter(|connection| whom(connection)).for_each(|connection| close(connection));
    }
}

impl Core {
    /// Encodes if anybody listens, and hands the frame to each shard that has subscribers.
    pub(crate) fn fan_out(
        &self,
        app: u16,
        channel: &str,
        except: Option<&Exclude>,
        frame: impl FnOnce() -> Bytes,
    ) {
        let is_tapped = self.taps.is_at(app, channel);
        let found = self.occupancy.shards(app, channel);
        if found.is_none() && !is_tapped {
            return;
        }
        let frame = frame();
        if is_tapped {
            self.taps.note(app, channel, &frame);
        }
        let Some((channel, mut shards)) = found else { return };
        while shards != 0 {
            let shard = shards.trailing_zeros() as usize;
            shards &= shards - 1;
            let except = except.filter(|except| except.id.shard() == shard).cloned();
            let (channel, frame) = (channel.clone(), frame.clone());
            self.lanes[shard].publish(Publish { app, channel, frame, except, version: 0 });
        }
    }
}
