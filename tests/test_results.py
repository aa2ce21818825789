"""What is computed for a model is kept, found again, and computed once however many ask."""

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitlab.insight.progress import Report
from digitlab.jobs import asking
from digitlab.store import Store, results
from digitlab.store.results import Result, Wanted, keep, kept
from digitlab.store.rights import OPERATOR
from digitlab.work import kinds
from digitlab.work.exchange import Exchange
from harness import kept_files
from harness.kept_files import folder

MODEL = "0123456789ab"


def some(value: float, facts: dict[str, Any] | None = None) -> Result:
    return Result({"values": np.full(1000, value)}, facts or {})


def test_a_kept_result_comes_back_with_its_arrays_and_facts() -> None:
    wanted = Wanted("map", MODEL, {"layer": "dense_1", "n": 5})
    assert kept(wanted) is None
    keep(wanted, Result({"places": np.arange(6, dtype=np.float32).reshape(3, 2)}, {"took": 1.5, "names": ["a"]}))
    found = kept(Wanted("map", MODEL, {"n": 5, "layer": "dense_1"}))
    assert found is not None
    np.testing.assert_array_equal(found.arrays["places"], [[0, 1], [2, 3], [4, 5]])
    assert found.facts == {"took": 1.5, "names": ["a"]}
    for other in (Wanted("map", MODEL, {"n": 6, "layer": "dense_1"}), Wanted("map", "0" * 12, wanted.options)):
        assert kept(other) is None


def test_a_result_that_is_kept_again_is_the_new_one() -> None:
    wanted = Wanted("map", MODEL)
    for value in (1, 2):
        keep(wanted, some(value))
        found = kept(wanted)
        assert found is not None
        assert found.arrays["values"][0] == value


def test_a_cut_file_counts_as_none() -> None:
    wanted = Wanted("map", MODEL)
    keep(wanted, some(1))
    file = kept_files.file(wanted.key)
    content = file.read_bytes()
    for length in (0, 10, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        assert kept(wanted) is None


def test_what_was_not_read_for_longest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [Wanted("map", MODEL, {"n": n}) for n in range(4)]
    rng = np.random.default_rng(0)
    for number, one in enumerate(wanted[:3]):
        keep(one, Result({"noise": rng.random(1000)}))
        os.utime(kept_files.file(one.key), ns=(number, number))
    assert kept(wanted[0]) is not None
    monkeypatch.setattr(results, "LIMIT", 3 * kept_files.file(wanted[0].key).stat().st_size + 100)
    keep(wanted[3], Result({"noise": rng.random(1000)}))
    assert [kept_files.file(one.key).exists() for one in wanted] == [True, False, True, True]


def test_many_may_keep_and_read_the_same_at_once() -> None:
    wanted = Wanted("map", MODEL)
    keep(wanted, some(0))
    seen: list[bool] = []

    def work(value: int) -> None:
        for _ in range(10):
            keep(wanted, some(value))
            found = kept(wanted)
            seen.append(found is not None and len(set(found.arrays["values"])) == 1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 40
    assert [path.suffix for path in kept_files.file("results").iterdir()] == [".npz"]


@pytest.mark.parametrize(("kind", "model"), [("../map", MODEL), ("map", "../0123456789")])
def test_a_name_that_leads_elsewhere_is_refused(kind: str, model: str) -> None:
    with pytest.raises(ValueError, match="not a kind and a hash"):
        Wanted(kind, model)


def test_all_who_ask_for_the_same_wait_for_one_job() -> None:
    wanted = Wanted("map", MODEL, {"pair": (1, 2)})
    with Store() as store:
        first = asking.ask(OPERATOR, store, wanted)
        assert asking.ask(OPERATOR, store, wanted).id == first.id
        assert asking.ask(OPERATOR, store, Wanted("map", MODEL)).id != first.id
        store.jobs.stop(OPERATOR, first.id)
        again = asking.ask(OPERATOR, store, wanted)
        assert again.id != first.id
        assert store.queue.before(again) == 1
        found = asking.asked(store, wanted)
        assert found is not None
        assert found.id == again.id


def test_ended_jobs_do_not_pile_up() -> None:
    with Store() as store:
        for number in range(asking.KEPT + 5):
            job = asking.ask(OPERATOR, store, Wanted("map", MODEL, {"n": number}))
            folder(job.id).mkdir(parents=True)
            (folder(job.id) / "log-0001.txt").touch()
            store.jobs.stop(OPERATOR, job.id)
        asking.ask(OPERATOR, store, Wanted("map", MODEL))
        assert len(store.jobs.all()) == asking.KEPT + 1
    assert len(list(folder(1).parent.iterdir())) == asking.KEPT


def test_the_job_computes_and_keeps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def square(wanted: Wanted, report: Report) -> Result:
        report(1, 2)
        return some(wanted.options["n"] ** 2)

    monkeypatch.setitem(kinds.COMPUTED, "squares", square)
    monkeypatch.setitem(kinds.FUNCTIONS, "squares", kinds._compute_and_keep("squares"))
    wanted = Wanted("squares", MODEL, {"n": 3})
    with Store() as store:
        asking.ask(OPERATOR, store, wanted)
        job = store.jobs.claim(1)
        assert job is not None
        with Exchange(store, job) as exchange:
            kinds.perform(store, exchange)
        assert store.jobs.get(job.id).state == "finished"
    found = kept(wanted)
    assert found is not None
    assert found.arrays["values"][0] == 9
