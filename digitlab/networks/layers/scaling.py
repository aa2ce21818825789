"""Layers that change each number, by itself or by what its neighbours are: activations, normalisations, dropout."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from digitlab.networks.layers.base import ACTIVATIONS, Activation, Arrays, Layer, Shape
from digitlab.networks.weights_file import LayerWeights
from digitlab.words import _, message


@dataclass(frozen=True, kw_only=True)
class BatchNorm(Layer):
    kind = "batch_norm"
    keras_class = "BatchNormalization"
    title = message("Batch normalization")
    short = message("Batch norm")
    last_axis = True
    defaults: ClassVar[dict[str, Any]] = {"momentum": 0.99, "epsilon": 0.001}
    reads: ClassVar[dict[str, str]] = {"momentum": "momentum", "epsilon": "epsilon"}
    usual: ClassVar[dict[str, Any]] = {
        "axis": -1,
        "center": True,
        "scale": True,
        "synchronized": False,
        "renorm": False,
        "renorm_clipping": None,
        "renorm_momentum": 0.99,
    }
    by_itself = True

    momentum: float = 0.99
    epsilon: float = 0.001

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        return (shape[-1:],) * 4  # factor, offset, and the averages of mean and variance

    def sentence(self, *shapes: Shape) -> str:
        count = shapes[0][-1]
        return _(
            "Each of {maps} maps is shifted and scaled by its mean and spread during training: {sum} parameters.",
            maps=count,
            sum=f"4·{count} = {4 * count}",
        )

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        gamma, beta, mean, variance = (array.astype(np.float64) for array in weights.arrays)
        scale = gamma / np.sqrt(variance + weights.settings["epsilon"])
        return {}, {"scale": scale, "shift": beta - mean * scale}


@dataclass(frozen=True, kw_only=True)
class Normalize(Layer):
    """Mean 0 and spread 1 by what the training data had, as a network's first layer does to pixels."""

    kind = "normalize"
    keras_class = "Normalization"
    title = message("Normalization")
    last_axis = True
    usual: ClassVar[dict[str, Any]] = {"axis": -1, "invert": False, "mean": None, "variance": None}
    by_itself = True

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        return (shape[-1:], shape[-1:], ())  # mean, variance, and how many numbers they were counted on

    def sentence(self, *shapes: Shape) -> str:
        return _("The mean of the training data is subtracted, then their standard deviation divides the result.")

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        mean, variance = (array.astype(np.float64) for array in weights.arrays[:2])
        scale = 1 / np.maximum(np.sqrt(variance), 1e-7)  # Keras' own smallest spread
        return {}, {"scale": scale, "shift": -mean * scale}


@dataclass(frozen=True, kw_only=True)
class LayerNorm(Layer):
    """Mean 0 and spread 1 over the maps at each place, then a factor and an offset for each map."""

    kind = "layer_norm"
    keras_class = "LayerNormalization"
    title = message("Layer normalization")
    short = message("Layer norm")
    last_axis = True
    defaults: ClassVar[dict[str, Any]] = {"epsilon": 0.001}
    reads: ClassVar[dict[str, str]] = {"epsilon": "epsilon"}
    usual: ClassVar[dict[str, Any]] = {"axis": -1, "center": True, "scale": True, "rms_scaling": False}

    epsilon: float = 0.001

    def sees_all(self, shape: Shape) -> bool:
        return len(shape) == 1

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        return (shape[-1:],) * 2

    def sentence(self, *shapes: Shape) -> str:
        count = shapes[0][-1]
        values = {"count": count, "sum": f"2·{count} = {2 * count}"}
        if len(shapes[0]) == 3:
            return _(
                "The {count} numbers at each place are scaled to mean 0 and standard deviation 1. Each map has its own "
                "factor and offset: {sum} parameters.",
                **values,
            )
        return _(
            "The {count} numbers are scaled to mean 0 and standard deviation 1. Each number has its own factor and "
            "offset: {sum} parameters.",
            **values,
        )

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        scale, shift = weights.arrays
        return {"epsilon": self.epsilon}, {"scale": scale, "shift": shift}


