"""From a picture of a digit back to pen strokes.

The ink is brought to one working size, thinned to its centre lines (Zhang and Suen 1984,
https://doi.org/10.1145/357994.358023, as in scikit-image) and the lines are walked into strokes. Thinning alone gives
a poor pen: thick strokes grow spurs, a crossing becomes two forks, ends stop short of or beyond the pen's last point.
Each of these is put right with the distance to the ink's edge, which is half the pen's width on the centre line.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.drawing.strokes import EMPTY, Drawing, Points

WORKING_SIDE = 128  # longest side of the ink while it is traced, in pixels
_EDGE = 0.5  # ink that counts as inside, as a share of the strokes' own level
_SPUR = 0.6  # a branch that sticks out of the stroke by less than this many half-widths is no stroke
_MERGE = 1.0  # forks closer than this many half-widths are one crossing
_SMOOTH = 0.5  # sigma of the smoothing along a stroke, in half-widths
_STRAIGHT = math.cos(math.radians(120))  # two branches that turn by less than 60° are one stroke
_MOST_NODES = 300  # a digit has a handful, a scribble dozens, grain and texture thousands
_SIMPLIFY = 0.25  # how far a point may be off the smoothed line to be left out, in working pixels

Pixel = tuple[int, int]


@dataclass(frozen=True)
class Shape:
    """Where the ink of a picture is, at the working size.

    Attributes:
        depth: float64 [h, w]; the distance to the ink's edge in working pixels, positive inside and negative outside.
        skeleton: bool [h, w]; the centre lines.
        scale: working pixels for each pixel of the picture.
        left, top: where the working picture begins, in pixels of the picture.
    """

    depth: NDArray[np.float64]
    skeleton: NDArray[np.bool_]
    scale: float
    left: float
    top: float

    @classmethod
    def of(cls, ink: NDArray[np.float32], margin: int = 2) -> "Shape | None":
        """Find the ink.

        Args:
            ink: [H, W], 0 for paper and 1 for full ink.
            margin: working pixels to leave around it.

        Returns:
            None if there is no ink.
        """
        from scipy.ndimage import distance_transform_edt  # here, so that the page starts without them
        from skimage.morphology import skeletonize

        level = float(ink.max(initial=0.0))
        if level <= 0:
            return None
        inside = ink > _EDGE * level
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        top, bottom = max(0, int(rows[0]) - 1), min(ink.shape[0], int(rows[-1]) + 2)
        left, right = max(0, int(columns[0]) - 1), min(ink.shape[1], int(columns[-1]) + 2)
        part, inside = ink[top:bottom, left:right], inside[top:bottom, left:right]
        scale = WORKING_SIDE / max(part.shape)
        size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        method = Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX
        small = np.asarray(Image.fromarray(np.ascontiguousarray(part, np.float32)).resize(size, method))
        # A line thinner than a working pixel covers no pixel by half: ask for half of what it can cover.
        edges = np.count_nonzero(inside[:, 1:] != inside[:, :-1]) + np.count_nonzero(inside[1:] != inside[:-1])
        width = 2 * np.count_nonzero(inside) / max(1.0, edges * math.pi / 4) * scale
        least = _EDGE * level * min(1.0, 0.9 * width)
        mask = np.pad(small >= min(least, float(small.max())), max(margin, 1))
        depth = np.where(mask, distance_transform_edt(mask) - 0.5, 0.5 - distance_transform_edt(~mask))
        return cls(depth, skeletonize(mask), scale, left - margin / scale, top - margin / scale)

    @cached_property
    def half_widths(self) -> NDArray[np.float64]:
        """Half the pen's width at every pixel of the centre lines, in working pixels."""
        return np.maximum(self.depth[self.skeleton], 0.5)

    @property
    def pen_width(self) -> float:
        """The pen's width in pixels of the picture: twice the median distance from a centre line to the ink's edge."""
        return 2 * float(np.median(self.half_widths)) / self.scale


def trace(ink: NDArray[np.float32]) -> Drawing:
    """Find the strokes that a picture could have been drawn with.

    Args:
        ink: [H, W], 0 for paper and 1 for full ink, at any scale: a 28×28 digit or a crop of a photograph.

    Returns:
        strokes in pixels of `ink`, where pixel (row r, column c) has its centre at x = c + ½, y = r + ½, each with the
        pen's width. Empty if there is no ink, or if the lines end and fork so often that no pen drew them.
    """
    shape = Shape.of(ink)
    if shape is None:
        return EMPTY
    half_width = shape.pen_width * shape.scale / 2
    graph = _Graph.of(shape.skeleton, shape.depth)
    if len(graph.at) > _MOST_NODES:
        return EMPTY
    graph.prune()
    graph.merge_forks()
    strokes = []
    for line in graph.strokes():
        line = _smooth(line, _SMOOTH * half_width)
        line = _reach_ends(line, shape.depth > 0, half_width)
        points = _simplify(line)[:, ::-1] + 0.5  # rows and columns to x and y
        strokes.append(points / shape.scale + [shape.left, shape.top])
    return Drawing(tuple(strokes), (shape.pen_width,) * len(strokes))


