//! What people on real sockets see: hello, channels, events, whispers, refusals.

#![allow(clippy::unwrap_used)]
mod support;

use realtime::{App, ClientEventPolicy, Compat, Config, Event, Except, Revocation};
use serde_json::json;
use std::sync::Arc;
use support::{SECRET, World, app, config};
use tokio_tungstenite::tungstenite::Message;
use wire::Refusal;

#[tokio::test]
async fn hello_comes_first_with_socket_id_and_timeout() {
    let world = World::new(app());
    let mut ana = world.stranger(&world.url()).await;
    let hello = ana.next().await;
    assert_eq!(hello["event"], "pusher:connection_established");
    let data: serde_json::Value = serde_json::from_str(hello["data"].as_str().unwrap()).unwrap();
    assert_eq!(data["activity_timeout"], 30);
    assert!(data["socket_id"].as_str().unwrap().split('.').all(|n| n.parse::<u64>().is_ok()));
}

#[tokio::test]
async fn a_published_event_reaches_subscribers_of_its_channel_only() {
    let world = World::new(app());
    let (mut ana, mut eve) = (world.person().await, world.person().await);
    ana.subscribe("news", None).await;
    eve.subscribe("sport", None).await;
    world.publish("news", "sent", r#"{"text":"hi"}"#);
    assert_eq!(ana.next().await, json!({"event":"sent","channel":"news","data":r#"{"text":"hi"}"#}));
    eve.hears_nothing().await;
}
