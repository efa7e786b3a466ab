//! Many small channels: whispers and signed publishes at a steady rate over channels of two. Decides
//! what is counted; the server is a process of its own on the other core.

use crate::clients::{Clients, Heard};
use crate::events::{Ledger, Plan, Posts, Whisperer, number};
use crate::{LOAD_CPU, SERVER_CPU, say};
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::process::{PusherServer, Usage, percentile, pin_self, usage};

/// Kept HTTP connections.
const POSTS: usize = 32;
/// How long after the last event its deliveries may still come.
const LATE: Duration = Duration::from_secs(5);

/// The crowd: clients in pairs, and connections to publish over.
pub(crate) struct Crowd {
    pub(crate) clients: Clients,
    pub(crate) channels: Vec<String>,
    pub(crate) members: usize,
    pub(crate) posts: Arc<Posts>,
}

impl Crowd {
    /// `channels` channels of two, whose members are on these two ports, and `posts` HTTP connections to
    /// the last port.
    pub(crate) fn gather(ports: [u16; 3], channels: usize, posts: usize) -> Crowd {
        let mut clients = Clients::new();
        let channels: Vec<String> = (0..channels).map(|n| format!("private-small-{n}")).collect();
        let members = channels.len() * 2;
        let mut joined = 0;
        for n in 0..members {
            clients.connect(ports[n % 2], &channels[n / 2]);
            while n > joined + 128 {
                clients.turn(Duration::from_secs(1), &mut count_joined(&mut joined));
            }
        }
        while joined < members {
            clients.turn(Duration::from_secs(1), &mut count_joined(&mut joined));
        }
        let connections: Vec<usize> = (0..posts).map(|_| clients.http(ports[2])).collect();
        let streams = connections.iter().map(|peer| clients.stream(*peer)).collect();
        let posts = Arc::new(Posts::new(streams, connections.first().copied().unwrap_or(0)));
        Crowd { clients, channels, members, posts }
    }

    /// A plan in which the first member of each channel whispers.
    pub(crate) fn plan(&self, per_s: u64, seconds: u64) -> Plan {
        let whisperers = (0..self.members)
            .step_by(2)
            .map(|peer| Whisperer {
                stream: self.clients.stream(peer),
                channel: self.channels[peer / 2].clone(),
            })
            .collect();
        let channels = if self.posts.streams.is_empty() { Vec::new() } else { self.channels.clone() };
        Plan { whisperers, posts: self.posts.clone(), channels, per_s, count: per_s * seconds }
    }
}

fn count_joined(joined: &mut usize) -> impl FnMut(Heard<'_>) {
    |heard| match heard {
        Heard::Joined => *joined += 1,
        Heard::Lost { .. } => panic!("the server refused a client"),
        Heard::Frame { .. } | Heard::Reply { .. } => {}
    }
}

/// What a run of a plan showed.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) deliveries: u64,
    pub(crate) lost: u64,
    pub(crate) twice: u64,
    /// Replies that were not 200.
    pub(crate) refused: u64,
    /// Connections that the server closed.
    pub(crate) closed: u64,
    pub(crate) whisper_ms: Vec<f64>,
    /// For each of these, the second of the run in which it was heard.
    pub(crate) heard_s: Vec<f64>,
    pub(crate) publish_ms: Vec<f64>,
    pub(crate) reply_ms: Vec<f64>,
    pub(crate) late_ms: f64,
    pub(crate) took_s: f64,
    pub(crate) began: Option<Instant>,
}

/// Sends a plan and listens until all has come, or the time for it is over.
pub(crate) fn run(crowd: &mut Crowd, plan: &Plan) -> Outcome {
    let ledger = Ledger::new(plan.count);
    let mut outcome = Outcome::default();
    // Times that an event was heard.
    let mut heard_times = vec![0_u8; plan.count as usize];
    let expected: u64 = (0..plan.count).map(|event| u64::from(times(plan, event))).sum();
    let mut replies = (0..plan.count).filter(|event| !plan.is_whisper(*event)).count();
    let began = Instant::now();
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| plan.run(&ledger));
        let mut late_from = None;
        loop {
            crowd.clients.turn(Duration::from_millis(50), &mut |heard| match heard {
                Heard::Frame { text } => {
                    let Some(event) = number(text).filter(|event| *event < plan.count) else { return };
                    let age_ms = ledger.age_ms(event);
                    let is_whisper = plan.is_whisper(event);
                    if is_whisper {
                        outcome.whisper_ms.push(age_ms);
                        outcome.heard_s.push(began.elapsed().as_secs_f64());
                    } else {
                        outcome.publish_ms.push(age_ms);
                    }
                    heard_times[event as usize] += 1;
                    outcome.deliveries += 1;
                }
                Heard::Reply { peer, status } => {
                    let event = crowd.posts.give_back(peer);
                    outcome.reply_ms.push(ledger.age_ms(event));
                    outcome.refused += u64::from(status != 200);
                    replies -= 1;
                }
                Heard::Lost { .. } => outcome.closed += 1,
                Heard::Joined => {}
            });
            if !sender.is_finished() {
                continue;
            }
            let since = *late_from.get_or_insert_with(Instant::now);
            if since.elapsed() > LATE || (outcome.deliveries >= expected && replies == 0) {
                break;
            }
        }
        outcome.late_ms = sender.join().expect("the sender does not panic");
    });
    outcome.began = Some(began);
    outcome.took_s = began.elapsed().as_secs_f64();
    for (event, heard) in heard_times.iter().enumerate() {
        let due = times(plan, event as u64);
        outcome.lost += u64::from(due.saturating_sub(*heard));
        outcome.twice += u64::from(heard.saturating_sub(due));
    }
    outcome
}

