//! From a new connection to a session or to the HTTP side: accepting, reading the head
//! within its limits, and answering. Knows nothing of what a head means; `upgrade` does.

use crate::debug;
use crate::hub::Core;
use crate::io::Io;
use crate::lane::{Order, TakeHttp};
use crate::shard::Shard;
use crate::tls::TlsStream;
use crate::upgrade::{self, Verdict};
use crate::{PlainHttp, PlainStream, Way};
use bytes::Bytes;
use rustls::ServerConfig;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use wire::limit;

/// How long a head may take to arrive.
const HEAD_WAIT: Duration = Duration::from_secs(limit::REQUEST_HEAD_S);
/// Connections that may wait to be accepted; the system's own limit is mostly 4,096.
const BACKLOG: i32 = 65_535;
/// Bytes of a head that are read at once.
const HEAD_PIECE: usize = 1_024;
/// How long a refused peer has to read why.
const LINGER: Duration = Duration::from_secs(2);
/// Pause after a failed accept: out of descriptors, mostly, and trying at once cannot help.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// First byte of a TLS handshake record (RFC 8446, 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// Where connections come in.
pub enum Listener {
    /// Plain TCP.
    Tcp(std::net::TcpListener),
    /// TLS. What comes from this machine itself may also be plain: the command line needs no certificate.
    Tls(std::net::TcpListener, Arc<ServerConfig>),
    /// A unix socket.
    Unix(std::os::unix::net::UnixListener),
}

impl From<std::net::TcpListener> for Listener {
    fn from(listener: std::net::TcpListener) -> Listener {
        Listener::Tcp(listener)
    }
}

/// A connection that came in.
pub(crate) enum Accepted {
    Tcp(std::net::TcpStream),
    Tls(std::net::TcpStream, Arc<ServerConfig>),
    Unix(std::os::unix::net::UnixStream),
}

impl Listener {
    /// What must be so before the first connection comes.
    fn prepare(&self) -> io::Result<()> {
        let listener = match self {
            Listener::Unix(listener) => return listener.set_nonblocking(true),
            Listener::Tcp(listener) | Listener::Tls(listener, _) => listener,
        };
        listener.set_nonblocking(true)?;
        // Asked again, the system takes the new length. What does not fit into the queue is dropped and
        // comes back a second later: after a cut, thousands come in the same moment.
        socket2::SockRef::from(listener).listen(BACKLOG)?;
        // Small frames must leave at once; what is accepted inherits it.
        socket2::SockRef::from(listener).set_tcp_nodelay(true)
    }
}

/// A listener on the acceptor's own runtime.
enum Open {
    Tcp(TcpListener),
    Tls(TcpListener, Arc<ServerConfig>),
    Unix(UnixListener),
}

impl Open {
    fn new(listener: Listener) -> io::Result<Open> {
        Ok(match listener {
            Listener::Tcp(listener) => Open::Tcp(TcpListener::from_std(listener)?),
            Listener::Tls(listener, config) => Open::Tls(TcpListener::from_std(listener)?, config),
            Listener::Unix(listener) => Open::Unix(UnixListener::from_std(listener)?),
        })
    }

    async fn accept(&self) -> io::Result<(Accepted, SocketAddr)> {
        Ok(match self {
            Open::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                (Accepted::Tcp(stream.into_std()?), peer)
            }
            Open::Tls(listener, config) => {
                let (stream, peer) = listener.accept().await?;
                (Accepted::Tls(stream.into_std()?, config.clone()), peer)
            }
            Open::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                (Accepted::Unix(stream.into_std()?), (Ipv4Addr::LOCALHOST, 0).into())
            }
        })
    }
}

