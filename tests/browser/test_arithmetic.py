"""What the page computes by itself, in Chromium and without the app: the same numbers as Python's."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Route

from digitlab import home
from digitlab.drawing.preprocess import Steps, stages
from digitlab.networks import export, zoo
from digitlab.networks.predictor import Reading
from digitlab.ui.answer import INVITATION, note
from digitlab.ui.reading import Answer
from tests.networks import NETWORKS, activations_of, pictures, random_drawings, random_model

WEB = home.ROOT / "digitlab/ui"
HOST = "http://digitlab.test/"


@pytest.fixture
def modules(browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which `import("/web/network.js")` finds the project's modules."""
    context = browser.new_context()

    def serve(route: Route) -> None:
        path = WEB / route.request.url.removeprefix(HOST)
        if path.suffix == ".js" and path.is_file():
            route.fulfill(body=path.read_bytes(), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    context.route(f"{HOST}**", serve)
    yield context
    context.close()


def serve_bytes(context: BrowserContext, files: dict[str, bytes]) -> None:
    def serving(body: bytes) -> Callable[[Route], None]:
        return lambda route: route.fulfill(body=body, content_type="application/octet-stream")

    for name, body in files.items():
        context.route(HOST + name, serving(body))


RUN_NETWORK = """async ({ names }) => {
  const { readModel } = await import("/web/weights.js")
  const { makeNetwork } = await import("/web/network.js")
  const bytes = async (name) => (await fetch(name)).arrayBuffer()
  const network = makeNetwork(readModel(await bytes("/network.bin")))
  const pictures = new Float32Array(await bytes("/pictures.bin"))
  const wanted = new Float32Array(await bytes("/activations.bin"))
  const answers = new Float32Array(await bytes("/probabilities.bin"))
  let [at, activation, probability] = [0, 0, 0]
  for (let n = 0; n < pictures.length / 784; n++) {
    const { probabilities } = network.read(pictures.subarray(784 * n, 784 * (n + 1)))
    for (let c = 0; c < 10; c++) probability = Math.max(probability, Math.abs(probabilities[c] - answers[10 * n + c]))
    for (const name of names) {
      for (const value of network.outputs.get(name).values) {
        activation = Math.max(activation, Math.abs(value - wanted[at++]))
      }
    }
  }
  return { activation, probability, all: at === wanted.length }
}"""


def run_network(
    context: BrowserContext, packed: bytes, pictures: NDArray[np.float32], probabilities: Any, activations: Any = None
) -> dict[str, Any]:
    """The largest differences between the page's network and Keras'."""
    names = list(activations) if activations else []
    parts = [activations[name].reshape(len(pictures), -1) for name in names]
    every = np.concatenate(parts, axis=1) if parts else np.zeros(0)
    serve_bytes(
        context,
        {
            "network.bin": packed,
            "pictures.bin": pictures.astype("<f4").tobytes(),
            "probabilities.bin": np.asarray(probabilities, "<f4").tobytes(),
            "activations.bin": every.astype("<f4").tobytes(),
        },
    )
    page = context.new_page()
    page.goto(HOST)
    found: dict[str, Any] = page.evaluate(RUN_NETWORK, {"names": names})
    assert found["all"]
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_layer_computes_what_keras_does(modules: BrowserContext, name: str) -> None:
    network, model = random_model(name)
    given = pictures(20)
    activations = activations_of(model, network, given)
    answers = activations[network.layers[-1].name]
    if network.gives_logits:
        answers = np.exp(answers) / np.exp(answers).sum(axis=1, keepdims=True)
    exact = run_network(modules, export.pack(model, network, exact=True), given, answers, activations)
    assert exact["activation"] <= 1e-4
    assert exact["probability"] <= 1e-5
    folded = run_network(modules, export.pack(model, network), given, answers)
    assert folded["probability"] <= 1e-3


def shipped_models() -> list[str]:
    return sorted(path.stem for path in home.SHIPPED_MODELS.glob("*.json"))


@pytest.mark.parametrize("name", shipped_models())
def test_shipped_models_give_the_page_what_they_give_keras(modules: BrowserContext, name: str) -> None:
    predictor = zoo.open_model(name)
    given = pictures(1000)
    packed = export.pack(predictor.model, predictor.network)
    found = run_network(modules, packed, given, predictor.probabilities(given))
    assert found["probability"] <= 1e-3


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
    page = modules.new_page()
    page.goto(HOST)
    worst = page.evaluate(
        """async () => {
          const { prepare } = await import("/web/preprocess.js")
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
    wanted.append({"digit": "?", "note": INVITATION})
    given: list[Any] = [
        [{"probabilities": answer.reading.probabilities.tolist(), "energy": answer.reading.energy}, answer.cut]
        for answer in answers
    ]
    page = modules.new_page()
    page.goto(HOST)
    said = page.evaluate(
        """async (cases) => {
          const { verdict } = await import("/live/view.js")
          return cases.map(([reading, cut]) => verdict(reading, cut))
        }""",
        [*given, [None, None]],
    )
    assert said == wanted
