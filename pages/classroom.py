"""A class: for its teacher who is here and what all see; for students their runs, their drawings and the wall."""

import streamlit as st

from digitlab.store.rights import classes_exist
from digitlab.ui.classroom.joining import ends_identity, show_joining
from digitlab.ui.classroom.student import show_student
from digitlab.ui.classroom.teacher import show_teacher
from digitlab.ui.shared import visitor
from digitlab.ui.shared.friendly import friendly
from digitlab.words import _

with friendly():
    person = visitor.person()
    if not classes_exist():
        st.markdown(_("This server has no classes."))
    elif ends_identity():
        pass  # the browser goes to the first page
    elif person.teacher:
        show_teacher(person)
    elif person.classroom is not None:
        show_student(person, person.classroom)
    else:
        show_joining()
