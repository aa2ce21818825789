"""A class over HTTP: its teacher's files, and a new identity for who leaves a shared computer.

- `/api/classroom/NUMBER/runs.csv`: the class's runs
- `/api/classroom/NUMBER/wall.zip`: what its members share, as PNG, and `answers.csv`
- `POST /api/identity`: from now on this browser is somebody else, who owns nothing
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from digitlab.errors import DigitLabError, InputError
from digitlab.server import people, visitor
from digitlab.server.clients import client
from digitlab.server.drawings import png
from digitlab.server.responses import number_in
from digitlab.server.store import store
from digitlab.store.rights import Person
from digitlab.words import message

if TYPE_CHECKING:
    from starlette.requests import Request

_HEADERS = {"Cache-Control": "private, no-store", "Vary": "Cookie", "X-Content-Type-Options": "nosniff"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet would begin to compute


def _runs(person: Person, number: int) -> tuple[bytes, str, str]:
    names = {member.browser: member.name for member in store().members.of(person, number)}
    rows = [
        (
            run.id,
            names.get(run.job.owner or "", ""),
            run.name,
            run.recipe,
            run.state,
            run.parameters,
            run.best_validation,
            run.test_accuracy,
            run.seconds,
        )
        for run in store().runs.all(person)
        if run.job.classroom == number
    ]
    head = ("run", "member", "name", "recipe", "state", "parameters", "best_validation", "test_accuracy", "seconds")
    return _csv([head, *rows]), "text/csv; charset=utf-8", "runs.csv"


def _wall(person: Person, number: int) -> tuple[bytes, str, str]:
    content = io.BytesIO()
    rows: list[Sequence[Any]] = [("drawing", "member", "label", "answered", "model")]
    with zipfile.ZipFile(content, "w") as archive:
        for one in store().drawings.wall(person, number):
            archive.writestr(f"{one.label}-{one.id}.png", png(one.picture))
            rows.append((one.id, one.name, one.label, "?" if one.answered is None else one.answered, one.model))
        archive.writestr("answers.csv", _csv(rows))
    return content.getvalue(), "application/zip", "wall.zip"


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")  # so that spreadsheets read the letters


def _cell(value: Any) -> Any:
    """A name must not become a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _for_the_teacher(
    answer: Callable[[Person, int], tuple[bytes, str, str]],
) -> "Callable[[Request], Response]":
    def endpoint(request: "Request") -> Response:
        try:
            number = number_in(request.path_params["number"])
            person = people.person(visitor.known(request.cookies), client(request.scope).address)
            if number is None or number not in person.teaches:
                raise InputError(message("This belongs to somebody else. Ask its owner or the teacher."))
            content, media_type, name = answer(person, number)
        except DigitLabError as error:
            return PlainTextResponse(error.sentence, status_code=404, headers=_HEADERS)
        headers = _HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=media_type, headers=headers)

    return endpoint


async def new_identity(request: "Request") -> Response:
    """Give the browser another identifier."""
    cookie = visitor.new_cookie(secure=client(request.scope).secure)
    return Response(status_code=204, headers={"Set-Cookie": cookie, "Cache-Control": "no-store"})


ROUTES = {
    "/classroom/{number}/runs.csv": _for_the_teacher(_runs),
    "/classroom/{number}/wall.zip": _for_the_teacher(_wall),
}
