//! This node among the others: takes what they say into the hub's shared tables, and puts into frames
//! what has changed here. Decides in which order it is said; knows nothing of carriers and of the time.

use super::cluster::{Action, Cluster, Foreign, Key, Value};
use super::message::{self, Item, Items, Lost, NodeId, Told};
use crate::hub::Core;
use crate::lane::{Exclude, Order};
use crate::last_event::{Fresh, Stamp};
use crate::socket_id::SocketId;
use crate::{Notice, Revocation};
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use wire::channel;
use wire::frame::ServerFrame;

/// Bytes said in one tick to those who asked for all. A node that has much must not fill Redis's
/// buffers, nor let its signs of life wait.
const TELL_BYTES: usize = 512 * 1024;
/// A stamp further ahead than this says more about a broken clock than about order.
const STAMP_AHEAD_MS: u64 = 24 * 3_600 * 1_000;

/// The hub's side of the bus.
pub(super) struct Node {
    core: Arc<Core>,
    pub(super) cluster: Cluster,
    /// Somebody asked for all that this node has.
    is_asked: bool,
    /// What of it is still to be said.
    telling: Option<VecDeque<Thing>>,
    /// What of it goes into the next frames.
    chunk: Items,
    /// The carrier carries nothing and must be given up.
    pub(super) is_lost: bool,
}

/// Something this node has.
enum Thing {
    Counted(Key),
    Kept(u16, Arc<str>),
}

impl Node {
    pub(super) fn new(core: Arc<Core>, now_ms: u64) -> Node {
        core.occupancy.outgoing.join();
        let cluster = Cluster::new(core.bus.node, now_ms);
        Node { core, cluster, is_asked: false, telling: None, chunk: Items::default(), is_lost: false }
    }

    pub(super) fn carrier_up(&mut self, now_ms: u64) {
        self.core.occupancy.outgoing.set_open(true);
        self.cluster.carrier_up(now_ms);
    }

    pub(super) fn carrier_down(&mut self) {
        (self.telling, self.chunk) = (None, Items::default());
        self.core.occupancy.outgoing.set_open(false);
        if let Some(action) = self.cluster.carrier_down() {
            self.act(action);
        }
    }

    /// Nobody is at the other end any more, and nobody will come back.
    pub(super) fn carrier_ended(&mut self, now_ms: u64) {
        (self.telling, self.chunk) = (None, Items::default());
        self.core.occupancy.outgoing.set_open(false);
        self.cluster.carrier_ended(now_ms).into_iter().for_each(|action| self.act(action));
    }

    /// Takes a frame as the carrier brought it.
    pub(super) fn hear(&mut self, frame: &[u8], now_ms: u64) {
        let core = self.core.clone();
        let app = |id: &str| core.registry.number_by_id(id);
        match self.cluster.hear(frame, now_ms, &app) {
            Ok(actions) => actions.into_iter().for_each(|action| self.act(action)),
            Err(Foreign) => {
                if core.bus.counters.foreign.fetch_add(1, Relaxed) == 0 {
                    tracing::warn!("something on the bus is not of a node of this version, and is ignored");
                }
            }
        }
    }

    /// To be called some twenty times a second.
    pub(super) fn tick(&mut self, now_ms: u64) {
        self.cluster.tick(now_ms).into_iter().for_each(|action| self.act(action));
        self.tell_some();
    }

    fn act(&mut self, action: Action<'_>) {
        let core = &self.core;
        match action {
            Action::Changed { node, key, from, to } => core.changed_elsewhere(node, key, from, to),
            Action::TellAll => self.is_asked = true,
            Action::Event { node, told } => core.hear_event(node, &told),
            Action::Kept { node, told, ttl_ms } => core.hear_kept(node, &told, ttl_ms),
            Action::Revoke { app, what } => {
                let what = match what {
                    Lost::User(user) => Revocation::User(user.to_owned()),
                    Lost::Session(session) => Revocation::Session(session.to_owned()),
                    Lost::Channel { user, channel } => {
                        Revocation::Channel { user: user.to_owned(), channel: channel.to_owned() }
                    }
                };
                if let Some(app) = core.registry.number_by_id(app) {
                    core.revoke_here(app, &what);
                }
            }
            Action::Terminate { app, user } => {
                if let Some(app) = core.registry.number_by_id(app) {
                    core.terminate_here(app, user);
                }
            }
            Action::Word(word) => core.bus.hear_word(word),
            Action::Away => tracing::warn!(
                "the other nodes cannot be reached: events reach this node's clients only, and who is present elsewhere stays as it was"
            ),
            Action::Back => tracing::info!("the way to the other nodes is open"),
            Action::Reconnect => self.is_lost = true,
        }
    }

