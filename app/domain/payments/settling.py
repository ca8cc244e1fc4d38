"""What a confirmation does, of one payment as of five hundred: the dues are paid, each has an entry and a receipt.

Order of locks: the caller holds the payments, then every claim in id order; here the ledger's head, then what new
payments wait for (the same code or key in another transaction, their members' rows), then the receipt counter. Whoever
locks a member's row to change it therefore posts nothing after. As many statements for many as for one, but for claims
that a payment is spread over (loans), which are settled payment by payment.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.audit import service as audit
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import NewEntry, PostedEntry
from app.domain.payments import store
from app.domain.payments.models import AnyLine, AnyPayment, NewPayment
from app.domain.payments.ports import Claim, Share
from app.domain.payments.telling import tell_payers
from app.domain.receipts import service as receipts
from app.domain.receipts.views import NewReceipt, ReceiptLine, ReceiptView
from app.kit.db import Session, clock_of


@dataclass(frozen=True, slots=True)
class Settling:
    """A payment that may be confirmed, with its lines; `key` is the decision's."""

    payment: AnyPayment
    lines: Sequence[AnyLine]
    key: str


async def settle(
    session: Session,
    acting: Acting,
    given: Sequence[Settling],
    claims: Sequence[Claim],
    *,
    first_open: date | None = None,
) -> list[ReceiptView]:
    """Confirm them all or none, in their order; up to 500. Claims are locked, everything was checked; payments that are
    new are kept here, as confirmed.

    An entry has the payment's day; with `first_open` one of a day before it is booked there, as found late, and its
    memo says the day. Raises what the ledger and the claims refuse, such as PeriodClosed; and CodeAlreadySent, found by
    the unique index alone, whereupon the transaction or its savepoint is rolled back.
    """
    known = {claim.id: claim for claim in claims}
    shares = await store.settle(session, acting.group_id, [(one.payment, one.lines) for one in given], known)
    posted = await _post(session, acting, [one.payment for one in given], shares, first_open)
    now = clock_of(session).now()
    for one, entry in zip(given, posted, strict=True):
        payment = one.payment
        payment.entry_seq, payment.state, payment.decision_key = entry.seq, "confirmed", one.key
        payment.decided_by, payment.decided_at = acting.member_id, now
    new = [one for one in given if isinstance(one.payment, NewPayment)]
    await store.insert(session, [one.payment for one in new], [line for one in new for line in one.lines])
    issued = await receipts.issue_receipts(
        session,
        [
            _receipt(acting, one.payment, its, known, entry)
            for one, its, entry in zip(given, shares, posted, strict=True)
        ],
    )
    await _tell(session, acting, [one.payment for one in given], issued)
    return issued


async def _post(
    session: Session,
    acting: Acting,
    payments: Sequence[AnyPayment],
    shares: Sequence[list[Share]],
    first_open: date | None,
) -> list[PostedEntry]:
    """One entry each, in their order, under one lock of the ledger's head."""
    members: dict[str, set[UUID]] = defaultdict(set)
    for payment, its in zip(payments, shares, strict=True):
        for share in its:
            members[share.purpose].add(payment.member_id)
    for purpose, some in sorted(members.items()):
        class_ = recipes.CONTROL[recipes.MEMBER_CONTROL[purpose]]
        await ledger.open_accounts(
            session,
            acting.group_id,
            [recipes.member_account(purpose, member_id) for member_id in sorted(some)],
            class_=class_,
            currency=acting.currency,
            ceiling_minor=0 if class_ == "L" else None,  # what is held for her is never less than nothing
        )
    entries = [_entry(acting, *each, first_open) for each in zip(payments, shares, strict=True)]
    return await ledger.post_entries(session, entries)


def _entry(acting: Acting, payment: AnyPayment, shares: list[Share], first_open: date | None) -> NewEntry:
    day, memo = booked_on(payment.paid_on, first_open)
    parts = [(share.purpose, payment.member_id, share.amount_minor) for share in shares]
    return NewEntry(
        group_id=acting.group_id,
        kind=f"{parts[0][0]}_confirmed",
        effective_on=day,
        actor=acting.member_id,
        idempotency_key=f"payment:{payment.id}",
        lines=recipes.use_kept(payment.member_id, parts)
        if payment.method == recipes.KEPT
        else recipes.build_mixed(method=payment.method, parts=parts),
        memo=memo,
    )


def booked_on(day: date, first_open: date | None) -> tuple[date, str]:
    """The day of an entry for money of `day`, and its memo: where the books of that day are closed, it is found late.

    `first_open` is the first day that takes entries, None where it doesn't matter.
    """
    if first_open is None or day >= first_open:
        return day, ""
    return first_open, f"Paid on {day.isoformat()}, found late."


def _receipt(
    acting: Acting, payment: AnyPayment, shares: list[Share], known: dict[UUID, Claim], posted: PostedEntry
) -> NewReceipt:
    return NewReceipt(
        group_id=acting.group_id,
        group_code=acting.group_code,
        member_id=payment.member_id,
        payment_id=payment.id,
        entry=posted,
        lines=tuple(
            ReceiptLine(share.purpose, share.amount_minor, title=known[share.claim_id].title) for share in shares
        ),
        currency=payment.currency,
        paid_on=payment.paid_on,
        method=payment.method,
        provider_code=payment.provider_code,
        reference=known[shares[0].claim_id].reference,
    )


async def _tell(
    session: Session, acting: Acting, payments: Sequence[AnyPayment], issued: Sequence[ReceiptView]
) -> None:
    """The log shows each, and each member hears of her own."""
    kept = [one for one in payments if one.method == recipes.KEPT]
    others = [one for one in payments if one.method != recipes.KEPT]
    await _log(session, acting, [one for one in others if one.source == "treasurer"], "payment.cash_recorded")
    await _log(session, acting, [one for one in others if one.source != "treasurer"], "payment.confirmed")
    await _log(session, acting, kept, "payment.kept_used")
    known = {one.payment_id: one for one in issued}
    for kind, some in (("payment_confirmed", others), ("kept_used", kept)):
        told = [(one.member_id, {**_facts(one), "receipt": known[one.id].number}, known[one.id].id) for one in some]
        if told:
            await tell_payers(session, acting, kind, told)


async def _log(session: Session, acting: Acting, payments: Sequence[AnyPayment], action: str) -> None:
    await audit.record_each(
        session,
        [(str(one.id), {**_facts(one), "method": one.method}) for one in payments],
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="payment",
    )


def _facts(payment: AnyPayment) -> dict[str, str | int]:
    return {"amount_minor": payment.amount_minor, "currency": payment.currency}
