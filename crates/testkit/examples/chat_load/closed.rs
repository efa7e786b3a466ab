//! The closed loop: each client posts as soon as its last message is acknowledged, which is after the
//! commit. Decides what is counted; knows nothing of who listens.

use crate::client::Client;
use crate::cpu_us;
use std::time::{Duration, Instant};
use testkit::process::{percentile, usage};
use testkit::world::World;

const CLIENTS: usize = 64;
const RUN: Duration = Duration::from_secs(8);

/// What the loop did.
pub(crate) struct Closed {
    pub(crate) per_s: f64,
    pub(crate) server_us: f64,
    pub(crate) load_us: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

pub(crate) async fn run(world: &World) -> Closed {
    let visitors = world.visitors(CLIENTS);
    let people: Vec<(String, String)> =
        visitors.into_iter().map(|visitor| (visitor.start(), visitor.token)).collect();
    let pid = world.pid().expect("the server runs");
    let (before, own_before) = (usage(pid), usage(std::process::id()));
    let until = Instant::now() + RUN;
    let tasks: Vec<_> = people
        .into_iter()
        .map(|(id, token)| tokio::spawn(post_until(world.port, token, id, until)))
        .collect();
    let mut delays = Vec::new();
    for task in tasks {
        delays.extend(task.await.expect("no task panics"));
    }
    let (after, own_after) = (usage(pid), usage(std::process::id()));
    let count = delays.len() as f64;
    Closed {
        per_s: count / RUN.as_secs_f64(),
        server_us: cpu_us(&before, &after, count),
        load_us: cpu_us(&own_before, &own_after, count),
        p50_ms: percentile(&mut delays, 0.5),
        p99_ms: percentile(&mut delays, 0.99),
    }
}

async fn post_until(port: u16, token: String, id: String, until: Instant) -> Vec<f64> {
    let mut client = Client::connect(port, &token).await;
    let mut delays = Vec::new();
    let path = format!("/api/chatbot/conversation/{id}/messages");
    let mut n = 0_u64;
    while Instant::now() < until {
        let body = format!(
            r#"{{"message":"A message of usual length, as people write them in a chat, number {n}","client_id":"c{n}"}}"#
        );
        let started = Instant::now();
        assert_eq!(client.post(&path, &body).await, 201);
        delays.push(started.elapsed().as_secs_f64() * 1e3);
        n += 1;
    }
    delays
}
