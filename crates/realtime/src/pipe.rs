//! A connection without a socket, for clients that fetch and send their messages by requests: it is
//! opened, filled and drained through [`Pipe`]. Knows nothing of HTTP and of how messages are framed there.

use crate::connection::Connection;
use crate::hub::Core;
use crate::io::Io;
use crate::lane::Order;
use crate::session::fatal;
use crate::{Hub, UpgradeHead, upgrade};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::{Notify, oneshot};
use wire::frame::Compat;
use wire::websocket::{self, Outgoing};
use wire::{Refusal, Refused, limit};

/// The connection's side of a pipe.
#[derive(Default)]
pub(crate) struct PipeEnd {
    inbox: Mutex<Inbox>,
    /// Told when there is something to fetch, or nothing ever again.
    ready: Notify,
}

/// What the client brought and its session has not read.
#[derive(Default)]
struct Inbox {
    waiting: VecDeque<Brought>,
    bytes: usize,
}

/// One thing a client brought.
pub(crate) enum Brought {
    Text(String),
    /// A message over the app's limit, of which only the size is known.
    TooLarge {
        bytes: u64,
    },
}

impl Brought {
    /// What it takes while it waits.
    fn bytes(&self) -> usize {
        let text = match self {
            Brought::Text(text) => text.len(),
            Brought::TooLarge { .. } => 0,
        };
        text + size_of::<Brought>()
    }
}

impl PipeEnd {
    /// What the session reads next.
    pub(crate) fn next(&self) -> Option<Brought> {
        let inbox = &mut *self.inbox.lock();
        let next = inbox.waiting.pop_front();
        inbox.bytes -= next.as_ref().map_or(0, Brought::bytes);
        next
    }

    fn put(&self, brought: Brought) -> bool {
        let inbox = &mut *self.inbox.lock();
        let bytes = inbox.bytes + brought.bytes();
        if bytes > limit::FALLBACK_INBOX_BYTES {
            return false;
        }
        inbox.bytes = bytes;
        inbox.waiting.push_back(brought);
        true
    }

    pub(crate) fn tell_ready(&self) {
        self.ready.notify_waiters();
    }
}

/// The client's side of a pipe. The connection is over when this is dropped.
pub struct Pipe {
    core: Arc<Core>,
    connection: Arc<Connection>,
}

/// What a pipe says to its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A message, as text.
    Message(String),
    /// Are you there?
    Ping,
    /// The last word: code and reason of a close frame.
    Close(u16, String),
}

impl Said {
    /// What frames say to a client without a socket.
    fn of(frames: &[u8]) -> Vec<Said> {
        let said = |frame| match frame {
            Outgoing::Text(text) => Some(Said::Message(text.to_owned())),
            Outgoing::Ping => Some(Said::Ping),
            Outgoing::Pong => None,
            Outgoing::Close(code, reason) => Some(Said::Close(code, reason.to_owned())),
        };
        websocket::outgoing(frames).filter_map(said).collect()
    }

    /// What a client hears that may not come in; counted.
    fn refused(core: &Core, compat: Compat, refused: &Refused) -> Vec<Said> {
        core.lanes[0].counters.refusals.count(refused.refusal);
        let (code, error) = fatal(compat, refused);
        let mut said = Said::of(&error);
        said.push(Said::Close(code, refused.to_string()));
        said
    }
}

impl Hub {
    /// Opens a connection without a socket, by the rules of an upgrade to `/app/{key}?{query}` with
    /// this head. The hello is the first thing it says.
    ///
    /// # Errors
    /// What the client must hear instead, when it may not come in.
    pub async fn open_pipe(&self, key: &str, query: &str, head: &UpgradeHead<'_>) -> Result<Pipe, Vec<Said>> {
        let core = self.core();
        let (app, protocol) = upgrade::check(core, key, query, head)
            .map_err(|(compat, refusal)| Said::refused(core, compat, &refusal.into()))?;
        let compat = core.registry.app(app).compat;
        core.reserve(app).map_err(|refused| Said::refused(core, compat, &refused))?;
        let (welcome, welcomed) = oneshot::channel();
        core.next_lane().tell(Order::Open { app, protocol, welcome });
        // Fails only when the hub has stopped.
        welcomed.await.map_err(|_| Said::refused(core, compat, &Refusal::ReconnectNow.into()))
    }
}

impl Pipe {
    pub(crate) fn new(core: Arc<Core>, connection: Arc<Connection>) -> Pipe {
        Pipe { core, connection }
    }

    fn end(&self) -> &PipeEnd {
        match self.connection.io() {
            Io::Pipe(end) => end,
            Io::Tcp(_) | Io::Unix(_) | Io::Tls(_) => unreachable!("a pipe's connection was opened as one"),
        }
    }

    /// Brings a message of the client. False: too many wait for the session already.
    #[must_use]
    pub fn bring(&self, text: String) -> bool {
        self.put(Brought::Text(text))
    }

    /// A message too large to be read: the client is told as over a socket.
    #[must_use]
    pub fn bring_too_large(&self, bytes: u64) -> bool {
        self.put(Brought::TooLarge { bytes })
    }

    fn put(&self, brought: Brought) -> bool {
        let taken = self.end().put(brought);
        self.connection.wake_reader();
        taken
    }

    /// The client gave a sign of life.
    pub fn heard(&self) {
        self.connection.heard(self.core.now_s());
    }

    /// Gives the client a sign of life.
    pub fn ping(&self) {
        self.connection.send(&websocket::ping_frame(), self.core.outbox_bytes);
    }

    /// Takes what was sent to the client in one go, the oldest first.
    pub fn take(&self) -> Option<Vec<Said>> {
        let said = Said::of(&self.connection.fetch()?);
        if said.iter().any(|said| matches!(said, Said::Close(..))) {
            self.connection.give_up();
        }
        Some(said)
    }

    /// Will it never say anything again?
    pub fn is_over(&self) -> bool {
        self.connection.is_over()
    }

    /// Resolves when there may be something to take, or when nothing follows. To be made before
    /// looking, so that nothing that happens in between is missed.
    pub fn ready(&self) -> tokio::sync::futures::Notified<'_> {
        self.end().ready.notified()
    }

    /// Resolves every [`Pipe::ready`]: something else that its owners wait for has happened.
    pub fn nudge(&self) {
        self.end().tell_ready();
    }

    /// Ends the connection at once, with what waits in it.
    pub fn cut(&self) {
        self.connection.give_up();
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Core {
    /// Shards take pipes in turn.
    fn next_lane(&self) -> &crate::lane::Lane {
        &self.lanes[self.pipes.fetch_add(1, Relaxed) % self.lanes.len()]
    }
}
