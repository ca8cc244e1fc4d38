"""A member's passbook: the lines of her accounts in the ledger, each with its receipt."""

from uuid import UUID

from app.domain.cashbook.decisions import HELD
from app.domain.groups.access import authorise
from app.domain.groups.members import member_cards
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import member_account
from app.domain.ledger.views import AccountLine
from app.domain.receipts import service as receipts
from app.domain.receipts.views import ReceiptView
from app.domain.reports.views import Passbook, PassbookRow
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound

PAGE = 30
BESIDES = ("contribution", "fine", "credit")
"""What members pay beside what the group's payments are for: a levy, a fine; and what is kept for them, until used."""


async def passbook(
    session: Session, actor: Actor, *, member_id: UUID | None = None, before_seq: int | None = None
) -> Passbook:
    """One's own, or anyone's for those who read the group; NotFound otherwise. Pages of 30 or one more where an entry
    has several lines, newest first; the balance is of what the group's payments are for.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    member_id = member_id or acting.member_id
    if member_id != acting.member_id and not acting.may(Permission.READ_GROUP):
        raise NotFound
    card = (await member_cards(session, acting.group_id, [member_id])).get(member_id)
    if card is None:
        raise NotFound
    lines = await _lines(session, acting, member_id, before_seq)
    shown = lines[:PAGE]
    shown += [one for one in lines[PAGE:] if one[1].seq == shown[-1][1].seq]  # an entry is not torn by a page's end
    known = await receipts.find_by_entries(
        session, acting.group_id, [line.reverses_seq or line.seq for _, line in shown]
    )
    rows = [_row(acting, purpose, line, known.get(line.reverses_seq or line.seq)) for purpose, line in shown]
    account, kept = (member_account(purpose, member_id) for purpose in (acting.purpose, "credit"))
    stands = await ledger.balances(session, acting.group_id, account, kept)
    return Passbook(
        member_id=member_id,
        member_no=card.member_no,
        name=card.name,
        currency=acting.currency,
        balance_minor=-stands[account],
        kept_minor=-stands[kept],
        holds_savings=acting.purpose in HELD,
        rows=tuple(rows),
        next_before_seq=rows[-1].seq if len(lines) > len(shown) else None,
    )


async def _lines(
    session: Session, acting: Acting, member_id: UUID, before_seq: int | None
) -> list[tuple[str, AccountLine]]:
    """Lines with their purpose, newest first, the group's own purpose first in an entry; over a page if there are."""
    accounts = {member_account(purpose, member_id): purpose for purpose in (acting.purpose, *BESIDES)}
    lines = await ledger.account_lines(session, acting.group_id, *accounts, before_seq=before_seq, limit=PAGE + 1)
    return [(accounts[line.code], line) for line in lines]


def _row(acting: Acting, purpose: str, line: AccountLine, receipt: ReceiptView | None) -> PassbookRow:
    titles = {one.purpose: one.title for one in reversed(receipt.lines)} if receipt else {}
    return PassbookRow(
        seq=line.seq,
        kind=line.kind,
        effective_on=line.effective_on,
        recorded_at=line.recorded_at,
        amount_minor=-line.amount_minor,
        balance_after_minor=-line.balance_after_minor if purpose == acting.purpose else None,
        title=titles.get(purpose) or (receipt.lines[0].title if receipt else ""),
        receipt_id=receipt.id if receipt else None,
        receipt_number=receipt.number if receipt else None,
        is_reversed=line.reverses_seq is None and receipt is not None and receipt.state == "reversed",
        purpose=purpose,
    )
