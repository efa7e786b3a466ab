//! Publishing outwards (ruling 13): a second Frontdesk plays the foreign provider.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::http::Request;
use testkit::socket::{Heard, Socket};
use testkit::world::{Visitor, World, fresh_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
const KEY: &str = "provider-key";
const SECRET: &str = "provider-secret";

/// A provider, and a chat whose facts go through it.
fn worlds() -> (World, World) {
    let folder = fresh_folder();
    let file = folder.join("provider.toml");
    let app = format!("[[apps]]\nid = '77'\nkey = '{KEY}'\nsecret = '{SECRET}'\n");
    std::fs::write(&file, app).unwrap();
    let provider = World::start_with(BINARY, &[("FRONTDESK_CONFIG", file.to_str().unwrap())]);
    let port = provider.port.to_string();
    let chat = World::start_with(
        BINARY,
        &[
            ("BROADCAST_CONNECTION", "pusher"),
            ("PUSHER_APP_ID", "77"),
            ("PUSHER_APP_KEY", KEY),
            ("PUSHER_APP_SECRET", SECRET),
            ("PUSHER_HOST", "127.0.0.1"),
            ("PUSHER_PORT", &port),
            ("PUSHER_SCHEME", "http"),
            ("FRONTDESK_OUTBOUND_ALLOW", "127.0.0.0/8"),
            ("FRONTDESK_MESSAGES_PER_MINUTE", "0"),
        ],
    );
    (provider, chat)
}

fn authorise(
    chat: &World,
    visitor: &Visitor,
    socket_id: &str,
    channel: &str,
    provider: &str,
) -> (u16, Value) {
    let reply = visitor
        .request("POST", "/broadcasting/auth")
        .json(&json!({"socket_id": socket_id, "channel_name": channel, "provider": provider}))
        .send(chat.port);
    (reply.status, reply.json())
}

/// Ana's socket at the provider, joined to her conversation as the widget joins.
fn at_the_provider(provider: &World, chat: &World, ana: &Visitor, channel: &str) -> Socket {
    let mut socket = Socket::open(provider.port, KEY);
    let (status, auth) = authorise(chat, ana, &socket.socket_id, channel, "pusher");
    assert_eq!(status, 200, "{auth}");
    socket.subscribe(channel, &auth);
    socket.expect("pusher_internal:subscription_succeeded");
    socket
}

#[test]
fn ruling_13_the_configuration_names_the_provider_first_and_ours_second() {
    let (provider, chat) = worlds();
    let reply = Request::new("GET", "/api/chatbot/config")
        .header("authorization", &format!("Bearer {}", chat.widget_token()))
        .send(chat.port)
        .json();
    assert_eq!(reply["realtimeProvider"], "pusher");
    assert_eq!(reply["providers"], json!(["pusher", "reverb"]));
    let pusher = json!({"enabled": true, "key": KEY, "host": "127.0.0.1", "port": provider.port, "scheme": "http", "encrypted": false});
    assert_eq!(reply["pusher"], pusher);
    assert_eq!((&reply["reverb"]["enabled"], &reply["reverb"]["key"]), (&json!(true), &json!(chat.key)));
    let ben = chat.owner("Ben");
    let me = ben.request("GET", "/api/v1/me").send(chat.port).json();
    assert_eq!(me["third_party"], "127.0.0.1", "the console can say where text passes through");
}

#[test]
fn ruling_13_facts_reach_the_provider_and_our_own_sockets_in_order_and_notes_neither() {
    let (provider, chat) = worlds();
    let (ana, ben) = (chat.visitor("Ana"), chat.owner("Ben"));
    let id = ana.start();
    let channel = format!("private-chat.conversation.{id}");
    let mut there = at_the_provider(&provider, &chat, &ana, &channel);
    let mut here = chat.socket();
    let (_, auth) = authorise(&chat, &ana, &here.socket_id, &channel, "reverb");
    here.subscribe(&channel, &auth);
    here.expect("pusher_internal:subscription_succeeded");
    for n in 0..30 {
        assert_eq!(ana.write(&id, &format!("message {n}"), &format!("c{n}")).status, 201);
        if n % 10 == 0 {
            assert_eq!(ben.write(&id, "inner thoughts", "note").status, 201);
        }
    }
    for socket in [&mut there, &mut here] {
        for n in 0..30 {
            let frame = socket.expect("ChatMessageReceived");
            assert_eq!(
                (&frame["data"]["message"], &frame["data"]["seq"]),
                (&json!(format!("message {n}")), &json!(n + 1))
            );
            assert_eq!(frame["channel"], channel);
        }
    }
    assert!(!format!("{}{}", provider.log(), chat.log()).contains("message 3"), "text stands in no log");
}

#[test]
fn ruling_13_only_conversations_are_signed_for_the_provider_and_only_when_it_is_named() {
    let (provider, chat) = worlds();
    let (ana, eve, ben) = (chat.visitor("Ana"), chat.visitor("Eve"), chat.owner("Ben"));
    let id = ana.start();
    let channel = format!("private-chat.conversation.{id}");
    let mut socket = Socket::open(provider.port, KEY);
    let (status, ours) = authorise(&chat, &ana, &socket.socket_id, &channel, "reverb");
    assert_eq!(status, 200);
    socket.subscribe(&channel, &ours);
    socket.expect("pusher:subscription_error");
    assert_eq!(authorise(&chat, &eve, &socket.socket_id, &channel, "pusher").0, 403);
    assert_eq!(authorise(&chat, &ana, &socket.socket_id, &channel, "ably").0, 422);
    for agents in [format!("private-agents.conversation.{id}"), "presence-agents".to_owned()] {
        let reply = ben
            .request("POST", "/broadcasting/auth")
            .json(&json!({"socket_id": socket.socket_id, "channel_name": agents, "provider": "pusher"}))
            .send(chat.port);
        assert_eq!(reply.status, 403, "{agents}: agents' channels stay ours");
    }
    let (_, theirs) = authorise(&chat, &ana, &socket.socket_id, &channel, "pusher");
    let data: Value = serde_json::from_str(theirs["channel_data"].as_str().unwrap()).unwrap();
    assert_eq!(data, json!({"user_id": ana.id}), "the provider learns no session");
    socket.subscribe(&channel, &theirs);
    socket.expect("pusher_internal:subscription_succeeded");
}

#[test]
fn ruling_13_a_message_too_long_for_the_provider_is_announced_there_and_read_here() {
    let (provider, chat) = worlds();
    let ana = chat.visitor("Ana");
    let id = ana.start();
    let channel = format!("private-chat.conversation.{id}");
    let mut there = at_the_provider(&provider, &chat, &ana, &channel);
    ana.write(&id, "short", "c1");
    ana.write(&id, &"ü".repeat(9_000), "c2");
    ana.write(&id, "short", "c3");
    assert_eq!(there.expect("ChatMessageReceived")["data"]["seq"], 1);
    assert_eq!(there.expect("conversation.behind")["data"], json!({"up_to": 2}));
    assert_eq!(there.expect("ChatMessageReceived")["data"]["seq"], 3);
    assert_eq!(ana.read(&id, "?after=1").json()["events"].as_array().unwrap().len(), 2);
}

#[test]
fn ruling_13_a_dead_provider_delays_nobody_here_and_hears_what_it_missed() {
    let (mut provider, chat) = worlds();
    let ana = chat.visitor("Ana");
    let id = ana.start();
    let channel = format!("private-chat.conversation.{id}");
    drop(at_the_provider(&provider, &chat, &ana, &channel));
    let mut here = chat.socket();
    let (_, auth) = authorise(&chat, &ana, &here.socket_id, &channel, "reverb");
    here.subscribe(&channel, &auth);
    here.expect("pusher_internal:subscription_succeeded");
    provider.kill();
    let began = Instant::now();
    for n in 0..20 {
        ana.write(&id, "hello", &format!("c{n}"));
        here.expect("ChatMessageReceived");
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let until = Instant::now() + Duration::from_secs(20);
    while !chat.log().contains("the provider takes no events") {
        assert!(Instant::now() < until, "{}", chat.log());
        std::thread::yield_now();
    }
    provider.boot();
    let mut there = at_the_provider(&provider, &chat, &ana, &channel);
    let until = Instant::now() + Duration::from_secs(20);
    let told = loop {
        match there.hear(until.saturating_duration_since(Instant::now())) {
            Heard::Frame(frame) if frame["data"]["up_to"] == 20 || frame["data"]["seq"] == 20 => break frame,
            Heard::Frame(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert!(told["event"] == "conversation.behind" || told["event"] == "ChatMessageReceived", "{told}");
}
