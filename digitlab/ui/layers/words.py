"""The texts of the page's JavaScript, in the reader's language; digitlab/ui/layers/*.js put the values in."""

from collections.abc import Mapping
from typing import Any

from digitlab.words import _, forms, template


def arithmetic() -> Mapping[str, Any]:
    """The arithmetic of one number (arithmetic.js, sums.js and digitlab/browser)."""
    return {
        "arrows": template("{label}. Arrow keys move the position."),
        "window": _("Window"),
        "window_on": template("Window on input map {channel}"),
        "window_maximum": _("Window, maximum outlined"),
        "kernel": _("Kernel"),
        "products": _("Products"),
        "each_map": template(
            "The same for each of the {maps} input maps: sums above 0 are brown, below 0 blue. Press a map to see its "
            "numbers."
        ),
        "input_map_sum": template("Input map {channel}: {value}"),
        "sum_products": forms("Sum of this {count} product", "Sum of these {count} products"),
        "other_maps": forms("+ the other {count} input map", "+ the other {count} input maps"),
        "plus_bias": _("+ bias"),
        "before_activation": template("Before {name}"),
        "relu_zero": _("ReLU: negative, becomes 0"),
        "relu_same": _("ReLU: positive, unchanged"),
        "maximum": _("Maximum"),
        "maximum_of": forms("Maximum of {count} number", "Maximum of {count} numbers"),
        "whole_map": template("Whole map, {size}"),
        "sum_numbers": forms("Sum of {count} number", "Sum of {count} numbers"),
        "divided_by": template("Divided by {count}"),
        "map_place": template("Map {map}, row {row}, column {column}"),
        "digit": _("Digit"),
        "logit": _("Logit"),
        "exponential": _("e^(logit − maximum)"),
        "probability": _("Probability"),
        "sum": _("Sum"),
        "filtered_map": template("Filtered map {channel}"),
        "largest_products": template("The {shown} largest of {count} products, input × weight:"),
        "sum_of_these": forms("Sum of this {count}", "Sum of these {count}"),
        "others": forms("+ the other {count}", "+ the other {count}"),
        "softmax_probability": _("Probability after softmax"),
        "ends_with_logits": _("This network ends with logits. Softmax turns them into probabilities:"),
        "norm_note": _(
            "Each map is multiplied by a scale, then a shift is added. Both follow from the mean and standard "
            "deviation of the map during training."
        ),
        "before_layer": _("Input"),
        "times_scale": _("× scale of this map"),
        "plus_shift": _("+ shift of this map"),
        "output": _("Output"),
        "then": template("{layer}: {what}"),
        "passes": _("unchanged"),
        "number_from": template("Number {index}: {origin}."),
        "reshaped": _("The numbers keep their order in the new shape."),
        "only_training": _("This layer is active only during training. The number passes unchanged."),
        "negative": template("Negative: {what}"),
        "positive_stays": _("Positive: unchanged"),
        "from_map": template("From {layer}: map {map}, row {row}, column {column}."),
        "from_number": template("From {layer}: number {number}."),
        "in_border": _("This number lies in the border and is 0."),
        "repeated": template("One of {count} copies from {layer}: map {map}, row {row}, column {column}."),
        "largest_of_map": template("Maximum of map {map}: row {row}, column {column}."),
        "spread_of": template("Mean and standard deviation of the {count} numbers at this place."),
        "less_mean": _("− mean"),
        "by_spread": _("÷ standard deviation"),
        "softmax_of": template("Softmax over {count} numbers: e to the power of each, divided by the sum of all."),
        "less_maximum": _("− maximum"),
        "exponential_of": _("e to this power"),
        "by_sum": _("÷ sum of all"),
    }


def layer() -> Mapping[str, Any]:
    """The texts of an opened layer (layer.js)."""
    return {
        **arithmetic(),
        "order": _("Channel order"),
        "by_number": _("By number"),
        "by_strength": _("By strength"),
        "channels": _("Channels"),
        "channel": template("Channel {channel}"),
        "place": template("Channel {channel} · row {row}, column {column} · {value}"),
        "input_map": _("Input of the layer"),
        "output_map": template("{title} {layer}, {shape}"),
        "cells": forms("{count} number, one cell each", "{count} numbers, one cell each"),
        "channel_of": template("Channel {channel} of {layer}, {size}"),
        "map_of": template("Map {map} of {layer}, {size}"),
        "map_alone": template("{layer}, {size}"),
        "number_of": template("Number {index} of {layer}: {value}"),
        "kernels": _("Kernels"),
        "kernel_of": template("Kernel of channel {channel}: {size} weights, bias {bias}"),
        "kernel_for": template("Kernel for input map {channel}"),
        "not_known": _("DigitLab shows only the output of this kind of layer, not its arithmetic."),
        "no_weights": _("The weights of this layer could not be loaded. Reload the page."),
    }


def filters() -> Mapping[str, Any]:
    """The texts of the playground (filters.js)."""
    return {
        **arithmetic(),
        "filter": _("Filter"),
        "preset_vertical": _("Vertical edges"),
        "preset_horizontal": _("Horizontal edges"),
        "preset_outline": _("All edges"),
        "preset_blur": _("Blur"),
        "preset_sharpen": _("Sharpen"),
        "preset_emboss": _("Emboss"),
        "preset_identity": _("Identity"),
        "preset_own": _("Custom"),
        "stride": _("Stride"),
        "padding": _("Padding"),
        "pooling": _("Pooling"),
        "pool_none": _("None"),
        "pool_max2": _("Max 2×2"),
        "pool_max3": _("Max 3×3"),
        "pool_mean2": _("Average 2×2"),
        "pool_mean3": _("Average 3×3"),
        "kernel_values": _("Kernel values"),
        "kernel_hint": _("Kernel. Type other values to change the filter."),
        "cell": template("Row {row}, column {column}"),
        "drawing": _("Drawing"),
        "drawing_size": template("Drawing, {size}"),
        "filtered": _("After the filter"),
        "filtered_size": template("After the filter, {size}"),
        "filtered_at": template("After the filter: row {row}, column {column}"),
        "pooled": _("After pooling"),
        "pooled_at": template("After pooling: row {row}, column {column}"),
        "formula": template("Output size: (input + padding − kernel) / stride + 1 = {sum}."),
        "pool_formula": template("After {size}×{size} pooling: {sum}."),
        "play": _("Play"),
        "stop": _("Stop"),
        "step_back": _("Step back"),
        "step": _("Step forward"),
        "show_all": _("Show all"),
    }
