//! The open loop: a steady rate over many conversations, whether the server keeps up or not; each message
//! is timed from before its post until the visitor's and the agent's socket both have it. Knows nothing
//! of how the server stores it.

use crate::client::{Client, listen};
use crate::cpu_us;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use testkit::process::{percentile, usage};
use testkit::world::{Agent, Visitor, World};
use wire::chat_channel::ChatChannel;

const RUN: Duration = Duration::from_secs(8);
/// Messages per second.
pub(crate) const RATE: u64 = 1_000;
const CONVERSATIONS: usize = 100;

/// What the loop saw.
pub(crate) struct Open {
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) server_us: f64,
    pub(crate) missing: u64,
    /// Messages of the rate that were posted in time.
    pub(crate) posted_per_s: f64,
}

/// What was heard: when the message was sent, and how long it took, in milliseconds.
type Heard = Arc<parking_lot::Mutex<Vec<(u128, f64)>>>;

pub(crate) async fn run(world: &World, ben: &Agent) -> Open {
    let (started, heard) = (Instant::now(), Heard::default());
    let mut people = Vec::new();
    let mut listeners = Vec::new();
    for visitor in world.visitors(CONVERSATIONS) {
        let id = visitor.start();
        listeners.extend(both_sides(world, &visitor, ben, &id, started, &heard).await);
        people.push((visitor.token, id));
    }
    let (pid, posted) = (world.pid().expect("the server runs"), Arc::new(AtomicU64::new(0)));
    let (before, began) = (usage(pid), Instant::now());
    let post = |(n, (token, id)): (usize, (String, String))| {
        tokio::spawn(post_steadily(world.port, token, id, n, started, posted.clone()))
    };
    let posters: Vec<_> = people.into_iter().enumerate().map(post).collect();
    for poster in posters {
        poster.await.expect("no task panics");
    }
    let took_s = began.elapsed().as_secs_f64();
    let count = posted.load(Ordering::Relaxed);
    let deadline = Instant::now() + Duration::from_secs(5);
    while (heard.lock().len() as u64) < 2 * count && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let after = usage(pid);
    drop(listeners);
    let mut heard = heard.lock();
    let mut both = until_both(&mut heard);
    Open {
        p50_ms: percentile(&mut both, 0.5),
        p99_ms: percentile(&mut both, 0.99),
        server_us: cpu_us(&before, &after, count as f64),
        missing: 2 * count - (heard.len() as u64).min(2 * count),
        posted_per_s: count as f64 / took_s.max(RUN.as_secs_f64()),
    }
}

/// A socket of the visitor's and one of the agent's.
async fn both_sides(
    world: &World,
    visitor: &Visitor,
    ben: &Agent,
    id: &str,
    started: Instant,
    heard: &Heard,
) -> [tokio::task::JoinHandle<()>; 2] {
    let hear = || {
        let heard = heard.clone();
        move |text: &str| {
            if let Some(sent) = sent_at(text) {
                let took = started.elapsed().as_nanos().saturating_sub(sent) as f64 / 1e6;
                heard.lock().push((sent, took));
            }
        }
    };
    let canonical = ChatChannel::Conversation(id.to_owned()).name();
    let agents = ChatChannel::AgentsConversation(id.to_owned()).name();
    let by_visitor = |socket_id: &str, channel: &str| visitor.authorise(socket_id, channel).json();
    let by_agent = |socket_id: &str, channel: &str| ben.authorise(socket_id, channel).json();
    [
        listen(world.port, &world.key, &[&canonical], by_visitor, hear()).await,
        listen(world.port, &world.key, &[&agents], by_agent, hear()).await,
    ]
}

/// Both sides of a message carry the same time of sending: the later one counts.
fn until_both(heard: &mut [(u128, f64)]) -> Vec<f64> {
    heard.sort_by_key(|(sent, _)| *sent);
    let sides = heard.chunk_by(|a, b| a.0 == b.0);
    sides.map(|sides| sides.iter().map(|(_, took)| *took).fold(0.0, f64::max)).collect()
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
        let due = first + each * n;
        tokio::time::sleep_until(due.into()).await;
        // Counted from when it was due: a server that does not keep up shows itself.
        let sent = due.duration_since(started).as_nanos();
        let body = format!(r#"{{"message":"Steady |{sent}| message","client_id":"s{n}"}}"#);
        assert_eq!(client.post(&path, &body).await, 201);
        posted.fetch_add(1, Ordering::Relaxed);
    }
}
