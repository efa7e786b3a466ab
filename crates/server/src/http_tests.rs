//! Connections that are handed on in every state one can be in.
#![allow(clippy::unwrap_used)]

use super::*;
use axum::routing::get;
use std::net::TcpListener;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const PATIENCE: Duration = Duration::from_secs(10);
const REQUEST: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/// Two servers, of which the first hands on to the second.
struct Relay {
    first: HttpServer,
    second: HttpServer,
    handed: UnboundedReceiver<PlainHttp>,
    say: tokio::sync::mpsc::UnboundedSender<PlainHttp>,
    /// A slow request has begun; it may go on.
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl Relay {
    fn new() -> Relay {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let server = |name: &'static str| {
            let (begun, go_on) = (begun.clone(), go_on.clone());
            let wait = move || async move {
                begun.notify_one();
                go_on.notified().await;
                name
            };
            let router = Router::new().route("/", get(move || async move { name })).route("/slow", get(wait));
            HttpServer::new(tokio::runtime::Handle::current(), router)
        };
        let (say, handed) = unbounded_channel();
        Relay { first: server("first"), second: server("second"), handed, say, begun, go_on }
    }

    /// A connection of the first, of which `prefix` was read.
    fn connect(&self, prefix: &str) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, peer) = listener.accept().unwrap();
        client.set_nonblocking(true).unwrap();
        stream.set_nonblocking(true).unwrap();
        let stream = realtime::PlainStream::Tcp(stream);
        self.first.take(PlainHttp { stream, prefix: Bytes::copy_from_slice(prefix.as_bytes()), peer });
        TcpStream::from_std(client).unwrap()
    }

    async fn hand_on(&mut self) {
        let say = self.say.clone();
        self.first.hand_on(Arc::new(move |plain| say.send(plain).unwrap()));
        tokio::time::timeout(PATIENCE, self.first.idle()).await.expect("the first lets go of all");
        while let Ok(plain) = self.handed.try_recv() {
            self.second.take(plain);
        }
    }
}

/// Reads until an answer ends with one of these bodies.
async fn hear(client: &mut TcpStream, bodies: &[&str]) -> String {
    let (mut text, until) = (String::new(), Instant::now() + PATIENCE);
    while !bodies.iter().any(|body| text.ends_with(body)) {
        let mut some = [0; 1024];
        let read = tokio::time::timeout_at(until.into(), client.read(&mut some)).await;
        let size = read.unwrap_or_else(|_| panic!("none of {bodies:?} in {text:?}")).unwrap();
        assert_ne!(size, 0, "cut after {text:?}");
        text.push_str(std::str::from_utf8(&some[..size]).unwrap());
    }
    text
}

async fn ask(client: &mut TcpStream, text: &str) {
    client.write_all(text.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_connection_goes_over_before_and_between_requests() {
    let mut relay = Relay::new();
    let mut between = relay.connect(REQUEST);
    assert!(hear(&mut between, &["first"]).await.starts_with("HTTP/1.1 200"));
    let (mut fresh, mut whole) = (relay.connect(""), relay.connect(REQUEST));
    relay.hand_on().await;
    hear(&mut whole, &["first", "second"]).await;
    for client in [&mut between, &mut fresh] {
        ask(client, REQUEST).await;
        hear(client, &["second"]).await;
    }
}

#[tokio::test]
async fn whoever_has_begun_is_answered_and_told_that_the_connection_ends() {
    let mut relay = Relay::new();
    let mut client = relay.connect("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n");
    relay.begun.notified().await;
    let go_on = relay.go_on.clone();
    let answer = tokio::spawn(async move {
        // By then the connection has heard the word.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        go_on.notify_one();
        hear(&mut client, &["first"]).await
    });
    relay.hand_on().await;
    assert!(answer.await.unwrap().to_lowercase().contains("connection: close"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_lost_whenever_the_word_comes() {
    for pause in 0..100 {
        let mut relay = Relay::new();
        let mut clients: Vec<_> = (0..20).map(|_| relay.connect(REQUEST)).collect();
        for _ in 0..pause {
            tokio::task::yield_now().await;
        }
        relay.hand_on().await;
        for client in &mut clients {
            hear(client, &["first", "second"]).await;
        }
    }
}
