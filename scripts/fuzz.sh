#!/usr/bin/env bash
# Feeds the decoders arbitrary bytes for a minute each (ruling 26), in the proptest form, which runs on
# the stable toolchain. A case that fails is printed and kept under proptest-regressions.
source "$(dirname "$0")/lib.sh"
seconds="${SECONDS_EACH:-60}"
for target in websocket frame fallback; do
  say "Fuzzing wire::$target for $seconds s"
  end=$(($(date +%s) + seconds))
  while [ "$(date +%s)" -lt "$end" ]; do
    PROPTEST_CASES=50000 cargo test --profile ci --quiet -p wire --lib "$target" >&2
  done
done
