//! Connections without a socket: what holds for a socket holds for a client that fetches and sends
//! its messages by requests.
#![allow(clippy::unwrap_used)]

mod support;

use realtime::{Pipe, Revocation, Said, UpgradeHead};
use serde_json::{Value, json};
use std::time::Duration;
use support::{DEADLINE, SECRET, World, app, config};
use wire::sign;

const QUERY: &str = "protocol=7&client=js&version=8.6.0&t=1&n=1";

fn head() -> UpgradeHead<'static> {
    UpgradeHead {
        peer: [127, 0, 0, 1].into(),
        way: realtime::Way::Tcp,
        host: None,
        origin: Some("http://shop.example"),
        forwarded_for: None,
        forwarded_proto: None,
        forwarded_host: None,
    }
}

/// A person on a pipe.
struct Caller {
    pipe: Pipe,
    socket_id: String,
    heard: std::collections::VecDeque<Said>,
}

impl Caller {
    async fn open(world: &World) -> Caller {
        let pipe = world.hub.open_pipe("key", QUERY, &head()).await.unwrap();
        let mut caller = Caller { pipe, socket_id: String::new(), heard: Default::default() };
        let hello = caller.next().await;
        assert_eq!(hello["event"], "pusher:connection_established");
        let data: Value = serde_json::from_str(hello["data"].as_str().unwrap()).unwrap();
        caller.socket_id = data["socket_id"].as_str().unwrap().to_owned();
        caller
    }

    fn say(&self, frame: &Value) {
        assert!(self.pipe.bring(frame.to_string()));
    }

    async fn hear(&mut self) -> Said {
        let wait = async {
            loop {
                let ready = self.pipe.ready();
                self.heard.extend(self.pipe.take().unwrap_or_default());
                match self.heard.pop_front() {
                    Some(said) => return said,
                    None => ready.await,
                }
            }
        };
        tokio::time::timeout(DEADLINE, wait).await.expect("in time")
    }

    async fn next(&mut self) -> Value {
        match self.hear().await {
            Said::Message(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("expected a message, got {other:?}"),
        }
    }

    async fn subscribe(&mut self, channel: &str, channel_data: Option<&str>) {
        let auth = sign::channel_auth("key", SECRET, &self.socket_id, channel, channel_data);
        let data = json!({"channel": channel, "auth": auth, "channel_data": channel_data});
        self.say(&json!({"event": "pusher:subscribe", "data": data}));
        let reply = self.next().await;
        assert_eq!(reply["event"], "pusher_internal:subscription_succeeded", "{reply}");
    }
}

fn rest(pipe: &Pipe) -> Vec<Said> {
    std::iter::from_fn(|| pipe.take()).flatten().collect()
}

fn close_code(said: &[Said]) -> u16 {
    match said.last() {
        Some(Said::Close(code, _)) => *code,
        other => panic!("expected a close, got {other:?}"),
    }
}

#[tokio::test]
async fn events_come_in_order_whether_fetched_at_once_or_late() {
    let world = World::new(app());
    let mut ana = Caller::open(&world).await;
    ana.subscribe("news", None).await;
    for n in 0..1_000 {
        world.publish("news", "e", &n.to_string());
    }
    for n in 0..1_000 {
        assert_eq!(ana.next().await["data"], n.to_string());
    }
}

#[tokio::test]
async fn presence_whispers_and_pings_work_without_a_socket() {
    let world = World::new(app());
    let mut ana = Caller::open(&world).await;
    let mut ben = world.person().await;
    ben.subscribe("presence-room", Some(r#"{"user_id":"ben"}"#)).await;
    ana.subscribe("presence-room", Some(r#"{"user_id":"ana"}"#)).await;
    assert_eq!(ben.next().await["event"], "pusher_internal:member_added");
    ana.say(&json!({"event": "client-wave", "channel": "presence-room", "data": {"hand": 1}}));
    let wave = ben.next().await;
    assert_eq!((&wave["event"], &wave["user_id"]), (&json!("client-wave"), &json!("ana")));
    ana.say(&json!({"event": "pusher:ping", "data": {}}));
    assert_eq!(ana.next().await["event"], "pusher:pong");
    drop(ana);
    assert_eq!(ben.next().await["event"], "pusher_internal:member_removed");
    world.until("only Ben is left", |hub| hub.connections("app") == 1).await;
}

#[tokio::test]
async fn a_message_over_the_limit_is_told_and_the_connection_stays() {
    let mut app = app();
    app.max_message_bytes = 500;
    let world = World::new(app);
    let mut ana = Caller::open(&world).await;
    assert!(ana.pipe.bring("x".repeat(501)) && ana.pipe.bring_too_large(1_000_000));
    for bytes in ["501 bytes", "1000000 bytes"] {
        assert!(ana.next().await["data"]["message"].as_str().unwrap().contains(bytes));
    }
    ana.subscribe("news", None).await;
}

#[tokio::test]
async fn who_does_not_fetch_is_cut_like_a_slow_reader() {
    let world = World::new(app());
    let mut ana = Caller::open(&world).await;
    ana.subscribe("news", None).await;
    for _ in 0..100 {
        world.publish("news", "e", &"x".repeat(10_000));
    }
    world.until("a reader is cut", |hub| hub.stats().slow_readers == 1).await;
    assert_eq!(close_code(&rest(&ana.pipe)), 4100);
    assert!(ana.pipe.is_over());
    world.until("nobody is left", |hub| hub.connections("app") == 0).await;
}

#[tokio::test]
async fn the_last_word_is_kept_for_who_fetches_late() {
    let world = World::new(app());
    let mut ana = Caller::open(&world).await;
    ana.subscribe("private-room", Some(r#"{"user_id":"ana"}"#)).await;
    world.hub.revoke("app", Revocation::User("ana".into()));
    world.until("her connection is over", |hub| hub.connections("app") == 0).await;
    assert!(!ana.pipe.is_over());
    assert_eq!(close_code(&rest(&ana.pipe)), 4009);
    assert!(ana.pipe.is_over());
}

#[tokio::test]
async fn a_drain_reaches_pipes_too() {
    let world = World::new(app());
    let mut ana = Caller::open(&world).await;
    let hub = world.hub.clone();
    let drained = tokio::spawn(async move { hub.drain(Duration::ZERO).await });
    assert!(matches!(ana.hear().await, Said::Message(_)));
    assert!(matches!(ana.hear().await, Said::Close(4200, _)));
    tokio::time::timeout(DEADLINE, drained).await.unwrap().unwrap();
    assert_eq!(world.hub.connections("app"), 0);
}

#[tokio::test]
async fn who_may_not_come_in_hears_why() {
    let mut config = config(vec![app()]);
    config.max_connections = 1;
    let world = World::with(config, std::sync::Arc::new(|_| {}));
    let refused = async |key, query| {
        let said = world.hub.open_pipe(key, query, &head()).await.err().expect("refused");
        assert!(matches!(&said[0], Said::Message(text) if text.starts_with("{\"event\":\"pusher:error\"")));
        close_code(&said)
    };
    assert_eq!(refused("nobody", QUERY).await, 4001);
    assert_eq!(refused("key", "client=js").await, 4008);
    assert_eq!(refused("key", "protocol=3").await, 4007);
    let ana = Caller::open(&world).await;
    assert_eq!(refused("key", QUERY).await, 4100);
    drop(ana);
    world.until("her place is free", |hub| hub.stats().connections == 0).await;
    Caller::open(&world).await;
}
