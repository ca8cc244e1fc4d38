"""Rows of decisions, for the modules of this package."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.contributions import reading as contributions
from app.domain.groups.approvals import rule_of
from app.domain.groups.members import member_cards
from app.domain.groups.store import group_key
from app.domain.groups.views import Acting, MemberCard
from app.domain.payments import reading as payments
from app.domain.payments import store as payment_store
from app.domain.payments.errors import ApprovalNeeded
from app.domain.payments.models import Payment
from app.domain.payments.ports import list_instalments
from app.domain.payments.views import PaymentView
from app.domain.receipts import service as receipts
from app.domain.reconciliation.bank.knowing import instalment_ref
from app.domain.reconciliation.bank.matching import names_charge
from app.domain.reconciliation.bank.models import BankLineRow, BankMatch, BankMatchPart
from app.domain.reconciliation.bank.queue_views import MatchView, PartView
from app.domain.reconciliation.bank.store import line_view
from app.domain.reconciliation.bank.views import LineView
from app.kit.crypto import decrypt, encrypt, place
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.kit.rows import among


async def lock_lines(session: Session, group_id: UUID, ids: Iterable[UUID]) -> dict[UUID, BankLineRow]:
    """Those that exist, locked in id order and read anew."""
    statement = (
        select(BankLineRow)
        .where(BankLineRow.group_id == group_id, among(BankLineRow.id, set(ids)))
        .order_by(BankLineRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in (await session.execute(statement)).scalars()}


async def find_line(session: Session, group_id: UUID, line_id: UUID) -> BankLineRow:
    """Locked. Raises NotFound."""
    line = (await lock_lines(session, group_id, [line_id])).get(line_id)
    if line is None:
        raise NotFound
    return line


async def read_line(session: Session, group_id: UUID, line_id: UUID) -> BankLineRow:
    """Raises NotFound."""
    line = await session.get(BankLineRow, (group_id, line_id))
    if line is None:
        raise NotFound
    return line


async def find_match(session: Session, group_id: UUID, match_id: UUID) -> BankMatch:
    """Raises NotFound."""
    match = await session.get(BankMatch, (group_id, match_id), populate_existing=True)
    if match is None:
        raise NotFound
    return match


async def load_matches(
    session: Session, group_id: UUID, ids: Sequence[UUID]
) -> tuple[dict[UUID, BankMatch], dict[UUID, BankLineRow]]:
    """Those that exist; and their lines, with those they take back, which are locked first: whoever decides about a
    line holds it.
    """
    these = (BankMatch.group_id == group_id, among(BankMatch.id, ids))
    pairs = await session.execute(select(BankMatch.line_id, BankMatch.pair_id).where(*these))
    lines = await lock_lines(session, group_id, [line_id for pair in pairs for line_id in pair if line_id])
    anew = await session.execute(select(BankMatch).where(*these).execution_options(populate_existing=True))
    return {one.id: one for one in anew.scalars()}, lines


async def load_match(session: Session, group_id: UUID, match_id: UUID) -> tuple[BankMatch, BankLineRow]:
    """The match with its line, which is locked. Raises NotFound."""
    matches, lines = await load_matches(session, group_id, [match_id])
    if match_id not in matches:
        raise NotFound
    return matches[match_id], lines[matches[match_id].line_id]


async def alone_minor(session: Session, acting: Acting) -> int:
    """Up to how much of an expense the group's rule lets one person book."""
    return (await rule_of(session, acting.group_id, acting.template, "expense")).alone_minor


def is_spent(kind: str, line: BankLineRow, key: bytes) -> bool:
    """Whether it falls under the rule of expenses: a charge too, unless its words call it one and name nobody paid."""
    if kind != "charge":
        return kind == "expense"
    said = line_view(line, key)
    return said.counterparty != "" or not names_charge(said.description)


async def require_alone(session: Session, acting: Acting, kind: str, line: BankLineRow) -> None:
    """Raises ApprovalNeeded for an expense that the group's rule wants signed: it is proposed instead."""
    if not is_spent(kind, line, await group_key(session, acting.group_id)):
        return
    if abs(line.amount_minor) > await alone_minor(session, acting):
        raise ApprovalNeeded


async def keep(
    session: Session,
    acting: Acting,
    line: BankLineRow,
    kind: str,
    key: str,
    content: dict[str, str] | dict[str, str | int],
    *,
    note: str = "",
) -> BankMatch:
    """An unsaved decision, by hand unless told otherwise."""
    match_id = new_id()
    sealed = None
    if note:
        sealed = encrypt(await group_key(session, acting.group_id), note, _note(acting.group_id, match_id))
    return BankMatch(
        group_id=acting.group_id,
        id=match_id,
        line_id=line.id,
        kind=kind,
        rule="hand",
        score=0,
        note_enc=sealed,
        accept_key=key,
        accept_print=payment_store.fingerprint(**content),
        accepted_by=acting.member_id,
        accepted_at=clock_of(session).now(),
    )


