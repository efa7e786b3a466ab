//! Who has joined what on one shard, with positions stored both ways so that joining and
//! leaving cost the same in a channel of one and of a million. Knows no sockets and no frames.

use crate::Revocation;
use crate::app::Notice;
use crate::counts::Counts;
use crate::notices::Notices;
use crate::occupancy::Occupancy;
use crate::roster::{Entry, Newcomer, Rosters};
use crate::users::Users;
use slab::Slab;
use std::collections::HashMap;
use std::sync::Arc;
use wire::channel::{Access, Kind};
use wire::{Refusal, Refused, limit};

/// A connection's place in its shard's table.
pub(crate) type Key = u32;

/// Lists up to this length are searched as they are; longer ones get an index.
const SEARCHED: usize = 32;
/// A signature fetched before a revocation may arrive this much later.
const REVOKED_FOR_S: u32 = limit::JOIN_SIGNATURE_S as u32 + 5;

/// Whom the signature of a subscription named (ruling 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    pub(crate) user_id: String,
    pub(crate) session: Option<String>,
    /// Version of the channel's roster this subscription came with; 0 where there is none.
    pub(crate) since: u64,
    /// Does this subscription make its user count as online?
    pub(crate) is_online: bool,
    /// Was it signed for one who sends no client events here?
    pub(crate) listens_only: bool,
}

impl Principal {
    /// Somebody of whom nothing else is known.
    pub(crate) fn new(user_id: impl Into<String>) -> Principal {
        let user_id = user_id.into();
        Principal { user_id, session: None, since: 0, is_online: false, listens_only: false }
    }
}

/// A connection, to the table: its key, its app and its number in order of arrival.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who {
    pub(crate) key: Key,
    pub(crate) app: u16,
    pub(crate) serial: u32,
}

/// The table of one shard.
pub(crate) struct Membership {
    shard: usize,
    occupancy: Arc<Occupancy>,
    rosters: Arc<Rosters>,
    users: Arc<Users>,
    pub(crate) notices: Arc<Notices>,
    counts: Arc<Counts>,
    names: HashMap<(u16, Arc<str>), u32>,
    channels: Slab<Channel>,
    /// By connection key.
    places: Vec<Places>,
    revoked: Vec<Revoked>,
}

struct Channel {
    app: u16,
    name: Arc<str>,
    members: Vec<Member>,
}

#[derive(Clone, Copy)]
struct Member {
    key: Key,
    /// Where the channel stands in the connection's list.
    back: u32,
}

/// What one connection has joined.
#[derive(Default)]
struct Places {
    list: Vec<Place>,
    /// Channel to position in `list`, for long lists.
    #[expect(
        clippy::box_collection,
        reason = "almost always absent, and every connection pays for its width"
    )]
    index: Option<Box<HashMap<u32, u32>>>,
}

struct Place {
    channel: u32,
    /// Where the connection stands in the channel's list.
    position: u32,
    principal: Option<Arc<Principal>>,
}

/// A revocation that sockets which arrived before it are still held to.
struct Revoked {
    until_s: u32,
    serial: u32,
    app: u16,
    what: Revocation,
}

impl Places {
    fn find(&self, channel: u32) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(&channel).map(|at| *at as usize),
            None => self.list.iter().position(|place| place.channel == channel),
        }
    }

    fn push(&mut self, place: Place) {
        if self.list.is_empty() {
            // Most connections join one or two channels; four places at once would be the larger part of them.
            self.list.reserve_exact(1);
        }
        let at = self.list.len() as u32;
        if let Some(index) = &mut self.index {
            index.insert(place.channel, at);
        }
        self.list.push(place);
        if self.index.is_none() && self.list.len() > SEARCHED {
            let pairs = self.list.iter().enumerate().map(|(at, place)| (place.channel, at as u32));
            self.index = Some(Box::new(pairs.collect()));
        }
    }

    /// Takes a place out; the last one moves into its position.
    fn take(&mut self, at: usize) -> Place {
        let place = self.list.swap_remove(at);
        if let Some(index) = &mut self.index {
            index.remove(&place.channel);
            if let Some(moved) = self.list.get(at) {
                index.insert(moved.channel, at as u32);
            }
        }
        place
    }
}

