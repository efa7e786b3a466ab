//! One open socket: writing at once where possible, queueing within a bound where not, and
//! the tiny task that reads. Knows nothing of channels; frames go to the session as text.

use crate::App;
use crate::debug;
use crate::io::Io;
use crate::membership::{Key, Who};
use crate::outbox::Outbox;
use crate::pipe::Brought;
use crate::session::{Seat, Session, error, fatal};
use crate::shard::Shard;
use crate::socket_id::SocketId;
use bytes::Bytes;
use parking_lot::Mutex;
use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::{SystemTime, UNIX_EPOCH};
use wire::frame::Compat;
use wire::websocket::{self, Decoder, Incoming, Violation};
use wire::{Refusal, Refused};

/// Bytes read at once, into a buffer that all connections of a thread share.
const SCRATCH_BYTES: usize = 64 * 1024;
/// Reads before the other tasks of the thread get their turn.
const READS_PER_TURN: usize = 8;
/// Frames handed to one vectored write.
const SLICES: usize = 32;
/// Sweeps (of one second) a peer has to close after our close frame.
const CLOSING_SWEEPS: u8 = 3;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH_BYTES]);
}

/// A socket as the shard sees it. Idle, it owns nothing beside these bytes.
pub(crate) struct Connection {
    io: Io,
    pub(crate) id: SocketId,
    pub(crate) who: Who,
    /// Second of the hub's clock in which it came.
    pub(crate) opened_s: u32,
    /// Second of the hub's clock in which bytes last came.
    heard_s: AtomicU32,
    /// Second of the ping that waits for an answer; 0: none does.
    pinged_s: AtomicU32,
    /// Was it asked to come back elsewhere, where its user is present meanwhile?
    pub(crate) lingers: AtomicBool,
    side: Mutex<WriteSide>,
}

/// Only its own shard's thread locks it, and for a pipe the request that fetches, so the lock is
/// hardly ever contended.
struct WriteSide {
    outbox: Option<Box<Outbox>>,
    task: Option<Waker>,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// A close frame is queued or sent; what comes in is dropped.
    Closing {
        sweeps: u8,
        shut: bool,
    },
    /// Over: the task ends when it wakes.
    Gone,
}

/// What a liveness check asks for (contract 1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Ping,
    Close,
}

/// Seconds a ping may stay without answer.
const PONG_WAIT_S: u32 = 30;

/// Has the peer been silent so long that it must be pinged, or given up?
///
/// A client pings by itself after the activity timeout, so the server waits up to a quarter
/// longer and mostly need not. How much longer differs by connection: those that came in one
/// second, after a restart say, would otherwise be pinged in one second for ever.
pub(crate) fn due(heard_s: u32, pinged_s: u32, now_s: u32, activity_timeout_s: u64, key: Key) -> Due {
    if pinged_s != 0 {
        return if now_s.saturating_sub(pinged_s) >= PONG_WAIT_S { Due::Close } else { Due::Nothing };
    }
    let patience_s = activity_timeout_s + u64::from(key) % (activity_timeout_s / 4 + 1);
    if u64::from(now_s.saturating_sub(heard_s)) >= patience_s { Due::Ping } else { Due::Nothing }
}

impl Connection {
    pub(crate) fn new(io: Io, id: SocketId, who: Who, now_s: u32) -> Connection {
        let side = WriteSide { outbox: None, task: None, phase: Phase::Open };
        Connection {
            io,
            id,
            who,
            opened_s: now_s,
            heard_s: now_s.into(),
            pinged_s: 0.into(),
            lingers: false.into(),
            side: Mutex::new(side),
        }
    }

