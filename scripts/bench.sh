#!/usr/bin/env bash
# Measures, in one run on this machine, and prints one table: fan-out and idle memory beside a bare
# write(2) loop, Pusher clients and durable messages against the whole server, the widget in Chromium,
# start, sizes. Raw lines go to target/bench/raw.jsonl, the table to target/bench/table.md. LARGE=1 fills a
# desk with a million conversations too (LARGE=0.1: a tenth of it) and writes target/bench/large.md.
source "$(dirname "$0")/lib.sh"
mkdir -p target/bench
raw=target/bench/raw.jsonl
scripts/build.sh
cargo build --release --locked -p realtime -p testkit --examples

: > "$raw"
say "Fan-out and idle memory, beside a bare write(2) loop"
target/release/examples/fanout_floor --cpu 1 | tee -a "$raw"
say "The whole server, as a Pusher server"
target/release/examples/pusher_load target/release/frontdesk | tee -a "$raw"
say "The whole server, as a chat"
target/release/examples/chat_load target/release/frontdesk | tee -a "$raw"
if [ -n "${LARGE:-}" ]; then
  say "A desk of ${LARGE} million conversations: lists, pages, searches"
  cargo build --release --locked -p chat --example large
  target/release/examples/large target/bench | tee target/bench/large.md
fi
say "The widget in a browser"
npm_install e2e
(cd e2e && FRONTDESK_BINARY="$PWD/../target/release/frontdesk" BENCH_RAW="$PWD/../$raw" npx playwright test --config bench.config.ts --reporter=dot)
say "Sizes"
(cd web && npm run --silent size -- --json) | tee -a "$raw"

node scripts/bench-table.mjs "$raw" > target/bench/table.md
say "Table"
cat target/bench/table.md
