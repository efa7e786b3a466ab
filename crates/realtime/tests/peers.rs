//! Peers that split, stall, flood and vanish, and the ways a connection or a hub ends.

#![allow(clippy::unwrap_used)]
mod support;

use bytes::Bytes;
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{World, app, config};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::websocket::client_frame;

const HEAD: &str = "GET /app/key?protocol=7&client=js&version=8.6.0 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const PING: &[u8] = br#"{"event":"pusher:ping","data":{}}"#;

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads until `text` has come.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&read).contains(text) {
            let mut part = [0; 4096];
            let count = stream.read(&mut part).await.unwrap();
            assert!(count > 0, "closed before {text:?}: {:?}", String::from_utf8_lossy(&read));
            read.extend_from_slice(&part[..count]);
        }
    };
    let waited = tokio::time::timeout(support::DEADLINE, reading).await;
    waited.unwrap_or_else(|_| panic!("waiting for {text:?}"));
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn a_head_and_frames_one_byte_at_a_time_are_read_like_whole_ones() {
    let world = World::new(app());
    let mut ana = connect(world.address).await;
    for byte in HEAD.as_bytes() {
        ana.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let reply = read_until(&mut ana, "activity_timeout").await;
    assert!(reply.starts_with("HTTP/1.1 101 ") && reply.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{reply}");
    let fragments =
        [client_frame(0x01, &PING[..9], [1, 2, 3, 4]), client_frame(0x80, &PING[9..], [5, 6, 7, 8])];
    for byte in fragments.concat() {
        ana.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    read_until(&mut ana, "pusher:pong").await;
}

#[tokio::test]
async fn frames_sent_right_behind_the_head_are_not_lost() {
    let world = World::new(app());
    let mut ana = connect(world.address).await;
    let frame = client_frame(0x81, PING, [9, 9, 9, 9]);
    let (now, later) = frame.split_at(frame.len() - 3);
    ana.write_all(&[HEAD.as_bytes(), &frame, now].concat()).await.unwrap();
    read_until(&mut ana, "pusher:pong").await;
    ana.write_all(later).await.unwrap();
    read_until(&mut ana, "pusher:pong").await;
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up_after_ten_seconds() {
    let world = World::new(app());
    let mut eve = connect(world.address).await;
    let began = Instant::now();
    eve.write_all(b"GET /app/key?protocol=7 HTTP/1.1\r\nX: ").await.unwrap();
    let reply = read_until(&mut eve, "408").await;
    assert!(reply.starts_with("HTTP/1.1 408 "));
    assert!((9..15).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_head_over_the_limit_is_refused() {
    let world = World::new(app());
    let mut eve = connect(world.address).await;
    eve.write_all(format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(20_000)).as_bytes()).await.unwrap();
    assert!(read_until(&mut eve, "\r\n\r\n").await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn what_is_no_upgrade_to_an_app_goes_to_http_with_its_bytes() {
    let handed: Arc<Mutex<Vec<Bytes>>> = Arc::default();
    let note = handed.clone();
    let http = Arc::new(move |plain: realtime::PlainHttp| {
        let realtime::PlainStream::Tcp(stream) = &plain.stream else { panic!("another way in") };
        assert!(plain.peer.ip().is_loopback() && stream.nodelay().unwrap());
        note.lock().push(plain.prefix.clone());
        std::io::Write::write_all(&mut &*stream, b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    });
    let world = World::with(config(vec![app()]), http);
    let post = "POST /apps/app/events HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
    let elsewhere = HEAD.replace("/app/key", "/socket");
    for request in [post, elsewhere.as_str(), "nonsense\r\n\r\n"] {
        let mut ben = connect(world.address).await;
        let (first, rest) = request.split_at(7);
        ben.write_all(first.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
        ben.write_all(rest.as_bytes()).await.unwrap();
        read_until(&mut ben, "204").await;
        assert_eq!(handed.lock().pop().unwrap(), request);
    }
    assert_eq!(world.hub.stats().connections, 0);
}

#[tokio::test]
async fn bytes_that_are_no_frames_close_with_1002_and_binary_with_1003() {
    let world = World::new(app());
    for (bytes, code) in [
        (b"\x81\x05hello".to_vec(), 1002_u16),
        (client_frame(0xC1, b"x", [0; 4]), 1002),
        (client_frame(0x82, b"x", [0; 4]), 1003),
        (client_frame(0x81, b"\xff", [0; 4]), 1007),
    ] {
        let mut eve = connect(world.address).await;
        eve.write_all(HEAD.as_bytes()).await.unwrap();
        read_until(&mut eve, "activity_timeout").await;
        eve.write_all(&bytes).await.unwrap();
        let mut rest = Vec::new();
        tokio::time::timeout(support::DEADLINE, eve.read_to_end(&mut rest)).await.unwrap().unwrap();
        let at = rest.iter().position(|byte| *byte == 0x88).unwrap();
        assert_eq!(u16::from_be_bytes([rest[at + 2], rest[at + 3]]), code);
    }
}

#[tokio::test]
async fn five_thousand_comings_and_goings_leave_nothing_behind() {
    let world = World::new(app());
    for wave in 0..10_u32 {
        let mut streams = Vec::new();
        for n in 0..500_u32 {
            let mut stream = connect(world.address).await;
            let subscribe = format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"c{}"}}}}"#, n % 50);
            let frame = client_frame(0x81, subscribe.as_bytes(), [n as u8; 4]);
            stream.write_all(&[HEAD.as_bytes(), &frame].concat()).await.unwrap();
            streams.push(stream);
        }
        let all = u64::from(wave + 1) * 500;
        world.until("all have subscribed", |hub| hub.stats().frames_in == all).await;
        assert_eq!(world.hub.stats().connections, 500);
        assert_eq!(world.hub.stats().channels, 50);
        world.publish("c1", "e", "{}");
        // Half leave politely, half vanish.
        for stream in streams.iter_mut().step_by(2) {
            stream.write_all(&client_frame(0x88, &1000_u16.to_be_bytes(), [1; 4])).await.unwrap();
        }
        drop(streams);
        world.until("all are gone", |hub| hub.stats().connections == 0).await;
        assert_eq!(world.hub.stats().channels, 0);
    }
}

#[tokio::test]
async fn a_flood_of_pings_that_is_never_read_ends_that_peer_alone() {
    let mut config = config(vec![app()]);
    config.outbox_bytes = 16 * 1024;
    let world = World::with(config, Arc::new(|_| {}));
    let mut ana = world.person().await;
    let mut eve = connect(world.address).await;
    eve.write_all(HEAD.as_bytes()).await.unwrap();
    let flood = client_frame(0x81, PING, [3; 4]).repeat(1_000);
    let flooding = async {
        while world.hub.stats().slow_readers == 0 && eve.write_all(&flood).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(support::DEADLINE, flooding).await.unwrap();
    ana.hears_nothing().await;
    world.until("the flooder is gone", |hub| hub.stats().connections == 1).await;
}

#[tokio::test]
async fn a_drain_closes_with_4200_spread_over_its_time() {
    let world = World::new(app());
    let mut closings = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let mut person = world.person().await;
        closings.spawn(async move {
            let (code, _) = person.closed().await;
            assert_eq!(code, 4200);
            Instant::now()
        });
    }
    let began = Instant::now();
    world.hub.stop_accepting();
    assert!(TcpStream::connect(world.address).await.is_err(), "the listener is closed");
    world.hub.drain(Duration::from_secs(1)).await;
    assert_eq!(world.hub.stats().connections, 0);
    let mut after: Vec<Duration> = closings.join_all().await.into_iter().map(|at| at - began).collect();
    after.sort();
    let in_first_half = after.iter().filter(|at| **at < Duration::from_millis(500)).count();
    assert!((8..=32).contains(&in_first_half), "{after:?}");
}

#[tokio::test]
async fn a_hub_that_is_dropped_closes_its_sockets_and_its_port() {
    let world = World::new(app());
    let (address, mut ana) = (world.address, connect(world.address).await);
    ana.write_all(HEAD.as_bytes()).await.unwrap();
    read_until(&mut ana, "activity_timeout").await;
    drop(world);
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(support::DEADLINE, ana.read_to_end(&mut rest)).await.unwrap();
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(support::DEADLINE, refused).await.unwrap();
}
