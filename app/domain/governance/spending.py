"""What decisions that take money out of the group share: one at a time, and never more than lies there."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.governance.errors import NotEnoughMoney
from app.domain.governance.ports import Matter
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import BalanceOutOfBounds
from app.domain.ledger.views import Line, NewEntry
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput


def method_out(asked: Matter) -> str:
    """How it is paid. Raises InvalidInput."""
    method = asked.terms.get("method", "")
    if method not in recipes.MONEY_BY_METHOD:
        raise InvalidInput("method", "method_out")
    return method


async def spend(
    session: Session, acting: Acting, proposal_id: UUID, kind: str, lines: tuple[Line, ...], note: str
) -> int:
    """Post what takes money from a place; the entry's number. The group's money is locked. Raises NotEnoughMoney."""
    await require_there(session, acting, lines)
    entry = NewEntry(
        group_id=acting.group_id,
        kind=kind,
        effective_on=today_in(acting.timezone, clock_of(session).now()),
        actor=acting.member_id,
        idempotency_key=f"decision:{proposal_id}",
        lines=lines,
        memo=note,
    )
    try:
        return (await ledger.post_entry(session, entry)).seq
    except BalanceOutOfBounds:
        place = next(line.account for line in lines if line.account in recipes.MONEY)
        raise NotEnoughMoney(place=place, left_minor=0, currency=acting.currency) from None


async def require_there(session: Session, acting: Acting, lines: Sequence[Line]) -> None:
    """Raises NotEnoughMoney where a place holds less by now than the lines take from it."""
    for line in lines:
        if line.account in recipes.MONEY and line.amount_minor < 0:
            there = await ledger.balance(session, acting.group_id, line.account)
            if there + line.amount_minor < 0:
                left = max(there, 0)
                raise NotEnoughMoney(field="amount", place=line.account, left_minor=left, currency=acting.currency)
