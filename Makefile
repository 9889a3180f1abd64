# Needs Python 3.11 to 3.13 with pip, and make. `make test` does everything else.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: test check bench lock

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

test: .venv/installed
	$(BIN)/python -m pytest

check: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# 1 M and 10 M rows beside a bare DuckDB script; some minutes, 1 GB of files. Less: make bench BENCH="--rows 1000000"
bench: .venv/installed
	$(BIN)/python -m benchmarks.run $(BENCH)

# Names, versions and hashes only, for every supported Python and platform. Needs uv.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-strip-extras --no-annotate --no-header --output-file requirements.lock
