"""Whether the pad loses a stroke: `python -m benchmarks.first_strokes [--count 300] [--done FILE]`.

Draws strokes at the worst moments (harness/first_strokes.py says which) and counts what the page kept. With --done, the
outcomes are noted in a file, and a run that was interrupted goes on where it ended.
"""

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path

from playwright.sync_api import sync_playwright

from harness.first_strokes import attempt, tries
from harness.server import ARGUMENTS, Server, chromium


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--done", type=Path, help="where the outcomes are noted, one line each")
    chosen = parser.parse_args()
    noted: list[str] = []
    if chosen.done and chosen.done.exists():
        noted = chosen.done.read_text(encoding="utf-8").split()
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = Server(Path(home))
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        try:
            for number, tried in enumerate(tries(chosen.count)):
                if number < len(noted):
                    continue
                noted.append(attempt(browser, server, tried))
                if noted[-1] != "kept":
                    print(f"{noted[-1]}: {tried}")
                if chosen.done:
                    chosen.done.write_text("\n".join(noted), encoding="utf-8")
        finally:
            browser.close()
            server.stop()
    counts = Counter(noted)
    print(json.dumps({"tries": len(noted), "lost": counts["lost"], "cut": counts["cut"]}))
    return 1 if counts["lost"] or counts["cut"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
