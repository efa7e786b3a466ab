//! Redis as a carrier: one connection that publishes to a topic and hears it, opened again whenever it
//! is lost. Decides when to try again; knows nothing of what the frames say.

use super::carrier::Heard;
use super::pipe::{Pipe, Stream};
use super::resp::{self, Reply};
use bytes::Bytes;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::Instant;

/// An attempt takes no longer, whatever the settings allow: a better one could be under way.
const ATTEMPT: Duration = Duration::from_secs(2);
/// Pause before the first new attempt; each failure doubles it.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest pause. All nodes must be back within the lease they have after a healing.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Where Redis is and how to speak to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Redis {
    /// Where it listens.
    pub address: RedisAddress,
    /// Of the access control list; absent is Redis's own default user.
    pub username: Option<String>,
    /// Absent: none is asked for.
    pub password: Option<String>,
    /// What the nodes of one cluster publish to, and nobody else.
    pub topic: String,
    /// How long connecting may take; more than 2 s is never waited.
    pub timeout: Duration,
}

impl fmt::Debug for Redis {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Redis { address, username, topic, timeout, password: _ } = self;
        write!(f, "Redis({address:?}, {username:?}, {topic:?}, {timeout:?})")
    }
}

/// Where Redis listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisAddress {
    /// Name or address, and port.
    Tcp(String, u16),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// A connection being opened.
type Attempt = Pin<Box<dyn Future<Output = io::Result<Pipe>> + Send>>;

/// The carrier.
pub(super) struct RedisCarrier {
    redis: Redis,
    state: State,
    pause: Duration,
}

enum State {
    Pausing(Instant),
    Opening(Attempt),
    Open(Pipe),
}

impl RedisCarrier {
    pub(super) fn new(redis: Redis) -> RedisCarrier {
        RedisCarrier { redis, state: State::Pausing(Instant::now()), pause: PAUSE }
    }

    /// May be dropped at any time and called again.
    pub(super) async fn next(&mut self) -> Heard {
        loop {
            match &mut self.state {
                State::Pausing(until) => {
                    tokio::time::sleep_until(*until).await;
                    self.state = State::Opening(Box::pin(open(self.redis.clone())));
                }
                State::Opening(attempt) => match attempt.await {
                    Ok(pipe) => {
                        (self.state, self.pause) = (State::Open(pipe), PAUSE);
                        return Heard::Up;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "Redis cannot be reached");
                        self.lose();
                    }
                },
                State::Open(pipe) => {
                    let heard = match poll_fn(|cx| pipe.poll_turn(cx)).await {
                        Ok(()) => messages(pipe),
                        Err(error) => Err(error),
                    };
                    match heard {
                        Ok(frames) => return Heard::Frames(frames),
                        Err(error) => {
                            tracing::warn!(%error, "the connection to Redis is lost");
                            self.lose();
                            return Heard::Down;
                        }
                    }
                }
            }
        }
    }

    /// Gives the connection up, if there is one, and plans the next.
    pub(super) fn lose(&mut self) {
        self.state = State::Pausing(Instant::now() + jitter(self.pause));
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    pub(super) fn is_silent(&self) -> bool {
        !matches!(&self.state, State::Open(pipe) if !pipe.is_silent())
    }

    pub(super) fn has_room(&self) -> bool {
        matches!(&self.state, State::Open(pipe) if pipe.has_room())
    }

    pub(super) fn send(&mut self, frame: &[u8]) {
        if let State::Open(pipe) = &mut self.state {
            pipe.send(&[&resp::command(&[b"PUBLISH", self.redis.topic.as_bytes(), frame])]);
        }
    }
}

/// Half to one and a half of it, so that nodes which lost Redis together do not all come back at once.
fn jitter(pause: Duration) -> Duration {
    let mut random = [0; 2];
    getrandom::fill(&mut random).expect("the system gives random numbers");
    pause.mul_f64(0.5 + f64::from(u16::from_ne_bytes(random)) / f64::from(u16::MAX))
}

/// Connects, says who we are and subscribes.
async fn open(redis: Redis) -> io::Result<Pipe> {
    let within = redis.timeout.min(ATTEMPT);
    let opened = async {
        let stream = match &redis.address {
            RedisAddress::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Stream::Tcp(stream)
            }
            RedisAddress::Unix(path) => Stream::Unix(UnixStream::connect(path).await?),
        };
        let mut pipe = Pipe::new(stream);
        pipe.send(&[&hello(&redis), &resp::command(&[b"SUBSCRIBE", redis.topic.as_bytes()])]);
        loop {
            poll_fn(|cx| pipe.poll_turn(cx)).await?;
            while let Some(reply) = resp::next(&mut pipe.incoming).map_err(|_| not_redis())? {
                match reply {
                    Reply::Subscribed => return Ok(pipe),
                    Reply::Failed(why) => return Err(io::Error::other(format!("Redis says {why}"))),
                    Reply::Message(_) | Reply::Other => {}
                }
            }
        }
    };
    tokio::time::timeout(within, opened).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn hello(redis: &Redis) -> Vec<u8> {
    match (&redis.username, &redis.password) {
        (_, None) => resp::command(&[b"HELLO", b"3"]),
        (username, Some(password)) => {
            let username = username.as_deref().unwrap_or("default").as_bytes();
            resp::command(&[b"HELLO", b"3", b"AUTH", username, password.as_bytes()])
        }
    }
}

/// All that was published and is there.
fn messages(pipe: &mut Pipe) -> io::Result<Vec<Bytes>> {
    let mut frames = Vec::new();
    while let Some(reply) = resp::next(&mut pipe.incoming).map_err(|_| not_redis())? {
        match reply {
            Reply::Message(frame) => frames.push(frame),
            Reply::Failed(why) => return Err(io::Error::other(format!("Redis says {why}"))),
            Reply::Subscribed | Reply::Other => {}
        }
    }
    Ok(frames)
}

fn not_redis() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what answers there is not Redis 6 or later")
}
