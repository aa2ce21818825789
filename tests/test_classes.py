"""Classes: the key, codes, names, and turns in the queue, on both databases."""

import hashlib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from digitlab import blobs
from digitlab.clock import Clock
from digitlab.errors import InputError
from digitlab.server import sweeping
from digitlab.store import Store
from digitlab.store.class_settings import ClassSettings
from digitlab.store.records import SavedCheckpoint
from digitlab.store.rights import KEY, OPERATOR, Person
from digitlab.store.runs import prefix
from digitlab.store.tables import tries
from digitlab.training.events import Epoch
from digitlab.training.spec import TrainingSpec
from tests.trained import CONFIG

SECRET = "a teacher's secret"


class StandingClock(Clock):
    """A clock that goes on when it is told."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def store(url: str, clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv(KEY, SECRET)
    with Store(url, busy_seconds=1.0, clock=clock) as opened:
        yield opened


def visitor(letter: str, address: str = "school") -> Person:
    return Person(letter * 64, address)


def teacher_of(store: Store, letter: str = "t") -> Person:
    """A teacher with a class."""
    teacher = store.classes.prove(visitor(letter, f"home of {letter}"), SECRET)
    store.classes.make(teacher, "4 b")
    return store.classes.person(teacher.browser, teacher.address)


def joined(store: Store, code: str, letter: str, name: str = "") -> Person:
    store.members.join(visitor(letter), code, name or f"Pupil {letter}")
    return store.classes.person(letter * 64, "school")


def test_the_right_key_makes_a_teacher_and_no_other(store: Store) -> None:
    for wrong in ("", "a teacher's secre", SECRET.upper(), "é"):
        with pytest.raises(InputError, match="not the teacher key"):
            store.classes.prove(visitor("a"), wrong)
    assert not store.classes.person("a" * 64, "school").teacher
    assert store.classes.prove(visitor("a"), SECRET).teacher
    store.classes.resign(visitor("a"))
    assert not store.classes.person("a" * 64, "school").teacher


def test_five_tries_a_minute_from_an_address_over_all_servers(store: Store, url: str, clock: StandingClock) -> None:
    with Store(url, clock=clock) as other_server:
        for number in range(5):
            with pytest.raises(InputError, match="not the teacher key"):
                (store, other_server)[number % 2].classes.prove(visitor(str(number)), "wrong")
        for server in (store, other_server):
            with pytest.raises(InputError, match="too many tries"):
                server.classes.prove(visitor("a"), SECRET)
        assert other_server.classes.prove(visitor("a", "elsewhere"), SECRET).teacher
    clock.seconds += 61
    assert store.classes.prove(visitor("b"), SECRET).teacher


def test_neither_the_key_nor_a_wrong_one_is_in_the_database(store: Store) -> None:
    with pytest.raises(InputError):
        store.classes.prove(visitor("a"), "nearly a secret")
    store.classes.prove(visitor("a"), SECRET)
    with store.database.read() as connection:
        for table in sa.inspect(connection).get_table_names():
            rows = str(connection.execute(sa.text(f'SELECT * FROM "{table}"')).all())
            assert "secret" not in rows, table
        assert connection.scalars(sa.select(tries.c.what)).all() == [], "a right key takes the wrong ones along"


def test_students_join_with_the_code_and_a_name_of_their_own(store: Store) -> None:
    teacher = teacher_of(store)
    (found,) = store.classes.of_teacher(teacher)
    anna = joined(store, f" {found.code.lower()} ", "a", "  Anna   K. ")
    assert (anna.classroom, anna.teacher, anna.teaches) == (found.id, False, frozenset())
    assert [member.name for member in store.members.of(teacher, found.id)] == ["Anna K."]
    for name, said in (("anna k.", "taken"), (" ", "A name has"), ("<b>", "A name has"), ("a\u202eb", "A name has")):
        with pytest.raises(InputError, match=said):
            joined(store, found.code, "b", name)
    with pytest.raises(InputError, match="A name has"):
        joined(store, found.code, "b", "x" * 31)
    with pytest.raises(InputError, match="No class has the code"):
        joined(store, "ABCDE2", "b")
    joined(store, found.code, "b", "小明")
    store.members.rename(teacher, "b" * 64, "Ben")
    assert [member.name for member in store.members.of(anna, found.id)] == ["Anna K.", "Ben"]
    with pytest.raises(InputError, match="somebody else"):
        store.members.rename(anna, "b" * 64, "Bob")
    store.members.remove(teacher, "b" * 64)
    assert store.classes.person("b" * 64, "school").classroom is None


def test_a_class_is_its_teachers_alone(store: Store) -> None:
    teacher, other = teacher_of(store), teacher_of(store, "u")
    (mine,) = store.classes.of_teacher(teacher)
    assert [one.id for one in store.classes.of_teacher(other)] != [mine.id]
    for change in (
        lambda: store.classes.get(other, mine.id),
        lambda: store.classes.open(other, mine.id),
        lambda: store.classes.change(other, mine.id, name="ours"),
        lambda: store.classes.show(other, mine.id, {"page": "train"}),
        lambda: store.classes.delete(other, mine.id),
        lambda: store.members.of(other, mine.id),
    ):
        with pytest.raises(InputError, match="somebody else"):
            change()
    assert store.classes.get(teacher, mine.id).name == "4 b"
    with pytest.raises(InputError, match="Only a teacher"):
        store.classes.make(visitor("a"), "mine")
    store.classes.delete(OPERATOR, mine.id)
    assert store.classes.of_teacher(teacher) == []


def test_a_class_ends_by_itself(store: Store, clock: StandingClock) -> None:
    teacher = teacher_of(store)
    (found,) = store.classes.of_teacher(teacher)
    joined(store, found.code, "a")
    clock.seconds += 180 * 86_400 - 1
    assert store.classes.person("a" * 64, "school").classroom == found.id
    assert store.classes.ended() == []
    clock.seconds += 2
    assert store.classes.person("a" * 64, "school").classroom is None
    assert [one.id for one in store.classes.ended()] == [found.id]
    with pytest.raises(InputError, match="No class has the code"):
        joined(store, found.code, "b")
    store.classes.change(teacher, found.id, days=30)
    assert store.classes.person("a" * 64, "school").classroom == found.id


def test_what_was_made_in_an_ended_class_goes_two_weeks_later(store: Store, clock: StandingClock) -> None:
    (found,) = store.classes.of_teacher(teacher_of(store))
    anna = joined(store, found.code, "a")
    spec = TrainingSpec(config=CONFIG, threads=1).to_record()
    run = store.runs.create(anna, name="a", recipe="fast", parameters=10, spec=spec)
    store.jobs.stop(OPERATOR, run.id)
    clock.seconds += (180 + sweeping.KEPT) * 86_400 - 60
    sweeping.sweep(store)
    assert store.runs.get(run.id).name == "a"
    clock.seconds += 120
    sweeping.sweep(store)
    assert store.classes.ended() == []
    assert store.runs.all() == []


def test_an_old_run_of_a_class_keeps_its_newest_and_its_best_checkpoint(store: Store, clock: StandingClock) -> None:
    (found,) = store.classes.of_teacher(teacher_of(store))
    anna = joined(store, found.code, "a")
    spec = TrainingSpec(config=CONFIG, threads=1).to_record()
    place = blobs.stored()
    kept = {}
    for person in (anna, OPERATOR):
        run = store.runs.create(person, name="a", recipe="fast", parameters=10, spec=spec, claimed=True)
        for epoch, accuracy in enumerate((0.5, 0.9, 0.8, 0.7), start=1):
            file = f"{prefix(run.id)}checkpoint-{epoch}"
            place.put(file, b"weights")
            saved = SavedCheckpoint(epoch, epoch, file, hashlib.sha256(b"weights").hexdigest(), 7)
            store.runs.exchange(run.job, [Epoch(epoch, epoch, 0.1, 0.9, 0.1, accuracy, 1.0), saved], epoch, 4)
        store.runs.end(run.job, "finished", {}, test_accuracy=0.9)
        kept[person] = run.id
    clock.seconds += 30 * 86_400 - 60
    sweeping.sweep(store)
    assert [one.step for one in store.runs.checkpoints(kept[anna])] == [1, 2, 3, 4]
    clock.seconds += 120
    sweeping.sweep(store)
    assert [one.step for one in store.runs.checkpoints(kept[anna])] == [2, 4]
    assert sorted(place.list(prefix(kept[anna]))) == [one.file for one in store.runs.checkpoints(kept[anna])]
    assert len(store.runs.checkpoints(kept[OPERATOR])) == 4, "made in no class"


def test_without_a_teacher_key_there_are_no_classes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = teacher_of(store)
    (found,) = store.classes.of_teacher(teacher)
    monkeypatch.delenv(KEY)
    assert store.classes.person(teacher.browser, None) == Person(teacher.browser, None)
    with pytest.raises(InputError, match="not the teacher key"):
        store.classes.prove(visitor("a"), "")
    with pytest.raises(InputError, match="No class has the code"):
        joined(store, found.code, "a")


@pytest.mark.parametrize(
    "wrong",
    [
        {"at_once": 0},
        {"waiting": True},
        {"epochs": 10**9},
        {"hidden_pages": ("draw",)},
        {"hidden_sections": ("samples/browse",)},
        {"model": "x" * 99},
    ],
)
def test_settings_of_a_class_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        ClassSettings(**wrong)  # type: ignore[arg-type]


def test_settings_are_kept(store: Store) -> None:
    teacher = teacher_of(store)
    (found,) = store.classes.of_teacher(teacher)
    settings = ClassSettings(hidden_pages=("runs",), recipes=("fast",), epochs=3, predict_first=True)
    store.classes.change(teacher, found.id, settings=settings, new_code=True)
    now = store.classes.get(teacher, found.id)
    assert now.settings == settings
    assert now.code != found.code


# --- turns ---


def submitted(store: Store, person: Person) -> int:
    return store.jobs.submit(person, "test", {}).id


def claimed(store: Store, slots: int = 1) -> int | None:
    job = store.jobs.claim(slots)
    return job.id if job else None


def ended(store: Store, number: int) -> None:
    store.jobs.end(store.jobs.get(number), "finished")


def test_people_are_served_in_turn(store: Store) -> None:
    anna, ben, cleo = visitor("a"), visitor("b"), visitor("c")
    annas = [submitted(store, anna) for _ in range(4)]
    bens = [submitted(store, ben) for _ in range(2)]
    order = []
    cleos = 0
    for turn in range(7):
        number = claimed(store)
        assert number is not None
        order.append(number)
        if turn == 1:
            cleos = submitted(store, cleo)  # who has just come has not been served yet
        ended(store, number)
    assert order == [annas[0], bens[0], cleos, annas[1], bens[1], annas[2], annas[3]]


def test_a_deleted_run_does_not_bring_its_owner_forward(store: Store) -> None:
    anna, ben = visitor("a"), visitor("b")
    first = store.runs.create(anna, name="a", recipe="fast", parameters=1, spec={"config": {}}).id
    second, bens = submitted(store, anna), submitted(store, ben)
    assert claimed(store) == first
    ended(store, first)
    store.runs.delete(OPERATOR, first)
    assert [claimed(store), claimed(store, 2)] == [bens, second]


def test_the_page_shows_the_order_in_which_jobs_are_taken(store: Store) -> None:
    anna, ben = visitor("a"), visitor("b")
    numbers = [submitted(store, person) for person in (anna, anna, anna, ben, ben)]
    first, second, third, bens_first, bens_second = numbers
    expected = [first, bens_first, second, bens_second, third]
    assert [job.id for job in store.queue.first(9)] == expected
    assert [row.id for row in store.queue.glance(OPERATOR, 9).rows] == expected
    assert [store.queue.before(store.jobs.get(number)) for number in expected] == [0, 1, 2, 3, 4]
    taken = []
    while (number := claimed(store)) is not None:
        taken.append(number)
        ended(store, number)
    assert taken == expected


def test_what_goes_on_by_itself_comes_first(store: Store) -> None:
    anna, ben = visitor("a"), visitor("b")
    first = store.runs.create(anna, name="a", recipe="fast", parameters=1, spec={"config": {}}).id
    submitted(store, ben)
    assert claimed(store) == first
    from digitlab.words import message

    store.jobs.interrupt(store.jobs.get(first), message("It was killed."))
    assert claimed(store) == first


def test_a_member_has_so_many_runs_at_work_and_no_more(store: Store) -> None:
    teacher = teacher_of(store)
    (found,) = store.classes.of_teacher(teacher)
    anna, ben = joined(store, found.code, "a"), joined(store, found.code, "b")
    annas, bens = [submitted(store, anna) for _ in range(3)], submitted(store, ben)
    store.classes.change(teacher, found.id, settings=ClassSettings(at_once=1))
    assert [claimed(store, 9), claimed(store, 9), claimed(store, 9)] == [annas[0], bens, None]
    store.classes.change(teacher, found.id, settings=ClassSettings(at_once=2))
    assert [claimed(store, 9), claimed(store, 9)] == [annas[1], None]
