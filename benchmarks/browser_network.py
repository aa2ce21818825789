"""How long the browser takes for one forward pass with every layer's numbers, in Chromium: each shipped model.

    python -m benchmarks.browser_network [MODEL …]

Prints milliseconds over test digits, after the browser has compiled the arithmetic: the median, and the fastest round,
which a busy machine changes least.
"""

import argparse
import json

from playwright.sync_api import BrowserContext, sync_playwright

from digitlab import home
from digitlab.networks import export, zoo
from harness.modules_page import empty_page, open_modules, serve_bytes
from harness.networks import pictures
from harness.server import ARGUMENTS, chromium

DIGITS = 50
WARM_UP, ROUNDS = 200, 300

# The page's clock has steps of a tenth of a millisecond, so a round is several passes.
TIME = """async ({ warmUp, rounds }) => {
  const { readModel } = await import("/browser/weights.js")
  const { makeNetwork } = await import("/browser/network.js")
  const network = makeNetwork(readModel(await (await fetch("/network.bin")).arrayBuffer()))
  const pictures = new Float32Array(await (await fetch("/pictures.bin")).arrayBuffer())
  const digits = pictures.length / 784
  let n = 0
  const pass = () => network.read(pictures.subarray(784 * (n % digits), 784 * (n++ % digits + 1)))
  const timed = (passes) => {
    const begun = performance.now()
    for (let k = 0; k < passes; k++) pass()
    return (performance.now() - begun) / passes
  }
  const passes = Math.max(1, Math.ceil(2 / timed(warmUp)))
  const times = Array.from({ length: rounds }, () => timed(passes)).sort((a, b) => a - b)
  return { median: times[Math.floor(rounds / 2)], fastest: times[0] }
}"""


def times(context: BrowserContext, packed: bytes) -> dict[str, float]:
    """Milliseconds of a pass."""
    serve_bytes(context, {"network.bin": packed, "pictures.bin": pictures(DIGITS).astype("<f4").tobytes()})
    page = empty_page(context)
    found: dict[str, float] = page.evaluate(TIME, {"warmUp": WARM_UP, "rounds": ROUNDS})
    page.close()
    return {name: round(time, 2) for name, time in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shipped = sorted(path.stem for path in home.SHIPPED_MODELS.glob("*.json"))
    parser.add_argument("models", nargs="*", default=shipped, metavar="MODEL")
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        for name in parser.parse_args().models:
            model = zoo.find(name)
            context = open_modules(browser)
            found[name] = times(context, export.pack(zoo.read_weights(model), model.network))
            context.close()
        browser.close()
    print(json.dumps({"browser_pass_ms": found}, indent=2))


if __name__ == "__main__":
    main()
