# `make` alone prints what there is. Everything runs from .venv, which `make setup` makes.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint contract e2e bench lock nightly setup-tests
.NOTPARALLEL:

BIN := .venv/bin
# make demo SERVE=0: end when the letters are there
SERVE ?= 1
# make e2e PYTEST="-k journey": anything for pytest
PYTEST ?=
# The demonstration keeps its own state, apart from an instance of yours in var/.
DEMO := HONGCAI_VAR=var/demo

help: ## what this file can do
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## set up what the product needs, from nothing
	@scripts/setup.sh

demo: setup ## set up, seed a district, run the main job, serve at http://127.0.0.1:8000 (SERVE=0: without serving)
	$(DEMO) $(BIN)/hongcai init
	$(DEMO) $(BIN)/hongcai seed demo
ifneq ($(SERVE),0)
	$(DEMO) $(BIN)/hongcai serve
endif

test: setup-tests lint ## set up and run every check and every test, on SQLite and PostgreSQL
	$(BIN)/pytest -n auto --dist loadscope --no-loadscope-reorder $(PYTEST)

check: setup-tests lint contract ## format, lint, types, import rules, migrations, policy contract

e2e: setup-tests ## the browser tests alone
	$(BIN)/pytest -m e2e $(PYTEST)

bench: setup-tests ## the benchmarks, printed as ratios
	$(BIN)/python -m bench.run $(BENCH)

nightly: setup-tests lint ## all tests on both engines, with twenty times the random examples
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -n auto --dist loadscope --no-loadscope-reorder $(PYTEST)

lock: ## bring the locked requirements up to date (UPGRADE=1: to the newest versions)
	@scripts/lock.sh $(if $(UPGRADE),--upgrade)

# parts of the above
setup-tests:
	@scripts/setup.sh --tests

lint:
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/check_migrations.py

contract:
	$(BIN)/pytest -q tests/policies
