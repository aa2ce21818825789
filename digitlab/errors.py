"""Errors meant for people.

Each carries one sentence that names what was wrong and what to do. The page shows that sentence and
the command line prints it and exits with 2, both in the reader's language. Any other exception is a
bug: it is logged with its traceback and never shown.
"""

from digitlab.words import Message


class DigitLabError(Exception):
    """Something the user can put right.

    Args:
        message: one sentence for them. `str(error)` is the sentence in English, for logs and other programs.
    """

    def __init__(self, message: Message | str) -> None:
        super().__init__(message)
        self.message = message if isinstance(message, Message) else Message(message)

    @property
    def sentence(self) -> str:
        """The message in the reader's language."""
        return str(self.message)

    def __str__(self) -> str:
        return self.message.english


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


class StoreAwayError(StoreBusyError):
    """The database does not answer at the moment; trying again may help."""


class StoreDamagedError(StoreError):
    """What the database gives back is not what was put into it."""


class StoreFullError(StoreError):
    """There is no room left on the database's disk."""


class BlobError(DigitLabError):
    """A file of DIGITLAB_STORAGE cannot be written or removed."""


class BlobAwayError(BlobError):
    """The place for files does not answer at the moment; trying again may help."""


class BlobFullError(BlobError):
    """There is no room left for files."""


class BlobMissingError(DataError):
    """A file that is named somewhere is not there, or is not what it was."""
