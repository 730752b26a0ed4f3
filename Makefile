# `make help` tells what there is.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test test-nightly lint lint-python lint-pages audit mutants release format clean
help:
	@echo "make run     the product with a demo network, at http://127.0.0.1:8000/ (PORT=, DATABASE_URL=)"
	@echo "make test    all tests (ARGS='tests/logs -k word' for some)"
	@echo "make test-nightly  the same with coverage and many more random examples and cycles"
	@echo "make lint    Python, scripts, style sheets, templates: style, types, migrations, architecture"
	@echo "make audit   known vulnerabilities of the pinned packages of Python and npm; needs the internet"
	@echo "make mutants how many faults made on purpose the tests notice (ARGS='privacy --sample 100'); takes hours"
	@echo "make release a version: commit, tag, wheel, source archive, bill of materials (VERSION=1.2.0); publishes nothing"
	@echo "make format  let ruff put the style right"
	@echo "make clean   forget the virtual environment and caches; data under var/ stays"

run: .venv/run.stamp
	@$(BIN)/python -m botbot.embedded

# JOBS processes at once, each with servers of its own; by default two for each core, if there is memory for them.
JOBS ?=
test: .venv/test.stamp
ifeq ($(ARGS),)
	@$(BIN)/python -m tests.parallel $(JOBS)
else
	$(BIN)/python -m pytest $(ARGS)
endif

test-nightly: export NIGHTLY = true
test-nightly: test

lint: lint-python lint-pages

# Settings are read, no server is asked.
lint-python: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	SECRET_KEY=lint DATABASE_URL=postgres://nobody@localhost/none $(BIN)/mypy
	VAR_DIR=$$(mktemp -d) EMBEDDED_POSTGRES=1 $(BIN)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=lint DATABASE_URL=postgres://nobody@localhost/none \
	  $(BIN)/python -m pytest -q --noconftest -p no:tests.postgres tests/test_architecture.py

lint-pages: .venv/test.stamp node_modules/installed.stamp
	node_modules/.bin/biome lint --error-on-warnings
	$(BIN)/djlint --lint --quiet templates

audit: .venv/audit/bin/pip-audit
	@$(PYTHON) -m tests.audit $(CURDIR)/.venv/audit/bin/pip-audit

.venv/audit/bin/pip-audit: requirements-audit.txt | .venv/bin/python
	@$(PYTHON) -m venv .venv/audit
	@.venv/audit/bin/python -m pip install --quiet -r requirements-audit.txt
	@touch $@

mutants: .venv/test.stamp .venv/mutants/bin/cosmic-ray
	$(BIN)/python -m tests.mutants --cosmic-ray $(CURDIR)/.venv/mutants/bin/cosmic-ray $(ARGS)

.venv/mutants/bin/cosmic-ray: requirements-mutants.txt | .venv/bin/python
	@$(PYTHON) -m venv .venv/mutants
	@.venv/mutants/bin/python -m pip install --quiet -r requirements-mutants.txt
	@touch $@

release: .venv/release/bin/cyclonedx-py
	@.venv/release/bin/python deploy/release.py $(VERSION)

.venv/release/bin/cyclonedx-py: requirements-release.txt | .venv/bin/python
	@$(PYTHON) -m venv .venv/release
	@.venv/release/bin/python -m pip install --quiet -r requirements-release.txt
	@touch $@

format: .venv/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12 run"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "The virtual environment could not be made: on Debian and Ubuntu, install python3-venv."; exit 1; }

.venv/run.stamp: requirements.txt | .venv/bin/python
	@echo "Installing what requirements.txt names ..."
	@$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

.venv/test.stamp: requirements.txt requirements-dev.txt requirements-sentry.txt requirements-otel.txt | .venv/bin/python
	@echo "Installing what requirements-dev.txt names ..."
	@$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch .venv/run.stamp $@

node_modules/installed.stamp: package.json package-lock.json
	@command -v npm > /dev/null || { echo "npm is needed to check scripts and style sheets: apt-get install npm"; exit 1; }
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

clean:
	rm -rf .venv node_modules tests/firefox/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage.*
