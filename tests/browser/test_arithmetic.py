"""What the page computes by itself, in Chromium and without the app: the same numbers as Python's."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext

from digitlab import home
from digitlab.data import mnist
from digitlab.drawing import link_text
from digitlab.drawing.preprocess import Steps, stages
from digitlab.drawing.strokes import EMPTY, Drawing
from digitlab.errors import InputError
from digitlab.networks import export, zoo
from digitlab.networks.predictor import Reading
from digitlab.networks.weights_file import of_model
from digitlab.ui.pad.words import words
from digitlab.ui.shared.answer import note
from digitlab.ui.shared.reading import Answer
from harness.drawn import drawn
from harness.modules_page import empty_page, open_modules, serve_bytes
from harness.networks import NETWORKS, activations_of, pictures, random_drawings, random_model
from tests.slow import quick


@pytest.fixture
def modules(browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which `import("/browser/network.js")` finds the project's modules."""
    context = open_modules(browser)
    yield context
    context.close()


RUN_NETWORK = """async ({ names }) => {
  const { readModel } = await import("/browser/weights.js")
  const { makeNetwork } = await import("/browser/network.js")
  const bytes = async (name) => (await fetch(name)).arrayBuffer()
  const network = makeNetwork(readModel(await bytes("/network.bin")))
  const pictures = new Float32Array(await bytes("/pictures.bin"))
  const wanted = new Float32Array(await bytes("/activations.bin"))
  const answers = new Float32Array(await bytes("/probabilities.bin"))
  const off = Object.fromEntries(names.map((name) => [name, 0]))
  const largest = Object.fromEntries(names.map((name) => [name, 0]))
  let [at, probability] = [0, 0]
  for (let n = 0; n < pictures.length / 784; n++) {
    const { probabilities } = network.read(pictures.subarray(784 * n, 784 * (n + 1)))
    for (let c = 0; c < 10; c++) probability = Math.max(probability, Math.abs(probabilities[c] - answers[10 * n + c]))
    for (const name of names) {
      for (const value of network.outputs.get(name).values) {
        off[name] = Math.max(off[name], Math.abs(value - wanted[at]))
        largest[name] = Math.max(largest[name], Math.abs(wanted[at++]))
      }
    }
  }
  return { off, largest, probability, all: at === wanted.length }
}"""


def run_network(
    context: BrowserContext,
    packed: bytes,
    pictures: NDArray[np.float32],
    probabilities: Any,
    activations: dict[str, NDArray[np.float32]],
) -> dict[str, Any]:
    """The largest differences between the page's network and Keras', of every layer by name and of the answers."""
    every = np.concatenate([values.reshape(len(pictures), -1) for values in activations.values()], axis=1)
    serve_bytes(
        context,
        {
            "network.bin": packed,
            "pictures.bin": pictures.astype("<f4").tobytes(),
            "probabilities.bin": np.asarray(probabilities, "<f4").tobytes(),
            "activations.bin": every.astype("<f4").tobytes(),
        },
    )
    found: dict[str, Any] = empty_page(context).evaluate(RUN_NETWORK, {"names": list(activations)})
    assert found["all"]
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_layer_computes_what_keras_does(modules: BrowserContext, name: str) -> None:
    network, model = random_model(name)
    weights = of_model(model)
    given = pictures(20)
    activations = activations_of(model, network, given)
    answers = activations[network.layers[-1].name]
    if network.gives_logits:
        answers = np.exp(answers) / np.exp(answers).sum(axis=1, keepdims=True)
    exact = run_network(modules, export.pack(weights, network, exact=True), given, answers, activations)
    assert max(exact["off"].values()) <= 1e-4, exact["off"]
    assert exact["probability"] <= 1e-5
    live = run_network(modules, export.pack(weights, network), given, answers, activations)
    assert live["probability"] <= 1e-3


def shipped_models() -> list[str]:
    return sorted(path.stem for path in home.SHIPPED_MODELS.glob("*.json"))


@pytest.mark.parametrize("name", quick(shipped_models(), "fast", "pen", "resnet", "two-conv-64-dropout"))
def test_shipped_models_give_the_page_what_they_give_keras(modules: BrowserContext, name: str) -> None:
    predictor = zoo.open_model(name)
    model = zoo.find(name)
    weights = zoo.read_weights(model)
    given = pictures(20)
    activations = activations_of(predictor.model, model.network, given)
    answers = predictor.probabilities(given)
    exact = run_network(modules, export.pack(weights, model.network, exact=True), given, answers, activations)
    assert exact["probability"] <= 1e-5
    live = run_network(modules, export.pack(weights, model.network), given, answers, activations)
    for layer in model.network.layers:  # every one by name, in what it shows: shares of its largest number
        size = max(exact["largest"][layer.name], 1.0)
        assert exact["off"][layer.name] <= 1e-5 * size, layer.name
        assert live["off"][layer.name] <= 2e-3 * size, layer.name
    many = pictures(1000)
    last = model.network.layers[-1].name
    outputs = {last: predictor.outputs(many)}
    live = run_network(modules, export.pack(weights, model.network), many, predictor.probabilities(many), outputs)
    assert live["probability"] <= 1e-3


