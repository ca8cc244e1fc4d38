"""Issuing, reversing and reading receipts; checking them is in `checking`, under the same name for doors.

Order of locks: the counter after the ledger's head, which `post_entry` has taken; so numbers follow the chain.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, text
from sqlmodel import col

from app.domain.groups.access import authorise
from app.domain.groups.members import member_cards, name_of_actor
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting, MemberCard
from app.domain.ledger import service as ledger
from app.domain.receipts import rules
from app.domain.receipts.checking import check
from app.domain.receipts.models import Receipt
from app.domain.receipts.store import load_receipt, to_view
from app.domain.receipts.views import DayReceipts, NewReceipt, Purpose, ReceiptFor, ReceiptRef, ReceiptView, Reversal
from app.kit.actor import Actor
from app.kit.db import Session, signer_of
from app.kit.errors import NotFound
from app.kit.ids import new_check_code, new_id
from app.kit.money import exponent
from app.kit.rows import Row, insert_rows
from app.kit.signing import Signer

__all__ = [
    "check",
    "find_by_entries",
    "find_by_entry",
    "find_by_payment",
    "get_receipt",
    "get_receipt_for",
    "ids_by_payments",
    "issue_receipts",
    "list_group_receipts",
    "list_my_receipts",
    "list_receipts",
    "mark_reversed",
    "receipts_of_days",
]

MAX_PAGE = 200
_COLUMNS = tuple(one.name for one in fields(ReceiptView) if one.name not in ("group_id", "lines", "reversal"))

_COUNT = text(
    """INSERT INTO receipt_counters AS c (group_id, last_n) VALUES (:group_id, :count)
       ON CONFLICT (group_id) DO UPDATE SET last_n = c.last_n + :count RETURNING last_n"""
)
"""The group's last number, so many higher, under the lock of the ledger's head. At commit each of them is used."""


async def issue_receipts(session: Session, news: Sequence[NewReceipt]) -> list[ReceiptView]:
    """Number, sign and keep the receipts of entries of one group that this very transaction posted, in their order.

    Two round trips, however many there are, besides what the session holds back. An entry that is a replay has its
    receipt: the database refuses another. ValueError for lines with an unknown purpose or no amount: those are defects
    of the caller.
    """
    if any(not new.lines or any(Purpose(x.purpose) and x.amount_minor <= 0 for x in new.lines) for new in news):
        msg = "a receipt has lines, each more than nothing"
        raise ValueError(msg)
    group_id, count = news[0].group_id, len(news)
    last = (await session.execute(_COUNT, {"group_id": group_id, "count": count})).scalar_one()
    signer = signer_of(session)
    views = [_signed(_draft(new, n), signer) for n, new in enumerate(news, last - count + 1)]
    await insert_rows(session, Receipt, [_row(view) for view in views], {"group_id": group_id})
    return views


def _signed(draft: ReceiptView, signer: Signer) -> ReceiptView:
    return replace(draft, token=signer.sign(rules.token_payload(draft, issuer=signer.issuer)))


def _row(view: ReceiptView) -> Row:
    lines = [asdict(line) for line in view.lines]
    return {name: getattr(view, name) for name in _COLUMNS} | {"lines": lines}


def _draft(new: NewReceipt, n: int) -> ReceiptView:
    return ReceiptView(
        id=new_id(),
        group_id=new.group_id,
        n=n,
        number=rules.receipt_number(new.group_code, n),
        check_code=new_check_code(),
        member_id=new.member_id,
        payment_id=new.payment_id,
        seq=new.entry.seq,
        hash=new.entry.hash,
        amount_minor=sum(line.amount_minor for line in new.lines),
        currency=new.currency,
        exponent=exponent(new.currency),
        lines=new.lines,
        paid_on=new.paid_on,
        issued_at=new.entry.recorded_at,
        method=new.method,
        provider_code=new.provider_code,
        reference=new.reference,
        token="",
        state="issued",
        reversed_seq=None,
        reversed_at=None,
    )


async def mark_reversed(session: Session, group_id: UUID, payment_id: UUID, *, seq: int, at: datetime) -> ReceiptView:
    """The payment's receipt says reversed from now on and keeps its number. `seq` is the reversal's entry.

    Locks the receipt, after the ledger's head. Idempotent by `seq`; NotFound when the payment has no receipt.
    """
    statement = _of(group_id).where(col(Receipt.payment_id) == payment_id)
    receipt = (await session.execute(statement.with_for_update())).scalar_one_or_none()
    if receipt is None:
        raise NotFound
    if receipt.reversed_seq != seq:
        receipt.state, receipt.reversed_seq, receipt.reversed_at = "reversed", seq, at
        await session.flush()
    return to_view(receipt)


async def get_receipt(session: Session, group_id: UUID, receipt_id: UUID) -> ReceiptView:
    """Any receipt of the group, for services that have authorised already. NotFound when there is none."""
    return await load_receipt(session, group_id, receipt_id)


async def find_by_payment(session: Session, group_id: UUID, payment_id: UUID) -> ReceiptView | None:
    found = await _read(session, _of(group_id).where(col(Receipt.payment_id) == payment_id))
    return found[0] if found else None


async def ids_by_payments(session: Session, group_id: UUID, payment_ids: Sequence[UUID]) -> dict[UUID, ReceiptRef]:
    """The receipt of each payment that has one; the caller has authorised."""
    if not payment_ids:
        return {}
    statement = select(Receipt.payment_id, Receipt.id, Receipt.number).where(
        Receipt.group_id == group_id, col(Receipt.payment_id).in_(payment_ids)
    )
    return {row.payment_id: ReceiptRef(row.id, row.number) for row in await session.execute(statement)}


async def find_by_entry(session: Session, group_id: UUID, seq: int) -> ReceiptView | None:
    """The receipt of entry `seq`; a reversal has none of its own, ask with the entry it reverses."""
    return (await find_by_entries(session, group_id, [seq])).get(seq)


async def find_by_entries(session: Session, group_id: UUID, seqs: Sequence[int]) -> dict[int, ReceiptView]:
    if not seqs:
        return {}
    found = await _read(session, _of(group_id).where(col(Receipt.seq).in_(set(seqs))))
    return {view.seq: view for view in found}


async def list_receipts(
    session: Session, group_id: UUID, member_id: UUID | None = None, before: int | None = None, limit: int = 50
) -> list[ReceiptView]:
    """Newest first, of one member or of the group; `before` is the `n` of the last one seen. At most 200."""
    statement = _of(group_id).order_by(col(Receipt.n).desc()).limit(min(limit, MAX_PAGE))
    if member_id is not None:
        statement = statement.where(col(Receipt.member_id) == member_id)
    if before is not None:
        statement = statement.where(col(Receipt.n) < before)
    return await _read(session, statement)


async def list_my_receipts(session: Session, actor: Actor, *, limit: int = 50) -> list[ReceiptView]:
    """The reader's own by the day paid, newest first; at most 200."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    statement = _of(acting.group_id).where(col(Receipt.member_id) == acting.member_id)
    by_day = statement.order_by(col(Receipt.paid_on).desc(), col(Receipt.n).desc())
    return await _read(session, by_day.limit(min(limit, MAX_PAGE)))


