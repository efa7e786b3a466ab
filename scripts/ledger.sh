#!/usr/bin/env bash
# The long ledger: 200 visitors and 20 agents do 100,000 things while servers are killed, on SQLite and on
# PostgreSQL with two nodes; LEDGER_ACTS=20000 for less.
source "$(dirname "$0")/lib.sh"
need '/usr/lib/postgresql/*/bin/initdb' postgresql
need redis-server redis-server
web_build
export LEDGER_ACTS="${LEDGER_ACTS:-100000}"
cargo test --profile ci --locked -p server --test ledger -- --nocapture --test-threads 1
