"""Whose something is, in words."""

from digitlab.server import board
from digitlab.store.rights import Thing, owns
from digitlab.ui.shared import visitor
from digitlab.words import _


def owner_text(thing: Thing) -> str:
    """ "yours", or a member of the class by name, or another visitor's, or the server's."""
    person = visitor.person()
    if thing.shipped:
        return _("comes with DigitLab")
    if owns(person, thing):
        return _("yours")
    if thing.owner is None:
        return _("of the server's operator")
    seen = board.seen(thing.classroom) if thing.classroom is not None else None
    member = next((one.name for one in seen.members if one.browser == thing.owner), None) if seen else None
    return _("of {name}", name=member) if member else _("of another visitor")
