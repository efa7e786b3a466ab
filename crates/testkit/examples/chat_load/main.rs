//! Loads a real server process as visitors and agents do, and prints what it costs: durable messages
//! per second, delay from post to both sockets, start, memory. Knows the product by its wire alone.
//!
//! `cargo run --release -p testkit --example chat_load -- target/release/frontdesk`

mod client;

use client::{Client, listen};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use testkit::process::{Serve, Usage, percentile, ready_line, usage};
use testkit::world::{Agent, Visitor, World, free_port, fresh_folder};

/// Clients of the closed loop.
const CLIENTS: usize = 64;
/// How long each part runs.
const RUN: Duration = Duration::from_secs(8);
/// Messages per second of the open loop.
const RATE: u64 = 500;
/// Conversations of the open loop.
const CONVERSATIONS: usize = 50;

const ENVIRONMENT: [(&str, &str); 2] =
    [("FRONTDESK_MESSAGES_PER_MINUTE", "0"), ("FRONTDESK_SESSIONS_PER_MINUTE", "0")];

#[allow(clippy::print_stdout)]
fn say(name: &str, value: f64, unit: &str, goal: &str) {
    println!("{}", json!({"what": name, "value": value, "unit": unit, "goal": goal}));
}

fn main() {
    let named = std::env::args().nth(1).unwrap_or("target/release/frontdesk".to_owned());
    let binary = std::fs::canonicalize(&named).expect("the binary is built").display().to_string();
    start_times(&binary);
    let world = World::start_with(&binary, &ENVIRONMENT);
    let ben = world.owner("Ben");
    std::thread::sleep(Duration::from_secs(3));
    let idle = usage(world.pid().expect("the server runs"));
    say("idle RSS after one login", idle.rss_kib / 1024.0, "MiB", "<= 20");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(closed_loop(&world));
    runtime.block_on(open_loop(&world, &ben));
}

/// From process start to the ready line, on an empty folder and on one that is there.
fn start_times(binary: &str) {
    let folder = fresh_folder();
    for name in ["start to ready, first start", "start to ready, later starts"] {
        let mut times: Vec<f64> = (0..5)
            .map(|n| {
                let data = if name.contains("first") { folder.join(n.to_string()) } else { folder.join("0") };
                let started = Instant::now();
                let serve = Serve { binary, port: free_port(), data: &data, environment: &[], cpu: None };
                let mut child = serve.start();
                ready_line(&mut child);
                let took = started.elapsed().as_secs_f64() * 1e3;
                // The process is only measured; it holds nothing of worth.
                let _ = child.kill();
                let _ = child.wait();
                took
            })
            .collect();
        say(name, percentile(&mut times, 0.5), "ms", "<= 100");
    }
}

/// Each client posts as soon as its last message is acknowledged, which is after the commit.
async fn closed_loop(world: &World) {
    let people: Vec<(Visitor, String)> = (0..CLIENTS)
        .map(|n| {
            let visitor = world.visitor(&format!("Visitor {n}"));
            let id = visitor.start();
            (visitor, id)
        })
        .collect();
    let pid = world.pid().expect("the server runs");
    let (before, own_before) = (usage(pid), usage(std::process::id()));
    let until = Instant::now() + RUN;
    let tasks: Vec<_> = people
        .into_iter()
        .map(|(visitor, id)| tokio::spawn(post_until(world.port, visitor.token, id, until)))
        .collect();
    let mut delays = Vec::new();
    for task in tasks {
        delays.extend(task.await.expect("no task panics"));
    }
    let (after, own_after) = (usage(pid), usage(std::process::id()));
    let count = delays.len() as f64;
    say("durable messages, closed loop, 64 clients", count / RUN.as_secs_f64(), "per s", ">= 10000");
    say("- server CPU per message", cpu_us(&before, &after, count), "us", "");
    say("- load CPU per message", cpu_us(&own_before, &own_after, count), "us", "");
    say("- acknowledged p50", percentile(&mut delays, 0.5), "ms", "");
    say("- acknowledged p99", percentile(&mut delays, 0.99), "ms", "");
}

