//! Who is online, over all shards and nodes, and who is told of it: a user's first and last connection
//! become `online` and `offline` for those who watch (contract 1.10, 1.12). Knows no sockets and no
//! signatures; the session has checked both.

use crate::Revocation;
use crate::app::Notice;
use crate::bus;
use crate::lane::Lane;
use crate::membership::{Key, Principal, Who};
use crate::notices::Notices;
use crate::occupancy::give_back_room;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::Arc;
use wire::channel;
use wire::frame::{Compat, ServerFrame};
use wire::limit;

/// Locks; sign-ins of different users rarely meet.
const STRIPES: usize = 16;

/// An app and the id of one of its users.
pub(crate) type User = (u16, Arc<str>);

/// Shared by all shards.
///
/// No event is queued. A user who comes or goes is marked as changed for each shard with watchers, and
/// the shard compares what is true with what each watcher was told. So a change is told once, changes
/// that undo each other not at all, and what waits is bounded by the users watched.
pub(crate) struct Users {
    hasher: std::hash::RandomState,
    stripes: [Mutex<HashMap<User, Known>>; STRIPES],
    lanes: Arc<[Lane]>,
    notices: Arc<Notices>,
    /// Told of every change here.
    outgoing: Arc<bus::Outgoing>,
}

/// A user who is online or watched.
#[derive(Default)]
struct Known {
    /// Places over all shards: connections that signed in, and subscriptions that count like one.
    connections: u32,
    /// Other nodes on which the user is online.
    elsewhere: u32,
    /// Shards with watchers, as bits.
    watching: u64,
}

impl Known {
    fn is_online(&self) -> bool {
        self.connections > 0 || self.elsewhere > 0
    }
}

impl Users {
    pub(crate) fn new(lanes: Arc<[Lane]>, notices: Arc<Notices>, outgoing: Arc<bus::Outgoing>) -> Users {
        let stripes = std::array::from_fn(|_| Mutex::default());
        Users { hasher: std::hash::RandomState::new(), stripes, lanes, notices, outgoing }
    }

    /// Changes what is known of a user, under the user's lock. Watchers' shards are told if that
    /// made the user come or go, and the app's owner; who is neither online nor watched is forgotten.
    fn change<T>(&self, user: &User, how: impl FnOnce(&mut Known) -> T) -> T {
        let mut locked = self.stripe(user).lock();
        let stripe = &mut *locked;
        let known = stripe.entry(user.clone()).or_default();
        let (was_online, was_here) = (known.is_online(), known.connections > 0);
        let answer = how(known);
        if was_here != (known.connections > 0) {
            self.outgoing.changed(|| bus::Key::User { app: user.0, user: user.1.clone() });
        }
        let (is_online, mut watching) = (known.is_online(), known.watching);
        if !is_online && watching == 0 {
            stripe.remove(user);
            give_back_room(stripe);
        }
        if was_online != is_online {
            while watching != 0 {
                self.lanes[watching.trailing_zeros() as usize].user_changed(user.clone());
                watching &= watching - 1;
            }
            drop(locked);
            self.notices.raise(user.0, || Notice::User { user_id: &user.1 });
        }
        answer
    }

    fn stripe(&self, user: &User) -> &Mutex<HashMap<User, Known>> {
        &self.stripes[self.hasher.hash_one(user) as usize % STRIPES]
    }

    /// One more place of this user's.
    pub(crate) fn enter(&self, user: &User) {
        self.change(user, |known| known.connections += 1);
    }

    /// One of this user's places is gone.
    pub(crate) fn leave(&self, user: &User) {
        self.change(user, |known| known.connections -= 1);
    }

    /// From now on a shard hears of this user. Answers whether the user is online.
    fn watch(&self, user: &User, shard: usize) -> bool {
        self.change(user, |known| {
            known.watching |= 1 << shard;
            known.is_online()
        })
    }

    /// The shard's last watcher of this user is gone.
    fn unwatch(&self, user: &User, shard: usize) {
        self.change(user, |known| known.watching &= !(1 << shard));
    }

    /// A user has signed in on another node, or is signed in there no longer.
    pub(crate) fn put_elsewhere(&self, user: &User, was_there: bool, is_there: bool) {
        let (less, more) = (u32::from(was_there), u32::from(is_there));
        self.change(user, |known| known.elsewhere = known.elsewhere.saturating_sub(less) + more);
    }

    /// Is this user online on this node?
    pub(crate) fn is_here(&self, user: &User) -> bool {
        self.stripe(user).lock().get(user).is_some_and(|known| known.connections > 0)
    }

