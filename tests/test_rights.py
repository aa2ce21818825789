"""Who may do what to which thing: the whole table, and that the store keeps to it."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, get_args

import numpy as np
import pytest

from digitlab.drawing.strokes import Drawing
from digitlab.errors import InputError
from digitlab.store import Store
from digitlab.store.rights import KEY, OPERATOR, READ, Action, Kind, Person, Thing, may
from digitlab.training.search_plan import SearchPlan
from digitlab.training.space import Dimension
from digitlab.training.spec import TrainingSpec
from tests.trained import CONFIG

CLASS, OTHER_CLASS = 1, 2
# A pupil, a classmate, the teacher, a teacher and a pupil of another class, somebody of no class, one without a cookie.
ANNA = Person("a" * 64, "school", classroom=CLASS)
BEN = Person("b" * 64, "school", classroom=CLASS)
TEACHER = Person("c" * 64, "school", classroom=CLASS, teaches=frozenset({CLASS}), teacher=True)
COLLEAGUE = Person("d" * 64, "school", classroom=OTHER_CLASS, teaches=frozenset({OTHER_CLASS}), teacher=True)
NEIGHBOUR = Person("e" * 64, "school", classroom=OTHER_CLASS)
STRANGER = Person("f" * 64, "elsewhere")
NO_COOKIE = Person(None, "elsewhere")
PEOPLE = {
    "owner": ANNA,
    "classmate": BEN,
    "teacher": TEACHER,
    "colleague": COLLEAGUE,
    "neighbour": NEIGHBOUR,
    "stranger": STRANGER,
    "no cookie": NO_COOKIE,
    "operator": OPERATOR,
}
ALL = frozenset(get_args(Action))
READING, NOTHING = frozenset(READ), frozenset[Action]()
OWN = ALL - {"reorder"}  # the order of a class's runs is its teacher's alone
KINDS: tuple[Kind, ...] = get_args(Kind)
# What each may do, by the thing; the order is that of PEOPLE.
WITH_CLASSES: dict[str, tuple[Callable[[Kind], Thing], list[frozenset[Action]]]] = {
    "of the class": (
        lambda kind: Thing(kind, ANNA.browser, CLASS),
        [OWN, READING, ALL, NOTHING, NOTHING, NOTHING, NOTHING, ALL],
    ),
    "of the class, not shared": (
        lambda kind: Thing(kind, ANNA.browser, CLASS, shared=False),
        [OWN, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, ALL],
    ),
    "of no class": (
        lambda kind: Thing(kind, ANNA.browser),
        [OWN, READING, OWN, OWN, READING, READING, READING, ALL],
    ),
    "of no class, not shared": (
        lambda kind: Thing(kind, ANNA.browser, shared=False),
        [OWN, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, ALL],
    ),
    "nobody's": (
        lambda kind: Thing(kind, None),
        [READING, READING, OWN, OWN, READING, READING, READING, ALL],
    ),
    "shipped": (lambda kind: Thing(kind, None, shipped=True), [READING] * 8),
}


@pytest.fixture
def classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "a teacher's secret")


def allowed(person: Person, thing: Thing) -> frozenset[Action]:
    return frozenset(action for action in ALL if may(person, action, thing))


@pytest.mark.usefixtures("classes")
@pytest.mark.parametrize("what", WITH_CLASSES)
@pytest.mark.parametrize("kind", KINDS)
def test_with_classes_each_person_may_do_what_the_table_says(kind: Kind, what: str) -> None:
    make, expected = WITH_CLASSES[what]
    assert {name: allowed(person, make(kind)) for name, person in PEOPLE.items()} == dict(
        zip(PEOPLE, expected, strict=True)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_teacher_key_all_is_as_on_a_laptop(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY, raising=False)
    private = kind in ("pin", "drawing", "slice")
    for name, person in PEOPLE.items():
        its_own = name in ("owner", "operator")
        assert allowed(person, Thing(kind, ANNA.browser)) == (ALL if its_own or not private else READING), name
        hidden = allowed(person, Thing(kind, ANNA.browser, shared=False))
        assert hidden == (ALL if its_own else NOTHING), name
        assert allowed(person, Thing(kind, None, shipped=True)) == READING


# --- the store keeps to the table ---


@pytest.fixture
def things(store: Store, three: Drawing) -> dict[str, int]:
    """Anna's run, search, pin and drawing, by kind; the last two shared."""
    spec = TrainingSpec(config=CONFIG, threads=1).to_record()
    run = store.runs.create(ANNA, name="hers", recipe="fast", parameters=10, spec=spec).id
    plan = SearchPlan(
        run=TrainingSpec(config=CONFIG, threads=1),
        space=(Dimension(name="learning_rate", low=1e-4, high=1e-2),),
        sampler="random",
        pruner="none",
        trials=3,
        seed=0,
    )
    search = store.searches.create(ANNA, name="hers", recipe="fast", plan=plan).id
    pin = store.pins.add(ANNA, run, np.zeros((28, 28), np.float32), shared=True).id
    store.drawings.agree(ANNA)
    picture = np.zeros((28, 28), np.uint8)
    drawing = store.drawings.keep(ANNA, three, 3, model="0" * 12, answered=3, picture=picture)
    store.drawings.share(ANNA, drawing, True)
    return {"run": run, "search": search, "pin": pin, "drawing": drawing}


