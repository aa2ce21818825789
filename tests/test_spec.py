"""What a run is made from, as its row keeps it: read as it was written, refused in a sentence where it is damaged."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digitlab.errors import DataError
from digitlab.jobs.speed import SpeedSpec
from digitlab.store import Store, tables
from digitlab.store.records import SPEED, TRAINING
from digitlab.store.results import Wanted
from digitlab.store.rights import OPERATOR
from digitlab.training.recipes import RECIPES
from digitlab.training.search_plan import SearchPlan
from digitlab.training.space import Dimension
from digitlab.training.spec import Fork, TrainingSpec, place_of_model
from digitlab.work import kinds
from digitlab.work.exchange import Exchange

CONFIG = RECIPES["two-conv-128"].config
FULL = TrainingSpec(
    config=CONFIG,
    threads=2,
    out=Path("/models"),
    command="python -m digitlab train two-conv-128",
    branch=Fork("0" * 64, True),
    search=3,
    goes_on_after=844,
)
PLAN = SearchPlan(
    run=TrainingSpec(config=CONFIG.with_changes(validation="last"), threads=2),
    space=(
        Dimension(name="batch_size", choices=(32, 64)),
        Dimension(name="learning_rate", low=1e-4, high=1e-2, log=True),
    ),
    sampler="random",
    pruner="none",
    trials=7,
    seed=3,
)
# As the first version wrote it.
OLD: dict[str, Any] = {"config": CONFIG.to_record(), "threads": 2, "out": None, "command": "python …"}


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store() as opened:
        yield opened


@pytest.mark.parametrize("spec", [FULL, TrainingSpec(config=CONFIG, threads=1)])
def test_a_specification_survives_json(spec: TrainingSpec) -> None:
    assert TrainingSpec.from_record(json.loads(json.dumps(spec.to_record()))) == spec


def test_a_row_of_the_first_version_is_read_and_written_as_it_was() -> None:
    read = TrainingSpec.from_record(OLD)
    assert read == TrainingSpec(config=CONFIG, threads=2, command="python …")
    assert read.to_record() == OLD


def test_the_folder_of_a_model_is_known_without_reading_the_rest() -> None:
    assert place_of_model(FULL.to_record()) == FULL.out
    assert place_of_model(OLD) is None
    assert place_of_model(OLD | {"out": "runs/12"}) == "runs/12"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (
            {name: value for name, value in OLD.items() if name != "threads"},
            "of the run is incomplete: “threads” is missing",
        ),
        ({"threads": 2}, "of the run is incomplete: “config” is missing"),
        (OLD | {"colour": "red"}, "of the run contains “colour”, which this version of DigitLab does not know"),
        (OLD | {"threads": "two"}, "of the run is damaged: threads = 'two'"),
        (OLD | {"threads": True}, "threads = True"),
        (OLD | {"threads": 0}, "threads = 0"),
        (OLD | {"out": 5}, "out = 5"),
        (OLD | {"branch": {"sha256": "0"}}, "of the fork is incomplete: “same_optimizer” is missing"),
        (OLD | {"branch": {"sha256": "0", "same_optimizer": 1}}, "same_optimizer = 1"),
        (OLD | {"goes_on_after": 1.5}, "goes_on_after = 1.5"),
        (OLD | {"config": []}, "config = "),
        (OLD | {"config": {}}, "settings of the run cannot be used here. A training run needs a network"),
        (OLD | {"config": OLD["config"] | {"epochs": 0}}, "Epochs must be a whole number from 1 to 1,000, not “0”"),
        (OLD | {"config": OLD["config"] | {"swirl": 1}}, "no setting “swirl”"),
        (OLD | {"config": OLD["config"] | {"network": 5}}, "settings of the run are damaged"),
        (OLD | {"config": OLD["config"] | {"network": [5]}}, "settings of the run are damaged"),
        ([], "is damaged: []"),
    ],
)
def test_a_damaged_row_is_refused_in_a_sentence_that_names_what_is_wrong(record: Any, said: str) -> None:
    with pytest.raises(DataError) as refused:
        TrainingSpec.from_record(record)
    assert said in str(refused.value)


def test_a_search_survives_json() -> None:
    assert SearchPlan.from_record(json.loads(json.dumps(PLAN.to_record()))) == PLAN


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trials": "many"}, "of the search is damaged: trials = 'many'"),
        ({"trials": 0}, "plan of the search cannot be used here. A search has 1 to 500 trials"),
        ({"sampler": "best"}, "The setting `sampler` must be one of"),
        ({"colour": "red"}, "of the search contains “colour”, which this version of DigitLab does not know"),
        ({"space": [{"name": "swirl", "choices": [1, 2]}]}, "no setting “swirl”"),
        ({"space": [{"name": "batch_size", "colour": 1}]}, "of the search is damaged: space"),
        ({"space": [5]}, "of the search is damaged: space"),
        ({"space": []}, "at least one setting to vary"),
        ({"run": {"threads": 2}}, "of the run is incomplete: “config” is missing"),
    ],
)
def test_a_damaged_search_is_refused_in_a_sentence(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError) as refused:
        SearchPlan.from_record(PLAN.to_record() | changes)
    assert said in str(refused.value)


def test_a_search_that_cannot_be_read_stops_alone(store: Store) -> None:
    damaged, good = (
        store.searches.create(OPERATOR, name=name, recipe="fast", plan=PLAN) for name in ("damaged", "good")
    )
    with store.database.write() as connection:
        mine = tables.searches.c.id == damaged.id
        connection.execute(sa.update(tables.searches).where(mine).values(plan=PLAN.to_record() | {"trials": None}))
    (queued,) = store.searches.advance(1)
    assert [trial.run.id for trial in store.searches.trials(good.id)] == [queued.id]
    assert [store.searches.get(search.id).state for search in (damaged, good)] == ["stopped", "running"]


def test_other_kinds_of_jobs_are_read_as_they_were_written_and_refused_alike() -> None:
    wanted = Wanted("map", "0123456789ab", {"layer": "dense_1", "n": 5})
    assert Wanted.from_record("map", wanted.to_record()) == wanted
    assert SpeedSpec.from_record(SpeedSpec(2).to_record()) == SpeedSpec(2)
    for record in ({}, {"threads": 0}, {"threads": None}, {"threads": 2, "cores": 4}):
        with pytest.raises(DataError):
            SpeedSpec.from_record(record)
    for damaged in ({"model": "0123456789ab"}, {"model": "../pen", "options": {}}, {"model": "0" * 12, "options": 1}):
        with pytest.raises(DataError, match="of the job “map”"):
            Wanted.from_record("map", damaged)


@pytest.mark.parametrize(
    ("kind", "record", "said"),
    [
        (TRAINING, OLD | {"threads": "two"}, "threads = 'two'"),
        (TRAINING, OLD | {"search": 1, "config": {}}, "needs a network"),
        (SPEED, {}, "the speed test is incomplete: “threads” is missing"),
        ("favourites", {"options": {}}, "the job “favourites” is incomplete: “model” is missing"),
    ],
)
def test_a_job_whose_row_is_damaged_fails_with_the_sentence(
    store: Store, kind: str, record: Mapping[str, Any], said: str
) -> None:
    if kind == TRAINING:
        job = store.runs.create(OPERATOR, name="a", recipe="own", parameters=1, spec=dict(record), claimed=True).job
    else:
        job = store.jobs.submit(OPERATOR, kind, dict(record), claimed=True)
    with pytest.raises(DataError), Exchange(store, job) as exchange:
        kinds.perform(store, exchange)
    ended = store.jobs.get(job.id)
    assert ended.state == "failed"
    assert said in str(ended.reason)
