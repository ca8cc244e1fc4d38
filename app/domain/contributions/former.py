"""What somebody who left a group still owes there, and how it is paid."""

from sqlalchemy import func, select

from app.domain.contributions.reading import OPEN_DUES
from app.domain.contributions.views import LeftDue, LeftGroup
from app.domain.groups.access import read_group
from app.kit.actor import Actor
from app.kit.db import Session, set_tenant


async def list_left_groups(session: Session, actor: Actor) -> list[LeftGroup]:
    """The groups that the person who acts is a member of no more, the last left first, at most five.

    Goes group by group; the transaction then acts as the person, in no group. Nobody's is empty.
    """
    if actor.person_id is None:
        return []
    columns = ("group_id", "member_id", "left_at")
    rows = (await session.execute(select(func.lookup.my_left_places().table_valued(*columns)))).all()
    connection, me, found = await session.connection(), Actor(person_id=actor.person_id), []
    for row in rows:
        await set_tenant(connection, me.within(row.group_id))
        group = await read_group(session, row.group_id)
        dues = await session.execute(OPEN_DUES, {"group_id": row.group_id, "member_id": row.member_id})
        found.append(
            LeftGroup(
                name=group.short_name,
                currency=group.currency,
                way=group.way,
                pay_to=group.pay_to or "",
                left_at=row.left_at,
                dues=tuple(LeftDue(due.title, due.reference, due.amount_minor - due.paid_minor) for due in dues),
            )
        )
    await set_tenant(connection, me)
    return found
