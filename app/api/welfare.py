"""Papers of welfare claims: they come in by one form, and go out to those who may read the claim."""

import logging
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app import wiring
from app.api.current import actor_of, session_of
from app.api.html import page
from app.api.uploads import Body, refused
from app.domain.welfare import documents
from app.domain.welfare.files import KINDS, MAX_BYTES
from app.domain.welfare.ports import CannotStore
from app.domain.welfare.views import AttachDocument
from app.kit.actor import NOBODY
from app.kit.errors import DomainError, NotFound, SignedOut
from app.kit.i18n import t

router = APIRouter()
log = logging.getLogger("sanduk.web")


@router.post("/documents/welfare", response_model=None)
async def attach(request: Request) -> Response:
    """Add the file of the form's field `file` to the claim of the field `claim`; then back to the page it came from.

    A file that can't be taken leads back too, `?refused=` with the reason. It is stored before the row is committed.
    """
    body, back = Body(request, MAX_BYTES, "file_too_large"), "/welfare"
    services = wiring.services()
    try:
        async with services.database.transaction(NOBODY) as session:
            found = await session_of(session, request)
            if found is None:
                raise SignedOut
            back = "/welfare" if found.role == "member" else "/claims"
            actor = await actor_of(session, request)
        sent = await body.file()
        command = AttachDocument(_uuid(sent.fields.get("claim", "")), sent.name, sent.data)
        async with services.database.transaction(actor) as session:
            sealed = await documents.attach_document(session, actor, command)
            await services.storage.put(sealed.name, sealed.content)
    except DomainError as error:
        await body.drain()
        return _refused(error, back)
    except CannotStore as error:
        log.error("a document was not stored: %s", error)
        return page("no_document.html", status=503, problem=t("document.unprinted"))
    return RedirectResponse(f"{back}?attached=1", 303)


@router.get("/documents/welfare/{document_id}", response_model=None)
async def paper(request: Request, document_id: str) -> Response:
    """The paper as it came, as a download and nothing else."""
    services = wiring.services()
    try:
        async with services.database.transaction(NOBODY) as session:
            actor = await actor_of(session, request)
            found, name = await documents.find_document(session, actor, _uuid(document_id))
        sealed = await services.storage.get(name)
        if sealed is None:
            raise NotFound
        async with services.database.transaction(actor) as session:
            content = await documents.open_document(session, actor, found.id, sealed)
    except DomainError as error:
        return page("no_document.html", status=error.http_status, problem=t("document.gone"))
    except CannotStore as error:
        log.error("a document can't be read: %s", error)
        return page("no_document.html", status=503, problem=t("document.unprinted"))
    headers = {
        "content-disposition": f'attachment; filename="welfare-{found.id.hex[-8:]}.{found.kind}"',
        "cache-control": "private, no-store",
        "content-security-policy": "sandbox; default-src 'none'",
        "x-robots-tag": "noindex",
    }
    return Response(content, media_type=KINDS[found.kind], headers=headers)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _refused(error: DomainError, back: str) -> Response:
    if error.code == "too_many_documents":
        return RedirectResponse(f"{back}?refused={error.code}", 303)
    return refused(error, back)
