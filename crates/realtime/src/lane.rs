//! The way into a shard from other threads: one queue, first in first out, bounded in
//! bytes, and the shard's counters. Knows nothing of what the shard does with a message.

use crate::socket_id::SocketId;
use crate::{PlainHttp, Revocation};
use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use std::cell::Cell;
use std::collections::VecDeque;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Notify;

/// Bytes of events that may wait for a shard.
const INBOX_BYTES: usize = 64 * 1024 * 1024;
/// How long a publisher waits for room before its event is dropped and counted.
const ROOM_WAIT: Duration = Duration::from_secs(1);

thread_local! {
    /// A shard that waited for room in a lane might wait for itself.
    static ON_SHARD: Cell<bool> = const { Cell::new(false) };
}

/// Takes what is not an upgrade.
pub(crate) type TakeHttp = Arc<dyn Fn(PlainHttp) + Send + Sync>;

/// What a shard is asked to do.
pub(crate) enum Message {
    Accept { stream: TcpStream, peer: SocketAddr, http: TakeHttp },
    Publish(Publish),
    Revoke { app: u16, what: Revocation },
    Drain { within: Duration },
    Stop,
}

/// One encoded frame for the members of one channel.
pub(crate) struct Publish {
    pub(crate) app: u16,
    pub(crate) channel: Arc<str>,
    pub(crate) frame: Bytes,
    pub(crate) except: Option<Exclude>,
}

/// A socket left out; with a user, only if it is that user's (ruling 2).
#[derive(Clone)]
pub(crate) struct Exclude {
    pub(crate) id: SocketId,
    pub(crate) only_if_user: Option<Arc<str>>,
}

/// Plain numbers, read when somebody asks.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) frames_in: AtomicU64,
    pub(crate) frames_out: AtomicU64,
    pub(crate) bytes_in: AtomicU64,
    pub(crate) bytes_out: AtomicU64,
    pub(crate) slow_readers: AtomicU64,
    pub(crate) events_dropped: AtomicU64,
}

/// Aligned so that two shards never write to the same cache line.
#[repr(align(128))]
#[derive(Default)]
pub(crate) struct Lane {
    inbox: Mutex<Inbox>,
    room: Condvar,
    wake: Notify,
    pub(crate) counters: Counters,
}

#[derive(Default)]
struct Inbox {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Message {
    fn bytes(&self) -> usize {
        match self {
            Message::Publish(publish) => publish.frame.len() + size_of::<Message>(),
            Message::Accept { .. } | Message::Revoke { .. } | Message::Drain { .. } | Message::Stop => 0,
        }
    }
}

/// Marks this thread as a shard's.
pub(crate) fn enter_shard() {
    ON_SHARD.set(true);
}

impl Lane {
    /// Queues a message. A publisher too fast for the shard waits; a shard never does.
    pub(crate) fn push(&self, message: Message) {
        let bytes = message.bytes();
        let mut inbox = self.inbox.lock();
        if bytes > 0 && inbox.bytes + bytes > INBOX_BYTES && !self.wait_for_room(&mut inbox, bytes) {
            self.counters.events_dropped.fetch_add(1, Relaxed);
            return;
        }
        inbox.bytes += bytes;
        inbox.messages.push_back(message);
        drop(inbox);
        self.wake.notify_one();
    }

    fn wait_for_room(&self, inbox: &mut parking_lot::MutexGuard<'_, Inbox>, bytes: usize) -> bool {
        if ON_SHARD.get() {
            return false;
        }
        let full = |inbox: &mut Inbox| inbox.bytes + bytes > INBOX_BYTES;
        !self.room.wait_while_for(inbox, full, ROOM_WAIT).timed_out()
    }

    /// Waits until there is something, then takes all of it.
    pub(crate) async fn take(&self, into: &mut VecDeque<Message>) {
        loop {
            {
                let mut inbox = self.inbox.lock();
                if !inbox.messages.is_empty() {
                    std::mem::swap(&mut inbox.messages, into);
                    inbox.bytes = 0;
                    self.room.notify_all();
                    return;
                }
            }
            self.wake.notified().await;
        }
    }
}
