"""How fast the engine trains, beside plain `keras.Model.fit`: `python -m benchmarks.training [--rounds N]`.

The same recipe, digits, threads and determinism; the engine with its store, curves and commands. The two take turns in
one process, since a machine's speed changes within minutes, and the best round of each counts: what slows one down is
not its own. Both are timed after as many steps of warm-up.
"""

import argparse
import os
import tempfile
import time
from dataclasses import replace

from digitlab.data import mnist
from digitlab.jobs import settings
from digitlab.store import Store
from digitlab.training import recipes
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Event, Step
from harness import here

RECIPE = recipes.find("two-conv-64-dropout")
STEPS = 300  # that are timed, after as many that are not


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    settings.use_threads(settings.threads())
    config = replace(RECIPE.config, steps=2 * STEPS, validation="none", validation_size=0)
    plain, ours = [], []
    with tempfile.TemporaryDirectory() as home:
        os.environ["DIGITLAB_HOME"] = home
        for _ in range(rounds):
            plain.append(with_keras(config))
            ours.append(with_the_engine(config))
            print(f"  keras.Model.fit {plain[-1]:,.0f} digits/s, the engine {ours[-1]:,.0f}", flush=True)
    print(f"{RECIPE.name}, best of {rounds}: keras.Model.fit {max(plain):,.0f} digits/s, the engine {max(ours):,.0f}")
    print(f"  ratio {max(ours) / max(plain):.3f}")


def with_keras(config: TrainingConfig) -> float:
    """Digits a second of `fit`."""
    from digitlab.backend import keras

    times: list[float] = []
    count = STEPS * config.batch_size
    data = mnist.load()
    images, labels = data.x_train[:count, :, :, None].astype("float32") / 255, data.y_train[:count]
    model = config.network.build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: times.append(time.perf_counter()))
    model.fit(images, labels, batch_size=config.batch_size, epochs=2, verbose=0, callbacks=[note])
    return count / (times[1] - times[0])


def with_the_engine(config: TrainingConfig) -> float:
    """Digits a second of the steps of a run of the store."""
    times: dict[int, float] = {}

    def show(event: Event) -> None:
        if isinstance(event, Step):
            times[event.step] = time.perf_counter()

    with Store() as store:
        job = here.perform(store, config, RECIPE.name, show)
        assert len(store.runs.steps(job.id)) == len(times)
    return STEPS * config.batch_size / (times[2 * STEPS] - times[STEPS])


if __name__ == "__main__":
    main()
