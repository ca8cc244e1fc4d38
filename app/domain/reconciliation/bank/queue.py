"""The exception queue: suggestions for open lines, what the treasurer decides, and taking it back until it is
confirmed. No money is posted here: see `confirming.py`.

Order of locks: the bank's lines in id order, then the dues in id order.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.payments import store as payment_store
from app.domain.payments.commands import Part
from app.domain.payments.rules import MAX_LINES, check_parts, check_reason
from app.domain.reconciliation.bank import credit
from app.domain.reconciliation.bank.deciding import find_line, find_match, keep, load_match, match_views, require_alone
from app.domain.reconciliation.bank.errors import AlreadyConfirmed, LineTaken, NoPair, PartsDiffer, PaymentStands
from app.domain.reconciliation.bank.facts import Proposal
from app.domain.reconciliation.bank.knowing import (
    MOST_OPEN,
    Surroundings,
    accepted_amounts,
    count_later,
    look_around,
    open_lines,
    propose,
    queue_row,
)
from app.domain.reconciliation.bank.models import BankLineRow, BankMatch, BankMatchPart
from app.domain.reconciliation.bank.queue_views import (
    AcceptedMany,
    AcceptMatch,
    BookOther,
    IgnoreLine,
    MatchCounts,
    MatchPart,
    MatchView,
    PairReversal,
    QueueView,
)
from app.kit.actor import Actor
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound

PAGE, MOST = 50, 500
OTHER = {"income": 1, "expense": -1, "charge": -1}
"""Kinds of money of no member, and which way it goes."""


async def propose_matches(
    session: Session, actor: Actor, *, account: str = "", verdict: str = "", skip: int = 0, limit: int = PAGE
) -> QueueView:
    """Suggestions for the open lines, oldest first, those of one account or verdict if asked; at most 500 at once.

    For those who read the books. Worked out afresh: nothing is written, nothing grows stale.
    """
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    around = await look_around(session, acting.group_id)
    rows = await open_lines(session, acting.group_id, account=account)
    found = await propose(session, acting.group_id, rows, around)
    fit = [one for one in found if not verdict or one[1].verdict == verdict]
    shown = fit[max(0, skip) :][: max(1, min(limit, MOST))]
    return QueueView(
        counts=dict(Counter(proposal.verdict for _, proposal in found)),
        total=len(fit),
        rows=tuple(queue_row(line, proposal, around) for line, proposal in shown),
        later=await count_later(session, acting.group_id, account) if len(rows) == MOST_OPEN else 0,
    )


async def list_matches(
    session: Session, actor: Actor, *, state: str = "accepted", skip: int = 0, limit: int = PAGE
) -> list[MatchView]:
    """Decisions that are accepted (and wait), ignored or confirmed: the oldest first for what waits, else newest."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    is_ignored = col(BankMatch.kind) == "ignored"
    stands = col(BankMatch.state) == ("accepted" if state == "ignored" else state)
    statement = select(BankMatch).where(BankMatch.group_id == acting.group_id, stands)
    statement = statement.where(is_ignored if state == "ignored" else ~is_ignored)
    order = col(BankMatch.id) if state == "accepted" else col(BankMatch.id).desc()
    page = statement.order_by(order).offset(max(0, skip)).limit(max(1, min(limit, MOST)))
    return await match_views(session, acting, list((await session.execute(page)).scalars()))


async def count_matches(session: Session, actor: Actor) -> MatchCounts:
    """How many decisions stand, and what waits for its confirmation. One query; for those who read the books."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    is_ignored = col(BankMatch.kind) == "ignored"
    statement = (
        select(BankMatch.state, is_ignored, func.count(), func.sum(func.abs(BankLineRow.amount_minor)))
        .join(BankLineRow, (BankLineRow.group_id == BankMatch.group_id) & (BankLineRow.id == BankMatch.line_id))
        .where(BankMatch.group_id == acting.group_id, BankMatch.state != "undone")
        .group_by(BankMatch.state, is_ignored)
    )
    rows = (await session.execute(statement)).all()
    found = {(state, left): (int(count), int(minor)) for state, left, count, minor in rows}
    waiting, minor = found.get(("accepted", False), (0, 0))
    return MatchCounts(
        waiting, minor, found.get(("accepted", True), (0, 0))[0], found.get(("confirmed", False), (0, 0))[0]
    )


async def get_match(session: Session, actor: Actor, match_id: UUID) -> MatchView:
    """Raises NotFound."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    return (await match_views(session, acting, [await find_match(session, acting.group_id, match_id)]))[0]


