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

/// Joins waiting events per channel, in the order of each channel's first. Order holds within
/// a channel; events of different channels that wait together may overtake each other.
pub(crate) fn join_per_channel(events: impl IntoIterator<Item = Publish>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    // The batch of a channel that still takes frames.
    let mut open: HashMap<(u16, Arc<str>), usize> = HashMap::new();
    for Publish { app, channel, frame, except } in events {
        let key = (app, channel.clone());
        match open.get(&key).map(|at| &mut batches[*at]) {
            Some(batch) if batch.bytes + frame.len() <= BATCH_BYTES => {
                batch.bytes += frame.len();
                batch.frames.push((frame, except));
            }
            _ => {
                open.insert(key, batches.len());
                batches.push(Batch { app, channel, bytes: frame.len(), frames: vec![(frame, except)] });
            }
        }
    }
    batches
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
        let events = [("a", "1"), ("b", "2"), ("a", "3")].map(|(channel, text)| publish(channel, text));
        let batches = join_per_channel(events);
        let joined: Vec<_> = batches.iter().map(|b| (b.channel.to_string(), b.joined())).collect();
        assert_eq!(joined, [("a".into(), Bytes::from("13")), ("b".into(), Bytes::from("2"))]);
    }

    #[test]
    fn a_batch_stays_within_its_bytes_and_later_events_stay_behind_it() {
        let big: &'static str = "x".repeat(40 * 1024).leak();
        let batches = join_per_channel([big, big, "end"].map(|text| publish("a", text)));
        let sizes: Vec<_> = batches.iter().map(|batch| batch.joined().len()).collect();
        assert_eq!(sizes, [40 * 1024, 40 * 1024 + 3]);
    }
}
