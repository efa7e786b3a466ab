//! A storm: thousands of clients are cut at once and come back at once, while others go on talking.
//! Decides what is counted.

use crate::clients::{Clients, Heard};
use crate::small::{self, Crowd};
use crate::{LOAD_CPU, SERVER_CPU, say};
use std::time::{Duration, Instant};
use testkit::process::{PusherServer, percentile, pin_self};

/// Clients that are cut.
const CUT: usize = 10_000;
/// Channels of two whose members stay.
const STAYING: usize = 500;
/// Whispers per second among those who stay.
const PER_S: u64 = 1_000;
/// Seconds of whispering; the storm comes after the first.
const SECONDS: u64 = 6;
/// Connects between two looks at what has come.
const STEP: usize = 64;

/// One storm: seconds until all are back, delays of the others' whispers meanwhile, and how many were lost.
fn storm(server: &PusherServer) -> (f64, Vec<f64>, u64) {
    let mut clients = Clients::new();
    let mut joined = 0;
    for n in 0..CUT {
        clients.connect(server.port, &format!("private-own-{n}"));
        while n > joined + 128 {
            turn(&mut clients, Duration::from_secs(1), &mut joined);
        }
    }
    while joined < CUT {
        turn(&mut clients, Duration::from_secs(1), &mut joined);
    }
    std::thread::scope(|scope| {
        let others = scope.spawn(|| {
            let mut crowd = Crowd::gather([server.port; 3], STAYING, 0);
            let plan = crowd.plan(PER_S, SECONDS);
            small::run(&mut crowd, &plan)
        });
        std::thread::sleep(Duration::from_secs(2));
        let began = Instant::now();
        (0..CUT).for_each(|peer| clients.reset(peer));
        let mut joined = 0;
        for peer in 0..CUT {
            clients.connect_again(peer);
            if peer % STEP == 0 {
                turn(&mut clients, Duration::ZERO, &mut joined);
            }
        }
        while joined < CUT {
            turn(&mut clients, Duration::from_secs(1), &mut joined);
        }
        let took_s = began.elapsed().as_secs_f64();
        let outcome = others.join().expect("those who stay do not panic");
        (0..CUT).for_each(|peer| clients.reset(peer));
        let from_s = began.saturating_duration_since(outcome.began.unwrap_or(began)).as_secs_f64();
        let meanwhile = |heard_s: f64| heard_s >= from_s && heard_s <= from_s + took_s;
        let delays = outcome.whisper_ms.iter().zip(&outcome.heard_s);
        let delays = delays.filter(|(_, heard_s)| meanwhile(**heard_s)).map(|(delay, _)| *delay).collect();
        (took_s, delays, outcome.lost + outcome.closed)
    })
}

fn turn(clients: &mut Clients, wait: Duration, joined: &mut usize) {
    let mut again = Vec::new();
    clients.turn(wait, &mut |heard| match heard {
        Heard::Joined => *joined += 1,
        Heard::Lost { peer } => again.push(peer),
        Heard::Frame { .. } | Heard::Reply { .. } => {}
    });
    again.into_iter().for_each(|peer| clients.connect_again(peer));
}

/// The part of the table about storms.
pub(crate) fn measure(binary: &str) {
    let server = PusherServer::start(binary, &[], Some(SERVER_CPU));
    pin_self(LOAD_CPU);
    let mut rounds: Vec<(f64, Vec<f64>, u64)> = (0..3).map(|_| storm(&server)).collect();
    let mut times: Vec<f64> = rounds.iter().map(|round| round.0).collect();
    let mut delays: Vec<f64> = rounds.iter_mut().map(|round| percentile(&mut round.1, 0.99)).collect();
    let lost: u64 = rounds.iter().map(|round| round.2).sum();
    say("10,000 clients cut at once, all subscribed again after", percentile(&mut times, 0.5), "s", "< 1.5");
    say("- whispers of 1,000 others meanwhile, p99", percentile(&mut delays, 0.5), "ms", "< 50");
    say("- of these lost, all rounds", lost as f64, "", "0");
}
