//! A stream with what waits to be written and what came in. Decides when to read and to write; knows
//! nothing of what the bytes mean.

use bytes::{Buf, BytesMut};
use std::io;
use std::task::{Context, Poll};
use tokio::net::{TcpStream, UnixStream};

/// Bytes that may wait before nothing more is taken: what waits behind them waits where it can be dropped.
const WAITING_BYTES: usize = 1024 * 1024;
/// Room for one read.
const READ_BYTES: usize = 64 * 1024;

pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

pub(super) struct Pipe {
    stream: Stream,
    pub(super) incoming: BytesMut,
    outgoing: BytesMut,
}

impl Pipe {
    pub(super) fn new(stream: Stream) -> Pipe {
        Pipe { stream, incoming: BytesMut::new(), outgoing: BytesMut::new() }
    }

    pub(super) fn send(&mut self, parts: &[&[u8]]) {
        parts.iter().for_each(|part| self.outgoing.extend_from_slice(part));
    }

    pub(super) fn has_room(&self) -> bool {
        self.outgoing.len() < WAITING_BYTES
    }

    /// Has all been written?
    pub(super) fn is_silent(&self) -> bool {
        self.outgoing.is_empty()
    }

    /// Writes what waits and reads what came; ready when something came, when room was made
    /// and when all is written.
    /// An end of the stream is an error.
    pub(super) fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (had_room, was_silent) = (self.has_room(), self.is_silent());
        if let Poll::Ready(Err(error)) = self.poll_write(cx) {
            return Poll::Ready(Err(error));
        }
        match self.poll_read(cx) {
            Poll::Pending if !had_room && self.has_room() || !was_silent && self.is_silent() => {
                Poll::Ready(Ok(()))
            }
            turn => turn,
        }
    }

    /// Pending when nothing waits, or the stream takes no more.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            let ready = match &self.stream {
                Stream::Tcp(stream) => stream.poll_write_ready(cx),
                Stream::Unix(stream) => stream.poll_write_ready(cx),
            };
            std::task::ready!(ready)?;
            let written = match &self.stream {
                Stream::Tcp(stream) => stream.try_write(&self.outgoing),
                Stream::Unix(stream) => stream.try_write(&self.outgoing),
            };
            match written {
                Ok(written) => self.outgoing.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Pending
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let ready = match &self.stream {
                Stream::Tcp(stream) => stream.poll_read_ready(cx),
                Stream::Unix(stream) => stream.poll_read_ready(cx),
            };
            std::task::ready!(ready)?;
            self.incoming.reserve(READ_BYTES);
            let read = match &self.stream {
                Stream::Tcp(stream) => stream.try_read_buf(&mut self.incoming),
                Stream::Unix(stream) => stream.try_read_buf(&mut self.incoming),
            };
            match read {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => return Poll::Ready(Ok(())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
