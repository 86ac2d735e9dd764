# Everyday commands. Each makes what it needs: the virtual environment is .venv, made from the first python3 found.
PYTHON ?= python3
BIN := .venv/bin
LIKE_OTHERS := min or sum or adaptive_mean or power or mixed or multi or mode or quantile or logsumexp or stochastic

.PHONY: demo test test-all lowest check docs dist bench ready clean

demo: .venv/ready-demo
	$(BIN)/python -m numbapool demo

# In three runs, as a process keeps all that it has compiled.
test: .venv/ready-test
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder tests/test_[a-f]*.py
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder tests/test_[g-z]*.py
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder tests/neighbours tests/peers

# With the cases as well that compile kernels for further dtypes: half an hour.
test-all: .venv/ready-test
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --all

# A short set on the lowest supported versions, in an environment of its own, of the wheel that is released: one of the
# operations of each kind. Numba checks each place in an array.
lowest: .venv-lowest/ready dist
	.venv-lowest/bin/python -m pip install --quiet --force-reinstall --no-deps dist/*.whl
	NUMBA_BOUNDSCHECK=1 .venv-lowest/bin/pytest tests/test_smoke.py -k "not ($(LIKE_OTHERS))"

# The sdist, and the wheel made of it.
dist: .venv/ready-dev
	rm -rf dist
	$(BIN)/python -m build --outdir dist

check: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/ready-docs
	$(BIN)/sphinx-build -W -b html docs docs/_build/html
	-cd asv_bench && ../$(BIN)/asv publish  # stored results of the benchmarks; needs the commits they belong to

# The benchmarks on this commit, in this environment; results are stored in asv_bench/results and published with the docs.
bench: .venv/ready-bench
	cd asv_bench && ../$(BIN)/asv machine --yes
	cd asv_bench && ../$(BIN)/asv run --quick --show-stderr --environment existing:$(CURDIR)/$(BIN)/python \
		--set-commit-hash $$(git rev-parse HEAD)
	cd asv_bench && ../$(BIN)/asv publish
	@echo "pages: docs/_build/html/benchmarks/index.html (cd asv_bench && ../$(BIN)/asv preview)"

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

# One stamp for each set of extras. Peers are installed apart, and by name, where the tests need PyTorch.
.venv/ready-%: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[$*]'
	touch $@

.venv-lowest/ready: pyproject.toml
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --no-compile 'numpy==2.0.*' 'numba==0.62.*' pytest hypothesis
	touch $@

# All that CI needs, looked up at once.
ready: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[dev,test,docs]'
	touch .venv/ready-dev .venv/ready-test .venv/ready-docs

clean:
	rm -rf .venv .venv-lowest dist docs/_build asv_bench/.asv
