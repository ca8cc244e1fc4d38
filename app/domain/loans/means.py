"""What a member can borrow on, by the books."""

from uuid import UUID

from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import MONEY_BY_METHOD, member_account
from app.domain.loans.limits import Means
from app.domain.loans.payoff import PayoffQuote
from app.kit.db import Session


async def means_of(session: Session, group_id: UUID, member_id: UUID, settled: PayoffQuote | None = None) -> Means:
    """Her savings, what she owes of principal, and the group's money; as if what the loan is to settle were settled.

    The caller has authorised.
    """
    savings = -await ledger.balance(session, group_id, member_account("savings", member_id))
    owed = await ledger.balance(session, group_id, member_account("loan", member_id))
    cash = await cash_of(session, group_id)
    if settled is None:
        return Means(savings_minor=savings, owed_minor=owed, cash_minor=cash)
    return Means(savings, owed - settled.principal_minor, cash + settled.total_minor, settled.total_minor)


async def cash_of(session: Session, group_id: UUID) -> int:
    """All of the group's money, wherever it lies."""
    controls = sorted(set(MONEY_BY_METHOD.values()))
    return sum([await ledger.control_balance(session, group_id, one) for one in controls])
