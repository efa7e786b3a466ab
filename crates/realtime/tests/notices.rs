//! What an app's owner is told of its channels, by real sockets on two shards.

#![allow(clippy::unwrap_used)]
mod support;

use realtime::Notice;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use support::{World, app};
use tokio::sync::mpsc;

/// A world whose owner writes down what it is told.
fn world() -> (World, mpsc::UnboundedReceiver<String>) {
    let (heard, hear) = mpsc::unbounded_channel();
    let mut app = app();
    app.on_notice = Some(Arc::new(move |notice| {
        let line = match notice {
            Notice::Occupancy { channel } => format!("occupancy {channel}"),
            Notice::Member { channel, user_id } => format!("member {channel} {user_id}"),
            Notice::User { user_id } => format!("user {user_id}"),
            Notice::CacheMiss { channel } => format!("cache miss {channel}"),
            Notice::ClientEvent(event) => format!("client event {}", event.event),
            Notice::SubscriptionCount { channel } => format!("count {channel}"),
        };
        heard.send(line).unwrap();
    }));
    (World::new(app), hear)
}

/// Exactly these, in any order: shards do not wait for each other.
async fn told(hear: &mut mpsc::UnboundedReceiver<String>, expected: &[&str]) {
    let mut lines = Vec::new();
    while lines.len() < expected.len() {
        let line = tokio::time::timeout(Duration::from_secs(10), hear.recv()).await;
        lines.push(line.unwrap_or_else(|_| panic!("heard only {lines:?}")).unwrap());
    }
    lines.sort();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn the_owner_hears_when_a_channel_fills_and_empties_and_each_count() {
    let (world, mut hear) = world();
    let (mut ana, mut ben) = (world.person().await, world.person().await);
    ana.subscribe("news", None).await;
    told(&mut hear, &["count news", "occupancy news"]).await;
    ben.subscribe("news", None).await;
    told(&mut hear, &["count news"]).await;
    ana.say(json!({"event":"pusher:unsubscribe","data":{"channel":"news"}})).await;
    told(&mut hear, &["count news"]).await;
    drop(ben);
    told(&mut hear, &["count news", "occupancy news"]).await;
    assert!(!world.hub.is_occupied("app", "news"), "the hub knows it when it is told");
}

#[tokio::test]
async fn the_owner_hears_of_a_members_first_and_last_connection_only() {
    let (world, mut hear) = world();
    let (mut ana, mut tab) = (world.person().await, world.person().await);
    let data = Some(r#"{"user_id":"ana"}"#);
    ana.subscribe("presence-room", data).await;
    told(&mut hear, &["member presence-room ana", "occupancy presence-room"]).await;
    tab.subscribe("presence-room", data).await;
    drop(ana);
    let mut ben = world.person().await;
    ben.subscribe("presence-room", Some(r#"{"user_id":"ben"}"#)).await;
    told(&mut hear, &["member presence-room ben"]).await;
    drop(tab);
    told(&mut hear, &["member presence-room ana"]).await;
    assert_eq!(world.hub.users("app", "presence-room"), ["ben"], "the hub knows it when it is told");
}

#[tokio::test]
async fn the_owner_hears_of_a_cache_channel_that_had_nothing_to_give() {
    let (world, mut hear) = world();
    let (mut ana, mut ben) = (world.person().await, world.person().await);
    ana.subscribe("cache-news", None).await;
    told(&mut hear, &["cache miss cache-news", "count cache-news", "occupancy cache-news"]).await;
    world.publish("cache-news", "sent", "{}");
    ben.subscribe("cache-news", None).await;
    told(&mut hear, &["count cache-news"]).await;
}
