//! A day of joins, leaves and events, compressed: does memory stay? Decides the load and what is
//! flat; `SOAK_MINUTES` says how long.

use crate::clients::{Clients, Heard};
use crate::small::{self, Crowd};
use crate::{LOAD_CPU, SERVER_CPU, say};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use testkit::process::{PusherServer, percentile, pin_self};

/// Clients that come and go, over channels of every kind.
const GUESTS: usize = 2_000;
/// Of them leave, and as many come, in a second.
const CHANGES_PER_S: u64 = 100;
/// Channels of two whose members stay and talk.
const STAYING: usize = 1_000;
const EVENTS_PER_S: u64 = 500;
/// One plan of events after the other.
const PLAN_S: u64 = 10;
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_secs(5);
/// The share of the time that warms up, and the share at either end of the rest that is compared.
const WARM_UP: f64 = 0.2;
const END: f64 = 0.1;

/// What happened.
#[derive(Default)]
struct Tally {
    over: AtomicBool,
    joins: AtomicU64,
    events: AtomicU64,
    wrong: AtomicU64,
}

/// Runs for `SOAK_MINUTES`, 30 unless said otherwise.
pub(crate) fn measure(binary: &str) {
    let minutes: f64 = std::env::var("SOAK_MINUTES").ok().and_then(|text| text.parse().ok()).unwrap_or(30.0);
    let server = PusherServer::start(binary, &[], Some(SERVER_CPU));
    pin_self(LOAD_CPU);
    let (port, tally) = (server.port, Tally::default());
    let samples = std::thread::scope(|scope| {
        scope.spawn(|| guests(port, &tally));
        scope.spawn(|| talk(port, &tally));
        let samples = watch(&server, Duration::from_secs_f64(minutes * 60.0), &tally);
        tally.over.store(true, Relaxed);
        samples
    });
    report(minutes, &samples, &tally);
}

/// Resident memory, look by look, in KiB.
#[allow(clippy::print_stderr)]
fn watch(server: &PusherServer, during: Duration, tally: &Tally) -> Vec<f64> {
    let (began, mut samples) = (Instant::now(), Vec::new());
    while began.elapsed() < during {
        std::thread::sleep(LOOK.min(during));
        samples.push(server.usage().rss_kib);
        let at_s = began.elapsed().as_secs();
        let (joins, events) = (tally.joins.load(Relaxed), tally.events.load(Relaxed));
        eprintln!("{at_s:>6} s {:>8.0} KiB {joins:>9} joins {events:>9} events", samples[samples.len() - 1]);
    }
    samples
}

/// Clients of every kind of channel, of which the oldest leaves and comes back as somebody new.
fn guests(port: u16, tally: &Tally) {
    let mut clients = Clients::new();
    let channel = |n: usize| match n % 5 {
        0 => format!("presence-room-{}", n % 40),
        1 => format!("private-own-{n}"),
        2 => format!("cache-news-{}", n % 100),
        3 => format!("public-{}", n % 50),
        _ => format!("private-shared-{}", n % 200),
    };
    for n in 0..GUESTS {
        clients.connect(port, &channel(n));
    }
    let began = Instant::now();
    let mut changes = 0;
    while !tally.over.load(Relaxed) {
        let mut lost = Vec::new();
        clients.turn(Duration::from_millis(10), &mut |heard| match heard {
            Heard::Joined => {
                tally.joins.fetch_add(1, Relaxed);
            }
            Heard::Lost { peer } => lost.push(peer),
            Heard::Frame { .. } | Heard::Reply { .. } => {}
        });
        tally.wrong.fetch_add(lost.len() as u64, Relaxed);
        lost.into_iter().for_each(|peer| clients.connect_again(peer));
        while changes < began.elapsed().as_millis() as u64 * CHANGES_PER_S / 1_000 {
            let peer = (changes as usize * 7) % GUESTS;
            clients.reset(peer);
            // Names that were never there before, or the tables would only be filled once.
            clients.rename(peer, &channel(GUESTS + changes as usize));
            clients.connect_again(peer);
            changes += 1;
        }
    }
}

/// Whispers and publishes, plan after plan.
fn talk(port: u16, tally: &Tally) {
    let mut crowd = Crowd::gather([port; 3], STAYING, 16);
    while !tally.over.load(Relaxed) {
        let plan = crowd.plan(EVENTS_PER_S, PLAN_S);
        let outcome = small::run(&mut crowd, &plan);
        tally.events.fetch_add(plan.count, Relaxed);
        let wrong = outcome.lost + outcome.twice + outcome.refused + outcome.closed;
        tally.wrong.fetch_add(wrong, Relaxed);
    }
}

fn report(minutes: f64, samples: &[f64], tally: &Tally) {
    let warm = &samples[(samples.len() as f64 * WARM_UP) as usize..];
    let end = ((samples.len() as f64 * END) as usize).clamp(1, warm.len().max(1));
    let median = |part: &[f64]| percentile(&mut part.to_vec(), 0.5);
    let (first, last) = (median(&warm[..end]), median(&warm[warm.len() - end..]));
    let most = warm.iter().fold(0.0_f64, |most, sample| most.max(*sample));
    say(
        &format!("soak of {minutes} minutes: joins, and as many leaves"),
        tally.joins.load(Relaxed) as f64,
        "",
        "",
    );
    say("- events", tally.events.load(Relaxed) as f64, "", "");
    say("- lost, heard twice, refused or closed", tally.wrong.load(Relaxed) as f64, "", "0");
    say("- RSS after warm-up", first / 1024.0, "MiB", "");
    say("- RSS at the end", last / 1024.0, "MiB", "");
    say("- most of it after warm-up", most / 1024.0, "MiB", "");
    say("- RSS at the end against after warm-up", (last / first - 1.0) * 100.0, "%", "-5 to 5");
}
