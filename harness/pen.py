"""A pen over the pad whose strokes can be looked at before it is lifted: mouse, finger or stylus."""

from collections.abc import Sequence
from typing import Any, Literal

from playwright.sync_api import Page

from digitlab.drawing.strokes import PAD_SIDE
from harness.hand import pad

Stroke = Sequence[Sequence[float]]  # x and y in pixels of the pad


class Pen:
    """Draws with the browser's own input events, through its protocol."""

    def __init__(self, page: Page, kind: str = "mouse") -> None:
        self.page = page
        self.kind = kind
        self._input = page.context.new_cdp_session(page)
        self._at = (0.0, 0.0)

    def draw(self, stroke: Stroke) -> None:
        self.down(stroke)
        self.up()

    def down(self, stroke: Stroke) -> None:
        """Draw a stroke without lifting the pen at its end."""
        for number, (x, y) in enumerate(self.on_page(stroke)):
            self._send("move" if number else "down", x, y)

    def up(self) -> None:
        self._send("up", *self._at)

    def touches(
        self, kind: Literal["touchStart", "touchMove", "touchEnd"], fingers: Sequence[dict[str, float]]
    ) -> None:
        """touchStart, touchMove or touchEnd with all fingers: "id", "x", "y" in pixels of the pad, perhaps "radius"."""
        points = []
        for finger in fingers:
            ((x, y),) = self.on_page([[finger["x"], finger["y"]]])
            radius = finger.get("radius", 5)
            points.append({"x": x, "y": y, "id": finger["id"], "radiusX": radius, "radiusY": radius})
        self._input.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def on_page(self, stroke: Stroke) -> list[tuple[float, float]]:
        """The points in pixels of the window."""
        left, top, width = pad(self.page).evaluate(
            "(canvas) => { const { left, top, width } = canvas.getBoundingClientRect(); return [left, top, width] }"
        )
        scale = width / PAD_SIDE
        return [(left + x * scale, top + y * scale) for x, y in stroke]

    def _send(self, what: Literal["down", "move", "up"], x: float, y: float) -> None:
        self._at = (x, y)
        if self.kind == "touch":
            name = {"down": "touchStart", "move": "touchMove", "up": "touchEnd"}[what]
            points = [] if what == "up" else [{"x": x, "y": y}]
            self._input.send("Input.dispatchTouchEvent", {"type": name, "touchPoints": points})
            return
        name = {"down": "mousePressed", "move": "mouseMoved", "up": "mouseReleased"}[what]
        event: dict[str, Any] = {"type": name, "x": x, "y": y, "button": "left", "clickCount": 1}
        event |= {"pointerType": self.kind, "buttons": 0 if what == "up" else 1}
        self._input.send("Input.dispatchMouseEvent", event)
