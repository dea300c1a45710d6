#!/usr/bin/env bash
# Sets up everything from nothing, in the project's own folder but for system packages. Run it as often as you like:
# a step that is done is skipped.
#
#   scripts/setup.sh           what the product needs
#   scripts/setup.sh --tests   and what its tests need: Chromium, PostgreSQL, Poppler, QPDF, ruff, mypy, pytest …
#
# PYTHON=/path/to/python3 chooses the interpreter (3.11 or newer).
set -euo pipefail
cd "$(dirname "$0")/.."

TESTS=no
[ "${1:-}" = "--tests" ] && TESTS=yes

RUNTIME_PACKAGES="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
TEST_PACKAGES="libatomic1 postgresql poppler-utils qpdf"
VENV=.venv
STAMPS=$VENV/setup # what each step was last done with

STEP="start" REMEDY=""
say() { printf '%s\n' "$*"; }
step() { # step NAME REMEDY
  STEP=$1 REMEDY=$2
  printf '== %s   [%d s]\n' "$STEP" $SECONDS
}
skip() { say "   done already"; }
stop() {
  printf '\nSet-up stopped at: %s\n%s\n' "$STEP" "$1" >&2
  trap - EXIT
  exit 1
}
trap 'status=$?; [ $status = 0 ] || printf "\nSet-up stopped at: %s (status %s)\nTo mend it: %s\n" "$STEP" "$status" "$REMEDY" >&2' EXIT

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else stop "This needs root and there is no sudo. Run as root: $*"
  fi
}
stamp() { cat "$@" | sha256sum | cut -d' ' -f1; }
done_with() { [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]; }
mark() { mkdir -p "$STAMPS" && printf '%s' "$2" >"$STAMPS/$1"; }

# ── 1. system packages ─────────────────────────────────────────────────────────────────────────────
step "System packages" "install them by hand (apt-get install …) and run this again"
python_is_fit() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.11 python3.12 python3.13; do
    if python_is_fit "$name"; then command -v "$name"; return; fi
  done
  return 0
}
has_browser() { # for the tests; Ubuntu ships Chromium as a snap only
  [ -n "${CHROMIUM:-}" ] || [ -n "$(type -P chromium chromium-browser google-chrome)" ]
}
if command -v dpkg-query >/dev/null; then
  wanted=$RUNTIME_PACKAGES
  [ -n "$(find_python)" ] || wanted="$wanted python3-venv"
  if [ $TESTS = yes ]; then
    wanted="$wanted $TEST_PACKAGES"
    has_browser || wanted="$wanted chromium"
  fi
  missing=""
  for package in $wanted; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
  done
  if [ -n "$missing" ]; then
    say "   installing:$missing"
    as_root apt-get -qq update
    # shellcheck disable=SC2086  # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null ||
      stop "apt-get could not install:$missing
See its message above. On Ubuntu 'universe' must be on, and Chromium comes as a snap ('snap install chromium'),
or set CHROMIUM=/path/to/chromium for the browser tests."
  else
    skip
  fi
else
  say "   not Debian or Ubuntu: install what these hold yourself: $RUNTIME_PACKAGES"
fi
[ $TESTS = no ] || has_browser || stop "There is no Chromium for the browser tests: install one, or set CHROMIUM=/path/to/chromium."

# ── 2. Python ──────────────────────────────────────────────────────────────────────────────────────
step "Python packages in $VENV" "check the network (behind a proxy: HTTPS_PROXY, SSL_CERT_FILE, PIP_CERT), then run this again; if it persists, remove $VENV"
if ! [ -x $VENV/bin/python ]; then
  python=$(find_python)
  [ -n "$python" ] || stop "Python 3.11 or newer with its venv module was not found. Install python3.11 and
python3.11-venv, or name one: PYTHON=/path/to/python3 make setup"
  say "   making $VENV with $("$python" --version)"
  "$python" -m venv $VENV
fi
if ! done_with installer "$(stamp requirements-setup.txt)"; then
  $VENV/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.txt
  mark installer "$(stamp requirements-setup.txt)"
fi
# The runtime set is part of the test set: once the tests are set up, a plain set-up leaves them in place.
requirements=requirements.txt
if [ $TESTS = yes ] || [ -e $STAMPS/tests ]; then requirements=requirements-dev.txt; fi
if ! done_with packages "$(stamp $requirements pyproject.toml)"; then
  say "   installing $requirements, every file checked against its hash"
  $VENV/bin/uv pip sync --quiet --python $VENV/bin/python --require-hashes $requirements
  $VENV/bin/uv pip install --quiet --python $VENV/bin/python --no-deps --no-build-isolation --editable .
  mark packages "$(stamp $requirements pyproject.toml)"
  [ $TESTS = no ] || mark tests yes
else
  skip
fi

# ── 3. front end ───────────────────────────────────────────────────────────────────────────────────
step "Front-end files in core/web/static/vendor" "check the network, then run this again; if it persists, remove node_modules"
VENDOR=core/web/static/vendor
VENDOR_FILES="
  @tabler/core/dist/css/tabler.min.css     tabler.min.css
  @tabler/icons/tabler-nodes-outline.json  tabler-icons.json
  echarts/dist/echarts.min.js              echarts.min.js
  htmx.org/dist/htmx.min.js                htmx.min.js
"
vendor_is_there() {
  local source target
  while read -r source target; do
    [ -z "$source" ] || [ -s "$VENDOR/$target" ] || return 1
  done <<<"$VENDOR_FILES"
}
if done_with frontend "$(stamp package-lock.json)" && vendor_is_there; then
  skip
else
  npm=$(command -v npm || true)
  if [ -z "$npm" ]; then
    say "   no npm on this machine: putting one into $VENV"
    [ -x $VENV/bin/npm ] ||
      $VENV/bin/uv pip install --quiet --python $VENV/bin/python --require-hashes -r requirements-node.txt
    npm=$PWD/$VENV/bin/npm
    PATH=$PWD/$VENV/bin:$PATH
  fi
  "$npm" ci --ignore-scripts --silent
  mkdir -p $VENDOR
  while read -r source target; do
    [ -z "$source" ] || cp "node_modules/$source" "$VENDOR/$target"
  done <<<"$VENDOR_FILES"
  mark frontend "$(stamp package-lock.json)"
fi

# ── 4. fonts ───────────────────────────────────────────────────────────────────────────────────────
step "Letter fonts in core/letters/fonts (a minute or two the first time)" "see the message above; docs/operations.md, Fonts"
$VENV/bin/python scripts/build_fonts.py

STEP="end"
say "Ready after $SECONDS s: $VENV/bin/hongcai"
