//! What whoever runs the server sees of connections, channels and apps, and what it costs those who
//! are served.

#![allow(clippy::unwrap_used)]
mod support;

use realtime::{App, Look};
use std::sync::Arc;
use support::{SECRET, World, app, config};

fn look(limit: usize) -> Look {
    Look { limit, ..Look::default() }
}

#[tokio::test]
async fn a_look_names_each_connection_with_what_it_has_joined() {
    let world = World::with(config(vec![app(), App::new("shop", "shop-key", SECRET)]), Arc::new(|_| {}));
    let (mut ana, mut ben) = (world.person().await, world.person().await);
    ana.subscribe("presence-room", Some(r#"{"user_id":"ana"}"#)).await;
    ana.subscribe("news", None).await;
    ben.subscribe("news", None).await;
    let mut seen = world.hub.look(look(10)).await;
    seen.sort_by_key(|one| one.users.is_empty());
    let [first, second] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(
        (&*first.socket_id, first.channels, &first.users[..]),
        (&*ana.socket_id, 2, &["ana".to_owned()][..])
    );
    assert_eq!((&*second.socket_id, second.channels, second.users.len()), (&*ben.socket_id, 1, 0));
    assert!(first.peer.unwrap().ip().is_loopback() && first.app_id == "app" && first.waiting_bytes == 0);

    let of = |app_id: Option<&str>, channel: Option<&str>| {
        let look = Look { app_id: app_id.map(Into::into), channel: channel.map(Into::into), limit: 10 };
        let hub = world.hub.clone();
        async move { hub.look(look).await.len() }
    };
    assert_eq!(
        (of(Some("app"), None).await, of(Some("shop"), None).await, of(Some("none"), None).await),
        (2, 0, 0)
    );
    assert_eq!((of(Some("app"), Some("news")).await, of(Some("app"), Some("presence-room")).await), (2, 1));
    assert_eq!(world.hub.look(look(1)).await.len(), 1, "no more than asked for");
}

#[tokio::test]
async fn an_apps_figures_are_its_own() {
    let world = World::with(config(vec![app(), App::new("shop", "shop-key", SECRET)]), Arc::new(|_| {}));
    let mut ana = world.person().await;
    ana.subscribe("presence-room", Some(r#"{"user_id":"ana"}"#)).await;
    world.publish("news", "told", "{}");
    let [app, shop] = &world.hub.app_stats()[..] else { panic!("two apps") };
    assert_eq!((app.connections, app.channels, app.members, app.published), (1, 1, 1, 1));
    assert_eq!((shop.connections, shop.channels, shop.members, shop.published), (0, 0, 0, 0));
    ana.say(serde_json::json!({"event": "client-x", "channel": "news", "data": {}})).await;
    assert_eq!(ana.next().await["event"], "pusher:error");
    let refused: Vec<_> = world.hub.refusals().filter(|(_, count)| *count > 0).collect();
    assert_eq!(refused, [(wire::Refusal::ClientEventChannel, 1)]);
}
