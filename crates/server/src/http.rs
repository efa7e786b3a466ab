//! Plain HTTP on the connections that the hub hands over: hyper and axum, with the bytes already
//! read put back in front. Knows nothing of routes.

use crate::caller::Peer;
use axum::Router;
use bytes::{Buf, Bytes};
use hyper::body::Body as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use realtime::{PlainHttp, PlainStream, TlsStream, Way};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
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
        if let (Ending::HandOn(hand_on), Way::Tcp | Way::Unix) = (&*self.ending.borrow(), plain.stream.way())
        {
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
    /// with what was read of the next; whoever comes now too. Those over TLS end, as their keys live here.
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
    let Ok(stream) = watch_here(plain.stream) else { return };
    let farewell = Arc::new(Farewell::default());
    let io = TokioIo::new(Rewind { prefix: plain.prefix, stream, farewell: farewell.clone() });
    let said = farewell.clone();
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer, way));
        let (asks_for_end, has_body) = (asks_for_end(&request), !request.body().is_end_stream());
        let (answer, said) = (router.clone().oneshot(request), said.clone());
        async move {
            let answer = answer.await;
            said.answered(asks_for_end);
            said.lingers.store(has_body && !answer.as_ref().is_ok_and(is_success), Relaxed);
            answer
        }
    });
    let mut connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limit::REQUEST_HEAD_S))
        .max_buf_size(limit::REQUEST_HEAD_BYTES * 4)
        .serve_connection(io, service);
    let told = async {
        let told = ending.wait_for(|ending| !matches!(ending, Ending::No)).await;
        told.map(|ending| ending.clone())
    };
    let ended = tokio::select! {
        done = &mut connection => Err(done),
        told = told => Ok(told),
    };
    let ending = match ended {
        Ok(ending) => ending,
        // An error here is the client's: it went away or spoke no HTTP. hyper has answered what it could.
        Err(Err(_)) => return,
        Err(Ok(())) if farewell.lingers.load(Relaxed) => {
            return linger(connection.into_parts().io.into_inner()).await;
        }
        Err(Ok(())) => return,
    };
    let (Ok(Ending::HandOn(hand_on)), Way::Tcp | Way::Unix) = (ending, way) else {
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
    if let Ok(stream) = stream.leave() {
        let prefix =
            if prefix.is_empty() { parts.read_buf } else { [parts.read_buf, prefix].concat().into() };
        hand_on(PlainHttp { stream, prefix, peer });
    }
}

fn is_success(answer: &axum::response::Response) -> bool {
    answer.status().is_success()
}

/// Reads on for a moment after a refusal that did not wait for the whole request. Closing a socket with
/// bytes unread resets it, and that can take away the answer before the client has read it: it would see
/// a broken connection, and send the same again.
async fn linger(mut stream: Rewind) {
    let mut rest = vec![0; 16 * 1024];
    let read_on = async { while matches!(stream.read(&mut rest).await, Ok(1..)) {} };
    // Over in time or not: then it is closed.
    let _ = tokio::time::timeout(Duration::from_secs(limit::LINGER_S), read_on).await;
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
    /// Was the last answer a refusal that may have come before the end of its request?
    lingers: AtomicBool,
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

/// A stream whose first bytes were read by somebody else.
struct Rewind {
    prefix: Bytes,
    stream: Box<dyn Stream>,
    farewell: Arc<Farewell>,
}

/// Any of the sockets that HTTP is spoken on.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// As another process can take it.
    fn leave(self: Box<Self>) -> io::Result<PlainStream>;
}

impl Stream for TcpStream {
    fn leave(self: Box<Self>) -> io::Result<PlainStream> {
        Ok(PlainStream::Tcp(self.into_std()?))
    }
}

impl Stream for UnixStream {
    fn leave(self: Box<Self>) -> io::Result<PlainStream> {
        Ok(PlainStream::Unix(self.into_std()?))
    }
}

impl Stream for TlsStream {
    /// Its keys live in this process.
    fn leave(self: Box<Self>) -> io::Result<PlainStream> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Puts a socket on this runtime.
fn watch_here(stream: PlainStream) -> io::Result<Box<dyn Stream>> {
    Ok(match stream {
        PlainStream::Tcp(stream) => Box::new(TcpStream::from_std(stream)?),
        PlainStream::Unix(stream) => Box::new(UnixStream::from_std(stream)?),
        PlainStream::Tls(stream) => Box::new(stream.move_here()?),
    })
}

impl AsyncRead for Rewind {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.prefix.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
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
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Everything is written by now. A connection that goes on elsewhere is not shut.
        if self.farewell.goes_on() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
