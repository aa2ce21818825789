"""Which cases of a test run with every `make test`; the others show more of the same and run with `make bench`."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def quick(cases: Iterable[Any], *names: str) -> Collection[Any]:
    """The cases, those without one of these names marked slow."""
    return [pytest.param(case, marks=() if _name(case) in names else pytest.mark.slow) for case in cases]


def _name(case: Any) -> str:
    return case if isinstance(case, str) else str(getattr(case, "name", None) or case.recipe)
