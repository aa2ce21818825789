"""The pages' own components: an empty element each, and a module of the project that fills it."""

import base64
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.home import PACKAGE
from digitlab.server import modules
from digitlab.words import _
from digitlab.words.language import current

_UI = PACKAGE / "ui"
_ENTRY = (_UI / "shared/component.js").read_text(encoding="utf-8")


class Component:
    """One kind of component.

    Args:
        name: the element gets the class `dl-part-NAME`.
        module: path of the JavaScript that fills it, as `digitlab/server/modules.py` serves it: "layers/strip.js". The
            module exports `mount`; digitlab/ui/shared/component.js describes what that gets and answers.
        styles: paths of style sheets in digitlab/ui.
        words: gives the texts that the module shows, by name, in the reader's language. The module gets them as
            `words` of its data, and the language as `locale`.
        isolate: whether the styles hold in this component alone. What an isolated component says is no part of the
            page's text.
    """

    def __init__(
        self,
        name: str,
        module: str,
        styles: tuple[str, ...] = (),
        *,
        words: Callable[[], Mapping[str, Any]] = dict,
        isolate: bool = False,
    ) -> None:
        self._module = module
        self._words = words
        self._component = st.components.v2.component(
            f"digitlab_{name}",
            html=f'<div class="dl-part dl-part-{name}"></div>',
            css="\n".join((_UI / style).read_text(encoding="utf-8") for style in styles),
            js=_ENTRY,
            isolate_styles=isolate,
        )

    def __call__(
        self,
        key: str,
        data: Mapping[str, Any],
        *,
        width: Literal["stretch", "content"] = "stretch",
        **on_change: Callable[[], None],
    ) -> None:
        """Show it.

        Args:
            key: the element's key.
            data: what the module gets; plain data, with arrays as `floats` makes them.
            width: of the element; "content" for as wide as what the module puts there.
            on_change: `on_NAME_change` for each trigger or state that the module sets; what it sent, `sent` tells.
        """
        url = modules.modules_url() + self._module
        calls: dict[str, Any] = dict(on_change)
        sent = {
            "module": url,
            "failed": _("This part could not be loaded. Reload the page."),
            "data": {**data, "words": self._words(), "locale": current()},
        }
        self._component(data=sent, key=key, width=width, height="content", **calls)


def sent(key: str, name: str) -> Any:
    """What the component with this key sent under this name; for its callback. From a browser, so anything."""
    return getattr(st.session_state.get(key), name, None)


def floats(array: NDArray[np.float32]) -> dict[str, Any]:
    """An array with its shape, as `tensorOf` in digitlab/ui/shared/dom.js reads it."""
    return {
        "shape": list(array.shape),
        "values": base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode(),
    }