    /// Writes whole frames now, or queues what the socket does not take. False: the outbox
    /// was full, and the reader is cut with 4100.
    pub(crate) fn send(&self, frames: &Bytes, outbox_bytes: usize) -> bool {
        let side = &mut *self.side.lock();
        if side.phase != Phase::Open {
            return true;
        }
        if side.outbox.is_none() {
            match self.io.try_write(frames) {
                Ok(written) if written == frames.len() && self.io.is_flushed() => return true,
                Ok(written) if written == frames.len() => {}
                Ok(written) => side.queue(frames.slice(written..)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => side.queue(frames.clone()),
                Err(_) => side.phase = Phase::Gone,
            }
        } else if side.waiting() + frames.len() <= outbox_bytes {
            side.queue(frames.clone());
            return true;
        } else {
            side.cut();
            self.wake(side);
            return false;
        }
        self.wake(side);
        true
    }

    /// Wakes whoever writes what waits: the task, or for a pipe the request that fetches.
    fn wake(&self, side: &WriteSide) {
        if let Io::Pipe(end) = &self.io {
            end.tell_ready();
            if side.phase == Phase::Open {
                return;
            }
        }
        side.wake();
    }

    /// Closes with a refusal's code: `pusher:error` for old clients, then the close frame. False:
    /// it was closing already.
    pub(crate) fn close(&self, refused: &Refused, app: &App) -> bool {
        let (code, error) = fatal(app.compat, refused);
        let side = &mut *self.side.lock();
        if side.phase != Phase::Open {
            return false;
        }
        if code >= 4000 {
            side.queue(error);
        }
        let row = refused.refusal.row();
        debug::happened("out", app, self.id, row.name);
        side.close(code, row.sentence);
        self.wake(side);
        true
    }

    /// Closes with a code of RFC 6455.
    fn close_with(&self, code: u16, reason: &str) {
        let side = &mut *self.side.lock();
        if side.phase == Phase::Open {
            side.close(code, reason);
            self.wake(side);
        }
    }

    /// Once a second: pings the silent, gives up the dead, and ends what would not close. Answers
    /// what it did.
    pub(crate) fn sweep(&self, now_s: u32, app: &App, outbox_bytes: usize) -> Due {
        {
            let side = &mut *self.side.lock();
            if let Phase::Closing { sweeps, shut } = side.phase {
                side.phase = match sweeps.checked_sub(1) {
                    Some(sweeps) => Phase::Closing { sweeps, shut },
                    None => Phase::Gone,
                };
                self.wake(side);
                return Due::Nothing;
            }
        }
        let (heard_s, pinged_s) = (self.heard_s.load(Relaxed), self.pinged_s.load(Relaxed));
        let due = due(
            heard_s,
            pinged_s,
            now_s,
            app.ping_interval_s.unwrap_or(app.activity_timeout_s),
            self.who.key,
        );
        match due {
            Due::Nothing => {}
            Due::Ping => {
                debug::happened("out", app, self.id, "ping");
                self.pinged_s.store(now_s.max(1), Relaxed);
                self.send(&websocket::ping_frame(), outbox_bytes);
            }
            Due::Close => {
                self.close(&Refusal::PongTimeout.into(), app);
            }
        }
        due
    }

    /// The other end.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.io.peer()
    }

    /// Second in which bytes last came.
    pub(crate) fn heard_s(&self) -> u32 {
        self.heard_s.load(Relaxed)
    }

    /// Bytes the peer has not taken yet.
    pub(crate) fn waiting(&self) -> usize {
        self.side.lock().waiting()
    }

    /// Its task has ended: nothing more is written.
    pub(crate) fn end(&self) {
        self.side.lock().phase = Phase::Gone;
    }

    pub(crate) fn heard(&self, now_s: u32) {
        self.heard_s.store(now_s, Relaxed);
        self.pinged_s.store(0, Relaxed);
    }

    /// Writes what waits. True: the socket is over.
    fn flush(&self, cx: &mut Context<'_>) -> bool {
        loop {
            let side = &mut *self.side.lock();
            if !side.task.as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
                side.task = Some(cx.waker().clone());
            }
            if side.phase == Phase::Gone {
                return true;
            }
            if side.outbox.is_none() && self.io.is_flushed() {
                side.shut(&self.io);
                return false;
            }
            match self.io.poll_write_ready(cx) {
                Poll::Pending => return false,
                Poll::Ready(Err(_)) => return true,
                Poll::Ready(Ok(())) => {}
            }
            match self.io.try_flush() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => return true,
            }
            let Some(outbox) = &mut side.outbox else { continue };
            let mut slices = [IoSlice::new(&[]); SLICES];
            for (slice, frame) in slices.iter_mut().zip(&outbox.frames) {
                *slice = IoSlice::new(frame);
            }
            match self.io.try_write_vectored(&slices[..outbox.frames.len().min(SLICES)]) {
                Ok(written) => outbox.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return true,
            }
            if outbox.frames.is_empty() {
                side.outbox = None;
            }
        }
    }
}

/// What a pipe needs beside.
impl Connection {
    pub(crate) fn io(&self) -> &Io {
        &self.io
    }

    /// The client brought something.
    pub(crate) fn wake_reader(&self) {
        self.side.lock().wake();
    }

    /// Takes the oldest entry off the outbox.
    pub(crate) fn fetch(&self) -> Option<Bytes> {
        let side = &mut *self.side.lock();
        let outbox = side.outbox.as_mut()?;
        let frames = outbox.pop()?;
        if outbox.frames.is_empty() {
            side.outbox = None;
        }
        Some(frames)
    }

