//! From waiting events to bytes in sockets: what waits is joined per channel, then written
//! to each member. Knows nothing of how a connection writes or queues.

use crate::connection::Connection;
use crate::lane::{Exclude, Publish};
use crate::shard::Shard;
use bytes::{Bytes, BytesMut};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Bytes joined into one write.
const BATCH_BYTES: usize = 64 * 1024;
/// Writes (some 4 us each) before reads, pings and timers get their turn.
const WRITES_PER_TURN: usize = 256;

/// Waiting events of one channel, in the order in which they came.
pub(crate) struct Batch {
    app: u16,
    channel: Arc<str>,
    frames: Vec<(Bytes, Option<Exclude>)>,
    bytes: usize,
}

/// Batches in the order of their first event. Order holds within a channel; events of
/// different channels that wait together may overtake each other.
#[derive(Default)]
pub(crate) struct Batches {
    list: Vec<Batch>,
    /// The batch of a channel that still takes frames.
    open: HashMap<(u16, Arc<str>), usize>,
}

impl Batches {
    pub(crate) fn add(&mut self, publish: Publish) {
        let Publish { app, channel, frame, except } = publish;
        let key = (app, channel);
        if let Some(at) = self.open.get(&key) {
            let batch = &mut self.list[*at];
            if batch.bytes + frame.len() <= BATCH_BYTES {
                batch.bytes += frame.len();
                batch.frames.push((frame, except));
                return;
            }
        }
        let (bytes, channel) = (frame.len(), key.1.clone());
        self.open.insert(key, self.list.len());
        self.list.push(Batch { app, channel, frames: vec![(frame, except)], bytes });
    }

    pub(crate) fn take(&mut self) -> Vec<Batch> {
        self.open.clear();
        std::mem::take(&mut self.list)
    }
}

impl Batch {
    /// All frames as one run of bytes; a single frame is not copied.
    fn joined(&self) -> Bytes {
        if let [(frame, _)] = self.frames.as_slice() {
            return frame.clone();
        }
        let mut joined = BytesMut::with_capacity(self.bytes);
        self.frames.iter().for_each(|(frame, _)| joined.extend_from_slice(frame));
        joined.freeze()
    }

    /// Is this connection left out of some of the frames?
    fn spares(&self, connection: &Connection) -> bool {
        self.frames.iter().any(|(_, except)| except.as_ref().is_some_and(|e| e.id == connection.id))
    }
}

/// What the fan-out keeps from batch to batch.
#[derive(Default)]
pub(crate) struct Turn {
    targets: Vec<Arc<Connection>>,
    writes: usize,
}

impl Turn {
    /// Lets the thread's other tasks in after so many writes, over all batches: a stream of
    /// events to small channels would starve them as well as one to a large channel.
    async fn count_write(&mut self) {
        self.writes += 1;
        if self.writes >= WRITES_PER_TURN {
            self.end().await;
        }
    }

    /// Lets the thread's other tasks in.
    pub(crate) async fn end(&mut self) {
        self.writes = 0;
        tokio::task::yield_now().await;
    }
}

impl Shard {
    /// Writes a batch to every member of its channel. Members are those of this moment: who
    /// joins while the others are written to joined after these events.
    pub(crate) async fn deliver(&self, batch: Batch, turn: &mut Turn) {
        let joined = batch.joined();
        let has_except = batch.frames.iter().any(|(_, except)| except.is_some());
        let mut targets = std::mem::take(&mut turn.targets);
        self.targets(batch.app, &batch.channel, &mut targets);
        let counters = self.counters();
        counters.frames_out.fetch_add((targets.len() * batch.frames.len()) as u64, Relaxed);
        counters.bytes_out.fetch_add((targets.len() * joined.len()) as u64, Relaxed);
        for connection in targets.drain(..) {
            if has_except && batch.spares(&connection) {
                self.deliver_partly(&batch, &connection);
            } else {
                self.write(&connection, &joined);
            }
            turn.count_write().await;
        }
        turn.targets = targets;
    }

    fn deliver_partly(&self, batch: &Batch, connection: &Connection) {
        for (frame, except) in &batch.frames {
            let spared = except.as_ref().is_some_and(|except| {
                except.id == connection.id
                    && except.only_if_user.as_ref().is_none_or(|user| self.is_user(connection, user))
            });
            if !spared {
                self.write(connection, frame);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(channel: &str, text: &'static str) -> Publish {
        Publish { app: 0, channel: channel.into(), frame: Bytes::from_static(text.as_bytes()), except: None }
    }

    #[test]
    fn what_waits_is_joined_per_channel_in_order() {
        let mut batches = Batches::default();
        for (channel, text) in [("a", "1"), ("b", "2"), ("a", "3")] {
            batches.add(publish(channel, text));
        }
        let joined: Vec<_> = batches.take().iter().map(|b| (b.channel.to_string(), b.joined())).collect();
        assert_eq!(joined, [("a".into(), Bytes::from("13")), ("b".into(), Bytes::from("2"))]);
        assert!(batches.take().is_empty());
    }

    #[test]
    fn a_batch_stays_within_its_bytes_and_later_events_stay_behind_it() {
        let mut batches = Batches::default();
        let big: &'static str = "x".repeat(40 * 1024).leak();
        for text in [big, big, "end"] {
            batches.add(publish("a", text));
        }
        let sizes: Vec<_> = batches.take().iter().map(|batch| batch.joined().len()).collect();
        assert_eq!(sizes, [40 * 1024, 40 * 1024 + 3]);
    }
}
