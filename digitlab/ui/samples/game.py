"""The quiz: the visitor reads what the model got wrong, by key, and is compared with the model at the end."""

import secrets
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from digitlab.data import mnist
from digitlab.networks.zoo import Model
from digitlab.ui.samples import query
from digitlab.ui.samples.computing import answers_of
from digitlab.ui.samples.downloads import offer_csv, offer_png
from digitlab.ui.samples.sheet import picture, show_sheet, tiles
from digitlab.ui.shared.montage import enlarged
from digitlab.ui.shared.names import in_text
from digitlab.words import _, message, plural, together

ROUNDS = 10
_GAME = "game"  # session: the game that is being played
_HEAD = message("Test digit"), message("You"), message("Network"), message("Label")


@dataclass
class Game:
    """One visitor's game.

    Attributes:
        model: the hash of the model whose mistakes are read.
        numbers: the test digits, in the order of the game.
        given: what the visitor answered so far.
        ended: whether the visitor ended the game.
    """

    model: str
    numbers: list[int]
    given: list[int] = field(default_factory=list)
    ended: bool = False

    @property
    def over(self) -> bool:
        return self.ended or len(self.given) == len(self.numbers)


def show_game(model: Model) -> None:
    found = answers_of(model, "test")
    wrong = (found.mistakes + found.first).tolist()
    if not wrong:
        st.markdown(_("**{model} reads all test digits correctly.** Choose another network.", model=in_text(model)))
        return
    _play(model, wrong)


@st.fragment(key="game")
def _play(model: Model, wrong: list[int]) -> None:
    if st.query_params.get("section") != "game":
        st.rerun()  # a digit was opened
    game = st.session_state.get(_GAME)
    if not isinstance(game, Game) or game.model != model.hash:
        game = _begin(model, wrong)
    if game.over:
        _show_end(model, game, wrong)
    else:
        _show_round(model, game)


def _begin(model: Model, wrong: list[int]) -> Game:
    chance = secrets.SystemRandom()
    game = Game(model.hash, chance.sample(wrong, min(ROUNDS, len(wrong))))
    st.session_state[_GAME] = game
    return game


def _show_round(model: Model, game: Game) -> None:
    number = game.numbers[len(game.given)]
    if game.given:
        _show_last(model, game)
    else:
        st.markdown(
            _(
                "`{model}` got this digit wrong. Which digit do you read? Press a key from 0 to 9, or a button. "
                "**{now} of {all}**",
                model=in_text(model),
                now=1,
                all=len(game.numbers),
            )
        )
    with st.container(key="riddle"):
        riddle = mnist.scaled(mnist.load().x_test[number])
        st.image(enlarged(riddle), width=252, alt=_("Test digit with hidden label"))
    with st.container(horizontal=True, gap="small", key="guesses"):
        for digit in range(10):
            st.button(str(digit), key=f"guess_{digit}", shortcut=str(digit), on_click=_guess, args=(game, digit))
    if game.given:
        st.button(_("Show results"), key="enough", on_click=_end, args=(game,))


def _show_last(model: Model, game: Game) -> None:
    """In the place of the first round's sentence: whether the last answer was right, and how many were so far."""
    labels, found = mnist.load().y_test, answers_of(model, "test")
    number, given = game.numbers[len(game.given) - 1], game.given[-1]
    right = sum(given == labels[number] for number, given in zip(game.numbers, game.given, strict=False))
    values = {"you": given, "label": int(labels[number]), "network": int(found.digits[number])}
    said = (
        _("**Correct**: label {label}. The network answered {network}.", **values)
        if given == values["label"]
        else _("**Wrong**: you answered {you}, the label is {label}. The network answered {network}.", **values)
    )
    sign = ":green[:material/check_circle:]" if given == values["label"] else ":red[:material/cancel:]"
    now = _(
        "**{now} of {all}**, {right} correct so far.",
        now=len(game.given) + 1,
        all=len(game.numbers),
        right=right,
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="last_round"):
        st.image(
            enlarged(mnist.scaled(mnist.load().x_test[number])), width=56,
            alt=_("The digit before, label {label}", label=values["label"]),
        )  # fmt: skip
        with st.container(width="stretch", gap=None):
            st.markdown(f"{sign} {said}")
            st.markdown(now)


def _show_end(model: Model, game: Game, wrong: list[int]) -> None:
    found = answers_of(model, "test")
    labels = mnist.load().y_test
    played = game.numbers[: len(game.given)]
    rows = [
        (number, given, int(found.digits[number]), int(labels[number]))
        for number, given in zip(played, game.given, strict=True)
    ]
    knew = sum(given == label for _, given, _, label in rows)
    same = sum(given == answer for _, given, answer, _ in rows)
    st.markdown(
        together(
            _(
                "**You read {knew} of {total} correctly.** `{model}` got all of them wrong.",
                knew=knew,
                total=len(rows),
                model=in_text(model),
            ),
            plural("Same answer as the network: {n} time.", "Same answer as the network: {n} times.", same),
        )
    )
    with st.container(key="results"):
        lines = [
            f"| {number:,} | {given}{'' if given == label else ' ✗'} | {answer} ✗ | **{label}** |"
            for number, given, answer, label in rows
        ]
        head = f"| {_HEAD[0]} | {_HEAD[1]} | {_HEAD[2]} | {_HEAD[3]} |"
        st.markdown("\n".join([head, "|--:|--:|--:|--:|", *lines]))
    sheet = tiles("test", np.array(played), found)
    show_sheet(
        "test", sheet, "played", lambda number: query.open_digit("test", number),
        columns=10,
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button(_("Play again"), icon=":material/replay:", key="again", on_click=_again, args=(model, wrong))
        offer_csv("would-you-have-known", ["number", "you", "network", "label"], lambda: rows, "csv_game")
        offer_png("would-you-have-known", lambda: picture("test", sheet, 10), "png_game")


def _again(model: Model, wrong: list[int]) -> None:
    _begin(model, wrong)


def _guess(game: Game, digit: int) -> None:
    if not game.over:
        game.given.append(digit)


def _end(game: Game) -> None:
    game.ended = True
