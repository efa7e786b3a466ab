//! A steady rate of whispers and signed HTTP publishes from a thread of its own, and the ledger in
//! which every delivery is looked for. Knows nothing of who listens.

use mio::net::TcpStream;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use testkit::process::PusherServer;
use wire::sign;
use wire::websocket::client_frame;

/// Bytes of an event's data.
const DATA_BYTES: usize = 128;

/// Somebody who whispers on a channel.
pub(crate) struct Whisperer {
    pub(crate) stream: Arc<TcpStream>,
    pub(crate) channel: String,
}

/// Kept HTTP connections that wait for something to publish.
#[derive(Default)]
pub(crate) struct Posts {
    pub(crate) streams: Vec<Arc<TcpStream>>,
    /// The first connection's number as the clients count.
    pub(crate) first_peer: usize,
    /// In turn, so that none is idle until the server closes it.
    free: Mutex<VecDeque<usize>>,
    freed: Condvar,
    /// Event that each connection's request published.
    pub(crate) asked: Vec<AtomicU64>,
}

impl Posts {
    pub(crate) fn new(streams: Vec<Arc<TcpStream>>, first_peer: usize) -> Posts {
        let free = Mutex::new((0..streams.len()).collect());
        let asked = streams.iter().map(|_| AtomicU64::new(0)).collect();
        Posts { streams, first_peer, free, freed: Condvar::new(), asked }
    }

    fn take(&self) -> usize {
        let mut free = self.free.lock();
        loop {
            match free.pop_front() {
                Some(post) => return post,
                None => self.freed.wait(&mut free),
            }
        }
    }

    /// The reply has come. Answers which event it was for.
    pub(crate) fn give_back(&self, peer: usize) -> u64 {
        let post = peer - self.first_peer;
        self.free.lock().push_back(post);
        self.freed.notify_one();
        self.asked[post].load(Relaxed)
    }
}

/// What is sent at which rate. Event `n` is a whisper if `n` is even and there are both kinds.
pub(crate) struct Plan {
    pub(crate) whisperers: Vec<Whisperer>,
    pub(crate) posts: Arc<Posts>,
    /// Channels that are published to over HTTP.
    pub(crate) channels: Vec<String>,
    pub(crate) per_s: u64,
    pub(crate) count: u64,
}

/// When each event was sent, in nanoseconds after the start; 0: not yet.
pub(crate) struct Ledger {
    pub(crate) started: Instant,
    sent: Vec<AtomicU64>,
}

impl Ledger {
    pub(crate) fn new(count: u64) -> Arc<Ledger> {
        let sent = (0..count).map(|_| AtomicU64::new(0)).collect();
        Arc::new(Ledger { started: Instant::now(), sent })
    }

    /// Milliseconds since this event was sent.
    pub(crate) fn age_ms(&self, event: u64) -> f64 {
        let now = self.started.elapsed().as_nanos() as u64;
        let sent = self.sent.get(event as usize).map_or(now, |sent| sent.load(Relaxed));
        now.saturating_sub(sent) as f64 / 1e6
    }

    fn note(&self, event: u64) {
        self.sent[event as usize].store(self.started.elapsed().as_nanos() as u64, Relaxed);
    }
}

/// The event's number stands in its data between two bars.
pub(crate) fn number(frame: &[u8]) -> Option<u64> {
    let from = frame.iter().position(|byte| *byte == b'|')? + 1;
    let digits = frame[from..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

fn data(event: u64) -> String {
    let mut data = format!("{{\"n\":\"|{event}|\",\"pad\":\"");
    let pad = DATA_BYTES.saturating_sub(data.len() + 2);
    data.push_str(&"x".repeat(pad));
    data.push_str("\"}");
    data
}

impl Plan {
    pub(crate) fn is_whisper(&self, event: u64) -> bool {
        self.channels.is_empty() || (!self.whisperers.is_empty() && event.is_multiple_of(2))
    }

    /// Sends everything, each at its time. Answers how late the latest was, in milliseconds.
    pub(crate) fn run(&self, ledger: &Ledger) -> f64 {
        let began = Instant::now();
        let mut latest = Duration::ZERO;
        for event in 0..self.count {
            let due = began + Duration::from_nanos(event * 1_000_000_000 / self.per_s);
            if let Some(wait) = due.checked_duration_since(Instant::now()) {
                std::thread::sleep(wait);
            }
            latest = latest.max(due.elapsed());
            let turn = (event / 2) as usize;
            if self.is_whisper(event) {
                let one = &self.whisperers[turn % self.whisperers.len()];
                let bytes = whisper(&one.channel, event);
                ledger.note(event);
                write_all(&one.stream, &bytes);
            } else {
                let bytes = post(&self.channels[turn % self.channels.len()], event);
                // Waiting for a connection that is free counts.
                ledger.note(event);
                let post = self.posts.take();
                self.posts.asked[post].store(event, Relaxed);
                write_all(&self.posts.streams[post], &bytes);
            }
        }
        latest.as_secs_f64() * 1e3
    }
}

fn whisper(channel: &str, event: u64) -> Vec<u8> {
    let text = format!(r#"{{"event":"client-load","channel":"{channel}","data":{}}}"#, data(event));
    client_frame(0x81, text.as_bytes(), [7, 11, 13, 17])
}

/// A whole signed request, as the server SDKs send it.
fn post(channel: &str, event: u64) -> Vec<u8> {
    let data = data(event).replace('"', "\\\"");
    let body = format!(r#"{{"name":"load","data":"{data}","channels":["{channel}"]}}"#);
    let path = format!("/apps/{}/events", PusherServer::APP_ID);
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let query = [
        pair("auth_key", PusherServer::KEY.to_owned()),
        pair("auth_timestamp", now_s.to_string()),
        pair("auth_version", "1.0".to_owned()),
        pair("body_md5", sign::md5_hex(body.as_bytes())),
    ];
    let signature = sign::request(PusherServer::SECRET, "POST", &path, &query);
    let query: String = query.iter().map(|(name, value)| format!("{name}={value}&")).collect();
    format!(
        "POST {path}?{query}auth_signature={signature} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
         X-Pusher-Library: pusher-http-php 7.2.7\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn write_all(mut stream: &TcpStream, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
            // Whoever it was is lost, and so is the event; the ledger says so.
            Err(_) => return,
        }
    }
}
