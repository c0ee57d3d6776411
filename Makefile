# `make help` lists the targets. Two matter: `make run` (a demo server with a token to try) and
# `make test` (everything).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUNS   := $(VENV)/.runs
STAMP  := $(VENV)/.installed
SERVING := build/serving
TOOLS  := build/tools

PACKAGES := domain application infrastructure interfaces config
RUNTIME   = $(shell sed -nE 's/^([A-Za-z0-9._-]+).*==.*/\1/p' requirements.lock)
LICENCES  = $(BIN)/pip-licenses --from=mixed --packages $(RUNTIME) \
            --partial-match --fail-on "GNU General Public;GNU Affero;AGPL;GPL-2;GPL-3"

.PHONY: help run install fresh-machine test fast check checklist secrets licences sbom setup lock clean bench bench-peers bench-cpu bench-memory bench-scale bench-log-outs bench-proofs soak simulate mutation

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' Makefile

run: $(RUNS) ## a demo server, and a token to try
	$(BIN)/remint serve --demo

# For servers: what the image has, and nothing else. Unlike `make setup`, it copies the packages, so
# that a later `git pull` changes nothing under a running service.
install: $(TOOLS)/.installed ## for servers: no development tools, and a copy of the packages
	$(call filled_serving,$(VENV))
	@rm -f $(RUNS) $(STAMP)

# The gate in a Debian with nothing installed. Needs root and debootstrap.
fresh-machine: ## check and test in a new Debian; needs root and debootstrap
	.ci/fresh-machine

