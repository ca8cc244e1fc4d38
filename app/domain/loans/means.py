"""What a member can borrow on, by the books."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import MONEY_BY_METHOD, member_account
from app.domain.loans.liens import liens
from app.domain.loans.limits import Means
from app.domain.loans.models import Loan
from app.domain.loans.payoff import PayoffQuote
from app.domain.loans.settling import recoverable
from app.domain.loans.store import running
from app.kit.db import Session


async def means_of(session: Session, group_id: UUID, member_id: UUID, settled: PayoffQuote | None = None) -> Means:
    """Her savings, what she owes of principal, and the group's money; as if what the loan is to settle were settled.

    The caller has authorised.
    """
    lost = await _lost(session, group_id, member_id)
    savings = -await ledger.balance(session, group_id, member_account("savings", member_id))
    owed = await ledger.balance(session, group_id, member_account("loan", member_id))
    cash = await cash_of(session, group_id)
    if settled is None:
        return Means(savings_minor=savings, owed_minor=owed, cash_minor=cash, lost_minor=lost)
    return Means(savings, owed - settled.principal_minor, cash + settled.total_minor, settled.total_minor, lost)


async def free_savings(
    session: Session, group_id: UUID, members: Collection[UUID], *, but: Collection[UUID] = ()
) -> dict[UUID, int]:
    """What each has saved and pledged for no loan, `but` these. Two queries; the caller has authorised."""
    owners = {member_account("savings", one): one for one in members}
    free = dict.fromkeys(members, 0)
    for line in await ledger.account_lines(session, group_id, *owners, limit=1):
        free[owners[line.code]] = -line.balance_after_minor
    for member_id, loan_id, minor in await liens(session, group_id):
        if member_id in free and loan_id not in but:
            free[member_id] -= minor
    return {one: max(0, minor) for one, minor in free.items()}


async def _lost(session: Session, group_id: UUID, member_id: UUID) -> int:
    """What was written off of her loans, and has not come back. One query for who never lost any."""
    statement = select(Loan).where(Loan.group_id == group_id, Loan.member_id == member_id, Loan.state == "written_off")
    loans = list((await session.execute(statement)).scalars())
    return sum(sum(recoverable(one).values()) for one in await running(session, loans))


async def cash_of(session: Session, group_id: UUID) -> int:
    """All of the group's money, wherever it lies."""
    controls = sorted(set(MONEY_BY_METHOD.values()))
    return sum([await ledger.control_balance(session, group_id, one) for one in controls])
