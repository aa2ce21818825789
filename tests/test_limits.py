"""Limits of a run and of a person: refused with a sentence, in the store's transaction, and only as far as they go."""

from dataclasses import replace
from threading import Thread
from typing import Any

import pytest

from digitlab.errors import InputError
from digitlab.jobs import limits, orders
from digitlab.jobs.limits import GIGABYTE, LEAST_KEPT, MOST_KEPT
from digitlab.networks.graph import Network
from digitlab.networks.layers import Conv, Dense, Flatten
from digitlab.search import planning
from digitlab.store import Store
from digitlab.store.records import SavedCheckpoint
from digitlab.store.rights import OPERATOR, Person
from digitlab.training.config import TrainingConfig
from digitlab.training.recipes import RECIPES
from digitlab.training.space import Dimension
from digitlab.work.keeping import superfluous
from tests.trained import CONFIG

ANNA, BEN = Person("a" * 64, "school"), Person("b" * 64, "school")
NO_COOKIE = Person(None, "school")

WIDE = Network((Conv(filters=128, kernel=3), Flatten(), Dense(units=10)))


def network(units: int) -> Network:
    return Network((Flatten(), Dense(units=units, activation="relu"), Dense(units=10)))


def refusal(config: TrainingConfig) -> str:
    return str(limits.limits().refusal(limits.cost(config)) or "")


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_within_the_limits(name: str) -> None:
    assert refusal(RECIPES[name].config) == ""


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (TrainingConfig(network=network(2_000_000)), "has 1,590,000,010 parameters; this server allows"),
        (replace(CONFIG, batch_size=4096, network=WIDE), "of memory; this server allows 4.0 GB"),
        (replace(RECIPES["pen"].config, epochs=1000, steps=1_000_000), "multiply-adds"),
    ],
)
def test_a_run_that_is_too_much_is_refused_with_a_sentence(config: TrainingConfig, sentence: str, store: Store) -> None:
    assert sentence in refusal(config)
    with pytest.raises(InputError, match=sentence):
        orders.submit(ANNA, store, config)
    assert store.jobs.all() == []
    orders.submit(OPERATOR, store, config)  # the command line has no limits
    assert len(store.jobs.all()) == 1


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("DIGITLAB_LIMIT_PARAMETERS", "1000", "parameters; this server allows 1,000"),
        ("DIGITLAB_LIMIT_MEMORY_GB", "0.1", "of memory; this server allows 100 MB"),
        ("DIGITLAB_LIMIT_MULTIPLY_ADDS", "1e6", "multiply-adds; this server allows 1e"),
        ("DIGITLAB_LIMIT_CHECKPOINTS_GB", "0.0001", "The checkpoints of this run need"),
    ],
)
def test_limits_of_a_run_are_set_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    assert refusal(CONFIG) == ""
    monkeypatch.setenv(variable, value)
    assert sentence in refusal(CONFIG)
    monkeypatch.setenv(variable, "many")
    with pytest.raises(InputError, match=f"{variable} must be a number above 0; it is “many”"):
        limits.limits()


def test_a_person_has_so_many_runs_waiting_and_others_have_theirs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITLAB_LIMIT_WAITING", "2")
    monkeypatch.setenv("DIGITLAB_LIMIT_PEOPLE", "2")
    first = orders.submit(ANNA, store, CONFIG)
    orders.submit(ANNA, store, CONFIG)
    with pytest.raises(InputError, match=r"^You have 2 unfinished runs; at most 2 are allowed\."):
        orders.submit(ANNA, store, CONFIG)
    orders.submit(BEN, store, CONFIG)
    orders.submit(NO_COOKIE, store, CONFIG)
    with pytest.raises(InputError, match=r"^Your address has 4 unfinished runs"):  # a new cookie is no help
        orders.submit(Person("c" * 64, "school"), store, CONFIG)
    store.jobs.stop(OPERATOR, first.id)
    orders.submit(ANNA, store, CONFIG)


def test_runs_of_a_day_count_even_when_they_are_deleted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_LIMIT_RUNS_A_DAY", "3")
    for _ in range(3):
        run = orders.submit(ANNA, store, CONFIG).id
        store.jobs.stop(OPERATOR, run)
        store.runs.delete(OPERATOR, run)
    with pytest.raises(InputError, match=r"^Runs that you started within 24 hours: 3\. Requested now: 1\. Limit: 3\."):
        orders.submit(ANNA, store, CONFIG)


def test_the_trials_of_a_search_are_its_owners(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_LIMIT_RUNS_A_DAY", "10")
    given: dict[str, Any] = {"recipe": "own", "config": CONFIG, "sampler": "tpe", "pruner": "none"}
    given["space"] = (Dimension(name="learning_rate", low=1e-4, high=1e-2, log=True),)
    with pytest.raises(InputError, match="Requested now: 11"):
        planning.begin(ANNA, store, **given, trials=11)
    planning.begin(ANNA, store, **given, trials=8)
    (trial,) = store.searches.advance(1)
    assert (trial.owner, trial.address) == (ANNA.browser, ANNA.address)
    assert store.usages.of(ANNA).person.today == 8


def test_bytes_are_promised_until_a_run_has_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = orders.submit(ANNA, store, CONFIG, claimed=True)
    promised = limits.cost(CONFIG).checkpoint_bytes
    assert store.usages.of(ANNA).person.stored == promised
    store.runs.exchange(run, [SavedCheckpoint(1, 1, "a", "0" * 64, 1000)], 1, 2)
    store.jobs.end(store.jobs.get(run.id), "stopped")
    assert store.usages.of(ANNA).person.stored == 1000
    monkeypatch.setenv("DIGITLAB_LIMIT_STORED_GB", str(promised / GIGABYTE))
    with pytest.raises(InputError, match=r"Delete runs that you do not need\."):
        orders.submit(ANNA, store, CONFIG)


def test_more_epochs_are_limited_like_a_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = orders.submit(ANNA, store, CONFIG, claimed=True)
    store.jobs.end(store.jobs.get(run.id), "finished")
    monkeypatch.setenv("DIGITLAB_LIMIT_MULTIPLY_ADDS", str(limits.cost(CONFIG).multiply_adds * 2))
    with pytest.raises(InputError, match="multiply-adds"):
        orders.lengthen(ANNA, store, run.id, 1000)
    assert store.jobs.get(run.id).state == "finished"


def test_many_at_once_do_not_get_more_than_one_after_the_other(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_LIMIT_WAITING", "3")
    store = Store(url, busy_seconds=60)

    def ask() -> None:
        try:
            orders.submit(ANNA, store, CONFIG)
        except InputError as error:
            refused.append(str(error))

    refused: list[str] = []
    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(store.jobs.all("queued")), len(refused)) == (3, 5)
    store.close()


def test_checkpoints_stay_by_a_stated_rule() -> None:
    saved = [SavedCheckpoint(step, step // 10 if step % 10 == 0 else None, str(step), "", 1) for step in range(5, 205)]
    gone = {one.step for one in superfluous(saved, 7, 8)}
    stays = [one.step for one in saved if one.step not in gone]
    assert stays == [40, 70, 80, 120, 160, 200, 203, 204]
    assert len(saved) - len(superfluous(saved, 7, LEAST_KEPT)) == LEAST_KEPT
    assert limits.kept(1.0) == MOST_KEPT
    assert limits.kept(0.9 * GIGABYTE) == LEAST_KEPT
