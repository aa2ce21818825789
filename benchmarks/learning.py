"""How long "Train on my digits" takes: `python -m benchmarks.learning [--drawings 10] [--splits 1]`.

Pictures of test digits stand for drawings; the time does not depend on what is drawn.
"""

import argparse
import os
import tempfile
import time

import numpy as np

from digitlab.data import drawn, mnist
from digitlab.networks import zoo
from digitlab.store import Store
from digitlab.training.learned import config_for
from harness import here


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__)
    parser.add_argument("--drawings", type=int, default=10, help="how many (default: %(default)s)")
    parser.add_argument(
        "--splits", type=int, default=1, help="networks that are tested on others (default: %(default)s)"
    )
    parser.add_argument("--model", default=zoo.default().name, help="that learns (default: %(default)s)")
    chosen = parser.parse_args()
    data = mnist.load()
    rows = np.argsort(data.y_test, kind="stable")[np.linspace(0, len(data.y_test) - 1, chosen.drawings).astype(int)]
    with tempfile.TemporaryDirectory() as home:
        os.environ["DIGITLAB_HOME"] = home
        begun = time.perf_counter()
        frozen = drawn.freeze("benchmark", list(range(len(rows))), data.x_test[rows], data.y_test[rows].tolist())
        with Store() as store:
            job = here.perform(store, config_for(zoo.find(chosen.model), frozen, chosen.splits), chosen.model)
            run = store.runs.get(job.id)
    seconds = time.perf_counter() - begun
    what = f"{chosen.model}, {chosen.drawings} drawings, {chosen.splits} more networks"
    print(f"{what}: {seconds:.0f} s with the start of TensorFlow")
    print(f"  test accuracy {run.test_accuracy:.4f}")


if __name__ == "__main__":
    main()
