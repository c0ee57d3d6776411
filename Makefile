# Two commands matter: `make run` (a demo server with a token to try) and `make test` (everything).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

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

# What the image installs, part by part, from an environment that holds nothing else.
sbom: setup
	rm -rf build/sbom && mkdir -p build
	$(PYTHON) -m venv --without-pip build/sbom
	$(BIN)/pip --python build/sbom/bin/python install --quiet --require-hashes -r requirements.lock
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --mc-type application \
	    --output-reproducible --of JSON -o build/sbom.cdx.json build/sbom/bin/python

# Writes into docs/checklist.md which tests prove which item.
checklist: setup
	$(BIN)/python -m tests.support.checklist

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

# What things cost. The page says on which machine; a shared one wants several tries.
PAGES := docs/benchmarks

bench: setup
	$(BIN)/python -m benchmarks --page $(PAGES)/refresh.md refresh

bench-peers: setup
	$(BIN)/python -m benchmarks --page $(PAGES)/peers.md peers

# While changing code, on a busy machine: CPU per request, without sockets.
bench-cpu: setup
	$(BIN)/python -m benchmarks cpu >/dev/null

bench-memory: setup
	$(BIN)/python -m benchmarks memory

bench-scale: setup
	$(BIN)/python -m benchmarks --page $(PAGES)/scale.md scale

# Ten minutes of load on both databases: it fails at the first wrong answer.
soak: setup
	$(BIN)/python -m benchmarks --seconds 10 --page $(PAGES)/soak.md soak

# What rotation costs honest clients, and how soon it finds a stolen token; in simulated time.
simulate: setup
	$(BIN)/python -m tests.simulation

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
