"""The boundary between browsers and pages: what no page sends is as if it had not been sent."""

import json
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import Serialized, WStates

from digitlab.ui import boundary


def widget(kind: str, **more: Any) -> WidgetMetadata[Any]:
    return WidgetMetadata("w", lambda value: "nothing" if value is None else value, lambda value: value, kind, **more)  # type: ignore[arg-type]


def state(kind: str, value: Any) -> WidgetState:
    made = WidgetState(id="w")
    if kind.endswith("array_value"):
        getattr(made, kind).SetInParent()
        getattr(made, kind).data.extend(value)
    else:
        setattr(made, kind, value)
    return made


CHOICE = {"formatted_options": ["a", "b"]}


@pytest.mark.parametrize(
    ("kind", "value", "more"),
    [
        ("string_value", "c", CHOICE),
        ("string_value", "a\0", {}),
        ("string_value", "a" * 2_000_001, {}),
        ("string_array_value", [], CHOICE),
        ("string_array_value", ["a", "c"], CHOICE | {"clearable": True}),
        ("string_array_value", ["a", "a"], CHOICE),
        ("string_array_value", ["a", "b"], CHOICE | {"max_array_length": 1}),
        ("double_value", float("nan"), {}),
        ("double_array_value", [1.0, float("inf")], {}),
        *[
            ("json_value", text, {})
            for text in (
                "",
                "{",
                "7",
                '"x"',
                "[" * 5000,
                '{"a": NaN}',
                '{"a": 1e999}',
                '{"a": "\\u0000"}',
                '{"a": ["\\ud800"]}',
                '{"selection": 7}',
                '{"selection": {"rows": [-1]}}',
                '{"selection": {"rows": ["a"]}}',
                '{"selection": {"rows": [null]}}',
                '{"selection": {"rows": [true]}}',
                '{"selection": {"rows": [1.5]}}',
                '{"selection": {"rows": {"0": 1}}}',
                '{"selection": {"cells": [[1]]}}',
                '{"selection": {"columns": [1]}}',
                '{"selection": {"points": [null]}}',
                '{"selection": {"points": 3}}',
            )
        ],
    ],
)
def test_what_no_page_sends_is_not_sound(kind: str, value: Any, more: dict[str, Any]) -> None:
    assert not boundary.is_sound(state(kind, value), widget(kind, **more))


@pytest.mark.parametrize(
    ("kind", "value", "more"),
    [
        ("string_value", "a", CHOICE),
        ("string_value", "any words", {}),
        ("string_value", '{"selection": {"points": [' + ", ".join(["{}"] * 5_000) + "]}}", {}),
        ("string_array_value", [], CHOICE | {"clearable": True}),
        ("string_array_value", ["b", "a"], CHOICE | {"max_array_length": 2}),
        ("double_array_value", [0.5], {}),
        ("bool_value", True, {}),
        ("json_value", json.dumps({"told": {"number": 3, "strokes": [[18, "AAAA"]]}}), {}),
        ("json_value", '{"selection": {"rows": [0, 7], "columns": ["Name"], "cells": [[0, "Name"]]}}', {}),
        ("json_value", '{"selection": {"points": [{"customdata": {"0": 3}}], "box": [], "lasso": []}}', {}),
        ("json_value", '{"selection": {"zoom": {}}}', {}),
        ("json_trigger_value", "[]", {}),
    ],
)
def test_what_a_page_sends_is_sound(kind: str, value: Any, more: dict[str, Any]) -> None:
    assert boundary.is_sound(state(kind, value), widget(kind, **more))


def test_a_value_of_another_kind_of_widget_or_one_that_cannot_be_read_is_not_sound() -> None:
    assert not boundary.is_sound(state("bool_value", True), widget("json_value"))

    def fails(value: Any) -> Any:
        raise KeyError(value)

    assert not boundary.is_sound(state("int_value", 7), WidgetMetadata("w", fails, fails, "int_value"))


def test_a_field_for_whole_numbers_sends_them_as_such() -> None:
    assert boundary.is_sound(state("int_value", 3), widget("double_value"))


def test_what_is_not_sound_reads_as_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WStates, "__getitem__", WStates.__getitem__)  # put back afterwards
    boundary.stand_before_streamlit()
    states = WStates()
    states.set_widget_metadata(widget("string_value", **CHOICE))
    for text, read in (("a", "a"), ("forged", "nothing")):
        states.states["w"] = Serialized(state("string_value", text))
        states.set_widget_metadata(widget("string_value", **CHOICE))
        assert states["w"] == read
