//! What carries frames between nodes: everybody hears what anybody says, their own included, each
//! node's frames in the order in which it said them. A closed set; knows nothing of what the frames say.

use super::link::Links;
use super::redis::RedisCarrier;
use bytes::Bytes;

/// The ways to other nodes.
pub(super) enum Carrier {
    Redis(Box<RedisCarrier>),
    Links(Links),
}

/// What a carrier brings.
pub(super) enum Heard {
    /// There is a way now.
    Up,
    /// There is none any more.
    Down,
    /// Frames; none when there is only room again.
    Frames(Vec<Bytes>),
}

impl Carrier {
    /// What comes next. May be dropped at any time and called again.
    pub(super) async fn next(&mut self) -> Heard {
        match self {
            Carrier::Redis(redis) => redis.next().await,
            Carrier::Links(links) => links.next().await,
        }
    }

    /// Can a frame be given without heaping up more than is good?
    pub(super) fn has_room(&self) -> bool {
        match self {
            Carrier::Redis(redis) => redis.has_room(),
            Carrier::Links(links) => links.has_room(),
        }
    }

    /// Has all been written that was given?
    pub(super) fn is_silent(&self) -> bool {
        match self {
            Carrier::Redis(redis) => redis.is_silent(),
            Carrier::Links(links) => links.is_silent(),
        }
    }

    /// Is there a way at all?
    pub(super) fn is_open(&self) -> bool {
        match self {
            Carrier::Redis(redis) => redis.is_open(),
            Carrier::Links(links) => links.is_open(),
        }
    }

    /// Gives it up; it opens by itself if it can.
    pub(super) fn lose(&mut self) {
        match self {
            Carrier::Redis(redis) => redis.lose(),
            Carrier::Links(links) => links.lose(),
        }
    }

    /// Says a frame to all.
    pub(super) fn send(&mut self, frame: Vec<u8>) {
        match self {
            Carrier::Redis(redis) => redis.send(&frame),
            Carrier::Links(links) => links.send(frame),
        }
    }
}
