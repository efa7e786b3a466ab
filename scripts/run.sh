#!/usr/bin/env bash
# Builds everything and starts the server with its database in ./data.
source "$(dirname "$0")/lib.sh"
scripts/build.sh
exec target/release/frontdesk serve "$@"
