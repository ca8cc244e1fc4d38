"""Payments that are confirmed now: what members sent in, cash in the hand, money on a bank's statement, what is kept.

One or five hundred at once, in as many queries. Order of locks: the payments in id order, every claim in id order, then
what `settling` locks. A command that makes a payment locks nothing but claims first: its row is new, and written last.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from uuid import UUID

from app.domain.groups.views import Acting
from app.domain.ledger.recipes import KEPT
from app.domain.payments import rules, store
from app.domain.payments.commands import DecidePayment, Part, RecordBanked, RecordCash, UseKept
from app.domain.payments.errors import CodeAlreadySent, MoreThanKept, OwnPayment, PaymentAlreadyDecided
from app.domain.payments.models import AnyPayment, NewPayment, Payment, PaymentLine
from app.domain.payments.ports import Claim
from app.domain.payments.settling import Settling, settle
from app.domain.payments.views import PaymentView
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import DomainError, InvalidInput, NotFound
from app.kit.ids import new_id

New = RecordBanked | RecordCash | UseKept
Command = DecidePayment | New
SENT_BY = ("mpesa", "upi", "bank")
"""Methods that leave a trace at a provider."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the commands are checked against: rows of before, locked; `new` by key, or why there can't be one.

    `busy` are methods and codes of payments that live, `kept` is what can be used of each member's.
    """

    new: Mapping[str, NewPayment | DomainError]
    payments: Mapping[UUID, Payment]
    lines: Mapping[UUID, list[PaymentLine]]
    claims: Mapping[UUID, Claim]
    waiting: Mapping[UUID, int]
    earlier: Mapping[str, Payment]
    busy: frozenset[tuple[str, str]]
    kept: Mapping[UUID, int]


class _Taken:
    """What earlier commands of the same batch take."""

    def __init__(self) -> None:
        self.of_claims: Counter[UUID] = Counter()
        self.of_kept: Counter[UUID] = Counter()
        self.payments: set[UUID] = set()
        self.codes: set[tuple[str, str]] = set()

    def copy(self) -> "_Taken":
        made = _Taken()
        made.of_claims, made.of_kept = Counter(self.of_claims), Counter(self.of_kept)
        made.payments, made.codes = set(self.payments), set(self.codes)
        return made


async def confirm(session: Session, acting: Acting, command: Command) -> PaymentView:
    """One command; the caller has authorised. Raises what `confirm_each` returns."""
    known = await _read(session, acting, [command])
    payment, settling = _check(acting, command, known, _Taken())
    if settling is None:
        return await store.load_view(session, acting, payment)
    (receipt,) = await settle(session, acting, [settling], list(known.claims.values()))
    view = store.to_view(payment, settling.lines, known.claims)
    return replace(view, receipt_id=receipt.id, receipt_number=receipt.number)


async def confirm_each(
    session: Session,
    acting: Acting,
    wanted: Sequence[Sequence[Command]],
    *,
    first_open: date | None = None,
) -> list[list[AnyPayment] | DomainError]:
    """For each group of commands its payments, confirmed, or why none of them is; up to 500 payments in all.

    The caller has authorised. Each command is idempotent by its key. What can be seen before anything is written is
    returned: OwnPayment, PaymentAlreadyDecided, NotFound, NothingToPay, AmountTooHigh, CodeAlreadySent, MoreThanKept,
    IdempotencyConflict, InvalidInput. What the writing itself finds is raised and spoils all. `first_open` as `settle`.
    """
    known = await _read(session, acting, list(chain.from_iterable(wanted)))
    taken, found, settling = _Taken(), [], []
    for commands in wanted:
        tried = taken.copy() if len(commands) > 1 else taken
        try:
            made = [_check(acting, command, known, tried) for command in commands]
        except DomainError as refusal:
            found.append(refusal)
            continue
        taken = tried
        found.append([payment for payment, _ in made])
        settling += [one for _, one in made if one is not None]
    if settling:
        await settle(session, acting, settling, list(known.claims.values()), first_open=first_open)
    return found


async def _read(session: Session, acting: Acting, commands: Sequence[Command]) -> _Known:
    """At most eight queries, one more where something kept is used, and one for each kind of claim but the first."""
    group_id = acting.group_id
    decided = [one.payment_id for one in commands if isinstance(one, DecidePayment)]
    made = [one for one in commands if not isinstance(one, DecidePayment)]
    payments = await store.lock_payments(session, group_id, decided)
    lines = await store.lines_of(session, group_id, list(payments))
    parts = [part for one in made for part in one.parts]
    claims = await store.lock_claims(session, group_id, [*chain.from_iterable(lines.values()), *parts])
    new = {one.key: _new(session, acting, one) for one in made}
    codes = [one.provider_code for one in new.values() if isinstance(one, NewPayment) and one.provider_code]
    return _Known(
        new=new,
        payments=payments,
        lines=lines,
        claims={claim.id: claim for claim in claims},
        waiting=await store.waiting_amounts(session, group_id, [part.claim_id for part in parts]) if parts else {},
        earlier=await store.submitted_by_key(session, group_id, [one.key for one in made]),
        busy=await store.busy_codes(session, group_id, codes),
        kept=await store.kept_amounts(session, group_id) if any(isinstance(one, UseKept) for one in made) else {},
    )


def _check(acting: Acting, command: Command, known: _Known, taken: _Taken) -> tuple[AnyPayment, Settling | None]:
    """The payment, and how it is settled unless that was done before. Raises the refusal."""
    if isinstance(command, DecidePayment):
        return _check_sent(acting, command, known, taken)
    payment = known.new[command.key]
    if isinstance(payment, DomainError):
        raise payment
    require_other(payment, acting)
    if earlier := known.earlier.get(command.key):
        store.require_print(earlier, payment.submit_fingerprint)
        return earlier, None
    parts = [(part.claim_id, part.amount_minor) for part in command.parts]
    claims = [known.claims[claim_id] for claim_id, _ in parts if claim_id in known.claims]
    used = {claim_id: known.waiting.get(claim_id, 0) + taken.of_claims[claim_id] for claim_id, _ in parts}
    rules.check_parts(parts, claims, used, payment.member_id)
    if payment.provider_code:
        code = (payment.method, payment.provider_code)
        if code in known.busy or code in taken.codes:
            raise CodeAlreadySent(field="provider_code")
        taken.codes.add(code)
    if payment.method == KEPT:
        _check_kept(payment, claims, known, taken)
    taken.of_claims.update(dict(parts))
    return payment, Settling(payment, store.new_lines(payment, command.parts), command.key)


def _check_kept(payment: NewPayment, claims: Sequence[Claim], known: _Known, taken: _Taken) -> None:
    """Raises MoreThanKept, and InvalidInput for a claim of which something could be kept again."""
    if any(claim.takes_more or claim.purpose == "credit" for claim in claims):
        raise InvalidInput("lines", "payment_lines")
    left = known.kept.get(payment.member_id, 0) - taken.of_kept[payment.member_id]
    if payment.amount_minor > left:
        raise MoreThanKept(field="amount", left_minor=left, currency=payment.currency)
    taken.of_kept[payment.member_id] += payment.amount_minor


def _check_sent(
    acting: Acting, command: DecidePayment, known: _Known, taken: _Taken
) -> tuple[Payment, Settling | None]:
    payment = known.payments.get(command.payment_id)
    if payment is None:
        raise NotFound
    require_other(payment, acting)
    if is_done(payment, "confirmed", command.key):
        return payment, None
    if payment.id in taken.payments:
        raise PaymentAlreadyDecided("confirmed")
    taken.payments.add(payment.id)
    return payment, Settling(payment, known.lines[payment.id], command.key)


def _new(session: Session, acting: Acting, command: New) -> NewPayment | DomainError:
    """InvalidInput for a method, a day or a code that is none."""
    today = today_in(acting.timezone, clock_of(session).now())
    method, code = (command.method, command.provider_code) if isinstance(command, RecordBanked) else ("cash", "")
    method, paid_on = (KEPT, today) if isinstance(command, UseKept) else (method, command.paid_on)
    try:
        if isinstance(command, RecordBanked) and method not in SENT_BY:
            raise InvalidInput("method", "method")
        rules.check_paid_on(paid_on, today)
        code = rules.normalise_provider_code(method, code) if code else None
    except InvalidInput as refusal:
        return refusal
    payment = new_payment(session, acting, command.member_id, command.parts, method, paid_on)
    payment.source = "statement" if isinstance(command, RecordBanked) else "treasurer"
    payment.provider_code, payment.submit_key = code, command.key
    payment.submit_fingerprint = store.fingerprint(
        member=str(payment.member_id),
        method=method,
        paid_on="" if isinstance(command, UseKept) else str(paid_on),
        parts=store.parts_text(command.parts),
        **({"code": code} if code else {}),
    )
    return payment


def new_payment(
    session: Session, acting: Acting, member_id: UUID, parts: Sequence[Part], method: str, paid_on: date
) -> NewPayment:
    """A payment that somebody says was made; its source, code and keys are the caller's."""
    return NewPayment(
        group_id=acting.group_id,
        id=new_id(),
        member_id=member_id,
        state="submitted",
        source="member",
        method=method,
        provider_code=None,
        amount_minor=sum(part.amount_minor for part in parts),
        currency=acting.currency,
        paid_on=paid_on,
        submitted_by=acting.member_id,
        submitted_at=clock_of(session).now(),
        submit_key="",
        submit_fingerprint=b"",
    )


def require_other(payment: AnyPayment, acting: Acting) -> None:
    if payment.member_id == acting.member_id:
        raise OwnPayment


def is_done(payment: Payment, state: str, key: str) -> bool:
    """True when this very command led to `state` before; PaymentAlreadyDecided when another did anything."""
    if payment.state == "submitted":
        return False
    decided = "confirmed" if payment.state == "reversed" else payment.state
    if (decided, payment.decision_key) != (state, key):
        raise PaymentAlreadyDecided(payment.state)
    return True
