//! Many Pusher clients and HTTP connections on one thread, by readiness and without a protocol
//! library, so that the load is not what is measured. Knows nothing of what they are loaded with.

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use testkit::process::PusherServer;
use wire::sign;
use wire::websocket::client_frame;

const SCRATCH_BYTES: usize = 256 * 1024;
/// `EINPROGRESS`: the connection is on its way.
const IN_PROGRESS: i32 = 115;

/// What a turn brought.
pub(crate) enum Heard<'a> {
    /// A text frame of a client that has joined its channel.
    Frame {
        /// Its payload.
        text: &'a [u8],
    },
    /// A whole HTTP reply.
    Reply {
        /// On which connection.
        peer: usize,
        /// Its status.
        status: u16,
    },
    /// A client has joined its channel.
    Joined,
    /// The server closed, or the network failed.
    Lost {
        /// Which one.
        peer: usize,
    },
}

enum Stage {
    /// The TCP connection is being made; the request has not gone.
    Connecting,
    /// The request has gone.
    Greeting,
    /// The subscription has gone.
    Joining,
    Joined,
    Http,
    Gone,
}

struct Peer {
    stream: Option<Arc<TcpStream>>,
    stage: Stage,
    /// What came of something that is not whole.
    tail: Vec<u8>,
    channel: Arc<str>,
    port: u16,
}

/// All of them.
pub(crate) struct Clients {
    poll: Poll,
    events: Events,
    peers: Vec<Peer>,
    scratch: Vec<u8>,
}