/// Deliveries that an event is due: a whisper does not come back to who sent it.
fn times(plan: &Plan, event: u64) -> u8 {
    if plan.is_whisper(event) { 1 } else { 2 }
}

/// The part of the table about many small channels.
pub(crate) fn measure(binary: &str) {
    let server = PusherServer::start(binary, &[], Some(SERVER_CPU));
    pin_self(LOAD_CPU);
    let mut crowd = Crowd::gather([server.port; 3], 2_000, POSTS);
    // Warms up, and is not counted.
    let plan = crowd.plan(2_000, 2);
    run(&mut crowd, &plan);
    let mut rounds: Vec<(Outcome, Usage, Usage)> = (0..3)
        .map(|_| {
            let plan = crowd.plan(2_000, 6);
            let (before, own) = (server.usage(), usage(std::process::id()));
            let outcome = run(&mut crowd, &plan);
            (outcome, server.usage().since(&before), usage(std::process::id()).since(&own))
        })
        .collect();
    let median = |of: &mut dyn FnMut(&mut (Outcome, Usage, Usage)) -> f64| {
        percentile(&mut rounds.iter_mut().map(of).collect::<Vec<f64>>(), 0.5)
    };
    report(median);
    let plan = crowd.plan(10_000, 5);
    let before = server.usage();
    let outcome = run(&mut crowd, &plan);
    report_flood(&outcome, &server.usage().since(&before));
}

type Round = (Outcome, Usage, Usage);

fn report(mut median: impl FnMut(&mut dyn FnMut(&mut Round) -> f64) -> f64) {
    let each = |usage: f64, outcome: &Outcome| usage * 1e6 / outcome.deliveries as f64;
    let what =
        "2,000 channels of two, half whispers, half signed HTTP, 2,000 events/s: server CPU per delivery";
    say(what, median(&mut |(o, server, _)| each(server.cpu_s(), o)), "us", "<= 80");
    say("- of it user", median(&mut |(o, server, _)| each(server.user_s, o)), "us", "");
    say("- load CPU per delivery", median(&mut |(o, _, load)| each(load.cpu_s(), o)), "us", "");
    say("- whisper to delivery, p50", median(&mut |(o, ..)| percentile(&mut o.whisper_ms, 0.5)), "ms", "");
    say(
        "- whisper to delivery, p99",
        median(&mut |(o, ..)| percentile(&mut o.whisper_ms, 0.99)),
        "ms",
        "< 1",
    );
    say("- HTTP to delivery, p50", median(&mut |(o, ..)| percentile(&mut o.publish_ms, 0.5)), "ms", "");
    say("- HTTP to delivery, p99", median(&mut |(o, ..)| percentile(&mut o.publish_ms, 0.99)), "ms", "< 1.5");
    say("- HTTP to reply, p99", median(&mut |(o, ..)| percentile(&mut o.reply_ms, 0.99)), "ms", "< 1.5");
    say("- latest event behind its time", median(&mut |(o, ..)| o.late_ms), "ms", "");
    say("- deliveries lost, most of the rounds", median(&mut |(o, ..)| o.lost as f64), "", "0");
    let wrong = |o: &Outcome| (o.twice + o.refused + o.closed) as f64;
    say("- heard twice, refused or closed", median(&mut |(o, ..)| wrong(o)), "", "0");
}

fn report_flood(outcome: &Outcome, server: &Usage) {
    let count = outcome.deliveries as f64;
    say("the same at 10,000 events/s: deliveries lost", outcome.lost as f64, "", "0");
    say(
        "- heard twice, refused or closed",
        (outcome.twice + outcome.refused + outcome.closed) as f64,
        "",
        "0",
    );
    say("- deliveries", count / outcome.took_s, "per s", "15000");
    say("- server CPU per delivery", server.cpu_s() * 1e6 / count, "us", "");
}
