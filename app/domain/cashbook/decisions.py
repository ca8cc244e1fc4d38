"""Money out, as decisions that others sign: a member's savings, the group's expense, a transfer between its places.

Order of locks, after the proposal's: the group's money, then the ledger's head. What a place holds is looked at under
the former, so that of two that would spend the same money one is refused; a member's account is bounded by the ledger.
"""

from uuid import UUID

from app.domain.cashbook.errors import AskedAlready, HeldForLoans, MoreThanHeld, NothingHeld
from app.domain.governance.ports import Matter
from app.domain.governance.reading import open_amount
from app.domain.governance.rules import check_text
from app.domain.governance.spending import method_out, require_there, spend
from app.domain.groups.members import active_members
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.holds import lock_money, pledged
from app.domain.ledger.views import Line
from app.kit.db import Session
from app.kit.errors import Faults, InvalidInput, NotFound
from app.kit.money import MAX_MINOR


class Withdrawal:
    """What the group holds for a member, paid to her. Terms: `method`."""

    askable = True

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """Raises NothingHeld, MoreThanHeld, HeldForLoans, AskedAlready, InvalidInput; NotFound for who is no member
        now."""
        member_id = asked.member_id or acting.member_id
        if member_id not in {one.id for one in await active_members(session, acting.group_id)}:
            raise NotFound
        if acting.purpose not in HELD:
            raise NothingHeld
        _check_amount(asked)
        free = await self._check_held(session, acting, member_id, asked.amount_minor)
        asked_minor = await open_amount(session, acting.group_id, "withdrawal", member_id)
        left = free - asked_minor
        if asked.amount_minor > left:
            figures = {"left_minor": max(left, 0), "asked_minor": asked_minor}
            raise AskedAlready(field="amount", currency=acting.currency, **figures)
        note = check_text(asked.note, field="note")
        terms = {"method": method_out(asked)}
        return Matter(amount_minor=asked.amount_minor, note=note, member_id=member_id, terms=terms)

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int:
        assert matter.member_id is not None
        method = matter.terms["method"]
        await lock_money(session, acting.group_id)
        await self._check_held(session, acting, matter.member_id, matter.amount_minor)
        parts = [(matter.member_id, matter.amount_minor)]
        kind = f"{acting.purpose}_paid_out"
        return await spend(
            session, acting, proposal_id, kind, recipes.build(kind, method=method, parts=parts), matter.note
        )

    async def _check_held(self, session: Session, acting: Acting, member_id: UUID, amount_minor: int) -> int:
        """What of her savings stands for nobody else; the amount is in it."""
        held = await held_for(session, acting, member_id)
        bound = await pledged(session, acting.group_id, member_id)
        if amount_minor > held - bound:
            refusal = HeldForLoans if bound else MoreThanHeld
            raise refusal(field="amount", left_minor=max(held - bound, 0), currency=acting.currency)
        return held - bound


class Expense:
    """Something that the group buys or pays for. Terms: `method`; the note is its purpose."""

    askable = False

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """Raises InvalidInput, and NotEnoughMoney where the money isn't there already now."""
        faults, note = Faults(), ""
        with faults.gather():
            note = check_text(asked.note, field="note", empty="purpose_empty")
        with faults.gather():
            _check_amount(asked)
        faults.raise_found()
        method = method_out(asked)
        await require_there(session, acting, _lines_of_expense(method, asked.amount_minor))
        return Matter(amount_minor=asked.amount_minor, note=note, terms={"method": method})

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int:
        await lock_money(session, acting.group_id)
        lines = _lines_of_expense(matter.terms["method"], matter.amount_minor)
        control = recipes.RECIPES["expense"].control
        await ledger.open_account(
            session, acting.group_id, code=control, class_=recipes.CONTROL[control], currency=acting.currency
        )
        return await spend(session, acting, proposal_id, "expense", lines, matter.note)


class Transfer:
    """Money from one of the group's places to another, such as cash to the bank. Terms: `source`, `target`."""

    askable = False

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """As an expense."""
        source, target = asked.terms.get("source", ""), asked.terms.get("target", "")
        await require_there(session, acting, recipes.move(source, target, asked.amount_minor))
        note = check_text(asked.note, field="note")
        return Matter(amount_minor=asked.amount_minor, note=note, terms={"source": source, "target": target})

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int:
        await lock_money(session, acting.group_id)
        lines = recipes.move(matter.terms["source"], matter.terms["target"], matter.amount_minor)
        return await spend(session, acting, proposal_id, recipes.TRANSFER, lines, matter.note)


def _lines_of_expense(method: str, amount_minor: int) -> tuple[Line, ...]:
    return recipes.build("expense", method=method, parts=[(None, amount_minor)])


HELD = tuple(kind.removesuffix("_paid_out") for kind in recipes.PAID_OUT)
"""Purposes of which the money stays the members'."""


async def held_for(session: Session, acting: Acting, member_id: UUID) -> int:
    """What the group holds for the member, in minor units; 0 where what members pay is the fund's."""
    if acting.purpose not in HELD:
        return 0
    return -(await ledger.balance(session, acting.group_id, recipes.member_account(acting.purpose, member_id)))


def _check_amount(asked: Matter) -> None:
    if asked.amount_minor <= 0:
        raise InvalidInput("amount", "amount_not_positive")
    if asked.amount_minor > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")
