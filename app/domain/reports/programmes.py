"""An organisation's programmes side by side, for whoever holds a role in several groups. Nothing is added up.

Each group is read as its own tenant, under her own right there; staff of the platform see no amounts (`list_groups`).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.contributions import reading as contributions
from app.domain.contributions.standing import Asked
from app.domain.groups.access import authorise, list_my_groups
from app.domain.groups.permissions import Permission, allows
from app.domain.reports.reporting import owed
from app.kit.actor import Actor
from app.kit.db import Session, clock_of, set_tenant

MOST = 20
"""Programmes of one view, by name."""


@dataclass(frozen=True, slots=True)
class Programme:
    """One group's figures in its own currency, minor units: of what was asked, confirmed, sent and late."""

    group_id: UUID
    name: str
    code: str
    currency: str
    members: int
    asked_minor: int
    confirmed_minor: int
    waiting_minor: int
    late_minor: int


@dataclass(frozen=True, slots=True)
class Programmes:
    """By name; `left_out` are more than fit."""

    made_at: datetime
    rows: tuple[Programme, ...]
    left_out: int


async def list_programmes(session: Session, actor: Actor) -> Programmes:
    """Every group whose books the reader may read, at most MOST, each in a currency of its own.

    At most fourteen queries for each. For those who read the books of the group in which they act.
    """
    await authorise(session, actor, Permission.READ_BOOKS)
    mine = [
        one
        for one in await list_my_groups(session, actor)
        if not one.is_practice and allows(one.roles, Permission.READ_BOOKS)
    ]
    connection = await session.connection()
    rows = []
    for one in mine[:MOST]:
        within = actor.within(one.group_id)
        await set_tenant(connection, within)
        view = await contributions.today(session, within)
        late = [row.open_minor for row in await owed(session, one.group_id, view.today, Asked()) if row.days_late]
        rows.append(
            Programme(
                group_id=one.group_id,
                name=one.name,
                code=one.code,
                currency=view.currency,
                members=view.members,
                asked_minor=view.confirmed_minor + view.pending_minor,
                confirmed_minor=view.confirmed_minor,
                waiting_minor=view.waiting_minor,
                late_minor=sum(late),
            )
        )
    await set_tenant(connection, actor)
    return Programmes(clock_of(session).now(), tuple(rows), max(len(mine) - MOST, 0))
