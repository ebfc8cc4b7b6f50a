# setup makes .venv and installs; demo, test, lint and bench call it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
DEMO ?= demo

.PHONY: setup setup-dev system demo test lint bench bench-rules bench-rules-14m bench-million \
	bench-province fuzz property clean help

help:
	@echo "make demo   set up, run both examples, name the two reports"
	@echo "make test   install what the tests need, lint, run all tests"
	@echo "make lint   ruff and mypy alone · make bench   the benchmarks of docs/benchmarks.md"

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "riskwarn needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: $(BIN)/python pyproject.toml
	$(PIP) install -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(PIP) install -e ".[dev]"
	@touch $@

$(VENV)/.bench: $(VENV)/.base
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip --disable-pip-version-check -q install pandas pyarrow networkx polars igraph duckdb
	@touch $@

setup: $(VENV)/.base

$(VENV)/.spark: $(VENV)/.dev
	$(PIP) install -e ".[spark]"
	@touch $@

# make test SPARK=1 also installs PySpark (450 MB) and a JRE, and runs the tests that need them.
setup-dev: $(VENV)/.dev $(if $(SPARK),$(VENV)/.spark)

# Debian packages for the browser tests, the JavaScript verifier and Spark, when we may install
# them; otherwise those tests skip and say what is missing.
system:
	@missing=""; \
	[ -z "$(SPARK)" ] || command -v java >/dev/null 2>&1 || missing="default-jre-headless"; \
	command -v chromium >/dev/null 2>&1 || missing="$$missing chromium"; \
	fc-list 2>/dev/null | grep -qi "noto.*cjk" || missing="$$missing fonts-noto-cjk fontconfig"; \
	command -v node >/dev/null 2>&1 || missing="$$missing nodejs"; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing >/dev/null; } \
	  || echo "could not install $$missing: the tests that need it will be skipped"; \
	else echo "not installed: $$missing; the tests that need it will be skipped"; fi

demo: setup
	$(BIN)/riskwarn demo $(DEMO)

lint: setup-dev
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy

test: setup-dev system lint
	SPARK=$(SPARK) $(BIN)/python -m pytest -n 2 --dist loadfile

bench: setup-dev $(VENV)/.bench
	$(BIN)/python -m bench

# Longer than a commit wants: a night's fuzzing, and the rule bench at a million enterprises.
fuzz: setup-dev
	$(BIN)/python -m bench.fuzz_yaml --inputs 1000000

# Two thousand random worlds, some 1.9 million rule × enterprise cases, against the naive reading.
property: setup-dev
	RISKWARN_WORLDS=2000 $(BIN)/python -m pytest tests/rules/test_random_worlds.py

bench-rules: setup-dev $(VENV)/.bench
	$(BIN)/python -m bench.rules

# The 48 rules of the bench over 14 million enterprises and 140 million events.
bench-rules-14m: setup-dev
	$(BIN)/python -m bench.rules --enterprises 14000000 --events 140000000 --sides riskwarn

# A million enterprises from deliveries to leads beside the floor of known kernels, then the graph,
# features, rules and leads of fourteen million laid out from it (needs 24 GiB and half an hour).
MILLION := bench-million
bench-million: setup-dev $(VENV)/.bench
	$(BIN)/riskwarn init $(MILLION) --region 320583
	$(BIN)/riskwarn county --enterprises 1000000 --seed 1 --as-of 2025-12-01 --out $(MILLION)
	$(BIN)/riskwarn import $(MILLION)/inbox -w $(MILLION) --delivered-on 2025-12-01
	$(BIN)/riskwarn scan -w $(MILLION) --as-of 2025-12-01
	$(BIN)/python -m bench.floor $(MILLION)/inbox
	$(BIN)/python -m bench.paired $(MILLION) --runs 5 --work $(MILLION)
	$(VENV)-bench/bin/python bench/floor_peers.py $(MILLION)/inbox igraph
	$(VENV)-bench/bin/python bench/floor_peers.py $(MILLION)/inbox duckdb

bench-province: bench-million
	$(BIN)/python -m bench.province $(MILLION) --copies 14 --work $(MILLION)/province

clean:
	rm -rf $(VENV) $(VENV)-bench demo $(MILLION) .mypy_cache .ruff_cache .pytest_cache
