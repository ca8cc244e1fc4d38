"""Canonical form v1 of an entry, in Python: the same bytes as `ledger.canon` in the database.

RFC 8785 JSON, keys sorted, every scalar a string, a version field. Frozen by golden vectors; never re-hash.
"""

import hashlib
import unicodedata
from datetime import UTC, date, datetime

from app.domain.ledger.views import EntryView, NewEntry
from app.kit import canonical as texts

GENESIS = bytes(32)
"""The predecessor's hash of a group's first entry."""
SALT_BYTES = 16


def instant(at: datetime) -> str:
    """UTC with microseconds and Z; `at` is aware."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def civil(on: date) -> str:
    return on.isoformat()


def canonical(entry: EntryView) -> bytes:
    """The bytes that are hashed. Lines are [line_no, account_no, currency, amount, balance after]."""
    return texts.encode(
        {
            "actor": str(entry.actor),
            "doc": entry.doc.hex(),
            "effective_on": civil(entry.effective_on),
            "entry_id": str(entry.entry_id),
            "group_id": str(entry.group_id),
            "idem": entry.idempotency_key,
            "kind": entry.kind,
            "lines": [
                [str(v) for v in (x.line_no, x.account_no, x.currency, x.amount_minor, x.balance_after_minor)]
                for x in entry.lines
            ],
            "prev": entry.prev_hash.hex(),
            "recorded_at": instant(entry.recorded_at),
            "reverses": "" if entry.reverses_seq is None else str(entry.reverses_seq),
            "seq": str(entry.seq),
            "v": "1",
        }
    )


def entry_hash(entry: EntryView) -> bytes:
    return hashlib.sha256(canonical(entry)).digest()


def nfc(memo: str) -> str:
    return unicodedata.normalize("NFC", memo)


def doc_commitment(salt: bytes, memo: str) -> bytes:
    """SHA-256(0x01 + 16-byte salt + memo); `memo` in NFC, an empty one is salted as well."""
    return hashlib.sha256(b"\x01" + salt + memo.encode()).digest()


def request_hash(entry: NewEntry) -> bytes:
    """What makes two requests of one key the same, but for the memo.

    This hash is kept for ever and has no salt, so a memo in it could be guessed after its erasure; `post_entry`
    compares the memo with the stored one instead.
    """
    return hashlib.sha256(
        texts.encode(
            {
                "actor": str(entry.actor),
                "effective_on": civil(entry.effective_on),
                "group_id": str(entry.group_id),
                "kind": entry.kind,
                "lines": [[line.account, str(line.amount_minor)] for line in entry.lines],
                "reverses": "" if entry.reverses_seq is None else str(entry.reverses_seq),
                "v": "1",
            }
        )
    ).digest()
