"""The arithmetic of a window that moves over maps, along one side: how far it goes, what it reads, what is added."""

from dataclasses import dataclass
from typing import Literal

Padding = Literal["valid", "same"]
Span = tuple[int, int]  # first and last


@dataclass(frozen=True)
class Window:
    """A convolution's or a pooling's window.

    Attributes:
        size: numbers a side.
        stride: how far it moves at a time.
        padding: "valid": it stays within its input; "same": zeros are added around it, so that with a stride of 1
            nothing gets smaller. TensorFlow adds the odd one at the end.
    """

    size: int
    stride: int
    padding: Padding

    def outputs(self, side: int) -> int:
        """The number of places of the window: (side + padding − size) / stride + 1, rounded down."""
        return -(-side // self.stride) if self.padding == "same" else (side - self.size) // self.stride + 1

    def added(self, side: int) -> int:
        """How many zeros are added, before and behind together."""
        return max((self.outputs(side) - 1) * self.stride + self.size - side, 0) if self.padding == "same" else 0

    def before(self, side: int, span: Span) -> Span:
        """The span of the input, of this length, that the window reads for a span of its output."""
        shift = self.added(side) // 2
        first, last = span[0] * self.stride - shift, span[1] * self.stride - shift + self.size - 1
        return max(first, 0), min(last, side - 1)

    def arithmetic(self, side: int) -> str:
        """26 = (28 + 2·0 − 3)/1 + 1; brackets ⌊ ⌋ where the division leaves a rest."""
        border = self.added(side)
        added = f"2·{border // 2}" if border % 2 == 0 else str(border)
        rest = (side + border - self.size) % self.stride
        left, right = ("⌊(", f")/{self.stride}⌋") if rest else ("(", f")/{self.stride}")
        return f"{self.outputs(side)} = {left}{side} + {added} − {self.size}{right} + 1"
