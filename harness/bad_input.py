"""Bad input of every kind, made by Hypothesis: tests try a little of it, and `make bench` much.

A strategy gives values; what is done with them, and what must not happen then, is said where they are used.
"""

import json
from typing import Any

from hypothesis import strategies as st

# What has broken something before, here or elsewhere.
NASTY = (
    "", " ", "\0", "\ud800", "%00", "../" * 8, "🙂" * 40, "\u202e", "NaN", "-0", "1e999", "9" * 5000, str(2**63), "٣",
    "null",    "![p](http://elsewhere.example/p.png)", "[Sign in](http://elsewhere.example/)", "http://elsewhere.example/x",
    "www.elsewhere.example", "a@elsewhere.example", "<img src=http://elsewhere.example/x onerror=alert(1)>",
    "<a href='http://elsewhere.example'>x</a>", "$$\\href{http://elsewhere.example}{x}$$", ":material/home:", ":red[x]",
    "`x`", "**x**", "# x", "|x|", "'\"; DROP TABLE runs; --", "{{7*7}}", "${jndi:ldap://elsewhere.example/x}",
)  # fmt: skip

texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))
sendable = texts.map(lambda text: text.encode("utf-8", "ignore").decode())  # as a protocol buffer takes it
numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([2**31, 2**53, 2**63, 10**400, -1, 0]))
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)

# Nearly right messages reach farther than rubbish.
points = st.one_of(
    st.fixed_dictionaries({"customdata": values}), st.fixed_dictionaries({"point_index": values}), values
)
selections = st.fixed_dictionaries(
    {
        "selection": st.one_of(
            st.fixed_dictionaries({"rows": st.lists(numbers | values, max_size=3), "columns": values, "cells": values}),
            st.fixed_dictionaries({"points": st.lists(points, max_size=3)}),
            st.fixed_dictionaries({"zoom": values}),
            values,
        )
    }
)
drawings = st.fixed_dictionaries(
    {},
    optional={
        "number": numbers | values,
        "computes": values,
        "strokes": st.lists(st.tuples(numbers | values, texts), max_size=3) | values,
        "place": st.fixed_dictionaries({"kind": st.sampled_from(["digit", "picture"]) | values, "key": texts}) | values,
        "beneath": values,
    },
)
canvases = st.fixed_dictionaries(
    {
        "drawing": st.fixed_dictionaries(
            {"raw": st.fixed_dictionaries({"objects": st.lists(values, max_size=3) | values})}
        )
    }
)
sent = st.fixed_dictionaries({"told": drawings | values})
as_json = st.one_of(sent, selections, canvases, values).map(json.dumps) | sendable

STATES: dict[str, st.SearchStrategy[Any]] = {
    "bool_value": st.booleans(),
    "trigger_value": st.booleans(),
    "double_value": st.floats(),
    "int_value": st.integers(-(2**63), 2**63 - 1),
    "string_value": sendable,
    "double_array_value": st.lists(st.floats(), max_size=3),
    "int_array_value": st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3),
    "string_array_value": st.lists(sendable, max_size=3),
    "json_value": as_json,
    "json_trigger_value": as_json,
}
"""Values of a widget's state, by the field in which they travel."""
