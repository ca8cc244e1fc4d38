"""The books: trial balance, journal, and one entry with its proof."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from app.domain.groups.access import authorise
from app.domain.groups.members import member_cards, name_of_actor
from app.domain.groups.permissions import Permission
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import CONTROL, MONEY, OTHER
from app.domain.ledger.views import EntryView
from app.domain.receipts import service as receipts
from app.domain.reconciliation.bank.deciding import lines_of_entries
from app.domain.reports.views import AsOf, EntryProof, JournalRow, TrialBalance
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound

EARLIEST = date(1900, 1, 1)
DEBIT_NORMAL = ("A", "X")
"""Classes whose accounts grow by debits."""


async def trial_balance(session: Session, actor: Actor, *, as_of: AsOf | None = None) -> TrialBalance:
    """Every control account with its balance, now or as of a day or a moment; for those who read the books.

    Raises InvalidInput for a day to come.
    """
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    if as_of is not None and not EARLIEST <= as_of.day <= today_in(acting.timezone, clock_of(session).now()):
        raise InvalidInput("on", "date_future" if as_of.day > EARLIEST else "date")
    upto = None
    if as_of is None:
        rows = tuple(await ledger.trial_balance(session, acting.group_id))
    elif as_of.at is None:
        rows = tuple(await ledger.balances_on(session, acting.group_id, as_of.day))
    else:
        upto = await ledger.seq_at(session, acting.group_id, as_of.at)
        rows = tuple(await ledger.balances_at(session, acting.group_id, upto))
    newest = await ledger.list_entries(session, acting.group_id, before_seq=None if upto is None else upto + 1, limit=1)
    return TrialBalance(
        currency=acting.currency,
        rows=rows,
        debit_minor=sum(row.debit_minor for row in rows),
        credit_minor=sum(row.credit_minor for row in rows),
        entries=newest[0].seq if newest else 0,
        head=newest[0].hash.hex() if newest else "",
    )


async def journal(
    session: Session, actor: Actor, *, before_seq: int | None = None, control: str | None = None, limit: int = 25
) -> list[JournalRow]:
    """Entries, newest first; `control` narrows to those that touch an account. Six queries at most."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    entries = await ledger.list_entries(session, acting.group_id, before_seq=before_seq, control=control, limit=limit)
    rows = await journal_rows(session, acting.group_id, entries, control)
    if not control:
        return rows
    balance = await ledger.control_balance(session, acting.group_id, control, before_seq=before_seq) * sign_of(control)
    found = []
    for row in rows:
        found.append(replace(row, balance_after_minor=balance))
        balance -= row.amount_minor
    return found


async def journal_rows(
    session: Session, group_id: UUID, entries: Sequence[EntryView], control: str | None
) -> list[JournalRow]:
    """Entries with their members and receipts, without balances. Three queries, one more for what was booked from a
    bank's line; the caller has authorised."""
    ids = {member_id for entry in entries for member_id in _members(entry)}
    cards = await member_cards(session, group_id, list(ids))
    known = await receipts.find_by_entries(session, group_id, [e.reverses_seq or e.seq for e in entries])
    from_lines = [entry.seq for entry in entries if entry.kind in OTHER]
    said = await lines_of_entries(session, group_id, from_lines) if from_lines else {}
    rows = []
    for entry in entries:
        receipt = known.get(entry.reverses_seq or entry.seq)
        rows.append(
            JournalRow(
                entry=entry,
                amount_minor=_moved(entry, control),
                balance_after_minor=None,
                members=tuple(cards[member_id].name for member_id in _members(entry) if member_id in cards),
                receipt_id=receipt.id if receipt else None,
                receipt_number=receipt.number if receipt else None,
                said=said[entry.seq][1] if entry.seq in said else "",
            )
        )
    return rows


def flows(entry: EntryView, control: str | None) -> tuple[int, int]:
    """What the entry adds to the account and takes from it; without one, to and from the group's places of money."""
    codes = [control] if control else MONEY
    sign = sign_of(control) if control else 1
    moved = [sign * line.amount_minor for line in entry.lines if line.account.partition(".")[0] in codes]
    return sum(one for one in moved if one > 0), -sum(one for one in moved if one < 0)


def _members(entry: EntryView) -> list[UUID]:
    """Whose accounts the entry touches."""
    return [UUID(own) for _, _, own in (line.account.partition(".") for line in entry.lines) if own]


def sign_of(control: str) -> int:
    """1 where debits make an account grow, -1 where credits do."""
    return 1 if CONTROL.get(control, "A") in DEBIT_NORMAL else -1


def _moved(entry: EntryView, control: str | None) -> int:
    """What the entry adds to the account, or to the group's money when none is asked for."""
    codes = [control] if control else [code for code, class_ in CONTROL.items() if class_ == "A"]
    lines = [line for line in entry.lines if line.account.partition(".")[0] in codes]
    return sum(line.amount_minor for line in lines) * (sign_of(control) if control else 1)


async def entry_proof(session: Session, actor: Actor, seq: int) -> EntryProof:
    """One entry with its neighbours in the chain. NotFound when there is none."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    entry = await ledger.get_entry(session, acting.group_id, seq)
    if entry is None:
        raise NotFound
    following = await ledger.get_entry(session, acting.group_id, seq + 1)
    cards = await member_cards(session, acting.group_id)
    receipt = await receipts.find_by_entry(session, acting.group_id, entry.reverses_seq or seq)
    line, said = (await lines_of_entries(session, acting.group_id, [seq])).get(seq, (None, ""))
    return EntryProof(
        entry=entry,
        previous_hash=entry.prev_hash.hex(),
        next_hash=following.hash.hex() if following else "",
        recorded_by=await name_of_actor(session, acting.group_id, entry.actor),
        members={card.id: card.name for card in cards.values()},
        receipt_id=receipt.id if receipt else None,
        receipt_number=receipt.number if receipt else None,
        line=line,
        said=said,
    )
