//! Messages on SQLite and on PostgreSQL, the one beside the other in one run. Decides which figures are
//! told; knows nothing of how they are taken.

use crate::closed::{self, Closed};
use crate::open::{self, Open, RATE};
use crate::{ENVIRONMENT, disk, runtime, say, world};
use testkit::postgres::Postgres;
use testkit::world::World;

pub(crate) fn measure(binary: &str) {
    let (world, postgres) = (world(binary), Postgres::durable());
    let disk_ms = disk::fdatasync_ms(&world.data);
    let (closed, open) = run(&world);
    drop(world);
    tell_closed(&closed);
    say("- the disk's own rate: one page, write and fdatasync", 1e3 / disk_ms, "per s", "");
    say("- messages for each of these", closed.per_s * disk_ms / 1e3, "", "");
    tell_open(&open);
    let url = postgres.fresh_database();
    let environment = [ENVIRONMENT.as_slice(), &[("FRONTDESK_DATABASE_URL", url.as_str())]].concat();
    let (closed_there, open_there) = run(&World::start_with(binary, &environment));
    say("on PostgreSQL: durable messages, closed loop, 64 clients", closed_there.per_s, "per s", "");
    say("- SQLite's rate against it", closed.per_s / closed_there.per_s, "times", "<= 2");
    say("- server CPU per message, without PostgreSQL's own", closed_there.server_us, "us", "");
    say("- acknowledged p50", closed_there.p50_ms, "ms", "");
    say("- acknowledged p99", closed_there.p99_ms, "ms", "");
    say(&format!("- post to both sockets at {RATE} messages/s, p50"), open_there.p50_ms, "ms", "");
    say("- against SQLite's", open_there.p50_ms / open.p50_ms, "times", "<= 2");
    say(&format!("- post to both sockets at {RATE} messages/s, p99"), open_there.p99_ms, "ms", "");
    say("- against SQLite's", open_there.p99_ms / open.p99_ms, "times", "<= 2");
    say("- posted in time", open_there.posted_per_s, "per s", "");
    say("- deliveries missing", open_there.missing as f64, "", "0");
}

fn run(world: &World) -> (Closed, Open) {
    let (ben, runtime) = (world.owner("Ben"), runtime());
    (runtime.block_on(closed::run(world)), runtime.block_on(open::run(world, &ben)))
}

fn tell_closed(closed: &Closed) {
    say("durable messages, closed loop, 64 clients", closed.per_s, "per s", ">= 10000");
    say("- server CPU per message", closed.server_us, "us", "");
    say("- load CPU per message", closed.load_us, "us", "");
    say("- acknowledged p50", closed.p50_ms, "ms", "");
    say("- acknowledged p99", closed.p99_ms, "ms", "");
}

fn tell_open(open: &Open) {
    say(&format!("post to both sockets at {RATE} messages/s, p50"), open.p50_ms, "ms", "< 3");
    say(&format!("post to both sockets at {RATE} messages/s, p99"), open.p99_ms, "ms", "< 15");
    say("- posted in time", open.posted_per_s, "per s", "");
    say("- deliveries missing", open.missing as f64, "", "0");
    say("- server CPU per message", open.server_us, "us", "");
}
