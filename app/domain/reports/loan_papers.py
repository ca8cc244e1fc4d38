"""A loan on paper: its agreement, its schedule, what was paid on it, and the invoice of what is due next."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlmodel import col

from app.domain.governance import reading as decisions
from app.domain.governance.views import ProposalView
from app.domain.groups.access import authorise, read_group
from app.domain.groups.members import member_cards
from app.domain.groups.permissions import Permission
from app.domain.ledger import service as ledger
from app.domain.ledger.views import EntryView
from app.domain.loans.allocation import Part
from app.domain.loans.cost import TrueCost
from app.domain.loans.models import Loan, LoanItem, LoanPortion
from app.domain.loans.reading import get_loan_file
from app.domain.loans.views import LoanView
from app.domain.payments.models import Payment, PaymentLine
from app.domain.receipts import service as receipts
from app.kit.actor import Actor
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound

KINDS = ("agreement", "schedule", "statement", "invoice")
SHOWN = 200
"""Payments that a page lists."""
PARTS = (Part.PRINCIPAL, Part.INTEREST, Part.FEE, Part.PENALTY)


@dataclass(frozen=True, slots=True)
class LoanPayment:
    """A payment on the loan, and what of it went where; `kept_minor` was more than the loan needed.

    `is_reversed`: it no longer counts. `falls_on` are the days of the instalments that it paid, or part of them.
    """

    paid_on: date
    method: str
    provider_code: str
    receipt_id: UUID | None
    receipt_number: str
    falls_on: tuple[date, ...]
    amount_minor: int
    principal_minor: int
    interest_minor: int
    fees_minor: int
    penalties_minor: int
    is_reversed: bool

    @property
    def kept_minor(self) -> int:
        given = self.principal_minor + self.interest_minor + self.fees_minor + self.penalties_minor
        return self.amount_minor - given


@dataclass(frozen=True, slots=True)
class LoanPaper:
    """All that a loan's papers say. `entry` is that of the money out; `payments` by their days, reversed ones too."""

    kind: str
    number: str
    group_name: str
    timezone: str
    way: str
    pay_to: str
    made_at: datetime
    member_no: str
    loan: LoanView
    cost: TrueCost | None
    decision: ProposalView | None
    entry: EntryView | None
    payments: tuple[LoanPayment, ...]


def papers_of(loan: LoanView) -> tuple[str, ...]:
    """Which papers there are: from the approval on, from the money out on, and while something is owed."""
    is_out = loan.disbursed_on is not None
    there = {
        "agreement": is_out or loan.state == "approved",
        "schedule": is_out or loan.state == "approved",
        "statement": is_out,
        "invoice": loan.next_minor > 0,
    }
    return tuple(kind for kind in KINDS if there[kind])


async def read_loan_paper(session: Session, actor: Actor, loan_id: UUID, kind: str) -> LoanPaper:
    """For the borrower, those who read the group, and those who sign. NotFound for others, and for no paper of it."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    file = await get_loan_file(session, actor, loan_id)
    loan = file.loan
    if kind not in papers_of(loan):
        raise NotFound
    group = await read_group(session, acting.group_id)
    card = (await member_cards(session, acting.group_id, [loan.member_id])).get(loan.member_id)
    decision = await decisions.get_decision(session, actor, loan.proposal_id) if loan.proposal_id else None
    return LoanPaper(
        kind=kind,
        number=f"{acting.group_code}-L-{loan.no}",
        group_name=acting.group_name,
        timezone=acting.timezone,
        way=group.way,
        pay_to=group.pay_to or "",
        made_at=clock_of(session).now(),
        member_no=card.member_no if card else "",
        loan=loan,
        cost=file.cost,
        decision=decision,
        entry=await ledger.get_entry(session, acting.group_id, loan.entry_seq) if loan.entry_seq else None,
        payments=tuple(await _payments(session, acting.group_id, loan_id)),
    )


async def list_loan_payments(session: Session, actor: Actor, loan_id: UUID, *, limit: int = SHOWN) -> list[LoanPayment]:
    """What was paid on the loan, reversed ones too, the newest day first, at most 200.

    For the borrower and those who read the group, as its receipts are. Raises NotFound.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    loan = await session.get(Loan, (acting.group_id, loan_id))
    if loan is None or (loan.member_id != acting.member_id and not acting.may(Permission.READ_GROUP)):
        raise NotFound
    return (await _payments(session, acting.group_id, loan_id, newest=max(1, min(limit, SHOWN))))[::-1]


async def _payments(session: Session, group_id: UUID, loan_id: UUID, *, newest: int | None = None) -> list[LoanPayment]:
    """Confirmed and reversed ones, oldest day first. Two queries."""
    given = [
        func.coalesce(func.sum(case((col(LoanItem.part) == part.value, LoanPortion.amount_minor))), 0) for part in PARTS
    ]
    portions = (
        select(
            LoanPortion.payment_id,
            func.array_agg(col(LoanItem.falls_on).distinct()).label("falls_on"),
            *(one.label(part.value) for one, part in zip(given, PARTS, strict=True)),
        )
        .join(
            LoanItem,
            (col(LoanItem.group_id) == LoanPortion.group_id)
            & (col(LoanItem.loan_id) == LoanPortion.loan_id)
            & (col(LoanItem.item_no) == LoanPortion.item_no),
        )
        .where(LoanPortion.group_id == group_id, LoanPortion.loan_id == loan_id)
        .group_by(col(LoanPortion.payment_id))
        .subquery()
    )
    statement = (
        select(
            Payment.id,
            Payment.paid_on,
            Payment.method,
            Payment.provider_code,
            Payment.state,
            PaymentLine.amount_minor,
            portions.c.falls_on,
            *(func.coalesce(portions.c[part.value], 0).label(part.value) for part in PARTS),
        )
        .join(PaymentLine, (PaymentLine.group_id == Payment.group_id) & (PaymentLine.payment_id == Payment.id))
        .outerjoin(portions, portions.c.payment_id == Payment.id)
        .where(
            Payment.group_id == group_id,
            PaymentLine.claim_id == loan_id,
            col(Payment.state).in_(("confirmed", "reversed")),
        )
        .order_by(col(Payment.paid_on).desc(), col(Payment.id).desc())
        .limit(newest)
    )
    rows = (await session.execute(statement)).all()[::-1]
    issued = await receipts.ids_by_payments(session, group_id, [row.id for row in rows])
    return [
        LoanPayment(
            paid_on=row.paid_on,
            method=row.method,
            provider_code=row.provider_code or "",
            receipt_id=issued[row.id].id if row.id in issued else None,
            receipt_number=issued[row.id].number if row.id in issued else "",
            falls_on=tuple(row.falls_on or ()),
            amount_minor=row.amount_minor,
            principal_minor=int(row.principal),
            interest_minor=int(row.interest),
            fees_minor=int(row.fee),
            penalties_minor=int(row.penalty),
            is_reversed=row.state == "reversed",
        )
        for row in rows
    ]