    /// Everybody who is online on this node.
    pub(crate) fn everybody_here(&self) -> Vec<bus::Key> {
        let mut all = Vec::new();
        for stripe in &self.stripes {
            let stripe = stripe.lock();
            let here = stripe.iter().filter(|(_, known)| known.connections > 0);
            all.extend(here.map(|((app, user), _)| bus::Key::User { app: *app, user: user.clone() }));
        }
        all
    }

    /// Everybody of an app who is online on any node, in no order.
    pub(crate) fn everybody(&self, app: u16) -> Vec<Arc<str>> {
        let mut all = Vec::new();
        for stripe in &self.stripes {
            let stripe = stripe.lock();
            let online = stripe.iter().filter(|((of, _), known)| *of == app && known.is_online());
            all.extend(online.map(|((_, user), _)| user.clone()));
        }
        all
    }

    /// How many places this user has, a whole other node counting as one.
    pub(crate) fn places(&self, user: &User) -> u32 {
        self.stripe(user)
            .lock()
            .get(user)
            .map_or(0, |known| known.connections.saturating_add(known.elsewhere))
    }

    /// Has this user at least one place, on any node?
    pub(crate) fn is_online(&self, user: &User) -> bool {
        self.stripe(user).lock().get(user).is_some_and(Known::is_online)
    }
}

/// One shard's signed-in connections and what their watchers have been told.
pub(crate) struct ShardUsers {
    shard: usize,
    users: Arc<Users>,
    signed_in: HashMap<Key, SignedIn>,
    /// By user watched: each watcher, and whether it was told that the user is online.
    watched: HashMap<User, HashMap<Key, bool>>,
    /// Connections that have yet to show who they are, and until which second.
    strangers: HashMap<Key, u32>,
}

/// Whom a connection signed in as.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) id: Arc<str>,
    /// The session that the signature named, for revocations (ruling 5).
    pub(crate) session: Option<String>,
    /// JSON text of `user_info`, for presence channels joined without `channel_data`.
    pub(crate) info: Option<Box<str>>,
    /// Whom it watches; each once.
    pub(crate) watches: Box<[Arc<str>]>,
    pub(crate) app: u16,
}

/// `user_info` as JSON text, if there is any. Laravel sends what the channel's callback answered, a
/// list or a text as well.
pub(crate) fn info(data: Option<&Value>, compat: Compat) -> Result<Option<String>, &'static str> {
    match data.and_then(|data| data.get("user_info")) {
        None | Some(Value::Null) => Ok(None),
        Some(info) if info.is_object() || compat == Compat::Reverb => Ok(Some(info.to_string())),
        Some(_) => Err("user_info must be an object."),
    }
}

impl SignedIn {
    /// Reads `user_data` `{"id","user_info"?,"watchlist"?,"session"?}` (contract 1.10). Also answers
    /// how many users the watchlist names, of whom only the first are kept.
    pub(crate) fn read(
        data: Option<&Value>,
        app: u16,
        compat: Compat,
    ) -> Result<(SignedIn, usize), &'static str> {
        let id = data.and_then(|data| data.get("id")?.as_str());
        let id = id.ok_or("user_data must be JSON with a text id.")?;
        if !channel::is_user_id(id, compat) {
            return Err("An id has 1 to 128 letters, digits and _-=@,.; only.");
        }
        let info = info(data, compat)?.map(Into::into);
        let list = match data.and_then(|data| data.get("watchlist")) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(list)) => list.as_slice(),
            Some(_) => return Err("watchlist must be a list of ids."),
        };
        let (mut watches, mut named) = (Vec::new(), HashSet::new());
        for watched in list {
            let watched = watched.as_str().ok_or("watchlist must be a list of ids.")?;
            if named.insert(watched) && named.len() <= limit::WATCHLIST_USERS {
                watches.push(watched.into());
            }
        }
        let session = data.and_then(|data| data.get("session")?.as_str()).map(Into::into);
        Ok((SignedIn { id: id.into(), session, info, watches: watches.into(), app }, named.len()))
    }

    /// As the subscriptions that follow from the sign-in know them.
    pub(crate) fn principal(&self) -> Principal {
        Principal { session: self.session.clone(), ..Principal::new(&*self.id) }
    }
}

impl ShardUsers {
    pub(crate) fn new(shard: usize, users: Arc<Users>) -> ShardUsers {
        ShardUsers {
            shard,
            users,
            signed_in: HashMap::new(),
            watched: HashMap::new(),
            strangers: HashMap::new(),
        }
    }

    /// This connection must show who it is before this second.
    pub(crate) fn expect(&mut self, key: Key, until_s: u32) {
        self.strangers.insert(key, until_s);
    }

