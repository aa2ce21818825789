"""Slices: digits that a person names, each person's own; and digits whose labels networks doubt."""

from dataclasses import replace

import numpy as np
import pytest

from digitlab.errors import InputError
from digitlab.insight import doubtful
from digitlab.insight.answers import Answers
from digitlab.insight.evaluation import evaluate
from digitlab.store import Store, slices
from digitlab.store.rights import OPERATOR, Person

ANNA, BEN = Person("a" * 64, "there", classroom=3), Person("b" * 64, "there")
SEVENS = np.array([5, 17, 59_999])


def test_a_slice_comes_back_as_it_was_saved_and_is_its_owners_alone(store: Store) -> None:
    origin = {"part": "training", "only": 7, "sure": [0.0, 60.0]}
    number = store.slices.keep(ANNA, "  my  barred\tsevens ", "training", SEVENS, origin)
    (one,) = store.slices.of(ANNA)
    assert (one.id, one.name, one.part, one.origin) == (number, "my barred sevens", "training", origin)
    np.testing.assert_array_equal(one.numbers, SEVENS)
    assert store.slices.of(BEN) == []
    assert store.slices.of(OPERATOR) == []
    store.slices.delete(BEN, number)
    assert len(store.slices.of(ANNA)) == 1
    store.slices.delete(ANNA, number)
    assert store.slices.of(ANNA) == []


def test_a_name_that_is_there_is_replaced_and_the_number_of_slices_is_limited(store: Store) -> None:
    for place in range(slices.MOST):
        store.slices.keep(ANNA, f"slice {place}", "test", SEVENS[:2], {})
    store.slices.keep(ANNA, "slice 3", "test", SEVENS[:1], {})
    assert [len(one.numbers) for one in store.slices.of(ANNA) if one.name == "slice 3"] == [1]
    with pytest.raises(InputError, match="40 slices"):
        store.slices.keep(ANNA, "one more", "test", SEVENS[:1], {})
    store.slices.keep(BEN, "his", "test", SEVENS[:1], {})
    store.slices.delete_of_class(3)
    assert store.slices.of(ANNA) == []
    assert len(store.slices.of(BEN)) == 1


@pytest.mark.parametrize(
    ("person", "name", "numbers", "why"),
    [
        (ANNA, "  ", SEVENS, "1 to 60 characters"),
        (ANNA, "x" * 61, SEVENS, "1 to 60 characters"),
        (ANNA, "none", SEVENS[:0], "at least one digit"),
        (Person(None, None), "mine", SEVENS, "no cookies"),
    ],
)
def test_what_cannot_be_saved_is_refused(
    store: Store, person: Person, name: str, numbers: np.ndarray[tuple[int], np.dtype[np.int64]], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        store.slices.keep(person, name, "training", numbers, {})


def network(*given: tuple[int, float]) -> Answers:
    """Answers to digits whose labels are all 5: each a digit and its probability; the label gets the rest."""
    outputs = np.zeros((len(given), 10), np.float32)
    for place, (digit, share) in enumerate(given):
        outputs[place, 5] = 1 - share
        outputs[place, digit] += share
    return Answers(outputs, False, np.full(len(given), 5, np.uint8))


def test_a_label_is_doubtful_where_most_networks_are_sure_of_the_same_other_digit() -> None:
    #           all sure of 3   two of four     different digits  not sure      right
    networks = [
        network((3, 0.9), (3, 0.99), (3, 0.99), (3, 0.6), (5, 1)),
        network((3, 1.0), (3, 0.99), (8, 0.99), (3, 0.6), (5, 1)),
        network((3, 0.8), (5, 0.99), (1, 0.99), (3, 0.6), (5, 1)),
        network((5, 0.9), (5, 0.99), (2, 0.99), (3, 0.6), (5, 1)),
    ]
    networks[3] = replace(networks[3], outputs=networks[3].outputs.copy())
    networks[3].outputs[0] = np.eye(10)[3] * 0.4 + np.eye(10)[5] * 0.6
    (found,) = doubtful.doubts(networks)
    assert (found.number, found.label, found.answer, found.agree, found.networks) == (0, 5, 3, 3, 4)
    assert found.answer_share == pytest.approx((0.9 + 1 + 0.8 + 0.4) / 4)
    assert found.label_share == pytest.approx((0.1 + 0 + 0.2 + 0.6) / 4)
    assert doubtful.doubts(networks[:2]) == [], "two networks are too few"


def test_figures_of_a_slice_are_those_of_its_digits_alone() -> None:
    found = network((5, 1), (3, 0.9), (5, 1), (3, 0.8))
    part = evaluate(found.at(np.array([1, 2])))
    assert (part.n, part.right) == (2, 1)
    assert part.loss == pytest.approx(-np.log(0.1) / 2, rel=1e-3)