impl Revocation {
    /// Does it take this principal off this channel, or off everything?
    fn hits(&self, principal: &Principal, channel: &str) -> bool {
        match self {
            Revocation::User(user) => principal.user_id == *user,
            Revocation::Session(session) => principal.session.as_ref() == Some(session),
            Revocation::Channel { user, channel: lost } => principal.user_id == *user && lost == channel,
        }
    }
}

impl Membership {
    pub(crate) fn new(
        shard: usize,
        occupancy: Arc<Occupancy>,
        rosters: Arc<Rosters>,
        users: Arc<Users>,
        notices: Arc<Notices>,
        counts: Arc<Counts>,
    ) -> Membership {
        Membership {
            shard,
            occupancy,
            rosters,
            users,
            notices,
            counts,
            names: HashMap::new(),
            channels: Slab::new(),
            places: Vec::new(),
            revoked: Vec::new(),
        }
    }

    fn channel(&self, app: u16, name: &str) -> Option<u32> {
        // The key owns its text, so a lookup by `&str` goes through the shared name.
        let (shared, _) = self.occupancy.shards(app, name)?;
        self.names.get(&(app, shared)).copied()
    }

    fn place(&self, who: Who, name: &str) -> Option<&Place> {
        let channel = self.channel(who.app, name)?;
        let places = self.places.get(who.key as usize)?;
        places.find(channel).and_then(|at| places.list.get(at))
    }

    /// Has this connection joined this channel? With the principal it joined as.
    pub(crate) fn joined(&self, who: Who, name: &str) -> Option<Option<Arc<Principal>>> {
        self.place(who, name).map(|place| place.principal.clone())
    }

    /// Channels this connection has joined.
    pub(crate) fn count(&self, key: Key) -> usize {
        self.places.get(key as usize).map_or(0, |places| places.list.len())
    }

    /// How many channels this connection has joined, and for which users they are signed.
    pub(crate) fn named(&self, key: Key) -> (usize, Vec<String>) {
        let mut users: Vec<String> =
            self.principals(key).map(|principal| principal.user_id.clone()).collect();
        users.sort();
        users.dedup();
        (self.count(key), users)
    }

    /// Is any of this connection's subscriptions this user's?
    pub(crate) fn is_user(&self, key: Key, user_id: &str) -> bool {
        self.principals(key).any(|principal| principal.user_id == user_id)
    }

    fn principals(&self, key: Key) -> impl Iterator<Item = &Principal> {
        let places = self.places.get(key as usize);
        places.into_iter().flat_map(|p| &p.list).filter_map(|place| place.principal.as_deref())
    }

    /// Joins a channel it has not joined.
    pub(crate) fn join(
        &mut self,
        who: Who,
        name: &str,
        principal: Option<Arc<Principal>>,
    ) -> Result<(), Refusal> {
        self.may_join(who, name, principal.as_deref())?;
        self.place_in(who, name, principal);
        Ok(())
    }

    /// Joins a presence channel it has not joined. Answers the `data` of `subscription_succeeded`.
    pub(crate) fn join_presence(
        &mut self,
        who: Who,
        name: &str,
        principal: Principal,
        entry: Entry<'_>,
    ) -> Result<String, Refused> {
        self.may_join(who, name, Some(&principal))?;
        let (rosters, user_id) = (self.rosters.clone(), principal.user_id.clone());
        rosters.enter(who.app, name, Newcomer { user_id: &user_id, entry }, |since| {
            self.place_in(who, name, Some(Arc::new(Principal { since, ..principal })));
        })
    }

    /// Does this connection take a change of a channel's roster, or had it heard of it by joining?
    pub(crate) fn hears(&self, key: Key, app: u16, name: &Arc<str>, version: u64) -> bool {
        let Some(channel) = self.names.get(&(app, name.clone())) else { return false };
        let Some(places) = self.places.get(key as usize) else { return false };
        let principal = places.find(*channel).and_then(|at| places.list[at].principal.as_ref());
        principal.is_some_and(|principal| principal.since < version)
    }

