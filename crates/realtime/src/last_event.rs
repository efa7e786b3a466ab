//! The last event of each cache channel, for whoever comes later (contract 1.8). Decides how long
//! and how many are kept; knows nothing of subscribers.

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
    by_age: BTreeMap<u64, (u16, Arc<str>)>,
    next: u64,
    bytes: usize,
}

/// An event as it is given to whoever comes later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastEvent {
    pub(crate) frame: Bytes,
    pub(crate) data: Arc<str>,
    pub(crate) until_ms: u64,
    number: u64,
}

impl Kept {
    fn forget(&mut self, key: &(u16, Arc<str>)) {
        if let Some(old) = self.by_channel.remove(key) {
            self.by_age.remove(&old.number);
            self.bytes -= cost(&key.1, &old);
        }
    }
}

/// Bytes that keeping this takes, about.
fn cost(channel: &str, event: &LastEvent) -> usize {
    200 + channel.len() + event.frame.len() + event.data.len()
}

impl LastEvents {
    /// Keeps this event in place of the channel's last one.
    pub(crate) fn keep(&self, app: u16, channel: &str, frame: Bytes, data: &str, now_ms: u64) {
        let kept = &mut *self.kept.lock();
        let key = (app, Arc::from(channel));
        kept.forget(&key);
        kept.next += 1;
        let until_ms = now_ms + limit::CACHED_EVENT_S * 1_000;
        let event = LastEvent { frame, data: data.into(), until_ms, number: kept.next };
        kept.bytes += cost(channel, &event);
        kept.by_age.insert(event.number, key.clone());
        kept.by_channel.insert(key, event);
        while let Some((_, oldest)) = kept.by_age.first_key_value() {
            let oldest = oldest.clone();
            let is_over = kept.by_channel.get(&oldest).is_some_and(|event| event.until_ms <= now_ms);
            if !is_over && kept.bytes <= limit::CACHED_EVENTS_BYTES {
                return;
            }
            kept.forget(&oldest);
        }
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

    #[test]
    fn contract_1_8_the_last_event_is_kept_for_half_an_hour() {
        let events = LastEvents::default();
        for data in ["1", "2"] {
            events.keep(0, "cache-x", Bytes::from_static(b"frame"), data, 5);
        }
        assert_eq!(&*events.last(0, "cache-x", 1_800_004).unwrap().data, "2");
        assert_eq!(events.last(0, "cache-x", 1_800_005), None);
        assert_eq!(events.last(1, "cache-x", 5), None);
        events.keep(0, "cache-y", Bytes::new(), "", 1_800_005);
        let kept = events.kept.lock();
        assert_eq!((kept.by_channel.len(), kept.by_age.len()), (1, 1), "what is over makes room");
    }

    #[test]
    fn the_oldest_make_room_when_there_is_too_much() {
        let events = LastEvents::default();
        let big = "x".repeat(1024 * 1024);
        for n in 0..100 {
            events.keep(0, &format!("cache-{n}"), Bytes::new(), &big, n);
        }
        assert!(events.kept.lock().bytes <= limit::CACHED_EVENTS_BYTES);
        assert!(events.last(0, "cache-0", 100).is_none() && events.last(0, "cache-99", 100).is_some());
        let Kept { by_channel, by_age, .. } = &*events.kept.lock();
        assert_eq!(by_channel.len(), by_age.len());
    }
}