    /// All that there is to say, as frames.
    ///
    /// Who came stands before the events and who left behind them, so that nobody hears of somebody
    /// whom they do not know.
    pub(super) fn frames(&mut self, now_ms: u64) -> Vec<Vec<u8>> {
        let mut items = std::mem::take(&mut self.cluster.say);
        if !self.cluster.is_open() {
            return Vec::new();
        }
        let outgoing = &self.core.occupancy.outgoing;
        items.append(&outgoing.take_revocations(now_ms));
        items.append(&std::mem::take(&mut self.chunk));
        // In this order: who said something was marked as there before.
        let (events, mut gone) = (outgoing.take_items(), Items::default());
        for key in outgoing.take_changed() {
            self.say_one(&key, &mut items, &mut gone);
        }
        items.append(&events);
        items.append(&gone);
        let (me, cluster) = (self.cluster.me(), &mut self.cluster);
        items.frames(me, || cluster.next_number(now_ms))
    }

    /// Says how much of something this node has: in `here` if it has any.
    fn say_one(&self, key: &Key, here: &mut Items, gone: &mut Items) {
        let core = &self.core;
        let mut say = |key: message::Key<'_>, value: message::Value<'_>| {
            let is_gone = matches!(value, message::Value::Nothing | message::Value::Number(0));
            let items: &mut Items = if is_gone { gone } else { here };
            items.push(&Item::Have(key, value));
        };
        match key {
            Key::Subscriptions { app, channel } => {
                let count = core.occupancy.subscriptions_here(*app, channel);
                let app = core.registry.shared(*app);
                say(message::Key::Subscriptions { app: &app.id, channel }, message::Value::Number(count));
            }
            Key::Member { app, channel, user } => {
                let info = core.rosters.info_here(*app, channel, user);
                let value = info.as_deref().map_or(message::Value::Nothing, message::Value::Text);
                let app = core.registry.shared(*app);
                say(message::Key::Member { app: &app.id, channel, user }, value);
            }
            Key::Connections { app } => {
                let count = u32::try_from(core.registry.connections(*app)).unwrap_or(u32::MAX);
                let app = core.registry.shared(*app);
                say(message::Key::Connections { app: &app.id }, message::Value::Number(count));
            }
            Key::User { app, user } => {
                let is_here = core.users.is_here(&(*app, user.clone()));
                let app = core.registry.shared(*app);
                say(message::Key::User { app: &app.id, user }, message::Value::Number(is_here.into()));
            }
        }
    }

    fn say_kept(&self, app: u16, channel: &str, items: &mut Items) {
        let now_ms = self.core.now_ms();
        let Some(last) = self.core.last_events.last(app, channel, now_ms) else { return };
        let app = self.core.registry.shared(app);
        let told = Told {
            app: &app.id,
            channel,
            event: &last.event,
            data: Some(&last.data),
            user_id: last.user_id.as_deref(),
            except: None,
            is_client: false,
            stamp: last.stamp.at,
        };
        items.push(&Item::Kept { told, ttl_ms: last.until_ms - now_ms, node: last.stamp.node });
    }

    /// Everything this node has, by name.
    fn things(&self) -> VecDeque<Thing> {
        let core = &self.core;
        let apps: Vec<u16> = core.registry.numbered().into_iter().map(|(app, _)| app).collect();
        let mut keys: Vec<Key> = apps.iter().map(|app| Key::Connections { app: *app }).collect();
        for app in apps {
            let channels = core.occupancy.list_here(app).into_iter();
            keys.extend(channels.map(|channel| Key::Subscriptions { app, channel }));
        }
        keys.extend(core.rosters.everybody_here());
        keys.extend(core.users.everybody_here());
        let kept = core.last_events.channels().into_iter().map(|(app, channel)| Thing::Kept(app, channel));
        keys.into_iter().map(Thing::Counted).chain(kept).collect()
    }

    /// Says the next part of all that this node has. What changes between the parts is said as any
    /// change is, so whoever listens has all of it in the end.
    fn tell_some(&mut self) {
        if self.telling.is_none() && self.is_asked && self.cluster.is_open() {
            self.is_asked = false;
            self.telling = Some(self.things());
            self.chunk.push(&Item::Begin);
        }
        let Some(mut things) = self.telling.take() else { return };
        let mut chunk = std::mem::take(&mut self.chunk);
        while chunk.bytes() < TELL_BYTES {
            match things.pop_front() {
                Some(Thing::Counted(key)) => self.say_one(&key, &mut chunk, &mut Items::default()),
                Some(Thing::Kept(app, channel)) => self.say_kept(app, &channel, &mut chunk),
                None => {
                    chunk.push(&Item::End);
                    self.chunk = chunk;
                    return;
                }
            }
        }
        (self.telling, self.chunk) = (Some(things), chunk);
    }
}