# Tests wait for real servers, so there is one worker more than cores. `python -m` is what lets the
# gate load its plugin.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
test: setup ## all tests, in parallel
	@$(BIN)/python -m testing
	$(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=worksteal

# While changing code: what needs neither a database nor a socket.
fast: setup ## rules, use cases, contracts of ports in memory: some fifteen seconds on two cores
	$(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=worksteal \
	    -m "not slow" -k "not postgres and not sqlite" \
	    tests/rules tests/use_cases tests/adapters/contracts

check: setup ## linters, types, import contracts, secrets, licences
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --severity-level medium --skip B104 --recursive $(PACKAGES)
	$(MAKE) --no-print-directory secrets
	$(LICENCES) --summary > /dev/null

# By form only (keys, JWTs, tokens, passwords in URLs): what merely looks random, tests are full of.
secrets: setup ## search tracked files for secrets
	git ls-files -z -- ':!*.lock' | xargs -0 $(BIN)/detect-secrets-hook --no-verify \
	    --disable-plugin Base64HighEntropyString --disable-plugin HexHighEntropyString \
	    --disable-plugin KeywordDetector --exclude-secrets '^(PASSWORD|CANARY|%s)$$'

# Everything that runs in production must be usable without opening one's own source.
licences: setup ## licences of everything that runs in production
	$(LICENCES)

# What an image has and nothing else: optional parts of the framework would be loaded if they were
# there, as they are among the tools for development.
$(SERVING)/.installed: requirements.lock pyproject.toml $(TOOLS)/.installed
	rm -rf $(SERVING)
	$(call filled_serving,$(SERVING))
	touch $@

define filled_serving
	@echo "Installing Remint into $(1), without development tools: up to a minute …"
	@$(TOOLS)/bin/python -m venv --without-pip $(1)
	@$(TOOLS)/bin/pip --python $(1)/bin/python install --quiet --require-hashes -r requirements.lock
	@rm -rf build/wheels
	@$(TOOLS)/bin/pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir build/wheels .
	@$(TOOLS)/bin/pip --python $(1)/bin/python install --quiet --no-deps --no-index --force-reinstall \
	    build/wheels/*.whl
endef

$(TOOLS)/.installed: requirements-build.lock
	$(call usable_venv,$(TOOLS))
	@echo "Installing what builds Remint's package into $(TOOLS) …"
	@$(TOOLS)/bin/pip install --quiet --require-hashes -r requirements-build.lock
	@touch $@

# What the image installs, part by part.
sbom: $(SERVING)/.installed ## a CycloneDX bill of materials of what the image installs
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --mc-type application \
	    --output-reproducible --of JSON -o build/sbom.cdx.json $(SERVING)/bin/python

# Writes into docs/checklist.md which tests prove which item.
checklist: setup ## write into docs/checklist.md which tests prove which item
	$(BIN)/python -m pytest --collect-only --quiet \
	    -p tests.support.checks.checklist --checklist=docs/checklist.md

setup: $(STAMP) ## install everything that development needs

$(STAMP): requirements-dev.lock $(RUNS)
	@echo "Installing the development tools into $(VENV): a minute or two …"
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

$(RUNS): requirements.lock requirements-build.lock pyproject.toml
	$(call usable_venv,$(VENV))
	@echo "Installing what Remint needs to run into $(VENV): up to a minute, the first time …"
	@$(BIN)/pip install --quiet --require-hashes -r requirements.lock -r requirements-build.lock
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

# A venv that has no pip or too old a Python, as a first try can leave one, is made again.
NEW_ENOUGH := sys.version_info >= (3, 11)
define usable_venv
	@$(1)/bin/python -c 'import pip, sys; assert $(NEW_ENOUGH)' 2> /dev/null || { \
	    $(PYTHON) -c 'import sys; sys.exit(not $(NEW_ENOUGH))' || { \
	        echo "Remint needs Python 3.11 or newer, and $(PYTHON) is none. Name one: make PYTHON=python3.12" >&2; \
	        exit 1; \
	    }; \
	    $(PYTHON) -m venv --clear $(1); \
	}
endef

# One file for all Pythons, with hashes and without addresses. Needs uv.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links --quiet
lock: ## resolve the locks again; needs uv
	$(LOCK) pyproject.toml --extra traces -o requirements.lock
	$(LOCK) pyproject.toml --extra traces --extra dev -c requirements.lock -o requirements-dev.lock
	echo hatchling | $(LOCK) - -c requirements-dev.lock -o requirements-build.lock

# The benchmarks run with the packages of an image. Each page names its machine; on a shared machine,
# run them several times.
PAGES := docs/benchmarks
BENCHMARKS := BENCHMARKS_PYTHON=$(SERVING)/bin/python $(BIN)/python -m benchmarks

bench: $(SERVING)/.installed ## compare refreshes with an empty handler
	$(BENCHMARKS) --page $(PAGES)/refresh.md refresh

bench-peers: $(SERVING)/.installed ## compare other services with Remint
	$(BENCHMARKS) --page $(PAGES)/peers.md peers

# While changing code, on a busy machine: CPU per request, without sockets.
bench-cpu: setup ## CPU for each request, in process
	$(BIN)/python -m benchmarks cpu >/dev/null

bench-memory: $(SERVING)/.installed ## memory of a worker
	$(BENCHMARKS) memory

bench-scale: $(SERVING)/.installed ## measure tables of many sizes
	$(BENCHMARKS) --page $(PAGES)/scale.md scale

bench-log-outs: $(SERVING)/.installed ## how soon a log-out reaches services
	$(BENCHMARKS) --page $(PAGES)/log_outs.md log-outs

bench-proofs: $(SERVING)/.installed ## measure what a proof of possession costs
	$(BENCHMARKS) --rounds 3 --seconds 3 --page $(PAGES)/proofs.md proofs

# Ten minutes of load on both databases: it fails at the first wrong answer.
soak: $(SERVING)/.installed ## ten minutes of load on both databases
	$(BENCHMARKS) --seconds 10 --page $(PAGES)/soak.md soak

# What rotation costs honest clients, and how soon it finds a stolen token; in simulated time.
simulate: setup ## honest clients and thieves in simulated time
	$(BIN)/python -m tests.use_cases.simulation

# Changes the core in some two thousand places, one after the other, and runs the tests that reach
# each: a change that no test notices is printed. docs/mutation.md says how to read the result.
mutation: setup ## how many changes of the core no test notices
	rm -rf mutants
	$(BIN)/python -m tests.support.checks.mutation_run
	$(BIN)/python -m tests.support.checks.mutants

clean: ## remove everything that these targets made
	rm -rf $(VENV) build mutants .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
