"""What each layer does, said with this layer's own numbers."""

from digitlab.networks.graph import INPUT, Network
from digitlab.networks.layers import (
    Add,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Layer,
    MaxPool,
    Other,
    Pool,
    Relu,
    Shape,
)

TITLES: dict[type[Layer], str] = {
    Conv: "Convolution",
    Dense: "Dense layer",
    MaxPool: "Max pooling",
    AveragePool: "Average pooling",
    GlobalAveragePool: "Global average",
    BatchNorm: "Batch normalisation",
    Relu: "ReLU",
    Dropout: "Dropout",
    Flatten: "Flatten",
    Add: "Addition",
    Other: "Another layer",
}


def title(layer: Layer, network: Network) -> str:
    return "Output" if layer is network.layers[-1] else TITLES[type(layer)]


def shape_text(shape: Shape) -> str:
    """26×26×32, or 128."""
    return "×".join(f"{side:,}" for side in shape)


def sentence(layer: Layer, network: Network) -> str:
    """One or two short sentences; the arithmetic is that of this very layer."""
    shape, result = network.input_shape(layer), network.shapes[layer.name]
    match layer:
        case Conv():
            step = "one pixel" if layer.stride == 1 else f"{layer.stride} pixels"
            text = (
                f"{layer.filters} filters of {layer.kernel}×{layer.kernel} move over the {shape_text(shape)} input, "
                f"{step} at a time: {_window(shape[0], result[0], layer.kernel, layer.stride, layer.padding)}."
            )
            return text + (" ReLU turns what is below 0 into 0." if layer.activation == "relu" else "")
        case Pool():
            what = "largest" if isinstance(layer, MaxPool) else "mean"
            return (
                f"Of each {layer.size}×{layer.size} square only the {what} number is kept: "
                f"{_window(shape[0], result[0], layer.size, layer.size, layer.padding)}."
            )
        case GlobalAveragePool():
            return f"Each of the {shape[-1]} maps becomes one number, its mean over {shape[0]}·{shape[1]} pixels."
        case Flatten():
            product = "·".join(str(side) for side in shape)
            return f"All maps are laid in one row: {product} = {result[0]:,} numbers."
        case Dense():
            bias = f" + {layer.units:,}" if layer.use_bias else ""
            text = (
                f"Each of {layer.units:,} units adds up all {shape[0]:,} numbers, each with a weight of its own: "
                f"{shape[0]:,}·{layer.units:,}{bias} = {layer.parameters(shape):,} parameters."
            )
            if layer is not network.layers[-1]:
                return text + (" ReLU turns what is below 0 into 0." if layer.activation == "relu" else "")
            if layer.activation == "softmax":
                return text + " Softmax makes ten probabilities of them."
            return text + " These are logits; softmax makes probabilities of them."
        case BatchNorm():
            return (
                f"Each of {shape[-1]} maps is shifted and scaled to the spread it had while learning: "
                f"4·{shape[-1]} = {4 * shape[-1]} parameters."
            )
        case Dropout():
            return f"It rests while the network answers. While it learns, {layer.rate:.0%} of the numbers are set to 0."
        case Relu():
            return "What is below 0 becomes 0; the rest passes."
        case Other():
            return f"A {layer.layer_class}, which this project does not describe; here is what came out of it."
        case Add():
            return f"{' and '.join(layer.inputs)} are added number by number."
    raise TypeError(layer)


def _window(size: int, result: int, kernel: int, stride: int, padding: str) -> str:
    """26 = (28 + 2·0 − 3)/1 + 1; brackets ⌊ ⌋ where the division leaves a rest."""
    border = max(0, (result - 1) * stride + kernel - size) if padding == "same" else 0
    added = f"2·{border // 2}" if border % 2 == 0 else str(border)
    rest = (size + border - kernel) % stride
    left, right = ("⌊(", f")/{stride}⌋") if rest else ("(", f")/{stride}")
    return f"{result} = {left}{size} + {added} − {kernel}{right} + 1"


def receptive_fields(network: Network) -> dict[str, int]:
    """How many pixels of the 28×28 one number depends on, along one side, by layer; 28 at most."""
    fields, jumps = {INPUT: 1}, {INPUT: 1}
    for layer in network.layers:
        field, jump = max(fields[name] for name in layer.inputs), max(jumps[name] for name in layer.inputs)
        if isinstance(layer, Conv):
            field, jump = field + (layer.kernel - 1) * jump, jump * layer.stride
        elif isinstance(layer, Pool):
            field, jump = field + (layer.size - 1) * jump, jump * layer.size
        elif isinstance(layer, Flatten):
            pass  # every number still comes from its own place
        elif isinstance(layer, Dense | GlobalAveragePool | Other):
            field = 28
        fields[layer.name], jumps[layer.name] = min(field, 28), jump
    return fields
