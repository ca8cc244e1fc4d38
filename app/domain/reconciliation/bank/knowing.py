"""What a group's lines are matched against, as it is now; and suggestions as doors see them."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from app.domain.contributions import reading as contributions
from app.domain.contributions.views import DueRef
from app.domain.groups.members import member_contacts
from app.domain.groups.store import group_key
from app.domain.groups.views import MemberContact
from app.domain.payments import reading as payments
from app.domain.payments import store as payment_store
from app.domain.payments.ports import Instalment, list_instalments
from app.domain.reconciliation.bank.facts import Candidate, Due, Known, Line, Payer, Proposal, Sent
from app.domain.reconciliation.bank.matching import match_lines
from app.domain.reconciliation.bank.models import BankLineRow, BankMatch, BankMatchPart
from app.domain.reconciliation.bank.queue_views import CandidateView, PartView, QueueRow
from app.domain.reconciliation.bank.store import line_view
from app.domain.reconciliation.bank.views import LineView
from app.kit.db import Session

MOST_OPEN = 5_000
"""Open lines that suggestions are worked out for at once; later ones wait until some of these are decided."""
MOST_SETTLED = 2_000
"""Earlier lines among which a reversal's is looked for."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`known` for matching; the rest to say in words what it found. `loans`: those of the dues that are instalments."""

    known: Known
    dues: dict[UUID, DueRef]
    members: dict[UUID, MemberContact]
    loans: frozenset[UUID] = frozenset()

    def kind_of(self, due_id: UUID) -> str:
        """What a payment's part on it is called."""
        return "loan" if due_id in self.loans else "contribution"


async def look_around(session: Session, group_id: UUID) -> Surroundings:
    """Dues less what is sent or accepted for them, members, codes. As many queries however many they are, and one for
    each product that loans are on; the caller has authorised.
    """
    instalments = (await list_instalments(session, group_id)).get("loan", [])
    dues = {one.id: one for one in await contributions.dues_to_match(session, group_id)}
    covered = Counter(await payment_store.waiting_amounts(session, group_id))
    covered.update(await accepted_amounts(session, group_id))
    members = {one.id: one for one in await member_contacts(session, group_id)}
    joined = set(
        await session.scalars(
            select(BankMatch.payment_id).where(
                BankMatch.group_id == group_id, BankMatch.state == "accepted", col(BankMatch.payment_id).is_not(None)
            )
        )
    )
    codes = await payments.live_codes(session, group_id)
    known = Known(
        dues=tuple(
            Due(one.id, one.member_id, one.reference, max(0, one.open_minor - covered[one.id]), one.due_on)
            for one in dues.values()
        )
        + tuple(_instalment(one, covered[one.claim.id]) for one in instalments),
        payers=tuple(Payer(one.id, one.name, one.phone, one.member_no) for one in members.values()),
        sent=tuple(
            Sent(
                one.payment_id, one.member_id, one.code, one.amount_minor, one.claim_ids, is_confirmed=one.is_confirmed
            )
            for one in codes
            if one.payment_id not in joined
        ),
        renewed=_renewed(instalments),
    )
    loans = {one.claim.id: instalment_ref(one) for one in instalments}
    return Surroundings(known, dues | loans, members, frozenset(loans))


def _instalment(one: Instalment, covered_minor: int) -> Due:
    """What is sent or accepted counts towards what is asked for first."""
    claim = one.claim
    return Due(
        claim.id,
        claim.member_id,
        claim.reference,
        max(0, one.due_minor - covered_minor),
        one.due_on,
        max(0, one.most_minor - covered_minor),
    )


def _renewed(instalments: Sequence[Instalment]) -> tuple[tuple[str, str], ...]:
    """Of each claim that another closed its reference, and that of the last which took over."""
    claims = {one.claim.id: one.claim for one in instalments}
    found = []
    for claim in claims.values():
        last = claim
        while last.replaced_by and last.replaced_by in claims:
            last = claims[last.replaced_by]
        if last is not claim:
            found.append((claim.reference, last.reference))
    return tuple(found)


def instalment_ref(one: Instalment) -> DueRef:
    claim = one.claim
    return DueRef(claim.id, claim.member_id, claim.title, claim.reference, one.due_minor, one.due_on)


