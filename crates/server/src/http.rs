//! Plain HTTP on the connections that the hub hands over: hyper and axum, with the bytes already
//! read put back in front. Knows nothing of routes.

use crate::caller::Peer;
use axum::Router;
use bytes::{Buf, Bytes};
use hyper_util::rt::{TokioIo, TokioTimer};
use realtime::{PlainHttp, PlainStream, TlsStream};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;
use tower::ServiceExt;
use wire::limit;

/// Serves handed-over connections on the runtime for REST until told to stop.
pub struct HttpServer {
    runtime: tokio::runtime::Handle,
    router: Router,
    ending: watch::Sender<Ending>,
    open: watch::Sender<usize>,
}

/// Takes a connection on which no request is under way.
pub type HandOn = Arc<dyn Fn(PlainHttp) + Send + Sync>;

/// How connections shall end.
#[derive(Clone)]
enum Ending {
    /// Not at all.
    No,
    /// After the request they are on.
    Finish,
    /// Here: those on which no request is under way go on elsewhere.
    HandOn(HandOn),
}

/// One connection being served; counted as long as it lives.
struct Counted(watch::Sender<usize>);

impl Counted {
    fn new(open: &watch::Sender<usize>) -> Counted {
        open.send_modify(|open| *open += 1);
        Counted(open.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl HttpServer {
    /// Answers by this router.
    pub fn new(runtime: tokio::runtime::Handle, router: Router) -> HttpServer {
        let (ending, open) = (watch::Sender::new(Ending::No), watch::Sender::new(0));
        HttpServer { runtime, router, ending, open }
    }

    /// Takes over one connection. Called on a shard's thread: only spawns.
    pub fn take(&self, plain: PlainHttp) {
        if let Ending::HandOn(hand_on) = &*self.ending.borrow() {
            return hand_on(plain);
        }
        if self.open() >= limit::HTTP_CONNECTIONS {
            tracing::warn!("HTTP connection dropped: over {} at once", limit::HTTP_CONNECTIONS);
            return;
        }
        let (router, ending, counted) =
            (self.router.clone(), self.ending.subscribe(), Counted::new(&self.open));
        self.runtime.spawn(async move {
            serve(plain, router, ending).await;
            drop(counted);
        });
    }

    /// Connections being served now.
    pub fn open(&self) -> usize {
        *self.open.borrow()
    }

    /// Lets each connection finish the request it is on, and end.
    pub fn finish(&self) {
        self.ending.send_replace(Ending::Finish);
    }

    /// Lets each connection finish the request it is on, and gives those that are on none to `hand_on`,
    /// with what was read of the next; whoever comes now too.
    pub fn hand_on(&self, hand_on: HandOn) {
        self.ending.send_replace(Ending::HandOn(hand_on));
    }

    /// Serves on as before.
    pub fn go_on(&self) {
        self.ending.send_replace(Ending::No);
    }

    /// Waits until no connection is open.
    pub async fn idle(&self) {
        // It lives as long as `self`.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

async fn serve(plain: PlainHttp, router: Router, mut ending: watch::Receiver<Ending>) {
    let (peer, way) = (plain.peer, plain.stream.way());
    let Ok(stream) = Stream::watched_here(plain.stream) else { return };
    let farewell = Arc::new(Farewell::default());
    let io = TokioIo::new(Rewind { prefix: plain.prefix, stream, farewell: farewell.clone() });
    let said = farewell.clone();
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer, way));
        let asks_for_end = asks_for_end(&request);
        let (answer, said) = (router.clone().oneshot(request), said.clone());
        async move {
            let answer = answer.await;
            said.answered(asks_for_end);
            answer
        }
    });
    let mut connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limit::REQUEST_HEAD_S))
        .max_buf_size(limit::REQUEST_HEAD_BYTES * 4)
        .serve_connection(io, service);
    let told = ending.wait_for(|ending| !matches!(ending, Ending::No));
    let ending = tokio::select! {
        // An error here is the client's: it went away or spoke no HTTP. hyper has answered what it could.
        _ = &mut connection => return,
        ending = told => ending.map(|ending| ending.clone()),
    };
    let Ok(Ending::HandOn(hand_on)) = ending else {
        Pin::new(&mut connection).graceful_shutdown();
        let _ = connection.await;
        return;
    };
    farewell.begins();
    Pin::new(&mut connection).graceful_shutdown();
    // Not hyper's own way of doing without a shutdown: that may end with an answer half written.
    if (&mut connection).await.is_err() || farewell.is_said() {
        return;
    }
    let parts = connection.into_parts();
    let Rewind { prefix, stream, .. } = parts.io.into_inner();
    if let Some(stream) = stream.to_hand_on() {
        let prefix =
            if prefix.is_empty() { parts.read_buf } else { [parts.read_buf, prefix].concat().into() };
        hand_on(PlainHttp { stream, prefix, peer });
    }
}

