"""Notices for members who have not signed in: notifications are of persons, so that these wait in the group."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col

from app.domain.groups.models import WaitingNotice
from app.domain.notifications import service as notifications
from app.domain.notifications.views import WAITING, KeptNotice
from app.kit.db import Session, clock_of
from app.kit.ids import new_id
from app.kit.rows import insert_rows


async def keep(
    session: Session, group_id: UUID, kind: str, told: Sequence[tuple[UUID, Mapping[str, str | int], UUID | None]]
) -> None:
    """For each of these members her facts and subject; WAITING, which only counts what waits now, is not kept."""
    if kind == WAITING or not told:
        return
    now = clock_of(session).now()
    rows = [
        {"id": new_id(), "member_id": member_id, "facts": facts, "subject_id": subject_id}
        for member_id, facts, subject_id in told
    ]
    await insert_rows(session, WaitingNotice, rows, {"group_id": group_id, "kind": kind, "at": now})


async def hand_over(session: Session, group_id: UUID, member_id: UUID, person_id: UUID) -> None:
    """The member is somebody from now on: what waited is hers to read, as of when it was told. Twice is once."""
    statement = (
        delete(WaitingNotice)
        .where(col(WaitingNotice.group_id) == group_id, col(WaitingNotice.member_id) == member_id)
        .returning(*(col(getattr(WaitingNotice, one.name)) for one in fields(KeptNotice)))
        .execution_options(synchronize_session=False)
    )
    kept = [KeptNotice(**row._mapping) for row in await session.execute(statement)]
    await notifications.deliver(session, group_id, person_id, kept)
