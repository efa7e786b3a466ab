//! Loads real server processes with raw Pusher clients and prints what that costs: small channels,
//! connects, memory with and without TLS, idling, storms, three nodes. Knows the product by its wire alone.
//!
//! `cargo run --release -p testkit --example pusher_load -- target/release/frontdesk [PART…]`; without
//! a part all are run but the soak. Server and load have a core each.

mod clients;
mod events;
mod idle;
mod nodes;
mod small;
mod soak;
mod storm;
mod tls;

use serde_json::json;

/// The server's core.
const SERVER_CPU: usize = 0;
/// This program's core.
const LOAD_CPU: usize = 1;

#[allow(clippy::print_stdout)]
fn say(name: &str, value: f64, unit: &str, goal: &str) {
    println!("{}", json!({"what": name, "value": value, "unit": unit, "goal": goal}));
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let named = arguments.next().unwrap_or("target/release/frontdesk".to_owned());
    let binary = std::fs::canonicalize(&named).expect("the binary is built").display().to_string();
    let parts: Vec<String> = arguments.collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|name| name == part);
    if wanted("small") {
        small::measure(&binary);
    }
    if wanted("connects") {
        idle::connects(&binary);
    }
    if wanted("storm") {
        storm::measure(&binary);
    }
    if wanted("nodes") {
        nodes::measure(&binary);
    }
    // Takes as long as it is told to, and is not part of the table.
    if parts.iter().any(|part| part == "soak") {
        soak::measure(&binary);
    }
    if wanted("tls") {
        tls::measure(&binary);
    }
    if wanted("idle") {
        idle::idle(&binary);
    }
}
