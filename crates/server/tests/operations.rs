//! What whoever runs the server sees of it: frames in the debug log, metrics, and the command line.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::time::{Duration, Instant};
use testkit::socket::Socket;
use testkit::world::World;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

/// Waits until the log has a line with all these words.
fn logged(world: &World, words: &[&str]) -> String {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let log = world.log();
        if let Some(line) = log.lines().find(|line| words.iter().all(|word| line.contains(word))) {
            return line.to_owned();
        }
        assert!(Instant::now() < until, "no line with {words:?} in:\n{log}");
        std::thread::yield_now();
    }
}

/// Ana's socket on her conversation, with the signature that let it in.
fn joined(world: &World, conversation: &str, ana: &testkit::world::Visitor) -> (Socket, Value) {
    let mut socket = world.socket();
    let channel = format!("private-chat.conversation.{conversation}");
    let auth = ana.authorise(&socket.socket_id, &channel).json();
    socket.subscribe(&channel, &auth);
    socket.expect("pusher_internal:subscription_succeeded");
    (socket, auth)
}

#[test]
fn s20_debug_prints_each_frame_without_signature_and_message() {
    let world = World::start_with(BINARY, &[("FRONTDESK_DEBUG", "1")]);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let (mut socket, auth) = joined(&world, &id, &ana);
    ana.write(&id, "my card number is 4111", "c1");
    socket.expect("ChatMessageReceived");
    let socket_id = socket.socket_id.clone();
    let asked = logged(&world, &["in {", "pusher:subscribe", &id, &socket_id, &world.app_id]);
    assert!(asked.contains("[redacted]") && asked.contains(&ana.id), "{asked}");
    logged(&world, &["out {", "subscription_succeeded", &id, &socket_id]);
    let said = logged(&world, &["out {", "ChatMessageReceived", &socket_id]);
    assert!(said.contains(" bytes]"), "{said}");
    let log = world.log();
    let signature = auth["auth"].as_str().unwrap().split(':').nth(1).unwrap();
    assert!(!log.contains("4111") && !log.contains(signature));
}

#[test]
fn s20_bodies_are_shown_to_whoever_asks_for_them() {
    let world = World::start_with(BINARY, &[("FRONTDESK_DEBUG", "1"), ("FRONTDESK_DEBUG_BODIES", "1")]);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let (mut socket, auth) = joined(&world, &id, &ana);
    ana.write(&id, "Is the blue one back?", "c1");
    socket.expect("ChatMessageReceived");
    logged(&world, &["out {", "Is the blue one back?", &socket.socket_id]);
    assert!(!world.log().contains(auth["auth"].as_str().unwrap().split(':').nth(1).unwrap()));
}