    fn may_join(&self, who: Who, name: &str, principal: Option<&Principal>) -> Result<(), Refusal> {
        if principal.is_some_and(|principal| self.is_revoked(who, principal, name)) {
            return Err(Refusal::Revoked);
        }
        if self.place(who, name).is_some() {
            return Err(Refusal::AlreadySubscribed);
        }
        Ok(())
    }

    /// Was this principal's right to this channel, or to any, ended after this connection came?
    pub(crate) fn is_revoked(&self, who: Who, principal: &Principal, name: &str) -> bool {
        let hit = |r: &Revoked| r.app == who.app && who.serial < r.serial && r.what.hits(principal, name);
        self.revoked.iter().any(hit)
    }

    fn place_in(&mut self, who: Who, name: &str, principal: Option<Arc<Principal>>) {
        let Who { key, app, .. } = who;
        if let Some(user_id) = online(principal.as_deref()) {
            self.users.enter(&(app, user_id));
        }
        let channel = match self.channel(app, name) {
            Some(channel) => {
                self.occupancy.join(app, name);
                channel
            }
            None => self.open(app, name),
        };
        if self.places.len() <= key as usize {
            self.places.resize_with(key as usize + 1, Places::default);
        }
        let places = &mut self.places[key as usize];
        let members = &mut self.channels[channel as usize].members;
        members.push(Member { key, back: places.list.len() as u32 });
        places.push(Place { channel, position: members.len() as u32 - 1, principal });
        self.count_changed(app, name);
    }

    /// Presence channels count members, not subscriptions (contract 1.11).
    fn count_changed(&self, app: u16, channel: &str) {
        if Kind::of(channel).access != Access::Presence {
            self.notices.raise(app, || Notice::SubscriptionCount { channel });
            self.counts.changed(app, channel);
        }
    }

    fn open(&mut self, app: u16, name: &str) -> u32 {
        let (name, is_new) = self.occupancy.occupy(app, name, self.shard);
        if is_new {
            self.notices.raise(app, || Notice::Occupancy { channel: &name });
        }
        let channel = self.channels.insert(Channel { app, name: name.clone(), members: Vec::new() }) as u32;
        self.names.insert((app, name), channel);
        channel
    }

    /// Leaves a channel; false if it was not joined.
    pub(crate) fn leave(&mut self, who: Who, name: &str) -> bool {
        let Some(channel) = self.channel(who.app, name) else { return false };
        let Some(at) = self.places.get(who.key as usize).and_then(|p| p.find(channel)) else { return false };
        self.leave_at(who.key, at);
        true
    }

    /// Leaves everything: the connection is gone and its key free.
    pub(crate) fn leave_all(&mut self, key: Key) {
        while let Some(last) = self.count(key).checked_sub(1) {
            self.leave_at(key, last);
        }
        if let Some(places) = self.places.get_mut(key as usize) {
            *places = Places::default();
        }
    }

    /// The same for a connection that was asked to come back elsewhere: its user stays on the rosters, and
    /// online. False: it was neither.
    pub(crate) fn linger_all(&mut self, key: Key) -> bool {
        let mut is_present = false;
        while let Some(last) = self.count(key).checked_sub(1) {
            let (_, name, principal) = self.vacate_at(key, last);
            is_present |= Kind::of(&name).access == Access::Presence;
            is_present |= principal.is_some_and(|principal| principal.is_online);
        }
        if let Some(places) = self.places.get_mut(key as usize) {
            *places = Places::default();
        }
        is_present
    }

    fn leave_at(&mut self, key: Key, at: usize) {
        let (app, name, principal) = self.vacate_at(key, at);
        if let Some(user_id) = online(principal.as_deref()) {
            self.users.leave(&(app, user_id));
        }
        if let Some(principal) = principal.filter(|_| Kind::of(&name).access == Access::Presence) {
            self.rosters.leave(app, &name, &principal.user_id);
        }
    }