/// Starts a thread that accepts until told to stop, dealing sockets to the shards in turn.
pub(crate) fn spawn(
    core: Arc<Core>,
    listener: Listener,
    http: TakeHttp,
    mut stop: watch::Receiver<bool>,
) -> io::Result<std::thread::JoinHandle<()>> {
    listener.prepare()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("acceptor".into()).spawn(move || {
        runtime.block_on(async {
            let listener = match Open::new(listener) {
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

async fn accept(core: &Core, listener: &Open, http: &TakeHttp) {
    let mut next = 0;
    loop {
        match listener.accept().await {
            Ok((accepted, peer)) => {
                core.lanes[next].tell(Order::Accept { accepted, peer, http: http.clone() });
                next = (next + 1) % core.lanes.len();
            }
            Err(error) => {
                tracing::warn!(%error, "accept failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Watches the connection on this shard's runtime, and shakes hands where that is due. `None`: nothing
/// is to be said to it any more.
async fn open(accepted: Accepted, peer: SocketAddr) -> io::Result<Option<(Io, Way)>> {
    let (stream, config) = match accepted {
        Accepted::Tcp(stream) => return Ok(Some((Io::Tcp(TcpStream::from_std(stream)?), Way::Tcp))),
        Accepted::Unix(stream) => return Ok(Some((Io::Unix(UnixStream::from_std(stream)?), Way::Unix))),
        Accepted::Tls(stream, config) => (TcpStream::from_std(stream)?, config),
    };
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Ok(None);
    }
    if first[0] == TLS_HANDSHAKE {
        let stream = TlsStream::accept(stream, config).await?;
        if stream.is_challenge() {
            stream.shut();
            return Ok(None);
        }
        return Ok(Some((Io::Tls(Box::new(stream)), Way::Tls)));
    }
    let io = Io::Tcp(stream);
    if peer.ip().to_canonical().is_loopback() {
        return Ok(Some((io, Way::Tcp)));
    }
    dismiss(
        &io,
        b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.2\r\nConnection: close\r\n\r\nUse https.\n",
    )
    .await;
    Ok(None)
}

impl Shard {
    /// The handshake task. It ends when the socket has its session or its place in HTTP.
    pub(crate) async fn greet(self: Arc<Self>, accepted: Accepted, peer: SocketAddr, http: TakeHttp) {
        let began = Instant::now();
        let Ok(Ok(Some((stream, way)))) = tokio::time::timeout(HEAD_WAIT, open(accepted, peer)).await else {
            return;
        };
        let left = HEAD_WAIT.saturating_sub(began.elapsed());
        let (head, verdict) = match tokio::time::timeout(left, self.head(&stream, peer, way)).await {
            Ok(Ok(read)) => read,
            Ok(Err(_gone)) => return,
            Err(_elapsed) => {
                return dismiss(&stream, b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n").await;
            }
        };
        match verdict {
            Verdict::Incomplete | Verdict::Plain => {
                if let Ok(stream) = plain(stream) {
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
                    self.admit(stream, id, app, &head[used..]);
                } else {
                    self.core().release(app);
                }
            }
        }
    }

    /// Reads until the head can be judged. An `Incomplete` verdict means that the peer has
    /// shut its side; the HTTP side answers that.
    async fn head(&self, stream: &Io, peer: SocketAddr, way: Way) -> io::Result<(Vec<u8>, Verdict)> {
        stream.writable().await?;
        let mut head = Vec::with_capacity(1_024);
        loop {
            stream.readable().await?;
            let before = head.len();
            let read = {
                let room = before + HEAD_PIECE;
                head.resize(room, 0);
                let read = stream.try_read(&mut head[before..]);
                head.truncate(before + read.as_ref().map_or(0, |count| *count));
                read
            };
            match read {
                Ok(0) if head.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(0) => return Ok((head, Verdict::Incomplete)),
                // No head ends without a line's end: a peer sending single bytes costs no parsing.
                Ok(_) if !head[before..].contains(&b'\n') && head.len() < limit::REQUEST_HEAD_BYTES => {}
                Ok(_) => match upgrade::judge(self.core(), peer.ip(), way, &head) {
                    Verdict::Incomplete => {}
                    verdict => return Ok((head, verdict)),
                },
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The socket, for another runtime to watch.
fn plain(io: Io) -> io::Result<PlainStream> {
    Ok(match io {
        Io::Tcp(stream) => PlainStream::Tcp(stream.into_std()?),
        Io::Unix(stream) => PlainStream::Unix(stream.into_std()?),
        Io::Tls(stream) => PlainStream::Tls(stream),
        Io::Pipe(_) => unreachable!("a pipe has no head"),
    })
}

/// Says a last word and waits until the peer has closed: closing at once could destroy the
/// word on its way.
async fn dismiss(stream: &Io, word: &[u8]) {
    let _ = stream.try_write(word);
    stream.shut();
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
