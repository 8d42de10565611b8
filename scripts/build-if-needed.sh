#!/usr/bin/env bash
# Installs the npm packages and builds the server and the console, each only if it is missing or older than its sources.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/npm-packages.sh
if [ ! -e dist/main.js ] || [ ! -e dist/console/index.html ] || [ -n "$(find src console/src console/index.html console/public package.json tsconfig.json tsconfig.build.json -newer dist/main.js -print -quit)" ]; then
  echo 'Building the server and the console …' >&2
  npm run build --silent
  touch dist/main.js
fi