    /// Gives a place up, and answers whose it was.
    fn vacate_at(&mut self, key: Key, at: usize) -> (u16, Arc<str>, Option<Arc<Principal>>) {
        let places = &mut self.places[key as usize];
        let place = places.take(at);
        // Two moves by swap_remove, each with the other side's note corrected.
        if let Some(moved) = places.list.get(at) {
            self.channels[moved.channel as usize].members[moved.position as usize].back = at as u32;
        }
        let Channel { app, name, members } = &mut self.channels[place.channel as usize];
        let (app, name) = (*app, name.clone());
        members.swap_remove(place.position as usize);
        if let Some(moved) = members.get(place.position as usize).copied() {
            self.places[moved.key as usize].list[moved.back as usize].position = place.position;
        }
        if self.channels[place.channel as usize].members.is_empty() {
            self.close(place.channel);
        } else {
            self.occupancy.leave(app, &name);
        }
        self.count_changed(app, &name);
        (app, name, place.principal)
    }

    fn close(&mut self, channel: u32) {
        let Channel { app, name, .. } = self.channels.remove(channel as usize);
        if self.occupancy.vacate(app, &name, self.shard) {
            self.notices.raise(app, || Notice::Occupancy { channel: &name });
        }
        self.names.remove(&(app, name));
        if self.channels.is_empty() {
            self.channels.shrink_to_fit();
            self.names.shrink_to_fit();
        }
    }

    /// Connections that have joined a channel, in no order.
    pub(crate) fn members(&self, app: u16, name: &Arc<str>) -> impl ExactSizeIterator<Item = Key> {
        let channel = self.names.get(&(app, name.clone()));
        let members: &[Member] = channel.map_or(&[], |c| &self.channels[*c as usize].members);
        members.iter().map(|member| member.key)
    }

    /// Remembers a revocation for signatures still under way, and names the connections it
    /// hits. They have left already: the channel, or all they had joined.
    pub(crate) fn revoke(&mut self, app: u16, what: &Revocation, serial: u32, now_s: u32) -> Vec<Key> {
        self.revoked.push(Revoked { until_s: now_s + REVOKED_FOR_S, serial, app, what: what.clone() });
        let Revocation::Channel { channel, .. } = what else {
            let keys = 0..self.places.len() as Key;
            let hit: Vec<Key> = keys.filter(|key| self.hit(app, *key, what)).collect();
            hit.iter().for_each(|key| self.leave_all(*key));
            return hit;
        };
        let Some(at) = self.channel(app, channel) else { return Vec::new() };
        let members = self.channels[at as usize].members.iter();
        let hit: Vec<Key> = members.map(|m| m.key).filter(|key| self.hit(app, *key, what)).collect();
        for key in &hit {
            self.leave(Who { key: *key, app, serial }, channel);
        }
        hit
    }

    fn hit(&self, app: u16, key: Key, what: &Revocation) -> bool {
        self.places[key as usize].list.iter().any(|place| {
            let channel = &self.channels[place.channel as usize];
            channel.app == app && place.principal.as_ref().is_some_and(|p| what.hits(p, &channel.name))
        })
    }

    /// Connections that have joined a presence channel of this app as this user.
    pub(crate) fn present_as(&self, app: u16, user_id: &str) -> Vec<Key> {
        let is_present = |place: &Place| {
            let Channel { app: of, name, .. } = &self.channels[place.channel as usize];
            let is_user = place.principal.as_ref().is_some_and(|p| p.user_id == user_id);
            is_user && *of == app && Kind::of(name).access == Access::Presence
        };
        let keys = (0..self.places.len() as Key).zip(&self.places);
        keys.filter(|(_, places)| places.list.iter().any(is_present)).map(|(key, _)| key).collect()
    }

    /// Old revocations need no second look.
    pub(crate) fn forget_revocations(&mut self, now_s: u32) {
        self.revoked.retain(|r| r.until_s > now_s);
    }
}

/// Whom a subscription as this principal makes count as online.
fn online(principal: Option<&Principal>) -> Option<Arc<str>> {
    principal.filter(|principal| principal.is_online).map(|principal| principal.user_id.as_str().into())
}

#[cfg(test)]
#[path = "membership_tests.rs"]
mod tests;
