"""A member's log: what she did in the group, and what was done about her, from the audit log."""

from collections.abc import Mapping
from uuid import UUID

from app.domain.audit import service as audit
from app.domain.audit.views import AuditView
from app.domain.groups.access import authorise
from app.domain.groups.joining.requests import ids_of_member as requests_of_member
from app.domain.groups.members import member_cards, staff_seats
from app.domain.groups.permissions import Permission
from app.domain.groups.views import MemberCard
from app.domain.payments.reading import ids_of_member as payments_of_member
from app.domain.reports.views import Activity, ActivityRow
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound

PAGE = 30


async def member_activity(
    session: Session, actor: Actor, *, member_id: UUID | None = None, before: str = ""
) -> Activity:
    """One's own, or anyone's for those who read the group; NotFound otherwise. Pages of 30, newest first."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    member_id = member_id or acting.member_id
    if member_id != acting.member_id and not acting.may(Permission.READ_GROUP):
        raise NotFound
    cards = await member_cards(session, acting.group_id)
    if member_id not in cards:
        raise NotFound
    about = [
        member_id,
        *await payments_of_member(session, acting.group_id, member_id),
        *await requests_of_member(session, acting.group_id, member_id),
    ]
    events = await audit.list_events_about(
        session, acting.group_id, actor_id=member_id, subject_ids=about, before=_cursor(before), limit=PAGE + 1
    )
    seats = await staff_seats(session, acting.group_id)
    rows = tuple(_row(event, member_id, cards, seats) for event in events[:PAGE])
    return Activity(rows=rows, next_before=str(rows[-1].id) if len(events) > PAGE else "")


def _cursor(text: str) -> UUID | None:
    """Where a page ends; NotFound for what is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


def _row(event: AuditView, member_id: UUID, cards: Mapping[UUID, MemberCard], seats: Mapping[UUID, str]) -> ActivityRow:
    return ActivityRow(
        id=event.id,
        at=event.at,
        action=event.action,
        by=_name(event.actor_id, cards) or (seats.get(event.actor_id, "") if event.actor_id else ""),
        about=_name(_subject(event), cards) if event.subject_id != str(member_id) else "",
        is_hers=event.actor_id == member_id,
        facts=event.facts,
    )


def _subject(event: AuditView) -> UUID | None:
    return UUID(event.subject_id) if event.subject == "member" and event.subject_id else None


def _name(one: UUID | None, cards: Mapping[UUID, MemberCard]) -> str:
    card = cards.get(one) if one else None
    return card.name if card else ""