# --- the graph of centre lines ---------------------------------------------------------------------


@dataclass
class _Edge:
    """A centre line between two nodes: pixels [P, 2] as row and column, from `ends[0]` to `ends[1]`."""

    ends: list[int]
    line: Points

    @property
    def length(self) -> float:
        return float(np.hypot(*np.diff(self.line, axis=0).T).sum())


@dataclass
class _Graph:
    """Centre lines as a graph. A node is where lines end or fork; a ring has one node of its own.

    Attributes:
        at: each node's place [row, column].
        radius: the distance from each node to the ink's edge, in working pixels.
    """

    at: dict[int, Points]
    radius: dict[int, float]
    edges: list[_Edge] = field(default_factory=list)
    dots: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, skeleton: NDArray[np.bool_], depth: NDArray[np.float64]) -> "_Graph":
        pixels = {(int(r), int(c)) for r, c in np.argwhere(skeleton)}
        near = {pixel: _neighbours(pixel, pixels) for pixel in pixels}
        graph = cls({}, {})
        ids: dict[Pixel, int] = {}

        def node(pixel: Pixel) -> int:
            if pixel not in ids:
                ids[pixel] = len(ids)
                graph.at[ids[pixel]] = np.array(pixel, np.float64)
                graph.radius[ids[pixel]] = float(depth[pixel])
            return ids[pixel]

        walked: set[tuple[Pixel, Pixel]] = set()

        def walk(start: Pixel, step: Pixel) -> None:
            line, last = [start, step], start
            while len(near[step]) == 2 and step != start:
                last, step = step, next(p for p in near[step] if p != last)
                line.append(step)
            walked.update([(start, line[1]), (step, line[-2])])
            graph.edges.append(_Edge([node(start), node(step)], np.array(line, np.float64)))

        visited: set[Pixel] = set()
        for pixel in sorted(pixels):
            if not near[pixel]:
                graph.dots.append(node(pixel))
            elif len(near[pixel]) != 2:
                for step in near[pixel]:
                    if (pixel, step) not in walked:
                        walk(pixel, step)
        for edge in graph.edges:
            visited.update((int(r), int(c)) for r, c in edge.line)
        for pixel in sorted(pixels):  # what is left are rings without a fork
            if near[pixel] and pixel not in visited:
                walk(pixel, near[pixel][0])
                visited.update((int(r), int(c)) for r, c in graph.edges[-1].line)
        return graph

    def _degrees(self) -> Counter[int]:
        return Counter(end for edge in self.edges for end in edge.ends)

    def prune(self) -> None:
        """Take away spurs, the shortest at each fork first, and join what then runs through the fork."""
        while True:
            degrees = self._degrees()
            spurs: dict[int, tuple[float, _Edge]] = {}
            for edge in self.edges:
                tip, fork = sorted(edge.ends, key=lambda end: degrees[end])
                if degrees[tip] != 1 or degrees[fork] == 1:
                    continue
                sticks_out = edge.length + self.radius[tip] - self.radius[fork]
                if sticks_out < min(_SPUR * self.radius[fork], spurs.get(fork, (math.inf,))[0]):
                    spurs[fork] = (sticks_out, edge)
            if not spurs:
                return
            gone = {id(edge) for _, edge in spurs.values()}
            self.edges = [edge for edge in self.edges if id(edge) not in gone]
            for fork in spurs:
                self._join(fork)

    def _join(self, node: int) -> None:
        """Make one edge of the two that meet at a node of degree two."""
        around = [edge for edge in self.edges if node in edge.ends]
        if len(around) != 2 or sum(edge.ends.count(node) for edge in around) != 2:
            return
        first, second = around
        towards = first.line if first.ends[1] == node else first.line[::-1]
        onwards = second.line if second.ends[0] == node else second.line[::-1]
        ends = [first.ends[0] if first.ends[1] == node else first.ends[1]]
        ends.append(second.ends[1] if second.ends[0] == node else second.ends[0])
        self.edges = [edge for edge in self.edges if edge is not first and edge is not second]
        self.edges.append(_Edge(ends, np.concatenate([towards, onwards[1:]])))

    def merge_forks(self) -> None:
        """Draw forks that lie within the pen's width of each other together: they are one crossing."""
        while True:
            degrees = self._degrees()
            short = [
                (edge.length, k)
                for k, edge in enumerate(self.edges)
                if edge.ends[0] != edge.ends[1]
                and min(degrees[end] for end in edge.ends) >= 3
                and edge.length <= _MERGE * max(self.radius[end] for end in edge.ends)
            ]
            if not short:
                return
            keep, drop = self.edges.pop(min(short)[1]).ends
            middle = (self.at[keep] + self.at[drop]) / 2
            self.at[keep] = middle
            self.radius[keep] = max(self.radius[keep], self.radius[drop])
            for other in self.edges:
                for side in (0, 1):
                    if other.ends[side] in (keep, drop):
                        other.ends[side] = keep
                        other.line = other.line.copy()
                        other.line[-side] = middle
            # What ran beside the merged line is now a ring without a hole.
            self.edges = [
                other
                for other in self.edges
                if other.ends != [keep, keep] or other.length > 2 * _MERGE * self.radius[keep]
            ]

    def strokes(self) -> list[Points]:
        """The edges joined into strokes that go straight on at forks, and the dots."""
        follow: dict[tuple[int, int], tuple[int, int]] = {}  # (edge, side) to the (edge, side) that continues it
        for node in self.at:
            arms = [(i, side) for i, edge in enumerate(self.edges) for side in (0, 1) if edge.ends[side] == node]
            directions = {arm: _direction(self.edges[arm[0]].line, arm[1], self.radius[node]) for arm in arms}
            pairs = sorted(
                (float(directions[a] @ directions[b]), a, b) for k, a in enumerate(arms) for b in arms[k + 1 :]
            )
            for cosine, a, b in pairs:
                if a not in follow and b not in follow and (cosine < _STRAIGHT or len(arms) == 2):
                    follow[a], follow[b] = b, a
        lines: list[Points] = []
        used: set[int] = set()
        starts = [(i, side) for i in range(len(self.edges)) for side in (0, 1)]
        for start in sorted(starts, key=lambda arm: arm in follow):  # free ends first, then rings
            if start[0] in used:
                continue
            pieces: list[Points] = []
            arm = start
            while arm[0] not in used:
                used.add(arm[0])
                line = self.edges[arm[0]].line
                pieces.append((line if arm[1] == 0 else line[::-1])[bool(pieces) :])
                exit_ = (arm[0], 1 - arm[1])
                if exit_ not in follow:
                    break
                arm = follow[exit_]
            lines.append(np.concatenate(pieces))
        return lines + [self.at[dot][None] for dot in self.dots]