async def accept_match(session: Session, actor: Actor, command: AcceptMatch) -> MatchView:
    """Say what a line pays: dues of one or several members, money kept for a member, or a member's own submission.

    Idempotent by key. Locks the line, then the dues. Raises LineTaken, PartsDiffer, and for parts what a payment
    of them would raise: NotFound, NothingToPay, AmountTooHigh, InvalidInput(lines).
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    content = {
        "line": str(command.line_id),
        "payment": str(command.payment_id or ""),
        "parts": ",".join(f"{one.member_id}:{one.due_id}:{one.amount_minor}" for one in command.parts),
    }
    line, earlier = await begin(session, acting, command.line_id, command.key, content)
    if earlier:
        return earlier
    around = await look_around(session, acting.group_id)
    ((_, proposal),) = await propose(session, acting.group_id, [line], around)
    if line.amount_minor <= 0 or bool(command.parts) == bool(command.payment_id):
        raise PartsDiffer
    rule, score = _agrees(proposal, command)
    match = await keep(session, acting, line, "submission" if command.payment_id else "dues", command.key, content)
    match.rule, match.score = rule, score
    if command.payment_id:
        match.payment_id = await _check_submission(session, acting, command.payment_id, line)
    else:
        await _check_parts(session, acting, line, command.parts, around)
    session.add(match)
    await session.flush()
    _add_parts(session, match, command.parts, around)
    return await accepted(session, acting, match, line)


def _agrees(proposal: Proposal, command: AcceptMatch) -> tuple[str, int]:
    """By which rule this was suggested, and how surely; by hand otherwise."""
    asked = sorted((str(one.due_id or one.member_id), one.amount_minor) for one in command.parts)
    for one in proposal.candidates:
        offered = [(str(due_id), amount) for due_id, amount in one.parts]
        if one.credit_minor:
            offered.append((str(one.member_id), one.credit_minor))
        if sorted(offered) == asked and one.payment_id == command.payment_id:
            return proposal.rule, one.score
    return "hand", 0


async def _check_submission(session: Session, acting: Acting, payment_id: UUID, line: BankLineRow) -> UUID:
    """It waits, it is of the line's amount, and no other line is taken for it."""
    payment = await payment_store.lock_payment(session, acting.group_id, payment_id)
    joined = select(BankMatch.id).where(
        BankMatch.group_id == acting.group_id, BankMatch.payment_id == payment_id, BankMatch.state == "accepted"
    )
    if payment.state != "submitted" or (await session.execute(joined)).first() is not None:
        raise LineTaken
    if payment.amount_minor != line.amount_minor:
        raise PartsDiffer
    return payment.id


async def _check_parts(
    session: Session, acting: Acting, line: BankLineRow, parts: Sequence[MatchPart], around: Surroundings
) -> None:
    """They make the line's amount, and each due has room besides what is sent and accepted for it. Locks the dues."""
    if len(parts) > MAX_LINES:
        raise InvalidInput("lines", "payment_lines")
    if sum(one.amount_minor for one in parts) != line.amount_minor or any(one.amount_minor <= 0 for one in parts):
        raise PartsDiffer
    for member_id in sorted({one.member_id for one in parts}):
        of_member = [_part(one, around) for one in parts if one.member_id == member_id]
        claims = await payment_store.lock_claims(session, acting.group_id, of_member)
        ids = [one.claim_id for one in of_member]
        taken = Counter(await payment_store.waiting_amounts(session, acting.group_id, ids))
        taken.update(await accepted_amounts(session, acting.group_id, ids))
        check_parts([(one.claim_id, one.amount_minor) for one in of_member], claims, taken, member_id)


def _part(one: MatchPart, around: Surroundings) -> Part:
    kind = around.kind_of(one.due_id) if one.due_id else credit.KIND
    return Part(one.due_id or one.member_id, one.amount_minor, kind)


def _add_parts(session: Session, match: BankMatch, parts: Sequence[MatchPart], around: Surroundings) -> None:
    for number, one in enumerate(parts, 1):
        part = _part(one, around)
        session.add(
            BankMatchPart(
                group_id=match.group_id,
                match_id=match.id,
                part_no=number,
                member_id=one.member_id,
                kind=part.kind,
                claim_id=part.claim_id,
                amount_minor=part.amount_minor,
            )
        )


