"""What every page of a group shows around itself: who one is there, where else one may go, and what waits."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists

from app.domain.governance.reading import count_to_sign
from app.domain.groups.access import MY_GROUPS, MY_PLACE, authorise, groups_of, look_up_place
from app.domain.groups.joining.store import TO_ANSWER
from app.domain.groups.permissions import Permission, allows
from app.domain.groups.views import MyGroup, MyPlace
from app.domain.loans.models import LoanProduct
from app.domain.notifications.service import UNREAD
from app.domain.payments.reading import TO_CONFIRM
from app.domain.welfare.models import WelfareRules
from app.kit.actor import Actor
from app.kit.db import Session

GROUP = bindparam("group_id")
FRAME = MY_PLACE.add_columns(
    MY_GROUPS.label("groups"),
    exists().where(LoanProduct.group_id == GROUP).label("loans"),
    exists().where(WelfareRules.group_id == GROUP).label("welfare"),
    UNREAD.scalar_subquery().label("unread"),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """`loans`, `welfare`: rules of it were ever set; what a group has not, its pages don't offer.

    The counts: payments to confirm, requests to join to answer, decisions to sign, notifications not read.
    """

    place: MyPlace
    groups: list[MyGroup]
    loans: bool
    welfare: bool
    to_confirm: int
    to_answer: int
    to_sign: int
    unread: int


async def read_frame(session: Session, actor: Actor, roles: frozenset[str]) -> Frame:
    """As one who acts in these roles. One query, and two for those who sign. Counts for others' offices are 0."""
    reads, answers = (allows(roles, one) for one in (Permission.READ_GROUP, Permission.MANAGE_MEMBERS))
    place, row = await look_up_place(session, actor, _asked(reads, answers))
    acting = await authorise(session, actor, Permission.READ_OWN)
    return Frame(
        place=place,
        groups=groups_of(row.groups),
        loans=row.loans,
        welfare=row.welfare,
        to_confirm=row.to_confirm if reads and acting.may(Permission.READ_GROUP) else 0,
        to_answer=row.to_answer if answers and acting.may(Permission.MANAGE_MEMBERS) else 0,
        to_sign=await count_to_sign(session, actor),
        unread=row.unread,
    )


@cache
def _asked(reads: bool, answers: bool) -> Select[Any]:
    statement = FRAME
    if reads:
        statement = statement.add_columns(TO_CONFIRM.scalar_subquery().label("to_confirm"))
    if answers:
        statement = statement.add_columns(TO_ANSWER.scalar_subquery().label("to_answer"))
    return statement
