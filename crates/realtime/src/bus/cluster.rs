//! Which nodes there are and what each of them has, from what is heard of them: a state machine without
//! I/O and without a clock. Decides who is alive, when to be silent about who is not, and what changed;
//! knows nothing of carriers and of what having means.
//!
//! A node says its changes as a numbered stream, and everybody hears every stream, its own among them.
//! A number that is missing leads to a question, and the answer is all that the node has. A node of
//! which nothing was heard for the time of a lease has left. Whoever does not hear itself knows that not
//! the others are away but the way to them, and lets no lease end until it hears itself again (ruling 20).

use super::message::{self, Item, Items, Lost, NodeId, Told, Value as Said};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Milliseconds between two signs of life.
const BEAT_MS: u64 = 500;
/// Milliseconds of silence after which a node has left: a good second within the 5 s that its members may
/// stay, for busy machines; and by more than a beat longer than it takes to notice that nothing is heard.
const LEASE_MS: u64 = 3_500;
/// The same when the way to the others has just come back: they may find it later than we did.
const HEALED_LEASE_MS: u64 = 6_000;
/// Milliseconds without hearing oneself after which the way to the others is away.
const ECHO_MS: u64 = 2_500;
/// Milliseconds between two looks at the clock from which on this node must have been paused.
const PAUSE_MS: u64 = 2_000;
/// Milliseconds for which at most a departure is held back until all is known of the others.
const HELD_BACK_MS: u64 = 8_000;
/// Milliseconds until an answer that did not come is asked for again.
const ASK_AGAIN_MS: u64 = 1_000;
/// Milliseconds for which late frames of a node that has left are known for what they are.
const REMEMBERED_MS: u64 = 120_000;

/// What a node can have; apps by this hub's index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Subscriptions { app: u16, channel: Arc<str> },
    Member { app: u16, channel: Arc<str>, user: Arc<str> },
    Connections { app: u16 },
    User { app: u16, user: Arc<str> },
}

/// How much of it; what a node has not is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Number(u32),
    Text(Arc<str>),
}

/// What the owner of a cluster has to do, in order.
#[derive(Debug, PartialEq)]
pub(crate) enum Action<'a> {
    /// What a node has changed.
    Changed {
        node: NodeId,
        key: Key,
        from: Option<Value>,
        to: Option<Value>,
    },
    /// Somebody asked for all that this node has.
    TellAll,
    Event {
        node: NodeId,
        told: Told<'a>,
    },
    Kept {
        node: NodeId,
        told: Told<'a>,
        ttl_ms: u64,
    },
    Revoke {
        app: &'a str,
        what: Lost<'a>,
    },
    Terminate {
        app: &'a str,
        user: &'a str,
    },
    Word(&'a str),
    /// The way to the others is gone.
    Away,
    /// It is there again.
    Back,
    /// A carrier that says it is up carries nothing.
    Reconnect,
}

/// A frame that no node of ours sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Foreign;

/// How an app is called here.
pub(crate) type AppIndex<'a> = &'a dyn Fn(&str) -> Option<u16>;

/// This node and all others.
pub(crate) struct Cluster {
    me: NodeId,
    /// Number of this node's last frame.
    number: u64,
    sight: Sight,
    next_beat_ms: u64,
    /// When the clock was last looked at.
    seen_ms: u64,
    peers: HashMap<NodeId, Peer>,
    /// Nodes that have left: the number of their last frame, and when that was.
    gone: HashMap<NodeId, (u64, u64)>,
    /// Since when departures are held back: who left one node may have come to another of which not
    /// all is known yet, and has not left then.
    held_back_ms: Option<u64>,
    /// A frame of this node that has not come back yet: its number, and when it was said.
    under_way: Option<(u64, u64)>,
    /// How long the last one took.
    lag_ms: Option<u64>,
    /// Items of the cluster's own, for the next frame.
    pub(crate) say: Items,
}

/// Can the others be heard?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// There is no way to them.
    Away,
    /// There seems to be one: it is when a frame of this number comes back.
    Waiting { number: u64, since_ms: u64 },
    /// This node last heard itself then.
    Clear { echo_ms: u64 },
}

/// What is known of another node.
struct Peer {
    /// Number of its last frame.
    number: u64,
    lease_until_ms: u64,
    has: HashMap<Key, Value>,
    /// Is `has` all of it? If not, when to ask next.
    ask_at_ms: Option<u64>,
    /// What has been named since it began to name all.
    named: Option<HashSet<Key>>,
    /// What it has no longer, and nobody has been told yet.
    lost: HashSet<Key>,
}

