"""What waits for those who run the group, besides what every page counts."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, func, select
from sqlmodel import col

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.reconciliation.bank.models import BankLineRow, BankMatch
from app.domain.welfare.models import WelfareClaim
from app.kit.actor import Actor
from app.kit.db import Session


@dataclass(frozen=True, slots=True)
class Waiting:
    """Bank lines that nobody decided, decisions on them to confirm, and claims of others to look at."""

    lines: int
    accepted: int
    claims: int


async def count_waiting(session: Session, actor: Actor) -> Waiting:
    """One query; for those who read the books."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    me = acting.member_id

    def count(table: Any, state: str, *but: Any) -> ScalarSelect[int]:
        of_group = col(table.group_id) == acting.group_id, col(table.state) == state
        return select(func.count()).select_from(table).where(*of_group, *but).scalar_subquery()

    statement = select(
        count(BankLineRow, "open"),
        count(BankMatch, "accepted", col(BankMatch.kind) != "ignored"),
        count(WelfareClaim, "reported", WelfareClaim.member_id != me, col(WelfareClaim.payee_id).is_distinct_from(me)),
    )
    return Waiting(*(await session.execute(statement)).one())