async def accept_sure(
    session: Session, actor: Actor, *, account: str = "", key: str, only: frozenset[UUID] | None = None
) -> AcceptedMany:
    """Accept every line that is sure, at once; each can still be undone. Repeating by key returns the same matches.

    `only` are the lines that were looked at: what came since, or is sure no more, is left. NotFound for one that isn't
    the group's.

    Locks the open lines, then the dues that are paid, so that two treasurers accept each line once.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    if not 1 <= len(key) <= 80:
        raise InvalidInput("idempotency_key", "key")
    if only is not None:
        await _require_lines(session, acting.group_id, only)
    rows = {row.id: row for row in await open_lines(session, acting.group_id, account=account, lock=True)}
    around = await look_around(session, acting.group_id)
    found = [
        one
        for _, one in await propose(session, acting.group_id, rows.values(), around)
        if one.verdict == "sure" and (only is None or one.line_id in only)
    ]
    due_ids = sorted({due_id for one in found if one.best for due_id, _ in one.best.parts})
    claims = await payment_store.lock_claims(
        session, acting.group_id, [Part(due_id, 1, around.kind_of(due_id)) for due_id in due_ids]
    )
    owners = {claim.id: claim.member_id for claim in claims}
    made_now = [await _sure_match(session, acting, rows[one.line_id], one, key) for one in found]
    session.add_all(made_now)
    await session.flush()
    for match, one in zip(made_now, found, strict=True):
        assert one.best is not None
        paid = [MatchPart(owners[due_id], amount, due_id) for due_id, amount in one.best.parts]
        _add_parts(session, match, paid, around)
    await session.flush()
    prefix = f"{key}:"
    mine = (BankMatch.group_id == acting.group_id, col(BankMatch.accept_key).startswith(prefix, autoescape=True))
    made = (await session.execute(select(BankMatch.id, BankMatch.line_id).where(*mine).order_by(BankMatch.id))).all()
    sums = select(BankLineRow.amount_minor).where(
        BankLineRow.group_id == acting.group_id, col(BankLineRow.id).in_([row.line_id for row in made])
    )
    total = sum((await session.execute(sums)).scalars())
    if found:
        facts = {"count": len(found), "amount_minor": total, "currency": acting.currency}
        await _audit(session, acting, "bank.accepted", found[0].line_id, facts)
    return AcceptedMany(len(made), total, tuple(row.id for row in made))


async def _require_lines(session: Session, group_id: UUID, ids: frozenset[UUID]) -> None:
    known = select(func.count()).where(BankLineRow.group_id == group_id, col(BankLineRow.id).in_(ids))
    if await session.scalar(known) != len(ids):
        raise NotFound


async def _sure_match(session: Session, acting: Acting, line: BankLineRow, found: Proposal, key: str) -> BankMatch:
    best = found.best
    assert best is not None
    content: dict[str, str | int] = {"line": str(line.id), "sure": 1}
    kind = "submission" if best.payment_id else "dues"
    match = await keep(session, acting, line, kind, f"{key}:{line.id}", content)
    match.rule, match.score, match.payment_id = found.rule, best.score, best.payment_id
    line.state = "accepted"
    return match


async def book_other(session: Session, actor: Actor, command: BookOther) -> MatchView:
    """Money of no member: other income, an expense, a charge of the bank. Idempotent by key.

    Raises LineTaken, InvalidInput(kind) for a kind that doesn't go the line's way, InvalidInput(note), ApprovalNeeded.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    if command.kind not in OTHER:
        raise InvalidInput("kind", "bank_kind_missing")
    note = check_reason(command.note, field="note") if command.note.strip() or command.kind != "charge" else ""
    content = {"line": str(command.line_id), "kind": command.kind, "note": note}
    line, earlier = await begin(session, acting, command.line_id, command.key, content)
    if earlier:
        return earlier
    if OTHER[command.kind] * line.amount_minor <= 0:
        raise InvalidInput("kind", "bank_kind")
    await require_alone(session, acting, command.kind, line)
    match = await keep(session, acting, line, command.kind, command.key, content, note=note)
    session.add(match)
    return await accepted(session, acting, match, line)


async def ignore_line(session: Session, actor: Actor, command: IgnoreLine) -> MatchView:
    """This line is none of ours, for a reason that is kept. Idempotent by key; undone like any other. LineTaken."""
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    reason = check_reason(command.reason)
    content = {"line": str(command.line_id), "ignored": reason}
    line, earlier = await begin(session, acting, command.line_id, command.key, content)
    if earlier:
        return earlier
    match = await keep(session, acting, line, "ignored", command.key, content, note=reason)
    session.add(match)
    return await accepted(session, acting, match, line, state="ignored")


