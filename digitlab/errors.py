"""Errors meant for people.

Each carries one sentence that names what was wrong and what to do. The page shows that sentence and
the command line prints it and exits with 2. Any other exception is a bug: it is logged with its
traceback and never shown.
"""


class DigitLabError(Exception):
    """Something the user can put right; the message is one sentence for them."""


class DataError(DigitLabError):
    """A file that the project ships or wrote is missing, cut or altered."""


class InputError(DigitLabError):
    """A drawing, picture, setting or argument that cannot be used."""


class ModelError(DigitLabError):
    """A model that does not exist or cannot be opened."""


class StoreError(DigitLabError):
    """The database cannot be used."""


class StoreBusyError(StoreError):
    """Another process has held the database locked for too long; trying again may help."""


class StoreFullError(StoreError):
    """There is no room left on the database's disk."""
