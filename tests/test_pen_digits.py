"""Pen digits beside MNIST's: the file is kept and named, writers are left out by fold, strokes are varied each time."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitlab import cli
from digitlab.data import nondigits, pen_digits
from digitlab.data.augmentation import Augmentation
from digitlab.data.drawn import Drawn
from digitlab.data.mnist import Mnist
from digitlab.data.pen_digits import PenDigits
from digitlab.data.pen_variation import Strokes, varied
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import Drawing, StrokeSet
from digitlab.errors import DataError, InputError
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Flatten
from digitlab.networks.predictor import energies
from digitlab.runs.removal import remove
from digitlab.runs.trainings import find, trainings
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.training.batches import batches, split
from digitlab.training.calibration import energy_threshold
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Checkpoint, Finished, Save
from digitlab.training.exposure import Exposure
from digitlab.training.learned import config_for
from digitlab.training.loop import outputs, train

STRONG = Augmentation(rotation=20, shear=0.3, stretch=0.15, scale=0.08, shift=2, elastic=0.7, pen_variation=0.15)
SMALL = TrainingConfig(network=Network((Flatten(), Dense(units=10))), batch_size=50, train_size=200, epochs=2)
DIGITS = 12  # in the file, the last of which is suspect


def written(folder: Path, three: Drawing, seven: Drawing, **left_out: object) -> Path:
    """A stroke file: six writers drew a three and a seven each, and one of the digits is a scribble."""
    drawings = [three, seven] * (DIGITS // 2)
    strokes = [stroke * (1 + number / 20) for number, one in enumerate(drawings) for stroke in one.strokes]
    arrays = {
        "points": np.concatenate(strokes),
        "stroke_offsets": np.cumsum([0, *map(len, strokes)]),
        "sample_offsets": np.cumsum([0, *(len(one.strokes) for one in drawings)]),
        "labels": np.array([3, 7] * (DIGITS // 2)),
        "suspect": np.arange(DIGITS) == DIGITS - 1,
        "writers": np.repeat([f"w{number}" for number in range(6)], 2),
        "source": np.array("drawn for a test"),
        "licence": np.array("CC0"),
    }
    file = folder / "strokes.npz"
    np.savez(file, **{name: value for name, value in arrays.items() if name not in left_out})
    return file


@pytest.fixture
def file(tmp_path: Path, three: Drawing, seven: Drawing) -> Path:
    return written(tmp_path, three, seven)


def test_without_variation_a_digit_is_what_the_pad_makes_of_it(three: Drawing, seven: Drawing) -> None:
    dot = Drawing.of([[[5, 5]], [[9, 1], [9, 9]]])
    drawings = (three, seven, dot)
    made = varied(
        Strokes.of(drawings),
        np.array([2, 0, 1, 0]),
        np.array([1, 3, 7, 3], np.uint8),
        np.random.default_rng(0),
        Augmentation(),
        0,
    )
    expected = [prepare(drawing) for drawing in (dot, three, seven, three)]
    np.testing.assert_allclose(made, np.stack(expected), atol=1e-4)


@pytest.mark.parametrize("coarse", [0.0, 1.0])
def test_each_variation_is_another_and_the_same_state_gives_the_same(three: Drawing, coarse: float) -> None:
    def made(seed: int) -> np.ndarray:
        chosen, labels = np.zeros(40, np.int64), np.full(40, 3, np.uint8)
        return varied(Strokes.of((three,)), chosen, labels, np.random.default_rng(seed), STRONG, coarse)

    pictures = made(1)
    np.testing.assert_array_equal(pictures, made(1))
    assert len({picture.tobytes() for picture in pictures}) == 40
    assert pictures.min() == 0
    assert pictures.max() == 1
    ink = pictures.sum(axis=(1, 2))
    assert ink.min() > 0.5 * prepare(three).sum()


def test_coarse_digits_have_fewer_bends_but_stay_where_they_were(three: Drawing) -> None:
    chosen, labels = np.zeros(60, np.int64), np.full(60, 3, np.uint8)
    made = varied(Strokes.of((three,)), chosen, labels, np.random.default_rng(0), Augmentation(), 1)
    plain = prepare(three)
    away = np.abs(made - plain).mean(axis=(1, 2)) / plain.mean()
    assert away.min() > 0.02
    assert np.median(away) < 0.8  # strokes that do not meet at all would give 2


def test_folds_leave_out_whole_writers_and_every_writer_once(file: Path) -> None:
    strokes = StrokeSet.load(file)
    assert strokes.writers is not None
    out = []
    for fold in range(3):
        kept = pen_digits.keep(file, folds=3, fold=fold)
        learned, held = pen_digits.rows(strokes, 3, fold), pen_digits.rows(strokes, 3, fold, left_out=True)
        assert not set(strokes.writers[learned]) & set(strokes.writers[held])
        assert (kept.count, kept.writers) == (len(learned), 4)
        assert len(pen_digits.load(kept).labels) == kept.count
        out += held.tolist()
    assert sorted(out) == list(range(DIGITS - 1))  # all but the suspect one


def test_each_pen_digit_comes_so_many_times_an_epoch_and_mnists_digits_once(file: Path, digits: Mnist) -> None:
    config = replace(SMALL, strokes=pen_digits.keep(file, copies=4))
    found = split(config, digits)
    assert config.digits == 200 + 4 * 11
    assert found.pen is not None
    seen: dict[bytes, int] = {}
    for batch in batches(config, found.images, found.labels, 0, found.pen):
        for picture in batch.images.reshape(-1, 28, 28):
            seen[picture.tobytes()] = seen.get(picture.tobytes(), 0) + (batch.epoch == 1)
    assert sum(seen.values()) == config.digits
    assert {seen[image.tobytes()] for image in found.images} == {1}
    assert sum(seen[picture] for picture in {picture.tobytes() for picture in found.pen.pictures}) == 44


def test_pen_digits_are_varied_and_labelled_in_augmented_batches(file: Path, digits: Mnist) -> None:
    config = replace(SMALL, strokes=pen_digits.keep(file, copies=3), augmentation=Augmentation(untouched=1))
    found = split(config, digits)
    scans = {(image / np.float32(255)).tobytes() for image in found.images}
    by_pen = [
        (picture, label)
        for batch in batches(config, found.images, found.labels, 0, found.pen)
        for picture, label in zip(batch.images.reshape(-1, 28, 28), batch.labels.reshape(-1), strict=True)
        if picture.tobytes() not in scans
    ]
    assert len(by_pen) == 2 * 3 * 11
    assert sorted({int(label) for _, label in by_pen}) == [3, 7]
    assert sum(label == 3 for _, label in by_pen) == 2 * 3 * 6
    threes = np.mean([picture for picture, label in by_pen if label == 3], axis=0)
    sevens = np.mean([picture for picture, label in by_pen if label == 7], axis=0)
    for picture, label in by_pen:
        nearer = np.abs(picture - threes).sum() < np.abs(picture - sevens).sum()
        assert nearer == (label == 3)


def test_without_strokes_the_data_are_those_of_before(digits: Mnist) -> None:
    config = replace(SMALL, batch_size=128, seed=0, train_size=2000, epochs=1)
    content = hashlib.sha256()
    for batch in batches(config, digits.x_train[:2000], digits.y_train[:2000], 0):
        content.update(batch.images.tobytes())
        content.update(batch.labels.tobytes())
    assert content.hexdigest() == "d46eb779c9fcafbe1edf60c87a43077d2ea374b8de6cd67d7b75e09e73bbea1a"


def test_a_run_with_strokes_goes_on_where_it_was(file: Path, tmp_path: Path) -> None:
    config = replace(SMALL, strokes=pen_digits.keep(file, copies=4), augmentation=STRONG, log_every=3)
    file.unlink()  # the kept copy is enough
    events = list(train(config, lambda step: [Save()] if step == 6 else []))
    kept = next(event.state for event in events if isinstance(event, Checkpoint) and event.state.step == 6)
    again = list(train(config, resume=kept))
    for end in (events, again):
        assert isinstance(end[-1], Finished)
    for one, other in zip(events[-1].model.get_weights(), again[-1].model.get_weights(), strict=True):  # type: ignore[union-attr]
        np.testing.assert_array_equal(one, other)


def test_the_threshold_is_set_on_scans_and_on_pen_digits(
    file: Path, digits: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nondigits, "TEACHING", dict.fromkeys(nondigits.KINDS_CHOOSING, 10))  # thousands take a minute
    exposure = Exposure(share=0.1, weight=0.05, digit_energy=-6, other_energy=-3, answered=0.95)
    strokes = pen_digits.keep(file, copies=4)
    config = replace(SMALL, validation="last", validation_size=500, strokes=strokes, exposure=exposure)
    end = list(train(config))[-1]
    assert isinstance(end, Finished)
    data = split(config, digits)
    assert data.pen
    found = [energies(outputs(end.model, images)) for images in (data.val_images, data.pen.pictures)]
    assert end.threshold == pytest.approx(energy_threshold(found, exposure.answered))
    assert end.threshold != pytest.approx(energy_threshold(found[:1], exposure.answered))


def test_strokes_that_are_gone_or_changed_are_told_in_a_sentence(file: Path, home: Path, digits: Mnist) -> None:
    config = replace(SMALL, strokes=pen_digits.keep(file))
    (kept,) = (home / "blobs" / "strokes").glob("*.npz")
    content = kept.read_bytes()
    kept.write_bytes(content[:-1] + b"?")
    with pytest.raises(DataError, match=r"were changed\. Give the file again"):
        split(config, digits)
    kept.unlink()
    with pytest.raises(DataError, match=r"are gone\. Give the file again"):
        split(config, digits)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"copies": 0}, "Number of copies of pen digits must be a whole number from 1 to 1,000; it is 0"),
        ({"folds": 1}, "Number of folds must be 0 or at least 2"),
        ({"folds": 5, "fold": 5}, "Fold must be a whole number from 0 to 4; it is 5"),
        ({"coarse": 2.0}, "Fraction of coarse pen digits must be a number from 0 to 1"),
        ({"count": 0}, "Number of pen digits"),
        ({"sha256": "../x"}, "named by 64 hexadecimal digits"),
        ({"source": 3}, "Source must be a text"),
    ],
)
def test_a_setting_out_of_range_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        PenDigits(**({"sha256": "0" * 64, "count": 9} | wrong))  # type: ignore[arg-type]


def test_a_file_that_names_no_writers_teaches_but_cannot_be_divided(
    tmp_path: Path, three: Drawing, seven: Drawing
) -> None:
    file = written(tmp_path, three, seven, writers=True, source=True, licence=True)
    kept = pen_digits.keep(file)
    assert (kept.count, kept.writers, kept.source) == (11, 0, "")
    with pytest.raises(InputError, match="names no writers"):
        pen_digits.keep(file, folds=5)


def test_train_names_the_strokes_in_the_card_and_score_says_that_it_knows_them(
    file: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["train", "fast", "--steps", "4", "--train-size", "500", "--copies", "2", "--strokes", str(file)]
    assert cli.main([*given, "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert card["command"].endswith("--strokes STROKES.npz --copies 2")
    assert card["data"].endswith(f"11 pen digits by 6 writers: drawn for a test, CC0, SHA-256 {sha256}")
    assert card["settings"]["strokes"]["sha256"] == sha256
    assert TrainingConfig.from_record(card["settings"] | {"network": card["network"]}).digits == 500 + 2 * 11
    assert cli.main(["score", str(file), "--model", card["name"]]) == 0
    assert f"{card['name']} was trained on this file" in capsys.readouterr().out
    assert cli.main(["score", str(file), "--model", card["name"], "--json"]) == 0
    assert "was trained on this file" in json.loads(capsys.readouterr().out)["warning"]
    assert cli.main(["score", str(file), "--model", "fast", "--json"]) == 0
    assert "warning" not in json.loads(capsys.readouterr().out)
    # Going on from the model does not need the file.
    drawn = Drawn(sha256="0" * 64, count=10)
    assert config_for(zoo.find(card["name"]), drawn).strokes is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--strokes", "nothing.npz"], "nothing.npz is not there"),
        (["--copies", "3"], "--copies is for pen digits and needs their file"),
    ],
)
def test_bad_strokes_are_told_in_one_line(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "fast", *given]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_the_kept_file_goes_with_the_last_run_that_needs_it(file: Path, home: Path) -> None:
    for name in ("fast", "vgg"):
        assert cli.main(["train", name, "--steps", "2", "--train-size", "200", "--strokes", str(file)]) == 0
    folder = home / "blobs" / "strokes"
    with Store() as store:
        for left in (1, 0):
            newest = next(training for training in trainings(store, OPERATOR) if training.run)
            remove(OPERATOR, store, find(trainings(store, OPERATOR), newest.key), with_model=True)
            assert len(list(folder.glob("*.npz"))) == left
    shutil.rmtree(folder)


def test_a_threshold_counts_each_group_alike() -> None:
    low, high = np.linspace(0, 1, 1000, dtype=np.float32), np.linspace(10, 11, 10, dtype=np.float32)
    assert energy_threshold([low], 0.5) == pytest.approx(0.5)
    assert energy_threshold([low, high], 0.5) == pytest.approx(1)
    assert energy_threshold([low, high], 0.95) == pytest.approx(10.89, abs=0.01)