impl Cluster {
    pub(crate) fn new(me: NodeId, now_ms: u64) -> Cluster {
        Cluster {
            me,
            number: 0,
            sight: Sight::Away,
            next_beat_ms: 0,
            seen_ms: now_ms,
            peers: HashMap::new(),
            gone: HashMap::new(),
            held_back_ms: None,
            under_way: None,
            lag_ms: None,
            say: Items::default(),
        }
    }

    pub(crate) fn me(&self) -> NodeId {
        self.me
    }

    /// The number of this node's next frame.
    pub(crate) fn next_number(&mut self, now_ms: u64) -> u64 {
        self.number += 1;
        self.under_way.get_or_insert((self.number, now_ms));
        self.number
    }

    /// Milliseconds from saying something to hearing it oneself, lately.
    pub(crate) fn lag_ms(&self) -> Option<u64> {
        self.lag_ms
    }

    /// Other nodes that are alive.
    pub(crate) fn nodes(&self) -> usize {
        self.peers.len()
    }

    /// Can the others be heard?
    pub(crate) fn is_clear(&self) -> bool {
        matches!(self.sight, Sight::Clear { .. })
    }

    /// Is there a way to the others, as far as is known?
    pub(crate) fn is_open(&self) -> bool {
        !matches!(self.sight, Sight::Away)
    }

    /// Is all known that the others have?
    pub(crate) fn is_whole(&self) -> bool {
        self.is_clear() && self.knows_all()
    }

    fn knows_all(&self) -> bool {
        self.peers.values().all(|peer| peer.ask_at_ms.is_none())
    }

    /// There is a way to the others, new or again. What was said meanwhile went nowhere, so a number
    /// is left out, and everybody asks everybody.
    pub(crate) fn carrier_up(&mut self, now_ms: u64) {
        self.number += 1;
        self.ask_everybody(now_ms);
        self.look(now_ms);
    }

