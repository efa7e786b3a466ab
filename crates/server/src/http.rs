//! Plain HTTP on the connections that the hub hands over: hyper and axum, with the bytes already
//! read put back in front. Knows nothing of routes.

use crate::caller::Peer;
use axum::Router;
use bytes::{Buf, Bytes};
use hyper_util::rt::{TokioIo, TokioTimer};
use realtime::{PlainHttp, PlainStream};
use std::io;
use std::pin::Pin;
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
    /// Turns true when each connection shall finish the request it is on and end.
    stop: watch::Sender<bool>,
    open: watch::Sender<usize>,
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
        HttpServer { runtime, router, stop: watch::Sender::new(false), open: watch::Sender::new(0) }
    }

    /// Takes over one connection. Called on a shard's thread: only spawns.
    pub fn take(&self, plain: PlainHttp) {
        if self.open() >= limit::HTTP_CONNECTIONS {
            tracing::warn!("HTTP connection dropped: over {} at once", limit::HTTP_CONNECTIONS);
            return;
        }
        let (router, stop, counted) = (self.router.clone(), self.stop.subscribe(), Counted::new(&self.open));
        self.runtime.spawn(async move {
            serve(plain, router, stop).await;
            drop(counted);
        });
    }

    /// Connections being served now.
    pub fn open(&self) -> usize {
        *self.open.borrow()
    }

    /// Lets each connection finish the request it is on, and end.
    pub fn finish(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until no connection is open.
    pub async fn idle(&self) {
        // It lives as long as `self`.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

async fn serve(plain: PlainHttp, router: Router, mut stop: watch::Receiver<bool>) {
    let peer = Peer(plain.peer, plain.stream.way());
    let Ok(stream) = watch_here(plain.stream) else { return };
    let io = TokioIo::new(Rewind { prefix: plain.prefix, stream });
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limit::REQUEST_HEAD_S))
        .max_buf_size(limit::REQUEST_HEAD_BYTES * 4)
        .serve_connection(io, service);
    let mut connection = std::pin::pin!(connection);
    let stopping = async { stop.wait_for(|stop| *stop).await.map(|_| ()) };
    tokio::select! {
        // An error here is the client's: it went away or spoke no HTTP. hyper has answered what it could.
        _ = connection.as_mut() => {}
        _ = stopping => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// A stream whose first bytes were read by somebody else.
struct Rewind {
    prefix: Bytes,
    stream: Box<dyn Stream>,
}

/// Any of the sockets that HTTP is spoken on.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

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
