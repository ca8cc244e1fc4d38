"""Accepted matches become payments, entries and receipts: one match, one transaction, by payments' own services.

Order of locks: the bank's line, then what a payment locks.
"""

from uuid import UUID

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import NewEntry
from app.domain.payments import service as payments
from app.domain.payments.commands import DecidePayment, Part, RecordBanked
from app.domain.payments.rules import normalise_provider_code
from app.domain.reconciliation.bank.deciding import find_line, load_match, match_views, parts_of, require_alone
from app.domain.reconciliation.bank.errors import AlreadyConfirmed, LineTaken, MatchUndone
from app.domain.reconciliation.bank.models import BankLineRow, BankMatch, BankMatchPart
from app.domain.reconciliation.bank.queue_views import ConfirmMatch, MatchView
from app.domain.reconciliation.bank.store import line_view
from app.kit.actor import Actor
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput

ENTRIES = {"income": "other_income", "expense": "other_expense", "charge": "bank_charge"}


async def confirm_match(session: Session, actor: Actor, command: ConfirmMatch) -> MatchView:
    """The money is booked: per member a payment with its entry and receipt; of no member an entry alone.

    Idempotent by key; by another key AlreadyConfirmed. OwnPayment where it is the treasurer's own, MatchUndone,
    LineTaken for an ignored line, and what payments raise: CodeAlreadySent, NothingToPay, AmountTooHigh,
    PaymentAlreadyDecided, PeriodClosed. Then nothing is booked and the match stays accepted.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    if not 1 <= len(command.key) <= 100:
        raise InvalidInput("idempotency_key", "key")
    match, line = await load_match(session, acting.group_id, command.match_id)
    if match.state == "confirmed":
        if match.confirm_key != command.key:
            raise AlreadyConfirmed
        return (await match_views(session, acting, [match]))[0]
    if match.state == "undone":
        raise MatchUndone
    if match.kind == "ignored":
        raise LineTaken
    match.state, match.confirm_key = "confirmed", command.key
    match.confirmed_by, match.confirmed_at = acting.member_id, clock_of(session).now()
    line.state = "settled"
    if match.kind == "submission":
        assert match.payment_id is not None
        await payments.confirm_payment(session, actor, DecidePayment(match.payment_id, command.key))
    elif match.kind == "dues":
        await _record(session, actor, acting, match, line)
    elif match.kind == "reversal":
        assert match.pair_id is not None
        (await find_line(session, acting.group_id, match.pair_id)).state = "settled"
    else:
        await _book(session, acting, match, line)
    await session.flush()
    return (await match_views(session, acting, [match]))[0]


async def _record(session: Session, actor: Actor, acting: Acting, match: BankMatch, line: BankLineRow) -> None:
    """A payment per member, in the order of the parts; the first carries the provider's code."""
    parts = (await parts_of(session, acting.group_id, [match.id]))[match.id]
    by_member: dict[UUID, list[BankMatchPart]] = {}
    for part in parts:
        by_member.setdefault(part.member_id, []).append(part)
    method, code = await _method(session, line)
    for number, (member_id, some) in enumerate(by_member.items(), 1):
        made = await payments.record_banked(
            session,
            actor,
            RecordBanked(
                member_id=member_id,
                parts=tuple(Part(part.claim_id, part.amount_minor, part.kind) for part in some),
                method=method,
                provider_code=code if number == 1 else "",
                paid_on=line.booked_on,
                key=f"bank:{match.id}:{number}",
            ),
        )
        for part in some:
            part.payment_id = made.id


async def _method(session: Session, line: BankLineRow) -> tuple[str, str]:
    """How it was paid, and the provider's code as payments keep it; none where the bank's id can't be one."""
    code = line_view(line, await group_key(session, line.group_id)).bank_id
    for method in ("mpesa",) if line.account == "1020" else ("upi", "bank"):
        try:
            return method, normalise_provider_code(method, code)
        except InvalidInput:
            continue
    return ("mpesa" if line.account == "1020" else "bank"), ""


async def _book(session: Session, acting: Acting, match: BankMatch, line: BankLineRow) -> None:
    """An entry of no member."""
    await require_alone(session, acting, match.kind, line.amount_minor)
    kind = ENTRIES[match.kind]
    control = recipes.OTHER[kind]
    await ledger.open_account(
        session, acting.group_id, code=control, class_=recipes.CONTROL[control], currency=acting.currency
    )
    posted = await ledger.post_entry(
        session,
        NewEntry(
            group_id=acting.group_id,
            kind=kind,
            effective_on=line.booked_on,
            actor=acting.member_id,
            idempotency_key=f"bank:{match.id}",
            lines=recipes.build_other(kind, money=line.account, amount_minor=abs(line.amount_minor)),
        ),
    )
    match.entry_seq = posted.seq
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="bank.booked",
        subject="bank",
        subject_id=match.id,
        facts={"account": control, "amount_minor": abs(line.amount_minor), "currency": acting.currency},
    )
