//! What the other nodes have, added up: subscriptions of each channel and connections of each app. A
//! look while there are no other nodes costs one load; knows nothing of which node has what.

use crate::occupancy::{STRIPES, give_back_room, walk};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Subscriptions by app and channel; the bus writes while many read.
type Stripe = RwLock<HashMap<(u16, Arc<str>), u32>>;

/// Shared by all shards; written by the bus alone.
#[derive(Default)]
pub(crate) struct Elsewhere {
    hasher: std::hash::RandomState,
    stripes: [Stripe; STRIPES],
    /// Channels over all stripes.
    channels: AtomicUsize,
    connections: RwLock<HashMap<u16, usize>>,
}

impl Elsewhere {
    fn stripe(&self, app: u16, channel: &str) -> &Stripe {
        &self.stripes[self.hasher.hash_one((app, channel)) as usize % STRIPES]
    }

    /// Subscriptions to a channel.
    pub(crate) fn subscriptions(&self, app: u16, channel: &str) -> u32 {
        if self.channels.load(Relaxed) == 0 {
            return 0;
        }
        self.stripe(app, channel).read().get(&(app, channel.into())).copied().unwrap_or_default()
    }

    /// Channels of an app that begin so, each with its subscriptions, in no order.
    pub(crate) fn list(&self, app: u16, prefix: &str) -> Vec<(Arc<str>, u32)> {
        if self.channels.load(Relaxed) == 0 {
            return Vec::new();
        }
        let mut list = Vec::new();
        for stripe in &self.stripes {
            let stripe = stripe.read();
            let found = stripe.iter().filter(|((of, name), _)| *of == app && name.starts_with(prefix));
            list.extend(found.map(|((_, name), subscriptions)| (name.clone(), *subscriptions)));
        }
        list
    }

    /// Channels of one stripe that begin so. Walks over at most `left`, of any app, and says how many more may be
    /// walked over.
    pub(crate) fn some(
        &self,
        app: u16,
        stripe: usize,
        prefix: &str,
        left: &mut usize,
    ) -> Vec<(Arc<str>, u32)> {
        if self.channels.load(Relaxed) == 0 {
            return Vec::new();
        }
        walk(self.stripes[stripe].read().iter(), left, |((of, name), subscriptions)| {
            (*of == app && name.starts_with(prefix)).then(|| (name.clone(), *subscriptions))
        })
    }

    /// A node had so many subscriptions to a channel and has so many now.
    pub(crate) fn put_subscriptions(&self, app: u16, channel: &Arc<str>, from: u32, to: u32) {
        let mut stripe = self.stripe(app, channel).write();
        let sum = stripe.entry((app, channel.clone())).or_insert_with(|| {
            self.channels.fetch_add(1, Relaxed);
            0
        });
        *sum = sum.saturating_sub(from).saturating_add(to);
        if *sum == 0 {
            stripe.remove(&(app, channel.clone()));
            self.channels.fetch_sub(1, Relaxed);
            give_back_room(&mut stripe);
        }
    }

    /// Connections of an app.
    pub(crate) fn connections(&self, app: u16) -> usize {
        self.connections.read().get(&app).copied().unwrap_or_default()
    }

    /// A node had so many connections of an app and has so many now.
    pub(crate) fn put_connections(&self, app: u16, from: u32, to: u32) {
        let mut connections = self.connections.write();
        let sum = connections.entry(app).or_default();
        *sum = sum.saturating_sub(from as usize).saturating_add(to as usize);
    }
}
