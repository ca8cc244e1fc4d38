"""Files come in here: one members' list, counted while it streams, kept for the check."""

import asyncio
from contextlib import suppress
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message

from app import wiring
from app.api.current import actor_of, session_of
from app.api.html import page
from app.domain.groups.access import authorise
from app.domain.groups.importing.parsing import MAX_BYTES
from app.domain.groups.importing.service import upload_import
from app.domain.groups.permissions import Permission
from app.kit.actor import NOBODY
from app.kit.errors import DomainError, InvalidInput, SignedOut
from app.kit.i18n import t

router = APIRouter()
ROOM = 20_000
"""Bytes of a form around its file."""
DRAINED = 64_000_000
"""Bytes of a refused upload that are still read and dropped: browsers show no answer before they have sent theirs."""


DRAIN_SECONDS = 30


@router.post("/imports", response_model=None)
async def upload(request: Request) -> Response:
    """Stage the file of the form's field `file`, then show its check. Nothing is imported here.

    Who may not import is refused before the body is read; more than MAX_BYTES is refused without keeping it. A file
    that can't be taken leads back to the import page, `?refused=` and the numbers of its sentence.
    """
    body = _Body(request)
    try:
        async with wiring.services().database.transaction(NOBODY) as session:
            if await session_of(session, request) is None:
                raise SignedOut
            actor = await actor_of(session, request)
            await authorise(session, actor, Permission.IMPORT_MEMBERS)
        name, data = await body.file()
        async with wiring.services().database.transaction(actor) as session:
            view = await upload_import(session, actor, name, data)
    except DomainError as error:
        await body.drain()
        return _refused(error)
    return RedirectResponse(f"/import?id={view.id}", 303)


class _Body:
    """A request's body, counted as it comes."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._received = 0
        self._has_ended = False

    async def _next(self) -> Message:
        message = await self._request.receive()
        self._received += len(message.get("body", b""))
        self._has_ended = not message.get("more_body", False)
        return message

    async def _bounded(self) -> Message:
        message = await self._next()
        if self._received > MAX_BYTES + ROOM:
            raise _too_large()
        return message

    async def file(self) -> tuple[str, bytes]:
        """Name and content of the form's file. Raises InvalidInput(file)."""
        declared = self._request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > MAX_BYTES + ROOM:
            raise _too_large()
        try:
            async with Request(self._request.scope, self._bounded).form(max_files=1, max_fields=4) as form:
                file = form.get("file")
                if not isinstance(file, UploadFile) or not file.filename:
                    raise InvalidInput("file", "file_missing")
                return file.filename, await file.read()
        except (HTTPException, ClientDisconnect):
            raise InvalidInput("file", "file_unread") from None

    async def drain(self) -> None:
        """Read what the client still sends, up to DRAINED, and drop it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._has_ended and self._received < DRAINED:
                    await self._next()


def _too_large() -> InvalidInput:
    return InvalidInput("file", "file_too_large", megabytes=MAX_BYTES // 10**6)


def _refused(error: DomainError) -> Response:
    """A wrong file: back to the import page, which says why in its own shell. Signed out: to sign in."""
    if isinstance(error, SignedOut):
        return RedirectResponse("/sign-in", 303)
    if isinstance(error, InvalidInput) and error.field == "file":
        return RedirectResponse(f"/import?{urlencode({'refused': error.why, **error.params})}", 303)
    return page("refused.html", status=error.http_status, problem=t(error.message_key, **error.params), back="/import")
