//! Widgets that poll and hear nothing new, each on its kept connection: what they cost the server.
//! Decides how they poll; knows nothing of how the server can know.

use crate::client::Client;
use crate::{ENVIRONMENT, runtime, say};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use testkit::process::{descriptors, percentile, usage};
use testkit::world::{Visitor, World};

const POLLERS: usize = 5_000;
const EVERY: Duration = Duration::from_millis(wire::limit::POLL_INTERVAL_MS);
/// Polls of each before the first figure.
const WARM_UP: u32 = 2;
/// Polls of each that count.
const ROUNDS: u32 = 6;
/// Descriptors that server and load need for themselves.
const SPARE: usize = 200;

/// How a poller asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Without a tag, as the widget does, who wants to know who types.
    Whole,
    /// With `If-None-Match`.
    Tagged,
}

/// What all pollers heard together.
#[derive(Default)]
struct Tally {
    unchanged: AtomicU64,
    empty: AtomicU64,
    wrong: AtomicU64,
    delays: parking_lot::Mutex<Vec<f64>>,
}

pub(crate) fn measure(binary: &str) {
    let what = "5,000 pollers at 2 s, nothing new";
    raise_descriptors();
    if POLLERS + SPARE > descriptors() {
        say(&format!("{what}: skipped, too few descriptors"), f64::NAN, "", "");
        return;
    }
    let world = World::start_with(binary, &ENVIRONMENT);
    let people: Vec<(Visitor, String)> = world.visitors(POLLERS).into_iter().map(with_conversation).collect();
    for (way, how) in [(Way::Whole, "as the widget"), (Way::Tagged, "with If-None-Match")] {
        let tally = Arc::new(Tally::default());
        let percent = runtime().block_on(run(&world, &people, way, &tally));
        say(&format!("{what}, {how}: CPU"), percent, "% of a core", "<= 10");
        let polls_per_s = POLLERS as f64 / EVERY.as_secs_f64();
        say("- server CPU per poll", percent / 1e2 * 1e6 / polls_per_s, "us", "");
        say("- p99", percentile(&mut tally.delays.lock(), 0.99), "ms", "");
        let [unchanged, empty] = [&tally.unchanged, &tally.empty].map(|count| count.load(Relaxed) as f64);
        let [right, other] = if way == Way::Tagged { [unchanged, empty] } else { [empty, unchanged] };
        say("- answered with nothing new", right, "", "");
        say("- answered otherwise", other + tally.wrong.load(Relaxed) as f64, "", "0");
    }
}

/// What the hard limit allows.
fn raise_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // If it may not be raised, fewer descriptors are counted, and said.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Something has been said in it.
fn with_conversation(visitor: Visitor) -> (Visitor, String) {
    let id = visitor.start();
    assert_eq!(visitor.write(&id, "Is the blue one back?", "c1").status, 201);
    (visitor, id)
}

/// The server's CPU while all poll, in percent of a core.
async fn run(world: &World, people: &[(Visitor, String)], way: Way, tally: &Arc<Tally>) -> f64 {
    // Enough time to connect them all before the first is due.
    let begin = Instant::now() + EVERY * 2;
    let mut pollers = Vec::new();
    for (n, (visitor, id)) in people.iter().enumerate() {
        let client = Client::connect(world.port, &visitor.token).await;
        let path = format!("/api/chatbot/conversation/{id}?after=1");
        let first = begin + EVERY.mul_f64(n as f64 / POLLERS as f64);
        pollers.push(tokio::spawn(poll(client, path, way, first, tally.clone())));
    }
    let pid = world.pid().expect("the server runs");
    tokio::time::sleep_until((begin + EVERY * WARM_UP).into()).await;
    let (before, from) = (usage(pid), Instant::now());
    tokio::time::sleep_until((begin + EVERY * (WARM_UP + ROUNDS)).into()).await;
    let percent = usage(pid).since(&before).cpu_s() / from.elapsed().as_secs_f64() * 1e2;
    for poller in pollers {
        poller.await.expect("no task panics");
    }
    percent
}

async fn poll(mut client: Client, path: String, way: Way, first: Instant, tally: Arc<Tally>) {
    let mut tag = None;
    for round in 0..WARM_UP + ROUNDS {
        let due = first + EVERY * round;
        tokio::time::sleep_until(due.into()).await;
        let reply = client.get(&path, tag.as_deref().filter(|_| way == Way::Tagged)).await;
        tag = reply.tag.or(tag);
        if round < WARM_UP {
            continue;
        }
        tally.delays.lock().push(due.elapsed().as_secs_f64() * 1e3);
        let count = match reply.status {
            304 => &tally.unchanged,
            200 if reply.body.contains(r#""events":[]"#) => &tally.empty,
            _ => &tally.wrong,
        };
        count.fetch_add(1, Relaxed);
    }
}
