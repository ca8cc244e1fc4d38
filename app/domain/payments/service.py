"""Commands on payments.

Order of locks: the payment, then its claims in id order, then the ledger's head (inside `post_entry`), then the
receipt counter. A command that makes a payment locks the claims first: its row is new, only another of the same code or
key waits for it.
"""

from uuid import UUID

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.approvals import rule_of
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.identity import codes
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import member_account
from app.domain.payments import confirming, rules, store
from app.domain.payments.commands import (
    DecidePayment,
    Part,
    RecordBanked,
    RecordCash,
    ReversePayment,
    SubmitPayment,
    UseKept,
)
from app.domain.payments.confirming import is_done, new_payment, require_other
from app.domain.payments.errors import ApprovalNeeded, KeptUsed, NotConfirmed
from app.domain.payments.models import AnyPayment, Payment
from app.domain.payments.ports import Claim
from app.domain.payments.telling import tell_deciders, tell_member, tell_rejected
from app.domain.payments.views import PaymentView
from app.domain.receipts import service as receipts
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound


async def submit_payment(session: Session, actor: Actor, command: SubmitPayment) -> PaymentView:
    """A member says she has paid. Idempotent by `key`.

    Locks the dues. Raises CodeAlreadySent when the code stands in a live payment of the group, NothingToPay and
    AmountTooHigh when the dues don't need it, NotFound for dues of others.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    if command.method not in confirming.SENT_BY:
        raise InvalidInput("method", "method")
    code = rules.normalise_provider_code(command.method, command.provider_code)
    rules.check_paid_on(command.paid_on, today_in(acting.timezone, clock_of(session).now()))
    print_ = store.fingerprint(
        member=str(acting.member_id),
        method=command.method,
        code=code,
        paid_on=str(command.paid_on),
        parts=store.parts_text(command.parts),
    )
    claims = await store.lock_claims(session, acting.group_id, command.parts)
    if earlier := await store.find_submitted(session, acting.group_id, command.key, print_):
        return await store.load_view(session, acting, earlier)
    await _check_parts(session, acting, acting.member_id, command.parts, claims)
    payment = new_payment(session, acting, acting.member_id, command.parts, command.method, command.paid_on)
    payment.provider_code, payment.submit_key, payment.submit_fingerprint = code, command.key, print_
    await store.insert(session, [payment], store.new_lines(payment, command.parts))
    await _audit(session, acting, payment, "payment.submitted")
    await tell_deciders(session, acting)
    return await store.load_view(session, acting, payment)


async def withdraw_payment(session: Session, actor: Actor, command: DecidePayment) -> PaymentView:
    """The member takes her own submission back. Idempotent by `key`."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    payment = await store.lock_payment(session, acting.group_id, command.payment_id)
    if payment.member_id != acting.member_id:
        raise NotFound
    if not is_done(payment, "withdrawn", command.key):
        _decide(session, acting, payment, "withdrawn", command.key)
        await _audit(session, acting, payment, "payment.withdrawn")
    return await store.load_view(session, acting, payment)


async def reject_payment(session: Session, actor: Actor, command: DecidePayment) -> PaymentView:
    """The money did not come. The member sees the reason; the code is free again. Idempotent by `key`."""
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    reason = rules.check_reason(command.reason)
    payment = await store.lock_payment(session, acting.group_id, command.payment_id)
    require_other(payment, acting)
    if not is_done(payment, "rejected", command.key):
        payment.reason = reason
        _decide(session, acting, payment, "rejected", command.key)
        await _audit(session, acting, payment, "payment.rejected")
        await tell_rejected(session, acting, payment)
    return await store.load_view(session, acting, payment)


async def confirm_payment(session: Session, actor: Actor, command: DecidePayment) -> PaymentView:
    """The money came: the dues are paid, one ledger entry, one receipt, all in this transaction.

    Idempotent by `key`; a second decider with another key gets PaymentAlreadyDecided. OwnPayment for one's own.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    return await confirming.confirm(session, acting, command)


async def record_cash(session: Session, actor: Actor, command: RecordCash) -> PaymentView:
    """Cash in the treasurer's hand, of another member: recorded, posted and receipted at once. Idempotent by `key`."""
    acting = await authorise(session, actor, Permission.RECORD_CASH)
    return await confirming.confirm(session, acting, command)


async def use_kept(session: Session, actor: Actor, command: UseKept) -> PaymentView:
    """What is kept for another member pays dues of hers: one entry without money, receipted. Idempotent by `key`.

    Raises MoreThanKept, NothingToPay, AmountTooHigh, OwnPayment, NotFound, InvalidInput for what is no due.
    """
    acting = await authorise(session, actor, Permission.RECORD_CASH)
    return await confirming.confirm(session, acting, command)


async def record_banked(session: Session, actor: Actor, command: RecordBanked) -> PaymentView:
    """What the bank's statement shows of another member: recorded, posted and receipted at once. Idempotent by `key`.

    Raises CodeAlreadySent when the code stands in a live payment, NothingToPay, AmountTooHigh, OwnPayment.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    return await confirming.confirm(session, acting, command)


async def reverse_payment(session: Session, actor: Actor, command: ReversePayment) -> PaymentView:
    """A confirmation was wrong: an exact negation is posted, the dues are open again, the receipt says reversed.

    Needs a fresh one-time code (StepUpNeeded otherwise), used up here. Idempotent by `key`. NotConfirmed when there is
    nothing to reverse, OwnPayment for one's own, ApprovalNeeded where the group's rule wants signatures, KeptUsed.
    """
    acting = await authorise(session, actor, Permission.REVERSE_PAYMENTS)
    reason = rules.check_reason(command.reason)
    payment = await store.lock_payment(session, acting.group_id, command.payment_id)
    require_other(payment, acting)
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

    Locks the payment and its dues. Raises NotFound, NotConfirmed, KeptUsed.
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
    await _require_kept(session, payment, payment.entry_seq)
    await store.unsettle(session, payment, lines)
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


async def _require_kept(session: Session, payment: Payment, seq: int) -> None:
    """Raises KeptUsed where less is kept than the entry put there. Two payments at once: the ledger refuses one."""
    account = member_account("credit", payment.member_id)
    entry = await ledger.get_entry(session, payment.group_id, seq)
    put = -sum(line.amount_minor for line in entry.lines if line.account == account) if entry else 0
    if put > 0 and -(await ledger.balance(session, payment.group_id, account)) < put:
        raise KeptUsed


async def _check_parts(
    session: Session, acting: Acting, member_id: UUID, parts: tuple[Part, ...], claims: list[Claim]
) -> None:
    waiting = await store.waiting_amounts(session, acting.group_id, [part.claim_id for part in parts])
    rules.check_parts([(part.claim_id, part.amount_minor) for part in parts], claims, waiting, member_id)


def _decide(session: Session, acting: Acting, payment: Payment, state: str, key: str) -> None:
    payment.state, payment.decision_key = state, key
    payment.decided_by, payment.decided_at = acting.member_id, clock_of(session).now()


async def _audit(session: Session, acting: Acting, payment: AnyPayment, action: str) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="payment",
        subject_id=payment.id,
        facts={"amount_minor": payment.amount_minor, "currency": payment.currency, "method": payment.method},
    )
