"""The memory that runs take, beside what Train says before they begin: `python -m benchmarks.memory [--steps N]`.

Each recipe, and larger batches and networks of some, trains a few steps in a process of its own, is tested and kept.
The highest resident set of that process is what the system counted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from digitlab.jobs import limits
from digitlab.store import Store
from digitlab.training import recipes
from digitlab.training.config import TrainingConfig
from harness import here

MORE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("two-conv-128", {"batch_size": 1024}),
    ("five-by-five-1024", {"batch_size": 1024}),
    ("vgg", {"batch_size": 512}),
    ("resnet", {"batch_size": 512}),
    ("five-by-five-1024", {"validation": "last", "keep_best": True, "weight_average": 0.99}),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--steps", type=int, default=12, help="of each run (default: %(default)s)")
    parser.add_argument("--one", metavar="JSON", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        with Store() as store:
            here.perform(store, TrainingConfig.from_record(json.loads(chosen.one)), "two-conv-128")
        return 0
    ratios = []
    for name, changes in (*((name, {}) for name in recipes.RECIPES), *MORE):
        config = recipes.find(name).config.with_changes(**changes).with_changes(steps=chosen.steps)
        said, counted = limits.cost(config).memory, measured(config)
        ratios.append(said / counted)
        what = " ".join([name, *(f"{key}={value}" for key, value in changes.items())])
        print(f"{what}: said {said / 1e9:.2f} GB, counted {counted / 1e9:.2f} GB, ratio {ratios[-1]:.2f}", flush=True)
    print(f"said by counted: {min(ratios):.2f} to {max(ratios):.2f}")
    return 0


def measured(config: TrainingConfig) -> float:
    """The highest resident set of a process that trains this, in bytes."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "benchmarks.memory", "--one", json.dumps(config.to_record())]
        process = subprocess.Popen(command, env=os.environ | {"DIGITLAB_HOME": home})
        _pid, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError("The run failed.")
    return 1024.0 * used.ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
