"""The books: trial balance, journal, and one entry with its proof."""

from app.domain.groups.access import authorise
from app.domain.groups.members import member_cards, name_of_actor
from app.domain.groups.permissions import Permission
from app.domain.ledger import service as ledger
from app.domain.ledger.views import EntryView
from app.domain.receipts import service as receipts
from app.domain.reports.views import EntryProof, TrialBalance
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound


async def trial_balance(session: Session, actor: Actor) -> TrialBalance:
    """Every control account with its balance; for those who read the books."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    rows = tuple(await ledger.trial_balance(session, acting.group_id))
    newest = await ledger.list_entries(session, acting.group_id, limit=1)
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
) -> list[EntryView]:
    """Entries, newest first; `control` narrows to those that touch an account."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    return await ledger.list_entries(session, acting.group_id, before_seq=before_seq, control=control, limit=limit)


async def entry_proof(session: Session, actor: Actor, seq: int) -> EntryProof:
    """One entry with its neighbours in the chain. NotFound when there is none."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    entry = await ledger.get_entry(session, acting.group_id, seq)
    if entry is None:
        raise NotFound
    following = await ledger.get_entry(session, acting.group_id, seq + 1)
    cards = await member_cards(session, acting.group_id)
    receipt = await receipts.find_by_entry(session, acting.group_id, entry.reverses_seq or seq)
    return EntryProof(
        entry=entry,
        previous_hash=entry.prev_hash.hex(),
        next_hash=following.hash.hex() if following else "",
        recorded_by=await name_of_actor(session, acting.group_id, entry.actor),
        members={card.id: card.name for card in cards.values()},
        receipt_id=receipt.id if receipt else None,
        receipt_number=receipt.number if receipt else None,
    )
