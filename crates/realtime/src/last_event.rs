//! The last event of each cache channel, for whoever comes later (contract 1.8). Decides which one is
//! the last, on all nodes alike, how long and how many are kept; knows nothing of subscribers.

use crate::bus::NodeId;
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use wire::limit;

/// Shared by all shards. What is oldest makes room for what is new.
#[derive(Default)]
pub(crate) struct LastEvents {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_channel: HashMap<(u16, Arc<str>), LastEvent>,
    /// Numbers in order of age, which is also the order in which they end.
    by_age: BTreeMap<(u64, u64), (u16, Arc<str>)>,
    next: u64,
    bytes: usize,
    /// The highest time of any stamp seen.
    latest: u64,
}

/// What a publisher knows of the time, and its node.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    /// Of the hub's clock.
    pub(crate) now_ms: u64,
    /// Since the Unix epoch.
    pub(crate) unix_ms: u64,
    pub(crate) node: NodeId,
}

/// When an event was published and by which node. A node's stamps are later than all that it has seen,
/// so "the later one stays" leads every node to the same event, in whatever order they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    /// Milliseconds since the Unix epoch, moved on where that is needed.
    pub(crate) at: u64,
    pub(crate) node: NodeId,
}

/// An event to keep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fresh<'a> {
    pub(crate) channel: &'a str,
    pub(crate) event: &'a str,
    pub(crate) data: &'a str,
    pub(crate) user_id: Option<&'a str>,
}

/// An event as it is given to whoever comes later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastEvent {
    pub(crate) frame: Bytes,
    pub(crate) event: Box<str>,
    pub(crate) data: Arc<str>,
    pub(crate) user_id: Option<Box<str>>,
    pub(crate) until_ms: u64,
    pub(crate) stamp: Stamp,
    number: u64,
}

impl Kept {
    fn keep(&mut self, app: u16, fresh: Fresh<'_>, frame: Bytes, stamp: Stamp, ttl_ms: u64, now_ms: u64) {
        let Fresh { channel, event, data, user_id } = fresh;
        let key = (app, Arc::from(channel));
        self.forget(&key);
        self.next += 1;
        self.latest = self.latest.max(stamp.at);
        let (until_ms, number) = (now_ms + ttl_ms, self.next);
        let (event, data, user_id) = (event.into(), data.into(), user_id.map(Into::into));
        let event = LastEvent { frame, event, data, user_id, until_ms, stamp, number };
        self.bytes += cost(channel, &event);
        self.by_age.insert((until_ms, number), key.clone());
        self.by_channel.insert(key, event);
        while let Some((_, oldest)) = self.by_age.first_key_value() {
            let oldest = oldest.clone();
            let is_over = self.by_channel.get(&oldest).is_some_and(|event| event.until_ms <= now_ms);
            if !is_over && self.bytes <= limit::CACHED_EVENTS_BYTES {
                return;
            }
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, key: &(u16, Arc<str>)) {
        if let Some(old) = self.by_channel.remove(key) {
            self.by_age.remove(&(old.until_ms, old.number));
            self.bytes -= cost(&key.1, &old);
        }
    }
}

/// Bytes that keeping this takes, about.
fn cost(channel: &str, event: &LastEvent) -> usize {
    200 + channel.len() + event.frame.len() + event.data.len()
}

impl LastEvents {
    /// Keeps what this node publishes in place of the channel's last event, and answers its stamp.
    pub(crate) fn keep(&self, app: u16, fresh: Fresh<'_>, frame: Bytes, clock: Clock) -> Stamp {
        let kept = &mut *self.kept.lock();
        let stamp = Stamp { at: clock.unix_ms.max(kept.latest.saturating_add(1)), node: clock.node };
        kept.keep(app, fresh, frame, stamp, limit::CACHED_EVENT_S * 1_000, clock.now_ms);
        stamp
    }

    /// Keeps what another node has published, unless something later is kept; for so long.
    pub(crate) fn keep_later(
        &self,
        app: u16,
        fresh: Fresh<'_>,
        frame: Bytes,
        stamp: Stamp,
        ttl_ms: u64,
        now_ms: u64,
    ) {
        let kept = &mut *self.kept.lock();
        let key = (app, Arc::from(fresh.channel));
        if kept.by_channel.get(&key).is_none_or(|last| last.stamp < stamp || last.until_ms <= now_ms) {
            kept.keep(app, fresh, frame, stamp, ttl_ms.min(limit::CACHED_EVENT_S * 1_000), now_ms);
        }
    }

    /// Channels with something kept.
    pub(crate) fn channels(&self) -> Vec<(u16, Arc<str>)> {
        self.kept.lock().by_channel.keys().cloned().collect()
    }

    /// The channel's last event, unless it is too old.
    pub(crate) fn last(&self, app: u16, channel: &str, now_ms: u64) -> Option<LastEvent> {
        let kept = self.kept.lock();
        kept.by_channel.get(&(app, channel.into())).filter(|event| event.until_ms > now_ms).cloned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fresh<'a>(channel: &'a str, data: &'a str) -> Fresh<'a> {
        Fresh { channel, event: "told", data, user_id: None }
    }

    fn at(now_ms: u64) -> Clock {
        Clock { now_ms, ..Clock::default() }
    }

    #[test]
    fn whatever_the_order_every_node_keeps_the_same_event_as_the_last() {
        let stamps = [(5, 1), (5, 2), (7, 1), (3, 9)].map(|(at, node)| Stamp { at, node });
        let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]];
        for order in orders {
            let events = LastEvents::default();
            for n in order {
                let data = n.to_string();
                events.keep_later(0, fresh("cache-x", &data), Bytes::new(), stamps[n], 1_000, 5);
            }
            assert_eq!(&*events.last(0, "cache-x", 5).unwrap().data, "2", "{order:?}");
            let own = events.keep(0, fresh("cache-x", "own"), Bytes::new(), at(6));
            assert_eq!(own.at, 8, "what is published later counts as later, though the clock is behind");
            assert_eq!(events.last(0, "cache-x", 1_006).map(|last| last.until_ms), Some(1_800_006));
        }
    }

    #[test]
    fn contract_1_8_the_last_event_is_kept_for_half_an_hour() {
        let events = LastEvents::default();
        for data in ["1", "2"] {
            events.keep(0, fresh("cache-x", data), Bytes::from_static(b"frame"), at(5));
        }
        assert_eq!(&*events.last(0, "cache-x", 1_800_004).unwrap().data, "2");
        assert_eq!(events.last(0, "cache-x", 1_800_005), None);
        assert_eq!(events.last(1, "cache-x", 5), None);
        events.keep(0, fresh("cache-y", ""), Bytes::new(), at(1_800_005));
        let kept = events.kept.lock();
        assert_eq!((kept.by_channel.len(), kept.by_age.len()), (1, 1), "what is over makes room");
    }

    #[test]
    fn the_oldest_make_room_when_there_is_too_much() {
        let events = LastEvents::default();
        let big = "x".repeat(1024 * 1024);
        for n in 0..100 {
            events.keep(0, fresh(&format!("cache-{n}"), &big), Bytes::new(), at(n));
        }
        assert!(events.kept.lock().bytes <= limit::CACHED_EVENTS_BYTES);
        assert!(events.last(0, "cache-0", 100).is_none() && events.last(0, "cache-99", 100).is_some());
        let Kept { by_channel, by_age, .. } = &*events.kept.lock();
        assert_eq!(by_channel.len(), by_age.len());
    }
}
