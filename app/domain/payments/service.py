"""Commands on payments.

Order of locks: the payment, then its claims in id order, then the ledger's head (inside `post_entry`), then the
receipt counter. A command that makes a payment locks the claims first: its row is new, nobody can wait for it.
"""

from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.approvals import rule_of
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.identity import codes
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import NewEntry, PostedEntry
from app.domain.payments import rules, store
from app.domain.payments.commands import (
    DecidePayment,
    Part,
    RecordBanked,
    RecordCash,
    ReversePayment,
    SubmitPayment,
)
from app.domain.payments.errors import ApprovalNeeded, CodeAlreadySent, NotConfirmed, OwnPayment, PaymentAlreadyDecided
from app.domain.payments.models import Payment, PaymentLine
from app.domain.payments.ports import Claim
from app.domain.payments.telling import tell_deciders, tell_member
from app.domain.payments.views import PaymentView
from app.domain.receipts import service as receipts
from app.domain.receipts.views import NewReceipt, ReceiptLine, ReceiptView
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id


async def submit_payment(session: Session, actor: Actor, command: SubmitPayment) -> PaymentView:
    """A member says she has paid. Idempotent by `key`.

    Locks the dues. Raises CodeAlreadySent when the code stands in a live payment of the group, NothingToPay and
    AmountTooHigh when the dues don't need it, NotFound for dues of others.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    if command.method not in ("mpesa", "upi", "bank"):
        raise InvalidInput("method", "method")
    code = rules.normalise_provider_code(command.method, command.provider_code)
    rules.check_paid_on(command.paid_on, today_in(acting.timezone, clock_of(session).now()))
    print_ = store.fingerprint(
        member=str(acting.member_id),
        method=command.method,
        code=code,
        paid_on=str(command.paid_on),
        parts=_text(command.parts),
    )
    claims = await store.lock_claims(session, acting.group_id, command.parts)
    if earlier := await store.find_submitted(session, acting.group_id, command.key, print_):
        return await store.load_view(session, acting, earlier)
    await _check_parts(session, acting, acting.member_id, command.parts, claims)
    payment = _new_payment(session, acting, acting.member_id, command.parts, command.method, command.paid_on)
    payment.provider_code, payment.submit_key, payment.submit_fingerprint = code, command.key, print_
    await _insert(session, payment)
    store.add_lines(session, payment, command.parts)
    await _audit(session, acting, payment, "payment.submitted")
    await tell_deciders(session, acting)
    return await store.load_view(session, acting, payment)


async def withdraw_payment(session: Session, actor: Actor, command: DecidePayment) -> PaymentView:
    """The member takes her own submission back. Idempotent by `key`."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    payment = await store.lock_payment(session, acting.group_id, command.payment_id)
    if payment.member_id != acting.member_id:
        raise NotFound
    if not _is_done(payment, "withdrawn", command.key):
        _decide(session, acting, payment, "withdrawn", command.key)
        await _audit(session, acting, payment, "payment.withdrawn")
    return await store.load_view(session, acting, payment)


async def reject_payment(session: Session, actor: Actor, command: DecidePayment) -> PaymentView:
    """The money did not come. The member sees the reason; the code is free again. Idempotent by `key`."""
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    reason = rules.check_reason(command.reason)
    payment = await store.lock_payment(session, acting.group_id, command.payment_id)
    _require_other(payment, acting)
    if not _is_done(payment, "rejected", command.key):
        payment.reason = reason
        _decide(session, acting, payment, "rejected", command.key)
        await _audit(session, acting, payment, "payment.rejected")
        await tell_member(session, acting, payment, "payment_rejected")
    return await store.load_view(session, acting, payment)


async def confirm_payment(session: Session, actor: Actor, command: DecidePayment) -> PaymentView:
    """The money came: the dues are paid, one ledger entry, one receipt, all in this transaction.

    Idempotent by `key`; a second decider with another key gets PaymentAlreadyDecided. OwnPayment for one's own.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    payment = await store.lock_payment(session, acting.group_id, command.payment_id)
    _require_other(payment, acting)
    if not _is_done(payment, "confirmed", command.key):
        lines = (await store.lines_of(session, acting.group_id, [payment.id]))[payment.id]
        claims = await store.lock_claims(session, acting.group_id, lines)
        receipt = await _settle(session, acting, payment, lines, claims, command.key)
        await _audit(session, acting, payment, "payment.confirmed")
        await tell_member(session, acting, payment, "payment_confirmed", receipt)
    return await store.load_view(session, acting, payment)


async def record_cash(session: Session, actor: Actor, command: RecordCash) -> PaymentView:
    """Cash in the treasurer's hand, of another member: recorded, posted and receipted at once. Idempotent by `key`."""
    acting = await authorise(session, actor, Permission.RECORD_CASH)
    rules.check_paid_on(command.paid_on, today_in(acting.timezone, clock_of(session).now()))
    payment = _new_payment(session, acting, command.member_id, command.parts, "cash", command.paid_on)
    payment.source, payment.submit_key = "treasurer", command.key
    return await _record(session, acting, payment, command.parts)


