#!/usr/bin/env bash
# What the scripts share: the tree's root, npm installs that run only when the lock file changed,
# and packages of the distribution that are installed when missing and allowed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }

# npm_install FOLDER: exactly what the lock file says, once.
npm_install() {
  local stamp="$1/node_modules/.installed"
  if [ ! -f "$stamp" ] || [ "$1/package-lock.json" -nt "$stamp" ]; then
    say "Installing npm packages of $1"
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
    touch "$stamp"
  fi
}

# python_venv FOLDER REQUIREMENTS: a virtual environment with exactly these packages, once.
python_venv() {
  local stamp="$1/.installed"
  if [ ! -f "$stamp" ] || [ "$2" -nt "$stamp" ]; then
    python3 -c 'import ensurepip' 2>/dev/null || need '/usr/lib/python3*/ensurepip/__init__.py' python3-venv
    say "Installing Python packages of $2"
    python3 -m venv --clear "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$2"
    touch "$stamp"
  fi
}

# web_build: widget, console and vendor copies, when a source is newer than the last build.
web_build() {
  npm_install web
  local stamp=web/dist/.built
  if [ ! -f "$stamp" ] || [ -n "$(find web -newer "$stamp" -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -print -quit)" ]; then
    say "Building widget and console"
    (cd web && npm run --silent build)
    touch "$stamp"
  fi
}

# ci_binaries: target/ci/frontdesk and target/ci/xtask, as the tests have them. Named together with a test,
# because Cargo resolves the features of dependencies for all at once; alone each would compile half of
# them a second time.
ci_binaries() { cargo build --profile ci --locked --quiet --workspace --bin frontdesk --bin xtask --test first_start; }

# need COMMAND-OR-GLOB PACKAGE...: installs Debian packages when the command is missing and we may.
need() {
  local what="$1"; shift
  if command -v "$what" >/dev/null 2>&1 || compgen -G "$what" >/dev/null; then return; fi
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then sudo="sudo -n"; fi
  if command -v apt-get >/dev/null 2>&1 && { [ -z "$sudo" ] || sudo -n true 2>/dev/null; }; then
    say "Installing $* from the distribution"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  else
    echo "The tests need '$what'. Please install: $*" >&2
    exit 1
  fi
}
