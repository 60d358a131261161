# make run: a working site at http://127.0.0.1:8000. The rest is for working on memchat.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Compiled by all processors at once, which pip does by one.
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
COMPILE = $(BIN)/python -W ignore -m compileall -q -j 0 $(VENV)/lib >/dev/null || true  # pip does not mind either
NEEDS_PYTHON := import sys; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.PHONY: help install run test lint format bench faults soak messages screenshots pin clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/installed ## Install what memchat runs on into .venv
run: $(VENV)/installed ## Start the site; everything it needs is made as needed
	@exec $(BIN)/python manage.py serve

test: $(VENV)/installed-dev ## Run all tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/installed-dev ## Check style, types, the arrows between the packages, and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/installed-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed-dev ## Run the benchmarks and write docs/benchmarks.md
	$(BIN)/python -m benchmarks $(ARGS)

faults: $(VENV)/installed-dev ## Cause every fault, for as long as is promised, and write docs/faults.md
	$(BIN)/python -m tools.faults $(ARGS)

soak: $(VENV)/installed-dev ## Load a site for MINUTES (20; a day is 1440), and write docs/soak.md
	$(BIN)/python -m tools.soak --minutes $(or $(MINUTES),20) $(ARGS)

messages: $(VENV)/installed-dev ## Gather what is to be translated into locale/, and compile it
	$(BIN)/python -m tools.messages

screenshots: $(VENV)/installed-dev ## Take the pictures in docs/screenshots anew; needs a chromium
	$(BIN)/python -m tools.screenshots

pin: $(VENV)/installed-dev ## Write constraints.txt anew from what is installed
	@{ sed -n 1p constraints.txt; $(BIN)/python -m pip freeze; } > constraints.new && mv constraints.new constraints.txt

clean: ## Remove .venv and caches; the data directory stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .test-data
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "$(PYTHON) is not installed. memchat needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c '$(NEEDS_PYTHON)' || { \
		echo "memchat needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1)."; \
		echo "Name another one: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "No virtual environment could be made. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/installed: requirements.txt constraints.txt | $(BIN)/python
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)  # was cut short
	@echo "Installing what memchat runs on into $(VENV) …"
	@$(PIP_INSTALL) -r requirements.txt
	@$(COMPILE)
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt requirements-langgraph.txt $(VENV)/installed
	@echo "Installing what its tests need into $(VENV) …"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@$(COMPILE)
	@touch $@
