//! Many nodes against a naive model: whatever joins, doubles and leaves, and whatever happens to nodes
//! and to the way between them, everybody hears of each user and of each event exactly once.

#![allow(clippy::unwrap_used)]
use super::node::Node;
use crate::hub::Core;
use crate::membership::{Key, Membership, Principal, Who};
use crate::roster::Entry;
use crate::socket_id::SocketId;
use crate::{App, Config, Event, Except};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use testkit::dice::Dice;

const CHANNEL: &str = "presence-cache-x";
const NODES: usize = 3;
const KEYS: u32 = 2;
const USERS: u64 = 3;
/// Milliseconds of one step of time; coarser than the bus's own ticks, which only makes it harder.
const STEP_MS: u64 = 250;
/// Longer than every lease.
const SETTLED_MS: u64 = 12_000;

/// What may happen beside joining, leaving and publishing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weather {
    /// Nodes come, say good-bye and die.
    Calm,
    /// Redis goes away, hangs and comes back.
    Outages,
    /// All that, and single nodes are cut off or paused.
    Storm,
}

/// A subscriber.
struct Listener {
    user: String,
    id: SocketId,
    /// When it came, as a count of all that happened.
    since: u64,
    /// Who it takes for present.
    believed: BTreeSet<String>,
    heard: HashSet<u64>,
    /// The last event of each publisher, by the number of its node's life.
    last: HashMap<u64, u64>,
}

struct Life {
    /// Of all nodes that ever lived.
    number: u64,
    core: Arc<Core>,
    node: Node,
    table: Membership,
    listeners: BTreeMap<Key, Listener>,
    /// Frames on their way to it.
    inbox: VecDeque<Vec<u8>>,
    is_connected: bool,
    /// Does it know what became of its connection?
    knows: bool,
    reconnects_ms: u64,
    is_paused: bool,
    /// Who left here since all was last known to all: that is told at once.
    departed: BTreeSet<String>,
    /// Was it ever out of the others' sight? Then they may have taken it for dead.
    was_unseen: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Redis {
    Up,
    Down,
    /// It takes everything and gives nothing.
    Hangs,
}

struct World {
    seed: u64,
    dice: Dice,
    weather: Weather,
    now_ms: u64,
    /// Counts all that happens.
    count: u64,
    lives: Vec<Option<Life>>,
    lived: u64,
    redis: Redis,
    held: Vec<Vec<u8>>,
    /// What it held and gives behind what was said later, as it does with a connection that was given up.
    late: Vec<Vec<u8>>,
    events: u64,
    /// Events that somebody must still hear: which, and who.
    owed: Vec<(u64, BTreeSet<SocketKey>)>,
    /// Nothing goes wrong, and all is known to all.
    is_settled: bool,
    /// Whoever is present since then is known to all, or will be before anybody is told of departures.
    known_count: u64,
}

/// A listener: the number of its node's life, its key and its socket.
type SocketKey = (u64, Key, u64);

fn core() -> Arc<Core> {
    let apps = vec![App::new("1", "k", "s")];
    let config = Config { shards: 1, apps, path_prefix: String::new(), max_connections: 9, outbox_bytes: 0 };
    Arc::new(Core::new(config).unwrap())
}

fn data(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap()
}

fn who(key: Key) -> Who {
    Who { key, app: 0, serial: key }
}

impl Life {
    fn begin(number: u64, now_ms: u64) -> Life {
        let core = core();
        let table = Membership::new(
            0,
            core.occupancy.clone(),
            core.rosters.clone(),
            core.users.clone(),
            core.notices.clone(),
            core.counts.clone(),
        );
        Life {
            number,
            node: Node::new(core.clone(), now_ms),
            core,
            table,
            listeners: BTreeMap::new(),
            inbox: VecDeque::new(),
            is_connected: false,
            knows: true,
            reconnects_ms: now_ms,
            is_paused: false,
            departed: BTreeSet::new(),
            was_unseen: false,
        }
    }

