//! Bad input: each kind answers with its own row of the refusal table, and nothing acknowledged is
//! lost by it.
#![allow(clippy::unwrap_used)]

use serde_json::json;
use std::time::Duration;
use testkit::http::Request;
use testkit::socket::{Heard, Socket};
use testkit::world::World;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

#[test]
fn each_bad_request_has_its_own_refusal() {
    let world = World::start(BINARY);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let post = |kind: &str, body: &str| {
        ana.request("POST", &format!("/api/chatbot/conversation/{id}/messages"))
            .raw(kind, body.as_bytes().to_vec())
            .send(world.port)
    };
    let json = "application/json";
    let long = json!({"message": "x".repeat(10_001)}).to_string();
    let huge = json!({"message": "x".repeat(70_000)}).to_string();
    let cases = [
        (post(json, "{\"message\": \"unfinished"), 400, "malformed-json"),
        (post(json, "{}"), 422, "missing-field"),
        (post(json, "{\"message\": 7}"), 422, "invalid-body"),
        (post(json, "{\"message\": \" \\n\"}"), 422, "text-empty"),
        (post(json, &long), 422, "text-too-long"),
        (post(json, &huge), 413, "body-too-large"),
        (post("text/plain", "hello"), 415, "unsupported-media-type"),
        (ana.write(&format!("cnv_{}", "0".repeat(32)), "hi", "c"), 404, "unknown-conversation"),
        (ana.read("%27%3B%20DROP%20TABLE%20messages%3B%20--", ""), 404, "unknown-conversation"),
        (ana.read(&id, "?after=yesterday"), 422, "invalid-field"),
        (world.get("/nothing/here").send(world.port), 404, "not-found"),
        (Request::new("DELETE", "/api/chatbot/config").send(world.port), 405, "method-not-allowed"),
        (Request::new("POST", "/apps/nobody/events").json(&json!({})).send(world.port), 404, "unknown-app"),
    ];
    for (reply, status, name) in cases {
        assert_eq!((reply.status, reply.refusal().as_str()), (status, name), "{}", reply.text());
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{name}");
        let problem = reply.json();
        assert_eq!(problem["type"], format!("urn:frontdesk:refusal:{name}"));
        assert_eq!(problem["success"], false);
        assert!(problem["title"].as_str().unwrap().ends_with('.'));
    }
    assert_eq!(ana.read(&id, "").json()["messages"], json!([]), "nothing was written by a refused request");
}

#[test]
fn an_expired_or_invented_session_is_told_so() {
    let world = World::start(BINARY);
    let reply = world
        .get("/api/chatbot/conversation/x")
        .header("authorization", "Bearer fdv_invented")
        .send(world.port);
    assert_eq!((reply.status, reply.refusal().as_str()), (401, "session-expired"));
}

#[test]
fn floods_are_stopped_with_retry_after() {
    let world = World::start_with(BINARY, &[("FRONTDESK_MESSAGES_PER_MINUTE", "3")]);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let replies: Vec<_> = (0..4).map(|n| ana.write(&id, "again", &n.to_string())).collect();
    let last = replies.last().unwrap();
    assert_eq!((last.status, last.refusal().as_str()), (429, "too-many-requests"));
    assert!(last.header("retry-after").is_some());
    let acknowledged = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(ana.read(&id, "").json()["messages"].as_array().unwrap().len(), acknowledged);
}

#[test]
fn each_bad_frame_has_its_own_refusal_and_the_socket_stays() {
    let world = World::start(BINARY);
    let mut socket = world.socket();
    let error = |socket: &mut Socket| socket.expect("pusher:error")["data"].clone();

    socket.say(&json!("no envelope"));
    let invalid = error(&mut socket);
    assert_eq!(invalid["code"], json!(null));
    socket.say(&json!({"event": "pusher:unheard-of", "data": {}}));
    assert!(error(&mut socket)["message"].as_str().unwrap().starts_with("Unknown event"));
    socket.subscribe("private-chat.conversation.x", &json!({"auth": "key:forged"}));
    assert!(error(&mut socket)["message"].as_str().unwrap().starts_with("Invalid signature"));
    socket.say(&json!({"event": "client-typing", "channel": "private-x", "data": {"on": true}}));
    assert!(error(&mut socket)["message"].as_str().unwrap().contains("not subscribed"));
    let large = json!({"event": "pusher:subscribe", "data": {"channel": "x".repeat(40_000)}});
    socket.say(&large);
    let message = error(&mut socket)["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&wire::limit::SOCKET_MESSAGE_BYTES.to_string()), "{message}");

    socket.subscribe("news", &json!(null));
    assert_eq!(socket.expect("pusher_internal:subscription_succeeded")["channel"], "news");
}

#[test]
fn an_unknown_key_is_closed_with_4001() {
    let world = World::start(BINARY);
    let refused = Socket::try_open(world.port, "nobody", &[]).err().unwrap();
    assert!(refused.contains("4001"), "{refused}");
}

#[test]
fn a_request_head_that_never_ends_is_cut_off_and_others_are_served() {
    use std::io::{Read, Write};
    let world = World::start(BINARY);
    let mut slow = std::net::TcpStream::connect(("127.0.0.1", world.port)).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    slow.write_all(b"GET /up HTTP/1.1\r\nx: ").unwrap();
    assert_eq!(world.get("/up").send(world.port).status, 200);
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).expect("the server ends it, not the test");
}

#[test]
fn whispers_on_the_chats_app_carry_typing_and_nothing_else() {
    let world = World::start(BINARY);
    let ana = world.visitor("Ana");
    let channel = format!("private-chat.conversation.{}", ana.start());
    let mut socket = world.socket();
    let auth = ana.authorise(&socket.socket_id, &channel).json();
    socket.subscribe(&channel, &auth);
    socket.expect("pusher_internal:subscription_succeeded");
    for (event, data) in [
        ("client-message", json!({"on": true})),
        ("client-typing", json!({"on": true, "name": "Ben"})),
        ("client-typing", json!({"on": true, "text": "x".repeat(2_000)})),
    ] {
        socket.say(&json!({"event": event, "channel": channel, "data": data}));
        let heard = socket.hear(Duration::from_secs(5));
        let Heard::Frame(frame) = heard else { panic!("{event}: {heard:?}") };
        assert_eq!(frame["event"], "pusher:error", "{event}");
    }
}

#[test]
fn what_cannot_be_read_in_a_path_or_query_is_refused_by_the_table() {
    let world = World::start(BINARY);
    let ana = world.visitor("Ana");
    let id = ana.read("%FF", "");
    assert_eq!((id.status, id.refusal().as_str()), (404, "not-found"));
    let twice = world.get("/widget.js?w=%FF&w=2").send(world.port);
    assert_eq!((twice.status, twice.refusal().as_str()), (422, "invalid-field"));
}

#[test]
fn a_host_that_is_none_reaches_no_header_and_no_page() {
    let world = World::start(BINARY);
    let page = world.get("/chatbot-test.html").header("host", "a;script-src<b>").send(world.port);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("script-src http://localhost:{}", world.port)), "{policy}");
    assert!(!page.text().contains("script-src<b>"));
}
