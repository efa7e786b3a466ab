//! Arriving and doing nothing: connects per second, memory of an idle connection, CPU of many that
//! only answer pings. Decides what is counted.

use crate::clients::{Clients, Heard};
use crate::{LOAD_CPU, SERVER_CPU, say};
use std::time::{Duration, Instant};
use testkit::process::{PusherServer, descriptors, percentile, pin_self, usage};

/// Clients of a round of connects.
const CONNECTS: usize = 10_000;
/// Handshakes under way at once.
const UNDER_WAY: usize = 256;
/// Descriptors that server and load need for themselves.
const SPARE: usize = 200;
/// Until everything an arrival left behind is given back.
const SETTLE: Duration = Duration::from_secs(4);

/// Clients that have joined a private channel of their own each.
struct Crowd {
    clients: Clients,
    count: usize,
    joined: usize,
}

impl Crowd {
    fn new() -> Crowd {
        Crowd { clients: Clients::new(), count: 0, joined: 0 }
    }

    /// Brings the crowd to this size.
    fn grow(&mut self, port: u16, to: usize) {
        while self.joined < to {
            while self.count < to && self.count - self.joined < UNDER_WAY {
                self.clients.connect(port, &format!("private-own-{}", self.count));
                self.count += 1;
            }
            let joined = &mut self.joined;
            self.clients.turn(Duration::from_secs(1), &mut |heard| match heard {
                Heard::Joined => *joined += 1,
                Heard::Lost { .. } => panic!("the server refused a client"),
                Heard::Frame { .. } | Heard::Reply { .. } => {}
            });
        }
    }

    /// Answers pings for so long.
    fn wait(&mut self, wait: Duration) {
        let until = Instant::now() + wait;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            self.clients.turn(left, &mut |heard| {
                assert!(!matches!(heard, Heard::Lost { .. }), "the server closed an idle client");
            });
        }
    }
}

/// Connects per second, each with a private subscription.
pub(crate) fn connects(binary: &str) {
    let server = PusherServer::start(binary, &[], Some(SERVER_CPU));
    pin_self(LOAD_CPU);
    let mut rounds: Vec<[f64; 4]> = (0..4)
        .map(|_| {
            let mut crowd = Crowd::new();
            let (before, own, began) = (server.usage(), usage(std::process::id()), Instant::now());
            crowd.grow(server.port, CONNECTS);
            let took_s = began.elapsed().as_secs_f64();
            let (server, load) = (server.usage().since(&before), usage(std::process::id()).since(&own));
            let each = |cpu_s: f64| cpu_s * 1e6 / CONNECTS as f64;
            (0..CONNECTS).for_each(|peer| crowd.clients.reset(peer));
            // The next round begins when the server has seen them go.
            std::thread::sleep(Duration::from_millis(1_500));
            [CONNECTS as f64 / took_s, each(server.cpu_s()), each(server.user_s), each(load.cpu_s())]
        })
        .collect();
    // The first warms up.
    rounds.remove(0);
    let median = |at: usize| percentile(&mut rounds.iter().map(|round| round[at]).collect::<Vec<_>>(), 0.5);
    say("connects with a private subscription each", median(0), "per s", ">= 12000");
    say("- server CPU per connect", median(1), "us", "");
    say("- of it user", median(2), "us", "");
    say("- load CPU per connect", median(3), "us", "");
}

/// Memory of an idle connection, and CPU of many.
pub(crate) fn idle(binary: &str) {
    let server = PusherServer::start(binary, &[], Some(SERVER_CPU));
    pin_self(LOAD_CPU);
    let mut crowd = Crowd::new();
    // One before the first figure, so that what every server has counts for nobody.
    crowd.grow(server.port, 1);
    crowd.wait(SETTLE);
    let before = server.usage();
    for connections in [10_000, 18_000] {
        let what = format!("RSS per idle connection with a private subscription, at {connections}");
        if connections + SPARE > descriptors() {
            println_skipped(&what);
            return;
        }
        crowd.grow(server.port, connections);
        crowd.wait(SETTLE);
        let bytes = server.usage().since(&before).rss_kib * 1024.0 / (connections - 1) as f64;
        say(&what, bytes, "bytes", "<= 1536");
    }
    // Until the first pings have gone out and their periods have spread.
    crowd.wait(Duration::from_secs(40));
    let (watched, before) = (Duration::from_secs(40), server.usage());
    crowd.wait(watched);
    let cpu = server.usage().since(&before);
    let percent = |cpu_s: f64| cpu_s / watched.as_secs_f64() * 100.0;
    say(
        "CPU of 18,000 idle connections, pinged every 30 to 37 s",
        percent(cpu.cpu_s()),
        "% of a core",
        "<= 1.1",
    );
    say("- of it user", percent(cpu.user_s), "% of a core", "");
}

#[allow(clippy::print_stdout)]
fn println_skipped(what: &str) {
    println!("{}", serde_json::json!({"figure": what, "skipped": format!("limit {}", descriptors())}));
}
