"""The recipes as data: the five tutorials that this project grew from, and our own."""

from dataclasses import dataclass, replace

from digitlab.data.augmentation import Augmentation
from digitlab.errors import InputError
from digitlab.networks.graph import Network
from digitlab.networks.layers import BatchNorm, Conv, Dense, Dropout, Flatten, Layer, MaxPool, Relu
from digitlab.networks.windows import Padding
from digitlab.training import architectures
from digitlab.training.config import TrainingConfig
from digitlab.training.exposure import Exposure
from digitlab.words import Message, message, plural_message


@dataclass(frozen=True)
class Recipe:
    """A network with its settings, and where both come from.

    Attributes:
        name: also the name of the model that is shipped.
        summary: one sentence for a chooser.
        article: title of the tutorial it follows; "" for our own.
        published: test (or validation) accuracies in percent as the article prints them, by what they measure.
        quirks: what a reader should know about the article or the settings, a sentence each.
    """

    name: str
    summary: Message
    config: TrainingConfig
    article: str = ""
    published: tuple[tuple[Message, float], ...] = ()
    quirks: tuple[Message, ...] = ()

    @property
    def network(self) -> Network:
        return self.config.network


def _two_conv(*head: Layer, dropout: float = 0.0) -> Network:
    """Two 3×3 convolutions with max-pooling, as four of the five articles have them, and a head of dense layers."""
    drop: tuple[Layer, ...] = (Dropout(rate=dropout),) if dropout else ()
    body: tuple[Layer, ...] = (
        Conv(filters=32, kernel=3, activation="relu"),
        MaxPool(),
        *drop,
        Conv(filters=64, kernel=3, activation="relu"),
        MaxPool(),
        *drop,
        Flatten(),
    )
    return Network(body + head)


_VALIDATES_ON_TEST = message(
    "The article validates on the test digits after each epoch. If the best epoch were chosen by them, no unseen "
    "digits would be left for the test. The recipe keeps the article's choice, but chooses nothing by it."
)


def _block(filters: int, kernel: int = 3, stride: int = 1, padding: Padding = "same") -> tuple[Layer, ...]:
    """A convolution with batch normalisation and ReLU."""
    conv = Conv(filters=filters, kernel=kernel, stride=stride, padding=padding, use_bias=False)
    return conv, BatchNorm(), Relu()


_PEN = Network(
    (
        *_block(16, padding="valid"),
        *_block(24, stride=2, padding="valid"),
        *_block(48, padding="valid"),
        *_block(64, padding="valid"),
        *_block(64, padding="valid"),
        *_block(64, padding="valid"),
        Flatten(),
        Dropout(rate=0.1),
        Dense(units=64, use_bias=False),
        BatchNorm(),
        Relu(),
        Dense(units=10),
    )
)

_FAST = TrainingConfig(
    network=architectures.fast(),
    learning_rate=1e-2,
    schedule="one-cycle",
    second_moment=0.99,
    batch_size=128,
    epochs=1,
    validation="last",
    validation_size=5000,
    label_smoothing=0.1,
)
_DEEP = replace(
    _FAST,
    learning_rate=6e-3,
    epochs=5,
    label_smoothing=0.05,
    augmentation=Augmentation(
        rotation=10, shear=0.15, scale=0.1, stretch=0.05, shift=1.5, thickness=0.3, sharpness=0.5
    ),
)

