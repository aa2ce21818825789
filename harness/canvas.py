"""A drawing as the canvas would send it, for pages without a browser."""

from typing import Any

import numpy as np

from digitlab.drawing.strokes import DEFAULT_BRUSH, Drawing


def to_canvas(drawing: Drawing, colour: str) -> dict[str, Any]:
    """The drawing as the canvas's `initial_drawing`: Fabric path objects in `colour`."""
    objects = []
    for stroke, width in zip(drawing.strokes, drawing.widths, strict=True):
        points = stroke if len(stroke) > 1 else np.concatenate([stroke, stroke + [0.01, 0.0]])
        low, high = points.min(axis=0), points.max(axis=0)
        path = [["M" if i == 0 else "L", round(x, 3), round(y, 3)] for i, (x, y) in enumerate(points.tolist())]
        objects.append(
            {
                "type": "Path",
                "path": path,
                "originX": "center",
                "originY": "center",
                "left": float(low[0] + high[0]) / 2,
                "top": float(low[1] + high[1]) / 2,
                "fill": None,
                "stroke": colour,
                "strokeWidth": width or DEFAULT_BRUSH,
                "strokeLineCap": "round",
                "strokeLineJoin": "round",
            }
        )
    return {"objects": objects}