/// The subscription frame of a client: masked with zeros, which a server may not tell from others.
/// On presence channels each client is a user of its own.
pub(crate) fn subscribe(socket_id: &str, channel: &str, peer: usize) -> Vec<u8> {
    let user = channel.starts_with("presence-").then(|| format!(r#"{{"user_id":"{peer}"}}"#));
    let auth = if channel.starts_with("private-") || user.is_some() {
        sign::channel_auth(PusherServer::KEY, PusherServer::SECRET, socket_id, channel, user.as_deref())
    } else {
        String::new()
    };
    let data =
        user.map_or_else(String::new, |user| format!(r#","channel_data":"{}""#, user.replace('"', "\\\"")));
    let text =
        format!(r#"{{"event":"pusher:subscribe","data":{{"auth":"{auth}","channel":"{channel}"{data}}}}}"#);
    client_frame(0x81, text.as_bytes(), [0; 4])
}

/// The id that a hello names.
pub(crate) fn socket_id(hello: &str) -> &str {
    let id = hello.split("socket_id").nth(1).and_then(|rest| rest.split('"').nth(2));
    id.expect("the hello names the socket").trim_end_matches('\\')
}

/// The request that a client begins with.
pub(crate) fn upgrade() -> String {
    format!(
        "GET /app/{}?protocol=7&client=js&version=8.6.0&flash=false HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        PusherServer::KEY
    )
}

impl Clients {
    pub(crate) fn new() -> Clients {
        let poll = Poll::new().expect("the system gives an epoll");
        Clients {
            poll,
            events: Events::with_capacity(1_024),
            peers: Vec::new(),
            scratch: vec![0; SCRATCH_BYTES],
        }
    }

    /// Starts a client that will join this channel of the server on `port`.
    pub(crate) fn connect(&mut self, port: u16, channel: &str) -> usize {
        let peer = self.peers.len();
        self.peers.push(Peer {
            stream: None,
            stage: Stage::Gone,
            tail: Vec::new(),
            channel: channel.into(),
            port,
        });
        self.connect_again(peer);
        peer
    }

    /// Another channel for the next time this client is started.
    pub(crate) fn rename(&mut self, peer: usize, channel: &str) {
        self.peers[peer].channel = channel.into();
    }

    /// Starts a client again that is gone.
    pub(crate) fn connect_again(&mut self, peer: usize) {
        self.open(peer, Stage::Connecting);
        self.advance(peer);
    }

    /// Opens a kept HTTP connection.
    pub(crate) fn http(&mut self, port: u16) -> usize {
        let peer = self.peers.len();
        let channel = "".into();
        self.peers.push(Peer { stream: None, stage: Stage::Gone, tail: Vec::new(), channel, port });
        self.open(peer, Stage::Http);
        peer
    }

    fn open(&mut self, peer: usize, stage: Stage) {
        let to = SocketAddr::from((Ipv4Addr::LOCALHOST, self.peers[peer].port));
        let mut stream = connect(to).expect("loopback has ports left");
        let interest = Interest::READABLE.add(Interest::WRITABLE);
        self.poll.registry().register(&mut stream, Token(peer), interest).expect("an open descriptor");
        self.peers[peer].stage = stage;
        self.peers[peer].stream = Some(Arc::new(stream));
    }

    /// The stream of a client, to be written to from another thread.
    pub(crate) fn stream(&self, peer: usize) -> Arc<TcpStream> {
        self.peers[peer].stream.clone().expect("this client is connected")
    }

    /// Resets a connection: the server hears of it, and no port stays in waiting.
    pub(crate) fn reset(&mut self, peer: usize) {
        let one = &mut self.peers[peer];
        if let Some(stream) = one.stream.take() {
            // Already gone is gone.
            let _ = socket2::SockRef::from(&*stream).set_linger(Some(Duration::ZERO));
        }
        one.stage = Stage::Gone;
        one.tail = Vec::new();
    }

    /// Waits for at most so long and takes what came.
    pub(crate) fn turn(&mut self, wait: Duration, heard: &mut impl FnMut(Heard<'_>)) {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return,
            polled => polled.expect("an epoll can be waited for"),
        }
        let ready: Vec<(usize, bool)> =
            self.events.iter().map(|event| (event.token().0, event.is_readable())).collect();
        for (peer, readable) in ready {
            if matches!(self.peers[peer].stage, Stage::Connecting) {
                self.advance(peer);
            }
            if readable {
                self.read(peer, heard);
            }
        }
    }

    /// Sends the upgrade if the connection is there.
    fn advance(&mut self, peer: usize) {
        let one = &mut self.peers[peer];
        let Some(stream) = &one.stream else { return };
        // An error means not connected yet; a failure is heard of by reading.
        if (&**stream).write_all(upgrade().as_bytes()).is_ok() {
            one.stage = Stage::Greeting;
        }
    }

    fn read(&mut self, peer: usize, heard: &mut impl FnMut(Heard<'_>)) {
        let Clients { peers, scratch, .. } = self;
        let one = &mut peers[peer];
        loop {
            let Some(stream) = &one.stream else { return };
            match (&**stream).read(scratch) {
                Ok(0) => return one.lose(peer, heard),
                Ok(count) => {
                    one.take(peer, &mut scratch[..count], heard);
                    // Less than asked for: what comes next is a new readiness.
                    if count < SCRATCH_BYTES {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => return one.lose(peer, heard),
            }
        }
    }
}

/// A connection on its way.
fn connect(to: SocketAddr) -> io::Result<TcpStream> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM.nonblocking(), None)?;
    socket.set_tcp_nodelay(true)?;
    match socket.connect(&to.into()) {
        Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => return Err(error),
        Ok(()) | Err(_) => {}
    }
    Ok(TcpStream::from_std(std::net::TcpStream::from(socket)))
}

impl Peer {
    fn lose(&mut self, peer: usize, heard: &mut impl FnMut(Heard<'_>)) {
        self.stream = None;
        self.stage = Stage::Gone;
        self.tail = Vec::new();
        heard(Heard::Lost { peer });
    }

    /// Takes bytes as they came, keeping what is not whole.
    fn take(&mut self, peer: usize, bytes: &mut [u8], heard: &mut impl FnMut(Heard<'_>)) {
        if self.tail.is_empty() {
            let used = self.decode(peer, bytes, heard);
            self.tail = bytes[used..].to_vec();
        } else {
            let mut tail = std::mem::take(&mut self.tail);
            tail.extend_from_slice(bytes);
            let used = self.decode(peer, &tail, heard);
            tail.drain(..used);
            self.tail = tail;
        }
    }

    fn decode(&mut self, peer: usize, bytes: &[u8], heard: &mut impl FnMut(Heard<'_>)) -> usize {
        let mut at = 0;
        if matches!(self.stage, Stage::Http) {
            while let Some((used, status)) = reply(&bytes[at..]) {
                at += used;
                heard(Heard::Reply { peer, status });
            }
            return at;
        }
        if matches!(self.stage, Stage::Greeting) && bytes.starts_with(b"HTTP") {
            let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return 0 };
            at = end + 4;
        }
        while let Some((used, opcode, payload)) = frame(&bytes[at..]) {
            at += used;
            match opcode {
                0x1 => self.text(peer, payload, heard),
                0x9 => self.say(&client_frame(0x8A, payload, [0; 4])),
                0x8 => {
                    self.lose(peer, heard);
                    return bytes.len();
                }
                _ => {}
            }
        }
        at
    }

    fn text(&mut self, peer: usize, payload: &[u8], heard: &mut impl FnMut(Heard<'_>)) {
        match self.stage {
            Stage::Joined => heard(Heard::Frame { text: payload }),
            Stage::Greeting => {
                let hello = String::from_utf8_lossy(payload);
                let subscribe = subscribe(socket_id(&hello), &self.channel, peer);
                self.say(&subscribe);
                self.stage = Stage::Joining;
            }
            Stage::Joining => {
                let text = String::from_utf8_lossy(payload);
                assert!(text.contains("subscription_succeeded"), "{text}");
                self.stage = Stage::Joined;
                heard(Heard::Joined);
            }
            Stage::Connecting | Stage::Http | Stage::Gone => {}
        }
    }

    fn say(&self, bytes: &[u8]) {
        if let Some(stream) = &self.stream {
            // A few bytes into an empty socket; a failure is heard of by reading.
            let _ = (&**stream).write_all(bytes);
        }
    }
}

/// Bytes used, opcode and payload of a whole server frame at the front.
fn frame(bytes: &[u8]) -> Option<(usize, u8, &[u8])> {
    let [first, short, ..] = *bytes else { return None };
    let (length, from) = match short {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?) as usize, 10),
        _ => (usize::from(short), 2),
    };
    Some((from + length, first & 0x0F, bytes.get(from..from + length)?))
}

/// Bytes used and status of a whole HTTP reply at the front.
fn reply(bytes: &[u8]) -> Option<(usize, u16)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let whole = end + length.unwrap_or(0);
    (bytes.len() >= whole).then(|| Some((whole, head.get(9..12)?.parse().ok()?)))?
}
