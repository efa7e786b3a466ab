//! What people on real sockets see: hello, channels, events, whispers, refusals.

#![allow(clippy::unwrap_used)]
mod support;

use parking_lot::Mutex;
use realtime::{App, ClientEvent, ClientEventPolicy, Compat, Event, Except, Notice, Revocation};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use support::{SECRET, World, app, config};
use tokio_tungstenite::tungstenite::Message;
use wire::Refusal;

#[tokio::test]
async fn hello_comes_first_with_socket_id_and_timeout() {
    let world = World::new(app());
    let mut ana = world.stranger(&world.url()).await;
    let hello = ana.next().await;
    assert_eq!(hello["event"], "pusher:connection_established");
    let data: Value = serde_json::from_str(hello["data"].as_str().unwrap()).unwrap();
    assert_eq!(data["activity_timeout"], 30);
    assert!(data["socket_id"].as_str().unwrap().split('.').all(|n| n.parse::<u64>().is_ok()));
}

#[tokio::test]
async fn a_published_event_reaches_subscribers_of_its_channel_and_app_only() {
    let other = App::new("other", "other", SECRET);
    let world = World::with(config(vec![app(), other]), Arc::new(|_| {}));
    let (mut ana, mut eve) = (world.person().await, world.person().await);
    ana.subscribe("news", None).await;
    eve.subscribe("sport", None).await;
    assert!(world.hub.is_occupied("app", "news"));
    assert!(!world.hub.is_occupied("other", "news"));
    world
        .hub
        .publish("other", Event { channel: "news", event: "sent", data: "{}", user_id: None, except: None });
    world.publish("news", "sent", r#"{"text":"hi"}"#);
    assert_eq!(ana.next().await, json!({"event":"sent","channel":"news","data":r#"{"text":"hi"}"#}));
    eve.hears_nothing().await;
    ana.say(json!({"event":"pusher:unsubscribe","data":{"channel":"news"}})).await;
    ana.hears_nothing().await;
    assert!(!world.hub.is_occupied("app", "news"));
}

#[tokio::test]
async fn a_wrong_signature_is_said_twice_and_the_connection_stays() {
    let world = World::new(app());
    let mut eve = world.person().await;
    eve.say(json!({"event":"pusher:subscribe","data":{"channel":"private-x","auth":"key:00"}})).await;
    let error = eve.next().await;
    assert_eq!((&error["event"], &error["data"]["code"]), (&json!("pusher:error"), &Value::Null));
    let error = eve.next().await;
    assert_eq!(error["event"], "pusher:subscription_error");
    assert_eq!((&error["channel"], &error["data"]["status"]), (&json!("private-x"), &json!(401)));
    eve.subscribe("private-x", None).await;
}

#[tokio::test]
async fn the_publishers_own_socket_can_be_left_out() {
    let world = World::new(app());
    let (mut ana, mut ben) = (world.person().await, world.person().await);
    ana.subscribe("news", None).await;
    ben.subscribe("news", None).await;
    let id = ana.socket_id.clone();
    let send = |data, except| {
        world.hub.publish("app", Event { channel: "news", event: "e", data, user_id: None, except });
    };
    // All at once, so that events with and without an exception share a batch.
    for _ in 0..50 {
        send("all", None);
        send("not ana", Some(Except { socket_id: &id, only_if_user: None }));
        send("nobody is 1.2", Some(Except { socket_id: "1.2", only_if_user: None }));
    }
    for _ in 0..50 {
        for data in ["all", "not ana", "nobody is 1.2"] {
            assert_eq!(ben.next().await["data"], data);
        }
        for data in ["all", "nobody is 1.2"] {
            assert_eq!(ana.next().await["data"], data);
        }
    }
}

#[tokio::test]
async fn ruling_2_a_socket_is_left_out_only_if_it_is_that_users() {
    let world = World::new(app());
    let mut ana = world.person().await;
    ana.subscribe("private-x", Some(r#"{"user_id":"ana"}"#)).await;
    let id = ana.socket_id.clone();
    for (user, data) in [("eve", "eve's"), ("ana", "ana's")] {
        let except = Some(Except { socket_id: &id, only_if_user: Some(user) });
        world.hub.publish("app", Event { channel: "private-x", event: "e", data, user_id: None, except });
    }
    assert_eq!(ana.next().await["data"], "eve's");
    ana.hears_nothing().await;
}

#[tokio::test]
async fn a_whisper_reaches_the_others_on_both_shards_and_the_owner_hears_of_it() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (note, mut app) = (heard.clone(), app());
    app.client_events = ClientEventPolicy { stamp_user_id: true, ..ClientEventPolicy::default() };
    app.on_notice = Some(Arc::new(move |notice| {
        if let Notice::ClientEvent(event) = notice {
            let ClientEvent { channel, event, data, user_id, socket_id } = event;
            note.lock().push(format!("{channel} {event} {data} {user_id:?} {socket_id}"));
        }
    }));
    let world = World::new(app);
    let mut people = Vec::new();
    for name in ["ana", "ben", "carol", "eve"] {
        let mut person = world.person().await;
        person.subscribe("private-x", Some(&json!({"user_id": name}).to_string())).await;
        people.push(person);
    }
    people[0].say(json!({"event":"client-typing","channel":"private-x","data":{"on":true}})).await;
    for person in &mut people[1..] {
        let whisper =
            json!({"event":"client-typing","channel":"private-x","data":{"on":true},"user_id":"ana"});
        assert_eq!(person.next().await, whisper);
    }
    people[0].hears_nothing().await;
    let socket_id = &people[0].socket_id;
    assert_eq!(*heard.lock(), [format!(r#"private-x client-typing {{"on":true}} Some("ana") {socket_id}"#)]);
}

#[tokio::test]
async fn ruling_5_a_revoked_user_or_session_is_closed_with_4009_within_a_second() {
    let world = World::new(app());
    for revocation in [Revocation::User("ben".into()), Revocation::Session("s1".into())] {
        let (mut ben, mut carol) = (world.person().await, world.person().await);
        ben.subscribe("private-x", Some(r#"{"user_id":"ben","session":"s1"}"#)).await;
        carol.subscribe("private-x", Some(r#"{"user_id":"carol","session":"s2"}"#)).await;
        world.hub.revoke("app", revocation);
        let (code, before) =
            tokio::time::timeout(Duration::from_secs(1), ben.closed()).await.expect("within a second");
        assert_eq!(code, 4009);
        assert_eq!(before[0]["data"]["code"], 4009);
        carol.hears_nothing().await;
    }
}

#[tokio::test]
async fn ruling_5_who_loses_a_channel_is_told_and_hears_no_more_of_it() {
    let world = World::new(app());
    let mut ben = world.person().await;
    for channel in ["private-x", "private-y"] {
        ben.subscribe(channel, Some(r#"{"user_id":"ben"}"#)).await;
    }
    world.hub.revoke("app", Revocation::Channel { user: "ben".into(), channel: "private-x".into() });
    let told = ben.next().await;
    assert_eq!(
        (&told["event"], &told["channel"]),
        (&json!("pusher:subscription_error"), &json!("private-x"))
    );
    world.publish("private-x", "secret", "{}");
    world.publish("private-y", "open", "{}");
    assert_eq!(ben.next().await["event"], "open");
    ben.ask("private-x", Some(r#"{"user_id":"ben"}"#)).await;
    assert_eq!(ben.next().await["event"], "pusher:error", "a signature from before opens nothing");
    assert_eq!(ben.next().await["event"], "pusher:subscription_error");
}

#[tokio::test]
async fn ruling_21_an_oversized_message_is_named_and_the_connection_stays() {
    let world = World::new(App { max_message_bytes: 1_000, ..app() });
    let mut ana = world.person().await;
    let message = json!({"event":"client-x","channel":"private-x","data":"y".repeat(5_000)});
    ana.say(message.clone()).await;
    let error = ana.next().await;
    assert_eq!(error["data"]["code"], Value::Null);
    let text = error["data"]["message"].as_str().unwrap();
    assert!(text.contains(&message.to_string().len().to_string()) && text.contains("1000"), "{text}");
    ana.hears_nothing().await;
}

#[tokio::test]
async fn ruling_21_in_reverb_mode_an_oversized_message_closes_with_1009() {
    let world = World::new(App { max_message_bytes: 1_000, compat: Compat::Reverb, ..app() });
    let mut ana = world.person().await;
    ana.say(json!({"event":"client-x","channel":"private-x","data":"y".repeat(5_000)})).await;
    assert_eq!(ana.closed().await.0, 1009);
}

#[tokio::test]
async fn contract_1_7_handshakes_that_fail_say_why_and_close_with_the_code() {
    let mut closed_app = App::new("guarded", "guarded", SECRET);
    closed_app.admit = Some(Arc::new(|_| Err(Refusal::OriginNotAllowed)));
    let mut config = config(vec![app(), closed_app]);
    config.max_connections = 1;
    let world = World::with(config, Arc::new(|_| {}));
    let _ana = world.person().await;
    for (target, code) in [
        ("app/nokey?protocol=7", 4001),
        ("app/key/x?protocol=7", 4005),
        ("app/key?protocol=7&version=x", 4006),
        ("app/key?protocol=3", 4007),
        ("app/key", 4008),
        ("app/guarded?protocol=7", 4009),
        ("app/key?protocol=7", 4100),
    ] {
        let mut eve = world.stranger(&format!("ws://{}/{target}", world.address)).await;
        let (closed, before) = eve.closed().await;
        assert_eq!(closed, code, "{target}");
        assert_eq!((&before[0]["event"], &before[0]["data"]["code"]), (&json!("pusher:error"), &json!(code)));
    }
    assert_eq!(world.hub.stats().connections, 1);
}

#[tokio::test]
async fn contract_1_6_the_silent_are_pinged_and_a_websocket_ping_is_answered() {
    let world = World::new(App { activity_timeout_s: 1, ..app() });
    let mut ana = world.person().await;
    assert!(matches!(ana.hear().await, Message::Ping(_)));
    futures_util::SinkExt::send(&mut ana.socket, Message::Ping("abc".into())).await.unwrap();
    loop {
        match ana.hear().await {
            Message::Pong(payload) => break assert_eq!(&payload[..], b"abc"),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_close_is_answered_with_its_own_code() {
    use tokio_tungstenite::tungstenite::protocol::CloseFrame;
    let world = World::new(app());
    let mut ana = world.person().await;
    ana.socket.close(Some(CloseFrame { code: 1000.into(), reason: "bye".into() })).await.unwrap();
    assert_eq!(ana.closed().await.0, 1000);
    world.until("the connection is forgotten", |hub| hub.stats().connections == 0).await;
}
