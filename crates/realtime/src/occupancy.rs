//! Which shards have subscribers for which channel, so that an event nobody waits for
//! costs one lookup. Knows nothing of who the subscribers are.

use parking_lot::RwLock;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Locks per app; publishers of different channels rarely meet.
const STRIPES: usize = 16;

type Stripe = RwLock<HashMap<Arc<str>, u64>>;

/// Shared by all shards. A shard changes its own bit only.
pub(crate) struct Occupancy {
    hasher: std::hash::RandomState,
    apps: Vec<[Stripe; STRIPES]>,
}

impl Occupancy {
    pub(crate) fn new(apps: usize) -> Occupancy {
        let apps = (0..apps).map(|_| std::array::from_fn(|_| Stripe::default())).collect();
        Occupancy { hasher: std::hash::RandomState::new(), apps }
    }

    fn stripe(&self, app: u16, channel: &str) -> &Stripe {
        &self.apps[usize::from(app)][self.hasher.hash_one(channel) as usize % STRIPES]
    }

    /// The channel's shared name and its shards as bits; `None` when nobody listens.
    pub(crate) fn shards(&self, app: u16, channel: &str) -> Option<(Arc<str>, u64)> {
        let stripe = self.stripe(app, channel).read();
        stripe.get_key_value(channel).map(|(name, shards)| (name.clone(), *shards))
    }

    /// The shard has its first subscriber.
    pub(crate) fn occupy(&self, app: u16, channel: &str, shard: usize) -> Arc<str> {
        let mut stripe = self.stripe(app, channel).write();
        if let Some((name, _)) = stripe.get_key_value(channel) {
            let name = name.clone();
            *stripe.entry(name.clone()).or_default() |= 1 << shard;
            return name;
        }
        let name: Arc<str> = channel.into();
        stripe.insert(name.clone(), 1 << shard);
        name
    }

    /// The shard's last subscriber left.
    pub(crate) fn vacate(&self, app: u16, channel: &str, shard: usize) {
        let mut stripe = self.stripe(app, channel).write();
        let Some(shards) = stripe.get_mut(channel) else { return };
        *shards &= !(1 << shard);
        if *shards == 0 {
            stripe.remove(channel);
            // A wave of channels must not leave its table behind.
            if stripe.capacity() > 64 && stripe.len() * 4 < stripe.capacity() {
                let room = stripe.len() * 2;
                stripe.shrink_to(room);
            }
        }
    }

    /// Occupied channels over all apps.
    pub(crate) fn channels(&self) -> usize {
        self.apps.iter().flatten().map(|stripe| stripe.read().len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_occupied_until_its_last_shard_vacates_it() {
        let occupancy = Occupancy::new(2);
        occupancy.occupy(0, "news", 1);
        occupancy.occupy(0, "news", 5);
        assert_eq!(occupancy.shards(0, "news").map(|(_, bits)| bits), Some(0b10_0010));
        assert!(occupancy.shards(1, "news").is_none(), "apps are isolated");
        occupancy.vacate(0, "news", 1);
        assert_eq!(occupancy.shards(0, "news").map(|(_, bits)| bits), Some(0b10_0000));
        occupancy.vacate(0, "news", 5);
        assert!(occupancy.shards(0, "news").is_none());
        assert_eq!(occupancy.channels(), 0);
    }
}
