//! What people on open sockets notice when the apps of a running hub are exchanged, and what they
//! are told when an app is full, disabled or gone.

#![allow(clippy::unwrap_used)]
mod support;

use realtime::{App, ClientEventPolicy, Compat, RateLimit, Senders};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use support::{SECRET, World, app, config};
use tokio_tungstenite::tungstenite::Message;

const AT_ONCE: Duration = Duration::ZERO;

fn shop() -> App {
    App::new("shop", "shop-key", SECRET)
}

fn url_of(world: &World, key: &str) -> String {
    format!("ws://{}/app/{key}?protocol=7", world.address)
}

#[tokio::test]
async fn a_changed_app_holds_for_open_connections_at_their_next_frame() {
    let world = World::new(app());
    let (mut ana, mut ben) = (world.person().await, world.person().await);
    ana.subscribe("private-room", None).await;
    ben.subscribe("private-room", None).await;
    let whisper = json!({"event": "client-hi", "channel": "private-room", "data": {}});
    ana.say(whisper.clone()).await;
    assert_eq!(ben.next().await["event"], "client-hi", "the premise");
    let quiet = ClientEventPolicy { enabled: false, ..ClientEventPolicy::default() };
    world.hub.exchange_apps(vec![App { client_events: quiet, ..app() }, shop()], AT_ONCE).unwrap();
    ana.say(whisper).await;
    assert_eq!(ana.next().await["event"], "pusher:error");
    world.publish("private-room", "told", "{}");
    assert_eq!(ben.next().await["event"], "told", "the subscription is still there");
    let mut carol = world.stranger(&url_of(&world, "shop-key")).await;
    assert_eq!(carol.next().await["event"], "pusher:connection_established", "a new app serves at once");
    assert_eq!((world.hub.connections("app"), world.hub.connections("shop")), (2, 1));
}

#[tokio::test]
async fn connections_of_a_removed_app_are_closed_with_4001_and_no_others() {
    let world = World::with(config(vec![app(), shop()]), Arc::new(|_| {}));
    let mut ana = world.person().await;
    let mut carol = world.stranger(&url_of(&world, "shop-key")).await;
    assert_eq!(carol.next().await["event"], "pusher:connection_established");
    world.hub.exchange_apps(vec![app()], AT_ONCE).unwrap();
    assert_eq!(carol.closed().await.0, 4001);
    assert_eq!(world.stranger(&url_of(&world, "shop-key")).await.closed().await.0, 4001);
    assert!(world.hub.app_by_id("shop").is_none());
    ana.hears_nothing().await;
    world.hub.exchange_apps(vec![app(), shop()], AT_ONCE).unwrap();
    let hello = world.stranger(&url_of(&world, "shop-key")).await.next().await;
    assert_eq!(hello["event"], "pusher:connection_established", "it may come back");
}

#[tokio::test]
async fn a_disabled_app_closes_and_refuses_with_4003() {
    let world = World::new(app());
    let mut ana = world.person().await;
    world.hub.exchange_apps(vec![App { enabled: false, ..app() }], AT_ONCE).unwrap();
    assert_eq!(ana.closed().await.0, 4003);
    assert_eq!(world.stranger(&world.url()).await.closed().await.0, 4003);
}

#[tokio::test]
async fn contract_1_7_a_full_app_says_4100_with_its_limit_and_has_room_again() {
    let world = World::new(App { max_connections: Some(1), ..app() });
    let mut ana = world.person().await;
    let mut ben = world.stranger(&world.url()).await;
    let (code, before) = ben.closed().await;
    assert_eq!((code, &before[0]["data"]["code"]), (4100, &json!(4100)));
    assert_eq!(before[0]["data"]["message"], "Over capacity. The app's limit is 1 connections, it has 1.");
    ana.socket.close(None).await.unwrap();
    world.until("her place is free", |hub| hub.connections("app") == 0).await;
    world.person().await;
}

#[tokio::test]
async fn the_close_of_an_app_is_spread_and_ends_when_the_app_is_back() {
    let world = World::new(app());
    let mut people = Vec::new();
    for _ in 0..8 {
        people.push(world.person().await);
    }
    world.hub.exchange_apps(vec![], Duration::from_secs(600)).unwrap();
    world.until("the first of each shard is gone", |hub| hub.stats().connections == 6).await;
    world.hub.exchange_apps(vec![app()], AT_ONCE).unwrap();
    let mut stayed = 0;
    for person in &mut people {
        person.say(json!({"event": "pusher:ping", "data": {}})).await;
        stayed += usize::from(matches!(person.hear().await, Message::Text(text) if text.contains("pong")));
    }
    assert_eq!(stayed, 6);
}

