# Six verbs. Each makes .venv and installs what it needs, once, under the versions of constraints.txt.
PYTHON ?= python3
STEPS ?= 2000
PIP := .venv/bin/pip install --quiet -c constraints.txt

.PHONY: demo test check docs bench faults
.DEFAULT_GOAL := demo

# torch first, by its exact version: a range alone could bring another build in.
.venv/core: pyproject.toml constraints.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(PIP) torch==2.13.0
	$(PIP) -e '.[plots]'
	touch $@

PLUGINS := $(wildcard plugins/*)
.venv/test: .venv/core $(PLUGINS:=/pyproject.toml)
	$(PIP) -e '.[test]' $(addprefix -e ,$(PLUGINS))
	touch $@

.venv/check: .venv/test
	$(PIP) -e '.[check]'
	touch $@

.venv/docs: .venv/core
	$(PIP) -e '.[docs]'
	touch $@

# A language model of Python's own library, which is on every machine.
demo: .venv/core
	.venv/bin/seqkit train --task causal-lm --data "$$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"/*.py --output runs/python-$$(date +%Y%m%d-%H%M%S) --max-steps $(STEPS)

test: .venv/test
	.venv/bin/python -m pytest -m "not slow" -n 2

check: .venv/check
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python tools/check_links.py

docs: .venv/docs
	.venv/bin/python -m sphinx -W --keep-going -q -b html docs docs/_build
	@echo "open docs/_build/index.html"

# One after the other: two at once would measure each other.
bench: .venv/test
	for name in training engine scan batching generation memory peers cells plugins softmax data export; do .venv/bin/python benchmarks/$$name.py || exit 1; done

# Hostile files, crashes and load, in full: hours. `make test` has the quick forms.
faults: .venv/test
	.venv/bin/python -m tests.faults
