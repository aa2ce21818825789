"""From a control to the step of a lesson that explains what the control sets."""

from digitlab.lessons.all import EXPLAINED, LESSONS
from digitlab.ui.shared import pages
from digitlab.words import _


def with_lesson(help_text: str, control: str) -> str:
    """A control's help with a link to its lesson; as it is where no lesson explains the control.

    Args:
        help_text: Markdown.
        control: a name in `EXPLAINED`, as a setting's.
    """
    link = lesson_link(control)
    return f"{help_text}\n\n{link}" if link else help_text


def lesson_link(control: str) -> str:
    """The link alone, Markdown; "" where no lesson explains the control."""
    if control not in EXPLAINED:
        return ""
    recipe, key = EXPLAINED[control]
    step = next(one for one in LESSONS[recipe].steps if one.key == key)
    words = _("Lesson: {step}", step=step.title)
    return f"[{words}]({pages.LEARN.path}?lesson={recipe}&step={key})"
