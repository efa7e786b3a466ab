//! What a connection writes to and reads from: a socket, plain or encrypted, or a pipe to the requests
//! of a client without one. Knows nothing of frames and queues.

use crate::pipe::PipeEnd;
use crate::tls::TlsStream;
use std::io::{self, IoSlice};
use std::net::{Shutdown, SocketAddr};
use std::task::{Context, Poll};
use tokio::net::{TcpStream, UnixStream};

/// The other end of a connection.
pub(crate) enum Io {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream>),
    /// Takes nothing at once: what is sent waits in the outbox until a request fetches it.
    Pipe(Box<PipeEnd>),
}

impl Io {
    /// Address of the other end. A unix socket has none that says anything, and a pipe's requests may
    /// come from many.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        match self {
            Io::Tcp(stream) => stream.peer_addr().ok(),
            Io::Tls(stream) => stream.socket().peer_addr().ok(),
            Io::Unix(_) | Io::Pipe(_) => None,
        }
    }

    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Io::Tcp(stream) => stream.try_write(bytes),
            Io::Unix(stream) => stream.try_write(bytes),
            Io::Tls(stream) => stream.try_write_vectored(&[IoSlice::new(bytes)]),
            Io::Pipe(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    pub(crate) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Io::Tcp(stream) => stream.try_write_vectored(slices),
            Io::Unix(stream) => stream.try_write_vectored(slices),
            Io::Tls(stream) => stream.try_write_vectored(slices),
            Io::Pipe(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Has everything that was taken reached the system? Only encryption holds something back.
    pub(crate) fn is_flushed(&self) -> bool {
        match self {
            Io::Tcp(_) | Io::Unix(_) | Io::Pipe(_) => true,
            Io::Tls(stream) => stream.is_flushed(),
        }
    }

    /// Hands what was held back to the system.
    pub(crate) fn try_flush(&self) -> io::Result<()> {
        match self {
            Io::Tcp(_) | Io::Unix(_) | Io::Pipe(_) => Ok(()),
            Io::Tls(stream) => stream.try_flush(),
        }
    }

    /// A pipe is never ready: nobody polls for what its requests fetch.
    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Io::Tcp(stream) => stream.poll_write_ready(cx),
            Io::Unix(stream) => stream.poll_write_ready(cx),
            Io::Tls(stream) => stream.socket().poll_write_ready(cx),
            Io::Pipe(_) => Poll::Pending,
        }
    }

    /// What a pipe's client brings does not come as bytes.
    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Io::Tcp(stream) => stream.poll_read_ready(cx),
            Io::Unix(stream) => stream.poll_read_ready(cx),
            Io::Tls(stream) => stream.socket().poll_read_ready(cx),
            Io::Pipe(_) => Poll::Pending,
        }
    }

    pub(crate) async fn readable(&self) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_read_ready(cx)).await
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_write_ready(cx)).await
    }

    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Io::Tcp(stream) => stream.try_read(buffer),
            Io::Unix(stream) => stream.try_read(buffer),
            Io::Tls(stream) => stream.try_read(buffer),
            Io::Pipe(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Says that nothing follows. A peer that is gone already makes this fail, and the next read end the task.
    pub(crate) fn shut(&self) {
        match self {
            Io::Tcp(stream) => {
                let _ = socket2::SockRef::from(stream).shutdown(Shutdown::Write);
            }
            Io::Unix(stream) => {
                let _ = socket2::SockRef::from(stream).shutdown(Shutdown::Write);
            }
            Io::Tls(stream) => stream.shut(),
            Io::Pipe(_) => {}
        }
    }
}
