"""Writing and reading the audit log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, and_, cast, exists, func, or_, select
from sqlmodel import col

from app.domain.audit.chain import find_fault, head
from app.domain.audit.models import AuditEvent, AuditLink
from app.domain.audit.views import AuditView, Kind
from app.kit.db import Session, real_clock_of
from app.kit.ids import new_id
from app.kit.rows import insert_rows

__all__ = ["PLATFORM", "find_fault", "head", "list_events", "list_events_about", "record", "record_each", "who_acted"]

PLATFORM = UUID(int=0)


async def record(
    session: Session,
    *,
    group_id: UUID | None,
    actor_id: UUID | None,
    action: str,
    subject: str,
    subject_id: UUID | str | None,
    facts: Mapping[str, str | int] | None = None,
) -> None:
    """Append one event. `facts` hold codes, counts and amounts, never names, phones or free text.

    It is numbered and chained when the transaction commits: there, last of all, the log's head is locked.
    """
    about = [(str(subject_id) if subject_id else None, facts or {})]
    await record_each(session, about, group_id=group_id, actor_id=actor_id, action=action, subject=subject)


async def record_each(
    session: Session,
    about: Sequence[tuple[str | None, Mapping[str, str | int]]],
    *,
    group_id: UUID | None,
    actor_id: UUID | None,
    action: str,
    subject: str,
) -> None:
    """Append an event for each subject, its id and its facts, as `record` does one; all at once."""
    now = real_clock_of(session).now()
    rows = [{"id": new_id(), "subject_id": subject_id, "facts": facts} for subject_id, facts in about]
    same = {"group_id": group_id or PLATFORM, "actor_id": actor_id, "action": action, "subject": subject, "at": now}
    await insert_rows(session, AuditEvent, rows, same)


async def list_events(
    session: Session,
    group_id: UUID,
    *,
    actor_id: UUID | None = None,
    kind: Kind | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[AuditView]:
    """Newest first, of one actor or one kind when these are given; `before` is the id of the last one seen.

    `since` is the first instant, `until` the first one no more.
    """
    statement = select(AuditEvent).where(AuditEvent.group_id == group_id)
    if actor_id is not None:
        statement = statement.where(AuditEvent.actor_id == actor_id)
    if kind is not None:
        statement = statement.where(col(AuditEvent.subject).in_(kind.subjects))
        if kind.only:
            statement = statement.where(col(AuditEvent.action).in_(kind.only))
        if kind.but:
            statement = statement.where(col(AuditEvent.action).not_in(kind.but))
    if since is not None:
        statement = statement.where(AuditEvent.at >= since)
    if until is not None:
        statement = statement.where(AuditEvent.at < until)
    return await _read(session, statement, before=before, limit=limit)


async def who_acted(session: Session, group_id: UUID, candidates: Sequence[UUID]) -> set[UUID]:
    """Those of the candidates who did anything that is recorded: a look into an index for each."""
    candidate = func.unnest(cast(list(candidates), ARRAY(Uuid))).column_valued("candidate")
    acted = exists().where(AuditEvent.group_id == group_id, AuditEvent.actor_id == candidate)
    return set((await session.execute(select(candidate).where(acted))).scalars())


async def list_events_about(
    session: Session,
    group_id: UUID,
    *,
    actor_id: UUID,
    subject_ids: Sequence[UUID],
    before: UUID | None = None,
    limit: int = 50,
) -> list[AuditView]:
    """What the actor did, and what was done to the subjects. Newest first; `before` as in `list_events`."""
    subjects = [str(one) for one in subject_ids]
    statement = select(AuditEvent).where(
        AuditEvent.group_id == group_id,
        or_(AuditEvent.actor_id == actor_id, col(AuditEvent.subject_id).in_(subjects)),
    )
    return await _read(session, statement, before=before, limit=limit)


async def _read(session: Session, statement: Select[AuditEvent], *, before: UUID | None, limit: int) -> list[AuditView]:
    if before is not None:
        statement = statement.where(AuditEvent.id < before)
    is_its = and_(AuditLink.group_id == AuditEvent.group_id, AuditLink.event_id == AuditEvent.id)
    placed = statement.add_columns(AuditLink.seq, AuditLink.hash).outerjoin(AuditLink, is_its)
    found = await session.execute(placed.order_by(AuditEvent.id.desc()).limit(limit))
    return [
        AuditView(
            id=event.id,
            actor_id=event.actor_id,
            action=event.action,
            subject=event.subject,
            subject_id=event.subject_id,
            facts=event.facts,
            at=event.at,
            seq=seq or 0,
            hash=bytes(digest).hex() if digest else "",
        )
        for event, seq, digest in found
    ]
