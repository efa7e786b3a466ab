//! What shards and publishers leave for the other nodes: which things have changed, and items in the
//! order in which they came. Decides what is dropped when there is too much; never makes anybody wait.

use super::cluster::Key;
use super::message::{Item, Items};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use tokio::sync::Notify;

/// Bytes of items that may wait for the carrier.
const WAITING_BYTES: usize = 16 * 1024 * 1024;
/// Milliseconds for which a revocation is said again when the way to the others was lost.
const REVOCATION_MS: u64 = 10_000;
/// Revocations kept while the others are away.
const REVOCATIONS: usize = 10_000;

/// Closed, it costs a look at a bool.
#[derive(Default)]
pub(crate) struct Outgoing {
    /// Is there a way to other nodes?
    open: AtomicBool,
    /// Was there ever to be one?
    joined: AtomicBool,
    /// Each with its place in the order of their first changes, in which they are told.
    changed: Mutex<HashMap<Key, usize>>,
    items: Mutex<Items>,
    revocations: Mutex<VecDeque<Revoked>>,
    wake: Notify,
    /// Items for which there was no room.
    pub(crate) dropped: AtomicU64,
}

/// A revocation must not get lost with the way: what it ends would go on elsewhere.
struct Revoked {
    at_ms: u64,
    said: bool,
    item: Items,
}

impl Outgoing {
    /// From now on there are other nodes, though they may be away.
    pub(crate) fn join(&self) {
        self.joined.store(true, Relaxed);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Relaxed)
    }

    /// The way opens or closes. What was left for a closed one is dropped: all is told when it opens.
    pub(crate) fn set_open(&self, open: bool) {
        if self.open.swap(open, Relaxed) == open {
            return;
        }
        if open {
            self.revocations.lock().iter_mut().for_each(|revoked| revoked.said = false);
        } else {
            self.take_changed();
            self.dropped.fetch_add(self.take_items().len() as u64, Relaxed);
        }
    }

    /// This node may have more or less of something than before. Marked, not queued: nothing piles up.
    pub(crate) fn changed(&self, key: impl FnOnce() -> Key) {
        if self.is_open() {
            let changed = &mut *self.changed.lock();
            let place = changed.len();
            changed.entry(key()).or_insert(place);
            self.wake.notify_one();
        }
    }

    /// Says something to the others, behind all that was said before.
    pub(crate) fn say(&self, item: &Item<'_>) {
        if !self.is_open() {
            return;
        }
        let mut items = self.items.lock();
        if items.bytes() > WAITING_BYTES || !items.push(item) {
            self.dropped.fetch_add(1, Relaxed);
        }
        drop(items);
        self.wake.notify_one();
    }

    /// Says a revocation, now or when the others are back.
    pub(crate) fn revoke(&self, item: &Item<'_>, now_ms: u64) {
        if !self.joined.load(Relaxed) {
            return;
        }
        let mut encoded = Items::default();
        encoded.push(item);
        let mut revocations = self.revocations.lock();
        if revocations.len() >= REVOCATIONS {
            revocations.pop_front();
            self.dropped.fetch_add(1, Relaxed);
        }
        revocations.push_back(Revoked { at_ms: now_ms, said: false, item: encoded });
        drop(revocations);
        self.wake.notify_one();
    }

    /// Waits until there is something to say.
    pub(crate) async fn wait(&self) {
        self.wake.notified().await;
    }

    pub(crate) fn take_changed(&self) -> Vec<Key> {
        let mut changed: Vec<_> = std::mem::take(&mut *self.changed.lock()).into_iter().collect();
        changed.sort_unstable_by_key(|(_, place)| *place);
        changed.into_iter().map(|(key, _)| key).collect()
    }

    pub(crate) fn take_items(&self) -> Items {
        std::mem::take(&mut *self.items.lock())
    }

    /// Revocations that have not been said on this way, and forgets the old ones.
    pub(crate) fn take_revocations(&self, now_ms: u64) -> Items {
        let (mut revocations, mut items) = (self.revocations.lock(), Items::default());
        for revoked in revocations.iter_mut().filter(|revoked| !revoked.said) {
            revoked.said = true;
            items.append(&revoked.item);
        }
        revocations.retain(|revoked| revoked.at_ms + REVOCATION_MS > now_ms);
        items
    }
}
