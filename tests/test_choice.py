"""A choice that the address names."""

from typing import Any

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from digitlab.ui.shared.choice import one_of

    st.text(one_of("by", {"step": "Step", "epoch": "Epoch", "time": "Time"}, "Axis", default="step"))


def shown(app: AppTest) -> tuple[str, str, dict[str, Any]]:
    """What the page says, what is pressed, and the address."""
    assert not app.exception
    return (
        app.text[0].value,
        str(app.segmented_control[0].value),
        {name: _one(app.query_params[name]) for name in app.query_params},
    )


def _one(value: Any) -> Any:
    """AppTest has a list where the page itself wrote, and a text where the test did."""
    return value[0] if isinstance(value, list) else value


def test_the_address_names_the_option_and_rubbish_leaves_it() -> None:
    app = AppTest.from_function(page)
    app.query_params["by"] = "epoch"
    assert shown(app.run()) == ("epoch", "epoch", {"by": "epoch"})
    app.query_params["by"] = "rubbish"
    assert shown(app.run()) == ("step", "step", {})
