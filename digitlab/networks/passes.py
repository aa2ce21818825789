"""A network's forward pass, layer by layer, with the values on the way open to change: inside a tf.function."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from digitlab.networks.graph import INPUT, Network
from digitlab.networks.layers import Activate, Dense, Softmax

if TYPE_CHECKING:
    import keras

Tensor = Any  # TensorFlow comes without types
LOGITS = "logits"  # stands beside the layers' names; no layer of ours has it


def forward(
    model: "keras.Model",
    network: Network,
    images: Tensor,
    change: Callable[[str, Tensor], Tensor] = lambda name, value: value,
    until: str = "",
) -> dict[str, Tensor]:
    """Every layer's output by name, with "input" and "logits" [N, 10].

    Args:
        model: bears the names of the network's layers.
        network: which layer reads which.
        images: [N, 28, 28].
        change: what to put in the place of a layer's output; all later layers read that.
        until: stop after this layer, without "logits"; "" for all.

    The logits are what the network gives, or, where it ends with softmax or sigmoid, what that is given: gradients of
    probabilities vanish where the network is sure.
    """
    from digitlab.backend import keras, tf

    values: dict[str, Tensor] = {INPUT: images[..., None]}
    for layer in network.layers:
        given = [values[name] for name in layer.inputs]
        keras_layer = model.get_layer(layer.name)
        values[layer.name] = change(layer.name, keras_layer(given if layer.reads_list else given[0], training=False))
        if layer.name == until:
            return values
    last = network.layers[-1]
    if network.gives_logits:
        values[LOGITS] = values[last.name]
    elif isinstance(last, Dense):
        dense = model.get_layer(last.name)
        values[LOGITS] = keras.ops.matmul(values[last.inputs[0]], dense.kernel) + (dense.bias if last.use_bias else 0.0)
    elif isinstance(last, Activate | Softmax):
        values[LOGITS] = values[last.inputs[0]]
    else:  # probabilities from a layer that is not ours: logits up to a number that is the same for all ten
        values[LOGITS] = tf.math.log(tf.maximum(values[last.name], 1e-30))
    return values
