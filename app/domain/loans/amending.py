"""A running loan is closed by a new one, or gets a new schedule for what is left.

Both leave a row of `loan_changes`, and of each item what was settled and what is asked for no more.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from app.domain.audit import service as audit
from app.domain.governance.ports import BoundMatter, Matter
from app.domain.governance.rules import check_text
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import NewEntry
from app.domain.loans import store
from app.domain.loans.allocation import Part
from app.domain.loans.arrears import days_late
from app.domain.loans.commands import QuoteReschedule
from app.domain.loans.errors import ApplicationMoved
from app.domain.loans.models import Loan, LoanChange, LoanChangeItem, LoanItem
from app.domain.loans.payoff import PayoffQuote
from app.domain.loans.penalties import charge_penalties
from app.domain.loans.products import ProductRules, starts_for, terms_left
from app.domain.loans.schedule import Schedule, make_schedule
from app.domain.loans.settling import settled_items
from app.domain.loans.store import PURPOSES, Running, terms_since, unpaid
from app.domain.loans.terms import MAX_REPAYMENTS, BadTerms
from app.domain.loans.views import RescheduleQuote
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound

RESCHEDULE = "loan_reschedule"
FURTHEST_DAYS = 366
"""The first instalment of a new schedule is due within a year."""


def settled_of(quote: PayoffQuote) -> dict[str, int]:
    """What settles a loan, by purpose of the ledger."""
    parts = {
        Part.PRINCIPAL: quote.principal_minor,
        Part.INTEREST: quote.interest_minor,
        Part.FEE: quote.fees_minor,
        Part.PENALTY: quote.penalties_minor,
    }
    return {PURPOSES[part]: minor for part, minor in parts.items()}


async def close_by(session: Session, one: Running, quote: PayoffQuote, new: Loan) -> None:
    """The locked loan is settled by `new`, which was paid out for it today; what would have come is waived."""
    change = _change(one, quote, "refinanced")
    change.new_loan_id, change.entry_seq = new.id, new.entry_seq
    given = settled_items(one, quote)
    taken = {}
    for item in one.items:
        paid = given.get(item.item_no, 0)
        taken[item.item_no] = paid, unpaid(item) - paid
        item.paid_minor += paid
        item.waived_minor = item.due_minor - item.paid_minor
    one.loan.state, one.loan.closed_on = "closed", quote.on
    await _keep(session, change, taken)


async def quote_reschedule(session: Session, actor: Actor, command: QuoteReschedule) -> RescheduleQuote:
    """What is left today as a new schedule would ask for it; records nothing.

    For the borrower and those who read the group. Raises NotFound, ApplicationMoved, InvalidInput.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    loan = await session.get(Loan, (acting.group_id, command.loan_id))
    if loan is None or not (loan.member_id == acting.member_id or acting.may(Permission.READ_GROUP)):
        raise NotFound
    one, quote = await _left(session, acting, loan)
    schedule = new_schedule(one.rules, quote, command.repayments, command.first_on)
    carried = quote.interest_minor + quote.fees_minor + quote.penalties_minor
    capitalised = quote.interest_minor if one.rules.is_capitalised else 0
    return RescheduleQuote(
        principal_minor=quote.principal_minor,
        carried_minor=carried - capitalised,
        capitalised_minor=capitalised,
        currency=loan.currency,
        schedule=schedule,
    )


class Rescheduling:
    """A new schedule for what is left of a loan. Terms: `repayments`, `first_on`, `no`; the note says why.

    Its borrower may ask for it, and officers may propose it; who stands for it signs only where the product says so.
    """

    askable = True

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """Raises NotFound, ApplicationMoved, InvalidInput."""
        note = check_text(asked.note, field="note", empty="reason_empty")
        loan = await session.get(Loan, (acting.group_id, asked.subject_id)) if asked.subject_id else None
        if loan is None or not (loan.member_id == acting.member_id or acting.may(Permission.PROPOSE_DECISIONS)):
            raise NotFound
        one, quote = await _left(session, acting, loan)
        repayments, first_on = read_terms(asked.terms)
        new_schedule(one.rules, quote, repayments, first_on)
        stands = (await store.guarantors_of(session, acting.group_id, [loan.id]))[loan.id]
        return BoundMatter(
            amount_minor=quote.total_minor,
            note=note,
            member_id=loan.member_id,
            subject_id=loan.id,
            terms={"no": str(loan.no), "repayments": str(repayments), "first_on": first_on.isoformat()},
            barred=() if one.rules.guarantors_sign else tuple(each.member_id for each in stands),
        )

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int | None:
        """What is left by now is asked for anew. Posts only interest that joins the principal.

        Raises ApplicationMoved, InvalidInput when the first instalment would be late already.
        """
        assert matter.subject_id is not None
        loan = await store.lock_loan(session, acting.group_id, matter.subject_id)
        today = today_in(acting.timezone, clock_of(session).now())
        if loan.state == "active":
            (one,) = await store.running(session, [loan])
            await charge_penalties(session, one, today)
        one, quote = await _left(session, acting, loan)
        repayments, first_on = read_terms(matter.terms)
        schedule = new_schedule(one.rules, quote, repayments, first_on)
        change = _change(one, quote, "rescheduled")
        change.proposal_id, change.first_n = proposal_id, max(item.n for item in one.items) + 2
        change.repayments, change.rate_ppm = repayments, schedule.terms.rate_ppm
        change.starts_on = schedule.terms.starts_on
        change.is_capitalised = one.rules.is_capitalised and quote.interest_minor > 0
        if change.is_capitalised:
            change.entry_seq = await _capitalise(session, acting, loan, proposal_id, quote)
        taken = {item.item_no: (0, unpaid(item)) for item in one.items}
        for item in one.items:
            item.waived_minor += unpaid(item)
        loan.standing = "current"
        await _keep(session, change, taken)
        session.add_all(_items(one, change, first_on))
        await session.flush()
        await _record(session, acting, loan, quote.total_minor)
        return change.entry_seq


