"""The microscope's arithmetic, in Chromium and without the app: every part adds up to Keras' own number."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext

from digitlab.networks import export, zoo
from digitlab.networks.graph import INPUT, Network
from digitlab.networks.weights_file import of_model
from harness.modules_page import empty_page, serve_bytes
from harness.networks import activations_of, pictures, random_model
from tests.browser.test_arithmetic import modules, shipped_models

__all__ = ["modules"]
POSITIONS = 1000
DIGITS = 5

EXAMINE = """async ({ names, shapes, kinds }) => {
  const { readModel } = await import("/browser/weights.js")
  const { examine, follow } = await import("/browser/microscope.js")
  const bytes = async (name) => (await fetch(name)).arrayBuffer()
  const layers = new Map(readModel(await bytes("/network.bin")).layers.map((layer) => [layer.name, layer]))
  const values = new Float32Array(await bytes("/activations.bin"))
  const asked = new Int32Array(await bytes("/asked.bin"))
  const sizes = shapes.map((shape) => shape.reduce((product, side) => product * side, 1))
  const starts = []
  sizes.reduce((sum, size, k) => (starts[k] = sum, sum + size), 0)
  const all = sizes.reduce((sum, size) => sum + size, 0)
  const tensor = (digit, name) => {
    const k = names.indexOf(name)
    return { shape: shapes[k], values: values.subarray(all * digit + starts[k], all * digit + starts[k] + sizes[k]) }
  }
  const worst = {}
  for (let at = 0; at < asked.length; at += 3) {
    const [digit, which, index] = asked.subarray(at, at + 3)
    const layer = layers.get(names[which])
    const finding = examine(layer, layer.inputs.map((name) => tensor(digit, name)), index)
    const off = Math.abs(finding.value - tensor(digit, names[which]).values[index])
    const parts = finding.products ? finding.products.reduce((sum, value) => sum + value, 0) + finding.bias : 0
    const unequal = finding.products ? Math.abs(parts - finding.before) : 0
    worst[layer.kind] = Math.max(worst[layer.kind] ?? 0, off, unequal, Number.isFinite(finding.value) ? 0 : Infinity)
    const after = follow(kinds[which].map((name) => layers.get(name)), finding.value, index % layer.shape.at(-1))
    for (const { layer: { name, kind }, finding: { value } } of after) {
      const key = `then ${kind}`
      worst[key] = Math.max(worst[key] ?? 0, Math.abs(value - tensor(digit, name).values[index]))
    }
  }
  return worst
}"""


def examine(context: BrowserContext, network: Network, model: Any) -> dict[str, float]:
    """The largest difference from Keras by kind of layer, over random numbers of random digits."""
    rng = np.random.default_rng(1)
    images = pictures(DIGITS)
    activations = {INPUT: images[..., None]} | activations_of(model, network, images)
    names = list(activations)
    by_kind = defaultdict(list)
    for layer in network.layers:
        by_kind[layer.kind].append(layer.name)
    asked = []
    for kind in by_kind.values():
        for name in rng.choice(kind, POSITIONS):
            size = activations[name][0].size
            asked.append((rng.integers(DIGITS), names.index(name), rng.integers(size)))
    every = np.concatenate([activations[name].reshape(DIGITS, -1) for name in names], axis=1)
    serve_bytes(
        context,
        {
            "network.bin": export.pack(of_model(model), network, exact=True),
            "activations.bin": every.astype("<f4").tobytes(),
            "asked.bin": np.array(asked, "<i4").tobytes(),
        },
    )
    page = empty_page(context)
    followers = [[layer.name for layer in network.followers(name)] if name != INPUT else [] for name in names]
    found: dict[str, float] = page.evaluate(
        EXAMINE,
        {"names": names, "shapes": [list(activations[name].shape[1:]) for name in names], "kinds": followers},
    )
    assert set(by_kind) <= set(found)
    return found


@pytest.mark.parametrize("name", ["odd-windows", "residual", "imported"])  # what no shipped model has
def test_every_kind_of_layer_is_examined_as_keras_computes_it(modules: BrowserContext, name: str) -> None:
    network, model = random_model(name)
    found = examine(modules, network, model)
    assert max(found.values()) <= 1e-4, found


@pytest.mark.parametrize("name", shipped_models())
def test_a_thousand_numbers_of_every_kind_in_every_shipped_model(modules: BrowserContext, name: str) -> None:
    predictor = zoo.open_model(name)
    found = examine(modules, predictor.network, predictor.model)
    assert max(found.values()) <= 1e-4, found
