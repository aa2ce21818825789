"""A small change of a picture that the network reads as another digit: how little ink must come and go.

The change is a local minimum of the L1 distance, the ink added and taken away, at which the other digit reaches a
probability of ½. It is found by linear programs in a row: where the picture is now, the other digit's margin
log p − log(1 − p) is replaced by its tangent; the cheapest picture within a small step is then the solution of a
knapsack, which a sort gives exactly. A step that does not do what its tangent promised is made smaller (Fletcher and
de la Maza, 1989, doi:10.1007/BF01582292). Where no step helps any more, nothing near by is cheaper; a search that runs
out of steps before that says so (`settled`).

Szegedy and others, 2013, arXiv:1312.6199, asked for such changes first. These are not the nearest of all, only of those
near by, and need not look like the other digit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.insight.attribution import Explainer

Floats = NDArray[np.float32]
Margin = Callable[[Floats], tuple[float, Floats]]

FIRST_RADIUS, LEAST_RADIUS = 0.5, 0.004  # how far a pixel may go in one step, in ink
MOST_STEPS = 160
TRIES = 3  # steps in a row to come over the line
PRUNED = 0.25  # the radius where half of the changes were taken back
LEAST_CHANGE = 1e-3  # ink by which a pixel counts as changed
LEAST_GAIN = 5e-3  # ink by which a picture is better
AT_A_TIME, FIRST_GOAL = 2.0, 0.5  # margin to gain in one step and in all, until ½ is reached
GOAL = 0.02  # and from then on, so that rounding does not leave the digit below ½: a probability of .505


@dataclass(frozen=True)
class Counterfactual:
    """A picture near by that is another digit.

    Attributes:
        image: float32 [28, 28] in 0..1.
        change: the picture less the one it began with: above 0 is ink to add, below 0 ink to take away.
        distance: Σ |change|, in pixels of full ink.
        probability: the other digit's, at `image`.
        steps: linear programs solved.
        found: whether the other digit reached ½.
        settled: whether the search ended because no step helped any more; otherwise it ran out of steps, and less ink
            may do.
    """

    image: Floats
    change: Floats
    distance: float
    probability: float
    steps: int
    found: bool
    settled: bool


def counterfactual(explainer: Explainer, image: Floats, digit: int) -> Counterfactual:
    """Make `image`, float32 [28, 28] in 0..1, another digit with little ink."""
    return nearest(lambda picture: explainer.margin(picture, digit), image)


def nearest(margin: Margin, image: Floats) -> Counterfactual:
    """The search itself.

    Args:
        margin: log p − log(1 − p) and its gradient, of a picture [28, 28].
        image: where it begins.
    """
    start = image.astype(np.float64)
    at, steps, radius = start.copy(), 0, FIRST_RADIUS
    height, slope = margin(image)
    while height < 0 and steps < MOST_STEPS // 2 and radius > LEAST_RADIUS:  # until ½ is reached only the margin counts
        steps += 1
        tried = step(start, at, height, slope, radius, min(height + AT_A_TIME, FIRST_GOAL))
        new_height, new_slope = margin(tried.astype(np.float32))
        if new_height > height + 1e-3:
            at, height, slope = tried, new_height, new_slope
        else:
            radius /= 2
    best = at if height >= 0 else None
    radius, settled = FIRST_RADIUS, False
    while best is not None and not settled and steps < MOST_STEPS:  # from then on the ink
        if radius > LEAST_RADIUS:
            tried, new_height, new_slope, taken = _over_the_line(margin, start, best, height, slope, radius)
        elif not (np.abs(best - start) > LEAST_CHANGE).any():
            settled = True
            continue
        else:  # a kink of the network: see whether the smaller half of the changes can be done without
            sizes = np.abs(best - start)
            small = sizes < np.median(sizes[sizes > LEAST_CHANGE])
            kept = np.where(small, start, best)
            tried, new_height, new_slope, taken = _over_the_line(margin, start, kept, *margin(_single(kept)), PRUNED)
        steps += taken
        if new_height >= 0 and np.abs(tried - start).sum() < np.abs(best - start).sum() - LEAST_GAIN:
            best, height, slope = tried, new_height, new_slope
            radius = min(radius * 1.5, FIRST_RADIUS) if radius > LEAST_RADIUS else FIRST_RADIUS
        elif radius > LEAST_RADIUS:
            radius /= 2
        else:
            settled = True
    found = _single(at if best is None else best)
    final, _ = margin(found)
    change = _single(found - image)
    probability = 1 / (1 + float(np.exp(-final)))
    return Counterfactual(found, change, float(np.abs(change).sum()), probability, steps, final >= 0, settled)


def _over_the_line(
    margin: Margin, start: NDArray[np.float64], at: NDArray[np.float64], height: float, slope: Floats, radius: float
) -> tuple[NDArray[np.float64], float, Floats, int]:
    """A step, and more where the tangent promised too much: picture, margin, gradient and steps taken."""
    taken = 0
    while taken < TRIES:
        taken += 1
        at = step(start, at, height, slope, radius, GOAL)
        height, slope = margin(_single(at))
        if height >= 0:
            break
        radius /= 2
    return at, height, slope, taken


def _single(picture: NDArray[np.floating[Any]]) -> Floats:
    return np.asarray(picture, np.float32)


def step(
    start: NDArray[np.float64], at: NDArray[np.float64], height: float, slope: Floats, radius: float, goal: float
) -> NDArray[np.float64]:
    """The cheapest picture within `radius` of `at` in each pixel whose margin, by its tangent, is `goal`.

    Every pixel first goes back towards where it began. From there each unit of ink costs one and gains the slope's
    size, so the steepest pixels go first and the last of them part of its way; if all together do not reach the goal,
    they all go.
    """
    low, high = np.maximum(at - radius, 0), np.minimum(at + radius, 1)
    cheapest = np.clip(start, low, high)
    missing = goal - (height + float((slope * (cheapest - at)).sum()))
    if missing <= 0:
        return cheapest
    ends = np.where(slope > 0, np.maximum(high, cheapest), np.minimum(low, cheapest))
    rooms = (np.abs(ends - cheapest) * np.abs(slope)).ravel()
    order = np.argsort(-np.abs(slope).ravel(), kind="stable")
    gained = rooms[order].cumsum()
    shares = np.zeros(rooms.size)
    whole = gained <= missing
    shares[order[whole]] = 1
    if not whole.all():
        last = int(whole.sum())
        before = gained[last - 1] if last else 0.0
        shares[order[last]] = (missing - before) / max(rooms[order[last]], 1e-12)
    return cheapest + shares.reshape(at.shape) * (ends - cheapest)
