"""Layers that make maps smaller or larger, change their shape, or combine several."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from digitlab.networks.layers.base import Arrays, Layer, Shape, shape_text
from digitlab.networks.weights_file import LayerWeights
from digitlab.networks.windows import Padding, Span, Window
from digitlab.words import Message, _, message

_LAST = {"data_format": "channels_last"}


@dataclass(frozen=True, kw_only=True)
class Pool(Layer):
    """Max or average pooling with windows that do not overlap."""

    reads: ClassVar[dict[str, str]] = {"pool_size": "size", "padding": "padding"}
    defaults: ClassVar[dict[str, Any]] = {"padding": "valid"}
    takes = "maps"
    size: int = 2
    padding: Padding = "valid"

    @classmethod
    def settings_of(cls, config: Mapping[str, Any], shape: Shape) -> dict[str, Any] | None:
        if config["strides"] not in (None, config["pool_size"]) or config["data_format"] != "channels_last":
            return None
        return super().settings_of({name: config[name] for name in cls.reads}, shape)

    @property
    def window(self) -> Window:
        return Window(self.size, self.size, self.padding)

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*map(self.window.outputs, shapes[0][:2]), shapes[0][2])

    def sentence(self, *shapes: Shape) -> str:
        return self._says(size=self.size, sum=self.window.arithmetic(shapes[0][0]))

    def _says(self, **values: Any) -> str:
        raise NotImplementedError

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        return {"size": self.size, "padding": self.padding}, {}


@dataclass(frozen=True, kw_only=True)
class MaxPool(Pool):
    kind = "max_pool"
    keras_class = "MaxPooling2D"
    title = message("Max pooling")

    def _says(self, **values: Any) -> str:
        return _("Each {size}×{size} square becomes one number, its maximum: {sum}.", **values)


@dataclass(frozen=True, kw_only=True)
class AveragePool(Pool):
    kind = "average_pool"
    keras_class = "AveragePooling2D"
    title = message("Average pooling")

    def _says(self, **values: Any) -> str:
        return _("Each {size}×{size} square becomes one number, its mean: {sum}.", **values)


@dataclass(frozen=True, kw_only=True)
class GlobalPool(Layer):
    """Each map becomes one number."""

    usual: ClassVar[dict[str, Any]] = _LAST | {"keepdims": False}
    takes = "maps"

    def sees_all(self, shape: Shape) -> bool:
        return True

    def output_shape(self, *shapes: Shape) -> Shape:
        return (shapes[0][-1],)


@dataclass(frozen=True, kw_only=True)
class GlobalAveragePool(GlobalPool):
    kind = "global_average_pool"
    keras_class = "GlobalAveragePooling2D"
    title = message("Global average pooling")
    short = message("Global average")

    def sentence(self, *shapes: Shape) -> str:
        height, width, maps = shapes[0]
        return _(
            "Each of the {maps} maps becomes one number, its mean over {height}·{width} pixels.",
            maps=maps,
            height=height,
            width=width,
        )


@dataclass(frozen=True, kw_only=True)
class GlobalMaxPool(GlobalPool):
    kind = "global_max_pool"
    keras_class = "GlobalMaxPooling2D"
    title = message("Global max pooling")
    short = message("Global max")

    def sentence(self, *shapes: Shape) -> str:
        height, width, maps = shapes[0]
        return _(
            "Each of the {maps} maps becomes one number, the maximum of its {height}·{width} pixels.",
            maps=maps,
            height=height,
            width=width,
        )


@dataclass(frozen=True, kw_only=True)
class Flatten(Layer):
    kind = "flatten"
    keras_class = "Flatten"
    title = message("Flatten")
    usual: ClassVar[dict[str, Any]] = _LAST
    passes = True

    def output_shape(self, *shapes: Shape) -> Shape:
        return (math.prod(shapes[0]),)

    def sentence(self, *shapes: Shape) -> str:
        product = "·".join(str(side) for side in shapes[0])
        count = math.prod(shapes[0])
        return _("All maps are laid in one row: {product} = {count} numbers.", product=product, count=count)


@dataclass(frozen=True, kw_only=True)
class Reshape(Layer):
    """The same numbers in another shape; rows without maps, as a recurrent layer reads them, are shown as one map.

    Attributes:
        target: Keras' shape, without the batch.
    """

    kind = "reshape"
    keras_class = "Reshape"
    title = message("Reshape")
    passes = True

    target: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", tuple(self.target))  # a card's JSON has lists

    def arguments(self) -> dict[str, Any]:
        return {"target_shape": self.target}

    @classmethod
    def settings_of(cls, config: Mapping[str, Any], shape: Shape) -> dict[str, Any] | None:
        target = list(config["target_shape"])
        if -1 in target:
            target[target.index(-1)] = -math.prod(shape) // math.prod(target)
        return {"target": tuple(target)} if len(target) in (1, 2, 3) else None

    def sees_all(self, shape: Shape) -> bool:
        return self.output_shape(shape) != shape

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*self.target, 1) if len(self.target) == 2 else self.target

    def problem(self, *shapes: Shape) -> Message | None:
        if math.prod(self.target) == math.prod(shapes[0]):
            return None
        return message(
            "Layer {layer} cannot reshape {shape} to {target}: the counts of numbers differ.",
            layer=self.name,
            shape=shape_text(shapes[0]),
            target=shape_text(self.target),
        )

    def sentence(self, *shapes: Shape) -> str:
        return _(
            "The {count} numbers are reshaped to {shape}.", count=math.prod(shapes[0]), shape=shape_text(self.target)
        )


@dataclass(frozen=True, kw_only=True)
class ZeroPad(Layer):
    """Zeros around each map.

    Attributes:
        rows: how many above and below.
        columns: how many left and right.
    """

    kind = "zero_pad"
    keras_class = "ZeroPadding2D"
    title = message("Zero padding")
    takes = "maps"

    rows: tuple[int, int]
    columns: tuple[int, int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))  # a card's JSON has lists
        object.__setattr__(self, "columns", tuple(self.columns))

    def arguments(self) -> dict[str, Any]:
        return {"padding": (self.rows, self.columns)}

    @classmethod
    def settings_of(cls, config: Mapping[str, Any], shape: Shape) -> dict[str, Any] | None:
        rows, columns = config["padding"]
        return {"rows": tuple(rows), "columns": tuple(columns)} if config["data_format"] == "channels_last" else None

    def before(self, span: Span, side: int, axis: int) -> Span:
        shift = (self.rows, self.columns)[axis][0]
        return min(max(span[0] - shift, 0), side - 1), min(max(span[1] - shift, 0), side - 1)

    def output_shape(self, *shapes: Shape) -> Shape:
        height, width, channels = shapes[0]
        return (height + sum(self.rows), width + sum(self.columns), channels)

    def sentence(self, *shapes: Shape) -> str:
        (above, below), (left, right) = self.rows, self.columns
        sizes = {"before": shape_text(shapes[0]), "after": shape_text(self.output_shape(*shapes))}
        if len({above, below, left, right}) == 1:
            return _("Each map gets a border of zeros, {width} wide: {before} becomes {after}.", width=above, **sizes)
        return _(
            "Each map gets a border of zeros, {above} above, {below} below, {left} left and {right} right: {before} "
            "becomes {after}.",
            above=above,
            below=below,
            left=left,
            right=right,
            **sizes,
        )

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        return {"rows": self.rows, "columns": self.columns}, {}


@dataclass(frozen=True, kw_only=True)
class UpSample(Layer):
    """Each number becomes a square of equal numbers."""

    kind = "up_sample"
    keras_class = "UpSampling2D"
    title = message("Upsampling")
    reads: ClassVar[dict[str, str]] = {"size": "size"}
    usual: ClassVar[dict[str, Any]] = _LAST | {"interpolation": "nearest"}
    takes = "maps"

    size: int = 2

    @property
    def step(self) -> float:
        return 1 / self.size

    def before(self, span: Span, side: int, axis: int) -> Span:
        return span[0] // self.size, span[1] // self.size

    def output_shape(self, *shapes: Shape) -> Shape:
        height, width, channels = shapes[0]
        return (height * self.size, width * self.size, channels)

    def sentence(self, *shapes: Shape) -> str:
        return _(
            "Each number is repeated as a square of {size}×{size}: {height}·{size} rows, {width}·{size} columns.",
            size=self.size,
            height=shapes[0][0],
            width=shapes[0][1],
        )

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        return {"size": self.size}, {}


@dataclass(frozen=True, kw_only=True)
class Add(Layer):
    """The sum of two or more layers of one shape, as in a residual block."""

    kind = "add"
    keras_class = "Add"
    title = message("Addition")

    @property
    def reads_list(self) -> bool:
        return True

    def problem(self, *shapes: Shape) -> Message | None:
        if len(set(shapes)) == 1:
            return None
        return message("Layer {layer} adds layers of different shapes.", layer=self.name)

    def sentence(self, *shapes: Shape) -> str:
        return _("{layers} are added number by number.", layers=" + ".join(self.inputs))


@dataclass(frozen=True, kw_only=True)
class Concatenate(Layer):
    """The maps of two or more layers side by side, those of the first one first."""

    kind = "concatenate"
    keras_class = "Concatenate"
    title = message("Concatenation")
    last_axis = True
    usual: ClassVar[dict[str, Any]] = {"axis": -1}

    @property
    def reads_list(self) -> bool:
        return True

    def problem(self, *shapes: Shape) -> Message | None:
        if len({shape[:-1] for shape in shapes}) == 1:
            return None
        return message("Layer {layer} joins layers of different sizes.", layer=self.name)

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))

    def sentence(self, *shapes: Shape) -> str:
        counts = " + ".join(f"{shape[-1]}" for shape in shapes)
        values = {"layers": ", ".join(self.inputs), "sum": f"{counts} = {sum(shape[-1] for shape in shapes)}"}
        if len(shapes[0]) == 3:
            return _("The maps of these layers are joined: {layers}; {sum} maps.", **values)
        return _("The numbers of these layers are joined: {layers}; {sum} numbers.", **values)
