#!/usr/bin/env bash
# Proves that the release archive is whole: unpacks it elsewhere, checks its sums and its unit, starts what is
# inside, and asks it whether it is up.
source "$(dirname "$0")/lib.sh"
archive="$PWD/$(scripts/dist.sh | tail -1)"
folder=$(mktemp -d)
server=""
clean() { if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi; rm -rf "$folder"; }
trap clean EXIT

(cd "$(dirname "$archive")" && sha256sum --quiet -c "$(basename "$archive").sha256")
tar -C "$folder" -xzf "$archive"
cd "$folder"/frontdesk-*/
sha256sum --quiet -c SHA256SUMS
for file in frontdesk frontdesk.service Containerfile frontdesk.toml.example frontdesk.env.example LICENSE-MIT LICENSE-APACHE THIRD-PARTY-LICENSES.txt docs/upgrading.md; do
  [ -s "$file" ] || { echo "$file is missing" >&2; exit 1; }
done
grep -q '^rusqlite v.*MIT' THIRD-PARTY-LICENSES.txt
cp frontdesk.env.example .env
cp frontdesk.toml.example frontdesk.toml
if command -v systemd-analyze >/dev/null 2>&1; then
  sed "s|/opt/frontdesk/frontdesk|$PWD/frontdesk|" frontdesk.service >"$folder/frontdesk.service"
  warnings=$(systemd-analyze verify --man=no "$folder/frontdesk.service" 2>&1 | grep -F frontdesk.service || true)
  [ -z "$warnings" ] || { echo "$warnings" >&2; exit 1; }
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
coproc SERVER { exec ./frontdesk serve --host 127.0.0.1 --port "$port" 2>"$folder/log"; }
server=$SERVER_PID
read -r -t 20 line <&"${SERVER[0]}" || { cat "$folder/log" >&2; exit 1; }
[ "$line" = "Frontdesk listening on http://127.0.0.1:$port" ] || { echo "$line" >&2; exit 1; }
curl -fsS "http://127.0.0.1:$port/up" | grep -q OK
curl -fsS "http://127.0.0.1:$port/widget.js" | grep -q Frontdesk
./frontdesk status --port "$port" >/dev/null
./frontdesk backup "$folder/backup.tar.gz" >/dev/null 2>&1
./frontdesk restore "$folder/backup.tar.gz" --data "$folder/restored" 2>/dev/null
./frontdesk migrate --check --data "$folder/restored" >/dev/null
echo "$archive starts, answers, and its backup restores" >&2
