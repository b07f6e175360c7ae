# What a newcomer types. `make PYTHON=python3.13 VENV=/tmp/venv test` uses another Python and another folder.
.DEFAULT_GOAL := help
.PHONY: help setup tools run test bench fuzz dist clean

PYTHON  ?= python3
VENV    ?= .venv
# What goes into the environment, as arguments of `pip install`.
INSTALL ?= --editable . --group dev

# Python 3.13 took a function away that durable_rules calls; on 3.11 and 3.12 the flag changes nothing in what is built.
export CPPFLAGS += -DPyEval_CallObject=PyObject_CallObject

BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
NAME    := $(notdir $(PYTHON))
HEADERS := import sysconfig; print(sysconfig.get_path("include"))
ENGINE  := import durable_rules_engine
UV      := $(shell uv --version >/dev/null 2>&1 && echo uv)
PIP      = $(if $(UV),uv pip $(1) --quiet --python $(BIN)/python,$(BIN)/python -m pip --quiet $(1))

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(STAMP) ## make .venv with everything in it

$(STAMP): pyproject.toml | $(if $(wildcard $(STAMP)),,tools)
	@echo "setting up $(VENV), where durable_rules is compiled"
	@$(PYTHON) -m venv $(VENV)
	@$(if $(UV),,$(call PIP,install) --upgrade 'pip>=25.1')
	@$(call PIP,install) $(INSTALL)
	@# A build without the flag may come out of a cache: then it is built anew.
	@$(BIN)/python -c '$(ENGINE)' 2>/dev/null || { \
	    $(call PIP,uninstall) $(if $(UV),,--yes) durable_rules && $(call PIP,install) --no-cache-dir $(INSTALL); }
	@$(BIN)/python -c '$(ENGINE)' || { echo "durable_rules was built anew and still cannot be imported" >&2; exit 1; }
	@touch $@

tools: # say what is missing before anything is begun
	@missing=; \
	$(PYTHON) -c '' 2>/dev/null || missing="$(NAME)"; \
	$(PYTHON) -m ensurepip --version >/dev/null 2>&1 || missing="$$missing $(NAME)-venv"; \
	test -e "$$($(PYTHON) -c '$(HEADERS)' 2>/dev/null)/Python.h" || missing="$$missing $(NAME)-dev"; \
	$${CC:-gcc} --version >/dev/null 2>&1 || missing="$$missing gcc"; \
	test -z "$$missing" || { echo "set-up needs packages that are missing; on Debian: apt install" $$missing >&2; exit 1; }

run: setup ## decide the example dossiers of one office
	@$(BIN)/courrier decide docs/examples/cabinet-lambert.yaml

test: setup ## check style and types, and run every test with coverage
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest --cov --numprocesses auto

bench: setup ## measure decisions beside a hand-written function and other libraries, and write docs/benchmarks.md
	@# Of other libraries, one that cannot be installed here is left out and named.
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["bench"])' | \
	    tr ' ' '\n' | while read peer; do $(call PIP,install) "$$peer" || echo "left out: $$peer" >&2; done
	@$(BIN)/python -m bench

fuzz: setup ## try to break `rules`, `facts`, `built` or `log` until stopped: make fuzz INPUT=rules
	@$(call PIP,install) --group fuzz
	@$(BIN)/python -m fuzz $(INPUT)

dist: setup ## build the sdist and the wheel into dist/
	@rm -rf dist
	$(BIN)/python -m build

clean: ## take away all that make has made
	rm -rf $(VENV) build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
