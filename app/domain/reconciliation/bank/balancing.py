"""The bank's balance held against the books': what explains the difference, and what a close demands of it."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import NewEntry, PeriodLine
from app.domain.payments.models import Payment
from app.domain.payments.rules import check_reason
from app.domain.reconciliation.bank.agreement import NEEDS_REASON, Agreement, Item, Moved, Sheet, agree
from app.domain.reconciliation.bank.balancing_views import (
    AgreementView,
    BookOpening,
    ExplainDifference,
    ItemView,
    SumView,
)
from app.domain.reconciliation.bank.errors import NotExplained, NothingBefore, NothingToExplain
from app.domain.reconciliation.bank.models import (
    BankFileRow,
    BankLineRow,
    BankMatch,
    BankMatchPart,
    BankReason,
    BankStatementRow,
)
from app.domain.reconciliation.bank.store import WITHDRAWN, line_view
from app.domain.reconciliation.bank.views import ACCOUNTS
from app.kit.actor import Actor
from app.kit.crypto import decrypt, encrypt, place
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput

FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
MOST_ENTRIES = 200_000
"""Of one account. Beyond it the sums don't come out, and nothing closes: never silently."""
SHOWN = 100
"""Items of a kind that are listed; the sums are of all."""


async def list_agreements(session: Session, actor: Actor, day: date) -> list[AgreementView]:
    """Each account that has a statement or an entry, as of the end of `day`. For those who read the books.

    A dozen queries per account, whatever it holds. Raises InvalidInput(day) for a day to come.
    """
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    found = [(account, await read_agreement(session, acting.group_id, account, day)) for account in ACCOUNTS]
    return [await _view(session, acting, account, one) for account, one in found if one is not None]


async def explain_difference(session: Session, actor: Actor, command: ExplainDifference) -> None:
    """Keep why an entry isn't on a statement, or why bank and books began apart; it holds while the amount stays.

    Repeating changes nothing but the words. Raises NothingToExplain where nothing of the kind stands, InvalidInput.
    """
    acting = await authorise(session, actor, Permission.CLOSE_PERIODS)
    reason = check_reason(command.reason)
    item = await _find_item(session, acting, command)
    values = {
        "group_id": acting.group_id,
        "account": command.account,
        "entry_seq": command.seq,
        "amount_minor": item.amount_minor,
        "reason_enc": encrypt(
            await group_key(session, acting.group_id), reason, _place(acting.group_id, command.account, command.seq)
        ),
        "said_by": acting.member_id,
        "said_at": clock_of(session).now(),
    }
    changed = {name: values[name] for name in ("amount_minor", "reason_enc", "said_by", "said_at")}
    index = ["group_id", "account", "entry_seq"]
    await session.execute(insert(BankReason).values(values).on_conflict_do_update(index_elements=index, set_=changed))
    await _audit(session, acting, "bank.explained", command.account, abs(item.amount_minor))


async def _find_item(session: Session, acting: Acting, command: ExplainDifference) -> Item:
    found = await read_agreement(session, acting.group_id, _known(command.account), command.day)
    for item in found.items if found else ():
        if item.seq == command.seq and item.what in NEEDS_REASON:
            return item
    raise NothingToExplain


async def book_opening(session: Session, actor: Actor, command: BookOpening) -> int:
    """What the account held before its first statement comes into the books, on that statement's first day; the entry.

    Once per account, and only where the books know of nothing before: NothingBefore otherwise. Idempotent. Locks the
    ledger's head. PeriodClosed where the day is closed.
    """
    acting = await authorise(session, actor, Permission.CLOSE_PERIODS)
    found = await read_agreement(session, acting.group_id, _known(command.account), command.day)
    item = next((one for one in found.items if one.what == "before"), None) if found else None
    if found is None or item is None or not found.may_open:
        raise NothingBefore
    for code in (command.account, "3010"):
        await ledger.open_account(
            session, acting.group_id, code=code, class_=recipes.CONTROL[code], currency=acting.currency
        )
    posted = await ledger.post_entry(
        session,
        NewEntry(
            group_id=acting.group_id,
            kind=recipes.OPENING,
            effective_on=item.on,
            actor=acting.member_id,
            idempotency_key=f"bank:opening:{command.account}",
            lines=recipes.build_opening(money=command.account, amount_minor=item.amount_minor),
        ),
    )
    if not posted.replayed:
        await _audit(session, acting, "bank.opened", command.account, item.amount_minor)
    return posted.seq


