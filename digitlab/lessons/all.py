"""All lessons by name, and which of them explains what."""

from digitlab.errors import InputError
from digitlab.lessons import (
    five_by_five_1024,
    two_conv_64_dropout,
    two_conv_64_logits,
    two_conv_128,
    two_conv_128_dropout,
)
from digitlab.lessons.lesson import Lesson
from digitlab.words import message

LESSONS: dict[str, Lesson] = {
    lesson.recipe: lesson
    for lesson in (
        two_conv_64_dropout.LESSON,
        two_conv_128.LESSON,
        two_conv_128_dropout.LESSON,
        two_conv_64_logits.LESSON,
        five_by_five_1024.LESSON,
    )
}

# Controls of other pages, and the step in which a lesson explains what they set.
EXPLAINED: dict[str, tuple[str, str]] = {
    "epochs": ("two-conv-64-dropout", "train"),
    "batch_size": ("two-conv-64-dropout", "train"),
    "steps": ("five-by-five-1024", "train"),
    "learning_rate": ("five-by-five-1024", "train"),
    "optimizer": ("two-conv-64-dropout", "train"),
    "validation": ("two-conv-64-dropout", "hold-out"),
    "validation_size": ("two-conv-64-dropout", "hold-out"),
    "loss": ("five-by-five-1024", "cross-entropy"),
    "frozen": ("two-conv-64-dropout", "outlook"),
    "filter:kernel": ("two-conv-128-dropout", "kernel"),
    "filter:stride": ("two-conv-128-dropout", "stride"),
    "filter:pooling": ("two-conv-128-dropout", "pooling"),
}


def find(recipe: str) -> Lesson:
    """The lesson on this recipe.

    Raises:
        InputError: there is none.
    """
    if recipe not in LESSONS:
        raise InputError(
            message(
                "There is no lesson “{recipe}”. There are {lessons}.", recipe=recipe[:64], lessons=", ".join(LESSONS)
            )
        )
    return LESSONS[recipe]
