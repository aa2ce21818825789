"""Search: on both databases, with real trials of a small network, and with a worker that is killed."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digitlab import cli
from digitlab.errors import InputError
from digitlab.jobs.launch import LocalProcesses
from digitlab.jobs.supervisor import Supervisor
from digitlab.networks import block_layers
from digitlab.networks.blocks import Blocks, ConvBlock
from digitlab.networks.layers import Conv
from digitlab.search import planning, study
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.store.searches import Search
from digitlab.store.transitions import Transitions
from digitlab.training.recipes import RECIPES
from digitlab.training.space import Dimension, apply, grid
from digitlab.work import kinds
from digitlab.work.exchange import Exchange
from harness import postgresql
from tests.trained import CONFIG
from tests.waiting import at_work, until

RATE = Dimension(name="learning_rate", low=1e-4, high=1e-2, log=True)
BATCH = Dimension(name="batch_size", choices=(1000, 2000))
SHORT = replace(CONFIG, epochs=2, batch_size=1000, train_size=4000, validation_size=1000)  # 4 steps an epoch


@pytest.fixture(scope="module")
def postgresql_server() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


BOTH = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest, home: Path) -> Iterator[Store]:
    url = None
    if getattr(request, "param", "sqlite") == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            name = f"search_{connection.exec_driver_sql('SELECT count(*) FROM pg_database').scalar()}"
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        url = f"{server}/{name}"
    with Store(url, busy_seconds=5.0) as opened:
        yield opened


def begin(store: Store, **more: Any) -> Search:
    given: dict[str, Any] = {
        "recipe": "two-conv-64-logits",
        "config": SHORT,
        "space": (RATE, BATCH),
        "sampler": "tpe",
        "pruner": "none",
        "trials": 3,
    }
    return planning.begin(OPERATOR, store, **given | more)


def work(store: Store, most: int = 100) -> int:
    """What a supervisor and its workers do, in this process; returns how many trials were made."""
    for done in range(most):
        store.searches.advance(1)
        job = store.jobs.claim(1)
        if job is None:
            return done
        with Exchange(store, job) as exchange:
            kinds.perform(store, exchange)
    return most


@BOTH
def test_a_search_makes_its_trials_one_after_the_other_as_runs(store: Store) -> None:
    search = begin(store)
    assert work(store) == 3
    assert store.searches.get(search.id).state == "finished"
    trials = store.searches.trials(search.id)
    assert [trial.number for trial in trials] == [0, 1, 2]
    for trial in trials:
        assert trial.run.state == "finished"
        assert trial.settings is not None
        config = trial.run.spec.config
        assert config == apply(SHORT, trial.settings)
        assert trial.run.best_validation is not None
    assert len({str(trial.settings) for trial in trials}) == 3
    with study.opened(store, search, 3) as opened:
        values = [trial.value for trial in opened.get_trials() if trial.state.name == "COMPLETE"]
    assert values == [trial.run.best_validation for trial in trials]


@BOTH
def test_optunas_tables_are_there_before_the_first_worker(store: Store) -> None:
    search = begin(store)
    with store.database.read() as connection:
        assert sa.inspect(connection).has_table("studies")
    names: list[str] = []

    def worker(number: int) -> None:
        with study.opened(store, search, number) as opened:
            names.append(opened.study_name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker, range(4)))
    assert names == [f"digitlab-{search.id}"] * 4


def test_a_grid_tries_every_combination_once(store: Store) -> None:
    space = (Dimension(name="learning_rate", low=1e-3, high=4e-3, log=True, points=2), BATCH)
    search = begin(store, space=space, sampler="grid", config=replace(SHORT, epochs=1))
    assert search.plan.trials == 4
    assert work(store) == 4
    tried = [sorted((trial.settings or {}).items()) for trial in store.searches.trials(search.id)]
    assert sorted(tried) == sorted(sorted(row.items()) for row in grid(space))


def test_trials_without_hope_are_stopped(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    space = (Dimension(name="learning_rate", choices=(5e-3, 4e-3, 1e-7)),)
    monkeypatch.setattr(study, "_sampler", _in_this_order("learning_rate", (5e-3, 4e-3, 1e-7)))
    search = begin(store, space=space, pruner="median", config=replace(SHORT, epochs=6))
    assert work(store) == 3
    *others, hopeless = store.searches.trials(search.id)
    assert [len(store.runs.epochs(trial.run.id)) for trial in others] == [6, 6]
    assert hopeless.pruned
    assert hopeless.run.state == "stopped"
    assert len(store.runs.epochs(hopeless.run.id)) < 6
    assert study.outcome(hopeless) == "pruned"


def _in_this_order(name: str, values: tuple[float, ...]) -> Any:
    """A sampler for tests of what comes after it."""
    from optuna.samplers import RandomSampler

    class InOrder(RandomSampler):
        def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
            assert param_name == name
            return values[trial.number]

    return lambda search, seed: InOrder()


@BOTH
def test_a_stopped_search_goes_on_where_it_was(store: Store) -> None:
    search = begin(store, config=replace(SHORT, epochs=1))
    assert work(store, most=1) == 1
    store.searches.advance(1)
    store.searches.stop(OPERATOR, search.id)
    assert len(store.searches.trials(search.id)) == 1, "what has not begun is taken back"
    assert work(store) == 0
    store.searches.resume(OPERATOR, search.id)
    assert work(store) == 2
    assert [trial.number for trial in store.searches.trials(search.id)] == [0, 1, 2]
    assert store.searches.get(search.id).state == "finished"


@BOTH
def test_two_supervisors_queue_no_trial_twice(store: Store) -> None:
    search = begin(store, trials=30)
    together = threading.Barrier(4)

    def advance() -> None:
        together.wait()
        for _ in range(10):
            store.searches.advance(25)

    threads = [threading.Thread(target=advance) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [trial.number for trial in store.searches.trials(search.id)] == list(range(25))


def while_another_writes(store: Store, theirs: Callable[[sa.Connection], object], ours: Callable[[], object]) -> None:
    """Another process writes, and has not quite ended when `ours` gets there and has to wait; both come to an end."""
    waits = threading.Event()

    def about_to(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement == "BEGIN IMMEDIATE" or "FOR UPDATE" in statement:
            waits.set()

    with store.database.read() as connection:
        engine = connection.engine
    with Store(store.database.url) as others, ThreadPoolExecutor(1) as pool:
        with others.database.write() as connection:
            theirs(connection)
            sa.event.listen(engine, "before_cursor_execute", about_to)
            answer = pool.submit(ours)
            assert waits.wait(60)
        answer.result(60)
    sa.event.remove(engine, "before_cursor_execute", about_to)


@BOTH
def test_stopping_a_search_stops_its_trials_though_one_of_them_ends_meanwhile(store: Store) -> None:
    search = begin(store, trials=5)
    queued = [store.searches.advance(2)[0] for _ in range(2)]
    for _ in queued:
        job = store.jobs.claim(2)
        assert job is not None
        store.jobs.begin(job)
    first, second = (store.jobs.get(job.id) for job in queued)
    changes = Transitions(store.clock)
    while_another_writes(
        store,
        lambda connection: changes.conclude(connection, first, "finished"),
        lambda: store.searches.stop(OPERATOR, search.id),
    )
    assert [store.jobs.get(job.id).state for job in (first, second)] == ["finished", "stopping"]
    assert store.searches.get(search.id).state == "stopped"


@BOTH
def test_resuming_a_search_resumes_its_trials_though_one_of_them_is_stopped_meanwhile(store: Store) -> None:
    search = begin(store, trials=5)
    first, second = (store.searches.advance(2)[0].id for _ in range(2))
    for job in (first, second):
        store.jobs.pause(OPERATOR, job)
    changes = Transitions(store.clock)
    while_another_writes(
        store,
        lambda connection: changes.stop(connection, changes.find(connection, first)),
        lambda: store.searches.resume(OPERATOR, search.id),
    )
    assert [store.jobs.get(job).state for job in (first, second)] == ["stopped", "queued"]


@BOTH
def test_stopping_and_resuming_a_search_is_one_transaction_each(store: Store) -> None:
    search = begin(store, trials=5)
    for _ in range(3):
        store.searches.advance(3)
    job = store.jobs.claim(3)
    assert job is not None
    store.jobs.begin(job)
    writes: list[str] = []

    def begins(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("for_writing"):
            writes.append("one")

    with store.database.read() as connection:
        engine = connection.engine
    sa.event.listen(engine, "begin", begins)
    store.searches.stop(OPERATOR, search.id)
    assert writes == ["one"]
    assert [trial.run.state for trial in store.searches.trials(search.id)] == ["stopping"]
    store.searches.resume(OPERATOR, search.id)
    assert writes == ["one", "one"]


def test_a_deleted_search_leaves_its_trials_as_runs(store: Store) -> None:
    search = begin(store, config=replace(SHORT, epochs=1))
    work(store, most=1)
    store.searches.advance(1)
    with pytest.raises(InputError, match="stop the search before"):
        store.searches.delete(OPERATOR, search.id)
    store.searches.stop(OPERATOR, search.id)
    store.searches.delete(OPERATOR, search.id)
    study.forget(store, search)
    assert [run.state for run in store.runs.all()] == ["finished"]
    with pytest.raises(InputError, match="no search number"):
        store.searches.get(search.id)


def test_a_search_outlives_a_killed_worker_and_a_killed_supervisor(home: Path) -> None:
    """With real processes; between two supervisors nobody looks."""
    with Store() as store:
        search = begin(store, config=replace(SHORT, epochs=100), trials=2)
        with at_work(Supervisor(store, 1)):
            until(lambda: any(store.runs.steps(trial.run.id) for trial in store.searches.trials(search.id)))
        (killed,) = store.searches.trials(search.id)
        worker = killed.run.job.worker
        assert worker is not None
        LocalProcesses().kill(worker)
        until(lambda: LocalProcesses().alive([worker])[worker] == "ended")
        with at_work(Supervisor(store, 1)):
            until(lambda: store.searches.get(search.id).state == "finished", seconds=600)
        first, second = store.searches.trials(search.id)
        assert (first.run.id, first.settings) == (killed.run.id, killed.settings)
        assert [one.run.state for one in (first, second)] == ["finished"] * 2
        assert [epoch.epoch for epoch in store.runs.epochs(first.run.id)] == list(range(1, 101))
        with study.opened(store, search, 2) as opened:
            assert [trial.state.name for trial in opened.get_trials()] == ["COMPLETE"] * 2


# --- plans ---


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trials": 0}, "1 to 500 trials; 0 is out of range"),
        ({"sampler": "guess"}, "`sampler` must be one of grid, random, tpe; it is 'guess'"),
        ({"space": ()}, "at least one setting"),
        ({"space": (RATE, RATE)}, "only once"),
        ({"space": (Dimension(name="learning_rate", low=1e-3, high=100.0),)}, "Learning rate must be a number from"),
        ({"space": (Dimension(name="colour", choices=(1, 2)),)}, "no setting “colour”"),
        ({"config": replace(SHORT, validation="none", validation_size=0)}, "held-out"),
        ({"sampler": "grid", "space": tuple(replace(RATE, points=20) for _ in "a")}, None),
    ],
)
def test_an_impossible_search_is_refused_with_a_sentence(home: Path, changes: dict[str, Any], said: str | None) -> None:
    with Store() as store:
        if said is None:
            assert begin(store, **changes).plan.trials == 20
            return
        with pytest.raises(InputError, match=said):
            begin(store, **changes)
        assert not store.searches.all(OPERATOR)


def test_a_range_becomes_a_grid_with_both_ends() -> None:
    assert Dimension(name="batch_size", low=16, high=64, whole=True, log=True).grid() == (16, 32, 64)
    assert Dimension(name="learning_rate", low=0.1, high=0.3).grid() == pytest.approx((0.1, 0.2, 0.3))
    many = [Dimension(name=name, low=0.1, high=0.2, points=20) for name in ("learning_rate", "label_smoothing", "l2")]
    with pytest.raises(InputError, match="8,000"):
        grid(many)


def test_augmentation_can_be_searched_over() -> None:
    config = apply(CONFIG, {"augmentation.rotation": 10.0, "learning_rate": 2e-3})
    assert config.augmentation is not None
    assert (config.augmentation.rotation, config.learning_rate) == (10.0, 2e-3)


def test_the_architecture_can_be_searched_over(store: Store) -> None:
    two = Blocks((ConvBlock(filters=2, stride=2, pooling="max"), ConvBlock(filters=4, pooling="max")), ())
    small = replace(SHORT, network=block_layers.network(two), epochs=1)
    config = apply(RECIPES["two-conv-128"].config, {"network.blocks": 3, "network.filters": 16, "network.kernel": 5})
    convolutions = [layer for layer in config.network.layers if isinstance(layer, Conv)]
    assert [(one.filters, one.kernel) for one in convolutions] == [(16, 5), (32, 5), (32, 5)]
    assert (convolutions[2].padding, config.network.shapes["conv_3"]) == ("same", (4, 4, 32))
    with pytest.raises(InputError, match="not a row of blocks"):
        apply(RECIPES["resnet"].config, {"network.filters": 16})
    with pytest.raises(InputError, match="from 1 to 8"):
        apply(small, {"network.blocks": 9})
    space = (Dimension(name="network.filters", low=4, high=8, whole=True, points=2),)
    search = begin(store, space=space, sampler="grid", pruner=None, config=small)
    assert search.plan.pruner == "none"
    work(store)
    trials = store.searches.trials(search.id)
    sizes = {trial.settings["network.filters"]: trial.run.parameters for trial in trials if trial.settings}
    assert sizes == {n: apply(small, {"network.filters": n}).network.parameters for n in (4, 8)}


def test_importance_is_that_of_the_setting_that_mattered(store: Store) -> None:
    space = (Dimension(name="learning_rate", choices=(4e-3, 1e-6)), Dimension(name="seed", choices=(1, 2, 3)))
    search = begin(store, space=space, sampler="grid", config=replace(SHORT, epochs=1))
    assert study.importances(search, []) == {}
    work(store)
    found = study.importances(search, store.searches.trials(search.id))
    assert list(found) == ["learning_rate", "seed"]
    assert sum(found.values()) == pytest.approx(1)


# --- from the command line ---


def test_the_command_line_begins_the_search_that_it_says(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "search two-conv-128 --vary learning-rate=1e-4:1e-2:log --vary schedule=constant,cosine --json"
    more = "--vary augmentation.rotation=0:15 --vary nesterov=yes,no --trials 7 --epochs 2 --digits 2000"
    assert cli.main([*words.split(), *more.split()]) == 0
    said = json.loads(capsys.readouterr().out)
    with Store() as store:
        (search,) = store.searches.all(OPERATOR)
    assert (said["search"], said["trials"], search.state) == (search.id, 7, "running")
    assert search.plan.space == (
        Dimension(name="learning_rate", low=1e-4, high=1e-2, log=True),
        Dimension(name="schedule", choices=("constant", "cosine")),
        Dimension(name="augmentation.rotation", low=0, high=15),
        Dimension(name="nesterov", choices=(True, False)),
    )
    config = search.plan.run.config
    assert (config.epochs, config.train_size, config.validation) == (2, 2000, "last")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--vary learning_rate", "Write what to vary as NAME=LOW:HIGH"),
        ("--vary learning_rate=1:2:3", "Write what to vary as NAME=LOW:HIGH"),
        ("--vary learning_rate=a:b", "Learning rate must be a number from 1e-07 to 10, not “a”"),
        ("--vary learning_rate=0.1:0.01", "must go from less to more"),
        (f"--vary batch_size={'9' * 400}:1", "must go from less to more"),
        ("--vary batch_size=1.5,2", "Batch size must be a whole number from 1 to 4,096, not “1.5”"),
        ("--vary schedule=1:2", "has no range"),
        ("--vary schedule=constant,sometimes", "sometimes"),
        ("--vary network=1:2", "no setting “network” to search over"),
        ("--vary nonsense=1:2", "no setting “nonsense” to search over"),
        ("--vary batch_size=32,64 --vary batch_size=32,64", "each only once"),
        ("--vary batch_size=32,64 --trials 0", "1 to 500 trials"),
        ("--vary batch_size=32,64 --sampler best", "`sampler` must be one of"),
        ("--vary batch_size=32,64 --digits 3", "3"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused_in_a_line(
    home: Path, capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    assert cli.main(["search", "two-conv-128", *words.split()]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    with Store() as store:
        assert store.searches.all(OPERATOR) == []


def test_a_recipe_that_learns_more_than_digits_is_refused_in_a_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["search", "pen", "--vary", "batch_size=32,64"]) == 2
    assert "also learns from images that are no digits" in capsys.readouterr().err
