# `make help` lists what there is. Everything runs inside $(VENV).
SHELL := /bin/sh
PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 8000
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
LOCK := uv pip compile --quiet --generate-hashes --no-annotate --no-header --python-version 3.11

SEEDS ?= 1000

.DEFAULT_GOAL := help
.PHONY: help run setup test simulate properties mutants lint fmt messages screenshots budget lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Run the whole site here (HOST=…, PORT=…); Ctrl-C stops it
	@HOST="$(HOST)" PORT="$(PORT)" exec $(PY) -m distribution_site.supervisor

setup: $(VENV)/.installed ## Install what running needs, and write a .env with random secrets
	@$(PY) -m distribution_site.development

test: $(VENV)/.installed-dev ## Run all tests (PostgreSQL and Redis too where TEST_…_URL answer)
	@$(PY) scripts/run_tests.py $(ARGS)

simulate: $(VENV)/.installed-dev ## Play many seeded lives of a merchant (SEEDS=5000), or one in full (SEED=123)
	@$(PY) -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS)) $(ARGS)

properties: $(VENV)/.installed-dev ## Try every property of engine, rounding and refunds on 20 000 examples
	@HYPOTHESIS_PROFILE=thorough $(PY) -m pytest tests/properties --numprocesses=auto $(ARGS)

mutants: $(VENV)/.installed-dev ## Break money, engine, plans and ledger one thing at a time: a test must notice
	@$(PY) scripts/mutants.py $(ARGS)

lint: $(VENV)/.installed-dev ## Check style, layers, templates, migrations and translations
	@$(PY) scripts/run_lint.py

fmt: $(VENV)/.installed-dev ## Format the code
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format . ; $(PY) -m djlint templates --reformat --quiet

messages: $(VENV)/.installed-dev ## Collect and compile translations (needs gettext)
	@$(PY) scripts/translations.py update

screenshots: $(VENV)/.installed-dev ## Take the screenshots of README and docs in Chromium
	@$(PY) scripts/screenshots.py

budget: $(VENV)/.installed-dev ## Measure the shop as a cheap phone on a slow network sees it, in Chromium
	@$(PY) scripts/shop_budget.py $(ARGS)

lock: ## Pin the newest allowed requirements, with hashes (needs uv)
	$(LOCK) requirements.in --output-file requirements.txt --upgrade
	$(LOCK) requirements-dev.in --output-file requirements-dev.txt --upgrade

clean: ## Remove what can be made again; data in var/ stays
	rm -rf $(VENV) staticfiles .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "The venv module is missing (Debian: apt install python3-venv)."; exit 1; }

# Installing again happens only when the pinned requirements change.
$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing requirements …"
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what tests need …"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@
