"""A session that speaks Streamlit's own protocol and sends what no page of ours would: for tests and `make bench`."""

import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

PATIENCE = 60.0  # seconds for a run of the script on a busy machine
# A run that ends early, as another follows at once, is no end: what is sent meanwhile would share that one's end.
_ENDS = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)
# By the kind of an element: the field of a widget's state in which its value travels.
FIELDS = {
    "arrow_vega_lite_chart": "json_value",
    "bidi_component": "json_value",
    "button": "trigger_value",
    "button_group": "string_array_value",
    "checkbox": "bool_value",
    "dataframe": "json_value",
    "expander": "bool_value",
    "expandable": "bool_value",
    "file_uploader": "file_uploader_state_value",
    "multiselect": "string_array_value",
    "number_input": "double_value",
    "pagination": "int_value",
    "plotly_chart": "json_value",
    "popover": "bool_value",
    "radio": "string_value",
    "selectbox": "string_value",
    "slider": "double_array_value",
    "select_slider": "string_array_value",
    "text_area": "string_value",
    "text_input": "string_value",
    "vega_lite_chart": "json_value",
}


@dataclass(frozen=True)
class Widget:
    """A widget of a page: its identifier, and the kind of element that it is."""

    id: str
    kind: str

    @property
    def field(self) -> str:
        """In which its value travels; "" where that is not known."""
        return FIELDS.get(self.kind, "")


@dataclass
class Forger:
    """One session on one page.

    Attributes:
        url: of the server to which it speaks.
        query: of the address, without "?".
        cookie: by which the server knows the browser; "": it is given one.
        widgets: what the page has, after `open` and every `send`.
        texts: all that the last run of the script put on the page, as text.
    """

    url: str
    page: str
    query: str = ""
    cookie: str = ""
    widgets: list[Widget] = field(default_factory=list)
    texts: str = ""

    def __enter__(self) -> Self:
        self.cookie = self.cookie or new_cookie(self.url)
        opening = connect(
            self.url.replace("http", "ws") + "/_stcore/stream",
            subprotocols=[Subprotocol("streamlit"), Subprotocol("PLACEHOLDER_AUTH_TOKEN")],  # as Streamlit's page does
            origin=Origin(self.url),
            additional_headers={"Cookie": self.cookie},
            max_size=None,
        )
        self._opened = ExitStack()
        self._page = "", ""  # the name of the page that was opened last, and what the server calls it
        self._socket: ClientConnection = self._opened.enter_context(opening)
        self.send()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def go_back(self, query: str) -> None:
        """Have an address of before again, as the browser's own button does."""
        self.query = query
        self._ask(goes_back=True)

    def send(self, **states: Any) -> None:
        """Run the page's script with these states of widgets, and wait for its end.

        Args:
            states: by the widget's identifier: the field of the state, and its value.

        Raises:
            TimeoutError: the script did not end in time.
        """
        self._ask(**states)

    def _ask(self, *, goes_back: bool = False, **states: Any) -> None:
        message = BackMsg()
        script = message.rerun_script
        script.query_string, script.is_history_navigation = self.query, goes_back
        name, known = self._page
        if name == self.page:  # a browser names a page by what it was told at its first run
            script.page_script_hash = known
        else:
            script.page_name = self.page
        for identifier, (name, value) in states.items():
            state = script.widget_states.widgets.add(id=identifier)
            match name:
                case "double_array_value" | "int_array_value" | "string_array_value":
                    getattr(state, name).SetInParent()
                    getattr(state, name).data.extend(value)
                case "file_uploader_state_value":
                    state.file_uploader_state_value.SetInParent()
                case _:
                    setattr(state, name, value)
        self._socket.send(message.SerializeToString())
        self._listen()

    def _listen(self) -> None:
        found: dict[str, Widget] = {}
        texts: list[str] = []
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(self._socket.recv(PATIENCE, decode=False))
            texts.append(str(answer))
            if answer.HasField("navigation"):
                self._page = self.page, answer.navigation.page_script_hash
            if answer.HasField("delta"):
                for widget in _widgets(answer.delta):
                    found[widget.id] = widget
            if answer.WhichOneof("type") == "script_finished" and answer.script_finished in _ENDS:
                break
        self.widgets = list(found.values()) or self.widgets
        self.texts = "\n".join(texts)


def new_cookie(url: str) -> str:
    """What a new browser is given."""
    with urllib.request.urlopen(url) as answer:
        return str(answer.headers["set-cookie"]).partition(";")[0]


def _widgets(delta: Any) -> Iterator[Widget]:
    for holder in ("new_element", "add_block"):
        if delta.HasField(holder):
            part: Any = getattr(delta, holder)
            kind = part.WhichOneof("type")
            if kind and getattr(getattr(part, kind), "id", ""):
                yield Widget(getattr(part, kind).id, kind)
