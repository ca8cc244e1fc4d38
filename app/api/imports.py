"""Files come in here: one members' list, read at once and kept for the check."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from app import wiring
from app.api.current import actor_of
from app.api.html import page
from app.domain.groups.importing.parsing import MAX_BYTES
from app.domain.groups.importing.service import upload_import
from app.kit.actor import NOBODY
from app.kit.errors import DomainError, InvalidInput
from app.kit.i18n import t

router = APIRouter()
ROOM = 20_000
"""Bytes of a form around its file."""


@router.post("/imports", response_model=None)
async def upload(request: Request) -> Response:
    """Stage the file of the form's field `file`, then show its check. Nothing is imported here."""
    try:
        length = int(request.headers.get("content-length", "-1"))
        if not 0 <= length <= MAX_BYTES + ROOM:
            raise InvalidInput("file", "file_too_large", megabytes=MAX_BYTES // 10**6)
        async with wiring.services().database.transaction(NOBODY) as session:
            actor = await actor_of(session, request)
            async with request.form(max_files=1, max_fields=4) as form:
                file = form.get("file")
                if not isinstance(file, UploadFile) or not file.filename:
                    raise InvalidInput("file", "file_missing")
                view = await upload_import(session, actor, file.filename, await file.read())
    except DomainError as error:
        return _refused(error)
    return RedirectResponse(f"/import?id={view.id}", 303)


def _refused(error: DomainError) -> HTMLResponse:
    return page("refused.html", status=error.http_status, problem=t(error.message_key, **error.params), back="/import")
