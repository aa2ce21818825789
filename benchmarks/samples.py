"""How fast the page Samples answers once results are kept, and how long reading the 10,000 test digits takes.

    python -m benchmarks.samples

The page's script is run as the server runs it, without a browser; what a browser adds is not in these figures.
Processor seconds stand beside the clock's, since a busy machine stretches only the latter.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from digitlab import home
from digitlab.data import mnist
from digitlab.insight import answers
from digitlab.networks import zoo
from digitlab.server.predictors import open_predictor
from digitlab.ui.samples.query import SECTIONS

MODEL = "two-conv-64-dropout"
RUNS = 7
PAGE_LIMIT, EVALUATION_LIMIT = 0.3, 4.0  # seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DIGITLAB_HOME"] = folder
        evaluation()
        pages()


def evaluation() -> None:
    """Seconds for 10,000 digits, and how long one chunk keeps a drawing waiting."""
    predictor, model = open_predictor(MODEL), zoo.find(MODEL)
    images = mnist.load().x_test
    answers.compute(predictor, images[: answers.CHUNK])
    begun, worked = time.perf_counter(), time.process_time()
    found = answers.answers(predictor, model)
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    print(
        f"{len(found.labels):,} digits, {MODEL}: {seconds:.2f} s (at most {EVALUATION_LIMIT:g}); "
        f"processor {worked:.2f} s"
    )
    chunk = images[: answers.CHUNK].astype(np.float32) / np.float32(255)
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        predictor.outputs(chunk)
        times.append(time.perf_counter() - begun)
    print(f"a drawing waits for one chunk of {answers.CHUNK} at most: median {statistics.median(times) * 1000:.0f} ms")


def pages() -> None:
    """Seconds that the page's script takes, by section, the second time and later."""
    queries = {name: {"section": str(name)} for name in SECTIONS}
    for name, query in (queries | {"browse, filtered": FILTERED}).items():
        app = AppTest.from_file(str(home.ROOT / "digitlab/ui/shell.py"), default_timeout=300)
        app.switch_page(str(Path(home.ROOT / "pages/samples.py")))
        for key, value in ({"model": MODEL} | query).items():
            app.query_params[key] = value
        app.run()
        clock, worked = [], []
        for _ in range(RUNS):
            begun, before = time.perf_counter(), time.process_time()
            app.run()
            clock.append(time.perf_counter() - begun)
            worked.append(time.process_time() - before)
        print(
            f"{name}: {min(clock) * 1000:.0f} ms the best, {statistics.median(clock) * 1000:.0f} the median of {RUNS} "
            f"(at most {PAGE_LIMIT * 1000:.0f}); processor {statistics.median(worked) * 1000:.0f} ms"
        )


FILTERED = {"part": "test", "outcome": "wrong", "order": "loss"}

if __name__ == "__main__":
    main()
