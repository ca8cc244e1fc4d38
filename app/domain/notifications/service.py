"""Writing and reading notifications. Callers have authorised; the tenant is set, and reading is of the person who acts.

Row-level security shows a notification to its own person alone, in its own group.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from operator import itemgetter
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select, update
from sqlmodel import col

from app.domain.notifications.models import Notification
from app.domain.notifications.views import KINDS, WAITING, KeptNotice, NotificationView
from app.kit.db import Session, clock_of, hint_at
from app.kit.hints import QUIET, Hint
from app.kit.ids import new_id
from app.kit.rows import insert_rows


async def notify(
    session: Session,
    group_id: UUID,
    person_ids: Iterable[UUID],
    kind: str,
    facts: Mapping[str, str | int],
    subject_id: UUID | None = None,
) -> None:
    """Tell these persons, in this transaction. `facts` are codes, amounts and titles, never names or phones.

    Of WAITING a person has at most one that is unread, because it only says that something waits: two senders at once
    wait for each other there, so it is written last in a transaction.
    """
    await notify_each(session, group_id, kind, [(one, facts, subject_id) for one in person_ids])


async def notify_each(
    session: Session,
    group_id: UUID,
    kind: str,
    told: Sequence[tuple[UUID, Mapping[str, str | int], UUID | None]],
) -> None:
    """Tell persons each something of her own, facts and subject, as `notify` does."""
    assert kind in KINDS
    now = clock_of(session).now()
    rows = [
        {"id": new_id(), "person_id": person_id, "facts": facts, "subject_id": subject_id}
        for person_id, facts, subject_id in sorted(told, key=itemgetter(0))
    ]
    await insert_rows(session, Notification, rows, {"group_id": group_id, "kind": kind, "at": now}, skip_known=True)


async def deliver(session: Session, group_id: UUID, person_id: UUID, kept: Sequence[KeptNotice]) -> None:
    """What waited for the person, as of when it was told. Twice changes nothing."""
    same = {"group_id": group_id, "person_id": person_id}
    await insert_rows(session, Notification, [asdict(one) for one in kept], same, skip_known=True)


async def list_notifications(
    session: Session, group_id: UUID, person_id: UUID, *, limit: int
) -> list[NotificationView]:
    """Newest first; of those that only say that something waits the newest alone."""
    of_person = (Notification.group_id == group_id, Notification.person_id == person_id)
    newest_first = col(Notification.id).desc()
    waiting = select(Notification.id).where(*of_person, Notification.kind == WAITING).order_by(newest_first).limit(1)
    statement = (
        select(Notification)
        .where(*of_person, or_(Notification.kind != WAITING, col(Notification.id) == waiting.scalar_subquery()))
        .order_by(newest_first)
        .limit(limit)
    )
    return [_view(row) for row in (await session.execute(statement)).scalars()]


UNREAD = select(func.count()).where(
    Notification.group_id == bindparam("group_id"),
    Notification.person_id == bindparam("person_id"),
    col(Notification.read_at).is_(None),
)
"""For the bell, within a statement that asks for more besides."""


async def has(session: Session, group_id: UUID, person_id: UUID, notification_id: UUID) -> bool:
    """Whether it is one of the person's."""
    statement = select(Notification.id).where(
        Notification.group_id == group_id, Notification.person_id == person_id, Notification.id == notification_id
    )
    return (await session.execute(statement)).first() is not None


async def mark_read(
    session: Session, group_id: UUID, person_id: UUID, *, notification_id: UUID | None = None, kind: str | None = None
) -> None:
    """Those of the person that are unread: all, this one, or those of this kind.

    The person's other pages hear of it, nobody else. Repeating changes nothing.
    """
    statement = (
        update(Notification)
        .where(
            col(Notification.group_id) == group_id,
            col(Notification.person_id) == person_id,
            col(Notification.read_at).is_(None),
        )
        .values(read_at=clock_of(session).now())
        .returning(col(Notification.id))
        .execution_options(synchronize_session=False, **{QUIET: True})
    )
    if notification_id is not None:
        statement = statement.where(col(Notification.id) == notification_id)
    if kind is not None:
        statement = statement.where(col(Notification.kind) == kind)
    if (await session.execute(statement)).all():
        hint_at(session, Hint(group_id, person_id))


def _view(row: Notification) -> NotificationView:
    return NotificationView(
        id=row.id,
        kind=row.kind,
        facts=row.facts,
        subject_id=row.subject_id,
        at=row.at,
        is_read=row.read_at is not None,
    )
