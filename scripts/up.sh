#!/usr/bin/env bash
# From a bare clone to a server that takes calls on the sample config. Arguments after `--` go to `carillon serve`; with
# --engine drachtio or --drachtio they go to scripts/up.ts.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/build-if-needed.sh
case " $* " in
  *' --engine'* | *' --drachtio'*) exec node --import tsx scripts/up.ts "$@" ;;
esac
exec node dist/main.js serve --config config/ "$@"
