//! The proof that nothing is lost, doubled or out of order: people work while servers are killed with -9,
//! sockets are cut and polls take their place; at the end each one's own view equals the database.
//!
//! A short form runs with all tests. `make ledger` runs 200 visitors, 20 agents and 100,000 acts.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use testkit::dice::Dice;
use testkit::ledger::{Outcome, Seat, Table, Who};
use testkit::postgres::Postgres;
use testkit::redis::Redis;
use testkit::world::{Agent, World};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

/// How much is done.
struct Plan {
    visitors: usize,
    agents: usize,
    acts: u64,
    /// Conversations that one agent follows.
    follows: usize,
}

impl Plan {
    fn of_this_run() -> Plan {
        match std::env::var("LEDGER_ACTS").ok().and_then(|acts| acts.parse().ok()) {
            Some(acts) => Plan { visitors: 200, agents: 20, acts, follows: 20 },
            None => Plan { visitors: 24, agents: 6, acts: 6_000, follows: 8 },
        }
    }
}

const FREE: [(&str, &str); 3] = [
    ("FRONTDESK_MESSAGES_PER_MINUTE", "0"),
    ("FRONTDESK_SESSIONS_PER_MINUTE", "0"),
    ("FRONTDESK_LOGINS_PER_MINUTE", "0"),
];

#[test]
fn on_sqlite_each_view_equals_the_database() {
    run(vec![World::start_with(BINARY, &FREE)]);
}

#[test]
fn on_postgres_with_two_nodes_each_view_equals_the_database() {
    let (redis, url) = (Redis::start(), Postgres::shared().fresh_database());
    let own = [
        ("REVERB_APP_ID", "1"),
        ("REVERB_APP_KEY", "desk"),
        ("REVERB_APP_SECRET", "word"),
        ("FRONTDESK_DATABASE_URL", url.as_str()),
    ];
    let shared = redis.environment();
    let shared = shared.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let environment: Vec<(&str, &str)> = shared.chain(own).chain(FREE).collect();
    run((0..2).map(|_| World::start_with(BINARY, &environment)).collect());
}

fn run(mut nodes: Vec<World>) {
    let (plan, began) = (Plan::of_this_run(), Instant::now());
    // The link of whoever started last is the one that works.
    let agents = agents(nodes.last().unwrap(), plan.agents);
    let visitors: Vec<_> = (0..plan.visitors)
        .map(|number| {
            let visitor = nodes[0].visitor(&format!("Visitor {number}"));
            let conversation = visitor.start();
            (visitor, conversation)
        })
        .collect();
    let conversations: Vec<String> = visitors.iter().map(|(_, id)| id.clone()).collect();
    let table = Table {
        ports: nodes.iter().map(|node| node.port).collect(),
        key: nodes[0].key.clone(),
        widget_token: nodes[0].widget_token(),
        left: AtomicU64::new(plan.acts),
        working: AtomicUsize::new(plan.agents + plan.visitors),
    };
    let mut seats = Vec::new();
    for (number, agent) in agents.into_iter().enumerate() {
        let follows = (0..plan.follows).map(|n| (number * plan.follows + n) % conversations.len());
        let follows: Vec<String> = follows.map(|at| conversations[at].clone()).collect();
        seats.push(Seat::new(&table, Who::Agent(agent), &follows, 1_000 + number as u64));
    }
    for (number, (visitor, conversation)) in visitors.into_iter().enumerate() {
        seats.push(Seat::new(&table, Who::Visitor(visitor), &[conversation], 1 + number as u64));
    }
    let quiet = AtomicBool::new(false);
    let (outcomes, kills) = std::thread::scope(|scope| {
        let workers: Vec<_> = seats.into_iter().map(|seat| scope.spawn(|| seat.work())).collect();
        let killer = scope.spawn(|| kill_at_random(&mut nodes, &table, &quiet));
        let outcomes: Vec<Outcome> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        quiet.store(true, Ordering::Relaxed);
        (outcomes, killer.join().unwrap())
    });
    report(&outcomes, kills, began.elapsed());
}

fn agents(world: &World, count: usize) -> Vec<Agent> {
    let owner = world.owner("Ben");
    let widget = owner.widgets[0].clone();
    let names = (1..count).map(|number| format!("Agent{number}"));
    let others = names.map(|name| {
        owner.add(&name, "agent", &[&widget]);
        world.sign_in(&name)
    });
    let others: Vec<Agent> = others.collect();
    std::iter::once(owner).chain(others).collect()
}

/// Kills one server at a time while there is work; answers how often. What comes after stays up.
fn kill_at_random(nodes: &mut [World], table: &Table, quiet: &AtomicBool) -> usize {
    let (mut kills, mut dice) = (0, Dice::new(1));
    loop {
        let until = Instant::now() + Duration::from_millis(500 + dice.below(2_500));
        while Instant::now() < until {
            if quiet.load(Ordering::Relaxed) || table.left.load(Ordering::Relaxed) == 0 {
                return kills;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let at = usize::try_from(dice.below(nodes.len() as u64)).unwrap();
        nodes[at].kill();
        // Down for a moment, so that some find nobody there.
        std::thread::sleep(Duration::from_millis(dice.below(400)));
        nodes[at].boot();
        kills += 1;
    }
}

// What a run of `make ledger` is for.
#[allow(clippy::print_stdout)]
fn report(outcomes: &[Outcome], kills: usize, took: Duration) {
    let faults: Vec<&String> = outcomes.iter().flat_map(|outcome| &outcome.faults).collect();
    let sum = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    let (applied, written) = (sum(|o| o.applied), sum(|o| o.acknowledged.len() as u64));
    println!(
        "ledger: {} people, {written} messages acknowledged, {applied} facts applied one by one, {kills} kills, \
         {} s: {} faults",
        outcomes.len(),
        took.as_secs(),
        faults.len()
    );
    assert!(kills > 0, "nobody was killed: the run proves nothing");
    assert!(
        faults.is_empty(),
        "{}",
        faults.iter().take(5).map(|f| f.as_str()).collect::<Vec<_>>().join("\n")
    );
}
