# make run        serve the workbench on http://localhost:8501
# make test       every test of seconds, those in a headless browser included
# make test-long  the tests that take minutes
# make lint       style, formatting and types
# make screenshots  the README's pictures, from the running app
# make clean      remove what the tools left behind (never your music)
#
# PYTHON=… chooses the interpreter, PORT=… and ADDRESS=… where to serve (ADDRESS=0.0.0.0 for a
# classroom's network), ARGS=… goes to pytest: make test ARGS="tests/core -k score"

PORT    ?= 8501
ADDRESS ?= localhost
VENV    ?= .venv
ARGS    ?=
PYTHON  ?= $(shell for name in python3.11 python3; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

IN_VENV := $(VENV)/bin/python
INSTALL := $(IN_VENV) -m pip install --quiet --disable-pip-version-check
# Empty files whose age says when the requirements were last installed.
APP     := $(VENV)/installed
TOOLS   := $(VENV)/installed-dev
IS_ROOT_ON_DEBIAN := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null
APT     := DEBIAN_FRONTEND=noninteractive apt-get -qq -o=Dpkg::Use-Pty=0

.PHONY: run test test-long lint screenshots clean browser

run: $(APP)
	$(IN_VENV) -m streamlit run Home.py --server.port $(PORT) --server.address $(ADDRESS)

# A worker process that dies ends the run, and its test is named: a new worker would wait for ever for the files of the dead one.
test: $(TOOLS) browser
	$(IN_VENV) -m pytest -m "not long" --numprocesses 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 0 $(ARGS)

test-long: $(TOOLS) browser
	$(IN_VENV) -m pytest -m long $(ARGS)

lint: $(TOOLS)
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m mypy

screenshots: $(TOOLS) browser
	PYTHONPATH=. $(IN_VENV) docs/make_screenshots.py

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(APP): requirements.txt | $(VENV)/bin/pip
	@echo "Installing what the workbench needs; the first time this takes a few minutes."
	$(INSTALL) -r requirements.txt
	@touch $@

$(TOOLS): requirements-dev.txt requirements.txt | $(VENV)/bin/pip
	@echo "Installing what the tests need; the first time this takes a few minutes."
	$(INSTALL) -r requirements-dev.txt
	@touch $(APP) $@

# Debian keeps the part of Python that makes environments in a package of its own.
$(VENV)/bin/pip:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is missing; install it (on Debian: sudo apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip' 2>/dev/null || { \
		package="$$("$(PYTHON)" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; \
		if $(IS_ROOT_ON_DEBIAN); then \
			echo "Installing $$package."; $(APT) update && $(APT) install -y "$$package" >/dev/null; \
		else \
			echo "Python's venv module is missing; install it with: sudo apt-get install $$package" >&2; exit 1; \
		fi; }
	@"$(PYTHON)" -m venv "$(VENV)"

# The browser that the tests drive: one that is installed, else Debian's.
browser:
	@find_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }; \
	find_browser >/dev/null && exit 0; \
	if $(IS_ROOT_ON_DEBIAN); then \
		echo "Installing Chromium for the browser tests."; \
		$(APT) update && $(APT) install -y --no-install-recommends chromium >/dev/null; \
	fi; \
	find_browser >/dev/null || { echo "The browser tests need Chromium; install it with: sudo apt-get install chromium" >&2; exit 1; }
