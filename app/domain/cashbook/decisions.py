"""Money out, as decisions that others sign: a member's savings, the group's expense, a transfer between its places.

Order of locks, after the proposal's: the group's money, then the ledger's head. What a place holds is looked at under
the former, so that of two that would spend the same money one is refused; a member's account is bounded by the ledger.
"""

from uuid import UUID

from sqlalchemy import func, select

from app.domain.cashbook.errors import MoreThanHeld, NotEnoughMoney, NothingHeld
from app.domain.governance.ports import Matter
from app.domain.governance.rules import check_text
from app.domain.groups.members import active_members
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import BalanceOutOfBounds
from app.domain.ledger.views import Line, NewEntry
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import Faults, InvalidInput, NotFound
from app.kit.money import MAX_MINOR


class Withdrawal:
    """What the group holds for a member, paid to her. Terms: `method`."""

    askable = True

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """Raises NothingHeld, MoreThanHeld, InvalidInput; NotFound for who is no member now."""
        member_id = asked.member_id or acting.member_id
        if member_id not in {one.id for one in await active_members(session, acting.group_id)}:
            raise NotFound
        if acting.purpose not in HELD:
            raise NothingHeld
        _check_amount(asked)
        await self._check_held(session, acting, member_id, asked.amount_minor)
        note = check_text(asked.note, field="note")
        terms = {"method": _method(asked)}
        return Matter(amount_minor=asked.amount_minor, note=note, member_id=member_id, terms=terms)

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int:
        assert matter.member_id is not None
        method = matter.terms["method"]
        await lock_money(session, acting.group_id)
        await self._check_held(session, acting, matter.member_id, matter.amount_minor)
        parts = [(matter.member_id, matter.amount_minor)]
        kind = f"{acting.purpose}_paid_out"
        return await _post(session, acting, proposal_id, kind, recipes.build(kind, method=method, parts=parts), matter)

    async def _check_held(self, session: Session, acting: Acting, member_id: UUID, amount_minor: int) -> None:
        held = await held_for(session, acting, member_id)
        if amount_minor > held:
            raise MoreThanHeld(field="amount", left_minor=held, currency=acting.currency)


class Expense:
    """Something that the group buys or pays for. Terms: `method`; the note is its purpose."""

    askable = False

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:  # noqa: ARG002
        faults, note = Faults(), ""
        with faults.gather():
            note = check_text(asked.note, field="note", empty="purpose_empty")
        with faults.gather():
            _check_amount(asked)
        faults.raise_found()
        terms = {"method": _method(asked)}
        return Matter(amount_minor=asked.amount_minor, note=note, terms=terms)

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int:
        await lock_money(session, acting.group_id)
        lines = recipes.build("expense", method=matter.terms["method"], parts=[(None, matter.amount_minor)])
        control = recipes.RECIPES["expense"].control
        await ledger.open_account(
            session, acting.group_id, code=control, class_=recipes.CONTROL[control], currency=acting.currency
        )
        return await _post(session, acting, proposal_id, "expense", lines, matter)


class Transfer:
    """Money from one of the group's places to another, such as cash to the bank. Terms: `source`, `target`."""

    askable = False

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:  # noqa: ARG002
        source, target = asked.terms.get("source", ""), asked.terms.get("target", "")
        recipes.move(source, target, asked.amount_minor)
        note = check_text(asked.note, field="note")
        return Matter(amount_minor=asked.amount_minor, note=note, terms={"source": source, "target": target})

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int:
        await lock_money(session, acting.group_id)
        lines = recipes.move(matter.terms["source"], matter.terms["target"], matter.amount_minor)
        return await _post(session, acting, proposal_id, recipes.TRANSFER, lines, matter)


HELD = tuple(kind.removesuffix("_paid_out") for kind in recipes.PAID_OUT)
"""Purposes of which the money stays the members'."""


async def held_for(session: Session, acting: Acting, member_id: UUID) -> int:
    """What the group holds for the member, in minor units; 0 where what members pay is the fund's."""
    if acting.purpose not in HELD:
        return 0
    return -(await ledger.balance(session, acting.group_id, recipes.member_account(acting.purpose, member_id)))


async def lock_money(session: Session, group_id: UUID) -> None:
    """One decision at a time spends a group's money, until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock((group_id.int >> 64) & (2**63 - 1))))


def _method(asked: Matter) -> str:
    method = asked.terms.get("method", "")
    if method not in recipes.MONEY_BY_METHOD:
        raise InvalidInput("method", "method_out")
    return method


def _check_amount(asked: Matter) -> None:
    if asked.amount_minor <= 0:
        raise InvalidInput("amount", "amount_not_positive")
    if asked.amount_minor > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")


async def _post(
    session: Session, acting: Acting, proposal_id: UUID, kind: str, lines: tuple[Line, ...], matter: Matter
) -> int:
    """Post what takes money from a place. The group's money is locked. Raises NotEnoughMoney."""
    for line in lines:
        if line.account in recipes.MONEY and line.amount_minor < 0:
            there = await ledger.balance(session, acting.group_id, line.account)
            if there + line.amount_minor < 0:
                raise NotEnoughMoney(left_minor=max(there, 0), currency=acting.currency)
    entry = NewEntry(
        group_id=acting.group_id,
        kind=kind,
        effective_on=today_in(acting.timezone, clock_of(session).now()),
        actor=acting.member_id,
        idempotency_key=f"decision:{proposal_id}",
        lines=lines,
        memo=matter.note,
    )
    try:
        return (await ledger.post_entry(session, entry)).seq
    except BalanceOutOfBounds:
        raise NotEnoughMoney(left_minor=0, currency=acting.currency) from None
