"""Lines of a log: each with the number of the request or the job that it is about; JSON where `DIGITLAB_LOG=json`."""

import json
import logging
import os
from contextvars import ContextVar
from datetime import UTC, datetime

about: ContextVar[tuple[str, str] | None] = ContextVar("about", default=None)
"""What the lines of this context are about: ("request", its number) or ("job", its number)."""

_PLAIN = "%(asctime)s %(levelname)s %(about)s%(message)s"


class _Lines(logging.Formatter):
    def __init__(self, as_json: bool) -> None:
        super().__init__(_PLAIN)
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        named = about.get()
        record.about = f"{named[0]} {named[1]}: " if named else ""
        plain = super().format(record)
        if not self._as_json:
            return plain
        line = {"time": datetime.fromtimestamp(record.created, UTC).isoformat(), "level": record.levelname.lower()}
        line |= {"logger": record.name, "message": record.getMessage()} | (dict([named]) if named else {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def begin() -> None:
    """Have this process's log written like that, on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines(os.environ.get("DIGITLAB_LOG") == "json"))
    root = logging.getLogger("digitlab")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