    /// This connection has signed in, or joined a channel with a signature.
    pub(crate) fn vouch(&mut self, key: Key) {
        if !self.strangers.is_empty() {
            self.strangers.remove(&key);
        }
    }

    /// Takes those who have not shown in time who they are.
    pub(crate) fn strangers(&mut self, now_s: u32) -> Vec<Key> {
        let late = |(key, until_s): (&Key, &u32)| (*until_s <= now_s).then_some(*key);
        let late: Vec<Key> = self.strangers.iter().filter_map(late).collect();
        late.iter().for_each(|key| self.vouch(*key));
        late
    }

    /// Whom this connection signed in as.
    pub(crate) fn of(&self, key: Key) -> Option<&SignedIn> {
        self.signed_in.get(&key)
    }

    /// A connection that had not signed in does. Answers those of whom it watches who are online:
    /// it hears of their changes from here on.
    pub(crate) fn enter(&mut self, who: Who, signed_in: SignedIn) -> Vec<Arc<str>> {
        self.vouch(who.key);
        let SignedIn { app, id, .. } = &signed_in;
        self.users.enter(&(*app, id.clone()));
        let mut online = Vec::new();
        for id in &signed_in.watches {
            let user = (*app, id.clone());
            let is_online = self.users.watch(&user, self.shard);
            if is_online {
                online.push(id.clone());
            }
            self.watched.entry(user).or_default().insert(who.key, is_online);
        }
        self.signed_in.insert(who.key, signed_in);
        online
    }

    /// The connection is gone, or signed in no longer.
    pub(crate) fn leave(&mut self, key: Key) {
        if let Some(user) = self.sign_out(key) {
            self.users.leave(&user);
        }
    }

    /// The connection is gone that was asked to come back elsewhere: its user stays online. False: it
    /// was nobody's.
    pub(crate) fn linger(&mut self, key: Key) -> bool {
        self.sign_out(key).is_some()
    }

    fn sign_out(&mut self, key: Key) -> Option<User> {
        self.vouch(key);
        let SignedIn { app, id, watches, .. } = self.signed_in.remove(&key)?;
        for watched in watches {
            let user = (app, watched);
            let Some(watchers) = self.watched.get_mut(&user) else { continue };
            watchers.remove(&key);
            if watchers.is_empty() {
                self.watched.remove(&user);
                self.users.unwatch(&user, self.shard);
            }
        }
        if self.signed_in.is_empty() {
            self.signed_in.shrink_to_fit();
            self.watched.shrink_to_fit();
        }
        Some((app, id))
    }

    /// Connections signed in as this user.
    pub(crate) fn connections(&self, app: u16, user_id: &str) -> Vec<Key> {
        self.keys(|signed_in| signed_in.app == app && *signed_in.id == *user_id)
    }

    /// Connections that a revocation ends, by whom they signed in as.
    pub(crate) fn revoked(&self, app: u16, what: &Revocation) -> Vec<Key> {
        self.keys(|signed_in| {
            signed_in.app == app
                && match what {
                    Revocation::User(user) => *signed_in.id == **user,
                    Revocation::Session(session) => signed_in.session.as_ref() == Some(session),
                    Revocation::Channel { .. } => false,
                }
        })
    }

    fn keys(&self, is_meant: impl Fn(&SignedIn) -> bool) -> Vec<Key> {
        self.signed_in.iter().filter(|(_, signed_in)| is_meant(signed_in)).map(|(key, _)| *key).collect()
    }

    /// What each watcher has not been told of these users; from here on it counts as told.
    pub(crate) fn news(&mut self, changed: impl IntoIterator<Item = User>) -> Vec<(Key, Bytes)> {
        let mut news: BTreeMap<Key, [Vec<Arc<str>>; 2]> = BTreeMap::new();
        for user in changed {
            let Some(watchers) = self.watched.get_mut(&user) else { continue };
            let is_online = self.users.is_online(&user);
            for (key, told) in watchers.iter_mut().filter(|(_, told)| **told != is_online) {
                *told = is_online;
                news.entry(*key).or_default()[usize::from(!is_online)].push(user.1.clone());
            }
        }
        let mut encoded: Vec<(Key, Bytes)> = Vec::with_capacity(news.len());
        let mut before: Option<[Vec<Arc<str>>; 2]> = None;
        for (key, change) in news {
            // Often all watch the one who came.
            let same = encoded.last().filter(|_| before.as_ref() == Some(&change));
            let [online, offline] = &change;
            let frame = same.map_or_else(
                || ServerFrame::Watchlist { online, offline }.encode(),
                |(_, frame)| frame.clone(),
            );
            encoded.push((key, frame));
            before = Some(change);
        }
        encoded
    }
}

#[cfg(test)]
#[path = "users_tests.rs"]
mod tests;
