"""What a group does besides asking for contributions: what it has not, its pages don't offer."""

from dataclasses import dataclass

from sqlalchemy import exists, select

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.loans.models import LoanProduct
from app.domain.welfare.models import WelfareRules
from app.kit.actor import Actor
from app.kit.db import Session


@dataclass(frozen=True, slots=True)
class Offered:
    """`loans`: terms of a loan were set, even if none is offered now; `welfare`: rules of welfare were set."""

    loans: bool
    welfare: bool


async def offered(session: Session, actor: Actor) -> Offered:
    """By the rules that the group has set. Two queries."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    loans = exists().where(LoanProduct.group_id == acting.group_id)
    welfare = exists().where(WelfareRules.group_id == acting.group_id)
    row = (await session.execute(select(loans.label("loans"), welfare.label("welfare")))).one()
    return Offered(loans=row.loans, welfare=row.welfare)
