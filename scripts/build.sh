#!/usr/bin/env bash
# Leaves the release binary at target/release/frontdesk, web assets inside.
source "$(dirname "$0")/lib.sh"
web_build
cargo build --release --locked -p server