async def accepted_amounts(
    session: Session, group_id: UUID, claim_ids: Sequence[UUID] | None = None
) -> dict[UUID, int]:
    """What accepted matches, not confirmed yet, would cover of each due."""
    statement = (
        select(BankMatchPart.claim_id, func.sum(BankMatchPart.amount_minor))
        .join(BankMatch, (BankMatch.group_id == BankMatchPart.group_id) & (BankMatch.id == BankMatchPart.match_id))
        .where(BankMatch.group_id == group_id, BankMatch.state == "accepted", col(BankMatchPart.kind) != "credit")
        .group_by(BankMatchPart.claim_id)
    )
    if claim_ids is not None:
        statement = statement.where(col(BankMatchPart.claim_id).in_(claim_ids))
    return {claim_id: int(total) for claim_id, total in (await session.execute(statement)).all()}


def _open(group_id: UUID, account: str):
    statement = select(BankLineRow.id).where(BankLineRow.group_id == group_id, BankLineRow.state == "open")
    return statement.where(BankLineRow.account == account) if account else statement


async def count_later(session: Session, group_id: UUID, account: str = "") -> int:
    """Open lines beyond those that `open_lines` gives."""
    count = await session.scalar(select(func.count()).select_from(_open(group_id, account).subquery()))
    return max(0, (count or 0) - MOST_OPEN)


async def open_lines(session: Session, group_id: UUID, *, account: str = "", lock: bool = False) -> list[BankLineRow]:
    """The oldest MOST_OPEN, in the order of their ids."""
    oldest = _open(group_id, account).order_by(col(BankLineRow.booked_on), BankLineRow.id).limit(MOST_OPEN)
    statement = select(BankLineRow).where(BankLineRow.group_id == group_id, col(BankLineRow.id).in_(oldest))
    statement = statement.where(BankLineRow.state == "open").order_by(BankLineRow.id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list((await session.execute(statement)).scalars())


async def propose(
    session: Session, group_id: UUID, rows: Iterable[BankLineRow], around: Surroundings
) -> list[tuple[LineView, Proposal]]:
    """A suggestion for each line, in the order of their days. Worked out beside the event loop."""
    key = await group_key(session, group_id)
    views = {row.id: line_view(row, key) for row in rows}
    lines = [_line(view) for view in views.values()]
    settled = [_line(line_view(row, key)) for row in await _taken_back(session, group_id, lines)]
    found = await asyncio.to_thread(match_lines, lines, around.known, settled)
    return [(views[one.line_id], one) for one in found]


async def _taken_back(session: Session, group_id: UUID, lines: Iterable[Line]) -> list[BankLineRow]:
    """Decided lines of the amounts that left: a reversal may be of one of them."""
    left = {-line.amount_minor for line in lines if line.amount_minor < 0}
    if not left:
        return []
    statement = select(BankLineRow).where(
        BankLineRow.group_id == group_id,
        col(BankLineRow.state).in_(("accepted", "settled")),
        col(BankLineRow.amount_minor).in_(left),
    )
    newest = statement.order_by(col(BankLineRow.booked_on).desc(), BankLineRow.id).limit(MOST_SETTLED)
    return list((await session.execute(newest)).scalars())


def _line(view: LineView) -> Line:
    return Line(
        id=view.id,
        on=view.value_on or view.booked_on,
        amount_minor=view.amount_minor,
        bank_id=view.bank_id,
        reference=view.reference,
        counterparty=view.counterparty,
        description=view.description,
    )


def queue_row(line: LineView, found: Proposal, around: Surroundings) -> QueueRow:
    return QueueRow(line, found.verdict, found.rule, tuple(_candidate(one, around) for one in found.candidates))


def _candidate(one: Candidate, around: Surroundings) -> CandidateView:
    parts = [due_part(around, due_id, amount) for due_id, amount in one.parts]
    if one.credit_minor and one.member_id:
        parts.append(kept_part(around, one.member_id, one.credit_minor))
    who = around.members.get(one.member_id) if one.member_id else None
    return CandidateView(
        score=one.score,
        member_no=who.member_no if who else "",
        member_name=who.name if who else "",
        parts=tuple(parts),
        payment_id=one.payment_id,
        pair_id=one.pair_id,
        reasons=one.reasons,
    )


def due_part(around: Surroundings, due_id: UUID, amount_minor: int) -> PartView:
    due = around.dues[due_id]
    who = around.members.get(due.member_id)
    return PartView(
        member_id=due.member_id,
        member_no=who.member_no if who else "",
        member_name=who.name if who else "",
        due_id=due_id,
        title=due.title,
        reference=due.reference,
        due_on=due.due_on,
        amount_minor=amount_minor,
    )


def kept_part(around: Surroundings, member_id: UUID, amount_minor: int) -> PartView:
    who = around.members.get(member_id)
    return PartView(member_id, who.member_no if who else "", who.name if who else "", None, "", "", None, amount_minor)
