//! Which shards have subscribers for which channel and how many there are, so that an event nobody
//! waits for costs one lookup and counting asks no shard. Knows nothing of who the subscribers are.

use crate::bus::Key;
use crate::bus::Outgoing;
use crate::elsewhere::Elsewhere;
use parking_lot::RwLock;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

/// Locks per app; publishers of different channels rarely meet.
pub(crate) const STRIPES: usize = 16;

/// Apps whose stripes are made together, when the first of them is asked for.
const APPS_AT_ONCE: usize = 16;

type Stripes = [Stripe; STRIPES];
type Stripe = RwLock<HashMap<Arc<str>, Occupied>>;

/// A wave of channels or of people must not leave its table behind.
pub(crate) fn give_back_room<K: Eq + Hash, V>(table: &mut HashMap<K, V>) {
    if table.capacity() > 64 && table.len() * 4 < table.capacity() {
        table.shrink_to(table.len() * 2);
    }
}

/// Those of a stripe that fit. Walks over at most `left`, and says how many more may be walked over.
pub(crate) fn walk<T, F>(
    stripe: impl ExactSizeIterator<Item = T>,
    left: &mut usize,
    fits: impl FnMut(T) -> Option<F>,
) -> Vec<F> {
    let looked = stripe.len().min(*left);
    *left -= looked;
    stripe.take(looked).filter_map(fits).collect()
}

/// A channel somebody listens to.
#[derive(Default)]
struct Occupied {
    /// Shards with subscribers, as bits. A shard changes its own bit only.
    shards: u64,
    /// Subscriptions over all shards.
    subscriptions: AtomicU32,
}

/// Shared by all shards.
pub(crate) struct Occupancy {
    hasher: std::hash::RandomState,
    /// By number; apps may come while others are being read.
    apps: Box<[OnceLock<Box<[Stripes; APPS_AT_ONCE]>>]>,
    /// What other nodes' subscribers add.
    pub(crate) elsewhere: Elsewhere,
    /// Told of every change here.
    pub(crate) outgoing: Arc<Outgoing>,
}

impl Occupancy {
    pub(crate) fn new() -> Occupancy {
        let apps = (0..=usize::from(u16::MAX) / APPS_AT_ONCE).map(|_| OnceLock::new()).collect();
        let (elsewhere, outgoing) = (Elsewhere::default(), Arc::default());
        Occupancy { hasher: std::hash::RandomState::new(), apps, elsewhere, outgoing }
    }

    fn stripes(&self, app: u16) -> &Stripes {
        let stripes = || std::array::from_fn(|_| Stripe::default());
        let at = usize::from(app);
        let apps = self.apps[at / APPS_AT_ONCE].get_or_init(|| Box::new(std::array::from_fn(|_| stripes())));
        &apps[at % APPS_AT_ONCE]
    }

    fn stripe(&self, app: u16, channel: &str) -> &Stripe {
        &self.stripes(app)[self.hasher.hash_one(channel) as usize % STRIPES]
    }

    /// The channel's shared name and its shards as bits; `None` when nobody listens.
    pub(crate) fn shards(&self, app: u16, channel: &str) -> Option<(Arc<str>, u64)> {
        let stripe = self.stripe(app, channel).read();
        stripe.get_key_value(channel).map(|(name, occupied)| (name.clone(), occupied.shards))
    }

    /// Subscriptions to a channel over all shards and nodes.
    pub(crate) fn subscriptions(&self, app: u16, channel: &str) -> u32 {
        self.subscriptions_here(app, channel).saturating_add(self.elsewhere.subscriptions(app, channel))
    }

    /// Subscriptions to a channel over all shards of this node.
    pub(crate) fn subscriptions_here(&self, app: u16, channel: &str) -> u32 {
        self.stripe(app, channel).read().get(channel).map_or(0, |o| o.subscriptions.load(Relaxed))
    }

    /// Occupied channels of an app that begin so, on all nodes, each with its subscriptions, by name.
    pub(crate) fn list(&self, app: u16, prefix: &str) -> Vec<(Arc<str>, u32)> {
        let mut list: BTreeMap<Arc<str>, u32> = BTreeMap::new();
        for stripe in self.stripes(app) {
            let stripe = stripe.read();
            let found = stripe.iter().filter(|(name, _)| name.starts_with(prefix));
            list.extend(found.map(|(name, o)| (name.clone(), o.subscriptions.load(Relaxed))));
        }
        for (name, subscriptions) in self.elsewhere.list(app, prefix) {
            *list.entry(name).or_default() += subscriptions;
        }
        list.into_iter().collect()
    }

