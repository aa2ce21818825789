"""The components of this page: an empty element each, and a module of the project that fills it."""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.ui import routes
from digitlab.ui.palette import MAGMA, VIK

_HERE = Path(__file__).parent
_ENTRY = (_HERE / "component.js").read_text(encoding="utf-8")
COLOURS = {"amounts": MAGMA, "signed": VIK}


class Component:
    """One kind of component.

    Args:
        name: its module is layers/NAME.js and its style layers/NAME.css.
        styles: names of other components whose style it needs as well.
    """

    def __init__(self, name: str, styles: tuple[str, ...] = ()) -> None:
        self._name = name
        styled = [(_HERE / f"{style}.css").read_text(encoding="utf-8") for style in (*styles, name)]
        self._component = st.components.v2.component(
            f"digitlab_{name}",
            html=f'<div class="dl-part dl-part-{name}"></div>',
            css="\n".join(styled),
            js=_ENTRY,
            isolate_styles=False,  # so that what it says is part of the page's text
        )

    def __call__(self, key: str, data: Mapping[str, Any], **on_trigger: Callable[[], None]) -> None:
        """Show it.

        Args:
            key: the element's key.
            data: what the module gets; plain data, with arrays as `floats` makes them.
            on_trigger: `on_NAME_change` for each trigger that the module sends.
        """
        own = {"modules": routes.modules_url(), "entry": f"layers/{self._name}.js", "colours": COLOURS}
        calls: dict[str, Any] = dict(on_trigger)
        self._component(data=own | dict(data), key=key, width="stretch", height="content", **calls)


def sent(key: str, trigger: str) -> Any:
    """What the component with this key sent with this trigger; for its callback. From a browser, so anything."""
    return getattr(st.session_state.get(key), trigger, None)


def floats(array: NDArray[np.float32]) -> dict[str, Any]:
    """An array with its shape, as the modules read it."""
    return {
        "shape": list(array.shape),
        "values": base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode(),
    }
