"""One file of a form, counted while it streams: more than its bound is refused without being kept."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message

from app import wiring
from app.api.current import actor_of, session_of
from app.api.html import page
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.kit.actor import NOBODY, Actor
from app.kit.errors import DomainError, InvalidInput, SignedOut
from app.kit.i18n import t

ROOM = 20_000
"""Bytes of a form around its file."""
DRAINED = 64_000_000
"""Bytes of a refused upload that are still read and dropped: browsers show no answer before they have sent theirs."""
DRAIN_SECONDS = 30
_one_at_a_time = asyncio.Lock()
"""Of large files: sealing one and sending it to the database takes ten times its room."""


@dataclass(frozen=True, slots=True)
class Sent:
    """`fields` are the form's texts beside its file."""

    name: str
    data: bytes
    fields: Mapping[str, str]


async def sender_of(request: Request, permission: Permission) -> Actor:
    """Who sends this request: asked before its body is read. Raises SignedOut, NotPermitted."""
    async with wiring.services().database.transaction(NOBODY) as session:
        if await session_of(session, request) is None:
            raise SignedOut
        actor = await actor_of(session, request)
        await authorise(session, actor, permission)
    return actor


class Body:
    """A request's body, counted as it comes; `why` is the sentence for more than `limit` bytes of a file."""

    def __init__(self, request: Request, limit: int, why: str) -> None:
        self._request = request
        self._limit, self._why = limit, why
        self._received = 0
        self._has_ended = False

    async def _next(self) -> Message:
        message = await self._request.receive()
        self._received += len(message.get("body", b""))
        self._has_ended = not message.get("more_body", False)
        return message

    async def _bounded(self) -> Message:
        message = await self._next()
        if self._received > self._limit + ROOM:
            raise self._too_large()
        return message

    async def file(self) -> Sent:
        """The form's field `file`, and what stands beside it. Raises InvalidInput(file)."""
        async with self._form() as (file, fields):
            return Sent(file.filename or "", await file.read(), fields)

    @asynccontextmanager
    async def large_file(self) -> AsyncIterator[Sent]:
        """As `file`, for as long as the block lasts: one at a time is in memory, the others wait on the disk."""
        async with self._form() as (file, fields), _one_at_a_time:
            yield Sent(file.filename or "", await file.read(), fields)

    @asynccontextmanager
    async def _form(self) -> AsyncIterator[tuple[UploadFile, Mapping[str, str]]]:
        declared = self._request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._limit + ROOM:
            raise self._too_large()
        try:
            form = await Request(self._request.scope, self._bounded).form(max_files=1, max_fields=4)
        except (HTTPException, ClientDisconnect):
            raise InvalidInput("file", "file_unread") from None
        try:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                raise InvalidInput("file", "file_missing")
            yield file, {name: value for name, value in form.items() if isinstance(value, str)}
        finally:
            await form.close()

    async def drain(self) -> None:
        """Read what the client still sends, up to DRAINED, and drop it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._has_ended and self._received < DRAINED:
                    await self._next()

    def _too_large(self) -> InvalidInput:
        return InvalidInput("file", self._why, megabytes=self._limit // 10**6)


def refused(error: DomainError, back: str) -> Response:
    """A wrong file: back to its page, which says why in its own shell. Signed out: to sign in."""
    if isinstance(error, SignedOut):
        return RedirectResponse("/sign-in", 303)
    if isinstance(error, InvalidInput) and error.field == "file":
        return RedirectResponse(f"{back}?{urlencode({'refused': error.why, **error.params})}", 303)
    return page("refused.html", status=error.http_status, problem=t(error.message_key, **error.params), back=back)
