# The one environment that every target uses, made on first use: make test VENV=/elsewhere PYTHON=python3.12
VENV ?= .venv
PYTHON ?= python3
# One more than the cores of a small machine: some tests wait for processes of their own.
WORKERS ?= 3

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# For networks this small a second thread gains little, and where another process wants its core, each
# waits for the other: a fit can then take ten times as long.
ONE_THREAD := OMP_NUM_THREADS=1
PYTEST := $(ONE_THREAD) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# One package's tests and doctests, whether it is private or public, a folder or a module.
TESTED = $(if $(PKG),$(or $(wildcard $(foreach at,tests/$(PKG) sktcn/$(PKG) sktcn/_$(PKG),$(at) \
	$(at).py)),$(error no package $(PKG))))

.DELETE_ON_ERROR:
.PHONY: help install demo test test-slow test-lowest test-newest coverage docs lint format stubs audit lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(INSTALLED) ## make the environment

$(INSTALLED): pyproject.toml constraints.txt .ci/hashes.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r .ci/hashes.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	touch $@

demo: $(INSTALLED) ## fit a TCN and an LSTM on real series: a table and a picture
	$(ONE_THREAD) $(BIN)/python examples/demo.py

test: $(INSTALLED) ## run the tests, and the code of docstrings and pages; PKG=streaming: of one package
	$(PYTEST) --durations=10 $(TESTED)

test-slow: $(INSTALLED) ## run the slow tests
	$(PYTEST) -m slow

# Each in an environment of its own. TORCH=2.13.0 takes that release of torch instead: pip may find
# no build for the CPU of another. The lowest releases leave out docstrings, which print as newer ones
# do, and let pass that old packages call what newer ones of their own dependencies deprecate.
test-lowest: ## run the tests with the lowest releases that pyproject.toml allows
	$(PYTHON) -m venv $(VENV)/lowest
	$(VENV)/lowest/bin/python .ci/lowest.py test $(TORCH:%=torch==%) > $(VENV)/lowest/constraints.txt
	$(VENV)/lowest/bin/python -m pip install --quiet -c $(VENV)/lowest/constraints.txt -e ".[test]"
	$(ONE_THREAD) $(VENV)/lowest/bin/python -m pytest -n $(WORKERS) -W ignore::DeprecationWarning \
		$(or $(TESTED),tests)

test-newest: ## run the tests with the newest releases of all dependencies
	$(PYTHON) -m venv $(VENV)/newest
	$(VENV)/newest/bin/python -m pip install --quiet --upgrade --upgrade-strategy eager \
		$(TORCH:%=torch==%) -e ".[test]"
	$(ONE_THREAD) $(VENV)/newest/bin/python -m pytest -n $(WORKERS) $(TESTED)

coverage: $(INSTALLED) ## run the tests and list the lines that none of them runs
	$(PYTEST) --cov=sktcn --cov-report=term

# Pages show pictures of the examples, which are then not there.
WITHOUT_GALLERY = $(if $(filter 0,$(GALLERY)),-D plot_gallery=0 -D suppress_warnings=image.not_readable)

docs: $(INSTALLED) ## build the site in docs/_build/html; GALLERY=0: without running the examples
	$(ONE_THREAD) $(BIN)/sphinx-build -W --keep-going --quiet $(WITHOUT_GALLERY) docs docs/_build/html
	@echo docs/_build/html/index.html

lint: $(INSTALLED) ## check style, types, imports and docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/numpydoc lint $$(find sktcn -name '*.py' -o -name '*.pyi')
	$(BIN)/python .ci/stubs.py --check

format: $(INSTALLED) ## put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

stubs: $(INSTALLED) ## write the signatures and docstrings that editors read
	$(BIN)/python .ci/stubs.py

# Without --strict it says that nothing is wrong with what it could not look up.
audit: ## ask for known vulnerabilities of the dependencies; needs the network
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet pip-audit
	$(VENV)/audit/bin/pip-audit --strict --disable-pip --no-deps -r constraints.txt

# torch has a build for each kind of machine, and so no hash.
lock: ## note anew which files the releases of constraints.txt are
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet pip-tools
	$(VENV)/lock/bin/pip-compile --quiet --generate-hashes --unsafe-package torch --strip-extras \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links \
		--output-file .ci/hashes.txt constraints.txt

clean: ## remove what the tools left, the environment included
	rm -rf $(VENV) build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf docs/_build docs/gallery docs/generated
	find . -name __pycache__ -prune -exec rm -rf {} +
