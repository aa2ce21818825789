"""The builder's blocks: as layers, back from layers, as text."""

import pytest

from digitlab.errors import InputError
from digitlab.networks.block_layers import blocks_of, network, tried
from digitlab.networks.block_text import from_text, to_text
from digitlab.networks.blocks import BlockError, Blocks, ConvBlock, DenseBlock
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


RESIDUAL = Blocks(
    (
        ConvBlock(filters=16, padding="same", normalised=True, residual=True, pooling="max"),
        ConvBlock(filters=16, padding="same", residual=True, activation="gelu"),
        ConvBlock(filters=32, padding="same", stride=2, normalised=True, residual=True, dropout=0.1),
        ConvBlock(filters=32, kernel=1, residual=True, activation="linear"),
    ),
    (),
    gather="average",
)


def test_a_residual_block_adds_its_input_through_a_1x1_convolution_where_sizes_differ() -> None:
    built = network(RESIDUAL)
    kinds = [layer.kind for layer in built.layers]
    widened = ["conv", "batch_norm", "conv", "batch_norm", "add", "relu"]
    assert kinds[:7] == [*widened, "max_pool"]
    assert kinds[7:10] == ["conv", "add", "activation"], "16 maps stay 16: the input itself is added"
    assert built.layers[8].inputs == (built.layers[7].name, built.layers[6].name)
    assert kinds[10:17] == [*widened, "dropout"]
    assert built.shapes[built.layers[12].name] == (7, 7, 32)
    assert blocks_of(built) == RESIDUAL


def test_keras_computes_a_residual_network_of_blocks() -> None:
    built = network(RESIDUAL)
    model = built.build()
    assert model.count_params() == built.parameters
    assert model.output_shape == (None, 10)


def test_the_layers_before_an_impossible_one_are_there_and_the_problem_names_block_and_field() -> None:
    deep = Blocks(tuple(ConvBlock(filters=8, pooling="max") for _ in range(5)), ())
    found = tried(deep)
    assert [row.shape for row in found.rows][-2:] == [(3, 3, 8), (1, 1, 8)]
    assert isinstance(found.problem, BlockError)
    assert (found.problem.kind, found.problem.at, found.problem.setting) == ("convolutions", 3, "kernel")
    assert "Convolution block 4: the 3×3 kernel is larger than its 1×1 input." in str(found.problem)


@pytest.mark.parametrize("blocks", [Blocks(), EVERYTHING, ACTIVATED, RESIDUAL, Blocks((), (), softmax=True)])
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
            "Convolution block 2: the 3×3 kernel is larger than its 1×1 input",
        ),
        (
            Blocks((ConvBlock(pooling="max", pool_size=27),)),
            "Convolution block 1: the 27×27 pooling window is larger than its 26×26 input",
        ),
        (Blocks((ConvBlock(residual=True),)), "Convolution block 1: a residual connection needs padding"),
    ],
)
def test_impossible_network_is_refused_in_a_sentence(blocks: Blocks, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        network(blocks)
