"""How payments settle loans: by the group's rule of allocation, item by item, and what a reversed one gives back.

What a payment gave to each item is kept as it was, so that ledger, loan and schedule agree in whatever order payments
are made and reversed: a reversal takes back what its payment gave, and later payments keep theirs. What is more than
settles the loan on the day is kept for the member. What comes after a write-off is income that was not expected any
more, principal first.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.groups.access import read_group
from app.domain.loans import store
from app.domain.loans.allocation import Part
from app.domain.loans.errors import WrittenOffSince
from app.domain.loans.models import Loan, LoanItem, LoanPortion
from app.domain.loans.payoff import PayoffQuote
from app.domain.loans.penalties import charge_penalties
from app.domain.loans.store import PURPOSES, Running, unpaid
from app.domain.payments.ports import Claim, Instalment, Paid, Share
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound

KIND, REST, RECOVERED = "loan", "credit", "loan_recovered"


class LoanSettlement:
    """See `app.domain.payments.ports.SpreadSettlement`. What a loan doesn't need of a payment is kept for her."""

    async def lock_claims(self, session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
        return await self._claims(session, await store.lock_loans(session, group_id, ids))

    async def read_claims(self, session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
        statement = select(Loan).where(Loan.group_id == group_id, col(Loan.id).in_(ids)).order_by(col(Loan.id))
        return await self._claims(session, list((await session.execute(statement)).scalars()))

    async def _claims(self, session: Session, loans: Sequence[Loan]) -> list[Claim]:
        return [_claim(one) for one in await store.running(session, loans)]

    async def list_instalments(self, session: Session, group_id: UUID) -> list[Instalment]:
        """See `app.domain.payments.ports.Instalments`. One query; where there are loans three, and one a product."""
        statement = select(Loan).where(Loan.group_id == group_id, col(Loan.disbursed_on).is_not(None))
        loans = list((await session.execute(statement.order_by(col(Loan.id)))).scalars())
        if not loans:
            return []
        today = today_in((await read_group(session, group_id)).timezone, clock_of(session).now())
        found = [_instalment(one, today) for one in await store.running(session, loans)]
        return sorted(found, key=lambda one: (one.due_on, one.claim.id))

    async def spread(
        self, session: Session, group_id: UUID, paid: Paid, parts: Sequence[tuple[UUID, int]]
    ) -> list[Share]:
        """Penalties up to today are charged first, whether or not the night has. A payment from before a new schedule,
        or from before the loan that took over the one it was meant for, counts from the day of that. Raises
        InvalidInput for a payment before the loan.
        """
        today = today_in((await read_group(session, group_id)).timezone, clock_of(session).now())
        shares: list[Share] = []
        for loan_id, amount_minor in sorted(parts):
            loan = await session.get_one(Loan, (group_id, loan_id))
            (one,) = await store.running(session, [loan])
            if loan.disbursed_on is None:
                raise NotFound
            await check_paid_since(session, loan, paid.paid_on)
            is_recovery = loan.state == "written_off"
            on = max(paid.paid_on, one.since)
            if loan.state == "active":
                await charge_penalties(session, one, today)
            given = _recovered(one, amount_minor) if is_recovery else {}
            if loan.state == "active":
                given = _given(one, amount_minor, on)
            shares += _shares(one, given, amount_minor)
            for item_no, minor in given.items():
                _give(one.items[item_no - 1], minor, is_recovery=is_recovery)
            _close_if_settled(one, on)
            await session.flush()
            session.add_all(
                LoanPortion(
                    group_id=group_id,
                    payment_id=paid.payment_id,
                    loan_id=loan_id,
                    item_no=item_no,
                    amount_minor=minor,
                    is_recovery=is_recovery,
                )
                for item_no, minor in given.items()
            )
        await session.flush()
        return shares

    async def give_back(self, session: Session, group_id: UUID, payment_id: UUID, ids: Sequence[UUID]) -> None:
        """A loan that was closed is open again, with all that its pay-off had waived; one that another loan closed owes
        again what this payment had given. Raises WrittenOffSince for what was given before a write-off.
        """
        for loan_id in sorted(ids):
            loan = await session.get_one(Loan, (group_id, loan_id))
            (one,) = await store.running(session, [loan])
            statement = select(LoanPortion).where(
                LoanPortion.group_id == group_id, LoanPortion.payment_id == payment_id, LoanPortion.loan_id == loan_id
            )
            portions = list((await session.execute(statement)).scalars())
            if loan.state == "written_off" and not all(portion.is_recovery for portion in portions):
                raise WrittenOffSince(no=loan.no)
            given = {portion.item_no: portion.amount_minor for portion in portions}
            if loan.state == "closed" and given:
                loan.state, loan.closed_on = "active", None
                for item in one.items:
                    item.waived_minor = one.kept.get(item.item_no, 0)
            for item_no, minor in given.items():
                _give(one.items[item_no - 1], -minor, is_recovery=loan.state == "written_off")
        await session.flush()


async def check_paid_since(session: Session, loan: Loan, paid_on: date) -> None:
    """Raises InvalidInput for a day before the loan, or before the first of those that led to it by refinancing."""
    first = loan
    while first.replaces_id:
        first = await session.get_one(Loan, (loan.group_id, first.replaces_id))
    if first.disbursed_on is None or paid_on < first.disbursed_on:
        raise InvalidInput("paid_on", "loan_paid_before")


def _claim(one: Running) -> Claim:
    last = one.changes[-1] if one.changes else None
    return Claim(
        id=one.loan.id,
        member_id=one.loan.member_id,
        title=f"{one.rules.name}, L-{one.loan.no}",
        purpose=KIND,
        reference=one.loan.reference,
        open_minor=one.unpaid_minor if one.loan.state == "active" else sum(recoverable(one).values()),
        currency=one.loan.currency,
        takes_more=True,
        replaced_by=last.new_loan_id if last and one.loan.state == "closed" else None,
    )


def _instalment(one: Running, today: date) -> Instalment:
    loan = one.loan
    if loan.state != "active":
        return Instalment(_claim(one), loan.closed_on or today)
    due_on, due_minor = one.asked_by(today)
    return Instalment(_claim(one), due_on or today, due_minor, max(due_minor, one.payoff(today).total_minor))


def preview(one: Running, amount_minor: int, on: date) -> dict[str, int]:
    """What a payment of `on` would go to, by purpose, what is kept for the member among it."""
    found: dict[str, int] = {}
    for share in _shares(one, _given(one, amount_minor, on), amount_minor):
        found[share.purpose] = found.get(share.purpose, 0) + share.amount_minor
    return found


def interest_ahead(one: Running, amount_minor: int, on: date) -> int:
    """What of a payment of `on` goes to interest of instalments after the one that is asked for; none when it settles
    the loan."""
    if amount_minor >= one.payoff(on).total_minor:
        return 0
    asked_on = max(one.oldest_unpaid_on or on, on)
    items = [(one.items[item_no - 1], minor) for item_no, minor in _given(one, amount_minor, on).items()]
    return sum(minor for item, minor in items if item.part == Part.INTEREST and item.due_on > asked_on)


def _given(one: Running, amount_minor: int, on: date) -> dict[int, int]:
    """By item: exactly what settles the loan on the day, where the amount does; else by the rule of allocation."""
    quote = one.payoff(on)
    if amount_minor < quote.total_minor:
        found = one.book().allocation(amount_minor, on).portions
        return {one.items[portion.claim].item_no: portion.amount_minor for portion in found}
    return settled_items(one, quote)


def settled_items(one: Running, quote: PayoffQuote) -> dict[int, int]:
    """By item what settles the loan, the oldest first."""
    left = {
        Part.PRINCIPAL: quote.principal_minor,
        Part.INTEREST: quote.interest_minor,
        Part.FEE: quote.fees_minor,
        Part.PENALTY: quote.penalties_minor,
    }
    given = {}
    for item in sorted(one.items, key=lambda item: (item.due_on, item.item_no)):
        part = min(left[Part(item.part)], unpaid(item))
        if part:
            given[item.item_no] = part
            left[Part(item.part)] -= part
    return given


def recoverable(one: Running) -> dict[int, int]:
    """By item, principal first: what was owed by the day of the write-off and has not come back; else nothing."""
    loan = one.loan
    if loan.state != "written_off" or loan.closed_on is None:
        return {}
    asked = [item for item in one.items if item.part == Part.PRINCIPAL or item.due_on <= loan.closed_on]
    asked.sort(key=lambda item: (item.part != Part.PRINCIPAL, item.due_on, item.item_no))
    found = {item.item_no: item.waived_minor - one.kept.get(item.item_no, 0) for item in asked}
    return {item_no: minor for item_no, minor in found.items() if minor}


def _recovered(one: Running, amount_minor: int) -> dict[int, int]:
    found = {}
    for item_no, minor in recoverable(one).items():
        part = min(minor, amount_minor)
        if part:
            found[item_no] = part
            amount_minor -= part
    return found


def _give(item: LoanItem, minor: int, *, is_recovery: bool) -> None:
    """What comes back after a write-off is not asked for: it takes the place of what was given up."""
    item.paid_minor += minor
    if is_recovery:
        item.waived_minor -= minor


def _shares(one: Running, given: dict[int, int], amount_minor: int) -> list[Share]:
    """By purpose, principal first; what nothing claims is kept for the member."""
    sums = dict.fromkeys([*PURPOSES.values(), RECOVERED], 0)
    for item_no, minor in given.items():
        is_recovery = one.loan.state == "written_off"
        sums[RECOVERED if is_recovery else PURPOSES[Part(one.items[item_no - 1].part)]] += minor
    sums[REST] = amount_minor - sum(given.values())
    return [Share(one.loan.id, purpose, minor) for purpose, minor in sums.items() if minor]


def _close_if_settled(one: Running, on: date) -> None:
    """Nothing is left to pay off: what would have come is waived."""
    if one.loan.state == "active" and not one.payoff(on).total_minor:
        one.loan.state, one.loan.closed_on = "closed", on
        for item in one.items:
            item.waived_minor = item.due_minor - item.paid_minor