fn cpu_us(before: &Usage, after: &Usage, count: f64) -> f64 {
    after.since(before).cpu_s() * 1e6 / count
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

/// A steady rate over many conversations; each message is timed until the visitor's and the
/// agent's socket both have it.
async fn open_loop(world: &World, ben: &Agent) {
    let started = Instant::now();
    let delays = Arc::new(parking_lot::Mutex::new(Vec::<(String, f64)>::new()));
    let posted = Arc::new(AtomicU64::new(0));
    let pid = world.pid().expect("the server runs");
    let mut tasks = Vec::new();
    let mut listeners = Vec::new();
    for n in 0..CONVERSATIONS {
        let visitor = world.visitor(&format!("Visitor {n}"));
        let id = visitor.start();
        let canonical = format!("private-chat.conversation.{id}");
        let agents = format!("private-agents.conversation.{id}");
        for (side, channel) in [("visitor", canonical), ("agent", agents)] {
            let authorise = |socket_id: &str| match side {
                "visitor" => visitor.authorise(socket_id, &channel).json(),
                _ => ben.authorise(socket_id, &channel).json(),
            };
            let delays = delays.clone();
            let heard = move |text: &str| {
                if let Some(sent) = sent_at(text) {
                    let took = started.elapsed().as_nanos().saturating_sub(sent) as f64 / 1e6;
                    delays.lock().push((sent.to_string(), took));
                }
            };
            listeners.push(listen(world.port, &world.key, &channel, authorise, heard).await);
        }
        tasks.push((visitor.token, id, n));
    }
    let before = usage(pid);
    let posters: Vec<_> = tasks
        .into_iter()
        .map(|(token, id, n)| tokio::spawn(post_steadily(world.port, token, id, n, started, posted.clone())))
        .collect();
    for poster in posters {
        poster.await.expect("no task panics");
    }
    let count = posted.load(Ordering::Relaxed);
    let deadline = Instant::now() + Duration::from_secs(5);
    while (delays.lock().len() as u64) < 2 * count && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let after = usage(pid);
    report_open_loop(&mut delays.lock(), count, &before, &after);
    drop(listeners);
}

fn report_open_loop(delays: &mut [(String, f64)], count: u64, before: &Usage, after: &Usage) {
    let lost = 2 * count - (delays.len() as u64).min(2 * count);
    delays.sort_by(|a, b| a.0.cmp(&b.0));
    // Both sides of a message carry the same time of sending: the later one counts.
    let mut both: Vec<f64> = delays
        .chunk_by(|a, b| a.0 == b.0)
        .map(|pair| pair.iter().map(|one| one.1).fold(0.0, f64::max))
        .collect();
    say("post to both sockets at 500 messages/s, p50", percentile(&mut both, 0.5), "ms", "");
    say("post to both sockets at 500 messages/s, p99", percentile(&mut both, 0.99), "ms", "< 15");
    say("- deliveries missing", lost as f64, "", "0");
    say("- server CPU per message", cpu_us(before, after, count as f64), "us", "");
}

/// The time of sending stands in the text between two bars.
fn sent_at(frame: &str) -> Option<u128> {
    frame.split('|').nth(1)?.parse().ok()
}

async fn post_steadily(
    port: u16,
    token: String,
    id: String,
    offset: usize,
    started: Instant,
    posted: Arc<AtomicU64>,
) {
    let mut client = Client::connect(port, &token).await;
    let path = format!("/api/chatbot/conversation/{id}/messages");
    let each = Duration::from_nanos(1_000_000_000 * CONVERSATIONS as u64 / RATE);
    let first = Instant::now() + each.mul_f64(offset as f64 / CONVERSATIONS as f64);
    let rounds = (RUN.as_nanos() / each.as_nanos()) as u32;
    for n in 0..rounds {
        tokio::time::sleep_until((first + each * n).into()).await;
        let sent = started.elapsed().as_nanos();
        let body = format!(r#"{{"message":"Steady |{sent}| message","client_id":"s{n}"}}"#);
        assert_eq!(client.post(&path, &body).await, 201);
        posted.fetch_add(1, Ordering::Relaxed);
    }
}
