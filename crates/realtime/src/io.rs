//! What a connection writes to and reads from: a TCP socket, or a pipe to the requests of a client
//! without one. Knows nothing of frames and queues.

use crate::pipe::PipeEnd;
use std::io::{self, IoSlice};
use std::net::{Shutdown, SocketAddr};
use std::task::{Context, Poll};
use tokio::net::TcpStream;

/// The other end of a connection.
pub(crate) enum Io {
    Tcp(TcpStream),
    /// Takes nothing at once: what is sent waits in the outbox until a request fetches it.
    Pipe(Box<PipeEnd>),
}

impl Io {
    /// Address of the other end. A pipe has none: each of its requests may come from another.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        match self {
            Io::Tcp(stream) => stream.peer_addr().ok(),
            Io::Pipe(_) => None,
        }
    }

    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Io::Tcp(stream) => stream.try_write(bytes),
            Io::Pipe(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    pub(crate) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Io::Tcp(stream) => stream.try_write_vectored(slices),
            Io::Pipe(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// A pipe is never ready: nobody polls for what its requests fetch.
    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Io::Tcp(stream) => stream.poll_write_ready(cx),
            Io::Pipe(_) => Poll::Pending,
        }
    }

    /// What a pipe's client brings does not come as bytes.
    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Io::Tcp(stream) => stream.poll_read_ready(cx),
            Io::Pipe(_) => Poll::Pending,
        }
    }

    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Io::Tcp(stream) => stream.try_read(buffer),
            Io::Pipe(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Says that nothing follows. A peer that is gone already makes this fail, and the next read end the task.
    pub(crate) fn shut(&self) {
        match self {
            Io::Tcp(stream) => {
                let _ = socket2::SockRef::from(stream).shutdown(Shutdown::Write);
            }
            Io::Pipe(_) => {}
        }
    }
}
