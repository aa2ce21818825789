"""A run killed at ten moments drawn at random ends as one that is left in peace: `python -m benchmarks.kills`.

Each round has a seed, which is printed; `--seed N` repeats a round.
"""

import argparse
import os
import random
import sys
import tempfile

from digitlab.store import Store
from harness.kills import check_kills, drawn_by_lot


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="of the first round (default: any)")
    chosen = parser.parse_args()
    first = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    failed = 0
    for seed in range(first, first + chosen.rounds):
        kills = drawn_by_lot(random.Random(seed))
        with tempfile.TemporaryDirectory() as folder:
            os.environ["DIGITLAB_HOME"] = folder
            with Store() as store:
                try:
                    check_kills(store, kills)
                    print(f"seed {seed}: the same weights and rows after {len(kills)} kills", flush=True)
                except AssertionError as error:
                    failed += 1
                    print(f"seed {seed}: {kills}: {error}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
