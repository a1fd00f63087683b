# Two commands: `make demo` runs the main job, `make test` runs every check. Both set up what they need.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
OUT ?= out/demo
FUZZ_S ?= 14400
PYTEST ?=

.PHONY: help demo test lint types imports unit format bench coverage mutants fuzz deb clean

help:
	@echo "make demo     simulate a training session in a park and leave its drive folder in $(OUT)"
	@echo "make test     formatting, lint, types, import rules and all tests"
	@echo "make bench    measure the figures of README and docs into docs/figures.json (uses ../shared if present)"
	@echo "make coverage branch coverage by room; make mutants: a seeded sample of mutants"
	@echo "make fuzz     every parser against inputs that nobody wrote, for FUZZ_S seconds (four hours)"
	@echo "make deb      the Debian package for the Pi, in dist/"
	@echo "make format   format the code"
	@echo "make clean    remove everything that was built"

demo: $(VENV)/installed
	$(BIN)/backrun simulate config/scenarios/park.toml --out $(OUT)

# Side by side: the types take a minute on one core.
test: $(VENV)/installed-dev
	+$(MAKE) --no-print-directory -j 2 lint types imports unit

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

imports: $(VENV)/installed-dev
	$(BIN)/lint-imports --no-cache

unit: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST)

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/figures.py

coverage: $(VENV)/installed-dev
	bash .ci/coverage check && bash .ci/coverage run

mutants: $(VENV)/installed-dev
	bash .ci/tiers/28-mutants check && bash .ci/tiers/28-mutants run

fuzz: $(VENV)/installed-dev
	bash .ci/fuzz $(FUZZ_S)

deb: $(VENV)/installed-dev
	firmware/build-deb.sh

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "backrun_pi needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt "pip>=25.1"
	$(PIP) install -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP) install -c constraints.txt --group dev
	touch $@

clean:
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
