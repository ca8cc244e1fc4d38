"""Accepted matches become payments, entries and receipts, one or five hundred at once, as payments themselves confirm.
What the books had before posts nothing.

Order of locks: the bank's lines in id order, then what payments lock. A line of a closed month is booked on the first
day that is open; its own day stays with the payment and in the entry's memo.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import NewEntry
from app.domain.payments.commands import DecidePayment, Part, RecordBanked
from app.domain.payments.confirming import Command, confirm_each
from app.domain.payments.errors import ApprovalNeeded, ClaimReplaced
from app.domain.payments.rules import normalise_provider_code
from app.domain.payments.settling import booked_on
from app.domain.reconciliation.bank.deciding import alone_minor, is_spent, load_matches, match_views, parts_of
from app.domain.reconciliation.bank.errors import AlreadyConfirmed, DueReplaced, LineTaken, MatchUndone
from app.domain.reconciliation.bank.models import BankLineRow, BankMatch, BankMatchPart
from app.domain.reconciliation.bank.queue_views import ConfirmedMatch, ConfirmMatch, MatchView
from app.domain.reconciliation.bank.store import line_view
from app.kit.actor import Actor
from app.kit.db import Session, clock_of
from app.kit.errors import DomainError, InvalidInput, NotFound
from app.kit.halves import in_halves
from app.kit.rows import among, update_rows

ENTRIES = {"income": "other_income", "expense": "other_expense", "charge": "bank_charge"}
MOST = 500


@dataclass(slots=True)
class _Chosen:
    """An accepted match that is confirmed now, with its line and parts; then with what that made: a payment by member,
    or an entry of no member.
    """

    match: BankMatch
    line: BankLineRow
    parts: Sequence[BankMatchPart]
    key: str
    payments: dict[UUID, UUID] = field(default_factory=dict)
    entry_seq: int | None = None


async def confirm_match(session: Session, actor: Actor, command: ConfirmMatch) -> MatchView:
    """The money is booked: per member a payment with its entry and receipt; of no member an entry alone.

    Idempotent by key; by another key AlreadyConfirmed. OwnPayment where it is the treasurer's own, MatchUndone,
    LineTaken for an ignored line, ApprovalNeeded, DueReplaced, and what payments raise: CodeAlreadySent, NothingToPay,
    AmountTooHigh, PaymentAlreadyDecided. Then nothing is booked and the match stays accepted. PeriodClosed only where
    the books close at that very moment: asked again, it is booked on the day after.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    (refusal,) = await _confirm(session, acting, [command])
    if refusal is not None:
        raise refusal
    found, _ = await load_matches(session, acting.group_id, [command.match_id])
    return (await match_views(session, acting, list(found.values())))[0]


async def confirm_matches(session: Session, actor: Actor, commands: Sequence[ConfirmMatch]) -> list[ConfirmedMatch]:
    """Up to 500 at once, each as `confirm_match` does it and with its own outcome, in their order.

    One that is refused leaves the others as they are. As many queries for many as for one, unless something refuses
    that only the writing finds: then halves are tried. Raises InvalidInput for more, or for a match twice, and NotFound
    for one that isn't the group's.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    if len(commands) > MOST or len({one.match_id for one in commands}) < len(commands):
        raise InvalidInput("matches", "bank_matches", limit=MOST)
    if not commands:
        return []
    ids = [one.match_id for one in commands]
    known = select(func.count()).where(BankMatch.group_id == acting.group_id, among(BankMatch.id, ids))
    if await session.scalar(known) != len(ids):
        raise NotFound
    refusals = await in_halves(session, commands, lambda some: _confirm(session, acting, some))
    return [ConfirmedMatch(one.match_id, refusal) for one, refusal in zip(commands, refusals, strict=True)]


async def _confirm(session: Session, acting: Acting, commands: Sequence[ConfirmMatch]) -> list[DomainError | None]:
    """Why each is not confirmed, None for what is. Raises what spoils them all."""
    refusals: dict[UUID, DomainError | None] = {}
    chosen: list[_Chosen] = []
    matches, lines = await load_matches(session, acting.group_id, [one.match_id for one in commands])
    parts = await parts_of(session, acting.group_id, list(matches))
    for command in commands:
        match = matches.get(command.match_id)
        try:
            is_new = _is_new(match, command.key)
        except DomainError as refusal:
            refusals[command.match_id] = refusal
            continue
        if match is not None and is_new:
            chosen.append(_Chosen(match, lines[match.line_id], parts.get(match.id, ()), command.key))
    first_open = await _first_open(session, acting, [one.line.booked_on for one in chosen])
    refusals |= await _settle(session, acting, chosen, first_open)
    refusals |= await _book(session, acting, [one for one in chosen if one.match.kind in ENTRIES], first_open)
    await _keep(session, acting, [one for one in chosen if refusals.get(one.match.id) is None])
    return [refusals.get(one.match_id) for one in commands]


async def _keep(session: Session, acting: Acting, done: Sequence[_Chosen]) -> None:
    """The matches are confirmed, their lines settled, with those that they take back; parts know their payments."""
    group = {"group_id": acting.group_id}
    confirmed = {"state": "confirmed", "confirmed_by": acting.member_id, "confirmed_at": clock_of(session).now()}
    matches = [
        {"id": one.match.id, "confirm_key": one.key, "entry_seq": one.entry_seq or one.match.entry_seq} for one in done
    ]
    await update_rows(session, BankMatch, matches, group | confirmed, by=("group_id", "id"))
    settled = {one.line.id for one in done} | {
        one.match.pair_id for one in done if one.match.kind == "reversal" and one.match.pair_id
    }
    lines = [{"id": id_} for id_ in settled]
    await update_rows(session, BankLineRow, lines, group | {"state": "settled"}, by=("group_id", "id"))
    parts = [
        {"match_id": part.match_id, "part_no": part.part_no, "payment_id": one.payments[part.member_id]}
        for one in done
        for part in one.parts
    ]
    await update_rows(session, BankMatchPart, parts, group, by=("group_id", "match_id", "part_no"))


def _is_new(match: BankMatch | None, key: str) -> bool:
    """Whether it waits; False when this very command confirmed it before. Raises the refusal."""
    if not 1 <= len(key) <= 100:
        raise InvalidInput("idempotency_key", "key")
    if match is None:
        raise NotFound
    if match.state == "confirmed":
        if match.confirm_key != key:
            raise AlreadyConfirmed
        return False
    if match.state == "undone":
        raise MatchUndone
    if match.kind == "ignored":
        raise LineTaken
    return True


async def _first_open(session: Session, acting: Acting, days: Sequence[date]) -> date | None:
    """The first day that takes entries, where one of these days doesn't any more."""
    closed = await ledger.closed_through(session, acting.group_id)
    if closed is None or all(day > closed for day in days):
        return None
    return closed + timedelta(days=1)


