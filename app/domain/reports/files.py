"""The PDF files of signed statements: asked for here, printed by the worker, kept sealed for some days."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key
from app.domain.reports import views
from app.domain.reports.issuing import load
from app.domain.reports.models import StatementFile
from app.kit import jobs
from app.kit.actor import Actor
from app.kit.crypto import place, seal, unseal
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound

PRINT, FORGET = "print_statement", "forget_statement"
"""Jobs, with `group_id`, `statement_id` and `language`."""
KEPT = timedelta(days=7)
LOST = timedelta(minutes=10)
"""A file that is still queued after this may be asked for again."""


async def ask_file(session: Session, actor: Actor, statement_id: UUID, language: str) -> views.StatementFile:
    """Have the file made unless it is there or being made. Who may read the statement; NotFound otherwise.

    Idempotent: one job, however often and by whomever it is asked for.
    """
    group_id = await _may_read(session, actor, statement_id)
    now = clock_of(session).now()
    new = insert(StatementFile).values(
        group_id=group_id, statement_id=statement_id, language=language, state="queued", asked_at=now
    )
    again = or_(
        col(StatementFile.state).in_(("failed", "forgotten")),
        (col(StatementFile.state) == "queued") & (col(StatementFile.asked_at) < now - LOST),
    )
    asked = new.on_conflict_do_update(
        index_elements=["group_id", "statement_id", "language"],
        set_={"state": "queued", "asked_at": now},
        where=again,
    ).returning(StatementFile.state)
    if (await session.execute(asked)).one_or_none():
        await _defer(session, PRINT, group_id, statement_id, language)
    return await _find(session, group_id, statement_id, language)


async def find_file(session: Session, actor: Actor, statement_id: UUID, language: str) -> views.StatementFile:
    """How far it is. NotFound when nobody has asked for it, or for who may not read the statement."""
    return await _find(session, await _may_read(session, actor, statement_id), statement_id, language)


async def read_file(session: Session, actor: Actor, statement_id: UUID, language: str) -> bytes:
    """The PDF. NotFound unless it is ready, or for who may not read the statement."""
    group_id = await _may_read(session, actor, statement_id)
    row = await session.get(StatementFile, (group_id, statement_id, language))
    if row is None or row.content is None:
        raise NotFound
    return unseal(await group_key(session, group_id), row.content, _where(group_id, statement_id, language))


async def is_wanted(session: Session, group_id: UUID, statement_id: UUID, language: str) -> bool:
    """Whether the file is still to be made; for the worker, which may get a job twice."""
    row = await session.get(StatementFile, (group_id, statement_id, language))
    return row is not None and row.state != "ready"


async def keep_file(session: Session, group_id: UUID, statement_id: UUID, language: str, pdf: bytes) -> None:
    """The file is ready; after KEPT it will be forgotten. For the worker."""
    sealed = seal(await group_key(session, group_id), pdf, _where(group_id, statement_id, language))
    now = clock_of(session).now()
    await _change(session, group_id, statement_id, language, state="ready", content=sealed, made_at=now)
    await _defer(session, FORGET, group_id, statement_id, language, after=KEPT)


async def fail_file(session: Session, group_id: UUID, statement_id: UUID, language: str) -> None:
    """It can't be made for now: whoever waits is told, and may ask again. For the worker."""
    await _change(session, group_id, statement_id, language, state="failed", content=None)


async def forget_file(session: Session, group_id: UUID, statement_id: UUID, language: str) -> None:
    """The content goes, unless it was made anew meanwhile; the statement stays. For the worker."""
    row = await session.get(StatementFile, (group_id, statement_id, language))
    if row is not None and row.made_at is not None and row.made_at <= clock_of(session).now() - KEPT:
        await _change(session, group_id, statement_id, language, state="forgotten", content=None)


async def _may_read(session: Session, actor: Actor, statement_id: UUID) -> UUID:
    """The group. Raises NotFound."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    row = await load(session, acting.group_id, statement_id)
    if row.member_id != acting.member_id and not acting.may(Permission.READ_GROUP):
        raise NotFound
    return acting.group_id


async def _find(session: Session, group_id: UUID, statement_id: UUID, language: str) -> views.StatementFile:
    """Without the content, which may be a megabyte."""
    statement = select(StatementFile.state, StatementFile.asked_at).where(
        StatementFile.group_id == group_id,
        StatementFile.statement_id == statement_id,
        StatementFile.language == language,
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound
    waited = clock_of(session).now() - row.asked_at
    return views.StatementFile(statement_id, language, row.state, max(0, int(waited.total_seconds())))


async def _change(session: Session, group_id: UUID, statement_id: UUID, language: str, **values: object) -> None:
    await session.execute(
        update(StatementFile)
        .where(
            col(StatementFile.group_id) == group_id,
            col(StatementFile.statement_id) == statement_id,
            col(StatementFile.language) == language,
        )
        .values(**values)
    )


async def _defer(
    session: Session, name: str, group_id: UUID, statement_id: UUID, language: str, after: timedelta | None = None
) -> None:
    at = clock_of(session).now() + after if after else None
    ids = {"group_id": str(group_id), "statement_id": str(statement_id), "language": language}
    await jobs.enqueue(session, name, at=at, **ids)


def _where(group_id: UUID, statement_id: UUID, language: str) -> str:
    return place("statement_files", f"content {language}", group_id, statement_id)
