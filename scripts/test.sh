#!/usr/bin/env bash
# Installs what the tests need and runs all of them, or one section: lint, rust, web, dist, e2e, conformance.
# Ends with the names of what failed and one line, "N passed, M failed", over all runners.
source "$(dirname "$0")/lib.sh"
section="${1:-all}"
passed=0 failures=() laps="" began=0

wants() { [ "$section" = all ] || [ "$section" = "$1" ]; }

# check NAME COMMAND...: a check that passes or fails as one.
check() {
  local name="$1"; shift
  if "$@"; then passed=$((passed + 1)); else failures+=("$name"); fi
}

# lap NAME: notes how long the section took that ends here.
lap() { laps+="$1 $((SECONDS - began)) s, "; began=$SECONDS; }

# count RUNNER JSON-FILE: adds what a runner wrote; a missing report is a failure.
count() {
  local lines
  if mapfile -t lines < <(node scripts/report.mjs "$1" "$2" 2>/dev/null) && [ "${#lines[@]}" -gt 0 ]; then
    passed=$((passed + ${lines[0]% *}))
    failures+=("${lines[@]:1}")
  else
    failures+=("no report in $2")
  fi
}

# clippy_build: compiles all targets with clippy's driver, which lints while it compiles. `cargo clippy` would first check
# every dependency, which the tests then compile again; what lies here afterwards is what they run.
clippy_build() {
  export RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS="-Dwarnings"
  if cargo build --profile ci --workspace --all-targets --locked --quiet; then return; fi
  # A lint is no reason to run no test.
  unset RUSTC_WORKSPACE_WRAPPER CLIPPY_ARGS
  return 1
}

rust_tests() {
  local log=target/rust-tests.log lines p
  if command -v cargo-nextest >/dev/null 2>&1; then
    cargo nextest run --cargo-profile ci --workspace --locked --no-fail-fast --status-level fail --final-status-level fail 2>&1 | tee "$log" >&2 || true
    p=$(grep -E '^ +Summary' "$log" | tail -1 | grep -oE '[0-9]+ passed' | grep -oE '[0-9]+' || true)
    mapfile -t lines < <(sed '0,/^ *Summary/d' "$log" | sed -nE 's/^ *(FAIL|TIMEOUT|SIG[A-Z]+|ABORT|LEAK-FAIL) \[[^]]*\] *(\([^)]*\) *)?//p' | sort -u)
    if [ -z "$p" ]; then lines+=("the Rust tests did not run to their end"); fi
    passed=$((passed + ${p:-0}))
  else
    cargo test --profile ci --workspace --locked --no-fail-fast 2>&1 | tee "$log" >&2 || true
    passed=$((passed + $(grep -E '^test result' "$log" | grep -oE '[0-9]+ passed' | awk '{n += $1} END {print n + 0}')))
    mapfile -t lines < <(grep -E '^test .* FAILED$|^error: (could not compile|test failed)' "$log")
  fi
  failures+=("${lines[@]}")
}

# playwright_tests FOLDER [PROJECT...]: the browser tests of a folder, against the server of the ci profile; its
# projects one after the other.
playwright_tests() {
  local folder="$1" project report
  shift
  command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || need chromium chromium
  npm_install "$folder"
  ci_binaries
  for project in "${@:-}"; do
    report="target/playwright-$folder${project:+-$project}.json"
    rm -f "$report"
    (cd "$folder" && PLAYWRIGHT_JSON_OUTPUT_NAME="../$report" npx playwright test ${project:+"--project=$project"} --reporter=list,json >&2) || true
    count playwright "$report"
  done
}

mkdir -p target
web_build

if wants lint; then
  say "Formatting and lints"
  check "cargo fmt" cargo fmt --all --check
  check "clippy" clippy_build
  ci_binaries
  check "tidy" target/ci/xtask tidy
  check "generated types" target/ci/xtask types --check
  npm_install e2e
  npm_install conformance
  check "biome" bash -c 'cd web && npx biome ci --error-on-warnings . ../e2e ../conformance'
  check "tsc" bash -c 'cd web && npm run --silent check && cd ../e2e && npx tsc -p . && cd ../conformance && npx tsc -p .'
  lap lint
fi
if wants rust; then
  need '/usr/lib/postgresql/*/bin/initdb' postgresql
  need redis-server redis-server
  need pebble pebble
  need jq jq
  need curl curl
  python_venv target/moto-venv conformance/moto.txt
  say "Rust tests"
  rust_tests
  lap rust
fi
if wants web; then
  say "TypeScript tests"
  (cd web && npx vitest run --reporter=default --reporter=json --outputFile.json=../target/vitest.json >&2) || true
  count vitest target/vitest.json
  check "sizes" bash -c 'cd web && npm run --silent size'
  lap web
fi
if wants dist; then
  say "Release archive"
  check "release archive" env DIST_PROFILE=ci scripts/dist-test.sh
  lap dist
fi
if wants e2e; then
  say "End-to-end tests"
  playwright_tests e2e together alone
  lap e2e
fi
if wants conformance; then
  python_venv target/conformance-venv conformance/requirements.txt
  say "Official clients and server SDKs"
  playwright_tests conformance
  python_venv target/api-venv conformance/api-requirements.txt
  say "The OpenAPI document against a running server"
  check "schemathesis" target/api-venv/bin/python conformance/api_replay.py
  lap conformance
fi

echo
echo "${laps%, }"
for failure in "${failures[@]}"; do echo "FAILED: $failure"; done
echo "$passed passed, ${#failures[@]} failed"
[ "${#failures[@]}" -eq 0 ] && [ "$passed" -gt 0 ]