    fn join(&mut self, key: Key, user: &str, random: u64, count: u64) {
        let principal = Principal::new(user);
        let entry = Entry { info: "{}", most_members: 100 };
        let roster = self.table.join_presence(who(key), CHANNEL, principal, entry).unwrap();
        let ids = data(&roster)["presence"]["ids"].as_array().unwrap().clone();
        let believed: BTreeSet<String> = ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        assert!(believed.contains(user), "the roster includes oneself");
        let id = SocketId::new(0, random);
        let (heard, last) = (HashSet::new(), HashMap::new());
        self.listeners
            .insert(key, Listener { user: user.to_owned(), id, since: count, believed, heard, last });
    }

    fn cut(&mut self, now_ms: u64, pause_ms: u64) {
        self.inbox.clear();
        (self.is_connected, self.knows) = (false, false);
        self.reconnects_ms = now_ms + pause_ms;
    }
}

impl World {
    fn new(seed: u64, weather: Weather) -> World {
        let mut world = World {
            seed,
            dice: Dice::new(seed),
            weather,
            now_ms: 10_000,
            count: 0,
            lives: Vec::new(),
            lived: 0,
            redis: Redis::Up,
            held: Vec::new(),
            late: Vec::new(),
            events: 0,
            owed: Vec::new(),
            is_settled: false,
            known_count: 0,
        };
        (0..NODES).for_each(|_| {
            let life = world.begin();
            world.lives.push(Some(life));
        });
        world
    }

    fn begin(&mut self) -> Life {
        self.lived += 1;
        Life::begin(self.lived, self.now_ms)
    }

    fn alive(&mut self) -> Option<usize> {
        let at = self.dice.below(NODES as u64) as usize;
        self.lives[at].as_ref().filter(|life| !life.is_paused).map(|_| at)
    }

    /// Something is wrong from now on: not everything arrives.
    fn trouble(&mut self) {
        self.is_settled = false;
        self.owed.clear();
    }

    fn act(&mut self) {
        match self.dice.below(20) {
            0..6 => self.join(),
            6..9 => self.leave(),
            9..13 => self.publish(),
            13..16 => self.step(),
            16 => (0..self.dice.below(24)).for_each(|_| self.step()),
            17 => self.flush_one(),
            _ if self.weather == Weather::Calm => self.come_or_go(),
            18 if self.weather == Weather::Storm => self.come_or_go(),
            18 => self.change_redis(),
            _ if self.weather == Weather::Storm => self.hide(),
            _ => self.change_redis(),
        }
    }

    fn join(&mut self) {
        let Some(at) = self.alive() else { return };
        let (key, user) = (self.dice.below(u64::from(KEYS)) as Key, self.dice.below(USERS));
        let (random, count) = (self.dice.below(u64::MAX), self.count);
        let life = self.lives[at].as_mut().unwrap();
        if !life.listeners.contains_key(&key) {
            life.join(key, &format!("user{user}"), random, count);
        }
    }

    fn leave(&mut self) {
        let Some(at) = self.alive() else { return };
        let (key, drops) = (self.dice.below(u64::from(KEYS)) as Key, self.dice.below(2) == 0);
        self.deliver(at);
        let life = self.lives[at].as_mut().unwrap();
        if let Some(listener) = life.listeners.remove(&key) {
            life.departed.insert(listener.user);
            if drops {
                life.table.leave_all(key);
            } else {
                assert!(life.table.leave(who(key), CHANNEL));
            }
            self.forgive();
        }
    }

    /// Nothing is owed to those who are gone.
    fn forgive(&mut self) {
        let here: BTreeSet<SocketKey> = self.sockets();
        self.owed.iter_mut().for_each(|(_, sockets)| sockets.retain(|socket| here.contains(socket)));
    }

    fn sockets(&self) -> BTreeSet<SocketKey> {
        let of = |life: &Life| {
            let number = life.number;
            let keys = life.listeners.iter().map(move |(key, l)| (number, *key, l.id.number()));
            keys.collect::<Vec<_>>()
        };
        self.lives.iter().flatten().flat_map(of).collect()
    }

