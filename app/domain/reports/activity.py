"""Logs from the audit log: of one member, what she did and what was done about her; of the group, everything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.audit import service as audit
from app.domain.audit.views import AuditView, Kind
from app.domain.contributions.reading import titles_of
from app.domain.governance.reading import ids_of_member as decisions_of_member
from app.domain.governance.reading import members_of as members_of_decisions
from app.domain.groups.access import authorise
from app.domain.groups.joining.requests import ids_of_member as requests_of_member
from app.domain.groups.joining.requests import members_of as members_of_requests
from app.domain.groups.members import member_cards, staff_seats
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting, MemberCard
from app.domain.payments.reading import ids_of_member as payments_of_member
from app.domain.payments.reading import members_of as members_of_payments
from app.domain.receipts import service as receipts
from app.domain.receipts.views import ReceiptRef
from app.domain.reports.views import Activity, ActivityRow, ActorRef, GroupActivity
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import InvalidInput, NotFound

PAGE = 30
GROUP_PAGE = 50
MOST = 10_000
"""Events in one file."""
_ROLES = ("role.given", "role.withdrawn")
KINDS = {
    "payments": Kind(("payment", "count", "meeting")),
    "bank": Kind(("bank",)),
    "members": Kind(("member", "request", "invite", "import"), but=_ROLES),
    "roles": Kind(("member",), only=_ROLES),
    "group": Kind(("group", "period")),
    "contributions": Kind(("call",)),
    "loans": Kind(("loan", "loan_product")),
    "welfare": Kind(("welfare",)),
    "documents": Kind(("statement",)),
    "decisions": Kind(("decision",)),
}
"""What a group's log can be narrowed to. A receipt is told of by its payment."""


async def member_activity(
    session: Session, actor: Actor, *, member_id: UUID | None = None, before: str = ""
) -> Activity:
    """One's own, or anyone's for those who read the group; NotFound otherwise. Pages of 30, newest first."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    member_id = member_id or acting.member_id
    if member_id != acting.member_id and not acting.may(Permission.READ_GROUP):
        raise NotFound
    names = await _names(session, acting)
    if member_id not in names.cards:
        raise NotFound
    about = [
        member_id,
        *await payments_of_member(session, acting.group_id, member_id),
        *await requests_of_member(session, acting.group_id, member_id),
        *await decisions_of_member(session, acting.group_id, member_id),
    ]
    events = await audit.list_events_about(
        session, acting.group_id, actor_id=member_id, subject_ids=about, before=_cursor(before), limit=PAGE + 1
    )
    rows = await _rows(session, acting, names, events[:PAGE], of=member_id)
    if not acting.may(Permission.READ_GROUP):
        rows = tuple(_without_others(row) for row in rows)
    return Activity(rows=rows, next_before=str(rows[-1].id) if len(events) > PAGE else "")


async def group_activity(
    session: Session,
    actor: Actor,
    *,
    person: UUID | None = None,
    kind: str = "",
    since: date | None = None,
    until: date | None = None,
    before: str = "",
    limit: int = GROUP_PAGE,
) -> GroupActivity:
    """The group's log for those who read the books: pages of 50, newest first. Thirteen queries at most.

    `person` leaves what one did, a member or a seat; `kind` is a key of KINDS; `since` and `until` are the first and
    the last day, in the group's zone; `before` is the page's `next_before`. `limit` up to MOST, for files.
    NotFound for what is none of these, and for a person of another group; InvalidInput for days in the wrong order.
    """
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    names = await _names(session, acting)
    if (person is not None and person not in names.cards and person not in names.seats) or (kind and kind not in KINDS):
        raise NotFound
    if since and until and until < since:
        raise InvalidInput("until", "period_backwards")
    limit = min(limit, MOST)
    events = await audit.list_events(
        session,
        acting.group_id,
        actor_id=person,
        kind=KINDS.get(kind),
        since=_midnight(since, acting.timezone) if since else None,
        until=_midnight(until + timedelta(days=1), acting.timezone) if until else None,
        before=_cursor(before),
        limit=limit + 1,
    )
    rows = await _rows(session, acting, names, events[:limit])
    acted = await audit.who_acted(session, acting.group_id, [*names.cards, *names.seats])
    end = await audit.head(session, acting.group_id)
    return GroupActivity(
        rows=rows,
        next_before=str(rows[-1].id) if len(events) > limit else "",
        people=tuple(ActorRef(one, names.of(one)) for one in names.in_order() if one in acted),
        seq=end.seq,
        hash=end.hash.hex(),
        group_code=acting.group_code,
        timezone=acting.timezone,
    )


def _midnight(day: date, zone: str) -> datetime:
    """As the day begins there."""
    return datetime.combine(day, time(), ZoneInfo(zone))


def _without_others(row: ActivityRow) -> ActivityRow:
    """For who held a role and holds none: whose money it was is no longer hers to read."""
    is_theirs = row.about != "" and not row.action.startswith(("member.", "role."))
    return replace(row, about="", about_id=None, receipt=None) if is_theirs else row


def _cursor(text: str) -> UUID | None:
    """Where a page ends; NotFound for what is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