    /// The client has heard the last word, or will hear nothing any more.
    pub(crate) fn give_up(&self) {
        let side = &mut *self.side.lock();
        side.phase = Phase::Gone;
        self.wake(side);
    }

    pub(crate) fn is_over(&self) -> bool {
        let side = &*self.side.lock();
        side.phase == Phase::Gone && side.outbox.is_none()
    }
}

impl WriteSide {
    fn waiting(&self) -> usize {
        self.outbox.as_ref().map_or(0, |outbox| outbox.bytes)
    }

    fn queue(&mut self, frame: Bytes) {
        self.outbox.get_or_insert_default().push(frame);
    }

    fn wake(&self) {
        if let Some(task) = &self.task {
            task.wake_by_ref();
        }
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.queue(websocket::close_frame(code, reason));
        self.phase = Phase::Closing { sweeps: CLOSING_SWEEPS, shut: false };
    }

    /// A slow reader: keeps the entry at the front, which may be half written and ends at the
    /// end of a frame, and says good-bye after it.
    fn cut(&mut self) {
        if let Some(outbox) = &mut self.outbox {
            outbox.keep_front();
        }
        let row = Refusal::SlowReader.row();
        self.close(row.code.unwrap_or(4100), row.sentence);
    }

    /// After the close frame: says that nothing follows and leaves the peer time to read it.
    fn shut(&mut self, io: &Io) {
        if let Phase::Closing { sweeps, shut: false } = self.phase {
            self.phase = Phase::Closing { sweeps, shut: true };
            io.shut();
        }
    }
}

/// The task of a connection: everything its reading side needs.
pub(crate) struct Reader {
    shard: Arc<Shard>,
    connection: Arc<Connection>,
    session: Session,
    decoder: Decoder,
    /// Bytes of a frame that is not all there.
    #[expect(
        clippy::box_collection,
        reason = "almost always absent, and every connection pays for its width"
    )]
    tail: Option<Box<Vec<u8>>>,
}

impl Reader {
    /// `rest` is what came behind the request head.
    pub(crate) fn new(shard: Arc<Shard>, connection: Arc<Connection>, rest: &[u8]) -> Reader {
        let (session, decoder) = (Session::default(), Decoder::default());
        let mut reader = Reader { shard, connection, session, decoder, tail: None };
        if !rest.is_empty() {
            reader.take(&mut rest.to_vec());
        }
        reader
    }

    /// Reads once. `Ready(true)`: the socket is over.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if let Io::Pipe(end) = &self.connection.io {
            let Some(brought) = end.next() else { return Poll::Pending };
            self.take_brought(&brought);
            return Poll::Ready(false);
        }
        loop {
            match self.connection.io.poll_read_ready(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(_)) => return Poll::Ready(true),
                Poll::Ready(Ok(())) => {}
            }
            let over = SCRATCH.with_borrow_mut(|scratch| match self.connection.io.try_read(scratch) {
                Ok(0) => Some(true),
                Ok(count) => {
                    self.take(&mut scratch[..count]);
                    Some(false)
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                Err(_) => Some(true),
            });
            if let Some(over) = over {
                return Poll::Ready(over);
            }
        }
    }

    /// Takes bytes as they came; what is left of an unfinished frame stays in the tail.
    fn take(&mut self, bytes: &mut [u8]) {
        self.connection.heard(self.shard.now_s());
        self.shard.counters().bytes_in.fetch_add(bytes.len() as u64, Relaxed);
        let Some(mut tail) = self.tail.take() else {
            let used = self.decode(bytes);
            if used < bytes.len() {
                self.tail = Some(Box::new(bytes[used..].to_vec()));
            }
            return;
        };
        tail.extend_from_slice(bytes);
        let used = self.decode(&mut tail);
        if used < tail.len() {
            if used > 0 {
                tail.drain(..used);
                // A peer could otherwise leave one byte in a buffer of a whole read, on each of its connections.
                tail.shrink_to_fit();
            }
            self.tail = Some(tail);
        }
    }

    /// Takes what came by a pipe. Once closing, it is dropped.
    fn take_brought(&mut self, brought: &Brought) {
        let Reader { shard, connection, session, .. } = self;
        if connection.side.lock().phase != Phase::Open {
            return;
        }
        let most = shard.app(connection.who.app).max_message_bytes;
        let incoming = match brought {
            Brought::TooLarge { bytes } => Incoming::TooLarge { bytes: *bytes },
            Brought::Text(text) if text.len() > most => Incoming::TooLarge { bytes: text.len() as u64 },
            Brought::Text(text) => {
                shard.counters().bytes_in.fetch_add(text.len() as u64, Relaxed);
                Incoming::Text(text)
            }
        };
        shard.take(connection, session, &incoming);
    }

    /// Handles every whole frame and says how many bytes they were. Once closing, all are dropped.
    fn decode(&mut self, bytes: &mut [u8]) -> usize {
        let Reader { shard, connection, session, decoder, .. } = self;
        let app = shard.app(connection.who.app);
        let mut at = 0;
        loop {
            if connection.side.lock().phase != Phase::Open {
                return bytes.len();
            }
            match decoder.next(&mut bytes[at..], app.max_message_bytes) {
                Ok((_, Incoming::Incomplete)) => return at,
                Ok((used, incoming)) => {
                    at += used;
                    shard.take(connection, session, &incoming);
                }
                Err(violation) => shard.close_violation(connection, violation),
            }
        }
    }
}

