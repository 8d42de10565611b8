#!/usr/bin/env bash
# Builds a Debian package of this working copy for the architecture of this machine: debian-package.sh [FOLDER], default ./build.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-build}")
version=$(node -p 'require("./package.json").version')
architecture=$(dpkg --print-architecture)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

npm run --silent build
app=$stage/usr/lib/carillon
doc=$stage/usr/share/doc/carillon
mkdir -p "$app/console" "$doc" "$stage/usr/bin" "$stage/usr/share/man/man1" "$stage/lib/systemd/system" "$stage/DEBIAN" "$out"
cp package.json package-lock.json "$app/"
cp console/package.json "$app/console/"
(cd "$app" && npm ci --omit=dev --no-audit --no-fund --loglevel=error)
cp -r dist "$app/"
chmod 755 "$app/dist/main.js"
ln -s ../lib/carillon/dist/main.js "$stage/usr/bin/carillon"
cp README.md CHANGELOG.md LICENSE "$doc/"
gzip -9n < packaging/carillon.1 > "$stage/usr/share/man/man1/carillon.1.gz"
cp -r docs "$doc/docs"
cp -r config "$doc/sample"
cp packaging/carillon.service "$stage/lib/systemd/system/"
cp packaging/postinst packaging/prerm packaging/postrm "$stage/DEBIAN/"
chmod 755 "$stage"/DEBIAN/*
chmod -R u+rwX,go+rX,go-w "$stage"

cat > "$stage/DEBIAN/control" << CONTROL
Package: carillon
Version: $version
Architecture: $architecture
Maintainer: The Carillon developers <carillon@localhost>
Installed-Size: $(du -sk "$stage/usr" | cut -f1)
Depends: nodejs (>= 20.19), passwd
Section: net
Priority: optional
Description: SIP application server for Response Groups
 Callers dial a group's number, and the right agent's phone rings. While no
 agent is free, callers wait in a queue.
CONTROL

dpkg-deb --build --root-owner-group "$stage" "$out/carillon_${version}_$architecture.deb"
