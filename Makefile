# Every target calls one thing. `make` alone lists them.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
SHELL := /bin/sh

SUITS := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
    $$python -c '$(SUITS)' 2>/dev/null && { echo $$python; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
BENCH_VENV ?= .venv-bench
EVALUATE_VENV ?= .venv-evaluate
MUTATION_VENV ?= .venv-mutation
DOCS_VENV ?= .venv-docs
PYTEST := $(BIN)/python -m pytest
REPORTS := .cache/reports
INSTALL := -m pip install --quiet --disable-pip-version-check
RUNS = $(wildcard tests/$(1)/test_*.py)

# make evaluate QUICK=1 JOBS=4
QUICK ?=
JOBS ?= 2
# make mutation MUTANTS=100
MUTANTS ?=
# make demo SECONDS=60 SPEED=600
SECONDS ?=
SPEED ?=
# make docs REPOSITORY=https://...: where the site's links to the code lead
REPOSITORY ?=

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(VENV)/.demo ## See it: embedded broker, worker, simulated support centre (SECONDS=60 ends by itself, SPEED=600)
	$(BIN)/firstreply demo $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SPEED),--speed $(SPEED))

.PHONY: stack
stack: $(VENV)/.dev ## Everything of docker-compose.yml without Docker: Kafka, two workers, Redis, Prometheus ... (SECONDS=60 ends by itself)
	$(BIN)/python -m deploy.stack $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SPEED),--speed $(SPEED))

.PHONY: test
test: clean-reports check unit broker browser chaos-quick ## Everything that can run on this machine, and what was left out and why
	@$(BIN)/python -m tests.support.report $(REPORTS)

.PHONY: venv
venv: $(VENV)/.dev ## Make the environment with everything to develop and test

.PHONY: check
check: $(VENV)/.dev ## Lint, format, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/.dev ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: unit
unit: $(VENV)/.dev ## Unit, property and contract tests with the coverage of pipeline/; no broker
	EFFORT=$${EFFORT:-1} $(PYTEST) --cov --cov-report=term --junitxml=$(REPORTS)/unit.xml

.PHONY: broker
broker: $(VENV)/.dev ## Tests on real brokers (Apache Kafka needs Java; its jars come from Maven)
	$(if $(call RUNS,broker),$(PYTEST) -m broker --timeout=300 --junitxml=$(REPORTS)/broker.xml,@echo "no broker tests")

.PHONY: browser
browser: $(VENV)/.dev ## The board in a real Chromium (apt-get installs one where that is missing and you are root)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	    { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || \
	    echo "Chromium is missing and could not be installed: what needs it is left out" >&2
	$(if $(call RUNS,browser),$(PYTEST) -m browser --timeout=300 --junitxml=$(REPORTS)/browser.xml,@echo "no browser tests")

.PHONY: chaos-quick
chaos-quick: $(VENV)/.dev ## A quick round of every fault on real brokers
	$(if $(call RUNS,chaos),CHAOS=quick $(PYTEST) -m chaos --timeout=600 --junitxml=$(REPORTS)/chaos.xml,@echo "no chaos tests")

.PHONY: chaos
chaos: $(VENV)/.dev ## Every fault in full count: kill -9, pause, broker loss, rebalance, dirty input, Alertmanager away
	CHAOS=full $(PYTEST) -m chaos --timeout=3600 -s
	CHAOS=full $(PYTEST) tests/broker/test_outage.py -m broker -s

.PHONY: bench
bench: $(BENCH_VENV)/.bench ## Measure, side by side with what else there is
	$(BENCH_VENV)/bin/python -m pytest tests/bench -m bench -s -p no:randomly

.PHONY: coverage-of-mission
coverage-of-mission: $(VENV)/.dev ## Every row of the mission: its code, the tests that name it, where it is shown
	@$(BIN)/python -m tests.support.mission

.PHONY: mutation
mutation: $(MUTATION_VENV)/.mutation ## Change the ticket fold and the windows a little, over and over: does a test notice? (MUTANTS=300; docs/testing.md)
	EFFORT=0.1 $(MUTATION_VENV)/bin/python -m tests.support.mutation --jobs $(JOBS) $(if $(MUTANTS),--sample $(MUTANTS))

.PHONY: evaluate
evaluate: $(EVALUATE_VENV)/.evaluate ## Grade the FRT-jump detectors, and the numbers of people needed, on simulated queues, seeds from the commit (QUICK=1, JOBS=4)
	$(EVALUATE_VENV)/bin/python -m tests.evaluate --jobs $(JOBS) $(if $(QUICK),--quick)
	$(EVALUATE_VENV)/bin/python -m tests.evaluate.headcount --jobs $(JOBS)

.PHONY: docs
docs: $(VENV)/.dev $(DOCS_VENV)/.docs ## Write the generated pages and dashboards again, and build the site in .cache/site
	$(BIN)/python -m docs.generate
	$(BIN)/python -m deploy.grafana.generate
	$(BIN)/firstreply schemas docs/schemas
	$(DOCS_VENV)/bin/python -m docs.site $(if $(REPOSITORY),--repository $(REPOSITORY))

.PHONY: lock
lock: ## Resolve requirements/*.txt again (needs uv; UPGRADE=--upgrade for newer versions)
	UPGRADE=$(UPGRADE) requirements/lock.sh

.PHONY: clean
clean: clean-reports ## Remove the environments and what tools left behind
	rm -rf $(VENV) $(BENCH_VENV) $(EVALUATE_VENV) $(MUTATION_VENV) mutants $(DOCS_VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

.PHONY: clean-reports
clean-reports:
	@rm -rf $(REPORTS)

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "firstreply needs Python 3.11 to 3.13 with venv (Debian: apt-get install python3 python3-venv)," \
	    "or say where it is: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	test -e $(VENV)/.dev || $(BIN)/python $(INSTALL) --require-hashes -r requirements/demo.txt
	$(BIN)/python $(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python $(INSTALL) --require-hashes -r requirements/dev.txt
	$(BIN)/python $(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.demo

$(BENCH_VENV)/.bench: requirements/bench.txt pyproject.toml
	$(MAKE) VENV=$(BENCH_VENV) $(BENCH_VENV)/bin/python
	$(BENCH_VENV)/bin/python $(INSTALL) --require-hashes -r requirements/bench.txt
	$(BENCH_VENV)/bin/python $(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(MUTATION_VENV)/.mutation: requirements/mutation.txt pyproject.toml
	$(MAKE) VENV=$(MUTATION_VENV) $(MUTATION_VENV)/bin/python
	$(MUTATION_VENV)/bin/python $(INSTALL) --require-hashes -r requirements/mutation.txt
	@touch $@

$(EVALUATE_VENV)/.evaluate: requirements/evaluate.txt pyproject.toml
	$(MAKE) VENV=$(EVALUATE_VENV) $(EVALUATE_VENV)/bin/python
	$(EVALUATE_VENV)/bin/python $(INSTALL) --require-hashes -r requirements/evaluate.txt
	$(EVALUATE_VENV)/bin/python $(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(DOCS_VENV)/.docs: requirements/docs.txt
	$(MAKE) VENV=$(DOCS_VENV) $(DOCS_VENV)/bin/python
	$(DOCS_VENV)/bin/python $(INSTALL) --require-hashes -r requirements/docs.txt
	@touch $@
