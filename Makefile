# Needs Python 3.11 to 3.13 with pip, and make. The first target makes the environment (.venv), once.
#   make demo      invented organizations: import, analysis, alerts on screen; again, it shows the same
#   make dev       Dagster's UI on the same state, on http://127.0.0.1:3000
#   make test      the tests, but for the slow ones; TESTS=... for some of them
#   make test-all  the slow ones too: kills, races, the README's examples, `dev`, real data
#   make test-long the random runs at length: fifty kills, thousands of odd files; an hour
#   make check     linters, formatter, types, SQL, Dagster's own look at the definitions
#   make wheel     build the wheel, install it apart, run the demo from it
#   make pythons   the demo and the golden cases with the other Pythons on this machine
#   make bench     1 M and 10 M rows beside a bare DuckDB script; some minutes, 1 GB of files
#   make bench-staying a file dropped while a worker stays, and a thousand at once
#   make bench-import  the import alone beside the bare script's ledger; small files; BENCH="--devon FOLDER --beside CHECKOUT"
#   make bench-small   what 40 rows cost: the start of a command; beside another version: BENCH="--beside CHECKOUT"
#   make bench-cases   signals and ranked cases of 10 M rows; BENCH="--devon FOLDER" of a real council too
#   make bench-backtest   other parameters tried over 10 M rows
#   make screenshots   the pictures of docs/pictures anew, from `ledgerwatch dev` on the demo; needs Chromium
#   make lock      pin the dependencies anew
PYTHON ?= python3
BIN := .venv/bin
PYTEST = $(BIN)/python -m pytest -n auto --dist worksteal

.PHONY: demo dev test test-slow test-all test-long check fix wheel pythons bench lock bench-import bench-workers bench-backtest bench-analysis bench-cases bench-small bench-staying screenshots

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: .venv/installed
	$(BIN)/ledgerwatch demo

dev: .venv/installed
	$(BIN)/ledgerwatch dev

test: .venv/installed
	$(PYTEST) -m "not slow" $(TESTS)

# One more than there are cores: these wait for processes they started.
test-slow: .venv/installed
	$(PYTEST) -n $$(($$(nproc) + 1)) -m slow $(TESTS)

test-all: test test-slow

test-long: .venv/installed
	LONG_TESTS=1 $(PYTEST) -m slow ledgerwatch_tests/crash ledgerwatch_tests/property

check: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar sql
	scripts/check_definitions.sh

# What the tools can mend by themselves. Run the tests afterwards.
fix: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --disable-progress-bar sql

wheel: .venv/installed
	scripts/check_wheel.sh

pythons: .venv/installed
	scripts/check_pythons.sh

# Less: make bench BENCH="--rows 1000000"
bench: .venv/installed
	$(BIN)/python -m benchmarks.run $(BENCH)

# The import without the start of a process. Less: make bench-import BENCH="--rows 1000000"
bench-import: .venv/installed
	$(BIN)/python -m benchmarks.importing $(BENCH)

# Several processes on one home at once, and how long they wait for locks.
bench-workers: .venv/installed
	$(BIN)/python -m benchmarks.workers $(BENCH)

# The analyzers alone, each beside its bare query; one month in a long and a short ledger.
bench-analysis: .venv/installed
	$(BIN)/python -m benchmarks.analysis $(BENCH)

# 40 rows into a home that is there, processor time of the whole command.
bench-staying: .venv/installed
	$(BIN)/python -m benchmarks.staying $(BENCH)

bench-small: .venv/installed
	$(BIN)/python -m benchmarks.small $(BENCH)

# Signals and ranked cases alone. Less: make bench-cases BENCH="--rows 1000000"
bench-cases: .venv/installed
	$(BIN)/python -m benchmarks.cases $(BENCH)

# Other parameters over a whole ledger. Less: make bench-backtest BENCH="--rows 1000000"
bench-backtest: .venv/installed
	$(BIN)/python -m benchmarks.backtest $(BENCH)

screenshots: .venv/installed
	$(BIN)/python -m scripts.screenshots

# Names, versions and hashes only, for every supported Python and platform: what a checkout needs, and what an image does. Needs uv.
LOCK = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-strip-extras --no-annotate --no-header
lock:
	$(LOCK) --extra dev --output-file requirements.lock
	$(LOCK) --extra s3 --constraint requirements.lock --output-file requirements-run.lock
