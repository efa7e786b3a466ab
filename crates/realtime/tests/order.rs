//! Order and back-pressure: what arrives, in which order, and who is cut when one reads too slowly.

#![allow(clippy::unwrap_used)]
mod support;

use futures_util::StreamExt;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use support::{Person, World, app, config};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

/// A world in which nobody is cut for being slow: these tests read late on purpose.
fn patient() -> World {
    let mut config = config(vec![app()]);
    config.outbox_bytes = 64 << 20;
    World::with(config, Arc::new(|_| {}))
}

async fn subscribers(world: &World, count: usize) -> Vec<Person> {
    let mut people = Vec::new();
    for _ in 0..count {
        let mut person = world.person().await;
        person.subscribe("news", None).await;
        people.push(person);
    }
    people
}

#[tokio::test]
async fn each_publishers_events_arrive_in_its_order_at_everyone() {
    const PUBLISHERS: u64 = 8;
    const EVENTS: u64 = 400;
    let world = patient();
    let people = subscribers(&world, 12).await;
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|publisher| {
            let hub = world.hub.clone();
            std::thread::spawn(move || {
                for n in 0..EVENTS {
                    let data = format!("{publisher} {n}");
                    let event = realtime::Event {
                        channel: "news",
                        event: "e",
                        data: &data,
                        user_id: None,
                        except: None,
                    };
                    hub.publish("app", event);
                }
            })
        })
        .collect();
    for mut person in people {
        let mut next: HashMap<u64, u64> = HashMap::new();
        for _ in 0..PUBLISHERS * EVENTS {
            let event = person.next().await;
            let (publisher, n) = event["data"].as_str().unwrap().split_once(' ').unwrap();
            let expected = next.entry(publisher.parse().unwrap()).or_default();
            assert_eq!(n.parse::<u64>().unwrap(), *expected);
            *expected += 1;
        }
        person.hears_nothing().await;
    }
    publishers.into_iter().for_each(|publisher| publisher.join().unwrap());
}

#[tokio::test]
async fn who_joins_hears_success_first_and_then_everything_without_a_gap() {
    const EVENTS: u64 = 3_000;
    let world = patient();
    let first = subscribers(&world, 1).await;
    let mut late = Vec::new();
    for _ in 0..10 {
        late.push(world.person().await);
    }
    let hub = world.hub.clone();
    let publisher = std::thread::spawn(move || {
        for n in 0..EVENTS {
            let data = n.to_string();
            hub.publish(
                "app",
                realtime::Event { channel: "news", event: "e", data: &data, user_id: None, except: None },
            );
            if n % 16 == 0 {
                std::thread::yield_now();
            }
        }
    });
    for person in &mut late {
        person.ask("news", None).await;
    }
    publisher.join().unwrap();
    for (mut person, joined) in
        first.into_iter().map(|p| (p, true)).chain(late.into_iter().map(|p| (p, false)))
    {
        if !joined {
            assert_eq!(person.next().await["event"], "pusher_internal:subscription_succeeded");
        }
        person.say(json!({"event":"pusher:ping"})).await;
        let (mut last, mut ponged): (Option<u64>, bool) = (None, false);
        while last != Some(EVENTS - 1) && !(ponged && last.is_none()) {
            let event: Value = person.next().await;
            if event["event"] == "pusher:pong" {
                ponged = true;
                continue;
            }
            let n: u64 = event["data"].as_str().unwrap().parse().unwrap();
            assert!(last.is_none_or(|last| n == last + 1), "{last:?} then {n}");
            assert!(!joined || last.is_some() || n == 0);
            last = Some(n);
        }
    }
}

#[tokio::test]
async fn a_slow_reader_is_cut_and_delays_nobody() {
    let world = World::new(app());
    let mut ana = world.person().await;
    ana.subscribe("news", None).await;

    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    let mut slow = socket.connect(world.address).await.unwrap();
    let head = "GET /app/key?protocol=7 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    slow.write_all(head.as_bytes()).await.unwrap();
    let subscribe = br#"{"event":"pusher:subscribe","data":{"channel":"news"}}"#;
    slow.write_all(&wire::websocket::client_frame(0x81, subscribe, [1, 2, 3, 4])).await.unwrap();
    world.until("the slow one has subscribed", |hub| hub.stats().frames_in == 2).await;

    let data = "x".repeat(50_000);
    let mut longest = Duration::ZERO;
    while world.hub.stats().slow_readers == 0 {
        let began = Instant::now();
        world.publish("news", "e", &data);
        assert_eq!(ana.next().await["data"].as_str().unwrap().len(), data.len());
        longest = longest.max(began.elapsed());
    }
    assert!(longest < Duration::from_secs(2), "{longest:?}");
    // What was on its way ends with a whole frame, the reason and the close.
    let mut rest = Vec::new();
    tokio::time::timeout(support::DEADLINE, slow.read_to_end(&mut rest)).await.unwrap().unwrap();
    let close = wire::websocket::close_frame(4100, wire::Refusal::SlowReader.row().sentence);
    assert!(rest.ends_with(&close), "{:?}", String::from_utf8_lossy(&rest[rest.len().saturating_sub(300)..]));
    drop(slow);
    world.until("the slow one is gone", |hub| hub.stats().connections == 1).await;
    ana.hears_nothing().await;
}

#[tokio::test]
async fn a_flood_of_events_keeps_nobody_from_being_heard() {
    let mut config = config(vec![app()]);
    (config.shards, config.outbox_bytes) = (1, 1 << 30);
    let world = World::with(config, Arc::new(|_| {}));
    let mut ana = world.person().await;
    let mut ben = world.person().await;
    ben.subscribe("news", None).await;
    let reading =
        tokio::spawn(async move { while ben.socket.next().await.is_some_and(|read| read.is_ok()) {} });
    let (hub, stop) = (world.hub.clone(), Arc::new(AtomicBool::new(false)));
    let stopped = stop.clone();
    let publisher = std::thread::spawn(move || {
        while !stopped.load(Relaxed) {
            hub.publish(
                "app",
                realtime::Event { channel: "news", event: "e", data: "x", user_id: None, except: None },
            );
        }
    });
    world.until("the flood is on", |hub| hub.stats().frames_out > 10_000).await;
    for _ in 0..200 {
        tokio::time::timeout(Duration::from_secs(5), ana.hears_nothing())
            .await
            .expect("a pong within the flood");
    }
    let mut carol = world.person().await;
    carol.subscribe("private-x", Some(r#"{"user_id":"carol"}"#)).await;
    world.hub.revoke("app", realtime::Revocation::User("carol".into()));
    assert_eq!(carol.closed().await.0, 4009);
    stop.store(true, Relaxed);
    publisher.join().unwrap();
    reading.abort();
}