async def require_explained(session: Session, group_id: UUID, day: date) -> None:
    """Raises NotExplained while anything between a bank and the books as of the end of `day` is open.

    Call it under the lock of the ledger's head: nothing is booked meanwhile.
    """
    for account in ACCOUNTS:
        found = await read_agreement(session, group_id, account, day)
        if found is not None and not found.is_explained:
            raise NotExplained(account, count=max(1, len(found.unexplained)))


async def read_agreement(session: Session, group_id: UUID, account: str, day: date) -> Agreement | None:
    """None where the account has neither statement nor entry; the caller has authorised."""
    lines = await _lines(session, group_id, account)
    entries = await entries_of(session, group_id, account)
    sheets = [
        Sheet(*row)
        for row in await session.execute(
            select(
                BankStatementRow.opening_on,
                BankStatementRow.opening_minor,
                BankStatementRow.closing_on,
                BankStatementRow.closing_minor,
            )
            .join(BankFileRow, (BankFileRow.group_id == group_id) & (BankFileRow.id == BankStatementRow.file_id))
            .where(
                BankStatementRow.group_id == group_id,
                BankStatementRow.account == account,
                BankFileRow.state != WITHDRAWN,
            )
        )
    ]
    if not (lines or entries or sheets):
        return None
    reasons = select(BankReason.entry_seq, BankReason.amount_minor).where(
        BankReason.group_id == group_id, BankReason.account == account
    )
    return agree(
        day,
        sheets,
        lines,
        entries,
        counted_minor=await ledger.stated_on(session, group_id, account, day),
        reasons={row.entry_seq: row.amount_minor for row in await session.execute(reasons)},
    )


async def entries_of(session: Session, group_id: UUID, account: str) -> list[PeriodLine]:
    """All of an account, by day."""
    upto = (await ledger.head(session, group_id)).seq
    return await ledger.period_lines(session, group_id, account, since=FIRST, until=LAST, upto=upto, limit=MOST_ENTRIES)


async def shown_entries(session: Session, group_id: UUID, account: str) -> set[int]:
    """The entries of the account that a statement's line stands for, or is accepted to."""
    booked = select(BankMatch.entry_seq).where(
        BankMatch.group_id == group_id, col(BankMatch.entry_seq).is_not(None), BankMatch.state != "undone"
    )
    became = {seq for line in await _lines(session, group_id, account) for seq in line.seqs}
    return became | {seq for seq in await session.scalars(booked) if seq is not None}


async def _lines(session: Session, group_id: UUID, account: str) -> list[Moved]:
    columns = (BankLineRow.id, BankLineRow.booked_on, BankLineRow.amount_minor, BankLineRow.state)
    mine = (
        BankLineRow.group_id == group_id,
        BankLineRow.account == account,
        BankLineRow.amount_minor != 0,
        BankLineRow.state != WITHDRAWN,
    )
    rows = (await session.execute(select(*columns).where(*mine))).all()
    seqs, pairs = await _became(session, group_id, account)
    return [
        Moved(row.id, row.booked_on, row.amount_minor, row.state, tuple(seqs.get(row.id, ())), pairs.get(row.id))
        for row in rows
    ]