/// Does the client want no more than this one answer (RFC 9112, 9.3)?
fn asks_for_end(request: &hyper::Request<hyper::body::Incoming>) -> bool {
    let options = request.headers().get_all(hyper::header::CONNECTION).iter();
    let mut options = options.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    request.version() < hyper::Version::HTTP_11
        || options.any(|option| option.trim().eq_ignore_ascii_case("close"))
}

/// Does the client know that its connection ends? hyper says so with every answer that is given after
/// [`Farewell::begins`], and only then may the connection be closed: before it, the client may send
/// another request at any time.
#[derive(Default)]
struct Farewell {
    has_begun: AtomicBool,
    is_said: AtomicBool,
}

impl Farewell {
    fn begins(&self) {
        self.has_begun.store(true, Relaxed);
    }

    fn answered(&self, asks_for_end: bool) {
        self.is_said.fetch_or(asks_for_end || self.has_begun.load(Relaxed), Relaxed);
    }

    fn is_said(&self) -> bool {
        self.is_said.load(Relaxed)
    }

    /// Shall the connection stay open when hyper has done with it?
    fn goes_on(&self) -> bool {
        self.has_begun.load(Relaxed) && !self.is_said()
    }
}

/// Any of the sockets that HTTP is spoken on.
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream>),
}

impl Stream {
    /// Puts a socket on this runtime.
    fn watched_here(stream: PlainStream) -> io::Result<Stream> {
        Ok(match stream {
            PlainStream::Tcp(stream) => Stream::Tcp(TcpStream::from_std(stream)?),
            PlainStream::Unix(stream) => Stream::Unix(UnixStream::from_std(stream)?),
            PlainStream::Tls(stream) => Stream::Tls(Box::new(stream.move_here()?)),
        })
    }

    /// The socket, where another process can go on with it: not with keys that only this one has, and not
    /// where only this one knows that it came by a file.
    fn to_hand_on(self) -> Option<PlainStream> {
        match self {
            Stream::Tcp(stream) => stream.into_std().ok().map(PlainStream::Tcp),
            Stream::Unix(_) | Stream::Tls(_) => None,
        }
    }

    fn io(&mut self) -> Pin<&mut dyn Duplex> {
        match self {
            Stream::Tcp(stream) => Pin::new(stream),
            Stream::Unix(stream) => Pin::new(stream),
            Stream::Tls(stream) => Pin::new(&mut **stream),
        }
    }
}

trait Duplex: AsyncRead + AsyncWrite {}

impl<S: AsyncRead + AsyncWrite> Duplex for S {}

/// A stream whose first bytes were read by somebody else.
struct Rewind {
    prefix: Bytes,
    stream: Stream,
    farewell: Arc<Farewell>,
}

impl AsyncRead for Rewind {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.prefix.is_empty() {
            return self.stream.io().poll_read(context, buffer);
        }
        let take = self.prefix.len().min(buffer.remaining());
        buffer.put_slice(&self.prefix[..take]);
        self.prefix.advance(take);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Rewind {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream.io().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.io().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Everything is written by now. A connection that goes on elsewhere is not shut.
        if self.farewell.goes_on() {
            return Poll::Ready(Ok(()));
        }
        self.stream.io().poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Tcp(stream) => stream.is_write_vectored(),
            Stream::Unix(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream.io().poll_write_vectored(context, slices)
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
