//! Looking on at one channel's events, for whoever runs the server. Decides how much of them is kept and for how long;
//! knows nothing of who may look.
//!
//! While nobody looks on, an event costs one load. What is kept is the frame as it goes out: its bytes are shared with
//! those on their way, and nothing is read of it before somebody asks.

use crate::Hub;
use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};
use wire::websocket::{Outgoing, outgoing};

/// Everybody who looks on. They are a few, so a list is walked over as fast as a table is asked, and needs no copy of
/// a channel's name.
#[derive(Default)]
pub(crate) struct Taps {
    on: AtomicUsize,
    buffers: RwLock<Vec<Arc<Buffer>>>,
}

impl Taps {
    /// Does anybody look on here?
    #[inline]
    pub(crate) fn is_at(&self, app: u16, channel: &str) -> bool {
        self.on.load(Relaxed) > 0 && self.is_one_at(app, channel)
    }

    #[cold]
    fn is_one_at(&self, app: u16, channel: &str) -> bool {
        self.buffers.read().iter().any(|buffer| buffer.is_at(app, channel))
    }

    /// An event is on its way.
    #[cold]
    pub(crate) fn note(&self, app: u16, channel: &str, frame: &Bytes) {
        let buffers = self.buffers.read();
        buffers.iter().filter(|buffer| buffer.is_at(app, channel)).for_each(|buffer| buffer.note(frame));
    }

    fn add(&self, buffer: Arc<Buffer>) {
        let mut buffers = self.buffers.write();
        buffers.push(buffer);
        self.on.store(buffers.len(), Relaxed);
    }

    fn remove(&self, buffer: &Arc<Buffer>) {
        let mut buffers = self.buffers.write();
        buffers.retain(|other| !Arc::ptr_eq(other, buffer));
        self.on.store(buffers.len(), Relaxed);
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
    app: u16,
    channel: Box<str>,
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
    fn new(app: u16, channel: &str, room: TapRoom) -> Buffer {
        Buffer { app, channel: channel.into(), room, kept: Mutex::default() }
    }

    fn is_at(&self, app: u16, channel: &str) -> bool {
        self.app == app && *self.channel == *channel
    }

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
        self.hub.core().taps.remove(&self.buffer);
    }
}

impl Hub {
    /// Looks on at a channel's events from now on, whether or not it has subscribers: those published on any node,
    /// and those of clients. `None`: there is no such app.
    pub fn tap(&self, app_id: &str, channel: &str, room: TapRoom) -> Option<Tap> {
        let buffer = Arc::new(Buffer::new(self.index(app_id)?, channel, room));
        self.core().taps.add(buffer.clone());
        Some(Tap { hub: self.clone(), buffer })
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
        assert_eq!(taps.on.load(Relaxed), 0);
        let buffer = Arc::new(Buffer::new(0, "news", room));
        taps.add(buffer.clone());
        taps.note(0, "news", &frame("1"));
        taps.note(0, "olds", &frame("2"));
        taps.note(1, "news", &frame("3"));
        assert_eq!(buffer.kept.lock().last, 1);
        assert!(taps.is_at(0, "news") && !taps.is_at(1, "news"));
        taps.remove(&buffer);
        assert!(taps.on.load(Relaxed) == 0 && !taps.is_at(0, "news"));
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_events_or_bytes() {
        let size = frame("1").len();
        for room in [TapRoom { events: 2, bytes: 9_999 }, TapRoom { events: 99, bytes: 2 * size }] {
            let buffer = Buffer::new(0, "news", room);
            ["1", "2", "3"].iter().for_each(|data| buffer.note(&frame(data)));
            let kept = buffer.kept.lock();
            assert_eq!(kept.events.iter().map(|event| event.number).collect::<Vec<_>>(), [2, 3]);
            assert_eq!((kept.last, kept.bytes), (3, 2 * size));
            assert!(kept.events[0].text().contains(r#""data":"2""#));
        }
    }
}
