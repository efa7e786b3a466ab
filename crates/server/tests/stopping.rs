//! The end of a server as clients see it: told before they are cut, spread over time, and no answer
//! lost that was under way.
#![allow(clippy::unwrap_used)]

use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use testkit::socket::{Heard, Socket};
use testkit::world::World;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
const PATIENCE: Duration = Duration::from_secs(15);

/// Waits until the condition holds.
fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::yield_now();
    }
}

/// Hears to the end: the events, the close code, and when it came.
fn hear_out(mut socket: Socket) -> (Vec<String>, u16, Instant) {
    let mut events = Vec::new();
    loop {
        match socket.hear(PATIENCE) {
            Heard::Frame(frame) => events.push(frame["event"].as_str().unwrap_or_default().to_owned()),
            Heard::Closed(code) => return (events, code, Instant::now()),
            Heard::Silence => panic!("neither a frame nor a close came: {events:?}"),
        }
    }
}

#[test]
fn contract_1_7_a_drain_tells_every_client_and_spreads_their_reconnects() {
    let mut world = World::start_with(BINARY, &[("FRONTDESK_DRAIN_S", "2")]);
    let listeners: Vec<_> = (0..40)
        .map(|_| {
            let socket = world.socket();
            std::thread::spawn(|| hear_out(socket))
        })
        .collect();
    let told = Instant::now();
    world.signal("TERM");
    until("new connections are refused", || TcpStream::connect(("127.0.0.1", world.port)).is_err());
    let heard: Vec<_> = listeners.into_iter().map(|listener| listener.join().unwrap()).collect();
    for (events, code, _) in &heard {
        assert_eq!((&events[..], *code), (&["pusher:error".to_owned()][..], 4200));
    }
    let mut after: Vec<Duration> = heard.iter().map(|(_, _, at)| at.duration_since(told)).collect();
    after.sort();
    let (first, last) = (after[0], after[39]);
    assert!(first < Duration::from_secs(1) && last > Duration::from_secs(1), "{first:?} to {last:?}");
    let early = after.iter().filter(|after| **after < Duration::from_secs(1)).count();
    assert!((8..=32).contains(&early), "{early} of 40 in the first half: {after:?}");
    assert_eq!(world.ended(), Some(0));
}

#[test]
fn a_request_under_way_is_answered_though_the_server_stops() {
    let mut world = World::start_with(BINARY, &[("FRONTDESK_DRAIN_S", "1")]);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let body = json!({"message": "Hello", "client_id": "c1"}).to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "POST /api/chatbot/conversation/{id}/messages HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        ana.token,
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut begun = [0; 25];
    stream.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 100 Continue\r\n\r\n", "the premise: it is under way");
    world.signal("TERM");
    until("new connections are refused", || TcpStream::connect(("127.0.0.1", world.port)).is_err());
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 ") && answer.contains("connection: close"), "{answer}");
    assert_eq!(world.ended(), Some(0));
}

#[test]
fn a_long_poll_is_answered_at_once_when_the_server_stops() {
    let mut world = World::start_with(BINARY, &[("FRONTDESK_DRAIN_S", "0")]);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let open = || world.get("/metrics").send(world.port).text().contains("frontdesk_long_polls 1\n");
    std::thread::scope(|threads| {
        let poll = threads.spawn(|| ana.read(&id, "?after=0&wait=25"));
        until("the poll waits", open);
        world.signal("TERM");
        let reply = poll.join().unwrap();
        assert!(matches!(reply.status, 200 | 304), "{}", reply.status);
    });
    assert_eq!(world.ended(), Some(0));
}

#[test]
fn told_twice_it_closes_all_at_once_and_still_says_good_bye() {
    let mut world = World::start_with(BINARY, &[("FRONTDESK_DRAIN_S", "600")]);
    let listeners: Vec<_> = (0..10)
        .map(|_| {
            let socket = world.socket();
            std::thread::spawn(|| hear_out(socket))
        })
        .collect();
    world.signal("TERM");
    until("it stops", || TcpStream::connect(("127.0.0.1", world.port)).is_err());
    world.signal("TERM");
    for listener in listeners {
        assert_eq!(listener.join().unwrap().1, 4200);
    }
    assert_eq!(world.ended(), Some(0));
}

#[test]
fn a_load_balancer_may_notice_before_anybody_is_refused() {
    let mut world = World::start_with(BINARY, &[("FRONTDESK_LAME_DUCK_S", "600")]);
    let ana = world.visitor("Ana");
    let id = ana.start();
    world.signal("TERM");
    until("/up says so", || world.get("/up").send(world.port).refusal() == "shutting-down");
    assert_eq!(ana.write(&id, "Hello", "c1").status, 201, "everybody else is served");
    drop(world.socket());
    world.signal("TERM");
    assert_eq!(world.ended(), Some(0));
}
