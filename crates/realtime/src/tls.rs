//! A TLS session over a TCP socket, with the non-blocking calls of a socket: what was encrypted and did
//! not fit waits inside. Decides nothing about certificates; the owner of the listener brings them.

use parking_lot::Mutex;
use rustls::{ServerConfig, ServerConnection};
use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The protocol by which an ACME server asks for its challenge (RFC 8737). Nothing else is said in it.
const ACME_PROTOCOL: &[u8] = b"acme-tls/1";

/// An open TLS session.
pub struct TlsStream {
    socket: TcpStream,
    /// Locked by whoever reads or writes, which is one thread at a time.
    session: Mutex<ServerConnection>,
}

/// A socket as the session reads and writes it.
struct Wire<'a>(&'a TcpStream);

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes what is encrypted already. `WouldBlock`: the socket took only a part.
fn flush(session: &mut ServerConnection, socket: &TcpStream) -> io::Result<()> {
    while session.wants_write() {
        session.write_tls(&mut Wire(socket))?;
    }
    Ok(())
}

/// Takes what came. Answers the bytes; 0 is the end.
fn fill(session: &mut ServerConnection, socket: &TcpStream) -> io::Result<usize> {
    let count = session.read_tls(&mut Wire(socket))?;
    if let Err(error) = session.process_new_packets() {
        // The peer may hear why; if not, the end of the connection tells enough.
        let _ = flush(session, socket);
        return Err(io::Error::new(io::ErrorKind::InvalidData, error));
    }
    match flush(session, socket) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(count),
    }
}

impl TlsStream {
    /// Shakes hands. The caller bounds the time.
    pub(crate) async fn accept(socket: TcpStream, config: Arc<ServerConfig>) -> io::Result<TlsStream> {
        let mut session = ServerConnection::new(config).map_err(io::Error::other)?;
        while session.is_handshaking() {
            socket.readable().await?;
            match fill(&mut session, &socket) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            while session.wants_write() {
                socket.writable().await?;
                match flush(&mut session, &socket) {
                    Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(TlsStream { socket, session: Mutex::new(session) })
    }

    /// Was this handshake an ACME server's question, which it has answered?
    pub(crate) fn is_challenge(&self) -> bool {
        self.session.lock().alpn_protocol() == Some(ACME_PROTOCOL)
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let session = &mut *self.session.lock();
        loop {
            match session.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // A peer that went away without a farewell has gone as well.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                read => return read,
            }
            // At the end of the stream the next read says so.
            fill(session, &self.socket)?;
        }
    }

    /// Encrypts and writes, or takes nothing while something of before waits.
    pub(crate) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let session = &mut *self.session.lock();
        flush(session, &self.socket)?;
        let count = session.writer().write_vectored(slices)?;
        match flush(session, &self.socket) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            // What the socket did not take waits in the session.
            _ => Ok(count),
        }
    }

    /// Writes what waits in the session.
    pub(crate) fn try_flush(&self) -> io::Result<()> {
        flush(&mut self.session.lock(), &self.socket)
    }

    /// Has the socket taken everything that was encrypted?
    pub(crate) fn is_flushed(&self) -> bool {
        !self.session.lock().wants_write()
    }

    /// Says farewell and that nothing follows. A peer that is gone already needs neither.
    pub(crate) fn shut(&self) {
        self.session.lock().send_close_notify();
        let _ = self.try_flush();
        let _ = socket2::SockRef::from(&self.socket).shutdown(Shutdown::Write);
    }

    /// Takes the session to the runtime of the caller.
    ///
    /// # Errors
    /// When the system refuses to watch the socket.
    pub fn move_here(self) -> io::Result<TlsStream> {
        let socket = TcpStream::from_std(self.socket.into_std()?)?;
        Ok(TlsStream { socket, session: self.session })
    }
}

impl AsyncRead for TlsStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match self.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.socket.poll_read_ready(context))?;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for TlsStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.try_write_vectored(slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.socket.poll_write_ready(context))?;
                }
                done => return Poll::Ready(done),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.try_flush() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.socket.poll_write_ready(context))?;
                }
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.session.lock().send_close_notify();
        let flushed = self.as_ref().get_ref();
        loop {
            match flushed.try_flush() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(flushed.socket.poll_write_ready(context))?;
                }
                _ => break,
            }
        }
        let _ = socket2::SockRef::from(&flushed.socket).shutdown(Shutdown::Write);
        Poll::Ready(Ok(()))
    }
}
