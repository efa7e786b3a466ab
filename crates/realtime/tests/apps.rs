//! What people on open sockets notice when the apps of a running hub are exchanged, and what they
//! are told when an app is full, disabled or gone.

#![allow(clippy::unwrap_used)]
mod support;

use realtime::{App, ClientEventPolicy};
use serde_json::json;
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