/// The `message` of the refusal that comes next.
async fn refused(person: &mut support::Person) -> String {
    let error = person.next().await;
    assert_eq!(error["event"], "pusher:error", "{error}");
    error["data"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn limits_of_channels_and_members_are_said_with_what_was_reached() {
    let world = World::new(App { max_channels: 2, presence_members: 1, presence_info_bytes: 9, ..app() });
    let (mut ana, mut ben, mut eve) = (world.person().await, world.person().await, world.person().await);
    ana.subscribe("presence-room", Some(r#"{"user_id":"1","user_info":{"n":"A"}}"#)).await;
    ana.subscribe("news", None).await;
    for (person, channel, data, said) in [
        (&mut ana, "sport", None, "The limit is 2 channels, these are 2."),
        (&mut ben, "presence-room", Some(r#"{"user_id":"2"}"#), "The limit is 1 members, it has 1."),
        (
            &mut eve,
            "presence-hall",
            Some(r#"{"user_id":"2","user_info":{"n":"Ben"}}"#),
            "user_info has at most 9 bytes, this has 11.",
        ),
    ] {
        person.ask(channel, data).await;
        let message = refused(person).await;
        assert!(message.ends_with(said), "{message}");
        assert_eq!(person.next().await["event"], "pusher:subscription_error");
    }
}

#[tokio::test]
async fn reverb_1_9_messages_over_the_limit_are_4301_or_end_the_connection() {
    let limit = RateLimit { max_messages: 2, window_s: 600, closes: false };
    let world = World::new(App { rate_limit: Some(limit), ..app() });
    let ping = || json!({"event": "pusher:ping", "data": {}});
    let mut ana = world.person().await;
    for _ in 0..3 {
        ana.say(ping()).await;
    }
    for _ in 0..2 {
        assert_eq!(ana.next().await["event"], "pusher:pong");
    }
    let error = ana.next().await;
    assert_eq!(error["data"]["code"], 4301);
    let message = error["data"]["message"].as_str().unwrap();
    assert!(message.ends_with("The limit is 2 messages in 600 s."), "{message}");

    let closing = RateLimit { max_messages: 0, closes: true, ..limit };
    world
        .hub
        .exchange_apps(vec![App { rate_limit: Some(closing), compat: Compat::Reverb, ..app() }], AT_ONCE)
        .unwrap();
    ana.say(ping()).await;
    let (code, before) = ana.closed().await;
    assert_eq!(code, 4100, "the client comes back after a second");
    let data: Value = serde_json::from_str(before[0]["data"].as_str().unwrap()).unwrap();
    assert_eq!(data, json!({"code": 4301, "message": "Rate limit exceeded"}));
}

#[tokio::test]
async fn reverbs_all_lets_a_stranger_to_the_channel_whisper_and_members_does_not() {
    let from = |from| {
        let client_events = ClientEventPolicy { from, ..ClientEventPolicy::default() };
        App { client_events, compat: Compat::Reverb, ..app() }
    };
    let world = World::new(from(Senders::Members));
    let (mut ana, mut eve) = (world.person().await, world.person().await);
    ana.subscribe("lobby", None).await;
    let whisper = json!({"event": "client-hi", "channel": "lobby", "data": {}});
    eve.say(whisper.clone()).await;
    let data: Value = serde_json::from_str(eve.next().await["data"].as_str().unwrap()).unwrap();
    assert_eq!(data["message"], "The client is not a member of the specified channel.");
    world.hub.exchange_apps(vec![from(Senders::Anybody)], AT_ONCE).unwrap();
    eve.say(whisper).await;
    assert_eq!(ana.next().await["event"], "client-hi");
}

#[tokio::test]
async fn contract_1_11_subscribers_are_counted_from_when_the_app_asks_and_a_crowd_hears_the_last_count() {
    let world = World::new(app());
    let mut ana = world.person().await;
    ana.subscribe("news", None).await;
    ana.hears_nothing().await;
    world.hub.exchange_apps(vec![App { subscription_count: true, ..app() }], AT_ONCE).unwrap();
    let mut others = Vec::new();
    for _ in 0..104 {
        let mut person = world.person().await;
        person.subscribe("news", None).await;
        others.push(person);
    }
    let count = |frame: Value| {
        assert_eq!(frame["event"], "pusher_internal:subscription_count");
        let data: Value = serde_json::from_str(frame["data"].as_str().unwrap()).unwrap();
        data["subscription_count"].as_u64().unwrap()
    };
    let mut told = Vec::new();
    while told.last() != Some(&105) {
        told.push(count(ana.next().await));
    }
    assert_eq!(told[..99], (2..=100).collect::<Vec<u64>>(), "each of them up to a hundred");
    assert!(told.len() < 99 + 5, "a crowd hears of several at once: {told:?}");
    others.truncate(10);
    while told.last() != Some(&11) {
        told.push(count(ana.next().await));
    }
}
