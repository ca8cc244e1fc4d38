"""What each member was asked, paid and sent; the regions beside each other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from app.domain.contributions.models import Contribution
from app.domain.contributions.service import ASKED, DROPPED
from app.domain.contributions.views import RegionRow
from app.domain.groups.views import MemberRef
from app.domain.payments import reading as payments
from app.kit.db import Session


@dataclass(frozen=True, slots=True)
class Asked:
    """Which dues: those of a call, and those due within days, both included. None leaves nothing out."""

    call_id: UUID | None = None
    since: date | None = None
    until: date | None = None


@dataclass(slots=True)
class Standing:
    """Of one member, in minor units: `waiting` is sent and not confirmed."""

    confirmed: int = 0
    waiting: int = 0
    expected: int = 0
    dues: int = 0
    paid_dues: int = 0
    part_paid_dues: int = 0


def conditions(group_id: UUID, asked: Asked) -> list[ColumnElement[bool]]:
    """For a query on dues."""
    found = [Contribution.group_id == group_id]
    if asked.call_id is not None:
        found.append(Contribution.call_id == asked.call_id)
    if asked.since is not None:
        found.append(Contribution.due_on >= asked.since)
    if asked.until is not None:
        found.append(Contribution.due_on <= asked.until)
    return found  # pyright: ignore[reportReturnType] - SQLModel's columns compare to conditions


def claims_of(group_id: UUID, asked: Asked) -> Select[tuple[UUID]] | None:
    """The ids of the dues, as a query; None for all."""
    return None if asked == Asked() else select(Contribution.id).where(*conditions(group_id, asked))


async def standings(session: Session, group_id: UUID, asked: Asked) -> dict[UUID, Standing]:
    """By member, those who were asked anything or sent anything. Two queries; the caller has authorised."""
    statement = (
        select(
            Contribution.member_id,
            func.sum(Contribution.paid_minor),
            func.sum(ASKED),
            func.count().filter(Contribution.state.not_in(DROPPED)),
            func.count().filter(Contribution.state == "confirmed"),
            func.count().filter(Contribution.state == "part_paid"),
        )
        .where(*conditions(group_id, asked))
        .group_by(Contribution.member_id)
    )
    found = {
        member_id: Standing(int(paid), 0, int(amount), dues, in_full, in_part)
        for member_id, paid, amount, dues, in_full, in_part in (await session.execute(statement)).all()
    }
    waiting = await payments.waiting_by_member(session, group_id, claims=claims_of(group_id, asked))
    for member_id, amount in waiting.items():
        found.setdefault(member_id, Standing()).waiting = amount
    return found


def rank_regions(members: Sequence[MemberRef], known: Mapping[UUID, Standing]) -> tuple[RegionRow, ...]:
    """Regions by confirmed amount, then by confirmed share, then by name; members without a region come last."""
    sums: dict[str, list[Standing]] = defaultdict(list)
    for member in members:
        sums[member.region or ""].append(known.get(member.id, Standing()))

    def order(item: tuple[str, list[Standing]]) -> tuple[bool, int, int, str]:
        region, some = item
        expected = sum(s.expected for s in some)
        confirmed = sum(s.confirmed for s in some)
        return (region == "", -confirmed, -(confirmed * 10**6 // expected) if expected else 0, region)

    return tuple(
        RegionRow(
            rank=rank,
            region=region,
            members=len(some),
            dues=sum(s.dues for s in some),
            paid_dues=sum(s.paid_dues for s in some),
            confirmed_minor=sum(s.confirmed for s in some),
            waiting_minor=sum(s.waiting for s in some),
            expected_minor=sum(s.expected for s in some),
        )
        for rank, (region, some) in enumerate(sorted(sums.items(), key=order), 1)
    )