    fn publish(&mut self) {
        let Some(at) = self.alive() else { return };
        self.events += 1;
        let mut sockets = self.sockets();
        let left_out = sockets.iter().nth(self.dice.below(8) as usize).copied();
        left_out.map(|socket| sockets.remove(&socket));
        let socket_id = left_out.map(|(.., id)| SocketId::from_number(id).to_string());
        let life = self.lives[at].as_ref().unwrap();
        let text = format!("{}.{}.{}", self.events, life.number, left_out.map_or(0, |(.., id)| id));
        let except = socket_id.as_deref().map(|socket_id| Except { socket_id, only_if_user: None });
        life.core.publish(0, Event { channel: CHANNEL, event: "told", data: &text, user_id: None, except });
        if self.is_settled {
            self.owed.push((self.events, sockets));
        }
    }

    fn come_or_go(&mut self) {
        let at = self.dice.below(NODES as u64) as usize;
        self.trouble();
        match self.lives[at].take() {
            None => self.lives[at] = Some(self.begin()),
            Some(mut life) if self.dice.below(3) == 0 && life.is_connected && !life.is_paused => {
                life.node.cluster.say.push(&super::message::Item::Bye);
                let frames = life.node.frames(self.now_ms);
                self.carry(frames);
            }
            Some(_) => {}
        }
    }

    fn change_redis(&mut self) {
        self.trouble();
        (0..NODES).for_each(|at| self.deliver(at));
        let was_down = self.redis == Redis::Down;
        self.redis = match (self.redis, self.dice.below(2)) {
            (Redis::Up, 0) => Redis::Hangs,
            (Redis::Up, _) | (Redis::Hangs, 0) => Redis::Down,
            (Redis::Down | Redis::Hangs, _) => Redis::Up,
        };
        match self.redis {
            Redis::Up => {
                let held = std::mem::take(&mut self.held);
                if self.dice.below(2) == 0 {
                    self.late.extend(held);
                } else {
                    self.carry(held);
                }
                if was_down {
                    // Who came meanwhile stays, though others hear of departures elsewhere first.
                    self.know();
                }
            }
            Redis::Down => {
                self.held.clear();
                self.late.clear();
                self.lives.iter_mut().flatten().for_each(|life| life.cut(self.now_ms, 0));
            }
            Redis::Hangs => {}
        }
        // Nodes find it again within the longest pause of the carrier.
        for life in self.lives.iter_mut().flatten() {
            life.reconnects_ms = self.now_ms + self.dice.below(1_500);
        }
    }

    /// One node is cut off or paused, or is so no longer.
    fn hide(&mut self) {
        let at = self.dice.below(NODES as u64) as usize;
        self.trouble();
        let (pauses, for_ms) = (self.dice.below(2) == 0, self.dice.below(9_000));
        let Some(life) = &mut self.lives[at] else { return };
        life.was_unseen = true;
        if life.is_paused {
            life.is_paused = false;
        } else if pauses {
            life.is_paused = true;
        } else {
            life.cut(self.now_ms, for_ms);
        }
    }

    /// Time goes on.
    fn step(&mut self) {
        self.now_ms += STEP_MS;
        for at in 0..NODES {
            self.connect(at);
            let Some(life) = self.lives[at].as_mut().filter(|life| !life.is_paused) else { continue };
            while let Some(frame) = life.inbox.pop_front() {
                life.node.hear(&frame, self.now_ms);
            }
            life.node.tick(self.now_ms);
            if std::mem::take(&mut life.node.is_lost) {
                life.cut(self.now_ms, 100);
            }
            self.flush(at);
        }
        let late = std::mem::take(&mut self.late);
        self.carry(late);
    }

    fn connect(&mut self, at: usize) {
        let Some(life) = self.lives[at].as_mut().filter(|life| !life.is_paused) else { return };
        if !life.knows {
            life.knows = true;
            life.node.carrier_down();
        }
        if !life.is_connected && self.redis == Redis::Up && self.now_ms >= life.reconnects_ms {
            life.is_connected = true;
            life.node.carrier_up(self.now_ms);
        }
    }

    fn flush(&mut self, at: usize) {
        let Some(life) = &mut self.lives[at] else { return };
        let frames = life.node.frames(self.now_ms);
        if life.is_connected {
            self.carry(frames);
        }
    }

