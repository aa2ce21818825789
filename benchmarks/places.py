"""What places of a pool on Ray gain, and what Ray costs: `python -m benchmarks.places [--runs 8] [--pairs 3]`

Runs of one thread are trained on the cluster of `make cluster`, with one place and with two. Beside that the same
trainings are made by bare processes, which know no queue and no database, one after the other and two at a time: what
two of them gain is all that this machine has to give. Then single runs are done on Ray and by a worker that is started
by hand, in turns: `start` is the time from asking for it to its first row, `digits_per_second` its training.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from digitlab import home
from digitlab.jobs import orders, settings
from digitlab.store import Store
from digitlab.store.records import ACTIVE, ENDED
from digitlab.store.rights import OPERATOR
from digitlab.training import recipes
from digitlab.training.loop import train
from harness.cluster import Cluster

RECIPE = "two-conv-64-dropout"
CONFIG = recipes.find(RECIPE).config.with_changes(train_size=30_000, validation_size=5_000, epochs=4, log_every=20)
GAIN = 0.95  # of what two bare processes gain over one
START = 3.0  # seconds more than a local process
SPEED = 0.98  # of a local process
PATIENCE = 600.0  # seconds for anything


def _until(happened: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > give_up:
            raise RuntimeError("Nothing went on for ten minutes.")
        time.sleep(0.05)


def bare(runs: int, at_once: int) -> float:
    """Seconds that so many trainings take, each in a process of its own."""
    begun = time.perf_counter()
    left, at_work = runs, list[subprocess.Popen[bytes]]()
    while left or at_work:
        while left and len(at_work) < at_once:
            at_work.append(subprocess.Popen([sys.executable, "-m", "benchmarks.places", "--bare"], cwd=home.ROOT))
            left -= 1
        time.sleep(0.05)
        if any(process.poll() for process in at_work):
            raise RuntimeError("A bare training failed.")
        at_work = [process for process in at_work if process.returncode is None]
    return time.perf_counter() - begun


def queued(cluster: Cluster, store: Store, runs: int, places: int) -> float:
    """Seconds that so many runs take on a pool of so many places."""
    if cluster.places != places:
        cluster.places = places
        while cluster.supervisors:
            old = cluster.supervisors.pop()
            old.kill()
            old.wait()
        cluster.start_supervisor()
        _until(lambda: settings.places_in_pool(store) == places)
    begun = time.perf_counter()
    numbers = [orders.submit(OPERATOR, store, CONFIG, recipe=RECIPE, threads=1).id for _ in range(runs)]
    _until(lambda: all(store.jobs.get(number).state in ENDED for number in numbers))
    took = time.perf_counter() - begun
    if any(store.jobs.get(number).state != "finished" for number in numbers):
        raise RuntimeError("A run did not finish.")
    return took


def single(store: Store, local: bool) -> tuple[float, float]:
    """One run: seconds until its first row, and its digits a second."""
    begun = time.perf_counter()
    job = orders.submit(OPERATOR, store, CONFIG, recipe=RECIPE, threads=1, claimed=local)
    command = [sys.executable, "-P", "-m", "digitlab.work.worker", str(job.id), "--attempt", "1"]
    process = subprocess.Popen(command, cwd=home.ROOT) if local else None
    _until(lambda: bool(store.runs.steps(job.id)))
    start = time.perf_counter() - begun
    _until(lambda: store.jobs.get(job.id).state not in (*ACTIVE, "queued"))
    if process:
        process.wait()
    seconds = sum(epoch.seconds for epoch in store.runs.epochs(job.id))
    return start, CONFIG.epochs * CONFIG.digits / seconds


def main() -> int:
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.places",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--runs", type=int, default=8)
    options.add_argument("--pairs", type=int, default=3, help="single runs on Ray and locally")
    options.add_argument("--bare", action="store_true", help="train once in this process, and nothing else")
    chosen = options.parse_args()
    if chosen.bare:
        settings.use_threads(1)
        for _ in train(CONFIG):
            pass
        return 0
    seconds: dict[str, float] = {}
    singles = defaultdict[str, list[tuple[float, float]]](list)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Cluster(Path(folder)) as cluster:
        os.environ |= {**cluster.environment, "DIGITLAB_HOME": f"{folder}/counting"}
        with Store(patience=60.0) as store:
            queued(cluster, store, 2, 2)  # each node imports TensorFlow once, as all later ones do from the page cache
            for places in (2, 1):
                seconds[f"bare {places}"] = round(bare(chosen.runs, places), 1)
                seconds[f"places {places}"] = round(queued(cluster, store, chosen.runs, places), 1)
                print(json.dumps(seconds), file=sys.stderr, flush=True)
            for _ in range(chosen.pairs):
                singles["ray"].append(single(store, local=False))
                singles["local"].append(single(store, local=True))
    gain = {kind: round(seconds[f"{kind} 1"] / seconds[f"{kind} 2"], 2) for kind in ("bare", "places")}
    start = {kind: round(statistics.median(one for one, _ in found), 1) for kind, found in singles.items()}
    speed = {kind: round(statistics.median(one for _, one in found)) for kind, found in singles.items()}
    report = {"seconds": seconds, "gain": gain, "start": start, "digits_per_second": speed}
    print(json.dumps(report, indent=2))
    broken = []
    if gain["places"] < GAIN * gain["bare"]:
        broken.append(f"not held: two places gain {gain['places']}, two bare processes {gain['bare']}")
    if start and start["ray"] - start["local"] > START:
        broken.append(f"not held: Ray starts {start['ray'] - start['local']:.1f} s later")
    if speed and speed["ray"] < SPEED * speed["local"]:
        broken.append(f"not held: on Ray {speed['ray']} digits a second, locally {speed['local']}")
    for line in broken:
        print(line)
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