    /// The way to the others is gone.
    pub(crate) fn carrier_down(&mut self) -> Option<Action<'static>> {
        let was_clear = self.is_clear();
        (self.sight, self.under_way) = (Sight::Away, None);
        was_clear.then_some(Action::Away)
    }

    /// The way to the others is gone for good, and so are they.
    pub(crate) fn carrier_ended(&mut self, now_ms: u64) -> Vec<Action<'static>> {
        self.sight = Sight::Away;
        let mut actions = Vec::new();
        for node in self.peers.keys().copied().collect::<Vec<_>>() {
            self.forget(node, now_ms, &mut actions);
        }
        actions
    }

    /// Lets no lease end until a frame from now on comes back.
    fn look(&mut self, now_ms: u64) {
        self.sight = Sight::Waiting { number: self.number + 1, since_ms: now_ms };
        self.next_beat_ms = now_ms;
        self.seen_ms = now_ms;
        self.beat(now_ms);
    }

    fn beat(&mut self, now_ms: u64) {
        if now_ms >= self.next_beat_ms {
            self.next_beat_ms = now_ms + BEAT_MS;
            self.say.push(&Item::Beat);
        }
    }

    /// A node that was paused may have left to the others, and has not heard them either.
    fn notice_pause(&mut self, now_ms: u64, actions: &mut Vec<Action<'_>>) {
        if now_ms.saturating_sub(self.seen_ms) > PAUSE_MS && self.is_clear() {
            actions.push(Action::Away);
            self.look(now_ms);
        }
        self.seen_ms = now_ms;
    }

    /// To be called often, and after everything that waited was heard.
    pub(crate) fn tick(&mut self, now_ms: u64) -> Vec<Action<'static>> {
        let mut actions = Vec::new();
        self.notice_pause(now_ms, &mut actions);
        match self.sight {
            Sight::Away => return actions,
            Sight::Waiting { since_ms, number } if now_ms > since_ms + ECHO_MS => {
                self.sight = Sight::Waiting { number, since_ms: now_ms };
                actions.push(Action::Reconnect);
            }
            Sight::Clear { echo_ms } if now_ms > echo_ms + ECHO_MS => {
                actions.extend([Action::Away, Action::Reconnect]);
                self.look(now_ms);
            }
            Sight::Clear { .. } => self.end_leases(now_ms, &mut actions),
            Sight::Waiting { .. } => {}
        }
        self.beat(now_ms);
        let asked = self.peers.iter_mut().filter_map(|(node, peer)| {
            let ask = peer.ask_at_ms.as_mut().filter(|at_ms| **at_ms <= now_ms)?;
            *ask = now_ms + ASK_AGAIN_MS;
            Some(Item::Ask(*node))
        });
        asked.for_each(|ask| {
            self.say.push(&ask);
        });
        self.tell_lost(now_ms, &mut actions);
        actions
    }

    fn end_leases(&mut self, now_ms: u64, actions: &mut Vec<Action<'_>>) {
        let over = self.peers.iter().filter(|(_, peer)| peer.lease_until_ms <= now_ms);
        for node in over.map(|(node, _)| *node).collect::<Vec<_>>() {
            tracing::info!(node, "another node was not heard of for too long, and has left");
            self.forget(node, now_ms, actions);
        }
        self.gone.retain(|_, (_, at_ms)| *at_ms + REMEMBERED_MS > now_ms);
    }

    /// All that a node had is gone with it.
    fn forget(&mut self, node: NodeId, now_ms: u64, actions: &mut Vec<Action<'_>>) {
        let Some(peer) = self.peers.remove(&node) else { return };
        self.gone.insert(node, (peer.number, now_ms));
        let gone = peer.has.into_iter();
        actions.extend(gone.map(|(key, from)| Action::Changed { node, key, from: Some(from), to: None }));
    }

    /// Takes a frame, of this node or of another.
    pub(crate) fn hear<'a>(
        &mut self,
        frame: &'a [u8],
        now_ms: u64,
        app: AppIndex<'_>,
    ) -> Result<Vec<Action<'a>>, Foreign> {
        let (head, rest) = message::head(frame).ok_or(Foreign)?;
        let mut actions = Vec::new();
        self.notice_pause(now_ms, &mut actions);
        if head.node == self.me {
            self.hear_myself(head.number, now_ms, &mut actions);
            return Ok(actions);
        }
        let items = message::items(rest).ok_or(Foreign)?;
        if !self.is_next(head, now_ms) {
            return Ok(actions);
        }
        for item in items {
            self.take(head.node, item, now_ms, app, &mut actions);
        }
        self.tell_lost(now_ms, &mut actions);
        Ok(actions)
    }

    fn hear_myself(&mut self, number: u64, now_ms: u64, actions: &mut Vec<Action<'_>>) {
        if let Some((_, said_ms)) = self.under_way.take_if(|(said, _)| *said <= number) {
            self.lag_ms = Some(now_ms.saturating_sub(said_ms));
        }
        match self.sight {
            Sight::Waiting { number: least, .. } if number >= least => {
                for peer in self.peers.values_mut() {
                    peer.lease_until_ms = now_ms + HEALED_LEASE_MS;
                }
                self.held_back_ms = None;
                self.sight = Sight::Clear { echo_ms: now_ms };
                actions.push(Action::Back);
            }
            Sight::Clear { .. } => self.sight = Sight::Clear { echo_ms: now_ms },
            Sight::Away | Sight::Waiting { .. } => {}
        }
    }

    /// Is this frame new? Notes that its node is alive, and what was missed.
    fn is_next(&mut self, head: message::Head, now_ms: u64) -> bool {
        if self.gone.get(&head.node).is_some_and(|(last, _)| head.number <= *last) {
            return false;
        }
        let is_new = !self.peers.contains_key(&head.node);
        let peer = self.peers.entry(head.node).or_insert_with(|| {
            tracing::info!(node = head.node, "another node is there");
            Peer {
                number: 0,
                lease_until_ms: 0,
                has: HashMap::new(),
                ask_at_ms: Some(now_ms),
                named: None,
                lost: HashSet::new(),
            }
        });
        if head.number <= peer.number {
            return false;
        }
        if !is_new && head.number > peer.number + 1 {
            (peer.ask_at_ms, peer.named) = (Some(now_ms), None);
        }
        peer.number = head.number;
        peer.lease_until_ms = peer.lease_until_ms.max(now_ms + LEASE_MS);
        true
    }

    fn take<'a>(
        &mut self,
        node: NodeId,
        item: Item<'a>,
        now_ms: u64,
        app: AppIndex<'_>,
        actions: &mut Vec<Action<'a>>,
    ) {
        match item {
            Item::Beat => {}
            Item::Bye => {
                tracing::info!(node, "another node said that it ends");
                self.forget(node, now_ms, actions);
                self.gone.insert(node, (u64::MAX, now_ms));
            }
            Item::Ask(whom) => {
                if whom == self.me {
                    actions.push(Action::TellAll);
                }
            }
            Item::Begin => self.begin(node, now_ms),
            Item::Have(key, value) => {
                if let Some(key) = own_key(key, app) {
                    self.have(node, key, own_value(value), now_ms, actions);
                }
            }
            Item::End => self.end(node),
            Item::Kept { told, ttl_ms, node } => actions.push(Action::Kept { node, told, ttl_ms }),
            Item::Event(told) => actions.push(Action::Event { node, told }),
            Item::Revoke { app, what } => actions.push(Action::Revoke { app, what }),
            Item::Terminate { app, user } => actions.push(Action::Terminate { app, user }),
            Item::Word(word) => actions.push(Action::Word(word)),
        }
    }

    /// A node begins to name all that it has. That matters only if something of it was missed.
    fn begin(&mut self, node: NodeId, now_ms: u64) {
        let Some(peer) = self.peers.get_mut(&node) else { return };
        if let Some(at_ms) = &mut peer.ask_at_ms {
            *at_ms = now_ms + ASK_AGAIN_MS;
            peer.named = Some(HashSet::new());
        }
    }

    fn have(
        &mut self,
        node: NodeId,
        key: Key,
        to: Option<Value>,
        now_ms: u64,
        actions: &mut Vec<Action<'_>>,
    ) {
        // Absent when a frame goes on behind a good-bye.
        let Some(peer) = self.peers.get_mut(&node) else { return };
        if let (Some(named), Some(at_ms)) = (&mut peer.named, &mut peer.ask_at_ms) {
            *at_ms = now_ms + ASK_AGAIN_MS;
            named.insert(key.clone());
        }
        let Some(value) = &to else {
            if peer.has.contains_key(&key) {
                peer.lost.insert(key);
            }
            return;
        };
        peer.lost.remove(&key);
        let from = peer.has.insert(key.clone(), value.clone());
        if from != to {
            actions.push(Action::Changed { node, key, from, to });
        }
    }

    /// A node has named all that it has.
    fn end(&mut self, node: NodeId) {
        let Some(peer) = self.peers.get_mut(&node) else { return };
        let Some(named) = peer.named.take() else { return };
        peer.ask_at_ms = None;
        peer.lost.extend(peer.has.keys().filter(|key| !named.contains(key)).cloned());
    }

    /// Tells what nodes have no longer, as soon as all is known of all of them.
    fn tell_lost(&mut self, now_ms: u64, actions: &mut Vec<Action<'_>>) {
        if self.peers.values().all(|peer| peer.lost.is_empty()) {
            self.held_back_ms = None;
            return;
        }
        let since_ms = *self.held_back_ms.get_or_insert(now_ms);
        if !self.knows_all() && now_ms < since_ms + HELD_BACK_MS {
            return;
        }
        self.held_back_ms = None;
        for (node, peer) in &mut self.peers {
            for key in peer.lost.drain() {
                let from = peer.has.remove(&key);
                actions.push(Action::Changed { node: *node, key, from, to: None });
            }
        }
    }

    /// Something of what the others said went by.
    pub(crate) fn ask_everybody(&mut self, now_ms: u64) {
        for peer in self.peers.values_mut() {
            (peer.ask_at_ms, peer.named) = (Some(now_ms), None);
        }
    }
}

/// A key as this hub knows it; `None` when the app is not known here.
fn own_key(key: message::Key<'_>, index: AppIndex<'_>) -> Option<Key> {
    Some(match key {
        message::Key::Subscriptions { app, channel } => {
            Key::Subscriptions { app: index(app)?, channel: channel.into() }
        }
        message::Key::Member { app, channel, user } => {
            Key::Member { app: index(app)?, channel: channel.into(), user: user.into() }
        }
        message::Key::Connections { app } => Key::Connections { app: index(app)? },
        message::Key::User { app, user } => Key::User { app: index(app)?, user: user.into() },
    })
}

fn own_value(value: Said<'_>) -> Option<Value> {
    match value {
        Said::Nothing | Said::Number(0) => None,
        Said::Number(number) => Some(Value::Number(number)),
        Said::Text(text) => Some(Value::Text(text.into())),
    }
}
