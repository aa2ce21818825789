"""Bad input for as long as one likes: routes, addresses, files, the command line, and forged messages to every page.

    python -m benchmarks.fuzz [--inputs 20000] [--minutes 0] [--seed 1]

Each round has a seed of its own, so that none tries what another did. It ends after so many inputs, or after so many
minutes where they are given, and fails with the shortest input that does harm: a traceback, a status of 500, or an
answer that takes longer than five seconds.
"""

import argparse
import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from harness import attacks
from harness.server import Server

# Every page, and of the larger ones each part that has widgets of its own.
PAGES = (
    ("", "digit=7"), ("layers", "digit=7"), ("layers", "digit=7&part=filter"), ("samples", ""),
    ("samples", "section=data"), ("samples", "section=quality"), ("samples", "section=mistakes"),
    ("samples", "section=game"), ("samples", "section=map"), ("samples", "section=robustness"),
    ("samples", "section=mine"), ("train", ""), ("train", "recipe=fast&layers=c8k3"), ("runs", ""),
    ("runs", "chosen=pen,fast"), ("runs", "view=search"),
)  # fmt: skip
A_ROUND = 200  # inputs of a kind, and an eighth of that on each page


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--inputs", type=int, default=20_000)
    options.add_argument("--minutes", type=float, default=0.0)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DIGITLAB_HOME"] = folder
        importlib.import_module("digitlab.backend")  # TensorFlow takes seconds, which are no input's
        server = Server(Path(folder) / "server")
        try:
            found = rounds(server, chosen.inputs, 60 * chosen.minutes, chosen.seed)
        finally:
            server.stop()
            server.end_workers()
    found["complaints"] = len(server.complaints())
    print(json.dumps(found))
    return 0 if not found["complaints"] and float(found["slowest"]) <= attacks.PATIENCE else 1


def rounds(server: Server, inputs: int, seconds: float, seed: int) -> dict[str, float | int]:
    """Attack until there were so many inputs, or so long; returns how many, and the slowest answer in seconds."""
    begun, tried, slowest = time.monotonic(), 0, 0.0
    number = seed * 1_000_000

    def note(kind: str, tally: attacks.Tally) -> None:
        nonlocal tried, slowest
        tried, slowest = tried + tally.tried, max(slowest, tally.slowest)
        if tally.slowest > attacks.PATIENCE:
            print(f"{tally.slowest:.1f} s for one of {kind}: {tally.which[:500]}", file=sys.stderr, flush=True)

    attacks.on_widgets(server, *PAGES[0], A_ROUND // 8, number)  # not counted: a new server waits for TensorFlow once
    while (time.monotonic() - begun < seconds) if seconds else (tried < inputs):
        number += 1
        for attack in (attacks.on_addresses, attacks.on_files, attacks.on_routes):
            note(attack.__name__, attack(A_ROUND, number))
        note("commands", attacks.on_commands(A_ROUND // 20, number))
        for page, query in PAGES:
            note(f"/{page}?{query}", attacks.on_widgets(server, page, query, A_ROUND // 8, number))
        print(f"{tried:,} inputs in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return {"inputs": tried, "seconds": round(time.monotonic() - begun), "slowest": round(slowest, 2)}


if __name__ == "__main__":
    sys.exit(main())
