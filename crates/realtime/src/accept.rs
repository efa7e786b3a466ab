//! From a new TCP connection to a session or to the HTTP side: accepting, reading the head
//! within its limits, and answering. Knows nothing of what a head means; `upgrade` does.

use crate::PlainHttp;
use crate::debug;
use crate::hub::Core;
use crate::io::Io;
use crate::lane::{Order, TakeHttp};
use crate::shard::Shard;
use crate::upgrade::{self, Verdict};
use bytes::Bytes;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use wire::limit;

/// How long a head may take to arrive.
const HEAD_WAIT: Duration = Duration::from_secs(limit::REQUEST_HEAD_S);
/// Connections that may wait to be accepted; the system's own limit is mostly 4,096.
const BACKLOG: i32 = 65_535;
/// How long a refused peer has to read why.
const LINGER: Duration = Duration::from_secs(2);
/// Pause after a failed accept: out of descriptors, mostly, and trying at once cannot help.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Starts a thread that accepts until told to stop, dealing sockets to the shards in turn.
pub(crate) fn spawn(
    core: Arc<Core>,
    listener: std::net::TcpListener,
    http: TakeHttp,
    mut stop: watch::Receiver<bool>,
) -> io::Result<std::thread::JoinHandle<()>> {
    listener.set_nonblocking(true)?;
    // Asked again, the system takes the new length. What does not fit into the queue is dropped and
    // comes back a second later: after a cut, thousands come in the same moment.
    socket2::SockRef::from(&listener).listen(BACKLOG)?;
    // Small frames must leave at once; what is accepted inherits it.
    socket2::SockRef::from(&listener).set_tcp_nodelay(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("acceptor".into()).spawn(move || {
        runtime.block_on(async {
            let listener = match TcpListener::from_std(listener) {
                Ok(listener) => listener,
                Err(error) => return tracing::error!(%error, "cannot accept"),
            };
            tokio::select! {
                () = accept(&core, &listener, &http) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
    })
}

async fn accept(core: &Core, listener: &TcpListener, http: &TakeHttp) {
    let mut next = 0;
    loop {
        let accepted = match listener.accept().await {
            Ok((stream, peer)) => stream.into_std().map(|stream| (stream, peer)),
            Err(error) => Err(error),
        };
        match accepted {
            Ok((stream, peer)) => {
                core.lanes[next].tell(Order::Accept { stream, peer, http: http.clone() });
                next = (next + 1) % core.lanes.len();
            }
            Err(error) => {
                tracing::warn!(%error, "accept failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

impl Shard {
    /// The handshake task. It ends when the socket has its session or its place in HTTP.
    pub(crate) async fn greet(
        self: Arc<Self>,
        stream: std::net::TcpStream,
        peer: SocketAddr,
        http: TakeHttp,
    ) {
        let Ok(stream) = TcpStream::from_std(stream) else { return };
        let (head, verdict) = match tokio::time::timeout(HEAD_WAIT, self.head(&stream, peer)).await {
            Ok(Ok(read)) => read,
            Ok(Err(_gone)) => return,
            Err(_elapsed) => {
                return dismiss(&stream, b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n").await;
            }
        };
        match verdict {
            Verdict::Incomplete | Verdict::Plain => {
                if let Ok(stream) = stream.into_std() {
                    http(PlainHttp { stream, prefix: Bytes::from(head), peer });
                }
            }
            Verdict::TooLong => {
                let reply = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n";
                dismiss(&stream, reply).await;
            }
            Verdict::Refuse { compat, accept, refusal } => {
                self.count(refusal.refusal);
                dismiss(&stream, &upgrade::refuse(&accept, compat, &refusal)).await;
            }
            Verdict::Welcome { app, protocol, accept, used } => {
                if let Err(refused) = self.core().reserve(app) {
                    self.count(refused.refusal);
                    let word = upgrade::refuse(&accept, self.app(app).compat, &refused);
                    return dismiss(&stream, &word).await;
                }
                let id = self.new_id();
                // A fresh socket takes these few hundred bytes whole, or is broken.
                let hello = upgrade::welcome(&accept, &self.app(app), protocol, &id.to_string());
                if matches!(stream.try_write(&hello), Ok(written) if written == hello.len()) {
                    debug::happened("out", &self.app(app), id, "pusher:connection_established");
                    self.admit(Io::Tcp(stream), id, app, &head[used..]);
                } else {
                    self.core().release(app);
                }
            }
        }
    }

    /// Reads until the head can be judged. An `Incomplete` verdict means that the peer has
    /// shut its side; the HTTP side answers that.
    async fn head(&self, stream: &TcpStream, peer: SocketAddr) -> io::Result<(Vec<u8>, Verdict)> {
        stream.writable().await?;
        let mut head = Vec::with_capacity(1_024);
        loop {
            stream.readable().await?;
            let before = head.len();
            match stream.try_read_buf(&mut head) {
                Ok(0) if head.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(0) => return Ok((head, Verdict::Incomplete)),
                // No head ends without a line's end: a peer sending single bytes costs no parsing.
                Ok(_) if !head[before..].contains(&b'\n') && head.len() < limit::REQUEST_HEAD_BYTES => {}
                Ok(_) => match upgrade::judge(self.core(), peer.ip(), &head) {
                    Verdict::Incomplete => {}
                    verdict => return Ok((head, verdict)),
                },
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Says a last word and waits until the peer has closed: closing at once could destroy the
/// word on its way.
async fn dismiss(stream: &TcpStream, word: &[u8]) {
    let _ = stream.try_write(word);
    let _ = socket2::SockRef::from(stream).shutdown(Shutdown::Write);
    let closed = async {
        let mut ignored = [0; 512];
        while stream.readable().await.is_ok() {
            match stream.try_read(&mut ignored) {
                Ok(0) => return,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => {}
            }
        }
    };
    let _ = tokio::time::timeout(LINGER, closed).await;
}
