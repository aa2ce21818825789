"""The benchmark by folds: a run that was left goes on, means are means, and a card quotes folds of its own settings."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import fold_figures, folds, measured
from benchmarks.fold_figures import Measured, other_thresholds, row_at, summary
from benchmarks.folds import trained
from benchmarks.nondigits import KINDS_CHECKING, KINDS_MEASURING
from digitlab.data.nondigits import KINDS_CHOOSING
from digitlab.data.pen_digits import PenDigits
from digitlab.errors import InputError
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Flatten
from digitlab.networks.zoo import Model
from digitlab.store import Store
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Event

SMALL = TrainingConfig(network=Network((Flatten(), Dense(units=10))), batch_size=100, train_size=500, epochs=4)
PEN = PenDigits(sha256="0" * 64, count=9, writers=3, folds=2, fold=1)


def made(digits: list[float], right: list[bool], others: float) -> Measured:
    """A fold whose digits and non-digits have energies so far above the threshold."""
    kinds = dict.fromkeys((*KINDS_CHOOSING, *KINDS_CHECKING, *KINDS_MEASURING), np.full(4, others, np.float32))
    scans = {name: np.linspace(-2, 0, 101).astype(np.float32) for name in ("held out", "learned")}
    share = float(np.mean(right))
    figures = {"clean": share, "answered": 0.5, "read": 0.25, "sheared 0.2 0": 0.01, "sheared -0.2 0": 0.03}
    figures |= {"turned 10 0": 0.02, "picture 12 0.5": 0.0, "stage drawn": 0.7}
    return Measured(figures, {"digits": np.array(digits, np.float32)} | scans | kinds, np.array(right))


FOLDS = [made([-1, 1], [True, False], 0.5), made([-1, -1, 2, 2], [True, True, True, False], -0.5)]


def test_a_fold_that_was_left_goes_on_and_is_found_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    leave = threading.Event()
    epochs: list[int] = []

    def teller(*_: object) -> Callable[[Event], None]:
        def tell(event: Event) -> None:
            if isinstance(event, Epoch):
                epochs.append(event.epoch)
                if event.epoch == 2:
                    leave.set()

        return tell

    monkeypatch.setattr(folds, "_teller", teller)
    with Store() as store:
        assert trained(store, SMALL, "fold 0 of 2", leave) is None
        leave.clear()
        model = trained(store, SMALL, "fold 0 of 2", leave)
        assert model is not None
        assert model.card["settings"]["epochs"] == 4
        assert epochs == [1, 2, 3, 4]  # none of them twice
        assert trained(store, SMALL, "fold 0 of 2", leave) == model
        assert len(store.runs.all()) == 1
        assert trained(store, replace(SMALL, epochs=1), "fold 0 of 2", leave) != model


def test_means_are_over_folds_and_kinds() -> None:
    assert row_at(FOLDS, 0.0, ("tangles", "grids")) == {"above": 0.0, "answered": 0.5, "read": 0.5, "refused": 0.5}
    assert row_at(FOLDS, 1.0, ("tangles",)) == {"above": 1.0, "answered": 0.75, "read": 0.5, "refused": 0.0}
    lines = list(other_thresholds(FOLDS, KINDS_MEASURING))
    assert lines[2:] == [f"| {share} | 0.5000 | 0.5000 | 0.5000 |" for share in fold_figures.ANSWERED]


def test_a_threshold_for_another_share_changes_what_hangs_on_it_alone() -> None:
    generous, strict = (FOLDS[1].with_threshold(share) for share in (1.0, 0.75))
    assert (generous.figures["answered"], generous.figures["read"]) == (0.5, 0.5)
    assert generous.above["digits"].tolist() == [-1, -1, 2, 2]
    assert strict.above["digits"] == pytest.approx([-0.5, -0.5, 2.5, 2.5], abs=0.03)
    assert strict.figures["clean"] == generous.figures["clean"] == 0.75
    assert (row_at([strict], 0.0, ("grids",))["refused"], row_at([generous], 0.0, ("grids",))["refused"]) == (0, 0)
    further = FOLDS[1].with_threshold(0.6)
    assert row_at([further], 0.0, ("grids",))["refused"] == 1


def test_what_was_measured_is_kept(tmp_path: Path) -> None:
    FOLDS[0].save(tmp_path / "final.npz")
    again = Measured.load(tmp_path / "final.npz")
    assert again.figures == FOLDS[0].figures
    assert again.above.keys() == FOLDS[0].above.keys()
    np.testing.assert_array_equal(again.above["grids"], FOLDS[0].above["grids"])
    np.testing.assert_array_equal(again.right, FOLDS[0].right)


def test_a_card_quotes_the_means_of_folds_with_its_own_settings(tmp_path: Path) -> None:
    config = replace(SMALL, strokes=PEN)
    file = tmp_path / "folds.json"
    file.write_text(json.dumps(summary(FOLDS, config)), encoding="utf-8")
    shipped = zoo.find("fast")
    settings = {name: value for name, value in config.to_record().items() if name != "network"}
    settings["strokes"] = settings["strokes"] | {"folds": 0, "fold": 0, "count": 18}
    abstain = {"score": "energy", "source": "", "threshold": -3.0}
    model = Model(shipped.name, shipped.place, shipped.card | {"settings": settings, "abstain": abstain})
    found, table, told = measured.from_folds(model, file)
    shares = {figure.what.split(":")[0]: figure for figure in found}
    assert shares["clean"].value == pytest.approx((1 / 2 + 3 / 4) / 2)
    assert shares["clean"].command == "python -m benchmarks.folds STROKES.npz"
    assert shares["MNIST's test digits read right"].value == pytest.approx(shipped.test_accuracy, abs=2e-4)
    assert shares["clean lost where digits are sheared by up to 0.4"].value == pytest.approx(0.03)
    assert table["at_threshold"] == {"threshold": -3.0, "answered": 0.5, "read": 0.5, "refused": 0.5}
    assert {row["threshold"] for row in table["table"]} >= {-3.0, -1.0}
    assert table["refused_by_kind"]["grids"] == 0.5
    assert (told["folds"], told["stages"]) == (2, {"drawn": 0.7})
    other = Model(shipped.name, shipped.place, model.card | {"settings": settings | {"epochs": 5}})
    with pytest.raises(InputError, match="other settings or strokes"):
        measured.from_folds(other, file)
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"is not what benchmarks\.folds writes"):
        measured.from_folds(model, file)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["nothing.npz"], "nothing.npz is not there"),
        (["nothing.npz", "--only", "5"], "--only takes numbers from 0 to 4, by commas; it is '5'"),
        (["nothing.npz", "--only", "a"], "--only takes numbers"),
    ],
)
def test_bad_input_is_told_in_one_line(
    given: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert folds.main([*given, "--home", str(tmp_path / "folds")]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
