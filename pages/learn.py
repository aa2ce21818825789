"""The five tutorials as lessons, step by step."""

from digitlab.ui.learn import address
from digitlab.ui.learn.page import show_lesson, show_lessons
from digitlab.ui.shared.friendly import friendly

with friendly():
    place = address.place()
    if place is None:
        show_lessons()
    else:
        show_lesson(place)
