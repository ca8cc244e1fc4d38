"""The export of a group's books as JSON: one document, a record a line, everything that a check without us needs.

`entry` is the canonical form itself, so that its hash is the SHA-256 of its own text. Account codes are not in that
hash: the signed head commits to the list of accounts. Memos and salts are there only when names were asked for.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.ledger import canon
from app.domain.ledger.views import EntryView, Head
from app.kit.canonical import one_line

VERSION = 1
TYPE = "books"
"""`typ` of the token that signs a head."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as it was opened; `class_` is A, L, E, I or X."""

    account_no: int
    code: str
    class_: str
    currency: str


def account_record(account: AccountView) -> dict[str, str]:
    return {
        "no": str(account.account_no),
        "code": account.code,
        "class": account.class_,
        "currency": account.currency,
    }


def entry_record(entry: EntryView, receipt: str, *, has_memo: bool, is_erased: bool = False) -> str:
    """`receipt` is the token of the entry's receipt, empty without one; `is_erased`: its memo was taken away."""
    more: dict[str, str] = {"hash": entry.hash.hex()}
    if receipt:
        more["receipt"] = receipt
    if has_memo and entry.salt is not None:
        more |= {"memo": entry.memo or "", "salt": entry.salt.hex()}
    if has_memo and is_erased:
        more["erased"] = "yes"
    return f'{{"entry":{canon.canonical(entry).decode()},{one_line(more)[1:]}'


def head_record(head: Head, token: str) -> dict[str, str]:
    return {"seq": str(head.seq), "hash": head.hash.hex(), "token": token}


def accounts_digest(records: Iterable[dict[str, str]]) -> str:
    """What the signed head says of the accounts, in order of their numbers."""
    lines = "".join(f"{one_line(record)}\n" for record in sorted(records, key=lambda one: int(one["no"])))
    return hashlib.sha256(lines.encode()).hexdigest()


def head_payload(group_id: UUID, code: str, head: Head, accounts: str, *, issuer: str, at: int) -> dict[str, Any]:
    """What the installation signs about the books that it gave out; `at` in seconds."""
    return {
        "v": VERSION,
        "typ": TYPE,
        "iss": issuer,
        "group": str(group_id),
        "code": code,
        "seq": head.seq,
        "hash": head.hash.hex(),
        "accounts": accounts,
        "iat": at,
    }
