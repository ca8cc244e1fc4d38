"""A bank's statement comes in here; the worker reads it."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app import wiring
from app.api.uploads import Body, refused, sender_of
from app.domain.groups.permissions import Permission
from app.domain.reconciliation.bank.staging import import_statement
from app.domain.reconciliation.bank.types import MAX_BYTES
from app.domain.reconciliation.bank.views import ImportStatement
from app.kit.errors import DomainError

router = APIRouter()


@router.post("/statement-files", response_model=None)
async def upload(request: Request) -> Response:
    """Keep the file of the form's field `file` for the account of its field `account`, then show how far it is.

    As the upload of a members' list: who may not is refused unread, what is too large without keeping it, and a file
    that can't be taken leads back with the reason. The same file again leads to what became of it.
    """
    body = Body(request, MAX_BYTES, "bank_too_large")
    try:
        actor = await sender_of(request, Permission.CONFIRM_PAYMENTS)
        async with body.large_file() as sent, wiring.services().database.transaction(actor) as session:
            command = ImportStatement(sent.fields.get("account", "")[:10], sent.name, sent.data)
            view = await import_statement(session, actor, command)
    except DomainError as error:
        await body.drain()
        return refused(error, "/bank")
    return RedirectResponse(f"/bank?file={view.id}{'&again=1' if view.is_repeat else ''}", 303)
