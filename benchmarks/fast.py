"""How quickly `fast` comes to 99 %, beside the five epochs of two-conv-64-dropout: `python -m benchmarks.fast`.

Both are trained with three seeds, in turns, since a machine's speed changes within minutes. The seconds are those of
training with its validation, from the first step on, with the building of TensorFlow's graph.
"""

import argparse
from dataclasses import replace
from statistics import mean

from digitlab.jobs import settings
from digitlab.training import recipes
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Evaluated, Finished
from digitlab.training.loop import train

FAST, SLOW = (recipes.find(name) for name in ("fast", "two-conv-64-dropout"))
ACCURACY, SHARE = 0.990, 1 / 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    settings.use_threads(settings.threads())
    results: dict[str, list[tuple[float, float]]] = {FAST.name: [], SLOW.name: []}
    for seed in range(seeds):
        for recipe in (FAST, SLOW):
            accuracy, seconds = result(replace(recipe.config, seed=seed))
            results[recipe.name].append((accuracy, seconds))
            print(f"  {recipe.name}, seed {seed}: {accuracy:.2%} of the test digits in {seconds:.1f} s", flush=True)
    (accuracy, seconds), (_, slow_seconds) = (
        tuple(mean(column) for column in zip(*rows, strict=True)) for rows in results.values()
    )
    print(f"{FAST.name}: mean of {seeds} {accuracy:.2%} of the test digits (at least {ACCURACY:.1%})")
    print(f"  in {seconds:.1f} s, {seconds / slow_seconds:.3f} of {SLOW.name}'s {slow_seconds:.1f} s (at most {SHARE})")


def result(config: TrainingConfig) -> tuple[float, float]:
    """Accuracy on the test digits, and seconds of training."""
    accuracy = 0.0
    for event in train(config):
        match event:
            case Evaluated():
                accuracy = event.accuracy
            case Finished():
                return accuracy, event.seconds
    raise RuntimeError("The training failed.")


if __name__ == "__main__":
    main()