async def _left(session: Session, acting: Acting, loan: Loan) -> tuple[Running, PayoffQuote]:
    """What is owed today. Raises ApplicationMoved where no principal is."""
    if loan.state != "active":
        raise ApplicationMoved(loan.state)
    (one,) = await store.running(session, [loan])
    quote = one.owed(today_in(acting.timezone, clock_of(session).now()))
    if not quote.principal_minor:
        raise ApplicationMoved("closed")
    return one, quote


def read_terms(terms: Mapping[str, str]) -> tuple[int, date]:
    """How many instalments a new schedule has, and the day of the first. Raises InvalidInput."""
    repayments, first_on = terms.get("repayments", ""), terms.get("first_on", "")
    if not (repayments.isascii() and repayments.isdecimal() and len(repayments) < 6):
        raise InvalidInput("repayments", "between", least=1, most=MAX_REPAYMENTS)
    try:
        return int(repayments), date.fromisoformat(first_on)
    except ValueError:
        raise InvalidInput("first_on", "date") from None


def new_schedule(rules: ProductRules, quote: PayoffQuote, repayments: int, first_on: date) -> Schedule:
    """Raises InvalidInput naming `repayments` or `first_on`."""
    if not 1 <= repayments <= rules.most_repayments:
        raise InvalidInput("repayments", "between", least=1, most=rules.most_repayments)
    if not 0 < (first_on - quote.on).days <= FURTHEST_DAYS:
        raise InvalidInput("first_on", "loan_first_on")
    principal = quote.principal_minor + (quote.interest_minor if rules.is_capitalised else 0)
    starts_on = starts_for(rules, first_on)
    try:
        return make_schedule(terms_left(rules, principal, rules.rate_ppm, repayments, quote.on, starts_on))
    except BadTerms as error:
        raise InvalidInput("repayments", "between", least=1, most=rules.most_repayments) from error


def _change(one: Running, quote: PayoffQuote, kind: str) -> LoanChange:
    return LoanChange(
        group_id=one.loan.group_id,
        loan_id=one.loan.id,
        change_no=len(one.changes) + 1,
        kind=kind,
        changed_on=quote.on,
        days_late=days_late(one.oldest_unpaid_on, quote.on),
        principal_minor=quote.principal_minor,
        interest_minor=quote.interest_minor,
        fees_minor=quote.fees_minor,
        penalties_minor=quote.penalties_minor,
    )


async def _keep(session: Session, change: LoanChange, taken: dict[int, tuple[int, int]]) -> None:
    """The change, and of each item that it touches what it paid and what it asks for no more."""
    session.add(change)
    await session.flush()
    session.add_all(
        LoanChangeItem(
            group_id=change.group_id,
            loan_id=change.loan_id,
            change_no=change.change_no,
            item_no=item_no,
            paid_minor=paid,
            waived_minor=waived,
        )
        for item_no, (paid, waived) in taken.items()
        if paid or waived
    )
    await session.flush()


def _items(one: Running, change: LoanChange, first_on: date) -> list[LoanItem]:
    """What was owed besides principal under a number of its own, then the new schedule."""
    assert change.first_n is not None
    owed = (
        (Part.INTEREST, 0 if change.is_capitalised else change.interest_minor),
        (Part.FEE, change.fees_minor),
        (Part.PENALTY, change.penalties_minor),
    )
    parts = [(change.first_n - 1, part, first_on, minor) for part, minor in owed]
    for row in make_schedule(terms_since(one.rules, change)).rows:
        n = change.first_n + row.n - 1
        parts += [
            (n, Part.INTEREST, row.due_on, row.interest_minor),
            (n, Part.PRINCIPAL, row.due_on, row.principal_minor),
        ]
    return [
        LoanItem(
            group_id=change.group_id,
            loan_id=change.loan_id,
            item_no=item_no,
            n=n,
            part=part.value,
            due_on=due_on,
            falls_on=due_on,
            due_minor=minor,
        )
        for item_no, (n, part, due_on, minor) in enumerate([one for one in parts if one[3]], len(one.items) + 1)
    ]


async def _capitalise(session: Session, acting: Acting, loan: Loan, proposal_id: UUID, quote: PayoffQuote) -> int:
    """The head is locked from here on."""
    await ledger.open_account(
        session,
        acting.group_id,
        code=recipes.member_account("loan_interest", loan.member_id),
        class_=recipes.CONTROL["4020"],
        currency=loan.currency,
    )
    entry = NewEntry(
        group_id=acting.group_id,
        kind=recipes.CAPITALISED,
        effective_on=quote.on,
        actor=acting.member_id,
        idempotency_key=f"decision:{proposal_id}",
        lines=recipes.capitalise(member_id=loan.member_id, interest_minor=quote.interest_minor),
        memo=f"L-{loan.no}",
    )
    return (await ledger.post_entry(session, entry)).seq


async def _record(session: Session, acting: Acting, loan: Loan, left_minor: int) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="loan.rescheduled",
        subject="loan",
        subject_id=loan.id,
        facts={"no": loan.no, "amount_minor": left_minor, "currency": loan.currency},
    )
