# Two commands matter: `make run` (a demo server with a token to try) and `make test` (everything).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
SERVING := build/serving

PACKAGES := domain application infrastructure interfaces config
RUNTIME   = $(shell sed -nE 's/^([A-Za-z0-9._-]+).*==.*/\1/p' requirements.lock)
LICENCES  = $(BIN)/pip-licenses --from=mixed --packages $(RUNTIME) \
            --partial-match --fail-on "GNU General Public;GNU Affero;AGPL;GPL-2;GPL-3"

.PHONY: run test check checklist secrets licences sbom setup lock clean bench bench-peers bench-cpu bench-memory bench-scale soak simulate

run: setup
	$(BIN)/remint serve --demo

test: setup
	$(BIN)/pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --severity-level medium --skip B104 --recursive $(PACKAGES)
	$(MAKE) --no-print-directory secrets
	$(LICENCES) --summary > /dev/null

# By form only (keys, JWTs, tokens, passwords in URLs): what merely looks random, tests are full of.
secrets: setup
	git ls-files -z -- ':!*.lock' | xargs -0 $(BIN)/detect-secrets-hook --no-verify \
	    --disable-plugin Base64HighEntropyString --disable-plugin HexHighEntropyString \
	    --disable-plugin KeywordDetector --exclude-secrets '^(PASSWORD|CANARY|%s)$$'

# Everything that runs in production must be usable without opening one's own source.
licences: setup
	$(LICENCES)

# What an image has and nothing else: optional parts of the framework would be loaded if they were
# there, as they are among the tools for development.
$(SERVING)/.installed: requirements.lock pyproject.toml | setup
	rm -rf $(SERVING) build/wheels
	mkdir -p build
	$(PYTHON) -m venv --without-pip $(SERVING)
	$(BIN)/pip --python $(SERVING)/bin/python install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir build/wheels .
	$(BIN)/pip --python $(SERVING)/bin/python install --quiet --no-deps --no-index build/wheels/*.whl
	touch $@

# What the image installs, part by part.
sbom: $(SERVING)/.installed
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --mc-type application \
	    --output-reproducible --of JSON -o build/sbom.cdx.json $(SERVING)/bin/python

# Writes into docs/checklist.md which tests prove which item.
checklist: setup
	$(BIN)/python -m pytest --collect-only --quiet \
	    -p tests.support.checks.checklist --checklist=docs/checklist.md

setup: $(STAMP)

$(STAMP): requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# One file for all Pythons, with hashes and without addresses. Needs uv.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links --quiet
lock:
	$(LOCK) pyproject.toml --extra traces -o requirements.lock
	$(LOCK) pyproject.toml --extra traces --extra dev -c requirements.lock -o requirements-dev.lock
	echo hatchling | $(LOCK) - -c requirements-dev.lock -o requirements-build.lock

# What things cost, run with what an image has. The page says on which machine; a shared one wants
# several tries.
PAGES := docs/benchmarks
BENCHMARKS := BENCHMARKS_PYTHON=$(SERVING)/bin/python $(BIN)/python -m benchmarks

bench: $(SERVING)/.installed
	$(BENCHMARKS) --page $(PAGES)/refresh.md refresh

bench-peers: $(SERVING)/.installed
	$(BENCHMARKS) --page $(PAGES)/peers.md peers

# While changing code, on a busy machine: CPU per request, without sockets.
bench-cpu: setup
	$(BIN)/python -m benchmarks cpu >/dev/null

bench-memory: $(SERVING)/.installed
	$(BENCHMARKS) memory

bench-scale: $(SERVING)/.installed
	$(BENCHMARKS) --page $(PAGES)/scale.md scale

# Ten minutes of load on both databases: it fails at the first wrong answer.
soak: $(SERVING)/.installed
	$(BENCHMARKS) --seconds 10 --page $(PAGES)/soak.md soak

# What rotation costs honest clients, and how soon it finds a stolen token; in simulated time.
simulate: setup
	$(BIN)/python -m tests.use_cases.simulation

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