def _neighbours(pixel: Pixel, pixels: set[Pixel]) -> list[Pixel]:
    """Pixels next to this one; over a corner only where no straight way leads round it."""
    r, c = pixel
    result = [p for p in ((r - 1, c), (r, c + 1), (r + 1, c), (r, c - 1)) if p in pixels]
    for dr, dc in ((-1, -1), (-1, 1), (1, 1), (1, -1)):
        if (r + dr, c + dc) in pixels and (r + dr, c) not in pixels and (r, c + dc) not in pixels:
            result.append((r + dr, c + dc))
    return result


def _direction(line: Points, side: int, reach: float) -> Points:
    """The unit vector in which a line leaves its end, judged beyond the crossing's own ink."""
    line = line if side == 0 else line[::-1]
    steps = np.linalg.norm(line - line[0], axis=1)
    beyond = np.flatnonzero(steps > 1.5 * reach + 1)
    ahead = line[beyond[0] if len(beyond) else -1] - line[0]
    return np.asarray(ahead / max(float(np.hypot(*ahead)), 1e-9))


# --- one stroke ------------------------------------------------------------------------------------


def _smooth(line: Points, sigma: float) -> Points:
    """Smooth along the line; ends stay where they are, and a ring stays closed."""
    from scipy.ndimage import gaussian_filter1d

    if len(line) < 3 or sigma <= 0:
        return line
    if np.array_equal(line[0], line[-1]):
        ring = gaussian_filter1d(line[:-1], sigma, axis=0, mode="wrap")
        return np.concatenate([ring, ring[:1]])
    reach = min(len(line) - 1, math.ceil(4 * sigma))
    longer = np.pad(line, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return np.asarray(gaussian_filter1d(longer, sigma, axis=0)[reach:-reach])


def _reach_ends(line: Points, mask: NDArray[np.bool_], half_width: float) -> Points:
    """Move both ends along the line so that a round pen just reaches the ink's edge there."""
    if len(line) < 2 or np.allclose(line[0], line[-1]):
        return line
    for _ in (0, 1):
        line = line[::-1]
        back = min(len(line) - 1, max(2, round(2 * half_width)))
        ahead = line[-1] - line[-1 - back]
        length = float(np.hypot(*ahead))
        if length < 1:
            continue
        ahead /= length
        steps = np.arange(0, 4 * half_width + 2, 0.5)
        cells = np.rint(line[-1] + steps[:, None] * ahead).astype(int).clip(0, np.array(mask.shape) - 1)
        outside = np.flatnonzero(~mask[cells[:, 0], cells[:, 1]])
        room = steps[outside[0]] if len(outside) else steps[-1]
        if room > 2.5 * half_width + 1:  # the end of this line lies inside other ink: it is a fork
            continue
        move = float(np.clip(room - 0.5 - half_width, -half_width, half_width))
        if move >= 0:
            line = np.concatenate([line, [line[-1] + move * ahead]])
        else:
            from_end = np.linalg.norm(line - line[-1], axis=1)
            kept = line[: max(1, np.flatnonzero(from_end >= -move)[-1] + 1)] if (from_end >= -move).any() else line[:1]
            line = np.concatenate([kept, [line[-1] + move * ahead]])
    return line


def _simplify(line: Points) -> Points:
    """Leave out points that the line does without (Douglas and Peucker 1973)."""
    from skimage.measure import approximate_polygon

    return np.asarray(approximate_polygon(line, _SIMPLIFY)) if len(line) > 2 else line
