//! Plain HTTP on the connections that the hub hands over: hyper and axum, with the bytes already
//! read put back in front. Knows nothing of routes.

use crate::caller::Peer;
use axum::Router;
use bytes::{Buf, Bytes};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use realtime::PlainHttp;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::ServiceExt;
use wire::limit;

/// Serves handed-over connections on the runtime for REST until told to stop.
pub struct HttpServer {
    runtime: tokio::runtime::Handle,
    router: Router,
    stop: watch::Receiver<bool>,
    open: Arc<Mutex<usize>>,
}

impl HttpServer {
    /// `stop` turning true lets each connection finish the request it is on.
    pub fn new(runtime: tokio::runtime::Handle, router: Router, stop: watch::Receiver<bool>) -> HttpServer {
        HttpServer { runtime, router, stop, open: Arc::default() }
    }

    /// Takes over one connection. Called on a shard's thread: only spawns.
    pub fn take(&self, plain: PlainHttp) {
        if self.open() >= limit::HTTP_CONNECTIONS {
            tracing::warn!("HTTP connection dropped: over {} at once", limit::HTTP_CONNECTIONS);
            return;
        }
        let (router, stop, open) = (self.router.clone(), self.stop.clone(), self.open.clone());
        self.runtime.spawn(async move {
            *open.lock() += 1;
            serve(plain, router, stop).await;
            *open.lock() -= 1;
        });
    }

    /// Connections being served now.
    pub fn open(&self) -> usize {
        *self.open.lock()
    }
}

async fn serve(plain: PlainHttp, router: Router, mut stop: watch::Receiver<bool>) {
    let peer = Peer(plain.peer);
    let Ok(stream) = TcpStream::from_std(plain.stream) else { return };
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
    stream: TcpStream,
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
