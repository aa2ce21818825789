"""Logging in and out, in the page's head, where secrets.toml names an issuer; and a browser that ends what it was.

The account comes from `st.user`, which Streamlit reads from its signed cookie, and from nothing that a page sends.
"""

import logging

import streamlit as st
from streamlit.auth_util import get_origin_from_redirect_uri

from digitlab.errors import DigitLabError
from digitlab.runs import arriving
from digitlab.server import board, logins, people
from digitlab.server.store import store
from digitlab.ui.shared import visitor
from digitlab.ui.shared.component import Component
from digitlab.ui.shared.foreign import complain, plain
from digitlab.words import _

_SETTLED = "login_settled"  # session: whether the login with which it began was seen to
_LEAVES = "login_leaves"  # session: whether it was logged out
_PROBLEM = "login_problem"  # session: why it could not be logged out

_identity = Component("identity", "shared/identity.js")
log = logging.getLogger(__name__)


def settle() -> None:
    """With a session's first run: who has just logged in is their account from now on."""
    if _SETTLED in st.session_state or not logins.issuers():
        return
    browser, login = visitor.own_browser(), logins.login(st.user.to_dict())
    if browser is not None and login is not None:
        try:
            arriving.arrive(store(), browser, login.account, login.name)
            _look_again()
        except DigitLabError as error:
            log.warning("A login waits for the next run of its page: %s", error)
            return
    st.session_state[_SETTLED] = True


def offer() -> None:
    """Log in or out; nothing where nobody can, or where the issuer knows the server by another name than this page."""
    issuers = logins.issuers()
    if not issuers or st.context.headers.get("Origin") != get_origin_from_redirect_uri():
        return
    if st.session_state.get(_LEAVES):
        depart(_("Logging out …"), anew=False)
        return
    try:
        inside = visitor.is_logged_in()
    except DigitLabError:  # the page says so
        return
    with st.container(key="login", width="content"):
        if inside:
            icon = ":material/logout:"
            st.button(_("Log out"), icon=icon, type="tertiary", key="log_out", help=_who(), on_click=_log_out)
        elif len(issuers) == 1:
            icon = ":material/login:"
            st.button(_("Log in"), icon=icon, type="tertiary", key="log_in", on_click=st.login, args=issuers)
        else:
            with st.popover(_("Log in"), icon=":material/login:", type="tertiary"):
                for name in issuers:
                    st.button(plain(name.title()), key=f"log_in_{name}", on_click=st.login, args=(name,))


def show_problem() -> None:
    """Why the last press of "Log out" did nothing."""
    if problem := st.session_state.pop(_PROBLEM, None):
        complain(problem)


def end() -> None:
    """This browser is itself again.

    Raises:
        StoreError: the database cannot be used.
    """
    browser = visitor.own_browser()
    if browser is not None and logins.issuers():
        store().accounts.detach(browser)
        _look_again()


def depart(told: str, *, anew: bool) -> None:
    """Have the browser forget what its tabs keep and open the first page; of a login Streamlit's cookie goes, too.

    Args:
        told: what the page says meanwhile.
        anew: whether the browser is given another identity.
    """
    follows = logins.issuers() and logins.login(st.user.to_dict()) is not None
    _identity("identity", {"anew": anew, "next": "auth/logout" if follows else ".", "told": told})


def _log_out() -> None:
    try:
        end()
        st.session_state[_LEAVES] = True
    except DigitLabError as error:
        st.session_state[_PROBLEM] = error.sentence


def _who() -> str | None:
    """As whom, where the issuer tells a name."""
    told = st.user.to_dict()
    login, name = logins.login(told), told.get("email") or told.get("name")
    if login is None or not isinstance(name, str) or login.account != visitor.browser():
        return None
    return _("Logged in as {name}", name=plain(name))


def _look_again() -> None:
    people.look_again()
    board.look_again()
