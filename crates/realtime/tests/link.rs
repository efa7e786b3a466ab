//! Two hubs joined by a unix socket, as two processes are while one takes over from the other (ruling
//! 19), by real sockets.

#![allow(clippy::unwrap_used)]
mod support;

use realtime::{Event, Except};
use serde_json::{Value, json};
use std::os::unix::net::UnixStream;
use std::time::Duration;
use support::{Person, World, app};

const SOON: Duration = Duration::from_secs(10);

/// An old and a new hub that know of each other.
async fn linked() -> (World, World) {
    let (old, new) = (World::new(app()), World::new(app()));
    let (here, there) = UnixStream::pair().unwrap();
    old.hub.link(here).unwrap();
    new.hub.link(there).unwrap();
    for world in [&old, &new] {
        assert!(world.hub.acquainted(SOON).await);
        world.until("the other is there", |hub| hub.stats().bus.is_some_and(|bus| bus.nodes == 1)).await;
    }
    (old, new)
}

async fn member(world: &World, user: &str) -> Person {
    let mut person = world.person().await;
    let data = json!({"user_id": user, "user_info": {}}).to_string();
    person.subscribe("presence-x", Some(&data)).await;
    person
}

async fn hears(person: &mut Person, event: &str, data: &Value) {
    let frame = person.next().await;
    let heard: Value = serde_json::from_str(frame["data"].as_str().unwrap()).unwrap();
    assert_eq!((frame["event"].as_str().unwrap(), &heard), (event, data));
}

#[tokio::test(flavor = "multi_thread")]
async fn ruling_19_clients_of_either_process_hear_and_see_those_of_both() {
    let (old, new) = linked().await;
    let mut ana = member(&old, "ana").await;
    new.until("she is known", |hub| hub.user_count("app", "presence-x") == 1).await;
    let mut ben = member(&new, "ben").await;
    hears(&mut ana, "pusher_internal:member_added", &json!({"user_id": "ben", "user_info": {}})).await;
    for n in 0..100 {
        new.publish("presence-x", "told", &n.to_string());
    }
    for n in 0..100 {
        hears(&mut ana, "told", &json!(n)).await;
        hears(&mut ben, "told", &json!(n)).await;
    }
    let except = Some(Except { socket_id: &ana.socket_id, only_if_user: Some("ana") });
    new.hub.publish("app", Event { channel: "presence-x", event: "told", data: "1", user_id: None, except });
    hears(&mut ben, "told", &json!(1)).await;
    // Ana moves: her second connection is there before the first is closed.
    let mut again = member(&new, "ana").await;
    old.until("both are known", |hub| hub.subscriptions("app", "presence-x") == 3).await;
    let draining = old.hub.clone();
    let drained = tokio::spawn(async move { draining.drain(Duration::ZERO).await });
    let (code, before) = ana.closed().await;
    assert_eq!(code, 4200);
    assert!(
        before.iter().all(|frame| frame["event"] == "pusher:error"),
        "the last event left her out: {before:?}"
    );
    drop(ana);
    drained.await.unwrap();
    new.until("the old one is gone", |hub| hub.stats().bus.is_none()).await;
    assert_eq!(new.hub.users("app", "presence-x"), ["ana", "ben"]);
    ben.hears_nothing().await;
    again.hears_nothing().await;
    new.publish("presence-x", "told", "2");
    hears(&mut again, "told", &json!(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_at_the_other_end_that_dies_takes_its_members_along() {
    let (old, new) = linked().await;
    let _ana = member(&old, "ana").await;
    new.until("she is known", |hub| hub.user_count("app", "presence-x") == 1).await;
    let mut ben = member(&new, "ben").await;
    drop(old);
    hears(&mut ben, "pusher_internal:member_removed", &json!({"user_id": "ana"})).await;
    assert_eq!(new.hub.users("app", "presence-x"), ["ben"]);
}
