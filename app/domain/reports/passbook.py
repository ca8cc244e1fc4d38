"""A member's passbook: the lines of her account in the ledger, each with its receipt."""

from uuid import UUID

from app.domain.cashbook.decisions import HELD
from app.domain.groups.access import authorise
from app.domain.groups.members import member_cards
from app.domain.groups.permissions import Permission
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import member_account
from app.domain.receipts import service as receipts
from app.domain.reports.views import Passbook, PassbookRow
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound

PAGE = 30


async def passbook(
    session: Session, actor: Actor, *, member_id: UUID | None = None, before_seq: int | None = None
) -> Passbook:
    """One's own, or anyone's for those who read the group; NotFound otherwise. Pages of 30, newest first."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    member_id = member_id or acting.member_id
    if member_id != acting.member_id and not acting.may(Permission.READ_GROUP):
        raise NotFound
    card = (await member_cards(session, acting.group_id, [member_id])).get(member_id)
    if card is None:
        raise NotFound
    account = member_account(acting.purpose, member_id)
    lines = await ledger.account_lines(session, acting.group_id, account, before_seq=before_seq, limit=PAGE + 1)
    known = await receipts.find_by_entries(session, acting.group_id, [line.reverses_seq or line.seq for line in lines])
    rows = []
    for line in lines[:PAGE]:
        receipt = known.get(line.reverses_seq or line.seq)
        rows.append(
            PassbookRow(
                seq=line.seq,
                kind=line.kind,
                effective_on=line.effective_on,
                recorded_at=line.recorded_at,
                amount_minor=-line.amount_minor,
                balance_after_minor=-line.balance_after_minor,
                title=receipt.lines[0].title if receipt else "",
                receipt_id=receipt.id if receipt else None,
                receipt_number=receipt.number if receipt else None,
                is_reversed=line.reverses_seq is None and receipt is not None and receipt.state == "reversed",
            )
        )
    return Passbook(
        member_id=member_id,
        member_no=card.member_no,
        name=card.name,
        currency=acting.currency,
        balance_minor=-(await ledger.balance(session, acting.group_id, account)),
        holds_savings=acting.purpose in HELD,
        rows=tuple(rows),
        next_before_seq=rows[-1].seq if len(lines) > PAGE else None,
    )
