"""The books of a group given out: as JSON that checks itself, or for other programs.

For the operator, who has authorised it by having the shell: members stand in it as ids, unless names are asked for.
Nothing is held but a page of entries. Run it in a snapshot, else the head may move on the way.
"""

from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy import text

from app.domain.groups.access import read_group
from app.domain.groups.members import member_cards
from app.domain.groups.views import GroupView
from app.domain.ledger import checkpoints, export_records
from app.domain.ledger import service as ledger
from app.domain.ledger.canon import instant
from app.domain.ledger.export_journal import FORMATS
from app.domain.ledger.export_records import AccountView
from app.domain.ledger.views import EntryView, Head
from app.domain.receipts import service as receipts
from app.kit.canonical import one_line
from app.kit.db import Session, real_clock_of, signer_of

PAGE = 500
NAMES = ("json", *FORMATS)
"""The formats there are."""

_ACCOUNTS = text(
    "SELECT account_no, code, class, currency FROM ledger.account WHERE group_id = :group_id ORDER BY account_no"
)
_ERASED = text("SELECT seq FROM ledger.erasure WHERE group_id = :group_id AND seq BETWEEN :first AND :last")
_DAYS = text(
    "SELECT min(effective_on) AS first, max(effective_on) AS last FROM ledger.journal_entry WHERE group_id = :group_id"
)


async def export_books(session: Session, group_id: UUID, kind: str, *, has_names: bool = False) -> AsyncIterator[str]:
    """The whole export in pieces; `kind` is one of NAMES. Signs the head of the JSON, writes nothing."""
    group = await read_group(session, group_id)
    names = await _names(session, group_id) if has_names else {}
    pieces = (
        _document(session, group, names, has_names=has_names) if kind == "json" else _text(session, group, kind, names)
    )
    async for piece in pieces:
        yield piece


async def _names(session: Session, group_id: UUID) -> dict[str, str]:
    cards = await member_cards(session, group_id)
    return {str(card.id): f"{card.name}, {card.member_no}" for card in cards.values() if card.name}


async def _accounts(session: Session, group_id: UUID) -> list[AccountView]:
    rows = await session.execute(_ACCOUNTS, {"group_id": group_id})
    return [AccountView(no, code, class_, currency) for no, code, class_, currency in rows]


async def _pages(session: Session, group_id: UUID) -> AsyncIterator[list[EntryView]]:
    after = 0
    while page := await ledger.entries_after(session, group_id, after_seq=after, limit=PAGE):
        yield page
        after = page[-1].seq


async def _text(session: Session, group: GroupView, kind: str, names: dict[str, str]) -> AsyncIterator[str]:
    journal = FORMATS[kind](group.code, names)
    accounts = await _accounts(session, group.id)
    first, last = (await session.execute(_DAYS, {"group_id": group.id})).one()
    yield journal.head(accounts, first)
    balances = Counter({account.account_no: 0 for account in accounts})
    async for page in _pages(session, group.id):
        for entry in page:
            for line in entry.lines:
                balances[line.account_no] += line.amount_minor
        yield "".join(journal.entry(entry) for entry in page)
    yield journal.tail(balances, last)


async def _document(session: Session, group: GroupView, names: dict[str, str], has_names: bool) -> AsyncIterator[str]:
    signer, at = signer_of(session), real_clock_of(session).now()
    accounts = [export_records.account_record(one) for one in await _accounts(session, group.id)]
    proof = await checkpoints.newest_proof(session, group.id)
    front = {
        "sanduk_export": export_records.VERSION,
        "made_at": instant(at),
        "issuer": signer.issuer,
        "group": {"id": str(group.id), "code": group.code, "currency": group.currency},
        "keys": signer.jwks(),
        **({"members": names} if has_names else {}),
        "checkpoint": proof.record() if proof else None,
    }
    yield "{" + "".join(f"{one_line(name)}:{one_line(value)},\n" for name, value in front.items())
    yield '"accounts":[\n' + ",\n".join(one_line(one) for one in accounts) + '],\n"entries":[\n'
    head, between = Head(0, bytes(32)), ""
    async for page in _pages(session, group.id):
        known = await receipts.find_by_entries(session, group.id, [entry.seq for entry in page])
        tokens = {seq: one.token for seq, one in known.items()}
        span = {"group_id": group.id, "first": page[0].seq, "last": page[-1].seq}
        erased = set((await session.execute(_ERASED, span)).scalars())
        lines = [
            export_records.entry_record(one, tokens.get(one.seq, ""), has_memo=has_names, is_erased=one.seq in erased)
            for one in page
        ]
        yield between + ",\n".join(lines)
        head, between = Head(page[-1].seq, page[-1].hash), ",\n"
    digest = export_records.accounts_digest(accounts)
    payload = export_records.head_payload(
        group.id, group.code, head, digest, issuer=signer.issuer, at=int(at.timestamp())
    )
    yield f'],\n"head":{one_line(export_records.head_record(head, signer.sign(payload)))}}}\n'
