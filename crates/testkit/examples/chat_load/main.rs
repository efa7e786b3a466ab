//! Loads real server processes as visitors and agents do, and prints what that costs: start, memory,
//! durable messages, delay from post to both sockets, pollers, and the same on PostgreSQL. Knows the
//! product by its wire alone.
//!
//! `cargo run --release -p testkit --example chat_load -- target/release/frontdesk [PART…]`; without a
//! part all are run.

mod client;
mod closed;
mod disk;
mod memory;
mod open;
mod pollers;
mod start;
mod storages;

use serde_json::json;
use testkit::process::Usage;
use testkit::world::World;

/// What would stop one visitor who does the work of thousands.
const ENVIRONMENT: [(&str, &str); 2] =
    [("FRONTDESK_MESSAGES_PER_MINUTE", "0"), ("FRONTDESK_SESSIONS_PER_MINUTE", "0")];

#[allow(clippy::print_stdout)]
fn say(name: &str, value: f64, unit: &str, goal: &str) {
    println!("{}", json!({"what": name, "value": value, "unit": unit, "goal": goal}));
}

/// Microseconds of CPU for each of `count`.
fn cpu_us(before: &Usage, after: &Usage, count: f64) -> f64 {
    after.since(before).cpu_s() * 1e6 / count
}

/// One thread does, and leaves the server a core.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A server on an SQLite file.
fn world(binary: &str) -> World {
    World::start_with(binary, &ENVIRONMENT)
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let named = arguments.next().unwrap_or("target/release/frontdesk".to_owned());
    let binary = std::fs::canonicalize(&named).expect("the binary is built").display().to_string();
    let parts: Vec<String> = arguments.collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|name| name == part);
    if wanted("start") {
        start::measure(&binary);
    }
    if wanted("memory") {
        memory::measure(&binary);
    }
    if wanted("messages") {
        storages::measure(&binary);
    }
    if wanted("pollers") {
        pollers::measure(&binary);
    }
}