async def lines_of_entries(session: Session, group_id: UUID, seqs: Sequence[int]) -> dict[int, tuple[LineView, str]]:
    """By entry, the bank's line that it was booked from or that stands for it, and what was said of the line; of
    payments their receipts tell. One query; the caller has authorised.
    """
    statement = (
        select(BankMatch, BankLineRow)
        .join(BankLineRow, (BankLineRow.group_id == BankMatch.group_id) & (BankLineRow.id == BankMatch.line_id))
        .where(BankMatch.group_id == group_id, col(BankMatch.entry_seq).in_(set(seqs)), BankMatch.state == "confirmed")
    )
    rows = (await session.execute(statement)).all()
    key = await group_key(session, group_id) if rows else b""
    return {match.entry_seq: (line_view(line, key), _said(match, key)) for match, line in rows if match.entry_seq}


def _said(match: BankMatch, key: bytes) -> str:
    return decrypt(key, match.note_enc, _note(match.group_id, match.id)) if match.note_enc else ""


def _note(group_id: UUID, match_id: UUID) -> str:
    return place("bank_matches", "note_enc", group_id, match_id)


async def parts_of(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[BankMatchPart]]:
    found: dict[UUID, list[BankMatchPart]] = defaultdict(list)
    statement = (
        select(BankMatchPart)
        .where(BankMatchPart.group_id == group_id, among(BankMatchPart.match_id, ids))
        .order_by(BankMatchPart.match_id, BankMatchPart.part_no)
        .execution_options(populate_existing=True)
    )
    for part in (await session.execute(statement)).scalars():
        found[part.match_id].append(part)
    return found


async def match_views(session: Session, acting: Acting, matches: Sequence[BankMatch]) -> list[MatchView]:
    """In their order, with line and parts; confirmed ones with their payments. As many queries for one as for many."""
    if not matches:
        return []
    group_id, key = acting.group_id, await group_key(session, acting.group_id)
    mine = (BankLineRow.group_id == group_id, col(BankLineRow.id).in_([one.line_id for one in matches]))
    read = select(BankLineRow).where(*mine).execution_options(populate_existing=True)
    lines = {row.id: line_view(row, key) for row in (await session.execute(read)).scalars()}
    parts = await parts_of(session, group_id, [one.id for one in matches])
    cards = await member_cards(session, group_id)
    dues = {one.id: one for one in await contributions.dues_to_match(session, group_id)}
    if any(part.kind == "loan" for some in parts.values() for part in some):
        instalments = (await list_instalments(session, group_id))["loan"]
        dues |= {one.claim.id: instalment_ref(one) for one in instalments}
    paid = {
        one.id: [id_ for id_ in (one.payment_id, *(part.payment_id for part in parts[one.id])) if id_]
        for one in matches
    }
    members = await payments.members_of(session, group_id, [id_ for ids in paid.values() for id_ in ids])
    done = await _payments(
        session, acting, [id_ for one in matches if one.state == "confirmed" for id_ in paid[one.id]]
    )
    views = []
    for one in matches:
        its = tuple(dict.fromkeys(paid[one.id]))
        owners = {part.member_id for part in parts[one.id]} | {members[id_] for id_ in its}
        titles = {id_: due.title for id_, due in dues.items()}
        views.append(
            MatchView(
                id=one.id,
                line=lines[one.line_id],
                kind=one.kind,
                state=one.state,
                rule=one.rule,
                score=one.score,
                parts=tuple(
                    replace(
                        _part(part, cards),
                        title=titles.get(part.claim_id, ""),
                        reference=dues[part.claim_id].reference if part.claim_id in dues else "",
                        due_on=dues[part.claim_id].due_on if part.claim_id in dues else None,
                    )
                    for part in parts[one.id]
                ),
                payment_id=one.payment_id,
                pair_id=one.pair_id,
                note=_said(one, key),
                accepted_at=one.accepted_at,
                is_own=acting.member_id in owners,
                payments=tuple(done[id_] for id_ in its if id_ in done),
                entry_seq=one.entry_seq,
            )
        )
    return views


def _part(part: BankMatchPart, cards: dict[UUID, MemberCard]) -> PartView:
    card = cards.get(part.member_id)
    return PartView(
        member_id=part.member_id,
        member_no=card.member_no if card else "",
        member_name=card.name if card else "",
        due_id=part.claim_id if part.kind != "credit" else None,
        title="",
        reference="",
        due_on=None,
        amount_minor=part.amount_minor,
    )


async def _payments(session: Session, acting: Acting, ids: Sequence[UUID]) -> dict[UUID, PaymentView]:
    """With their lines and receipts."""
    if not ids:
        return {}
    mine = (Payment.group_id == acting.group_id, col(Payment.id).in_(ids))
    rows = list((await session.execute(select(Payment).where(*mine))).scalars())
    lines = await payment_store.lines_of(session, acting.group_id, ids)
    claims = await payment_store.read_claims(session, acting.group_id, [one for some in lines.values() for one in some])
    made = await receipts.ids_by_payments(session, acting.group_id, ids)
    views = {row.id: payment_store.to_view(row, lines[row.id], claims) for row in rows}
    return {
        id_: replace(view, receipt_id=made[id_].id, receipt_number=made[id_].number) if id_ in made else view
        for id_, view in views.items()
    }
