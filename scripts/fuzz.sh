#!/usr/bin/env bash
# Feeds every decoder arbitrary bytes for a minute each (ruling 26): by libFuzzer with coverage guidance,
# or in the proptest form where there is no C++ compiler. `make fuzz TARGET=frame SECONDS_EACH=600`; what makes a
# target fail is kept in target/fuzz/found.
source "$(dirname "$0")/lib.sh"
seconds="${SECONDS_EACH:-60}"
targets="${1:-$(grep -oE '^    \("[a-z]+"' fuzz/src/main.rs | tr -d ' ("')}"

# guided TARGET: what was found interesting before, and the committed corpus, are where it starts.
guided() {
  local corpus="target/fuzz/corpus/$1" seed seeds line n=0
  mkdir -p "$corpus" target/fuzz/found
  for seeds in crates/*/corpus/"$1".*; do
    [ -f "$seeds" ] || continue
    while IFS= read -r line; do
      n=$((n + 1)); seed="$corpus/seed-$n"
      case "$seeds" in
        *.hex) printf '%b' "$(sed 's/../\\x&/g' <<<"$line")" ;;
        *.esc) printf '%b' "$line" ;;
        *) printf '%s' "${line//\\n/$'\n'}" ;;
      esac > "$seed"
    done < "$seeds"
  done
  FUZZ_TARGET="$1" "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="target/fuzz/found/$1-" "$corpus" 2>&1 | grep -E 'panicked|assert|ERROR|SUMMARY|stat::(number|new|peak)|Test unit' >&2
}

# unguided TARGET: the property tests of the module of that name, over and over.
unguided() {
  local end=$(($(date +%s) + seconds))
  while [ "$(date +%s)" -lt "$end" ]; do
    PROPTEST_CASES=50000 cargo test --profile ci --quiet -p wire -p realtime -p server --lib "$1" >&2
  done
}

how=unguided
if command -v c++ >/dev/null 2>&1; then
  how=guided
  host=$(rustc -vV | sed -n 's/^host: //p')
  fuzzer="target/fuzz/$host/release/fuzz"
  say "Building the targets for coverage"
  # The passes are stable Rust's; with a --target they leave build scripts alone.
  CARGO_INCREMENTAL=0 RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1" \
    cargo build --release --manifest-path fuzz/Cargo.toml --target "$host" --target-dir target/fuzz
fi
for target in $targets; do
  say "Fuzzing $target for $seconds s, $how"
  "$how" "$target"
done
