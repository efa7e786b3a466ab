#!/usr/bin/env bash
# A day of joins, leaves and events in half an hour of load (SOAK_MINUTES for another time): prints the
# server's memory look by look on standard error, and at the end what it was after warm-up and last.
source "$(dirname "$0")/lib.sh"
mkdir -p target/bench
scripts/build.sh
cargo build --release --locked -p testkit --example pusher_load
target/release/examples/pusher_load target/release/frontdesk soak | tee target/bench/soak.jsonl