    /// Channels of one stripe that begin so, with their subscriptions on this node. Walks over at most `left` of
    /// them, and says how many more may be walked over.
    pub(crate) fn some(
        &self,
        app: u16,
        stripe: usize,
        prefix: &str,
        left: &mut usize,
    ) -> Vec<(Arc<str>, u32)> {
        walk(self.stripes(app)[stripe].read().iter(), left, |(name, occupied)| {
            name.starts_with(prefix).then(|| (name.clone(), occupied.subscriptions.load(Relaxed)))
        })
    }

    /// Channels of an app with subscribers on this node.
    pub(crate) fn list_here(&self, app: u16) -> Vec<Arc<str>> {
        let names = |stripe: &Stripe| stripe.read().keys().cloned().collect::<Vec<_>>();
        self.stripes(app).iter().flat_map(names).collect()
    }

    fn changed(&self, app: u16, channel: &Arc<str>) {
        self.outgoing.changed(|| Key::Subscriptions { app, channel: channel.clone() });
    }

    /// One more subscriber on a shard that has some.
    pub(crate) fn join(&self, app: u16, channel: &str) {
        if let Some((name, occupied)) = self.stripe(app, channel).read().get_key_value(channel) {
            occupied.subscriptions.fetch_add(1, Relaxed);
            self.changed(app, name);
        }
    }

    /// One subscriber fewer on a shard that has more.
    pub(crate) fn leave(&self, app: u16, channel: &str) {
        if let Some((name, occupied)) = self.stripe(app, channel).read().get_key_value(channel) {
            occupied.subscriptions.fetch_sub(1, Relaxed);
            self.changed(app, name);
        }
    }

    /// The shard has its first subscriber. Answers the shared name, and whether nobody listened before.
    pub(crate) fn occupy(&self, app: u16, channel: &str, shard: usize) -> (Arc<str>, bool) {
        let mut stripe = self.stripe(app, channel).write();
        let name: Arc<str> =
            stripe.get_key_value(channel).map_or_else(|| channel.into(), |(name, _)| name.clone());
        let occupied = stripe.entry(name.clone()).or_default();
        let is_new = occupied.shards == 0;
        occupied.shards |= 1 << shard;
        *occupied.subscriptions.get_mut() += 1;
        self.changed(app, &name);
        (name, is_new)
    }

    /// The shard's last subscriber left. Answers whether nobody listens now.
    pub(crate) fn vacate(&self, app: u16, channel: &str, shard: usize) -> bool {
        let mut stripe = self.stripe(app, channel).write();
        let Some(occupied) = stripe.get_mut(channel) else { return false };
        occupied.shards &= !(1 << shard);
        *occupied.subscriptions.get_mut() -= 1;
        self.outgoing.changed(|| Key::Subscriptions { app, channel: channel.into() });
        if occupied.shards != 0 {
            return false;
        }
        stripe.remove(channel);
        give_back_room(&mut stripe);
        true
    }

    /// Channels of an app with subscribers on this node.
    pub(crate) fn channels_of(&self, app: u16) -> usize {
        self.stripes(app).iter().map(|stripe| stripe.read().len()).sum()
    }

    /// Channels with subscribers on this node, over all apps.
    pub(crate) fn channels(&self) -> usize {
        let stripes = self.apps.iter().filter_map(OnceLock::get).flat_map(|apps| apps.iter().flatten());
        stripes.map(|stripe| stripe.read().len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_occupied_until_its_last_shard_vacates_it() {
        let occupancy = Occupancy::new();
        assert!(occupancy.occupy(0, "news", 1).1 && !occupancy.occupy(0, "news", 5).1);
        assert_eq!(occupancy.shards(0, "news").map(|(_, bits)| bits), Some(0b10_0010));
        assert!(occupancy.shards(1, "news").is_none(), "apps are isolated");
        assert!(!occupancy.vacate(0, "news", 1));
        assert_eq!(occupancy.shards(0, "news").map(|(_, bits)| bits), Some(0b10_0000));
        assert!(occupancy.vacate(0, "news", 5));
        assert!(occupancy.shards(0, "news").is_none());
        assert_eq!(occupancy.channels(), 0);
    }

    #[test]
    fn subscriptions_are_summed_over_the_shards() {
        let occupancy = Occupancy::new();
        for name in ["news", "new", "old"] {
            occupancy.occupy(0, name, 0);
        }
        occupancy.occupy(0, "news", 1);
        occupancy.join(0, "news");
        assert_eq!(occupancy.subscriptions(0, "news"), 3);
        assert_eq!(occupancy.list(0, "new"), [("new".into(), 1), ("news".into(), 3)]);
        occupancy.leave(0, "news");
        occupancy.vacate(0, "news", 0);
        assert_eq!((occupancy.subscriptions(0, "news"), occupancy.subscriptions(0, "nobody")), (1, 0));
    }
}
