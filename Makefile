# Everything a newcomer needs: `make app` and `make test` do all of their own set-up.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
MODELS := pen fast vgg resnet two-conv-128 two-conv-128-dropout two-conv-64-logits two-conv-64-dropout five-by-five-1024

.PHONY: app test check format bench models screenshots clean

app: $(VENV)/app.done
	$(BIN)/streamlit run app.py --server.port $(PORT)

# Files in the order that tests/conftest.py gives them; by their number of tests the longest would come last, and run alone.
test: $(VENV)/test.done check
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/test.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

models: $(VENV)/app.done
	for model in $(MODELS); do $(BIN)/python -m digitlab train $$model --out models || exit 1; done

bench: $(VENV)/test.done
	$(BIN)/python -m benchmarks.forward
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks.busy
	$(BIN)/python -m benchmarks.watching
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.crowd
	$(BIN)/python -m benchmarks.layers
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.fast
	$(BIN)/python -m benchmarks.samples
	$(BIN)/python -m digitlab evaluate
ifdef STROKES
	$(BIN)/python -m benchmarks.steps $(STROKES)
	$(BIN)/python -m benchmarks.refusals $(STROKES)
	$(BIN)/python -m benchmarks.parity $(STROKES)
	$(BIN)/python -m benchmarks.robustness $(STROKES)
	$(BIN)/python -m benchmarks.measured $(STROKES)
endif

screenshots: $(VENV)/test.done
	$(BIN)/python -m benchmarks.screenshots

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/app.done: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/test.done: requirements-dev.txt $(VENV)/app.done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	sh tests/browser/install-chromium
	sh tests/database/install-postgresql
	touch $@

clean:
	rm -rf $(VENV)
