"""A run about to be started: what was changed, what is wrong with it, and how the address says it."""

from dataclasses import replace
from typing import Any

import pytest

from digitlab.data.drawn import Drawn
from digitlab.errors import InputError
from digitlab.jobs.draft import ALL, AUGMENTATION, NETWORK, Draft
from digitlab.jobs.draft_query import from_query, to_query, wanted_run
from digitlab.networks.blocks import Blocks, ConvBlock
from digitlab.server.store import store as opened_store
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.training.config import TrainingConfig
from digitlab.training.recipes import RECIPES
from digitlab.training.spec import TrainingSpec

BASE = RECIPES["two-conv-64-dropout"].config


@pytest.fixture
def store() -> Store:
    return opened_store()


def test_untouched_draft_is_the_recipe(store: Store) -> None:
    draft = Draft(recipe="pen")
    assert draft.config(draft.base(store, OPERATOR)) == RECIPES["pen"].config


def test_changes_are_kept_only_where_they_differ() -> None:
    draft = Draft().with_change(BASE, "epochs", 3).with_change(BASE, "learning_rate", 0.002)
    assert draft.with_change(BASE, "epochs", BASE.epochs).changes == {"learning_rate": 0.002}
    assert draft.config(BASE) == replace(BASE, epochs=3, learning_rate=0.002)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("epochs", 0, "Epochs must be a whole number from 1 to 1,000, not “0”."),
        ("learning_rate", 20.0, "Learning rate must be a number from 1e-07 to 10, not “20.0”."),
        ("batch_size", 5000, "Batch size must be a whole number from 1 to 4,096, not “5000”."),
        ("label_smoothing", -0.1, "Label smoothing must be a number from 0 to 0.5, not “-0.1”."),
    ],
)
def test_value_out_of_range_is_kept_and_named_beside_its_field(name: str, value: Any, sentence: str) -> None:
    draft = Draft().with_change(BASE, name, value)
    assert draft.problems(BASE) == {name: sentence}
    assert draft.value(BASE, name) == value


def test_settings_that_do_not_fit_together_are_named() -> None:
    problems = Draft(changes={"train_size": 59_000}).problems(BASE)
    assert list(problems) == [ALL]
    assert "at most 54,000" in problems[ALL]


def test_impossible_network_and_augmentation_are_named_beside_theirs() -> None:
    draft = Draft(blocks=Blocks((ConvBlock(kernel=28), ConvBlock())), variation={"rotation": 90})
    problems = draft.problems(BASE)
    assert "Convolution block 2: the" in problems[NETWORK]
    assert "from 0 to 45" in problems[AUGMENTATION]


def test_choice_of_validation_brings_a_size_that_fits() -> None:
    assert Draft(changes={"validation": "none"}).config(BASE).validation_size == 0
    test = RECIPES["two-conv-64-logits"].config
    assert Draft(changes={"validation": "last"}).config(test).validation_size == 5000
    assert Draft(changes={"validation": "none", "validation_size": 300}).config(BASE).validation_size == 0


def test_drawings_of_the_run_that_is_copied_do_not_enter_the_new_run(store: Store) -> None:
    theirs = replace(BASE, drawings=Drawn(sha256="0" * 64, count=12))
    run = store.runs.create(
        OPERATOR, name="theirs", recipe="own", parameters=1, spec=TrainingSpec(config=theirs, threads=2).to_record()
    )
    draft = Draft(like=run.id, changes={"epochs": 2})
    assert draft.base(store, OPERATOR).drawings is not None
    assert draft.config(draft.base(store, OPERATOR)) == replace(BASE, epochs=2)


def test_epochs_take_the_place_of_the_recipes_steps() -> None:
    base = RECIPES["five-by-five-1024"].config
    assert Draft(changes={"epochs": 2}).config(base).steps is None


def test_network_with_softmax_learns_without_non_digits() -> None:
    pen = RECIPES["pen"].config
    assert Draft(blocks=Blocks(softmax=False)).config(pen).exposure == pen.exposure
    assert Draft(blocks=Blocks(), changes={"calibrated": False}).config(pen).exposure is None


def test_run_can_be_started_again_with_its_own_settings(store: Store) -> None:
    config = replace(BASE, epochs=2, seed=7)
    run = store.runs.create(
        OPERATOR, name="a", recipe="own", parameters=1, spec=TrainingSpec(config=config, threads=2).to_record()
    )
    assert Draft(like=run.id).config(Draft(like=run.id).base(store, OPERATOR)) == config
    with pytest.raises(InputError, match="no run number 99"):
        Draft(like=99).base(store, OPERATOR)


@pytest.mark.parametrize(
    "draft",
    [
        Draft(),
        Draft(like=7, fork_at=844, changes={"learning_rate": 1e-4, "keep_best": True, "steps": None}),
        Draft(
            blocks=Blocks(softmax=False),
            changes={"optimizer": "sgd", "frozen": ("conv_1", "conv_2"), "start_model": "0123456789ab"},
            variation={"shift": 1.5, "rotation": 10.0},
        ),
        Draft(recipe="pen", variation={}, changes={"epochs": 0}),
        Draft(changes={"learning_rate": 0.1 + 0.2}, variation={"scan_strength": 0.0, "scale": 0.1 + 0.02}),
    ],
)
def test_address_gives_the_same_draft_back(draft: Draft) -> None:
    assert from_query(to_query(draft)) == (draft, [])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"epochs": "many"}, "Epochs must be a whole number from 1 to 1,000, not “many”."),
        ({"optimizer": "magic"}, "Optimizer must be one of adam, adamw, sgd, rmsprop, not “magic”."),
        ({"keep_best": "maybe"}, "must be yes or no, not “maybe”."),
        ({"learning_rate": "nan"}, "Learning rate must be a number from 1e-07 to 10, not “nan”."),
        ({"layers": "x"}, "cannot be read"),
        ({"vary": "magic:1"}, "“magic:1”"),
        ({"vary": "rotation:²"}, "“rotation:²”"),
        ({"like": "-1"}, "“-1”"),
        ({"learning_rate": "1" * 5_000 + "x"}, "Learning rate"),
    ],
)
def test_address_that_cannot_be_read_gives_a_sentence_and_the_rest(query: dict[str, str], said: str) -> None:
    draft, problems = from_query({"recipe": "pen", "seed": "3"} | query)
    assert len(problems) == 1
    assert said in problems[0]
    assert (draft.recipe, draft.changes) == ("pen", {"seed": 3})


def test_address_names_a_run() -> None:
    assert wanted_run({"run": "7"}) == 7
    assert wanted_run({}) is None
    with pytest.raises(InputError, match="number"):
        wanted_run({"run": "seven"})


def test_every_recipe_can_be_a_draft(store: Store) -> None:
    for name in RECIPES:
        draft = Draft(recipe=name)
        assert draft.problems(draft.base(store, OPERATOR)) == {}
        assert isinstance(draft.config(draft.base(store, OPERATOR)), TrainingConfig)
