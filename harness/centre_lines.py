"""The centre lines of ink as a graph, put right and joined into the lines that a pen went along.

Thinning makes of a crossing two forks, and thick strokes grow spurs. Both are recognised by the distance to the ink's
edge, which is half the pen's width on a centre line.
"""

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.strokes import Points

_SPUR = 0.6  # a branch that sticks out of the stroke by less than this many half-widths is no stroke
_MERGE = 1.0  # forks closer than this many half-widths are one crossing
_STRAIGHT = math.cos(math.radians(120))  # two branches that turn by less than 60° are one stroke

Pixel = tuple[int, int]


@dataclass
class Edge:
    """A centre line between two nodes: pixels [P, 2] as row and column, from `ends[0]` to `ends[1]`."""

    ends: list[int]
    line: Points

    @property
    def length(self) -> float:
        return float(np.hypot(*np.diff(self.line, axis=0).T).sum())


@dataclass
class Graph:
    """Centre lines as a graph. A node is where lines end or fork; a ring has one node of its own.

    Attributes:
        at: each node's place [row, column].
        radius: the distance from each node to the ink's edge, in working pixels.
    """

    at: dict[int, Points]
    radius: dict[int, float]
    edges: list[Edge] = field(default_factory=list)
    dots: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, skeleton: NDArray[np.bool_], depth: NDArray[np.float64]) -> "Graph":
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
            graph.edges.append(Edge([node(start), node(step)], np.array(line, np.float64)))

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
            spurs: dict[int, tuple[float, Edge]] = {}
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
        self.edges.append(Edge(ends, np.concatenate([towards, onwards[1:]])))

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
