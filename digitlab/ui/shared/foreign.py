"""Foreign text as text: what an address, a file or another person says never becomes a link, a picture or markup.

Streamlit reads Markdown in alerts, labels, captions and headings, and of what is left after that it makes links, icons
and emoji. So a name or a word from outside passes `plain` before it stands in a text of ours. Alerts pass whole
sentences, in which such words may be: `warn` and `complain` are the pages' only alerts.
"""

import re

import streamlit as st

_JOINER = "\u2060"  # has no width and breaks no line, and ends what would be read as an address or a name
# Signs that mean something anywhere; a line within a word is a line, and what only begins a block is at the beginning.
_MARKUP = re.compile(r"[\\`*{}\[\]<>|$~#^&]|(?<![^\W_])_|_(?![^\W_])|\A\s*[-+=]|(?<=\A\d)[.)]|(?<=\A\d\d)[.)]")
_MADE_OF_TEXT = re.compile(r":(?=[\w/+-])|@(?=\w)|www(?=\.)|(?<!\S)[<>~-](?=[->=])", re.IGNORECASE)
_CODE = re.compile(r"`[\w ./=,-]+`")  # our own sentences name commands so; nothing in there can end the code


def plain(text: str) -> str:
    """Text for a place that reads Markdown, so that the reader sees the text itself, in one line."""
    return _plain(text).strip()


def warn(sentence: str) -> None:
    """A warning; the sentence may hold foreign text."""
    st.warning(_sentence(sentence), icon=":material/info:")


def complain(sentence: str) -> None:
    """An error; the sentence may hold foreign text."""
    st.error(_sentence(sentence), icon=":material/info:")


def for_plotly(text: str) -> str:
    """Text for Plotly, which reads tags of HTML in names and titles."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sentence(text: str) -> str:
    """All of it plain but the code that our own sentences name."""
    parts, ends = [], 0
    for code in _CODE.finditer(text):
        parts += [_plain(text[ends : code.start()]), code[0]]
        ends = code.end()
    return "".join([*parts, _plain(text[ends:])])


def _plain(text: str) -> str:
    shown = re.sub(r"\s+", " ", "".join(letter if letter.isprintable() else " " for letter in text))
    return _MARKUP.sub(r"\\\g<0>", _MADE_OF_TEXT.sub(rf"\g<0>{_JOINER}", shown))
