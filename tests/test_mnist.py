import hashlib
from pathlib import Path

import numpy as np
import pytest

from digitlab.data import mnist
from digitlab.data.statistics import means_and_spreads
from digitlab.errors import DataError

PUBLISHED_MD5 = {  # of the four files that MNIST was published as, uncompressed
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}


def test_the_arrays_are_the_published_files(digits: mnist.Mnist) -> None:
    for name, md5 in PUBLISHED_MD5.items():
        array = getattr(digits, name)
        header = (0x800 + array.ndim).to_bytes(4, "big") + b"".join(side.to_bytes(4, "big") for side in array.shape)
        assert hashlib.md5(header + array.tobytes()).hexdigest() == md5


def test_the_parts_have_the_sizes_that_pages_know_beforehand(digits: mnist.Mnist) -> None:
    assert {part: len(digits.of(part)[0]) for part in mnist.SIZES} == mnist.SIZES
    assert digits.of("test")[1] is digits.y_test


def test_the_digits_cannot_be_changed_by_accident(digits: mnist.Mnist) -> None:
    with pytest.raises(ValueError, match="read-only"):
        digits.x_train[0, 0, 0] = 1


@pytest.mark.parametrize("damage", ["missing", "cut", "altered"])
def test_a_damaged_file_gives_one_sentence_that_says_what_to_do(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "mnist.npz"
    raw = bytearray(mnist.FILE.read_bytes())
    if damage == "cut":
        file.write_bytes(raw[:-100])
    elif damage == "altered":
        raw[5_000_000] ^= 1
        file.write_bytes(raw)
    with pytest.raises(DataError, match=r"git checkout digitlab/data/mnist\.npz"):
        mnist.load(file)


def test_class_means_and_spreads_are_numpys(digits: mnist.Mnist) -> None:
    mean, spread = means_and_spreads()
    threes = digits.x_train[digits.y_train == 3] / 255
    np.testing.assert_allclose(mean[:, :, 3], threes.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(spread[:, :, 3], threes.std(axis=0), atol=1e-4)
