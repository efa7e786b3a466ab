#!/usr/bin/env bash
# Makes the release archive: target/dist/frontdesk-VERSION-x86_64-linux.tar.gz and its checksum, with the
# binary, the systemd unit, the container file, examples, documents and licences.
# DIST_PROFILE=ci takes the binary of the tests instead of the release's.
source "$(dirname "$0")/lib.sh"
profile="${DIST_PROFILE:-release}"
target="${CARGO_TARGET_DIR:-target}"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name="frontdesk-$version-$(uname -m)-linux"
dist=target/dist

web_build
say "Building $name with the profile $profile"
if [ "$profile" = ci ]; then ci_binaries; else cargo build --profile "$profile" --locked --quiet -p server --bin frontdesk; fi
rm -rf "${dist:?}/$name"
mkdir -p "$dist/$name/docs"
install -m 0755 "$target/$profile/frontdesk" "$dist/$name/frontdesk"
install -m 0644 packaging/* README.md SECURITY.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$dist/$name/"
install -m 0644 docs/*.md "$dist/$name/docs/"
{
  echo "Frontdesk is licensed under MIT or Apache-2.0, as you prefer. The binary contains these packages under their own licences:"
  echo
  cargo tree --locked -p server --edges normal --prefix none --format '{p}  {l}' | sed 's/ (.*)  /  /; s/ (\*)$//' | grep -v ' v0.1.0  MIT OR Apache-2.0$' | sort -u
  node -e "
    const { packages } = JSON.parse(require('fs').readFileSync('web/package-lock.json'));
    for (const name of ['preact', '@preact/signals', 'laravel-echo', 'pusher-js']) {
      const { version, license } = packages['node_modules/' + name];
      console.log(name + ' v' + version + '  ' + license);
    }"
} >"$dist/$name/THIRD-PARTY-LICENSES.txt"
(cd "$dist/$name" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
# The same files give the same archive.
epoch=$(git log -1 --format=%ct 2>/dev/null || echo 0)
tar -C "$dist" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -cf - "$name" | gzip -9n >"$dist/$name.tar.gz"
(cd "$dist" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "$dist/$name.tar.gz"
