#!/usr/bin/env bash
# From a bare clone to the sample with agents and callers. Arguments after `--` are options of scripts/demo.ts.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/build-if-needed.sh
echo 'Starting the demo …'
exec node --import tsx scripts/demo.ts "$@"
