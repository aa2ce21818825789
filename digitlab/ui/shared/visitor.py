"""Who is visiting this session, and which models they see."""

import streamlit as st

from digitlab.networks.zoo import Model
from digitlab.server import board, people
from digitlab.server.visitor import known
from digitlab.store.class_settings import ClassSettings
from digitlab.store.rights import Person, classes_exist
from digitlab.words import message

NO_COOKIE = message("This browser keeps no cookies, so DigitLab cannot tell what is yours.")


def own_browser() -> str | None:
    """The browser of this session by itself, whoever is logged in there; None if it keeps no cookie."""
    return known(st.context.cookies)


def browser() -> str | None:
    """Whose things this session shows, as the store knows them: the account's or the browser's; None without a cookie.

    Raises:
        StoreError: people can log in here, and the database cannot be used.
    """
    return people.identity(own_browser())


def is_logged_in() -> bool:
    """Whether this browser is an account's."""
    own = own_browser()
    return people.identity(own) != own


def person() -> Person:
    """Who is visiting."""
    return people.person(browser(), st.context.ip_address or "127.0.0.1")  # Streamlit leaves out those of this machine


def class_settings() -> ClassSettings | None:
    """What the teacher of this visitor's class has set; None for who is in no class, or teaches."""
    here = person() if classes_exist() else None
    if here is None or here.classroom is None or here.teacher:
        return None
    seen = board.seen(here.classroom)
    return seen.classroom.settings if seen else None


def sees(section: str) -> bool:
    """Whether this visitor sees a section, one of `class_settings.SECTIONS`: their teacher may have hidden it."""
    settings = class_settings()
    return settings is None or section not in settings.hidden_sections


def models() -> list[Model]:
    """The models that this visitor sees."""
    return people.models(person())


def model(name: str) -> Model:
    """The model with this name, or whose hash begins with it.

    Raises:
        ModelError: there is none that this visitor sees.
    """
    return people.model(person(), name)