@dataclass(frozen=True, kw_only=True)
class Rescale(Layer):
    kind = "rescale"
    keras_class = "Rescaling"
    title = message("Rescaling")
    reads: ClassVar[dict[str, str]] = {"scale": "scale", "offset": "offset"}
    defaults: ClassVar[dict[str, Any]] = {"offset": 0.0}
    by_itself = True

    scale: float
    offset: float = 0.0

    def sentence(self, *shapes: Shape) -> str:
        divided, offset = 0 < abs(self.scale) < 1, _short(self.offset)
        by = _short(1 / self.scale if divided else self.scale)
        if divided and self.offset:
            return _("Each number is divided by {by}; then {offset} is added.", by=by, offset=offset)
        if divided:
            return _("Each number is divided by {by}.", by=by)
        if self.offset:
            return _("Each number is multiplied by {by}; then {offset} is added.", by=by, offset=offset)
        return _("Each number is multiplied by {by}.", by=by)

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        return {"scale": self.scale, "offset": self.offset}, {}


@dataclass(frozen=True, kw_only=True)
class Relu(Layer):
    kind = "relu"
    keras_class = "ReLU"
    title = message("ReLU")
    usual: ClassVar[dict[str, Any]] = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}
    by_itself = True

    def sentence(self, *shapes: Shape) -> str:
        return _("Negative numbers become 0. The others pass.")


@dataclass(frozen=True, kw_only=True)
class LeakyRelu(Layer):
    kind = "leaky_relu"
    keras_class = "LeakyReLU"
    title = message("Leaky ReLU")
    reads: ClassVar[dict[str, str]] = {"negative_slope": "slope"}
    defaults: ClassVar[dict[str, Any]] = {"negative_slope": 0.3}
    by_itself = True

    slope: float = 0.3

    def sentence(self, *shapes: Shape) -> str:
        return _("Negative numbers are multiplied by {slope}. The others pass.", slope=_short(self.slope))

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        return {"slope": self.slope}, {}


@dataclass(frozen=True, kw_only=True)
class Elu(Layer):
    kind = "elu"
    keras_class = "ELU"
    title = message("ELU")
    reads: ClassVar[dict[str, str]] = {"alpha": "alpha"}
    defaults: ClassVar[dict[str, Any]] = {"alpha": 1.0}
    by_itself = True

    alpha: float = 1.0

    def sentence(self, *shapes: Shape) -> str:
        return _("Negative numbers bend towards {limit}. The others pass.", limit=_short(-self.alpha))

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        return {"alpha": self.alpha}, {}


@dataclass(frozen=True, kw_only=True)
class Activate(Layer):
    """An activation by its name, as a layer of its own."""

    kind = "activation"
    keras_class = "Activation"
    title = message("Activation function")
    reads: ClassVar[dict[str, str]] = {"activation": "activation"}
    by_itself = True

    activation: Activation

    def sentence(self, *shapes: Shape) -> str:
        return str(ACTIVATIONS[self.activation]) or _("The numbers pass unchanged.")

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        return {"activation": self.activation}, {}


@dataclass(frozen=True, kw_only=True)
class Softmax(Layer):
    kind = "softmax"
    keras_class = "Softmax"
    title = message("Softmax")
    last_axis = True
    usual: ClassVar[dict[str, Any]] = {"axis": -1}

    activation: ClassVar[Activation] = "softmax"

    def sees_all(self, shape: Shape) -> bool:
        return len(shape) == 1

    def sentence(self, *shapes: Shape) -> str:
        return str(ACTIVATIONS["softmax"])


@dataclass(frozen=True, kw_only=True)
class Dropout(Layer):
    kind = "dropout"
    keras_class = "Dropout"
    title = message("Dropout")
    reads: ClassVar[dict[str, str]] = {"rate": "rate"}
    usual: ClassVar[dict[str, Any]] = {"noise_shape": None}
    by_itself = True
    passes = True
    rests = True

    rate: float

    def sentence(self, *shapes: Shape) -> str:
        return _(
            "Active only during training: {rate:.0%} of the numbers, chosen at random, are set to 0.", rate=self.rate
        )


def _short(value: float) -> str:
    """At most six digits that matter, with a real minus sign."""
    return f"{value:.6g}".replace("-", "−")