async def record_banked(session: Session, actor: Actor, command: RecordBanked) -> PaymentView:
    """What the bank's statement shows of another member: recorded, posted and receipted at once. Idempotent by `key`.

    Raises CodeAlreadySent when the code stands in a live payment, NothingToPay, AmountTooHigh, OwnPayment.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    if command.method not in ("mpesa", "upi", "bank"):
        raise InvalidInput("method", "method")
    rules.check_paid_on(command.paid_on, today_in(acting.timezone, clock_of(session).now()))
    payment = _new_payment(session, acting, command.member_id, command.parts, command.method, command.paid_on)
    payment.source, payment.submit_key = "statement", command.key
    if command.provider_code:
        payment.provider_code = rules.normalise_provider_code(command.method, command.provider_code)
    return await _record(session, acting, payment, command.parts)


async def _record(session: Session, acting: Acting, payment: Payment, parts: tuple[Part, ...]) -> PaymentView:
    """A payment that is confirmed as it is made; the same command again finds it made."""
    _require_other(payment, acting)
    code = {"code": payment.provider_code} if payment.provider_code else {}
    payment.submit_fingerprint = store.fingerprint(
        member=str(payment.member_id),
        method=payment.method,
        paid_on=str(payment.paid_on),
        parts=_text(parts),
        **code,
    )
    claims = await store.lock_claims(session, acting.group_id, parts)
    earlier = await store.find_submitted(session, acting.group_id, payment.submit_key, payment.submit_fingerprint)
    if earlier is not None:
        return await store.load_view(session, acting, earlier)
    await _check_parts(session, acting, payment.member_id, parts, claims)
    await _insert(session, payment)
    lines = store.add_lines(session, payment, parts)
    receipt = await _settle(session, acting, payment, lines, claims, payment.submit_key)
    is_cash = payment.source == "treasurer"
    await _audit(session, acting, payment, "payment.cash_recorded" if is_cash else "payment.confirmed")
    await tell_member(session, acting, payment, "payment_confirmed", receipt)
    return await store.load_view(session, acting, payment)


async def reverse_payment(session: Session, actor: Actor, command: ReversePayment) -> PaymentView:
    """A confirmation was wrong: an exact negation is posted, the dues are open again, the receipt says reversed.

    Needs a fresh one-time code (StepUpNeeded otherwise), used up here. Idempotent by `key`. NotConfirmed when there is
    nothing to reverse, OwnPayment for one's own, ApprovalNeeded where the group's rule wants signatures.
    """
    acting = await authorise(session, actor, Permission.REVERSE_PAYMENTS)
    reason = rules.check_reason(command.reason)
    payment = await store.lock_payment(session, acting.group_id, command.payment_id)
    _require_other(payment, acting)
    if payment.reversal_key == command.key:
        return await store.load_view(session, acting, payment)
    if payment.state != "confirmed":
        raise NotConfirmed
    rule = await rule_of(session, acting.group_id, acting.template, "reversal")
    if payment.amount_minor > rule.alone_minor:
        raise ApprovalNeeded
    await codes.use_step_up(session, acting.person_id, command.step_up_id)
    await _reverse(session, acting, payment, reason, command.key)
    return await store.load_view(session, acting, payment)


async def reverse_decided(session: Session, acting: Acting, payment_id: UUID, reason: str, key: str) -> int:
    """The same once others have signed for it: the caller has authorised. Returns the ledger's entry.

    Locks the payment and its dues. Raises NotFound, NotConfirmed.
    """
    payment = await store.lock_payment(session, acting.group_id, payment_id)
    await _reverse(session, acting, payment, reason, key)
    assert payment.reversed_seq is not None
    return payment.reversed_seq


async def _reverse(session: Session, acting: Acting, payment: Payment, reason: str, key: str) -> None:
    """Negate the entry, give the dues back, mark the receipt, tell the member. The payment is locked."""
    if payment.state != "confirmed" or payment.entry_seq is None:
        raise NotConfirmed
    lines = (await store.lines_of(session, acting.group_id, [payment.id]))[payment.id]
    await store.lock_claims(session, acting.group_id, lines)
    await store.change_paid(session, acting.group_id, lines, -1)
    now = clock_of(session).now()
    posted = await ledger.reverse_entry(
        session,
        group_id=acting.group_id,
        seq=payment.entry_seq,
        actor=acting.member_id,
        idempotency_key=f"reverse:{payment.id}",
        effective_on=today_in(acting.timezone, now),
        memo=reason,
    )
    receipt = await receipts.mark_reversed(session, acting.group_id, payment.id, seq=posted.seq, at=posted.recorded_at)
    payment.state, payment.reversal_reason, payment.reversal_key = "reversed", reason, key
    payment.reversed_seq, payment.reversed_by, payment.reversed_at = posted.seq, acting.member_id, posted.recorded_at
    await session.flush()
    await _audit(session, acting, payment, "payment.reversed")
    await tell_member(session, acting, payment, "payment_reversed", receipt)


def _text(parts: tuple[Part, ...]) -> str:
    return ",".join(sorted(f"{part.kind}:{part.claim_id}:{part.amount_minor}" for part in parts))


async def _check_parts(
    session: Session, acting: Acting, member_id: UUID, parts: tuple[Part, ...], claims: list[Claim]
) -> None:
    waiting = await store.waiting_amounts(session, acting.group_id, [part.claim_id for part in parts])
    rules.check_parts([(part.claim_id, part.amount_minor) for part in parts], claims, waiting, member_id)


def _new_payment(
    session: Session, acting: Acting, member_id: UUID, parts: tuple[Part, ...], method: str, paid_on: date
) -> Payment:
    return Payment(
        group_id=acting.group_id,
        id=new_id(),
        member_id=member_id,
        state="submitted",
        source="member",
        method=method,
        amount_minor=sum(part.amount_minor for part in parts),
        currency=acting.currency,
        paid_on=paid_on,
        submitted_by=acting.member_id,
        submitted_at=clock_of(session).now(),
        submit_key="",
        submit_fingerprint=b"",
    )


async def _insert(session: Session, payment: Payment) -> None:
    """Raises CodeAlreadySent when the unique index of codes refuses; the whole transaction then rolls back."""
    session.add(payment)
    try:
        await session.flush()
    except IntegrityError as error:
        if "payments_code" in str(error.orig):
            raise CodeAlreadySent(field="provider_code") from None
        raise


def _require_other(payment: Payment, acting: Acting) -> None:
    if payment.member_id == acting.member_id:
        raise OwnPayment


def _is_done(payment: Payment, state: str, key: str) -> bool:
    """True when this very command led to `state` before; PaymentAlreadyDecided when another did anything."""
    if payment.state == "submitted":
        return False
    decided = "confirmed" if payment.state == "reversed" else payment.state
    if (decided, payment.decision_key) != (state, key):
        raise PaymentAlreadyDecided(payment.state)
    return True


def _decide(session: Session, acting: Acting, payment: Payment, state: str, key: str) -> None:
    payment.state, payment.decision_key = state, key
    payment.decided_by, payment.decided_at = acting.member_id, clock_of(session).now()


async def _settle(
    session: Session, acting: Acting, payment: Payment, lines: list[PaymentLine], claims: list[Claim], key: str
) -> ReceiptView:
    """Pay the claims, post the entry, issue the receipt. The claims are locked; the ledger's head is locked here."""
    await store.change_paid(session, acting.group_id, lines, 1)
    purposes = {claim.id: claim.purpose for claim in claims}
    for purpose in sorted(set(purposes.values())):
        class_ = recipes.CONTROL[recipes.MEMBER_CONTROL[purpose]]
        await ledger.open_account(
            session,
            acting.group_id,
            code=recipes.member_account(purpose, payment.member_id),
            class_=class_,
            currency=payment.currency,
            ceiling_minor=0 if class_ == "L" else None,  # what is held for her is never less than nothing
        )
    parts = [(purposes[line.claim_id], payment.member_id, line.amount_minor) for line in lines]
    posted = await ledger.post_entry(
        session,
        NewEntry(
            group_id=acting.group_id,
            kind=f"{parts[0][0]}_confirmed",
            effective_on=payment.paid_on,
            actor=acting.member_id,
            idempotency_key=f"payment:{payment.id}",
            lines=recipes.build_mixed(method=payment.method, parts=parts),
        ),
    )
    payment.entry_seq = posted.seq
    _decide(session, acting, payment, "confirmed", key)
    await session.flush()
    return await receipts.issue_receipt(session, _receipt(acting, payment, lines, claims, posted))


def _receipt(
    acting: Acting, payment: Payment, lines: list[PaymentLine], claims: list[Claim], posted: PostedEntry
) -> NewReceipt:
    known = {claim.id: claim for claim in claims}
    return NewReceipt(
        group_id=acting.group_id,
        group_code=acting.group_code,
        member_id=payment.member_id,
        payment_id=payment.id,
        entry=posted,
        lines=tuple(
            ReceiptLine(
                purpose=known[line.claim_id].purpose,
                amount_minor=line.amount_minor,
                title=known[line.claim_id].title,
            )
            for line in lines
        ),
        currency=payment.currency,
        paid_on=payment.paid_on,
        method=payment.method,
        provider_code=payment.provider_code,
        reference=known[lines[0].claim_id].reference,
    )


async def _audit(session: Session, acting: Acting, payment: Payment, action: str) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="payment",
        subject_id=payment.id,
        facts={"amount_minor": payment.amount_minor, "currency": payment.currency, "method": payment.method},
    )
