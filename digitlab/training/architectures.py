"""Networks of the project's own, as layer records."""

from dataclasses import replace

from digitlab.networks.graph import Network
from digitlab.networks.layers import (
    Add,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Layer,
    MaxPool,
    Relu,
)

_FORGETS = 0.9  # momentum of the running averages in networks that are trained for a few epochs only


def fast() -> Network:
    """Few multiplications and small pictures: pooling comes before normalisation and ReLU, which then have less to do.

    The order changes nothing for ReLU, and for normalisation only which pixels its averages are taken over.
    """
    return Network(
        (
            Conv(filters=16, kernel=5, use_bias=False),
            MaxPool(),
            *_normalised(),
            Conv(filters=48, kernel=3, use_bias=False),
            MaxPool(),
            *_normalised(),
            Flatten(),
            Dense(units=96, use_bias=False),
            *_normalised(),
            Dense(units=10, activation="softmax"),
        )
    )


def vgg(*filters: int) -> Network:
    """Pairs of 3×3 convolutions, each pair with more filters than the last, then dense layers.

    After Simonyan and Zisserman (2015), arXiv:1409.1556, with the batch normalisation that came later and without
    padding: the digits' border is empty.
    """
    pairs: list[Layer] = []
    for count in filters:
        for _ in range(2):
            pairs += [Conv(filters=count, kernel=3, use_bias=False), *_normalised()]
        pairs.append(MaxPool())
    head = (Flatten(), Dropout(rate=0.3), Dense(units=128, use_bias=False), *_normalised(), Dropout(rate=0.3))
    return Network((*pairs, *head, Dense(units=10, activation="softmax")))


def resnet(*filters: int) -> Network:
    """A 5×5 convolution, then blocks of two 3×3 convolutions whose input is added to their output.

    From the second block on, each halves the picture and has more filters; its input then goes through a 1×1
    convolution (He, Zhang, Ren and Sun, 2016, arXiv:1512.03385).
    """
    stem = Conv(name="stem", filters=filters[0], kernel=5, stride=2, use_bias=False)
    layers: list[Layer] = [stem, *_normalised("stem")]
    before = "stem_relu"
    for number, count in enumerate(filters, start=1):
        layers += _residual(f"block_{number}", before, count, stride=1 if number == 1 else 2)
        before = f"block_{number}_relu"
    return Network((*layers, GlobalAveragePool(), Dense(units=10, activation="softmax")))


def _residual(name: str, before: str, filters: int, stride: int) -> list[Layer]:
    layers: list[Layer] = []
    for number, step in ((1, stride), (2, 1)):
        part = f"{name}_conv_{number}"
        layers.append(Conv(name=part, filters=filters, kernel=3, stride=step, padding="same", use_bias=False))
        layers += _normalised(part) if number == 1 else _normalised(part)[:1]
    layers[0] = replace(layers[0], inputs=(before,))
    shortcut = before
    if stride > 1:
        shortcut = f"{name}_shortcut"
        layers.append(Conv(name=shortcut, filters=filters, kernel=1, stride=stride, padding="same", inputs=(before,)))
    total = Add(name=f"{name}_add", inputs=(f"{name}_conv_2_norm", shortcut))
    return [*layers, total, Relu(name=f"{name}_relu")]


def _normalised(name: str = "") -> tuple[Layer, ...]:
    """Batch normalisation and ReLU, named after the layer before them where that has a name."""
    if not name:
        return BatchNorm(momentum=_FORGETS), Relu()
    return BatchNorm(name=f"{name}_norm", momentum=_FORGETS), Relu(name=f"{name}_relu")
