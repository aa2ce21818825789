"""A little bad input of every kind, always the same; `python -m benchmarks.fuzz` tries other input, for hours."""

import pytest

from harness import attacks


@pytest.mark.parametrize(
    ("tries", "inputs"),
    [(attacks.on_addresses, 150), (attacks.on_files, 40), (attacks.on_routes, 150), (attacks.on_commands, 8)],
)
def test_bad_input_does_no_harm(tries: "attacks.Tries", inputs: int) -> None:
    tally = tries(inputs, 18)
    assert tally.tried >= inputs