async def list_group_receipts(
    session: Session,
    actor: Actor,
    *,
    search: str = "",
    member_id: UUID | None = None,
    before_n: int | None = None,
    limit: int = 50,
) -> list[ReceiptFor]:
    """The group's, or one member's, newest first, for those who read the group; at most 200 at a time. Four queries.

    `search` looks into the member's name and number, the receipt's number and the provider's code. Names are sealed,
    so that they are compared here; the query gets the ids of the members, at most a group's 500.
    """
    acting = await authorise(session, actor, Permission.READ_GROUP)
    statement = _of(acting.group_id).order_by(col(Receipt.n).desc()).limit(min(limit, MAX_PAGE))
    if before_n is not None:
        statement = statement.where(col(Receipt.n) < before_n)
    if member_id is not None:
        statement = statement.where(col(Receipt.member_id) == member_id)
    wanted = " ".join(search.casefold().split())
    if not wanted:
        found = await _read(session, statement)
        cards = await member_cards(session, acting.group_id, list({view.member_id for view in found}))
    else:
        cards = await member_cards(session, acting.group_id)
        found = await _read(session, statement.where(_matches(wanted, cards)))
    return [_for(acting, view, cards.get(view.member_id)) for view in found]


async def receipts_of_days(
    session: Session,
    group_id: UUID,
    *,
    since: date | None = None,
    until: date | None = None,
    member_id: UUID | None = None,
    limit: int = MAX_PAGE,
) -> DayReceipts:
    """Receipts of money paid within days, both included, or of always; newest first. The caller has authorised.

    The figures are of all, the rows are the first `limit`. Two queries.
    """
    wishes = [col(Receipt.group_id) == group_id]
    if since is not None:
        wishes.append(col(Receipt.paid_on) >= since)
    if until is not None:
        wishes.append(col(Receipt.paid_on) <= until)
    if member_id is not None:
        wishes.append(col(Receipt.member_id) == member_id)
    is_valid = col(Receipt.state) == "issued"
    sums = select(
        func.count(), func.coalesce(func.sum(Receipt.amount_minor).filter(is_valid), 0), func.count().filter(~is_valid)
    ).where(*wishes)
    total, valid_minor, is_reversed = (await session.execute(sums)).one()
    newest = select(Receipt).where(*wishes).order_by(col(Receipt.paid_on).desc(), col(Receipt.n).desc()).limit(limit)
    return DayReceipts(total, int(valid_minor), is_reversed, tuple(await _read(session, newest)))