Changes = dict[str, Callable[[Store, Person, dict[str, int]], Any]]
CHANGES: Changes = {
    "relabel": lambda store, person, of: store.drawings.relabel(person, of["drawing"], 4),
    "unshare pin": lambda store, person, of: store.pins.share(person, of["pin"], False),
    "pause": lambda store, person, of: store.jobs.pause(person, of["run"]),
    "resume": lambda store, person, of: store.jobs.resume(person, of["run"]),
    "rate": lambda store, person, of: store.jobs.set_rate(person, of["run"], 0.1),
    "rename": lambda store, person, of: store.runs.rename(person, of["run"], "mine"),
    "note": lambda store, person, of: store.runs.annotate(person, of["run"], "mine"),
    "tag": lambda store, person, of: store.runs.tag(person, of["run"], ["mine"]),
    "stop search": lambda store, person, of: store.searches.stop(person, of["search"]),
    "resume search": lambda store, person, of: store.searches.resume(person, of["search"]),
    "stop": lambda store, person, of: store.jobs.stop(person, of["run"]),
    "delete": lambda store, person, of: store.runs.delete(person, of["run"]),
    "delete drawing": lambda store, person, of: store.drawings.delete(person, [of["drawing"]]),
}
HIDING: Changes = {  # after these the teacher does not know of the thing any more
    "unshare": lambda store, person, of: store.drawings.share(person, of["drawing"], False),
    "remove pin": lambda store, person, of: store.pins.remove(person, of["pin"]),
}
STATES: Changes = {  # whose state would be in the way before the rights
    "lengthen": lambda store, person, of: store.runs.lengthen(person, of["run"], CONFIG),
    "delete search": lambda store, person, of: store.searches.delete(person, of["search"]),
}


def everything(store: Store) -> object:
    """All that the changes could change."""
    jobs = [(job.id, job.state, store.jobs.commands(job.id)) for job in store.jobs.all()]
    runs = [(run.id, run.name, run.note, run.tags, run.job.spec) for run in store.runs.all()]
    drawings = [(one.id, one.label, one.shared) for one in store.drawings.of_everybody()]
    pins = [(pin.id, pin.shared) for run in runs for pin in store.pins.of(run[0])]
    return jobs, runs, [(one.id, one.state) for one in store.searches.all(OPERATOR)], drawings, pins


@pytest.mark.usefixtures("classes")
@pytest.mark.parametrize("who", ["classmate", "colleague", "neighbour", "stranger", "no cookie"])
def test_nobody_else_changes_anything(store: Store, things: dict[str, int], who: str) -> None:
    before = everything(store)
    for name, change in (CHANGES | HIDING | STATES).items():
        silent = name in ("unshare pin", "remove pin", "delete drawing")
        with nullcontext() if silent else pytest.raises(InputError, match=r"somebody else|no drawing number"):
            change(store, PEOPLE[who], things)
        assert everything(store) == before, name


@pytest.mark.usefixtures("classes")
@pytest.mark.parametrize("who", ["owner", "teacher", "operator"])
def test_the_owner_and_the_teacher_may(store: Store, things: dict[str, int], who: str) -> None:
    for name, change in CHANGES.items():
        if name == "unshare pin" and who == "teacher":
            continue  # the teacher would not know of the pin any more, and the run's end takes it along
        before = everything(store)
        change(store, PEOPLE[who], things)
        assert everything(store) != before, name


@pytest.mark.usefixtures("classes")
@pytest.mark.parametrize("who", ["owner", "teacher", "operator"])
@pytest.mark.parametrize("name", HIDING)
def test_they_may_hide_what_is_shared(store: Store, things: dict[str, int], who: str, name: str) -> None:
    before = everything(store)
    HIDING[name](store, PEOPLE[who], things)
    assert everything(store) != before


@pytest.mark.usefixtures("classes")
def test_only_the_class_sees_what_is_made_in_it(store: Store, things: dict[str, int]) -> None:
    for name, person in PEOPLE.items():
        inside = name in ("owner", "classmate", "teacher", "operator")
        assert bool(store.runs.all(person)) == inside, name
        assert bool(store.searches.all(person)) == inside, name
        assert bool(store.pins.visible(person, things["run"])) == inside, name
        named = [row.name or None for row in store.queue.glance(person, 9).rows if row.id == things["run"]]
        assert named == (["hers"] if inside else [None]), name
        if name != "owner":
            assert bool(store.drawings.count_shared_by_others(person)) == inside, name
        if inside:
            assert store.drawings.visible(person, things["drawing"]).shape == (28, 28)
            assert store.runs.seen(person, things["run"]).name == "hers"
            continue
        with pytest.raises(InputError, match="no drawing number"):
            store.drawings.visible(person, things["drawing"])
        with pytest.raises(InputError, match="no run number"):
            store.runs.seen(person, things["run"])
        with pytest.raises(InputError, match="somebody else"):
            store.pins.add(Person("9" * 64, None, person.classroom), things["run"], np.ones((28, 28), np.float32))
