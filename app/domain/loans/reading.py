"""Loans as people read them: one's own, and one as those see it who decide about it."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlmodel import col

from app.domain.governance import reading as governance
from app.domain.groups.access import authorise
from app.domain.groups.members import member_cards
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.loans import store
from app.domain.loans.allocation import Part
from app.domain.loans.arrears import days_late, state_of
from app.domain.loans.cost import true_cost
from app.domain.loans.errors import ReplacedLoanOver
from app.domain.loans.liens import liens, pledged_by
from app.domain.loans.limits import Why, limit_of, reasons_against, savings_limit
from app.domain.loans.means import means_of
from app.domain.loans.models import Loan, LoanGuarantor
from app.domain.loans.payoff import PayoffQuote
from app.domain.loans.penalties import project_penalties
from app.domain.loans.products import terms_of
from app.domain.loans.quoting import settled_by
from app.domain.loans.schedule import make_schedule
from app.domain.loans.service import list_products
from app.domain.loans.settling import check_paid_since, interest_ahead, preview, recoverable
from app.domain.loans.standing import stands_for
from app.domain.loans.store import Running
from app.domain.loans.views import (
    ChangeView,
    GuarantorView,
    InstalmentView,
    LoanDue,
    LoanFile,
    LoansNow,
    LoanView,
    MemberRecord,
    MyLoans,
    RepaymentPreview,
)
from app.domain.payments.rules import check_paid_on
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.money import MAX_MINOR

_RECORD = text(
    """SELECT
  (SELECT count(*) FROM loans l WHERE l.group_id = :group_id AND l.member_id = :member_id AND l.state = 'closed'),
  (SELECT count(*) FROM loans l WHERE l.group_id = :group_id AND l.member_id = :member_id AND l.state = 'written_off'),
  paid.count, paid.late,
  (SELECT count(*) FROM contributions c WHERE c.group_id = :group_id AND c.member_id = :member_id
     AND c.state = 'confirmed'),
  (SELECT count(*) FROM contributions c WHERE c.group_id = :group_id AND c.member_id = :member_id
     AND c.state IN ('expected', 'part_paid', 'confirmed')),
  (SELECT count(*) FROM meeting_members m WHERE m.group_id = :group_id AND m.member_id = :member_id
     AND m.attendance IN ('present', 'late')),
  (SELECT count(*) FROM meeting_members m WHERE m.group_id = :group_id AND m.member_id = :member_id)
FROM (SELECT count(*) FILTER (WHERE is_paid) AS count,
    count(*) FILTER (WHERE is_paid AND last > due_on OR NOT is_paid AND due_on < over_on) AS late FROM (
    SELECT i.loan_id, i.n, min(i.falls_on) AS due_on, coalesce(l.closed_on, CAST(:today AS date)) AS over_on,
      sum(i.due_minor - i.paid_minor - i.waived_minor) = 0
        AND (l.state <> 'written_off' OR sum(i.waived_minor) = 0) AS is_paid,
      (SELECT max(y.paid_on) FROM loan_portions o
        JOIN payments y ON y.group_id = o.group_id AND y.id = o.payment_id AND y.state = 'confirmed'
        JOIN loan_items j ON j.group_id = o.group_id AND j.loan_id = o.loan_id AND j.item_no = o.item_no
        WHERE o.group_id = :group_id AND o.loan_id = i.loan_id AND j.n = i.n) AS last
    FROM loan_items i JOIN loans l ON l.group_id = i.group_id AND l.id = i.loan_id
    WHERE i.group_id = :group_id AND l.member_id = :member_id
    GROUP BY i.loan_id, i.n, l.state, l.closed_on
    HAVING sum(i.paid_minor) > 0 OR sum(i.due_minor - i.paid_minor - i.waived_minor) > 0
      OR l.state = 'written_off') AS each) AS paid"""
)
_CHANGES = text(
    """SELECT c.*, o.no AS old_no, n.no AS new_no, (SELECT min(i.falls_on) FROM loan_items i
  WHERE i.group_id = c.group_id AND i.loan_id = c.loan_id AND i.n >= c.first_n) AS first_on
FROM loan_changes c
JOIN loans o ON o.group_id = c.group_id AND o.id = c.loan_id
LEFT JOIN loans n ON n.group_id = c.group_id AND n.id = c.new_loan_id
WHERE c.group_id = :group_id AND (c.loan_id = ANY(:ids) OR c.new_loan_id = ANY(:ids))
ORDER BY c.changed_on, c.change_no"""
)


_NOW = text(
    """SELECT asked.count AS asked, due.id, due.no, due.due_on, due.unpaid_minor, (
  SELECT coalesce(sum(n.amount_minor), 0) FROM payment_lines n
  JOIN payments y ON y.group_id = n.group_id AND y.id = n.payment_id AND y.state = 'submitted'
  WHERE n.group_id = :group_id AND n.claim_id = due.id) AS waiting_minor
