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
    frames: Vec<Waiting>,
    bytes: usize,
}

/// One frame of a batch and who takes it.
struct Waiting {
    frame: Bytes,
    except: Option<Exclude>,
    /// Of a change of a roster; 0: anybody takes it.
    version: u64,
}

/// Joins waiting events per channel, in the order of each channel's first. Order holds within
/// a channel; events of different channels that wait together may overtake each other.
pub(crate) fn join_per_channel(events: impl IntoIterator<Item = Publish>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    // The batch of a channel that still takes frames.
    let mut open: HashMap<(u16, Arc<str>), usize> = HashMap::new();
    for Publish { app, channel, frame, except, version } in events {
        let key = (app, channel.clone());
        match open.get(&key).map(|at| &mut batches[*at]) {
            Some(batch) if batch.bytes + frame.len() <= BATCH_BYTES => {
                batch.bytes += frame.len();
                batch.frames.push(Waiting { frame, except, version });
            }
            _ => {
                open.insert(key, batches.len());
                let bytes = frame.len();
                batches.push(Batch { app, channel, bytes, frames: vec![Waiting { frame, except, version }] });
            }
        }
    }
    batches
}

impl Batch {
    /// All frames as one run of bytes; a single frame is not copied.
    fn joined(&self) -> Bytes {
        if let [only] = self.frames.as_slice() {
            return only.frame.clone();
        }
        let mut joined = BytesMut::with_capacity(self.bytes);
        self.frames.iter().for_each(|waiting| joined.extend_from_slice(&waiting.frame));
        joined.freeze()
    }

    /// May this connection be left out of some of the frames?
    fn spares(&self, connection: &Connection) -> bool {
        let spared = |waiting: &Waiting| {
            waiting.version != 0 || waiting.except.as_ref().is_some_and(|e| e.id == connection.id)
        };
        self.frames.iter().any(spared)
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
    pub(crate) async fn count_write(&mut self) {
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
        let is_partial = batch.frames.iter().any(|waiting| waiting.except.is_some() || waiting.version != 0);
        let mut targets = std::mem::take(&mut turn.targets);
        self.targets(batch.app, &batch.channel, &mut targets);
        let counters = self.counters();
        counters.frames_out.fetch_add((targets.len() * batch.frames.len()) as u64, Relaxed);
        counters.bytes_out.fetch_add((targets.len() * joined.len()) as u64, Relaxed);
        for connection in targets.drain(..) {
            if is_partial && batch.spares(&connection) {
                self.deliver_partly(&batch, &connection);
            } else {
                self.write(&connection, &joined);
            }
            turn.count_write().await;
        }
        turn.targets = targets;
    }

    fn deliver_partly(&self, batch: &Batch, connection: &Connection) {
        for Waiting { frame, except, version } in &batch.frames {
            // Asked now and not when the batch began: this connection may have left and come back.
            if *version != 0 && !self.hears(connection, batch.app, &batch.channel, *version) {
                continue;
            }
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
        let frame = Bytes::from_static(text.as_bytes());
        Publish { app: 0, channel: channel.into(), frame, except: None, version: 0 }
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
