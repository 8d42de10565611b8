#!/usr/bin/env bash
# Everything that must pass before a change lands, from a bare clone. CI runs this.
set -euo pipefail
cd "$(dirname "$0")/.."

kept=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$kept"' EXIT
export CARILLON_TEST_COUNTS=$kept/counts
touch "$CARILLON_TEST_COUNTS"

step() {
  local name=$1
  shift
  printf '\n== %s\n' "$name"
  local began=$SECONDS
  if ! "$@"; then
    printf '\n== %s FAILED\n' "$name"
    exit 1
  fi
  printf '%4d s  %s\n' $((SECONDS - began)) "$name" >> "$kept/times"
}

checks() {
  step 'format' npm run --silent check:format
  step 'types' npm run --silent check:types
  step 'lint' npm run --silent check:lint
  step 'imports' npm run --silent check:imports
  step 'OpenAPI' npm run --silent check:openapi
  step 'when they fire' promtool test rules docs/operations/alerts.test.yaml
}

step 'npm packages' bash scripts/npm-packages.sh
bash scripts/other-node.sh > "$kept/node" 2> "$kept/loading" &
loading=$!
step 'test tools' bash scripts/install-test-tools.sh
step 'build' npm run --silent build
step 'sample config' node dist/main.js check config/
step 'alert rules' promtool check rules docs/operations/alerts.yaml

# These tests use one CPU, so the text checks run on another one meanwhile.
checks > "$kept/checks" 2>&1 &
checking=$!
step 'tests' npm run --silent test
checked=0
wait "$checking" || checked=$?
cat "$kept/checks"
[ "$checked" -eq 0 ] || exit "$checked"

# Half of these files run the server on a second Node (docs/decisions/076).
wait "$loading" || { cat "$kept/loading"; exit 1; }
CARILLON_TEST_NODE=$(cat "$kept/node")
export CARILLON_TEST_NODE
step 'wire tests' npm run --silent test:wire
step 'console tests' npm run --silent test:console

printf '\n'
cat "$kept/times"
awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed }' "$CARILLON_TEST_COUNTS"
