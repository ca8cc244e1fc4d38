"""Writing and reading meetings, for the services above, which have authorised.

Order of locks: the meeting comes first, before dues and the ledger's head: of two that record the same day one waits.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.domain.groups.views import Acting
from app.domain.meetings.errors import MeetingRecorded
from app.domain.meetings.models import Meeting, MeetingMember
from app.domain.meetings.views import MeetingView, NewMeeting
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound


async def open_meeting(session: Session, acting: Acting, new: NewMeeting) -> None:
    """Keep that it was held. MeetingRecorded when that day's is recorded; the whole transaction then rolls back."""
    meeting = Meeting(
        group_id=acting.group_id,
        id=new.id,
        held_on=new.held_on,
        currency=acting.currency,
        sheet_minor=new.sheet_minor,
        counted_minor=new.counted_minor,
        recorded_by=acting.member_id,
        recorded_at=clock_of(session).now(),
    )
    session.add(meeting)
    try:
        await session.flush()
    except IntegrityError as error:
        if "meetings_day" in str(error.orig):
            raise MeetingRecorded(field="held_on", day=new.held_on) from None
        raise


async def mark_members(
    session: Session, group_id: UUID, meeting_id: UUID, attendance: Mapping[UUID, str], payments: Mapping[UUID, UUID]
) -> None:
    """Who was there, and by which payment each member paid; whoever paid is marked."""
    session.add_all(
        MeetingMember(
            group_id=group_id,
            meeting_id=meeting_id,
            member_id=member_id,
            attendance=state,
            payment_id=payments.get(member_id),
        )
        for member_id, state in sorted(attendance.items())
    )
    await session.flush()


async def recorded_days(session: Session, group_id: UUID, since: date) -> dict[date, UUID]:
    """The meetings that are recorded, by their day."""
    statement = select(Meeting.held_on, Meeting.id).where(Meeting.group_id == group_id, Meeting.held_on >= since)
    return {row.held_on: row.id for row in await session.execute(statement)}


async def get_meeting(session: Session, group_id: UUID, meeting_id: UUID) -> MeetingView:
    """NotFound when the group has no such meeting. Two queries."""
    meeting = await session.get(Meeting, (group_id, meeting_id))
    if meeting is None:
        raise NotFound
    statement = select(MeetingMember).where(MeetingMember.group_id == group_id, MeetingMember.meeting_id == meeting_id)
    rows = list((await session.execute(statement)).scalars())
    return MeetingView(
        id=meeting.id,
        held_on=meeting.held_on,
        currency=meeting.currency,
        sheet_minor=meeting.sheet_minor,
        counted_minor=meeting.counted_minor,
        recorded_by=meeting.recorded_by,
        recorded_at=meeting.recorded_at,
        attendance={row.member_id: row.attendance for row in rows},
        payments={row.member_id: row.payment_id for row in rows if row.payment_id is not None},
    )
