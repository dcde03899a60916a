# Everything runs in a virtual environment of its own, .venv, made on first use. Needs make and Python >= 3.11.
#   make demo    the report page (real data set and isotropic world) in demo/
#   make test    every test, and a sample of the exhaustive sweeps
#   make test-all  every test and the whole sweeps, as continuous integration does
#   make quick   the tests but for those marked slow
#   make docs    the documentation site, docs/_build/html/index.html (strict: a warning fails)
#   make lint    ruff and mypy
#   make bench   the accuracy and speed figures
#   make release the archives of a release in dist/, checked and installed, and nothing uploaded
#   make publish the built site as a folder of versions, docs/_build/versions
#   make clean   remove what the commands wrote, .venv included

PY := .venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# One BLAS thread per process: the tests run in parallel, and results do not depend on the number of threads.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help demo test test-all quick docs lint bench release publish clean
help:
	@sed -n 's/^#   //p' Makefile

demo: .venv/installed-demo
	.venv/bin/w2s report -o demo
	@echo "The page is at $(CURDIR)/demo/index.html"

test: .venv/installed-test
	$(PY) -m pytest -p no:benchmark -n auto --dist worksteal -m "not sweep"

test-all: .venv/installed-test
	$(PY) -m pytest -p no:benchmark -n auto --dist worksteal

quick: .venv/installed-test
	$(PY) -m pytest -p no:benchmark -n auto --dist worksteal -m "not slow and not sweep"

docs: .venv/installed-docs
	$(PY) -m sphinx -W -n --keep-going -q docs docs/_build/html
	.venv/bin/jupyter-execute docs/auto_gallery/plot_01_ten_minutes.ipynb
	@echo "The site is at $(CURDIR)/docs/_build/html/index.html"

lint: .venv/installed-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

bench: .venv/installed-bench
	$(PY) benchmarks/accuracy.py
	$(PY) benchmarks/accuracy_learners.py
	$(PY) benchmarks/fixed_points.py
	$(PY) benchmarks/path.py
	$(PY) benchmarks/witness.py
	$(PY) -m pytest benchmarks/test_speed.py -s --benchmark-timer=time.process_time \
	  --benchmark-columns=min,median,rounds --benchmark-sort=name

# Interpreters that the wheel is tried on; those that are not there are named and left out.
PYTHONS ?= python3.11 python3.12 python3.13 python3.14

release: .venv/installed-dev
	rm -rf dist
	$(PY) -m build --outdir dist .
	$(PY) -m twine check --strict dist/*
	@for python in $(PYTHONS); do \
	  if ! $$python -c 'import venv, ensurepip' >/dev/null 2>&1; then echo "$$python: not on this machine"; continue; fi; \
	  rm -rf dist/.tried && $$python -m venv dist/.tried || exit 1; \
	  wheel=$$(ls dist/*.whl) && dist/.tried/bin/pip install --quiet "$$wheel[cli]" || exit 1; \
	  (cd dist && .tried/bin/python -m w2s_asymptotics --version && .tried/bin/w2s verify teacher_risk \
	    && .tried/bin/w2s compare --gamma-t 0.5 --lam-t 0.01 --gamma-s 0.8 --lam-s 0.3 --noise 0.5) || exit 1; \
	  echo "$$python: the wheel installs and answers"; \
	done; rm -rf dist/.tried
	@echo "To upload: $(PY) -m twine upload dist/*"

publish: docs
	$(PY) docs/publish.py docs/_build/html docs/_build/versions

clean:
	rm -rf .venv demo derivations/out docs/_build docs/auto_gallery docs/theory/results build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks

# A stamp per set of extras, so that nothing is installed twice.
.venv/installed-%: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --editable '.[$*]'
	@touch $@

# The first interpreter that runs and is new enough (a name on the PATH may be a stub that does not).
$(PY):
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    echo "Creating .venv with $$python"; exec $$python -m venv .venv; \
	  fi; \
	done; \
	echo "No Python >= 3.11 with venv found: install one (Debian: apt-get install python3 python3-venv) or run make PYTHON=/path/to/python3" >&2; \
	exit 1