impl Shard {
    /// One frame of a client.
    fn take(&self, connection: &Arc<Connection>, session: &mut Session, incoming: &Incoming<'_>) {
        let app = self.app(connection.who.app);
        match *incoming {
            Incoming::Incomplete | Incoming::Nothing => {}
            Incoming::Pong => debug::happened("in", &app, connection.id, "pong"),
            Incoming::Text(text) => self.take_text(connection, session, text),
            Incoming::Ping(payload) => {
                debug::happened("in", &app, connection.id, "ping");
                self.send(connection, &websocket::pong_frame(payload));
            }
            Incoming::Close(code) => {
                debug::happened("in", &app, connection.id, "close");
                connection.close_with(code.unwrap_or(1000), "");
            }
            Incoming::TooLarge { bytes } => match app.compat {
                // Ruling 21: closing would make pusher-js come back every second with the same frame.
                Compat::Pusher => {
                    self.count(Refusal::FrameTooLarge);
                    self.send(connection, &too_large(app.max_message_bytes, bytes));
                }
                Compat::Reverb => {
                    self.count(Refusal::FrameTooLarge);
                    connection.close_with(1009, "Maximum message size exceeded");
                }
            },
        }
    }

    fn take_text(&self, connection: &Arc<Connection>, session: &mut Session, text: &str) {
        self.counters().frames_in.fetch_add(1, Relaxed);
        let app = self.app(connection.who.app);
        let (id, who, now_ms, unix_s) = (connection.id, connection.who, self.now_ms(), unix_s());
        debug::received(&app, id, text);
        if let Err(refused) = session.count(&app, now_ms) {
            self.send(connection, &error(app.compat, &refused));
            self.count(refused.refusal);
            if app.rate_limit.is_some_and(|limit| limit.closes) {
                self.close(connection, Refusal::MessageRateClosed);
            }
            return;
        }
        let last_events = &self.core().last_events;
        let step = self.with_tables(|members, users| {
            session
                .handle(text, &mut Seat { app: &app, id, who, members, users, last_events, now_ms, unix_s })
        });
        if let Some(refusal) = step.refused {
            self.count(refusal);
        }
        for reply in &step.replies {
            self.send(connection, reply);
        }
        if let Some(accepted) = &step.accepted {
            self.fan_out_client_event(connection, accepted);
        }
        if let Some(refused) = step.close {
            self.close(connection, refused);
        }
    }

    fn close_violation(&self, connection: &Connection, violation: Violation) {
        match violation {
            Violation::Protocol(why) => {
                self.count(Refusal::ProtocolError);
                connection.close_with(1002, why);
            }
            Violation::Binary => self.close(connection, Refusal::BinaryFrame),
            Violation::NotUtf8 => self.close(connection, Refusal::NotUtf8),
        }
    }
}

/// Seconds since the Unix epoch, by the system's clock.
fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn too_large(limit: usize, bytes: u64) -> Bytes {
    let detail = format!("It has {bytes} bytes, allowed are {limit}.");
    let refused: Refused = Refusal::FrameTooLarge.because(detail);
    error(Compat::Pusher, &refused)
}

impl Future for Reader {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.connection.flush(cx) {
            return Poll::Ready(());
        }
        for _ in 0..READS_PER_TURN {
            match self.read(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(true) => return Poll::Ready(()),
                Poll::Ready(false) => {}
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Reader {
    /// However the task ends, the shard forgets the connection.
    fn drop(&mut self) {
        self.shard.leave(&self.connection);
        if let Io::Pipe(_) = self.connection.io {
            self.connection.give_up();
        }
    }
}

/// A key is a position in the shard's slab.
pub(crate) fn key(position: usize) -> Key {
    Key::try_from(position).expect("a process has fewer than 2^32 descriptors")
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