FROM (SELECT count(*) FROM loan_guarantors g JOIN loans l ON l.group_id = g.group_id AND l.id = g.loan_id
      WHERE g.group_id = :group_id AND g.member_id = :member_id AND g.state = 'asked' AND l.state = 'asked') AS asked
LEFT JOIN (SELECT l.id, l.no, i.due_on, sum(i.due_minor - i.paid_minor - i.waived_minor) AS unpaid_minor
      FROM loans l JOIN loan_items i ON i.group_id = l.group_id AND i.loan_id = l.id
      WHERE l.group_id = :group_id AND l.member_id = :member_id AND l.state = 'active'
        AND i.due_minor > i.paid_minor + i.waived_minor
      GROUP BY l.id, l.no, i.due_on) AS due ON true
ORDER BY due.no, due.due_on"""
)


async def my_loans(session: Session, actor: Actor) -> MyLoans:
    """One's own loans and drafts, what one stands for or is asked to, and what the group lends on."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    statement = (
        select(Loan)
        .where(Loan.group_id == acting.group_id, Loan.member_id == acting.member_id)
        .order_by(col(Loan.no).desc())
        .limit(50)
    )
    mine = list((await session.execute(statement)).scalars())
    return MyLoans(
        currency=acting.currency,
        loans=tuple(await views(session, acting, mine)),
        stands_for=tuple(await stands_for(session, acting)),
        products=tuple(one for one in await list_products(session, actor) if one.rules.is_offered),
    )


async def loans_now(session: Session, actor: Actor) -> LoansNow:
    """What the reader's own running loans ask for next, by day. One query."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    ids = {"group_id": acting.group_id, "member_id": acting.member_id}
    rows = (await session.execute(_NOW, ids)).all()
    days: dict[tuple[UUID, int, int], list[tuple[date, int]]] = {}
    for row in rows:
        if row.id:
            of_loan = days.setdefault((row.id, row.no, int(row.waiting_minor)), [])
            of_loan.append((row.due_on, int(row.unpaid_minor)))
    today = _today(session, acting)
    dues = []
    for (loan_id, no, waiting), its in days.items():
        first = its[0][0]
        until = today if first < today else first
        due = sum(minor for on, minor in its if on <= until)
        dues.append(LoanDue(loan_id, no, first, due, sum(minor for _, minor in its), waiting))
    return LoansNow(tuple(sorted(dues, key=lambda one: (one.due_on, one.no))), rows[0].asked)


async def get_loan(session: Session, actor: Actor, loan_id: UUID) -> LoanView:
    """For its borrower, who stands for it, those who read the group, and those who sign it; NotFound for others."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    return await view(session, acting, await _readable(session, actor, acting, loan_id, with_guarantors=True))


async def get_loan_file(session: Session, actor: Actor, loan_id: UUID) -> LoanFile:
    """With the borrower's record: for herself, those who read the group, and those who sign it. Raises NotFound."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    loan = await _readable(session, actor, acting, loan_id, with_guarantors=False)
    seen = await view(session, acting, loan)
    means = await means_of(session, acting.group_id, loan.member_id, await _settled(session, acting, loan))
    rules = seen.rules
    bounds = (
        (Why.ABOVE_SAVINGS, savings_limit(rules, means)),
        (Why.ABOVE_CASH, max(0, means.cash_minor)),
        (Why.ABOVE_PRODUCT, rules.most_minor),
    )
    schedule = make_schedule(terms_of(rules, loan.amount_minor, loan.repayments, loan.disbursed_on or seen.today))
    return LoanFile(
        loan=seen,
        record=await _record(session, acting, loan.member_id),
        cost=true_cost(schedule),
        bounds=tuple((why, minor) for why, minor in bounds if minor is not None),
        limit_minor=limit_of(rules, means),
        reasons=reasons_against(rules, means, loan.amount_minor, loan.repayments),
    )


async def preview_repayment(
    session: Session, actor: Actor, loan_id: UUID, amount_minor: int, paid_on: date
) -> RepaymentPreview:
    """What a payment would go to, as the group's rule has it; records nothing.

    For the borrower, and who reads the group. Raises NotFound, InvalidInput.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    loan = await session.get(Loan, (acting.group_id, loan_id))
    if loan is None or loan.state != "active" or not _is_hers(acting, loan):
        raise NotFound
    if not 0 < amount_minor <= MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large" if amount_minor > 0 else "amount_not_positive")
    check_paid_on(paid_on, _today(session, acting))
    await check_paid_since(session, loan, paid_on)
    (one,) = await store.running(session, [loan])
    await project_penalties(session, [one], _today(session, acting))
    on = max(paid_on, one.since)
    found = preview(one, amount_minor, on)
    payoff = one.payoff(on).total_minor
    closes = amount_minor >= payoff
    kept = found.get("credit", 0)
    return RepaymentPreview(
        shares=tuple(found.items()),
        left_minor=0 if closes else one.unpaid_minor - amount_minor + kept,
        payoff_minor=payoff,
        closes=closes,
        interest_ahead_minor=interest_ahead(one, amount_minor, on),
    )


