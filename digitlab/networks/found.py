"""What was found in an imported model, as plain values for its card, and as sentences."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from digitlab.networks.layers import shape_text
from digitlab.words import Message, message

SIDE = 28


@dataclass(frozen=True)
class Feed:
    """What a network is fed in place of ink from 0 to 1: ink · scale + offset.

    Attributes:
        inverted: whether ink is dark on a light ground.
    """

    scale: float = 1.0
    offset: float = 0.0
    inverted: bool = False

    @property
    def as_it_is(self) -> bool:
        return (self.scale, self.offset) == (1.0, 0.0)


MEAN, SPREAD = 0.1307, 0.3081  # of MNIST's pixels, as tutorials have them
_RANGES = (Feed(), Feed(255.0), Feed(2.0, -1.0), Feed(1 / SPREAD, -MEAN / SPREAD))
_NAMES = {
    1.0: message("0 to 1"),
    255.0: message("0 to 255"),
    2.0: message("−1 to 1"),
    1 / SPREAD: message("mean 0 and standard deviation 1"),
}  # by scale
FEEDS: tuple[Feed, ...] = (
    *_RANGES,
    *(Feed(-feed.scale, feed.scale + feed.offset, inverted=True) for feed in _RANGES),
)


@dataclass(frozen=True)
class Found:
    """What a file held, and what was done so that it can be fed and shown here.

    Attributes:
        form: "H5", or the version of Keras that wrote the file.
        input: the model's own input shape, without the batch.
        padded: zeros put at each side of the picture, in all along one side.
        feed: the range that reads best.
        tried: accuracy on training digits, 0..1, of each feed that was tried, in the order of FEEDS.
        answers: "logits", "probabilities", or "sigmoids" for ten that are independent of each other.
        flattened: names of the models within the model, whose layers stand among the others.
        shared: layers that have another one's weights, by name.
        resting: layers that vary the numbers only while the network learns.
        output: the output that was chosen, of `outputs`; "" where there is one.
        outputs: names of all outputs.
        channels_first: whether maps came before rows and columns, which was changed.
    """

    form: str
    input: tuple[int, ...]
    padded: int = 0
    feed: Feed = field(default_factory=Feed)
    tried: tuple[float, ...] = ()
    answers: str = "logits"
    flattened: tuple[str, ...] = ()
    shared: Mapping[str, str] = field(default_factory=dict)
    resting: tuple[str, ...] = ()
    output: str = ""
    outputs: tuple[str, ...] = ()
    channels_first: bool = False

    def to_card(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_card(cls, values: Mapping[str, Any]) -> "Found":
        known = {entry.name: values[entry.name] for entry in fields(cls) if entry.name in values}
        feed = {entry.name: known["feed"][entry.name] for entry in fields(Feed)}
        return cls(**known | {"feed": Feed(**feed)})

    def sentences(self) -> list[Message]:
        """What a reader should know, a sentence each."""
        said = [self._file(), *self._input(), self._range(), _ANSWERS[self.answers]]
        if self.output:
            others = ", ".join(name for name in self.outputs if name != self.output)
            said.append(
                message(
                    "The model has {count} outputs. {output} is shown; {others} are left out.",
                    count=len(self.outputs),
                    output=self.output,
                    others=others,
                )
            )
        if self.flattened:
            said.append(
                message(
                    "The layers of nested models are listed among the others: {names}.",
                    names=", ".join(self.flattened),
                )
            )
        for name, first in self.shared.items():
            said.append(
                message(
                    "{first} is used more than once. {name} has the same weights, which are counted once.",
                    first=first,
                    name=name,
                )
            )
        if self.resting:
            said.append(
                message("These layers are active only during training: {names}.", names=", ".join(self.resting))
            )
        return said

    def _file(self) -> Message:
        if "H5" in self.form:
            return message("The file is an H5 file.")
        version = self.form.split(" ")[-1]  # cards of before say it in a sentence
        return message("The file is a .keras file of Keras {version}.", version=version)

    def _input(self) -> list[Message]:
        shape = shape_text(self.input)
        said = [
            message("The input is {count} numbers in a row.", count=shape)
            if len(self.input) == 1
            else message("The input is {shape}.", shape=shape)
        ]
        side, first = SIDE + self.padded, self.padded // 2
        if self.padded and self.padded == 2 * first:
            said.append(
                message(
                    "The 28×28 image is padded to {side}×{side} with a border of {width} empty pixels.",
                    side=side,
                    width=first,
                )
            )
        elif self.padded:
            said.append(
                message(
                    "The 28×28 image is padded to {side}×{side}: {first} empty pixels above and left, {last} below and "
                    "right.",
                    side=side,
                    first=first,
                    last=self.padded - first,
                )
            )
        if self.channels_first:
            said.append(message("The model has its channels first. Here they come last."))
        return said

    def _range(self) -> Message:
        if self.feed.as_it_is:
            return message("Input pixels range from 0 to 1, light ink on a dark ground.")
        values = {
            "range": _NAMES[abs(self.feed.scale)],
            "best": max(self.tried),
            "plain": self.tried[0],
        }
        if self.feed.inverted:
            return message(
                "Input pixels: {range}, dark ink on a light ground. Accuracy on 1,000 training digits: {best:.1%}, and "
                "{plain:.1%} with pixels from 0 to 1.",
                **values,
            )
        return message(
            "Input pixels: {range}, light ink on a dark ground. Accuracy on 1,000 training digits: {best:.1%}, and "
            "{plain:.1%} with pixels from 0 to 1.",
            **values,
        )


_ANSWERS = {
    "logits": message("The output is logits. Softmax turns them into probabilities."),
    "probabilities": message("The output is probabilities."),
    "sigmoids": message(
        "The output is ten numbers from 0 to 1 that do not add up to 1. Their shares are shown as probabilities."
    ),
}