def test_the_same_strokes_give_the_same_picture(modules: BrowserContext) -> None:
    cases, images = [], []
    for drawing in random_drawings(60):
        for on in product([True, False], repeat=4):
            steps = Steps(*on)
            strokes = [[w, s.ravel().tolist()] for s, w in zip(drawing.strokes, drawing.widths, strict=True)]
            cases.append({"strokes": strokes, "steps": vars(steps)})
            images.append(stages(drawing, steps)[-1].image)
    serve_bytes(
        modules, {"wanted.bin": np.stack(images).astype("<f4").tobytes(), "cases.bin": json.dumps(cases).encode()}
    )
    page = empty_page(modules)
    worst = page.evaluate(
        """async () => {
          const { prepare } = await import("/browser/preprocess.js")
          const cases = await (await fetch("/cases.bin")).json()
          const wanted = new Float32Array(await (await fetch("/wanted.bin")).arrayBuffer())
          const picture = new Float32Array(784)
          let worst = 0
          cases.forEach(({ strokes, steps }, n) => {
            prepare(strokes.map(([width, points]) => ({ width, points: Float64Array.from(points) })), picture, steps)
            picture.forEach((ink, at) => { worst = Math.max(worst, Math.abs(ink - wanted[784 * n + at])) })
          })
          return worst
        }"""
    )
    assert worst <= 1e-4


def test_the_page_words_its_answer_as_the_server_does(modules: BrowserContext) -> None:
    rng = np.random.default_rng(3)
    model = zoo.find(shipped_models()[0])
    shares = rng.dirichlet(np.full(10, 0.2), 300).astype(np.float32)
    readings = [Reading(row, {}, float(energy)) for row, energy in zip(shares, rng.normal(-5, 4, 300), strict=True)]
    answers = [Answer(model, reading, cut) for reading in readings for cut in (None, -5.0)]
    wanted = [{"digit": answer.text, "note": note(answer)} for answer in answers]
    given: list[Any] = [
        [{"probabilities": answer.reading.probabilities.tolist(), "energy": answer.reading.energy}, answer.cut]
        for answer in answers
    ]
    page = empty_page(modules)
    said = page.evaluate(
        """async (given) => {
          const { verdict } = await import("/pad/answer.js")
          const { cases, words } = given
          const said = cases.map(([reading, cut]) => verdict(reading, cut, words, "en"))
          return said.map(({ digit, note }) => ({ digit, note }))
        }""",
        {"cases": given, "words": words()},
    )
    assert said == wanted


def flat(drawing: Drawing) -> list[Any]:
    """As the page takes strokes."""
    pairs = zip(drawing.widths, drawing.strokes, strict=True)
    return [[width, np.asarray(stroke).ravel().tolist()] for width, stroke in pairs]


PACK = """async (drawings) => {
  const { pack } = await import("/browser/link_text.js")
  const stroke = ([width, points]) => ({ width, points: Float64Array.from(points) })
  return Promise.all(drawings.map((strokes) => pack(strokes.map(stroke)).catch((error) => error.message)))
}"""


def test_a_link_packed_in_the_page_is_read_by_python(modules: BrowserContext) -> None:
    halves = Drawing.of([[[0.125, 0.375], [-0.125, 0.625], [0.126, 0.626]], [[279.9, -40.6]]], 17.9)
    drawings = [*random_drawings(60), drawn("three"), drawn("seven"), halves, EMPTY]
    page = empty_page(modules)
    theirs = page.evaluate(PACK, [flat(drawing) for drawing in drawings])
    wanted = [flat(link_text.unpack(link_text.pack(drawing))) for drawing in drawings]
    assert [flat(link_text.unpack(text)) for text in theirs] == wanted


def test_a_drawing_too_long_for_a_link_is_refused_in_the_words_of_python(modules: BrowserContext) -> None:
    page = empty_page(modules)
    rng = np.random.default_rng(1)
    scribble = Drawing.of([rng.uniform(0, 280, (8_000, 2))], 18.0)
    with pytest.raises(InputError) as long:
        link_text.pack(scribble)
    assert page.evaluate(PACK, [flat(scribble)]) == [str(long.value)]


def test_digits_come_as_the_server_sends_them(modules: BrowserContext, digits: mnist.Mnist) -> None:
    numbers = [0, 7, 9_999]
    body = b"".join(
        number.to_bytes(4, "little") + bytes([digits.y_test[number]]) + digits.x_test[number].tobytes()
        for number in numbers
    )
    serve_bytes(modules, {"api/digits/surprise": body, "api/digit/test/7": body[789:1578], "api/digit/test/8": b"cut"})
    found = empty_page(modules).evaluate(
        """async () => {
          const { SURPRISE, fetchDigits } = await import("/browser/digits.js")
          const plain = (digits) => digits.map(({ number, label, pixels }) => [number, label, Array.from(pixels)])
          const asked = [SURPRISE, "api/digit/test/7", "api/digit/test/8", "elsewhere"]
          return Promise.all(asked.map((address) => fetchDigits(address).then(plain, (error) => error.message)))
        }"""
    )
    wanted = [[number, int(digits.y_test[number]), digits.x_test[number].ravel().tolist()] for number in numbers]
    assert found == [wanted, wanted[1:2], "these bytes are not digits", "the digits are not to be had"]
