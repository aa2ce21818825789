"""What people read, in their own language: docs/words.md says how texts are marked and translated.

`_` and `plural` give a text in the reader's language at once. `message` and `plural_message` keep a text and its
values: for a table that is made while a module is imported, for an error, and for the database.
"""

from digitlab.words.message import (
    Message,
    _,
    forms,
    listed,
    message,
    plural,
    plural_message,
    template,
    together,
)

__all__ = ["Message", "_", "forms", "listed", "message", "plural", "plural_message", "template", "together"]