    /// A node's bus is quick, and the others' are not.
    fn flush_one(&mut self) {
        let Some(at) = self.alive() else { return };
        self.flush(at);
        let some = self.dice.below(4);
        let Some(life) = &mut self.lives[at] else { return };
        for _ in 0..some {
            let Some(frame) = life.inbox.pop_front() else { break };
            life.node.hear(&frame, self.now_ms);
        }
        self.deliver(at);
    }

    fn carry(&mut self, frames: Vec<Vec<u8>>) {
        match self.redis {
            Redis::Up => {
                for life in self.lives.iter_mut().flatten().filter(|life| life.is_connected) {
                    life.inbox.extend(frames.iter().cloned());
                }
            }
            Redis::Down => {}
            Redis::Hangs => self.held.extend(frames),
        }
    }

    /// Takes what waits in a node's lane to everybody it is for.
    fn deliver(&mut self, at: usize) {
        self.count += 1;
        let stays = self.staying();
        let Some(life) = &mut self.lives[at] else { return };
        for publish in life.core.lanes[0].take().unwrap_or_default() {
            let text = String::from_utf8_lossy(&publish.frame).into_owned();
            let frame = data(&text[text.find('{').unwrap()..]);
            let inner = frame["data"].as_str().unwrap().to_owned();
            for (key, listener) in &mut life.listeners {
                if publish.version == 0 {
                    let owed = (life.number, *key, listener.id.number());
                    listener.hear(&inner, self.seed);
                    let event: u64 = inner.split('.').next().unwrap().parse().unwrap();
                    let owed_to = self.owed.iter_mut().find(|(number, _)| *number == event);
                    owed_to.map(|(_, sockets)| sockets.remove(&owed));
                } else if life.table.hears(*key, 0, &publish.channel, publish.version) {
                    let user = data(&inner)["user_id"].as_str().unwrap().to_owned();
                    assert_ne!(listener.user, user, "nobody hears of themselves, seed {}", self.seed);
                    if frame["event"] == "pusher_internal:member_added" {
                        assert!(
                            listener.believed.insert(user.clone()),
                            "{user} came twice, seed {}",
                            self.seed
                        );
                    } else {
                        assert!(listener.believed.remove(&user), "{user} left twice, seed {}", self.seed);
                        let told = life.departed.contains(&user);
                        assert!(told || !stays.contains(&user), "{user} had not left, seed {}", self.seed);
                    }
                }
            }
        }
    }

    /// Users who cannot have left: they are somewhere, and have been since all knew of it.
    fn staying(&self) -> BTreeSet<String> {
        let lives = self.lives.iter().flatten().filter(|life| !life.was_unseen);
        let listeners = lives.flat_map(|life| life.listeners.values());
        listeners.filter(|l| l.since < self.known_count).map(|l| l.user.clone()).collect()
    }

    /// Lets everything come right, and looks whether it has.
    fn settle(&mut self) {
        while self.redis != Redis::Up {
            self.change_redis();
        }
        for life in self.lives.iter_mut().flatten() {
            life.is_paused = false;
            life.reconnects_ms = life.reconnects_ms.min(self.now_ms + 1_500);
        }
        (0..SETTLED_MS / STEP_MS).for_each(|_| self.step());
        (0..NODES).for_each(|at| self.deliver(at));
        self.check();
        self.owed.clear();
        self.is_settled = true;
        self.know();
    }

    fn know(&mut self) {
        self.count += 1;
        self.known_count = self.count;
        self.lives.iter_mut().flatten().for_each(|life| life.departed.clear());
    }

