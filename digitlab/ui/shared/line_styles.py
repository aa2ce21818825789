"""How the lines of a panel differ: each has a colour, a mark, dashes, and words for the legend."""

from collections.abc import Sequence
from dataclasses import dataclass

from digitlab.runs.curves import (
    MEAN_LINE,
    PARENT_LINE,
    PLAIN_LINE,
    TRAINING_LINE,
    VALIDATION_LINE,
    training_of,
    validation_of,
)
from digitlab.ui.shared.palette import DIGITS
from digitlab.words import _

# With the colour, a line of its own and a mark of its own for each of ten trainings: no two differ by colour
# alone. Marks are polygons in -1..1, drawn by the chart and by the legend from the same corners.
Mark = tuple[tuple[float, float], ...]
MARKS: tuple[Mark, ...] = (
    ((0, -1), (1, 0), (0, 1), (-1, 0)),
    ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    ((0, -1), (1, 0.8), (-1, 0.8)),
    ((-1, -0.8), (1, -0.8), (0, 1)),
    ((-0.5, -1), (0.5, -1), (1, -0.5), (1, 0.5), (0.5, 1), (-0.5, 1), (-1, 0.5), (-1, -0.5)),
    ((-1, -1), (1, -1), (-1, 1), (1, 1)),
    ((-0.8, -1), (1, 0), (-0.8, 1)),
    ((0.8, -1), (0.8, 1), (-1, 0)),
    (
        (-0.35, -1), (0.35, -1), (0.35, -0.35), (1, -0.35), (1, 0.35), (0.35, 0.35), (0.35, 1), (-0.35, 1),
        (-0.35, 0.35), (-1, 0.35), (-1, -0.35), (-0.35, -0.35),
    ),
    ((-1, -1), (1, 1), (1, -1), (-1, 1)),
)  # fmt: skip
_DOT: Mark = (
    (0, -0.8), (0.57, -0.57), (0.8, 0), (0.57, 0.57), (0, 0.8), (-0.57, 0.57), (-0.8, 0), (-0.57, -0.57),
)  # fmt: skip
DASHES: tuple[tuple[int, ...], ...] = (
    (2, 2), (6, 3), (1, 4), (10, 3), (6, 3, 1, 3), (3, 6), (10, 3, 3, 3), (6, 2, 1, 2, 1, 2), (12, 6), (4, 1),
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How one line is drawn.

    Attributes:
        line: its name among the rows.
        words: its name in the legend, drawn as text whatever it holds. Lines with the same words share an entry.
        dash: lengths of its dashes and gaps in pixels; none for a whole line.
        mark: at its points; None for a line without.
        pointer: its name beside the pointer; "": the same as in the legend.
    """

    line: str
    words: str
    colour: str
    dash: tuple[int, ...] = ()
    mark: Mark | None = None
    pointer: str = ""


def single(*, parent: bool, validation: bool, steps: bool = True, plain: bool = False) -> list[Style]:
    """The lines of one run, each only where there is, or will be, something to draw.

    Args:
        steps: whether single steps are logged, so that the means of epochs are lines of their own.
        plain: whether training digits are also read as validation digits are.
    """
    styles = [Style(TRAINING_LINE, _("training, smoothed") if steps else _("training"), DIGITS[0])]
    if steps:
        styles.append(Style(MEAN_LINE, _("training, mean of the epoch"), DIGITS[0], (1, 4), _DOT))
    if validation:
        styles.append(Style(VALIDATION_LINE, _("validation"), DIGITS[1], (2, 2), MARKS[0]))
    if plain:
        styles.append(Style(PLAIN_LINE, _("training digits, read like validation digits"), DIGITS[2], (6, 3), MARKS[1]))
    if parent:
        styles.append(Style(PARENT_LINE, _("the run before the fork"), DIGITS[3], (6, 3)))
    return styles


def by_layer(names: Sequence[str]) -> list[Style]:
    """A line a layer."""
    return [
        Style(name, name, DIGITS[number % len(DIGITS)], DASHES[number // len(DIGITS) - 1] if number >= 10 else ())
        for number, name in enumerate(names)
    ]


def compared(names: Sequence[str]) -> list[Style]:
    """The lines of several trainings: each has a colour, a mark for validation, and dashes for training."""
    styles = []
    for number, name in enumerate(names):
        colour = DIGITS[number % len(DIGITS)]
        dash, mark = DASHES[number % len(DASHES)], MARKS[number % len(MARKS)]
        validation, training = _("{name}, validation", name=name), _("{name}, training", name=name)
        styles.append(Style(validation_of(number), name, colour, (), mark, validation))
        styles.append(Style(training_of(number), name, colour, dash, None, training))
    return styles
