"""Layers that multiply with learned weights: convolutions and dense layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from digitlab.networks.layers.base import (
    ACTIVATIONS,
    Activation,
    Arrays,
    Layer,
    Shape,
    bias_of,
    initial,
    shape_text,
)
from digitlab.networks.weights_file import LayerWeights
from digitlab.networks.windows import Padding, Window
from digitlab.words import _, message, plural, together

_READS = {
    "kernel_size": "kernel",
    "strides": "stride",
    "padding": "padding",
    "activation": "activation",
    "use_bias": "use_bias",
}
_DEFAULTS = {"strides": 1, "padding": "valid", "activation": "linear", "use_bias": True}
_USUAL = {"data_format": "channels_last", "dilation_rate": 1}


@dataclass(frozen=True, kw_only=True)
class Convolution(Layer):
    """What the three convolutions have in common: a square window, and an activation at the end."""

    defaults: ClassVar[dict[str, Any]] = _DEFAULTS
    usual: ClassVar[dict[str, Any]] = _USUAL
    takes = "maps"

    kernel: int
    stride: int = 1
    padding: Padding = "valid"
    activation: Activation = "linear"
    use_bias: bool = True

    @classmethod
    def settings_of(cls, config: Mapping[str, Any], shape: Shape) -> dict[str, Any] | None:
        # Softmax over maps is a layer of its own of its own; a convolution has none.
        return None if config["activation"] == "softmax" else super().settings_of(config, shape)

    @property
    def window(self) -> Window:
        return Window(self.kernel, self.stride, self.padding)

    def _settings(self) -> dict[str, Any]:
        return {
            "activation": self.activation,
            "kernel": self.kernel,
            "stride": self.stride,
            "padding": self.padding,
        }


@dataclass(frozen=True, kw_only=True)
class Conv(Convolution):
    kind = "conv"
    keras_class = "Conv2D"
    title = message("Convolution")
    reads: ClassVar[dict[str, str]] = {"filters": "filters"} | _READS
    usual: ClassVar[dict[str, Any]] = _USUAL | {"groups": 1}

    filters: int
    initial_stddev: float | None = None  # None: Keras' default, Glorot uniform
    initial_bias: float = 0.0

    def arguments(self) -> dict[str, Any]:
        return super().arguments() | initial(self.initial_stddev, self.initial_bias)

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*map(self.window.outputs, shapes[0][:2]), self.filters)

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        return ((self.kernel, self.kernel, shape[2], self.filters), *[(self.filters,)] * self.use_bias)

    def multiply_adds(self, shape: Shape) -> int:
        height, width, _ = self.output_shape(shape)
        return height * width * self.kernel**2 * shape[2] * self.filters

    def sentence(self, *shapes: Shape) -> str:
        text = plural(
            "{filters} filters of {kernel}×{kernel} move over the {shape} input, one pixel at a time: {sum}.",
            "{filters} filters of {kernel}×{kernel} move over the {shape} input, {n} pixels at a time: {sum}.",
            self.stride,
            filters=self.filters,
            kernel=self.kernel,
            shape=shape_text(shapes[0]),
            sum=self.window.arithmetic(shapes[0][0]),
        )
        return together(text, ACTIVATIONS[self.activation])

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        kernel, *rest = weights.arrays
        return self._settings(), {"kernel": kernel, "bias": bias_of(rest, self.filters)}


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv(Convolution):
    """Each map has filters of its own, and no filter reads two maps."""

    kind = "depthwise_conv"
    keras_class = "DepthwiseConv2D"
    title = message("Depthwise convolution")
    short = message("Depthwise conv")
    reads: ClassVar[dict[str, str]] = _READS | {"depth_multiplier": "multiplier"}
    defaults: ClassVar[dict[str, Any]] = _DEFAULTS | {"depth_multiplier": 1}

    multiplier: int = 1

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*map(self.window.outputs, shapes[0][:2]), shapes[0][2] * self.multiplier)

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        out = shape[2] * self.multiplier
        return ((self.kernel, self.kernel, shape[2], self.multiplier), *[(out,)] * self.use_bias)

    def multiply_adds(self, shape: Shape) -> int:
        height, width, out = self.output_shape(shape)
        return height * width * self.kernel**2 * out

    def sentence(self, *shapes: Shape) -> str:
        text = plural(
            "Each of the {maps} maps has {n} filter of its own, {kernel}×{kernel}, stride {stride}: {sum}.",
            "Each of the {maps} maps has {n} filters of its own, {kernel}×{kernel}, stride {stride}: {sum}.",
            self.multiplier,
            maps=shapes[0][2],
            kernel=self.kernel,
            stride=self.stride,
            sum=self.window.arithmetic(shapes[0][0]),
        )
        return together(text, ACTIVATIONS[self.activation])

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        kernel, *rest = weights.arrays
        return self._settings(), {"kernel": kernel, "bias": bias_of(rest, kernel.shape[2] * kernel.shape[3])}


@dataclass(frozen=True, kw_only=True)
class SeparableConv(Convolution):
    """A depthwise convolution and, at each place, a dense layer over the maps."""

    kind = "separable_conv"
    keras_class = "SeparableConv2D"
    title = message("Separable convolution")
    short = message("Separable conv")
    reads: ClassVar[dict[str, str]] = {"filters": "filters"} | _READS | {"depth_multiplier": "multiplier"}
    defaults: ClassVar[dict[str, Any]] = _DEFAULTS | {"depth_multiplier": 1}
    usual: ClassVar[dict[str, Any]] = _USUAL | {"groups": 1}

    filters: int
    multiplier: int = 1

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*map(self.window.outputs, shapes[0][:2]), self.filters)

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        depth = (self.kernel, self.kernel, shape[2], self.multiplier)
        return (depth, (1, 1, shape[2] * self.multiplier, self.filters), *[(self.filters,)] * self.use_bias)

    def multiply_adds(self, shape: Shape) -> int:
        height, width, _ = self.output_shape(shape)
        return height * width * shape[2] * self.multiplier * (self.kernel**2 + self.filters)

    def sentence(self, *shapes: Shape) -> str:
        text = _(
            "Each of the {maps} maps has a {kernel}×{kernel} filter of its own, stride {stride}: {sum}. Then {filters} "
            "weighted sums over all maps are taken at each place.",
            maps=shapes[0][2],
            kernel=self.kernel,
            stride=self.stride,
            sum=self.window.arithmetic(shapes[0][0]),
            filters=self.filters,
        )
        return together(text, ACTIVATIONS[self.activation])

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        depth, point, *rest = weights.arrays
        return self._settings(), {"depth": depth, "kernel": point, "bias": bias_of(rest, self.filters)}


@dataclass(frozen=True, kw_only=True)
class Dense(Layer):
    kind = "dense"
    keras_class = "Dense"
    title = message("Dense layer")
    reads: ClassVar[dict[str, str]] = {"units": "units", "activation": "activation", "use_bias": "use_bias"}
    defaults: ClassVar[dict[str, Any]] = {"activation": "linear", "use_bias": True}
    takes = "flat"

    units: int
    activation: Activation = "linear"
    use_bias: bool = True
    initial_stddev: float | None = None
    initial_bias: float = 0.0

    def arguments(self) -> dict[str, Any]:
        return super().arguments() | initial(self.initial_stddev, self.initial_bias)

    def sees_all(self, shape: Shape) -> bool:
        return True

    def output_shape(self, *shapes: Shape) -> Shape:
        return (self.units,)

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        return ((shape[0], self.units), *[(self.units,)] * self.use_bias)

    def multiply_adds(self, shape: Shape) -> int:
        return shape[0] * self.units

    def sentence(self, *shapes: Shape) -> str:
        (count,), bias = shapes[0], f" + {self.units:,}" if self.use_bias else ""
        text = _(
            "Each of {units} units adds up all {inputs} numbers, each with its own weight: {sum} = {count} parameters.",
            units=self.units,
            inputs=count,
            sum=f"{count:,}·{self.units:,}{bias}",
            count=count * self.units + self.units * self.use_bias,
        )
        if self.activation == "softmax" and self.units == 10:
            return together(text, _("Softmax turns them into ten probabilities."))
        return together(text, ACTIVATIONS[self.activation])

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        kernel, *rest = weights.arrays
        return {"activation": self.activation}, {"kernel": kernel, "bias": bias_of(rest, self.units)}
