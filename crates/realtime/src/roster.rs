//! Who is present on a presence channel, over all shards: first and last connections of a user
//! become `member_added` and `member_removed`. Knows no sockets; lanes carry what it tells.

use crate::app::Notice;
use crate::bus::{self, NodeId};
use crate::lane::{Lane, Publish};
use crate::notices::Notices;
use crate::occupancy::Occupancy;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fmt::Write;
use std::hash::BuildHasher;
use std::sync::Arc;
use wire::frame::ServerFrame;
use wire::{Refusal, Refused};

/// Locks; joiners of different channels rarely meet.
const STRIPES: usize = 16;

/// Shared by all shards.
///
/// A roster changes, is read for a joiner and tells of the change under one lock, and each change
/// has a higher version than the last. A subscription remembers the version it came with and takes
/// only later changes, so that what still waits in a lane is neither missed nor heard twice. What a
/// member sends is queued behind the news that the member came.
pub(crate) struct Rosters {
    hasher: std::hash::RandomState,
    stripes: [Mutex<Stripe>; STRIPES],
    occupancy: Arc<Occupancy>,
    lanes: Arc<[Lane]>,
    notices: Arc<Notices>,
}

#[derive(Default)]
struct Stripe {
    rosters: HashMap<Key, Roster>,
    /// Those present on other nodes; empty as long as there are none.
    elsewhere: HashMap<Key, Elsewhere>,
    /// Outlives the rosters: one that is emptied and filled again must not count from the start.
    version: u64,
}

/// App and channel.
type Key = (u16, Arc<str>);

/// Members by user id.
type Roster = BTreeMap<String, Member>;

/// Members on other nodes by user id, each with the nodes where the user is and the `user_info` there.
type Elsewhere = BTreeMap<String, Vec<(NodeId, Box<str>)>>;

struct Member {
    connections: u32,
    /// JSON text of the first connection; others' differing ones are not asked (contract 1.10).
    info: Box<str>,
}

/// A user as `channel_data` names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Newcomer<'a> {
    pub(crate) user_id: &'a str,
    pub(crate) entry: Entry<'a>,
}

/// With what a user enters a presence channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// JSON text of the member's info.
    pub(crate) info: &'a str,
    /// Members this channel may have.
    pub(crate) most_members: usize,
}

impl Rosters {
    pub(crate) fn new(occupancy: Arc<Occupancy>, lanes: Arc<[Lane]>, notices: Arc<Notices>) -> Rosters {
        let stripes = std::array::from_fn(|_| Mutex::default());
        Rosters { hasher: std::hash::RandomState::new(), stripes, occupancy, lanes, notices }
    }

    fn stripe(&self, app: u16, channel: &str) -> &Mutex<Stripe> {
        &self.stripes[self.hasher.hash_one((app, channel)) as usize % STRIPES]
    }

    /// A connection joins; `place` gives it its place in its shard's table, with the version from
    /// which it hears changes. Answers the `data` of its `subscription_succeeded`.
    pub(crate) fn enter(
        &self,
        app: u16,
        channel: &str,
        who: Newcomer<'_>,
        place: impl FnOnce(u64),
    ) -> Result<String, Refused> {
        let stripe = &mut *self.stripe(app, channel).lock();
        let key = (app, channel.into());
        let is_here = stripe.is_here(&key, who.user_id);
        let is_new = !is_here && !stripe.is_elsewhere(&key, who.user_id);
        let (most, count) = (who.entry.most_members, stripe.count(&key));
        if is_new && count >= most {
            return Err(
                Refusal::PresenceFull.because(format!("The limit is {most} members, it has {count}."))
            );
        }
        stripe.version += 1;
        let version = stripe.version;
        place(version);
        let roster = stripe.rosters.entry(key.clone()).or_default();
        let fresh = || Member { connections: 0, info: who.entry.info.into() };
        roster.entry(who.user_id.to_owned()).or_insert_with(fresh).connections += 1;
        if !is_here {
            self.changed(&key, who.user_id);
        }
        if is_new {
            self.tell_added(app, channel, who.user_id, who.entry.info, version);
        }
        Ok(snapshot(stripe.members(&key)))
    }

    /// A connection of this user has left its place.
    pub(crate) fn leave(&self, app: u16, channel: &Arc<str>, user_id: &str) {
        let stripe = &mut *self.stripe(app, channel).lock();
        let key = (app, channel.clone());
        let Some(roster) = stripe.rosters.get_mut(&key) else { return };
        let Some(member) = roster.get_mut(user_id) else { return };
        member.connections -= 1;
        if member.connections > 0 {
            return;
        }
        roster.remove(user_id);
        if roster.is_empty() {
            stripe.rosters.remove(&key);
        }
        self.changed(&key, user_id);
        if !stripe.is_elsewhere(&key, user_id) {
            stripe.version += 1;
            self.tell_removed(app, channel, user_id, stripe.version);
        }
    }

    /// A user has come to another node with this `user_info`, or has left it. Told like a change here:
    /// under the same lock, with a version of its own, and only if the user was nowhere or is nowhere now.
    pub(crate) fn put_elsewhere(
        &self,
        app: u16,
        channel: &str,
        user_id: &str,
        node: NodeId,
        info: Option<&str>,
    ) {
        let stripe = &mut *self.stripe(app, channel).lock();
        let key: Key = (app, channel.into());
        let was_there = stripe.is_elsewhere(&key, user_id);
        let members = stripe.elsewhere.entry(key.clone()).or_default();
        let nodes = members.entry(user_id.to_owned()).or_default();
        nodes.retain(|(other, _)| *other != node);
        nodes.extend(info.map(|info| (node, info.into())));
        let is_there = !nodes.is_empty();
        if !is_there {
            members.remove(user_id);
            if members.is_empty() {
                stripe.elsewhere.remove(&key);
            }
        }
        if was_there == is_there || stripe.is_here(&key, user_id) {
            return;
        }
        stripe.version += 1;
        match info {
            Some(info) => self.tell_added(app, channel, user_id, info, stripe.version),
            None => self.tell_removed(app, channel, user_id, stripe.version),
        }
    }

