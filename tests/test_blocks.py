"""The builder's blocks: as layers, back from layers, as text."""

import pytest

from digitlab.errors import InputError
from digitlab.networks.block_text import from_text, to_text
from digitlab.networks.blocks import Blocks, ConvBlock, DenseBlock, blocks_of, network
from digitlab.networks.graph import Network
from digitlab.networks.layers import Add, Conv, Dense, Flatten
from digitlab.training.recipes import RECIPES

EVERYTHING = Blocks(
    (
        ConvBlock(filters=8, kernel=5, stride=2, padding="same", normalised=True, pooling="average", dropout=0.25),
        ConvBlock(filters=16, activation="linear", pooling="max", pool_size=3),
    ),
    (DenseBlock(units=50, normalised=True, dropout=0.5), DenseBlock(units=20, activation="linear")),
    softmax=False,
)


def test_default_blocks_are_the_tutorials_network() -> None:
    assert network(Blocks()) == RECIPES["two-conv-64-dropout"].network


def test_blocks_give_layers_in_order() -> None:
    kinds = [layer.kind for layer in network(EVERYTHING).layers]
    first = ["conv", "batch_norm", "relu", "average_pool", "dropout", "conv", "max_pool", "flatten"]
    assert kinds == [*first, "dense", "batch_norm", "relu", "dropout", "dense", "dense"]


@pytest.mark.parametrize("name", ["two-conv-64-dropout", "two-conv-128", "two-conv-128-dropout", "two-conv-64-logits"])
def test_recipes_networks_can_be_edited(name: str) -> None:
    blocks = blocks_of(RECIPES[name].network)
    assert blocks is not None
    assert network(blocks) == RECIPES[name].network


@pytest.mark.parametrize(
    "built",
    [
        RECIPES["five-by-five-1024"].network,  # other first weights
        RECIPES["pen"].network,  # dropout after flattening
        Network((Conv(filters=1, kernel=1, name="a"), Add(inputs=("a", "input")), Flatten(), Dense(units=10))),
    ],
)
def test_network_that_is_no_row_of_blocks_is_not_taken_for_one(built: Network) -> None:
    assert blocks_of(built) is None


ACTIVATED = Blocks(
    (ConvBlock(activation="gelu", normalised=True), ConvBlock(activation="leaky_relu"), ConvBlock(activation="tanh")),
    (DenseBlock(activation="elu", normalised=True), DenseBlock(activation="sigmoid")),
    gather="average",
)


def test_other_activations_and_the_mean_of_each_map() -> None:
    kinds = [layer.kind for layer in network(ACTIVATED).layers]
    assert kinds[:4] == ["conv", "batch_norm", "activation", "conv"]
    assert kinds[5:9] == ["global_average_pool", "dense", "batch_norm", "activation"]
    assert blocks_of(network(ACTIVATED)) == ACTIVATED
    assert from_text("c8k3.gap.softmax").gather == "average"


@pytest.mark.parametrize("blocks", [Blocks(), EVERYTHING, ACTIVATED, Blocks((), (), softmax=True)])
def test_text_gives_the_same_blocks_back(blocks: Blocks) -> None:
    assert from_text(to_text(blocks)) == blocks


@pytest.mark.parametrize(
    "text", ["", "softmax.c32k3", "c32", "c32k3m2", "f64.c32k3.softmax", "x" * 5_000, "c²k3.softmax"]
)
def test_text_that_is_none_gives_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="Here is the default network"):
        from_text(text)


@pytest.mark.parametrize(
    ("blocks", "sentence"),
    [
        (Blocks((ConvBlock(filters=0),)), "Convolution block 1: filters must be a whole number from 1 to 512"),
        (Blocks((ConvBlock(), ConvBlock(kernel=29))), "Convolution block 2: kernel must be .* from 1 to 28"),
        (Blocks(dense=(DenseBlock(dropout=0.99),)), "Dense block 1: dropout must be a number from 0 to 0.95"),
        (
            Blocks((ConvBlock(pooling="max", pool_size=14), ConvBlock())),
            "conv_2 has a window larger than its 1×1 input",
        ),
    ],
)
def test_impossible_network_is_refused_in_a_sentence(blocks: Blocks, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        network(blocks)
