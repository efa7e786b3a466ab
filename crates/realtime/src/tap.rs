//! Looking on at one channel's events, for whoever runs the server. Decides how much of them is kept and for how long;
//! knows nothing of who may look.
//!
//! While nobody looks on, an event costs one load. What is kept is the frame as it goes out: its bytes are shared with
//! those on their way, and nothing is read of it before somebody asks.

use crate::Hub;
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};
use wire::websocket::{Outgoing, outgoing};

/// An app's number and its channel.
type Place = (u16, Arc<str>);

/// Everybody who looks on.
#[derive(Default)]
pub(crate) struct Taps {
    on: AtomicUsize,
    by_place: Mutex<HashMap<Place, Vec<Arc<Buffer>>>>,
}

impl Taps {
    /// Does anybody look on anywhere?
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Relaxed) > 0
    }

    /// Does anybody look on here?
    #[cold]
    pub(crate) fn is_at(&self, app: u16, channel: &str) -> bool {
        self.by_place.lock().contains_key(&(app, channel.into()))
    }

    /// An event is on its way.
    #[cold]
    pub(crate) fn note(&self, app: u16, channel: &str, frame: &Bytes) {
        if let Some(buffers) = self.by_place.lock().get(&(app, channel.into())) {
            buffers.iter().for_each(|buffer| buffer.note(frame));
        }
    }

    fn add(&self, place: Place, buffer: Arc<Buffer>) {
        self.by_place.lock().entry(place).or_default().push(buffer);
        self.on.fetch_add(1, Relaxed);
    }

    fn remove(&self, place: &Place, buffer: &Arc<Buffer>) {
        let mut by_place = self.by_place.lock();
        if let Some(buffers) = by_place.get_mut(place) {
            buffers.retain(|other| !Arc::ptr_eq(other, buffer));
            if buffers.is_empty() {
                by_place.remove(place);
            }
        }
        self.on.fetch_sub(1, Relaxed);
    }
}

/// What is kept at most; the oldest goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TapRoom {
    /// Events.
    pub events: usize,
    /// Bytes of them.
    pub bytes: usize,
}

struct Buffer {
    room: TapRoom,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    events: VecDeque<Tapped>,
    bytes: usize,
    /// Number of the last event, kept or not.
    last: u64,
}

impl Buffer {
    fn note(&self, frame: &Bytes) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let kept = &mut *self.kept.lock();
        kept.last += 1;
        kept.bytes += frame.len();
        let at_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        kept.events.push_back(Tapped { number: kept.last, at_ms, frame: frame.clone() });
        while kept.events.len() > self.room.events || kept.bytes > self.room.bytes {
            let Some(gone) = kept.events.pop_front() else { break };
            kept.bytes -= gone.frame.len();
        }
    }
}

/// An event that somebody looked on at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tapped {
    /// From 1, without gaps.
    pub number: u64,
    /// When it was published, as this node heard it.
    pub at_ms: u64,
    frame: Bytes,
}

impl Tapped {
    /// The event as its subscribers get it.
    pub fn text(&self) -> &str {
        match outgoing(&self.frame).next() {
            Some(Outgoing::Text(text)) => text,
            Some(Outgoing::Ping | Outgoing::Pong | Outgoing::Close(..)) | None => "",
        }
    }
}

/// Somebody looks on, until this is dropped.
pub struct Tap {
    hub: Hub,
    place: Place,
    buffer: Arc<Buffer>,
}

impl Tap {
    /// Events after this number that are still kept, oldest first, and how many are not.
    pub fn after(&self, number: u64) -> (Vec<Tapped>, u64) {
        let kept = self.buffer.kept.lock();
        let events: Vec<Tapped> = kept.events.iter().filter(|event| event.number > number).cloned().collect();
        let dropped = kept.last.saturating_sub(number).saturating_sub(events.len() as u64);
        (events, dropped)
    }

    /// One of them.
    pub fn event(&self, number: u64) -> Option<Tapped> {
        self.buffer.kept.lock().events.iter().find(|event| event.number == number).cloned()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.hub.core().taps.remove(&self.place, &self.buffer);
    }
}

impl Hub {
    /// Looks on at a channel's events from now on, whether or not it has subscribers: those published on any node,
    /// and those of clients. `None`: there is no such app.
    pub fn tap(&self, app_id: &str, channel: &str, room: TapRoom) -> Option<Tap> {
        let place = (self.index(app_id)?, channel.into());
        let buffer = Arc::new(Buffer { room, kept: Mutex::default() });
        self.core().taps.add(place.clone(), buffer.clone());
        Some(Tap { hub: self.clone(), place, buffer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::frame::ServerFrame;

    fn frame(data: &str) -> Bytes {
        ServerFrame::Event { channel: "news", event: "told", data, user_id: None }.encode()
    }

    #[test]
    fn only_where_somebody_looks_on_is_anything_kept_and_only_until_they_leave() {
        let (taps, room) = (Taps::default(), TapRoom { events: 9, bytes: 9_999 });
        assert!(!taps.is_on());
        let buffer = Arc::new(Buffer { room, kept: Mutex::default() });
        taps.add((0, "news".into()), buffer.clone());
        taps.note(0, "news", &frame("1"));
        taps.note(0, "olds", &frame("2"));
        taps.note(1, "news", &frame("3"));
        assert_eq!(buffer.kept.lock().last, 1);
        assert!(taps.is_at(0, "news") && !taps.is_at(1, "news"));
        taps.remove(&(0, "news".into()), &buffer);
        assert!(!taps.is_on() && !taps.is_at(0, "news"));
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_events_or_bytes() {
        let size = frame("1").len();
        for room in [TapRoom { events: 2, bytes: 9_999 }, TapRoom { events: 99, bytes: 2 * size }] {
            let buffer = Buffer { room, kept: Mutex::default() };
            ["1", "2", "3"].iter().for_each(|data| buffer.note(&frame(data)));
            let kept = buffer.kept.lock();
            assert_eq!(kept.events.iter().map(|event| event.number).collect::<Vec<_>>(), [2, 3]);
            assert_eq!((kept.last, kept.bytes), (3, 2 * size));
            assert!(kept.events[0].text().contains(r#""data":"2""#));
        }
    }
}
