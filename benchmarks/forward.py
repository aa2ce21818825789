"""How long the way from strokes to everything the Draw page shows takes: `python -m benchmarks.forward`.

Prints the ratio to the usual way, `model.predict` and a second model for the activations, taken in turns in one run.
"""

import statistics
import time
from collections.abc import Callable

from digitlab.drawing.preprocess import prepare
from digitlab.networks import zoo
from digitlab.ui.shared import montage
from harness.drawn import drawn

ROUNDS = 100
LARGEST = "five-by-five-1024"
COMPARED = "two-conv-64-dropout"


def main() -> None:
    from digitlab.backend import keras

    drawing = drawn("three")
    image = prepare(drawing)
    predictor = zoo.open_model(COMPARED)
    outputs = [predictor.model.get_layer(layer.name).output for layer in predictor.network.layers]
    every_layer = keras.Model(predictor.model.inputs, outputs)

    def usual() -> None:
        predictor.model.predict(image[None, :, :, None], verbose=0)
        every_layer.predict(image[None, :, :, None], verbose=0)

    ours, theirs = in_turns(lambda: predictor.read(image), usual)
    print(f"{COMPARED}: probabilities and all activations in {middle(ours):.2f} ms (median of {ROUNDS}),")
    print(f"  {middle(theirs) / middle(ours):.1f} times faster than model.predict and a second model")

    largest = zoo.open_model(LARGEST)

    def whole() -> None:
        reading = largest.read(prepare(drawing))
        for layer in largest.network.layers:
            numbers = reading.activations[layer.name]
            montage.feature_maps(numbers) if numbers.ndim == 3 else montage.strip(numbers)

    times, _ = in_turns(whole, lambda: None)
    print(f"{LARGEST}: rasterising, network and all montages in {middle(times):.1f} ms (median of {ROUNDS})")


def in_turns(first: Callable[[], object], second: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Milliseconds of each call, the two taking turns after a warm-up."""
    times: tuple[list[float], list[float]] = ([], [])
    for call in (first, second) * 3:
        call()
    for _ in range(ROUNDS):
        for call, kept in zip((first, second), times, strict=True):
            begun = time.perf_counter()
            call()
            kept.append((time.perf_counter() - begun) * 1000)
    return times


def middle(times: list[float]) -> float:
    return statistics.median(times)


if __name__ == "__main__":
    main()