impl Core {
    /// Another node has more or less of something than before.
    fn changed_elsewhere(&self, node: NodeId, key: Key, from: Option<Value>, to: Option<Value>) {
        let number = |value: &Option<Value>| match value {
            Some(Value::Number(number)) => *number,
            Some(Value::Text(_)) | None => 0,
        };
        match key {
            Key::Subscriptions { app, channel } => {
                self.occupancy.elsewhere.put_subscriptions(app, &channel, number(&from), number(&to));
                let channel = &*channel;
                self.counts.changed_elsewhere(app, channel);
                if (from.is_none() || to.is_none()) && self.occupancy.shards(app, channel).is_none() {
                    self.notices.raise(app, || Notice::Occupancy { channel });
                }
                if channel::Kind::of(channel).access != channel::Access::Presence {
                    self.notices.raise(app, || Notice::SubscriptionCount { channel });
                }
            }
            Key::User { app, user } => self.users.put_elsewhere(&(app, user), from.is_some(), to.is_some()),
            Key::Connections { app } => {
                self.occupancy.elsewhere.put_connections(app, number(&from), number(&to));
            }
            Key::Member { app, channel, user } => {
                let info = |value: Option<Value>| match value {
                    Some(Value::Text(info)) => Some(info),
                    Some(Value::Number(_)) | None => None,
                };
                let (from, to) = (info(from), info(to));
                // Left and came back as somebody else before it could be said.
                if from.is_some() && to.is_some() {
                    self.rosters.put_elsewhere(app, &channel, &user, node, None);
                }
                self.rosters.put_elsewhere(app, &channel, &user, node, to.as_deref());
            }
        }
    }

    /// Gives an event of another node to the subscribers here.
    fn hear_event(&self, node: NodeId, told: &Told<'_>) {
        let Some(app) = self.registry.number_by_id(told.app) else { return };
        let except = told.except.map(|(socket, only_if_user)| Exclude {
            id: SocketId::from_number(socket),
            only_if_user: only_if_user.map(Into::into),
        });
        if told.stamp != 0 {
            self.keep(app, told, Stamp { at: told.stamp, node }, u64::MAX);
        }
        self.fan_out(app, told.channel, except.as_ref(), || encode(told));
    }

    /// Keeps the last event of a cache channel, as another node has it.
    fn hear_kept(&self, node: NodeId, told: &Told<'_>, ttl_ms: u64) {
        if let Some(app) = self.registry.number_by_id(told.app) {
            self.keep(app, told, Stamp { at: told.stamp, node }, ttl_ms);
        }
    }

    fn keep(&self, app: u16, told: &Told<'_>, stamp: Stamp, ttl_ms: u64) {
        let Told { channel, event, data, user_id, .. } = *told;
        let fresh = Fresh { channel, event, data: data.unwrap_or_default(), user_id };
        let clock = self.clock();
        let stamp = Stamp { at: stamp.at.min(clock.unix_ms + STAMP_AHEAD_MS), ..stamp };
        self.last_events.keep_later(app, fresh, encode(told), stamp, ttl_ms, clock.now_ms);
    }

    /// Tells this node's shards.
    pub(crate) fn terminate_here(&self, app: u16, user_id: &str) {
        let user_id: Arc<str> = user_id.into();
        for lane in self.lanes.iter() {
            lane.tell(Order::Terminate { app, user_id: user_id.clone() });
        }
    }

    /// Tells this node's shards.
    pub(crate) fn revoke_here(&self, app: u16, what: &Revocation) {
        for lane in self.lanes.iter() {
            lane.tell(Order::Revoke { app, what: what.clone() });
        }
    }
}

fn encode(told: &Told<'_>) -> Bytes {
    let Told { channel, event, data, user_id, .. } = *told;
    if told.is_client {
        return ServerFrame::ClientEvent { channel, event, data, user_id }.encode();
    }
    ServerFrame::Event { channel, event, data: data.unwrap_or_default(), user_id }.encode()
}

/// How a revocation is said.
pub(crate) fn lost(what: &Revocation) -> Lost<'_> {
    match what {
        Revocation::User(user) => Lost::User(user),
        Revocation::Session(session) => Lost::Session(session),
        Revocation::Channel { user, channel } => Lost::Channel { user, channel },
    }
}