_RECIPES = (
    Recipe(
        name="pen",
        summary=message("DigitLab's own: reads drawn digits and refuses drawings that are no digit."),
        config=replace(
            _FAST,
            network=_PEN,
            learning_rate=4e-3,
            epochs=36,
            label_smoothing=0.05,
            weight_average=0.999,
            precision="bfloat16",
            augmentation=Augmentation(
                rotation=20,
                shear=0.35,
                scale=0.08,
                stretch=0.15,
                shift=2,
                elastic=0.7,
                thickness=0.4,
                sharpness=1,
                redraw=0.4,
                fade=0.95,
                pen_variation=0.15,
                habits=0.6,
                lying=0.08,
                scan_strength=0.3,
                untouched=0.3,
            ),
            exposure=Exposure(share=0.2, weight=0.03, digit_energy=-8, other_energy=-3, answered=0.998),
            calibrated=True,
        ),
    ),
    Recipe(
        name="two-conv-128",
        summary=message("Two convolutions and 128 dense units: the classic first network."),
        article="Python中的卷积神经网络(CNN)入门",
        config=TrainingConfig(
            network=_two_conv(Dense(units=128, activation="relu"), Dense(units=10, activation="softmax")),
            loss="categorical",
            epochs=10,
            batch_size=64,
        ),
    ),
    Recipe(
        name="two-conv-128-dropout",
        summary=message("Two convolutions and 128 dense units, with dropout against overfitting."),
        article="CNN影像分類入門指南(Python實現)",
        config=TrainingConfig(
            network=_two_conv(Dense(units=128, activation="relu"), Dense(units=10, activation="softmax"), dropout=0.25),
            loss="categorical",
            epochs=10,
            batch_size=32,
            validation="test",
        ),
        published=(
            (plural_message("test accuracy after {n} epoch", "test accuracy after {n} epochs", 10), 99.09),
            *(
                (message("validation accuracy after epoch {epoch}", epoch=epoch), value)
                for epoch, value in enumerate(
                    (98.23, 98.80, 99.03, 99.08, 99.13, 99.10, 99.26, 99.17, 99.16, 99.09), start=1
                )
            ),
        ),
        quirks=(_VALIDATES_ON_TEST,),
    ),
    Recipe(
        name="two-conv-64-logits",
        summary=message("Two convolutions and 64 dense units, without softmax: the outputs are logits."),
        article="深度学习100例-卷积神经网络(CNN)实现mnist手写数字识别 | 第1天",
        config=TrainingConfig(
            network=_two_conv(Dense(units=64, activation="relu"), Dense(units=10)),
            loss="sparse",
            epochs=10,
            batch_size=32,
            validation="test",
        ),
        quirks=(
            _VALIDATES_ON_TEST,
            message(
                "The article divides the pixels by 255 twice, so its network sees almost black images. The recipe "
                "divides once."
            ),
            message(
                "The article calls the network's outputs probabilities. They are logits; softmax turns them into "
                "probabilities."
            ),
        ),
    ),
    Recipe(
        name="two-conv-64-dropout",
        summary=message("Two convolutions and 64 dense units with strong dropout, trained for five epochs."),
        article="基于Python的图像分类实战:使用深度学习进行手写数字识别",
        config=TrainingConfig(
            network=_two_conv(
                Dense(units=64, activation="relu"), Dropout(rate=0.5), Dense(units=10, activation="softmax")
            ),
            loss="sparse",
            epochs=5,
            batch_size=64,
            validation="last",
            validation_size=6000,
        ),
        published=(
            (message("validation accuracy after epoch {epoch}", epoch=1), 98.61),
            (message("validation accuracy after epoch {epoch}", epoch=5), 99.05),
            (plural_message("test accuracy after {n} epoch", "test accuracy after {n} epochs", 5), 99.05),
        ),
        quirks=(
            message("The article prints 122,930 parameters; the rows of its own table add up to 121,930."),
            message(
                "The article's output shows 157 test steps. Its code, with the default batch size of 32, gives 313: "
                "the figures are not from that code."
            ),
        ),
    ),
    Recipe(
        name="five-by-five-1024",
        summary=message("Large 5×5 kernels and 1,024 dense units, trained slowly for 20,000 steps."),
        article="深度学习入门:使用Python打造自己的第一个卷积神经网络",
        config=TrainingConfig(
            network=Network(
                (
                    Conv(
                        filters=32,
                        kernel=5,
                        padding="same",
                        activation="relu",
                        initial_stddev=0.1,
                        initial_bias=0.1,
                    ),
                    MaxPool(),
                    Conv(
                        filters=64,
                        kernel=5,
                        padding="same",
                        activation="relu",
                        initial_stddev=0.1,
                        initial_bias=0.1,
                    ),
                    MaxPool(),
                    Flatten(),
                    Dense(units=1024, activation="relu", initial_stddev=0.1, initial_bias=0.1),
                    Dense(units=10, activation="softmax", initial_stddev=0.1, initial_bias=0.1),
                )
            ),
            loss="categorical",
            learning_rate=1e-4,
            batch_size=50,
            steps=20_000,
            validation="first",
            validation_size=5000,
            log_every=100,
        ),
        quirks=(
            message("The recipe trains on 55,000 digits: the article's loader sets the first 5,000 aside."),
            message("The article's training accuracy, every 100 steps, is that of the next batch before its step."),
        ),
    ),
    Recipe(
        name="fast",
        summary=message("DigitLab's own: 99% test accuracy after one short epoch."),
        config=_FAST,
    ),
    Recipe(
        name="vgg",
        summary=message("DigitLab's own, after VGG: pairs of 3×3 convolutions, each pair with more filters."),
        config=replace(_DEEP, network=architectures.vgg(12, 24)),
    ),
    Recipe(
        name="resnet",
        summary=message("DigitLab's own, after ResNet: the input of each block is added to its output."),
        config=replace(_DEEP, network=architectures.resnet(16, 32, 64)),
    ),
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _RECIPES}


def find(name: str) -> Recipe:
    """The recipe with this name.

    Raises:
        InputError: there is none.
    """
    if name not in RECIPES:
        raise InputError(
            message("There is no recipe “{recipe}”. Recipes: {known}.", recipe=name[:40], known=", ".join(RECIPES))
        )
    return RECIPES[name]
