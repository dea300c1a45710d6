#!/usr/bin/env bash
# Locks the Python and front-end packages with hashes and without any registry's address: the address is the
# business of the machine that installs. Only what requirements*.in and package.json ask for changes, unless --upgrade.
set -euo pipefail
cd "$(dirname "$0")/.."

# In this order: the test set contains the runtime set.
for name in requirements-setup requirements-node requirements requirements-dev; do
  .venv/bin/uv pip compile --quiet --generate-hashes --universal --no-header --python-version 3.11 "$@" \
    "$name.in" --output-file "$name.txt"
done
[ -x .venv/bin/npm ] && PATH="$PWD/.venv/bin:$PATH"
npm install --package-lock-only --ignore-scripts --silent
if grep -nE '"resolved"|index-url|find-links' package-lock.json requirements*.txt; then
  echo "An address above has crept into a lock file: see .npmrc and the uv options in scripts/lock.sh." >&2
  exit 1
fi
