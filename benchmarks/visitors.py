"""Two hundred visitors who draw at once on two web servers behind the balancer, against one visitor.

    python -m benchmarks.visitors [--visitors 200] [--seconds 30] [--rounds 3]

The cluster of `make cluster` is started. Recorded strokes are sent by clients without a browser, one stroke every two
seconds each (benchmarks/crowd.py says how). Each round's visitors leave before the next ones come, and so does what the
servers kept for them: `left_mb` is what they hold once Streamlit has forgotten the round's sessions.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.crowd import crowd, recorded, resident
from harness.cluster import Cluster

LIMIT = 2.0  # times the p95 of one visitor
MEMORY = 2.0  # megabytes a session
GROWTH = 0.1  # megabytes a visitor and round, once the first round's visitors have left
LOADING = 60.0  # seconds in which both servers load TensorFlow, which takes memory once and is no visitor's
FORGOTTEN = 130.0  # seconds; Streamlit keeps a lost connection's session for two minutes


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--visitors", type=int, default=200)
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    rounds = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Cluster(Path(folder)) as cluster:
        recording = recorded(cluster.servers[0], "pen")
        asyncio.run(crowd(cluster.url, cluster.servers, recording, 1, LOADING))  # not counted
        one = asyncio.run(crowd(cluster.url, cluster.servers, recording, 1, chosen.seconds))
        for _ in range(chosen.rounds):
            found = asyncio.run(crowd(cluster.url, cluster.servers, recording, chosen.visitors, chosen.seconds))
            time.sleep(FORGOTTEN)
            rounds.append(found | {"left_mb": round(sum(map(resident, cluster.servers)) / 1e6, 1)})
            print(json.dumps(rounds[-1]), file=sys.stderr, flush=True)
        complaints = [line for server in cluster.servers for line in server.complaints()]
    ratio = round(max(found["confirmed_p95_ms"] for found in rounds) / one["confirmed_p95_ms"], 2)
    memory = max(found["megabytes_a_session"] for found in rounds)
    growth = 0.0
    if chosen.rounds > 1:
        growth = (rounds[-1]["left_mb"] - rounds[0]["left_mb"]) / chosen.visitors / (chosen.rounds - 1)
    report = {"one": one, "rounds": rounds, "ratio": ratio, "growth_mb_a_visitor": round(growth, 3)}
    print(json.dumps(report, indent=2))
    broken = [f"not held: p95 {ratio} times that of one visitor"] if ratio > LIMIT else []
    broken += [f"not held: {memory} MB a session"] if memory > MEMORY else []
    broken += [f"not held: {growth:.2f} MB stay of each visitor"] if growth > GROWTH else []
    for line in broken + complaints:
        print(line)
    return 1 if broken or complaints else 0


if __name__ == "__main__":
    sys.exit(main())
