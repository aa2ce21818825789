"""Faults of a cluster, counted: `make cluster-faults`, or

    python -m benchmarks.cluster_faults [--only KIND …] [--count N] [--done FILE]

While three runs and a search work on two Ray nodes, one part after the other is killed, restarted or sent away. Each
run must end by itself, with the rows and the weights of one that nothing happened to. With --done, what was found is
noted in a file after each kind, and a count that was interrupted goes on with the next kind.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from digitlab.jobs import orders
from digitlab.search import planning
from digitlab.store import Store
from digitlab.store.records import ACTIVE, ENDED
from digitlab.store.rights import OPERATOR
from digitlab.training.space import Dimension
from harness.cluster import Cluster
from harness.kills import CONFIG, figures, weights

COUNTS = {"node": 20, "server": 20, "supervisor": 20, "postgresql": 10, "objects": 5}
AWAY = 60.0  # seconds that the object store does not answer
RUNS = 3  # at work or waiting while faults come
RECIPE = "two-conv-64-dropout"
LONG = CONFIG.with_changes(epochs=40)
PATIENCE = 600.0  # seconds for anything


class Faults:
    """What goes wrong, on a cluster whose runs and searches are kept at work.

    Attributes:
        runs: the numbers of all runs so far; the first one was left in peace.
    """

    def __init__(self, cluster: Cluster, store: Store) -> None:
        self._cluster, self._store = cluster, store
        self._inflict: dict[str, Callable[[], None]] = {
            "node": self._node,
            "server": self._server,
            "supervisor": self._supervisor,
            "postgresql": cluster.postgresql.restart,
            "objects": self._objects,
        }
        self.runs = [self._submit()]
        self._until(lambda: store.jobs.get(self.runs[0]).state in ENDED)

    def count(self, kind: str, times: int) -> dict[str, Any]:
        """So many faults of a kind, each once what it meets has gone on; what became of the runs."""
        first, done = len(self.runs), 0
        while done < times:
            self._keep_busy(first)
            self._until_it_would_hurt(kind, first)
            self._inflict[kind]()
            done += 1
            print(f"  {kind} {done} of {times}, {len(self.runs) - first} runs so far", flush=True)
        self._until(lambda: not self._store.jobs.all(*ACTIVE, "queued"))
        return self._compared(self.runs[first:]) | {"kind": kind, "times": times}

    def _keep_busy(self, first: int) -> None:
        jobs = [self._store.jobs.get(run) for run in self.runs[first:]]
        for _ in range(RUNS - sum(job.state not in ENDED for job in jobs)):
            self.runs.append(self._submit())
        if not any(search.state == "running" for search in self._store.searches.all(OPERATOR)):
            planning.begin(
                OPERATOR,
                self._store,
                recipe=RECIPE,
                config=planning.base(CONFIG, epochs=2),
                space=[Dimension(name="learning_rate", low=1e-3, high=1e-2, log=True)],
                sampler="random",
                pruner="none",
                trials=4,
            )

    def _submit(self) -> int:
        return orders.submit(OPERATOR, self._store, LONG, recipe=RECIPE, threads=1).id

    def _until_it_would_hurt(self, kind: str, first: int) -> None:
        """Until a job goes on that the fault meets: of a node one that is at work there, else any run of this count."""
        seen: dict[int, float] = {}

        def goes_on() -> bool:
            met = self._cluster.nodes["worker"].jobs() if kind == "node" else self.runs[first:]
            done = {job: self._store.jobs.get(job).done for job in met}
            return any(count > seen.setdefault(job, count) for job, count in done.items())

        self._until(goes_on)

    def _compared(self, runs: list[int]) -> dict[str, Any]:
        whole = figures(self._store, self.runs[0]), weights(self._store, self.runs[0])
        ended = [run for run in runs if self._store.jobs.get(run).state == "finished"]
        return {
            "runs": len(runs),
            "lost": len(runs) - len(ended),
            "other rows": sum(figures(self._store, run) != whole[0] for run in ended),
            "other weights": sum(weights(self._store, run) != whole[1] for run in ended),
            "searches": len(self._store.searches.all(OPERATOR)),
            "interrupted": sum(self._store.jobs.get(run).attempt - 1 for run in runs),
        }

    def _until(self, happened: Callable[[], bool]) -> None:
        give_up = time.monotonic() + PATIENCE
        while not happened():
            for run in self.runs:
                job = self._store.jobs.get(run)
                if job.state in ("failed", "interrupted", "paused"):  # only a person goes on from there
                    raise RuntimeError(f"Run {run} is {job.state}: {job.reason}")
            if time.monotonic() > give_up:
                raise RuntimeError("Nothing went on for ten minutes.")
            time.sleep(0.1)

    def _node(self) -> None:
        self._cluster.nodes["worker"].kill()
        self._cluster.start_node("worker")

    def _server(self) -> None:
        self._cluster.servers[0].process.kill()
        self._cluster.servers[0].stop()
        self._cluster.start_server(0)

    def _supervisor(self) -> None:
        """The one that acts: the oldest."""
        oldest = self._cluster.supervisors.pop(0)
        oldest.kill()
        oldest.wait()
        self._cluster.start_supervisor()

    def _objects(self) -> None:
        self._cluster.objects.hold()
        time.sleep(AWAY)
        self._cluster.objects.go_on()


def main() -> int:
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.cluster_faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--only", nargs="+", choices=COUNTS, default=list(COUNTS), metavar="KIND")
    options.add_argument("--count", type=int, help="of each kind, in place of the full counts")
    options.add_argument("--done", type=Path, help="where what was found is noted, a line for each kind")
    chosen = options.parse_args()
    noted: list[dict[str, Any]] = []
    if chosen.done and chosen.done.exists():
        noted = [json.loads(line) for line in chosen.done.read_text(encoding="utf-8").splitlines()]
    left = [kind for kind in chosen.only if kind not in {one["kind"] for one in noted}]
    if left:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Cluster(Path(folder)) as cluster:
            os.environ |= {**cluster.environment, "DIGITLAB_HOME": f"{folder}/counting"}
            with Store(patience=60.0) as store:
                faults = Faults(cluster, store)
                for kind in left:
                    noted.append(faults.count(kind, chosen.count or COUNTS[kind]))
                    print(json.dumps(noted[-1]), flush=True)
                    if chosen.done:
                        chosen.done.write_text("".join(f"{json.dumps(one)}\n" for one in noted), encoding="utf-8")
    return int(any(one["lost"] or one["other rows"] or one["other weights"] for one in noted))


if __name__ == "__main__":
    sys.exit(main())
