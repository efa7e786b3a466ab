//! Three nodes on one Redis: every event crosses from the node that took it to another. Decides what is
//! counted; Redis and the nodes share the cores with the load.

use crate::say;
use crate::small::{self, Crowd};
use testkit::process::{PusherServer, percentile};
use testkit::redis::Redis;

/// Events per second, half of them whispers from node one to node two, half published over HTTP on
/// node three to listeners on one and two.
const PER_S: u64 = 2_000;
const SECONDS: u64 = 6;
const CHANNELS: usize = 1_000;
const POSTS: usize = 32;

/// The part of the table about several nodes.
pub(crate) fn measure(binary: &str) {
    if std::process::Command::new("redis-server").arg("--version").output().is_err() {
        say("three nodes: skipped, no redis-server", f64::NAN, "", "");
        return;
    }
    let redis = Redis::start();
    let url = format!("unix://{}", redis.socket.display());
    let environment = [("REVERB_SCALING_ENABLED", "true"), ("REDIS_URL", url.as_str())];
    let nodes: [PusherServer; 3] = std::array::from_fn(|_| PusherServer::start(binary, &environment, None));
    let mut crowd = Crowd::gather(std::array::from_fn(|at| nodes[at].port), CHANNELS, POSTS);
    // Warms up, and gives the nodes time to have heard of all channels.
    let plan = crowd.plan(PER_S, 2);
    small::run(&mut crowd, &plan);
    let cpu_s = || nodes.iter().map(|node| node.usage().cpu_s()).sum::<f64>();
    let mut delays: [Vec<f64>; 4] = Default::default();
    let (mut lost, before, mut deliveries) = (0, cpu_s(), 0);
    for _ in 0..3 {
        let plan = crowd.plan(PER_S, SECONDS);
        let mut outcome = small::run(&mut crowd, &plan);
        let shares = [(&mut outcome.whisper_ms, 0.5), (&mut outcome.publish_ms, 0.5)];
        let [whisper, publish] = shares.map(|(delays, share)| percentile(delays, share));
        let mut all = [outcome.whisper_ms.as_slice(), &outcome.publish_ms].concat();
        let rounds = [whisper, publish, percentile(&mut all, 0.99), percentile(&mut all, 0.999)];
        delays.iter_mut().zip(rounds).for_each(|(delays, delay)| delays.push(delay));
        lost += outcome.lost + outcome.twice + outcome.refused + outcome.closed;
        deliveries += outcome.deliveries;
    }
    let [whisper, publish, most, nearly_all] = delays.map(|mut delays| percentile(&mut delays, 0.5));
    say("three nodes on Redis, 2,000 events/s that cross nodes, p99", most, "ms", "< 20");
    say("- p99.9", nearly_all, "ms", "");
    say("- whispers, p50", whisper, "ms", "");
    say("- HTTP, p50", publish, "ms", "");
    say("- lost, heard twice, refused or closed, all rounds", lost as f64, "", "0");
    say("- CPU of the three nodes per delivery", (cpu_s() - before) * 1e6 / deliveries as f64, "us", "");
}
