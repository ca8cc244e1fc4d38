"""The PDF files of signed statements: asked for here, printed by the worker."""

from datetime import timedelta
from uuid import UUID

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.reports.issuing import load
from app.domain.reports.models import StatementFile
from app.domain.reports.shelf import Shelf
from app.domain.reports.views import PrintedFile
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound

PRINT, FORGET = "print_statement", "forget_statement"
"""Jobs, with `group_id`, `statement_id` and `language`."""
KEPT = timedelta(days=7)
STATEMENTS = Shelf(StatementFile, "statement_id", PRINT, FORGET, KEPT)


async def ask_file(session: Session, actor: Actor, statement_id: UUID, language: str) -> PrintedFile:
    """Have the file made unless it is there or being made. Who may read the statement; NotFound otherwise."""
    return await STATEMENTS.ask(session, await _may_read(session, actor, statement_id), statement_id, language)


async def find_file(session: Session, actor: Actor, statement_id: UUID, language: str) -> PrintedFile:
    """How far it is. NotFound when nobody has asked for it, or for who may not read the statement."""
    return await STATEMENTS.find(session, await _may_read(session, actor, statement_id), statement_id, language)


async def read_file(session: Session, actor: Actor, statement_id: UUID, language: str) -> bytes:
    """The PDF. NotFound unless it is ready, or for who may not read the statement."""
    return await STATEMENTS.read(session, await _may_read(session, actor, statement_id), statement_id, language)


async def _may_read(session: Session, actor: Actor, statement_id: UUID) -> UUID:
    """The group. Raises NotFound."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    row = await load(session, acting.group_id, statement_id)
    if row.member_id != acting.member_id and not acting.may(Permission.READ_GROUP):
        raise NotFound
    return acting.group_id
