//! Who is present on a presence channel, over all shards: first and last connections of a user
//! become `member_added` and `member_removed`. Knows no sockets; lanes carry what it tells.

use crate::app::Notice;
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
    rosters: HashMap<(u16, Arc<str>), Roster>,
    /// Outlives the rosters: one that is emptied and filled again must not count from the start.
    version: u64,
}

/// Members by user id.
type Roster = BTreeMap<String, Member>;

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
        let known = stripe.rosters.get(&key);
        let is_new = known.is_none_or(|roster| !roster.contains_key(who.user_id));
        let (most, count) = (who.entry.most_members, known.map_or(0, BTreeMap::len));
        if is_new && count >= most {
            return Err(
                Refusal::PresenceFull.because(format!("The limit is {most} members, it has {count}."))
            );
        }
        stripe.version += 1;
        let version = stripe.version;
        place(version);
        let roster = stripe.rosters.entry(key).or_default();
        let fresh = || Member { connections: 0, info: who.entry.info.into() };
        roster.entry(who.user_id.to_owned()).or_insert_with(fresh).connections += 1;
        if is_new {
            let data = format!(r#"{{"user_id":{},"user_info":{}}}"#, text(who.user_id), who.entry.info);
            self.tell(app, channel, "pusher_internal:member_added", &data, version);
            self.notices.raise(app, || Notice::Member { channel, user_id: who.user_id });
        }
        Ok(snapshot(roster))
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
        stripe.version += 1;
        let data = format!(r#"{{"user_id":{}}}"#, text(user_id));
        self.tell(app, channel, "pusher_internal:member_removed", &data, stripe.version);
        self.notices.raise(app, || Notice::Member { channel, user_id });
    }

    /// Users present, by id.
    pub(crate) fn users(&self, app: u16, channel: &str) -> Vec<String> {
        let stripe = self.stripe(app, channel).lock();
        let roster = stripe.rosters.get(&(app, channel.into()));
        roster.map_or_else(Vec::new, |roster| roster.keys().cloned().collect())
    }

    /// How many members the presence channels of each app have, one user counted on each.
    pub(crate) fn members(&self) -> HashMap<u16, u64> {
        let mut members = HashMap::new();
        for stripe in &self.stripes {
            for ((app, _), roster) in &stripe.lock().rosters {
                *members.entry(*app).or_default() += roster.len() as u64;
            }
        }
        members
    }

    /// How many users are present.
    pub(crate) fn count(&self, app: u16, channel: &str) -> usize {
        self.stripe(app, channel).lock().rosters.get(&(app, channel.into())).map_or(0, BTreeMap::len)
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

/// `{"presence":{"ids":[…],"hash":{…},"count":n}}` (contract 1.4).
fn snapshot(roster: &Roster) -> String {
    let (mut ids, mut hash) = (String::new(), String::new());
    for (at, (user_id, member)) in roster.iter().enumerate() {
        let (join, id) = (if at == 0 { "" } else { "," }, text(user_id));
        write!(ids, "{join}{id}").expect("writing to a String cannot fail");
        write!(hash, "{join}{id}:{}", member.info).expect("writing to a String cannot fail");
    }
    format!(r#"{{"presence":{{"ids":[{ids}],"hash":{{{hash}}},"count":{}}}}}"#, roster.len())
}

/// A JSON string.
fn text(value: &str) -> String {
    serde_json::to_string(value).expect("a string serializes")
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;
