#!/usr/bin/env bash
# Everything that must hold before a change lands, from a bare clone: what CI runs.
set -euo pipefail
cd "$(dirname "$0")/.."

times=()
step() {
  local name=$1
  shift
  printf '\n== %s\n' "$name"
  local began=$SECONDS
  if ! "$@"; then
    printf '\n== %s FAILED\n' "$name"
    exit 1
  fi
  times+=("$(printf '%4d s  %s' $((SECONDS - began)) "$name")")
}

export CARILLON_TEST_COUNTS
CARILLON_TEST_COUNTS=$(mktemp)
trap 'rm -f "$CARILLON_TEST_COUNTS"' EXIT

step 'npm packages' bash scripts/npm-packages.sh
step 'test tools' bash scripts/install-test-tools.sh
step 'format' npm run --silent check:format
step 'types' npm run --silent check:types
step 'lint' npm run --silent check:lint
step 'imports' npm run --silent check:imports
step 'build' npm run --silent build
step 'sample config' node dist/main.js check config/
step 'alert rules' promtool check rules docs/operations/alerts.yaml
step 'when they fire' promtool test rules docs/operations/alerts.test.yaml
step 'tests' npm run --silent test
step 'wire tests' npm run --silent test:wire
step 'console tests' npm run --silent test:console

printf '\n'
printf '%s\n' "${times[@]}"
awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed }' "$CARILLON_TEST_COUNTS"
