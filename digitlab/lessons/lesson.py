"""What a lesson is: steps with a text, a piece of one Keras program, and a part that the page computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from textwrap import dedent
from types import MappingProxyType

from digitlab.training.config import TrainingConfig
from digitlab.training.recipes import RECIPES, Recipe
from digitlab.words import Message


class Live(StrEnum):
    """What the page computes beside a step; `digitlab/ui/learn/live.py` knows how."""

    SHAPES = "shapes"  # of the arrays, before and after the step
    FIRST_DIGITS = "first-digits"
    SHEET = "sheet"  # twenty digits in two rows
    RANGE = "range"  # pixels before and after the division
    LABEL = "label"  # a label as ten numbers
    SPLIT = "split"  # which digits are learned from, and which are held out
    DEVICE = "device"  # what computes here
    VECTOR = "vector"  # a picture as a row of numbers
    LAYER = "layer"  # the network as far as it is built, with a digit in it
    SUMMARY = "summary"
    SUMS = "sums"  # the parameters, row by row
    WEIGHTS = "weights"  # first and trained weights as histograms
    DROPOUT = "dropout"  # which units are off in a step
    FILTER = "filter"  # the playground
    TRAIN = "train"
    LOG = "log"
    CURVES = "curves"  # loss and accuracy
    ACCURACY = "accuracy"  # the accuracy alone
    STEPS = "steps"  # the training accuracy every hundred steps
    EVALUATE = "evaluate"
    PREDICTIONS = "predictions"
    RANDOM = "random"
    LOGITS = "logits"
    CROSS_ENTROPY = "cross-entropy"
    TWICE = "twice"  # pixels divided by 255 twice
    TIPS = "tips"
    QUESTIONS = "questions"


@dataclass(frozen=True)
class Step:
    """One or two minutes of a lesson.

    Attributes:
        key: in the address.
        title: a few words.
        text: a few sentences, Markdown.
        code: this step's piece of the program; "" for none.
        live: what the page shows beside them.
        about: what that shows it of: names of layers, or a filter as the address of Layers writes it.
    """

    key: str
    title: Message
    text: Message
    code: str
    live: Live
    about: str = ""


@dataclass(frozen=True)
class Question:
    """Something to try: one change to the recipe, whose test accuracy the reader foretells.

    Attributes:
        text: what to change, and what to think about.
        change: the form of a run that has the change, as the address of Train writes it, without the recipe.
    """

    text: Message
    change: Mapping[str, str]


@dataclass(frozen=True)
class Tip:
    """An experiment that the article names, one press away.

    Attributes:
        text: what it is about.
        label: of the link.
        query: the prepared form, as the address of its page writes it.
        page: "train" or "search".
    """

    text: Message
    label: Message
    query: Mapping[str, str]
    page: str = "train"


@dataclass(frozen=True)
class Lesson:
    """A tutorial, step by step.

    Attributes:
        recipe: whose network it is about; the lesson's name in the address.
        title: a few words.
        about: one sentence for the list of lessons.
        steps: in order.
        questions: three.
        tips: the experiments of the step with `Live.TIPS`.
        note: what a reader should know of that step's experiments; None for nothing.
        short: settings of a run that takes seconds in the place of minutes.
    """

    recipe: str
    title: Message
    about: Message
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    short: Mapping[str, int]
    tips: tuple[Tip, ...] = ()
    note: Message | None = field(default=None)

    @property
    def of(self) -> Recipe:
        """The recipe itself."""
        return RECIPES[self.recipe]

    @property
    def article(self) -> str:
        """The title of the tutorial."""
        return self.of.article

    @property
    def short_config(self) -> TrainingConfig:
        """The recipe's settings, shortened."""
        return self.of.config.with_changes(**self.short)

    def place(self, key: str) -> int | None:
        """Where the step with this key is, counted from 0; None where there is none."""
        return next((at for at, step in enumerate(self.steps) if step.key == key), None)


def piece(code: str) -> str:
    """A piece of a program as it is written in a lesson, without its indentation."""
    return dedent(code).strip("\n")


def changes(**settings: str) -> Mapping[str, str]:
    """A form's changes, which nobody changes any more."""
    return MappingProxyType(settings)
