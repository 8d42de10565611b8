#!/usr/bin/env bash
# From a bare clone to a server that takes calls on the sample config. What follows `--` goes to `carillon serve`.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/npm-packages.sh
if [ ! -e dist/main.js ] || [ ! -e dist/console/index.html ] || [ -n "$(find src console/src console/index.html console/public package.json tsconfig.json tsconfig.build.json -newer dist/main.js -print -quit)" ]; then
  npm run build --silent
  touch dist/main.js
fi
exec node dist/main.js serve --config config/ "$@"