    fn check(&self) {
        let seed = self.seed;
        let lives: Vec<&Life> = self.lives.iter().flatten().collect();
        let listeners = || lives.iter().flat_map(|life| life.listeners.values());
        let present: BTreeSet<&String> = listeners().map(|listener| &listener.user).collect();
        let mut last = BTreeSet::new();
        for life in &lives {
            assert!(life.node.cluster.is_whole(), "seed {seed}");
            assert_eq!(life.node.cluster.nodes(), lives.len() - 1, "seed {seed}");
            let users = life.core.rosters.users(0, CHANNEL);
            assert_eq!(users.iter().collect::<BTreeSet<_>>(), present, "seed {seed}");
            assert_eq!(life.core.rosters.count(0, CHANNEL), present.len(), "seed {seed}");
            let subscriptions = life.core.occupancy.subscriptions(0, CHANNEL);
            assert_eq!(subscriptions as usize, listeners().count(), "seed {seed}");
            assert_eq!(life.core.occupancy.list(0, "").len(), usize::from(subscriptions > 0), "seed {seed}");
            last.insert(life.core.last_events.last(0, CHANNEL, 0).map(|last| last.data));
        }
        assert!(last.len() <= 1, "all keep the same last event, seed {seed}: {last:?}");
        for listener in listeners() {
            assert_eq!(listener.believed.iter().collect::<BTreeSet<_>>(), present, "seed {seed}");
        }
        for (event, sockets) in &self.owed {
            assert!(sockets.is_empty(), "{event} was not heard by {sockets:?}, seed {seed}");
        }
    }
}

impl Listener {
    fn hear(&mut self, event: &str, seed: u64) {
        let mut parts = event.split('.').map(|part| part.parse::<u64>().unwrap());
        let (event, publisher, left_out) =
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        if left_out == self.id.number() {
            return;
        }
        assert!(self.heard.insert(event), "{event} came twice, seed {seed}");
        let before = self.last.insert(publisher, event).unwrap_or_default();
        assert!(before < event, "{event} came after {before}, seed {seed}");
    }
}

fn run(seed: u64) {
    let weather = [Weather::Calm, Weather::Outages, Weather::Storm][seed as usize % 3];
    let mut world = World::new(seed, weather);
    let settles = world.dice.below(2) == 0;
    for round in 0..3 {
        // Nodes that have never met cannot know that somebody stays on the other.
        let must_meet = round == 0 && weather == Weather::Outages;
        if settles || must_meet || round == 2 {
            world.settle();
        }
        (0..16).for_each(|_| world.act());
    }
    world.settle();
}

/// `FRONTDESK_SIMULATIONS` makes it more; a failure names the seed.
#[test]
fn ten_thousand_seeded_runs_of_many_nodes_tell_everybody_of_each_user_and_event_exactly_once() {
    let runs = std::env::var("FRONTDESK_SIMULATIONS").ok().and_then(|runs| runs.parse().ok());
    (1..=runs.unwrap_or(10_000)).for_each(run);
}

#[test]
fn a_killed_nodes_members_leave_once_within_five_seconds() {
    let mut world = World::new(1, Weather::Calm);
    world.settle();
    for at in 0..NODES {
        let life = world.lives[at].as_mut().unwrap();
        life.join(0, &format!("user{at}"), at as u64, 0);
    }
    world.settle();
    world.lives[0] = None;
    let killed_ms = world.now_ms;
    let users = |world: &World| world.lives[1].as_ref().unwrap().core.rosters.users(0, CHANNEL);
    assert_eq!(users(&world).len(), 3, "the premise: it was there");
    while users(&world).len() == 3 {
        world.step();
    }
    assert!((3_000..5_000).contains(&(world.now_ms - killed_ms)), "{}", world.now_ms - killed_ms);
    world.settle();
}

#[test]
fn ruling_20_nobody_leaves_while_redis_is_away_and_only_who_did_leaves_after_it() {
    let mut world = World::new(2, Weather::Outages);
    world.settle();
    for at in 0..NODES {
        world.lives[at].as_mut().unwrap().join(0, &format!("user{at}"), at as u64, 0);
    }
    world.settle();
    world.redis = Redis::Down;
    world.lives.iter_mut().flatten().for_each(|life| life.cut(world.now_ms, 60_000));
    (0..200).for_each(|_| world.step());
    (0..NODES).for_each(|at| world.deliver(at));
    let users = |world: &World| world.lives[1].as_ref().unwrap().core.rosters.users(0, CHANNEL);
    assert_eq!(users(&world).len(), 3, "nobody left within fifty seconds without Redis");
    let life = world.lives[0].as_mut().unwrap();
    life.listeners.clear();
    life.table.leave_all(0);
    world.redis = Redis::Up;
    world.settle();
    assert_eq!(users(&world), ["user1", "user2"]);
}