async def pair_reversal(session: Session, actor: Actor, command: PairReversal) -> MatchView:
    """The bank took a payment back. Of a line that isn't settled both are put aside, and nothing is posted; of one that
    is, its payments must have been reversed first (PaymentStands). Either line may be named first. Idempotent by key.
    LineTaken, NoPair, NotFound.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    both = [await find_line(session, acting.group_id, one) for one in sorted((command.line_id, command.pair_id))]
    left, came = sorted(both, key=attrgetter("amount_minor"))
    command = replace(command, line_id=left.id, pair_id=came.id)
    content = {"line": str(command.line_id), "pair": str(command.pair_id)}
    line, earlier = await begin(session, acting, command.line_id, command.key, content)
    if earlier:
        return earlier
    pair = await find_line(session, acting.group_id, command.pair_id)
    if pair.account != line.account or pair.amount_minor != -line.amount_minor or line.amount_minor >= 0:
        raise NoPair
    if pair.state == "settled":
        await _require_reversed(session, acting, pair)
    elif pair.state != "open":
        raise LineTaken
    match = await keep(session, acting, line, "reversal", command.key, content)
    match.pair_id = pair.id
    session.add(match)
    if pair.state == "open":
        pair.state = "accepted"
    return await accepted(session, acting, match, line)


async def _require_reversed(session: Session, acting: Acting, pair: BankLineRow) -> None:
    """Raises PaymentStands while a payment of the line is in the books; NoPair where none ever was."""
    statement = select(BankMatch).where(
        BankMatch.group_id == acting.group_id, BankMatch.line_id == pair.id, BankMatch.state == "confirmed"
    )
    match = (await session.execute(statement)).scalar_one()
    view = (await match_views(session, acting, [match]))[0]
    if not view.payments:
        raise NoPair
    if any(one.state != "reversed" for one in view.payments):
        raise PaymentStands


async def undo_match(session: Session, actor: Actor, match_id: UUID) -> MatchView:
    """Take a decision back: the line is open again. Repeating changes nothing.

    Once it is confirmed only where nothing of it stands in the books: its payments are reversed, or it posted nothing.
    AlreadyConfirmed, NotFound.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    match, line = await load_match(session, acting.group_id, match_id)
    if match.state == "confirmed" and not await _is_reversed(session, acting, match):
        raise AlreadyConfirmed
    if match.state != "undone":
        match.confirmed_by = match.confirmed_at = match.confirm_key = None
        match.state, match.undone_by, match.undone_at = "undone", acting.member_id, clock_of(session).now()
        line.state = "open"
        if match.pair_id:
            pair = await find_line(session, acting.group_id, match.pair_id)
            if pair.state == "accepted":
                pair.state = "open"
        await session.flush()
        await _audit(session, acting, "bank.undone", match.id, _facts(acting, line))
    return (await match_views(session, acting, [match]))[0]


async def _is_reversed(session: Session, acting: Acting, match: BankMatch) -> bool:
    """True when what a confirmed match booked is out of the books again, and no other line takes it back."""
    pairs = select(BankMatch.id).where(
        BankMatch.group_id == acting.group_id, BankMatch.pair_id == match.line_id, BankMatch.state != "undone"
    )
    if (await session.execute(pairs)).first() is not None:
        return False
    if match.kind == "booked":
        return True
    view = (await match_views(session, acting, [match]))[0]
    return bool(view.payments) and all(one.state == "reversed" for one in view.payments)


async def begin(
    session: Session, acting: Acting, line_id: UUID, key: str, content: dict[str, str]
) -> tuple[BankLineRow, MatchView | None]:
    """The line, locked and open; or what this very command decided before. Raises LineTaken, IdempotencyConflict."""
    if not 1 <= len(key) <= 128:
        raise InvalidInput("idempotency_key", "key")
    line = await find_line(session, acting.group_id, line_id)
    statement = select(BankMatch).where(BankMatch.group_id == acting.group_id, BankMatch.accept_key == key)
    known = (await session.execute(statement)).scalar_one_or_none()
    if known is not None:
        payment_store.require_same(known.accept_print, **content)
        return line, (await match_views(session, acting, [known]))[0]
    if line.state != "open":
        raise LineTaken
    return line, None


async def accepted(
    session: Session,
    acting: Acting,
    match: BankMatch,
    line: BankLineRow,
    *,
    state: str = "accepted",
) -> MatchView:
    """The line is decided about: the log says so."""
    line.state = state
    await session.flush()
    facts = {**_facts(acting, line), "count": 1}
    await _audit(session, acting, "bank.ignored" if state == "ignored" else "bank.accepted", match.id, facts)
    return (await match_views(session, acting, [match]))[0]


def _facts(acting: Acting, line: BankLineRow) -> dict[str, str | int]:
    return {"amount_minor": abs(line.amount_minor), "currency": acting.currency}


async def _audit(session: Session, acting: Acting, action: str, subject_id: UUID, facts: dict[str, str | int]) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="bank",
        subject_id=subject_id,
        facts=facts,
    )