async def view(session: Session, acting: Acting, loan: Loan) -> LoanView:
    return (await views(session, acting, [loan]))[0]


async def views(session: Session, acting: Acting, loans: Sequence[Loan]) -> list[LoanView]:
    """Eleven queries at most and one a product, however many."""
    if not loans:
        return []
    today = _today(session, acting)
    ids = [one.id for one in loans]
    states = await store.states_of(session, loans, today)
    guarantors = await store.guarantors_of(session, acting.group_id, ids)
    bound = {(loan_id, member_id): minor for member_id, loan_id, minor in await liens(session, acting.group_id)}
    named = {one.member_id for some in guarantors.values() for one in some} | {one.member_id for one in loans}
    cards = await member_cards(session, acting.group_id, sorted(named))
    changes = await _changes(session, acting.group_id, ids)
    numbers = await _numbers(session, acting.group_id, [one.replaces_id for one in loans if one.replaces_id])

    def stands(one: LoanGuarantor) -> GuarantorView:
        return GuarantorView(
            one.member_id,
            cards[one.member_id].name,
            one.pledge_minor,
            one.state,
            one.answered_at,
            bound.get((one.loan_id, one.member_id), 0),
            is_me=one.member_id == acting.member_id,
        )

    return [
        _view(
            acting,
            one,
            state=states[one.loan.id],
            name=cards[one.loan.member_id].name,
            guarantors=tuple(sorted(map(stands, guarantors[one.loan.id]), key=lambda each: each.name.casefold())),
            today=today,
            changes=tuple(changes[one.loan.id]),
            replaces_no=numbers.get(one.loan.replaces_id, 0) if one.loan.replaces_id else 0,
        )
        for one in await store.running(session, loans)
    ]


async def _settled(session: Session, acting: Acting, loan: Loan) -> PayoffQuote | None:
    """What the loan is to settle, while it isn't paid out and the other still runs."""
    if loan.disbursed_on:
        return None
    try:
        return await settled_by(session, acting, loan.member_id, loan.replaces_id)
    except ReplacedLoanOver:
        return None


async def _changes(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[ChangeView]]:
    """Of each loan what happened to it, oldest first; a loan that closed another has that too."""
    found: dict[UUID, list[ChangeView]] = {one: [] for one in ids}
    for row in await session.execute(_CHANGES, {"group_id": group_id, "ids": list(ids)}):
        if row.loan_id in found:
            found[row.loan_id].append(_change(row, row.kind, row.new_loan_id, row.new_no or 0))
        if row.new_loan_id in found:
            found[row.new_loan_id].append(_change(row, "refinances", row.loan_id, row.old_no))
    return found


def _change(row: Row[Any], kind: str, other_id: UUID | None, other_no: int) -> ChangeView:
    return ChangeView(
        kind=kind,
        on=row.changed_on,
        days_late=row.days_late,
        principal_minor=row.principal_minor,
        interest_minor=row.interest_minor,
        fees_minor=row.fees_minor,
        penalties_minor=row.penalties_minor,
        other_id=other_id,
        other_no=other_no,
        repayments=row.repayments or 0,
        first_on=row.first_on,
        is_capitalised=row.is_capitalised,
        entry_seq=row.entry_seq,
    )


async def _numbers(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, int]:
    if not ids:
        return {}
    statement = select(Loan.id, Loan.no).where(Loan.group_id == group_id, col(Loan.id).in_(ids))
    return {row.id: row.no for row in (await session.execute(statement)).all()}


