"""Labelled drawings that visitors kept, each browser's apart.

A browser is the SHA-256 of the identifier in its cookie, so that the database gives nobody's cookie away. Every method
asks for the browser's own rows: what another one kept is as if it were not there.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from digitlab.clock import Clock
from digitlab.drawing.strokes import PAD_SIDE, Drawing
from digitlab.errors import InputError
from digitlab.store.database import Database
from digitlab.store.tables import drawings, visitors

MOST = 2_000  # drawings of one browser
MOST_STROKES = 50
MOST_POINTS = 5_000
_REACH = 2.0 * PAD_SIDE  # a stroke may leave the pad, but not the page
_DECIMALS = 2

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Kept:
    """A drawing that was kept.

    Attributes:
        label: the digit that it is, says who drew it.
        model: which network answered, by its hash.
        answered: its answer; None for "?".
        drawing: the strokes, in pixels of the pad.
        picture: uint8 [28, 28], 255 for ink: what the network saw.
        shared: whether other visitors may see it.
        made_at: seconds since 1970.
    """

    id: int
    label: int
    model: str
    answered: int | None
    drawing: Drawing
    picture: Picture
    shared: bool
    made_at: float


class Drawings:
    """All kept drawings. Every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def has_agreed(self, browser: str) -> bool:
        """Whether this browser's drawings may be kept."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(visitors.c.browser).where(visitors.c.browser == browser)) is not None

    def agree(self, browser: str) -> None:
        """From now on this browser's drawings may be kept."""
        if not self.has_agreed(browser):
            with self._database.write() as connection:
                connection.execute(sa.insert(visitors).values(browser=browser, agreed_at=self._clock.now(), kept=0))

    def keep(
        self, browser: str, drawing: Drawing, label: int, *, model: str, answered: int | None, picture: Picture
    ) -> int:
        """Keep a drawing; returns its number.

        Raises:
            InputError: nobody agreed to it, the browser has as many as it may, or the drawing is no hand-drawn digit.
        """
        strokes = _checked(drawing)
        _check_digit(label)
        if picture.shape != (28, 28) or picture.dtype != np.uint8:
            raise ValueError(f"a picture of {picture.dtype} {picture.shape}")
        with self._database.write() as connection:
            own = visitors.c.browser == browser
            if not connection.execute(sa.update(visitors).where(own).values(kept=visitors.c.kept + 1)).rowcount:
                raise InputError("This browser has not agreed that its drawings are kept.")
            count = connection.scalar(sa.select(sa.func.count()).where(drawings.c.browser == browser)) or 0
            if count >= MOST:
                raise InputError(f"A browser may keep {MOST:,} drawings; delete some to make room.")
            values = {"browser": browser, "label": label, "model": model, "answered": answered, "strokes": strokes}
            values |= {"picture": picture.tobytes(), "shared": False, "made_at": self._clock.now()}
            made = connection.execute(sa.insert(drawings).values(values)).inserted_primary_key
        assert made is not None
        return int(made[0])

    def of(self, browser: str) -> list[Kept]:
        """The browser's drawings, newest first."""
        return self._select(drawings.c.browser == browser)

    def get(self, browser: str, number: int) -> Kept:
        """One of the browser's drawings.

        Raises:
            InputError: it has none with this number.
        """
        found = self._select((drawings.c.browser == browser) & (drawings.c.id == number))
        if not found:
            raise _unknown(number)
        return found[0]

    def visible(self, browser: str, number: int) -> Kept:
        """One drawing that the browser may see: its own, or one that is shared.

        Raises:
            InputError: there is none with this number.
        """
        found = self._select(((drawings.c.browser == browser) | drawings.c.shared) & (drawings.c.id == number))
        if not found:
            raise _unknown(number)
        return found[0]

    def shared_by_others(self, browser: str) -> list[Kept]:
        """What other browsers let everybody see, newest first."""
        return self._select((drawings.c.browser != browser) & drawings.c.shared)

    def relabel(self, browser: str, number: int, label: int) -> None:
        """Say that it is another digit.

        Raises:
            InputError: the browser has none with this number, or that is no digit.
        """
        _check_digit(label)
        self._change(browser, number, label=label)

    def share(self, browser: str, number: int, shared: bool) -> None:
        """Let other visitors see it, or no longer.

        Raises:
            InputError: the browser has none with this number.
        """
        self._change(browser, number, shared=shared)

    def delete(self, browser: str, numbers: Collection[int]) -> None:
        """Delete these of the browser's drawings; others are left alone."""
        with self._database.write() as connection:
            own = (drawings.c.browser == browser) & drawings.c.id.in_(list(numbers))
            connection.execute(sa.delete(drawings).where(own))

    def _change(self, browser: str, number: int, **values: int | bool) -> None:
        own = (drawings.c.browser == browser) & (drawings.c.id == number)
        with self._database.write() as connection:
            if not connection.execute(sa.update(drawings).where(own).values(values)).rowcount:
                raise _unknown(number)

    def _select(self, which: sa.ColumnElement[bool]) -> list[Kept]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(drawings).where(which).order_by(drawings.c.id.desc())).all()
        return [
            Kept(
                id=row.id,
                label=row.label,
                model=row.model,
                answered=row.answered,
                drawing=Drawing(
                    tuple(np.array(points, np.float64).reshape(-1, 2) for _, points in row.strokes),
                    tuple(float(width) for width, _ in row.strokes),
                ),
                picture=np.frombuffer(row.picture, np.uint8).reshape(28, 28),
                shared=row.shared,
                made_at=row.made_at,
            )
            for row in rows
        ]


def _checked(drawing: Drawing) -> list[tuple[float, list[float]]]:
    if not drawing:
        raise InputError("There is nothing on the pad to keep; draw a digit first.")
    if len(drawing.strokes) > MOST_STROKES or sum(map(len, drawing.strokes)) > MOST_POINTS:
        raise InputError(
            f"A drawing that is kept has at most {MOST_STROKES} strokes and {MOST_POINTS:,} points; "
            "clear the pad and draw one digit."
        )
    reach = max(float(np.abs(stroke - PAD_SIDE / 2).max()) for stroke in drawing.strokes)
    if not reach <= _REACH:
        raise InputError("A stroke lies far off the pad; clear the pad and draw the digit again.")
    return [
        (round(width, _DECIMALS), np.round(stroke, _DECIMALS).ravel().tolist())
        for stroke, width in zip(drawing.strokes, drawing.widths, strict=True)
    ]


def _check_digit(label: int) -> None:
    if isinstance(label, bool) or not isinstance(label, int) or not 0 <= label <= 9:
        raise InputError(f"A label is a digit from 0 to 9; it is {label!r}.")


def _unknown(number: int) -> InputError:
    return InputError(f"There is no drawing number {number} among those of this browser.")