@dataclass(frozen=True, slots=True)
class _Names:
    """Everybody of the group: its members, and the kinds of its seats."""

    cards: Mapping[UUID, MemberCard]
    seats: Mapping[UUID, str]

    def of(self, one: UUID | None) -> str:
        """A member's name, a seat's kind; empty for nobody, and for who was erased."""
        if one is None:
            return ""
        return self.cards[one].name if one in self.cards else self.seats.get(one, "")

    def in_order(self) -> Iterable[UUID]:
        return (*sorted(self.cards, key=lambda one: self.cards[one].name.casefold()), *self.seats)


async def _names(session: Session, acting: Acting) -> _Names:
    return _Names(await member_cards(session, acting.group_id), await staff_seats(session, acting.group_id))


@dataclass(frozen=True, slots=True)
class _Subjects:
    """What events are about, by the subject's id: a member, a receipt, the title of a call."""

    members: Mapping[UUID, UUID]
    receipts: Mapping[UUID, ReceiptRef]
    titles: Mapping[UUID, str]


async def _subjects(session: Session, group_id: UUID, events: Sequence[AuditView]) -> _Subjects:
    """At most five queries."""

    def ids(subject: str) -> list[UUID]:
        return list({one for event in events if event.subject == subject and (one := _subject_id(event))})

    payments = ids("payment")
    members = await members_of_payments(session, group_id, payments)
    return _Subjects(
        members={
            **members,
            **await members_of_requests(session, group_id, ids("request")),
            **await members_of_decisions(session, group_id, ids("decision")),
        },
        receipts=await receipts.ids_by_payments(session, group_id, payments),
        titles=await titles_of(session, group_id, ids("call")),
    )


async def _rows(
    session: Session, acting: Acting, names: _Names, events: Sequence[AuditView], *, of: UUID | None = None
) -> tuple[ActivityRow, ...]:
    """The events as a log tells them: the log of member `of`, or the group's."""
    found = await _subjects(session, acting.group_id, events)
    return tuple(_row(event, names, found, of) for event in events)


def _row(event: AuditView, names: _Names, found: _Subjects, of: UUID | None) -> ActivityRow:
    subject_id = _subject_id(event)
    about_id = _about(event, subject_id, found)
    return ActivityRow(
        id=event.id,
        at=event.at,
        action=event.action,
        by=names.of(event.actor_id),
        about=names.of(about_id) if about_id != of else "",
        about_id=about_id if about_id in names.cards else None,
        is_hers=event.actor_id is not None and event.actor_id == (of or about_id),
        facts=event.facts,
        receipt=found.receipts.get(subject_id) if subject_id else None,
        title=found.titles.get(subject_id, "") if subject_id else "",
        seq=event.seq,
        hash=event.hash,
    )


def _subject_id(event: AuditView) -> UUID | None:
    """None where what it is about has another kind of name."""
    try:
        return UUID(event.subject_id) if event.subject_id else None
    except ValueError:
        return None


def _about(event: AuditView, subject_id: UUID | None, found: _Subjects) -> UUID | None:
    """The member whom the event concerns."""
    if event.subject == "member" or subject_id is None:
        return subject_id
    if event.subject == "statement":
        return UUID(str(event.facts["member"]))
    return found.members.get(subject_id)