def _view(
    acting: Acting,
    one: Running,
    *,
    state: str,
    name: str,
    guarantors: tuple[GuarantorView, ...],
    today: date,
    changes: tuple[ChangeView, ...],
    replaces_no: int,
) -> LoanView:
    loan = one.loan
    is_active = loan.state == "active"
    oldest, asked_minor = one.asked_by(today) if is_active else (None, 0)
    late = days_late(oldest, today)
    overdue = sum(store.unpaid(item) for item in one.items if item.due_on < today) if is_active else 0
    return LoanView(
        id=loan.id,
        no=loan.no,
        reference=loan.reference,
        member_id=loan.member_id,
        member_name=name,
        product_id=loan.product_id,
        rules=one.rules,
        amount_minor=loan.amount_minor,
        currency=loan.currency,
        repayments=loan.repayments,
        purpose=loan.purpose,
        state=state,
        conditions=loan.conditions,
        sent_at=loan.sent_at,
        approved_on=loan.approved_on,
        expires_on=loan.expires_on,
        method=loan.method,
        disbursed_on=loan.disbursed_on,
        closed_on=loan.closed_on,
        lent_minor=loan.lent_minor or 0,
        fee_minor=loan.fee_minor,
        entry_seq=loan.entry_seq,
        proposal_id=loan.proposal_id,
        guarantors=guarantors,
        instalments=_instalments(one, today),
        agreed=_planned(one, loan.disbursed_on or today) if one.rescheduled else _instalments(one, today),
        unpaid_minor=one.unpaid_minor if is_active else 0,
        principal_minor=one.principal_minor if is_active else 0,
        overdue_minor=overdue,
        next_on=oldest,
        next_minor=asked_minor,
        payoff_minor=one.payoff(today).total_minor if is_active else 0,
        days_late=late,
        standing=state_of(one.rules.arrears, one.unpaid_minor, late).value if is_active else "",
        today=today,
        is_mine=loan.member_id == acting.member_id,
        changes=changes,
        replaces_id=loan.replaces_id,
        replaces_no=replaces_no,
        recoverable_minor=sum(recoverable(one).values()),
    )


def _instalments(one: Running, today: date) -> tuple[InstalmentView, ...]:
    """As they were agreed; of a loan with a new schedule without what that took over, numbered anew."""
    if not one.items:
        return _planned(one, today)
    found = []
    for n in sorted({item.n for item in one.items}):
        its = [item for item in one.items if item.n == n]
        moved = {item.item_no: one.moved.get(item.item_no, 0) for item in its}
        due = {part: sum(item.due_minor - moved[item.item_no] for item in its if item.part == part) for part in Part}
        if not sum(due.values()):
            continue
        found.append(
            InstalmentView(
                len(found) + 1 if one.moved else n,
                its[0].falls_on,
                due[Part.PRINCIPAL],
                due[Part.INTEREST] + due[Part.FEE],
                due[Part.PENALTY],
                paid_minor=sum(item.paid_minor for item in its),
                waived_minor=sum(item.waived_minor - moved[item.item_no] for item in its),
            )
        )
    return tuple(found)


def _planned(one: Running, lent_on: date) -> tuple[InstalmentView, ...]:
    """As the terms ask for it."""
    terms = terms_of(one.rules, one.loan.amount_minor, one.loan.repayments, lent_on)
    return tuple(
        InstalmentView(row.n, row.due_on, row.principal_minor, row.interest_minor, 0, 0, 0)
        for row in make_schedule(terms).rows
    )


async def _record(session: Session, acting: Acting, member_id: UUID) -> MemberRecord:
    means = await means_of(session, acting.group_id, member_id)
    asked = {"group_id": acting.group_id, "member_id": member_id, "today": _today(session, acting)}
    row = (await session.execute(_RECORD, asked)).one()
    repaid, lost, paid, late, dues_paid, dues_asked, there, held = (int(one) for one in row)
    return MemberRecord(
        savings_minor=means.savings_minor,
        owed_minor=means.owed_minor,
        pledged_minor=await pledged_by(session, acting.group_id, member_id),
        loans_repaid=repaid,
        loans_written_off=lost,
        instalments_paid=paid,
        instalments_late=late,
        dues_paid=dues_paid,
        dues_asked=dues_asked,
        meetings_there=there,
        meetings_held=held,
    )


async def _readable(session: Session, actor: Actor, acting: Acting, loan_id: UUID, *, with_guarantors: bool) -> Loan:
    loan = await session.get(Loan, (acting.group_id, loan_id))
    if loan is None:
        raise NotFound
    if _is_hers(acting, loan):
        return loan
    stands = (await store.guarantors_of(session, acting.group_id, [loan.id]))[loan.id]
    is_asked = any(one.member_id == acting.member_id and one.state != "named" for one in stands)
    if is_asked and with_guarantors:
        return loan
    if loan.proposal_id is None:
        raise NotFound
    await governance.get_decision(session, actor, loan.proposal_id)
    return loan


def _is_hers(acting: Acting, loan: Loan) -> bool:
    return loan.member_id == acting.member_id or acting.may(Permission.READ_GROUP)


def _today(session: Session, acting: Acting) -> date:
    return today_in(acting.timezone, clock_of(session).now())
