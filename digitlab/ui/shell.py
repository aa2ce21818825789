"""The frame around every page: navigation, style and the last net for errors. app.py serves this script."""

import streamlit as st

from digitlab.home import PACKAGE
from digitlab.ui.classroom import following
from digitlab.ui.shared import connection, history, language, login, pages
from digitlab.ui.shared.friendly import friendly

language.settle()
login.settle()
shown = following.pages_shown()
st.set_page_config(page_title="DigitLab", page_icon=str(PACKAGE / "ui/icon.svg"), layout="wide", menu_items={})
st.html(PACKAGE / "ui/style.css")
st.logo(str(PACKAGE / "ui/logo.svg"), size="large")
page = st.navigation(
    [
        st.Page(
            page.file,
            title=str(page.title),
            icon=page.icon,
            url_path=page.path or None,
            default=not page.path,
            help=str(page.help),
        )
        for page in shown
    ],
    position="top",
)
with st.container(horizontal=True, key="head"):
    login.offer()
    language.show_chooser()
connection.watch()
history.keep()
with friendly():
    login.show_problem()
    following.follow(page.url_path)
    page.run()
with st.container(horizontal=True, horizontal_alignment="distribute", key="phone_pages"):
    for each in shown:
        pages.link(each, str(each.title))
