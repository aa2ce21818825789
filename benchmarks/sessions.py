"""Many open pages: five hundred that rest and a hundred that draw, and none is stuck.

    python -m benchmarks.sessions [--idle 500] [--drawing 100] [--seconds 30] [--model pen]

Clients without a browser open the Draw page as a Chromium did that was recorded (`benchmarks.crowd`). The first rest;
then the others draw, each stroke of which the server must confirm; then each that rested has its page made once more.
All come from this machine, so that the limit for one address is raised. The server begins with the usual soft limit of
1,024 open files.
"""

import argparse
import asyncio
import json
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.crowd import Recording, Session, recorded
from harness.server import Server

SOFT = 1024  # open files, as most systems begin with
STUCK = 10.0  # seconds without a confirmation
OPENING = 60.0  # seconds without a page


async def scene(server: Server, recording: Recording, idle: int, drawing: int, seconds: float) -> dict[str, float]:
    """All sessions; raises what the server does to one of them."""
    resting = [Session(server.url, number) for number in range(idle)]
    drawers = [Session(server.url, idle + number) for number in range(drawing)]
    begun = time.perf_counter()
    for session in resting + drawers:
        await asyncio.wait_for(session.open(recording), OPENING)
    opened = time.perf_counter() - begun
    files = sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())
    end = asyncio.get_running_loop().time() + seconds
    await asyncio.gather(*[session.draw(recording, end) for session in drawers])
    waits = [wait for session in drawers for wait in session.waits.confirmed]
    begun = time.perf_counter()
    await asyncio.gather(*[session.look_again(recording) for session in resting])
    again = time.perf_counter() - begun
    for session in resting + drawers:
        await session.close()
    return {
        "open_seconds": round(opened, 1),
        "open_files": files,
        "strokes": len(waits),
        "confirmed_median_ms": round(1000 * float(np.median(waits)), 1),
        "confirmed_longest_ms": round(1000 * max(waits), 1),
        "all_pages_again_seconds": round(again, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--idle", type=int, default=500)
    parser.add_argument("--drawing", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--model", default="pen")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT, hard))  # the server inherits it; the clients raise theirs below
    with tempfile.TemporaryDirectory() as home:
        more = {"DIGITLAB_HOME": home, "DIGITLAB_LIMIT_SESSIONS_AN_ADDRESS": "1000"}
        server = Server(Path(home), environment=os.environ | more)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        try:
            recording = recorded(server, arguments.model)
            found = asyncio.run(scene(server, recording, arguments.idle, arguments.drawing, arguments.seconds))
            complaints = server.complaints()
        finally:
            server.stop()
    print(json.dumps(found, indent=2))
    stuck = found["confirmed_longest_ms"] > 1000 * STUCK
    for line in complaints + (["not held: a stroke was stuck"] if stuck else []):
        print(line)
    return 1 if stuck or complaints else 0


if __name__ == "__main__":
    raise SystemExit(main())