async def _settle(
    session: Session, acting: Acting, chosen: Sequence[_Chosen], first_open: date | None
) -> dict[UUID, DomainError | None]:
    """What is of members: their submissions, and payments per member in the order of the parts."""
    of_members = [one for one in chosen if one.match.kind in ("submission", "dues")]
    key = await group_key(session, acting.group_id) if of_members else b""
    wanted = [_commands(one, key) for one in of_members]
    found = await confirm_each(session, acting, wanted, first_open=first_open) if wanted else []
    refusals: dict[UUID, DomainError | None] = {}
    for one, made in zip(of_members, found, strict=True):
        refusals[one.match.id] = _refusal(made) if isinstance(made, DomainError) else None
        if not isinstance(made, DomainError):
            one.payments.update((payment.member_id, payment.id) for payment in made)
    return refusals


def _refusal(error: DomainError) -> DomainError:
    return DueReplaced(title=str(error.params["title"])) if isinstance(error, ClaimReplaced) else error


def _commands(one: _Chosen, key: bytes) -> list[Command]:
    """The first payment of a line carries the provider's code."""
    if one.match.kind == "submission":
        assert one.match.payment_id is not None
        return [DecidePayment(one.match.payment_id, one.key)]
    by_member: dict[UUID, list[Part]] = {}
    for part in one.parts:
        by_member.setdefault(part.member_id, []).append(Part(part.claim_id, part.amount_minor, part.kind))
    method, code = _method(one.line, key)
    return [
        RecordBanked(
            member_id=member_id,
            parts=tuple(some),
            method=method,
            provider_code=code if number == 1 else "",
            paid_on=one.line.booked_on,
            key=f"bank:{one.match.id}:{number}",
        )
        for number, (member_id, some) in enumerate(by_member.items(), 1)
    ]


def _method(line: BankLineRow, key: bytes) -> tuple[str, str]:
    """How it was paid, and the provider's code as payments keep it; none where the bank's id can't be one."""
    code = line_view(line, key).bank_id
    for method in ("mpesa",) if line.account == "1020" else ("upi", "bank"):
        try:
            return method, normalise_provider_code(method, code)
        except InvalidInput:
            continue
    return ("mpesa" if line.account == "1020" else "bank"), ""


async def _book(
    session: Session, acting: Acting, chosen: Sequence[_Chosen], first_open: date | None
) -> Mapping[UUID, DomainError | None]:
    """Entries of no member, in one batch. ApprovalNeeded for an expense that the group's rule wants signed."""
    key = await group_key(session, acting.group_id) if chosen else b""
    spent = [one for one in chosen if is_spent(one.match.kind, one.line, key)]
    limit = await alone_minor(session, acting) if spent else 0
    refusals: dict[UUID, DomainError | None] = {
        one.match.id: ApprovalNeeded() for one in spent if abs(one.line.amount_minor) > limit
    }
    booked = [one for one in chosen if one.match.id not in refusals]
    if not booked:
        return refusals
    for control in sorted({recipes.OTHER[ENTRIES[one.match.kind]] for one in booked}):
        await ledger.open_account(
            session, acting.group_id, code=control, class_=recipes.CONTROL[control], currency=acting.currency
        )
    posted = await ledger.post_entries(session, [_entry(acting, one, first_open) for one in booked])
    for one, entry in zip(booked, posted, strict=True):
        one.entry_seq = entry.seq
    await audit.record_each(
        session,
        [(str(one.match.id), _facts(acting, one)) for one in booked],
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="bank.booked",
        subject="bank",
    )
    return refusals


def _entry(acting: Acting, one: _Chosen, first_open: date | None) -> NewEntry:
    kind = ENTRIES[one.match.kind]
    day, memo = booked_on(one.line.booked_on, first_open)
    return NewEntry(
        group_id=acting.group_id,
        kind=kind,
        effective_on=day,
        actor=acting.member_id,
        idempotency_key=f"bank:{one.match.id}",
        lines=recipes.build_other(kind, money=one.line.account, amount_minor=abs(one.line.amount_minor)),
        memo=memo,
    )


def _facts(acting: Acting, one: _Chosen) -> dict[str, str | int]:
    control = recipes.OTHER[ENTRIES[one.match.kind]]
    return {"account": control, "amount_minor": abs(one.line.amount_minor), "currency": acting.currency}
