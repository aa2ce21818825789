"""The app's pages, in one table, and the ways to them."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from digitlab.home import ROOT
from digitlab.words import Message, message


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        path: in the URL, without the slash; the page with an empty one is the first.
        script: its file in pages/.
        title, help: as the navigation shows them, each in the reader's language.
        icon: in the navigation and of links to the page.
    """

    path: str
    script: str
    title: Message
    icon: str
    help: Message

    @property
    def file(self) -> str:
        """Where the script is, as Streamlit wants it."""
        return str(ROOT / "pages" / self.script)


DRAW = Page(
    "",
    "draw.py",
    message("Draw"),
    ":material/draw:",
    message("Draw a digit and see what the network answers."),
)
LAYERS = Page(
    "layers",
    "layers.py",
    message("Layers"),
    ":material/layers:",
    message("Look inside a network, layer by layer."),
)
SAMPLES = Page(
    "samples",
    "samples.py",
    message("Samples"),
    ":material/grid_view:",
    message("The 70,000 digits that networks learn from and are tested on."),
)
TRAIN = Page(
    "train",
    "train.py",
    message("Train"),
    ":material/model_training:",
    message("Train a network and watch it learn."),
)
RUNS = Page(
    "runs",
    "runs.py",
    message("Runs"),
    ":material/monitoring:",
    message("What each network reached, epoch by epoch."),
)
LEARN = Page(
    "learn",
    "learn.py",
    message("Learn"),
    ":material/school:",
    message("Five tutorials, step by step, each step alive."),
)

CLASSROOM = Page(
    "classroom",
    "classroom.py",
    message("Class"),
    ":material/groups:",
    message("Your class: runs, drawings and the wall."),
)

PAGES = (DRAW, LAYERS, SAMPLES, TRAIN, RUNS, LEARN, CLASSROOM)  # in the order of the navigation


def link(page: Page, label: str, query: Mapping[str, object] | None = None, *, icon: str | None = None) -> None:
    """A link to a page.

    Args:
        query: what the page's URL then says.
        icon: another one than the page's.
    """
    st.page_link(page.file, label=label, icon=icon or page.icon, query_params=_written(query))


def go(page: Page, query: Mapping[str, object] | None = None) -> None:
    """Leave this page for another; what follows in the script is not run."""
    st.switch_page(page.file, query_params=_written(query))


def _written(query: Mapping[str, object] | None) -> dict[str, str] | None:
    return {name: str(value) for name, value in query.items()} if query else None
