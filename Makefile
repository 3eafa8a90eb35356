.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help serve test test-all build release lint format lock screenshots clean browser nginx advisories licences bench \
	bench-quick attack

PYTHON ?= python3
PORT ?= 8001
CHROMIUM := /usr/bin/chromium
NGINX := /usr/sbin/nginx
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --require-hashes --disable-pip-version-check -q
INSTALL_PACKAGE := $(BIN)/python -m pip install --no-deps --no-build-isolation --disable-pip-version-check -qq -e .
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url -q

LOCK_BENCH := $(subst pip compile pyproject.toml,pip compile --group bench,$(LOCK))

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s  %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

serve: .venv/.runtime ## Build the database and serve it on this machine (PORT=8001)
	@echo "Building, then serving at http://127.0.0.1:$(PORT)/ (Ctrl-C stops it)"
	@HOST=127.0.0.1 PORT=$(PORT) PATH="$(CURDIR)/$(BIN):$$PATH" sh -c "$$(sed -n 's/^web: //p' Procfile)"

test: .venv/.dev browser nginx lint ## Run every check: lint, then the tests, each attack and fault once
	$(BIN)/python -m pytest -q -n 3 --dist worksteal

test-all: .venv/.dev browser nginx lint ## Run these and the storms, the hundreds of kills, the benchmarks (half an hour)
	$(BIN)/python -m pytest -q -m "" --hypothesis-profile=storm

build: .venv/.runtime ## Build elections.db from data/ and sql/
	$(BIN)/python build_db.py

release: .venv/.dev build ## Write dist/: every format, codebook, what changed (PREVIOUS=the last release's elections.db)
	$(BIN)/python -m elections.release $(if $(PREVIOUS),--previous "$(PREVIOUS)")

lint: .venv/.dev ## Check the style and types of the Python, and the style of the SQL
	$(BIN)/ruff check -q
	$(BIN)/ruff format --check -q
	$(BIN)/mypy --no-error-summary
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 0 sql/

format: .venv/.dev ## Rewrite Python and SQL in the project's style
	$(BIN)/ruff check -q --fix-only
	$(BIN)/ruff format -q
	$(BIN)/sqlfluff fix --disable-progress-bar -q sql/

lock: .venv/.dev ## Lock the dependencies again (UPGRADE=1 also takes newer versions)
	$(LOCK) $(if $(UPGRADE),--upgrade) -o requirements.txt
	$(LOCK) $(if $(UPGRADE),--upgrade) --extra stations --group dev -c requirements.txt -o requirements-dev.txt
	$(LOCK_BENCH) $(if $(UPGRADE),--upgrade) -o tests/requirements-bench.txt

screenshots: .venv/.dev browser ## Take pictures of the main pages, those of the README anew (ONLY=home)
	$(BIN)/python -m pytest -q tests/screenshots.py $(if $(ONLY),-k $(ONLY))

clean: ## Delete everything that make, the build and the tests have made
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist .dist.* *.egg-info
	rm -f elections.db elections.db-* .elections.db.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

browser: ## Install Chromium and an Arabic font for the browser tests, where that is possible
	@if [ -x $(CHROMIUM) ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Chromium and an Arabic font for the browser tests."; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends chromium fonts-noto-core >/dev/null && \
		[ -x $(CHROMIUM) ] && exit 0; \
	fi; \
	echo "There is no $(CHROMIUM), so the browser tests will be skipped."; \
	echo "On Debian, to run them: apt-get install chromium fonts-noto-core (as root)."

nginx: ## Install nginx and wrk for the tests of the deployment, where that is possible
	@if [ -x $(NGINX) ] && command -v systemd-analyze wrk >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing nginx, systemd-analyze and wrk for the tests of the deployment."; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends nginx-light systemd curl wrk >/dev/null && \
		{ [ ! -d /run/systemd/system ] || systemctl disable -q --now nginx; } && [ -x $(NGINX) ] && exit 0; \
	fi; \
	echo "There is no $(NGINX), no systemd-analyze or no wrk, so tests of the deployment will be skipped."; \
	echo "On Debian, to run them: apt-get install nginx-light systemd curl wrk (as root)."

bench: .venv/.dev build nginx build/bench/.installed ## Measure build and site beside others, into docs/bench.md (25 minutes)
	cd tests && PYTHONPATH=.. PATH="$$PATH:$(CURDIR)/build/bench/bin" ../$(BIN)/python bench.py

bench-quick: .venv/.dev nginx ## See in some minutes whether the site is as many times faster than others as it should be
	$(BIN)/python -m pytest -q -m "" tests/test_speed.py

attack: .venv/.dev ## Attack the site and the build, into docs/attacks.md (some twenty minutes, on this machine only)
	cd tests && PYTHONPATH=.. ../$(BIN)/python attack.py

advisories: .venv/.dev ## Ask for known vulnerabilities of the packages that are shipped (needs a network)
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.txt

licences: .venv/.dev ## List the licences of the packages that are shipped, into build/licences.csv
	@mkdir -p build
	$(BIN)/pip-licenses --packages $$(sed -n 's/^\([a-z0-9.-]*\)==.*/\1/p' requirements.txt) --with-urls --format csv \
		--partial-match --fail-on "UNKNOWN;GPL;General Public" --output-file build/licences.csv
	@cat build/licences.csv

.venv/pyvenv.cfg:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
		echo "This needs Python 3.11 or later, and there is no $(PYTHON) here." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "This needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) -V 2>&1)." >&2; \
		echo "If you have a later one, name it: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian, install python3-venv." >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv

# What is measured beside the site has an environment of its own.
build/bench/.installed: tests/requirements-bench.txt
	$(PYTHON) -m venv --clear build/bench
	build/bench/bin/python -m pip install --require-hashes --disable-pip-version-check -q -r $<
	@touch $@

.venv/.runtime: requirements.txt pyproject.toml .venv/pyvenv.cfg
	$(PIP_INSTALL) -r requirements.txt
	$(INSTALL_PACKAGE)
	@touch $@

# The development lock holds the runtime lock, so it satisfies both stamps.
.venv/.dev: requirements-dev.txt requirements.txt pyproject.toml .venv/pyvenv.cfg
	$(PIP_INSTALL) -r requirements-dev.txt
	$(INSTALL_PACKAGE)
	@touch .venv/.runtime $@
