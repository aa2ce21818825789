"""What the pad says, in the reader's language; digitlab/ui/pad/*.js put the values in."""

from collections.abc import Mapping
from typing import Any

from digitlab.drawing.strokes import MAX_POINTS
from digitlab.ui.shared import visitor
from digitlab.words import _, forms, template


def words() -> Mapping[str, Any]:
    """Every text by its name."""
    return {
        "pad": _("Drawing pad"),
        "pad_keys": _(
            "Arrow keys move the pen, the space bar lowers and lifts it. A digit key shows a sample of that digit. "
            "U undoes, X clears."
        ),
        "tools": _("Drawing tools"),
        "brush": _("Brush"),
        "thin": _("Thin brush"),
        "medium": _("Medium brush"),
        "thick": _("Thick brush"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "clear": _("Clear"),
        "surprise": _("Surprise me"),
        "camera": _("Camera"),
        "photo": _("Photo"),
        "challenge": _("Challenge"),
        "photo_reading": _("Reading the photo …"),
        "photo_none": template("No digit was found in {name}. Drag over a part, or choose another photo."),
        "photo_found": forms(
            "{count} digit found. Press it to see how it is read; drag to choose another part.",
            "{count} digits found. Press one to see how it is read; drag to choose a part.",
        ),
        "photo_box": template("Digit {number}: {digit}"),
        "photo_failed": _("The photo could not be sent. Check the connection and try again."),
        "photo_close": _("Close photo"),
        "link": _("Copy link"),
        "copied": _("Link copied"),
        "back": _("Back to the pad"),
        "bare": _("Remove template"),
        "more": _("Network and settings"),
        "in_place": template("Test digit {number}. Its label says {label}."),
        "beneath": template("Template: digit {number}, label {label}. The network sees only your strokes."),
        "sure": template("Confidence {share}"),
        "second": template("Second choice: {digit} ({share})"),
        "refused": _("This does not look like one digit. The bars show what comes closest."),
        "welcome": _("Draw a digit from 0 to 9. The network reads it while you draw."),
        "loading": _("The network is loading."),
        "spoken": template("Answer: {digit}. {note}"),
        "bars": _("Probability of each digit"),
        "seen": _("What the network sees: 28×28 pixels"),
        "maps": _("Feature maps of every layer"),
        "map": template("{title} {name}, channel {channel}"),
        "alt": template("Values of layer {name}, {shape}"),
        "lowest": _("lowest"),
        "highest": _("highest"),
        "away": _("The server does not answer. You can go on drawing; nothing is lost."),
        "full": _("The pad is full ({points} points). Clear the pad to go on.", points=MAX_POINTS),
        "replace": _("This link contains a drawing. Replace the one on the pad?"),
        "replace_yes": _("Replace"),
        "replace_no": _("Keep mine"),
        "question": _("Is this right? If not, choose the digit."),
        "right": _("Right"),
        "kept": template("Saved as {digit}. Choose another digit to change that."),
        "mine": _("See your digits"),
        "challenge_task": template("Challenge {round} of {rounds}: draw {drawn} so that the network reads {read}."),
        "challenge_won": template("The network reads {read}. Would a friend still read {drawn}?"),
        "challenge_over": _("All challenges done."),
        "challenge_next": _("Next"),
        "challenge_again": _("Play again"),
        "consent": _consent(),
        "consent_yes": _("Save"),
        "consent_no": _("Do not save"),
    }


def _consent() -> str:
    if visitor.is_logged_in():
        return _(
            "Save your corrections? DigitLab stores your strokes, your label, the network and its answer on this "
            "server, for your account. Other visitors see only what you share. You can view, change, download and "
            "delete them on the Samples page."
        )
    return _(
        "Save your corrections? DigitLab stores your strokes, your label, the network and its answer on this "
        "server, under a random number in a cookie of this browser. Other visitors see only what you share. You "
        "can view, change, download and delete them on the Samples page."
    )
