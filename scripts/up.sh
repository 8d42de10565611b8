#!/usr/bin/env bash
# From a bare clone to a server that takes calls on the sample config. What follows `--` goes to `carillon serve`.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/build-if-needed.sh
exec node dist/main.js serve --config config/ "$@"