def _matches(wanted: str, cards: dict[UUID, MemberCard]) -> ColumnElement[bool]:
    members = [card.id for card in cards.values() if wanted in f"{card.name} {card.member_no}".casefold()]
    code = wanted.replace(" ", "").upper()
    return or_(
        col(Receipt.member_id).in_(members),
        col(Receipt.number).contains(code, autoescape=True),
        col(Receipt.provider_code).contains(code, autoescape=True),
    )


async def get_receipt_for(session: Session, actor: Actor, receipt_id: UUID) -> ReceiptFor:
    """One's own receipt, or anyone's for those who read the group, with its reversal; NotFound otherwise."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    view = await get_receipt(session, acting.group_id, receipt_id)
    if view.member_id != acting.member_id and not acting.may(Permission.READ_GROUP):
        raise NotFound
    cards = await member_cards(session, acting.group_id, [view.member_id])
    if view.reversed_seq is not None:
        view = replace(view, reversal=await _reversal(session, acting, view.reversed_seq))
    return _for(acting, view, cards.get(view.member_id))


async def _reversal(session: Session, acting: Acting, seq: int) -> Reversal | None:
    """What the reversal's entry says: its memo is the reason, its actor who did it."""
    entry = await ledger.get_entry(session, acting.group_id, seq)
    if entry is None:
        return None
    return Reversal(reason=entry.memo or "", by=await name_of_actor(session, acting.group_id, entry.actor))


def _for(acting: Acting, view: ReceiptView, card: MemberCard | None) -> ReceiptFor:
    return ReceiptFor(
        receipt=view,
        member_name=card.name if card else "",
        member_no=card.member_no if card else "",
        group_name=acting.group_name,
        timezone=acting.timezone,
    )


def _of(group_id: UUID) -> Select[Receipt]:
    return select(Receipt).where(col(Receipt.group_id) == group_id)


async def _read(session: Session, statement: Select[Receipt]) -> list[ReceiptView]:
    return [to_view(row) for row in (await session.execute(statement)).scalars()]
