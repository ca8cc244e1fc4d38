"""Exports made without a database: the books of one group, whole and signed, to be bent by tests."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.ledger import canon, export_records
from app.domain.ledger.export_records import AccountView
from app.domain.ledger.views import EntryLine, EntryView, Head
from app.kit.ids import new_id
from app.kit.signing import Signer

GROUP = UUID("01920000-0000-7000-8000-00000000abcd")
CODE = "K7M2Q9"
ACCOUNTS = (AccountView(1, "1010", "A", "KES"), AccountView(2, f"4010.{UUID(int=7)}", "I", "KES"))
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def make_entries(amounts: list[int], *, reversed_seqs: tuple[int, ...] = (), salt: str = "") -> list[EntryView]:
    """Chained entries of two lines: cash against contributions; then the reversals of some."""
    found: list[EntryView] = []
    before, balance = canon.GENESIS, 0
    for amount, reverses in [(one, None) for one in amounts] + [(-amounts[n - 1], n) for n in reversed_seqs]:
        balance += amount
        seq = len(found) + 1
        draft = EntryView(
            group_id=GROUP,
            seq=seq,
            entry_id=new_id(),
            kind="reversal" if reverses else "contribution_confirmed",
            effective_on=date(2026, 1, 1) + timedelta(days=seq % 300),
            recorded_at=BEGAN + timedelta(seconds=seq),
            actor=UUID(int=9),
            idempotency_key=f"payment:{salt}{seq}",
            doc=canon.doc_commitment(bytes(16), "lunch"),
            prev_hash=before,
            hash=bytes(32),
            reverses_seq=reverses,
            reversed_by_seq=None,
            memo="lunch",
            salt=bytes(16),
            lines=(
                EntryLine(1, ACCOUNTS[0].code, 1, "KES", amount, balance),
                EntryLine(2, ACCOUNTS[1].code, 2, "KES", -amount, -balance),
            ),
        )
        before = canon.entry_hash(draft)
        found.append(EntryView(**{name: getattr(draft, name) for name in draft.__slots__} | {"hash": before}))
    return found


def make_document(
    signer: Signer, entries: list[EntryView], *, checkpoint: dict[str, str] | None = None, has_memo: bool = False
) -> str:
    """The text of an export, as the product writes it."""
    accounts = [export_records.account_record(one) for one in ACCOUNTS]
    head = Head(entries[-1].seq, entries[-1].hash) if entries else Head(0, bytes(32))
    payload = export_records.head_payload(
        GROUP, CODE, head, export_records.accounts_digest(accounts), issuer=signer.issuer, at=1
    )
    front = {
        "sanduk_export": 1,
        "made_at": "2026-11-21T02:00:00.000000Z",
        "issuer": signer.issuer,
        "group": {"id": str(GROUP), "code": CODE, "currency": "KES"},
        "keys": signer.jwks(),
        "checkpoint": checkpoint,
        "accounts": accounts,
    }
    start = "".join(f"{json.dumps(name)}:{json.dumps(value)},\n" for name, value in front.items())
    lines = ",\n".join(export_records.entry_record(entry, "", has_memo=has_memo) for entry in entries)
    end = export_records.one_line(export_records.head_record(head, signer.sign(payload)))
    return f'{{{start}"entries":[\n{lines}],\n"head":{end}}}\n'


def rehashed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every hash made new from what it says: what an owner without the signing key can do."""
    before = "0" * 64
    for record in document["entries"]:
        record["entry"]["prev"] = before
        before = hashlib.sha256(export_records.one_line(record["entry"]).encode()).hexdigest()
        record["hash"] = before
    document["head"] |= {"seq": str(len(document["entries"])), "hash": before}
    return document