    /// Users present on all nodes, by id.
    pub(crate) fn users(&self, app: u16, channel: &str) -> Vec<String> {
        let stripe = self.stripe(app, channel).lock();
        stripe.members(&(app, channel.into())).into_keys().map(str::to_owned).collect()
    }

    /// How many members the presence channels of each app have on this node, one user counted on each.
    pub(crate) fn members(&self) -> HashMap<u16, u64> {
        let mut members = HashMap::new();
        for stripe in &self.stripes {
            for ((app, _), roster) in &stripe.lock().rosters {
                *members.entry(*app).or_default() += roster.len() as u64;
            }
        }
        members
    }

    /// How many users are present on all nodes.
    pub(crate) fn count(&self, app: u16, channel: &str) -> usize {
        self.stripe(app, channel).lock().count(&(app, channel.into()))
    }

    /// The `user_info` of a user who is present on this node.
    pub(crate) fn info_here(&self, app: u16, channel: &Arc<str>, user_id: &str) -> Option<Box<str>> {
        let stripe = self.stripe(app, channel).lock();
        stripe.rosters.get(&(app, channel.clone()))?.get(user_id).map(|member| member.info.clone())
    }

    /// Everybody who is present on this node, on all channels.
    pub(crate) fn everybody_here(&self) -> Vec<bus::Key> {
        let mut all = Vec::new();
        for stripe in &self.stripes {
            for ((app, channel), roster) in &stripe.lock().rosters {
                let key = |user: &String| bus::Key::Member {
                    app: *app,
                    channel: channel.clone(),
                    user: user.as_str().into(),
                };
                all.extend(roster.keys().map(key));
            }
        }
        all
    }

    /// Leaves it to the bus to say whether a user is present on this node.
    fn changed(&self, (app, channel): &Key, user_id: &str) {
        let (app, channel) = (*app, channel.clone());
        self.occupancy.outgoing.changed(|| bus::Key::Member { app, channel, user: user_id.into() });
    }

    fn tell_added(&self, app: u16, channel: &str, user_id: &str, info: &str, version: u64) {
        let data = format!(r#"{{"user_id":{},"user_info":{info}}}"#, text(user_id));
        self.tell(app, channel, "pusher_internal:member_added", &data, version);
        self.notices.raise(app, || Notice::Member { channel, user_id });
    }

    fn tell_removed(&self, app: u16, channel: &str, user_id: &str, version: u64) {
        let data = format!(r#"{{"user_id":{}}}"#, text(user_id));
        self.tell(app, channel, "pusher_internal:member_removed", &data, version);
        self.notices.raise(app, || Notice::Member { channel, user_id });
    }

    /// Queues a change for each shard with subscribers; the lock of its roster is held.
    fn tell(&self, app: u16, channel: &str, event: &str, data: &str, version: u64) {
        let Some((channel, mut shards)) = self.occupancy.shards(app, channel) else { return };
        let frame = ServerFrame::Event { channel: &channel, event, data, user_id: None }.encode();
        while shards != 0 {
            let shard = shards.trailing_zeros() as usize;
            shards &= shards - 1;
            let (channel, frame) = (channel.clone(), frame.clone());
            self.lanes[shard].publish(Publish { app, channel, frame, except: None, version });
        }
    }
}

impl Stripe {
    fn is_here(&self, key: &Key, user_id: &str) -> bool {
        self.rosters.get(key).is_some_and(|roster| roster.contains_key(user_id))
    }

    fn is_elsewhere(&self, key: &Key, user_id: &str) -> bool {
        self.elsewhere.get(key).is_some_and(|members| members.contains_key(user_id))
    }

    fn count(&self, key: &Key) -> usize {
        let here = self.rosters.get(key);
        let elsewhere = self.elsewhere.get(key).into_iter().flat_map(BTreeMap::keys);
        let more = elsewhere.filter(|user_id| here.is_none_or(|here| !here.contains_key(*user_id))).count();
        here.map_or(0, BTreeMap::len) + more
    }

    /// Everybody present on any node with the `user_info` that counts, by id.
    fn members(&self, key: &Key) -> BTreeMap<&str, &str> {
        let elsewhere = self.elsewhere.get(key).into_iter().flatten();
        let elsewhere = elsewhere.filter_map(|(user_id, nodes)| Some((user_id.as_str(), &*nodes.first()?.1)));
        let here = self.rosters.get(key).into_iter().flatten();
        let here = here.map(|(user_id, member)| (user_id.as_str(), &*member.info));
        elsewhere.chain(here).collect()
    }
}

/// `{"presence":{"ids":[…],"hash":{…},"count":n}}` (contract 1.4).
fn snapshot(members: BTreeMap<&str, &str>) -> String {
    let count = members.len();
    let (mut ids, mut hash) = (String::new(), String::new());
    for (at, (user_id, info)) in members.into_iter().enumerate() {
        let (join, id) = (if at == 0 { "" } else { "," }, text(user_id));
        write!(ids, "{join}{id}").expect("writing to a String cannot fail");
        write!(hash, "{join}{id}:{info}").expect("writing to a String cannot fail");
    }
    format!(r#"{{"presence":{{"ids":[{ids}],"hash":{{{hash}}},"count":{count}}}}}"#)
}

/// A JSON string.
fn text(value: &str) -> String {
    serde_json::to_string(value).expect("a string serializes")
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;
