"""A members' list comes in here, kept for the check."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app import wiring
from app.api.uploads import Body, refused, sender_of
from app.domain.groups.importing.parsing import MAX_BYTES
from app.domain.groups.importing.service import upload_import
from app.domain.groups.permissions import Permission
from app.kit.errors import DomainError

router = APIRouter()


@router.post("/imports", response_model=None)
async def upload(request: Request) -> Response:
    """Stage the file of the form's field `file`, then show its check. Nothing is imported here.

    Who may not import is refused before the body is read; more than MAX_BYTES is refused without keeping it. A file
    that can't be taken leads back to the import page, `?refused=` and the numbers of its sentence.
    """
    body = Body(request, MAX_BYTES, "file_too_large")
    try:
        actor = await sender_of(request, Permission.IMPORT_MEMBERS)
        sent = await body.file()
        async with wiring.services().database.transaction(actor) as session:
            view = await upload_import(session, actor, sent.name, sent.data)
    except DomainError as error:
        await body.drain()
        return refused(error, "/import")
    return RedirectResponse(f"/import?id={view.id}", 303)