async def _became(session: Session, group_id: UUID, account: str) -> tuple[dict[UUID, list[int]], dict[UUID, UUID]]:
    """The entries that each settled line became; and lines that cancel without any. Three queries."""
    matches = (
        await session.execute(
            select(BankMatch)
            .join(BankLineRow, (BankLineRow.group_id == BankMatch.group_id) & (BankLineRow.id == BankMatch.line_id))
            .where(BankMatch.group_id == group_id, BankMatch.state != "undone", BankLineRow.account == account)
        )
    ).scalars()
    live = {one.line_id: one for one in matches}
    confirmed = {line_id: one for line_id, one in live.items() if one.state == "confirmed"}
    paid = await _payments(session, group_id, list(confirmed.values()))
    seqs: dict[UUID, list[int]] = defaultdict(list)
    pairs: dict[UUID, UUID] = {}
    for line_id, match in confirmed.items():
        if match.entry_seq is not None:
            seqs[line_id].append(match.entry_seq)
        seqs[line_id] += [one.entry_seq for one in paid[match.id] if one.entry_seq is not None]
    for line_id, match in live.items():
        if match.pair_id is None:
            continue
        taken_back = confirmed.get(match.pair_id)
        if taken_back is None:
            pairs |= {line_id: match.pair_id, match.pair_id: line_id}
        elif match.state == "confirmed":
            seqs[line_id] += [one.reversed_seq for one in paid[taken_back.id] if one.reversed_seq is not None]
    return seqs, pairs


async def _payments(session: Session, group_id: UUID, matches: list[BankMatch]) -> dict[UUID, list[Payment]]:
    """Of each match, by its id."""
    wanted: dict[UUID, set[UUID]] = {one.id: {one.payment_id} if one.payment_id else set() for one in matches}
    parts = select(BankMatchPart.match_id, BankMatchPart.payment_id).where(
        BankMatchPart.group_id == group_id, col(BankMatchPart.payment_id).is_not(None)
    )
    for row in await session.execute(parts):
        if row.match_id in wanted:
            wanted[row.match_id].add(row.payment_id)
    ids = {payment_id for some in wanted.values() for payment_id in some}
    mine = select(Payment).where(Payment.group_id == group_id, col(Payment.id).in_(ids))
    found = {one.id: one for one in (await session.execute(mine)).scalars()} if ids else {}
    return {match_id: [found[one] for one in some] for match_id, some in wanted.items()}


async def _view(session: Session, acting: Acting, account: str, found: Agreement) -> AgreementView:
    """With the words of the items that are listed. Three queries."""
    sums: dict[str, SumView] = {}
    listed: list[Item] = []
    for item in sorted(found.items, key=lambda one: (one.is_explained, one.on)):
        so_far = sums.get(item.what, SumView(0, 0))
        if so_far.count < SHOWN:
            listed.append(item)
        sums[item.what] = SumView(so_far.count + 1, so_far.amount_minor + item.amount_minor)
    key = await group_key(session, acting.group_id)
    mine = (BankLineRow.group_id == acting.group_id, col(BankLineRow.id).in_([one.line_id for one in listed]))
    lines = {row.id: line_view(row, key) for row in (await session.execute(select(BankLineRow).where(*mine))).scalars()}
    kinds = {one.seq: one.kind for one in await entries_of(session, acting.group_id, account)}
    said = select(BankReason).where(BankReason.group_id == acting.group_id, BankReason.account == account)
    reasons = {
        row.entry_seq: decrypt(key, row.reason_enc, _place(acting.group_id, account, row.entry_seq))
        for row in (await session.execute(said)).scalars()
    }
    return AgreementView(
        account=account,
        currency=acting.currency,
        day=found.day,
        bank_minor=found.bank_minor,
        bank_on=found.bank_on,
        source=found.source,
        is_said=found.is_said,
        books_minor=found.books_minor,
        difference_minor=found.difference_minor,
        is_explained=found.is_explained,
        may_open=found.may_open,
        sums=sums,
        items=tuple(
            ItemView(
                what=one.what,
                amount_minor=one.amount_minor,
                on=one.on,
                line=lines.get(one.line_id) if one.line_id else None,
                seq=one.seq,
                kind=kinds.get(one.seq, ""),
                reason=reasons.get(one.seq, "") if one.what in NEEDS_REASON and one.is_explained else "",
                is_explained=one.is_explained,
            )
            for one in listed
        ),
    )


def _known(account: str) -> str:
    if account not in ACCOUNTS:
        raise InvalidInput("account", "account")
    return account


def _place(group_id: UUID, account: str, seq: int) -> str:
    return f"{place('bank_reasons', 'reason_enc', group_id, UUID(int=seq))}/{account}"


async def _audit(session: Session, acting: Acting, action: str, account: str, amount_minor: int) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="bank",
        subject_id=account,
        facts={"account": account, "amount_minor": amount_minor, "currency": acting.currency},
    )
