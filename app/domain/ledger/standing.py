"""What a checkpoint says of a group: its last entry, and how far each list beside the entries had grown.

A list only grows, so that an earlier word on it must be the beginning of what stands there now. Version 1 knew the
entries alone; it stays readable.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.domain.ledger.views import Fault, Head
from app.kit.db import Session

ENTRIES, ACCOUNTS, AUDIT, CLOSES, COUNTS, RECEIPTS = "entries", "accounts", "audit", "closes", "counts", "receipts"
LISTS = (ACCOUNTS, AUDIT, CLOSES, COUNTS, RECEIPTS)
"""Of accounts, closes and counts a running digest; of the audit trail its own hash; of receipts the last number."""
CHECKPOINT, CUT = "checkpoint", "cut"
"""Reasons: an entry's hash is not what a checkpoint holds; the chain ends before an entry that was once shown. For
other lists the reason is the list's name."""
NOTHING = bytes(32)
MAX_RECORD = 1_000

_NUMBER, _HASH = r"(0|[1-9]\d{0,17})", r"([0-9a-f]{64})"
_GROUP = r'"group":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"'
_MARK = rf'\["{_NUMBER}","{_HASH}"\]'
_V1 = re.compile(rf'\{{{_GROUP},"hash":"{_HASH}","seq":"{_NUMBER}","v":"1"\}}')
_V2 = re.compile(
    rf'\{{"accounts":{_MARK},"audit":{_MARK},"closes":{_MARK},"counts":{_MARK},{_GROUP},"hash":"{_HASH}",'
    rf'"receipts":"{_NUMBER}","seq":"{_NUMBER}","v":"2"\}}'
)
# a line for each: no part of it has a blank in it
_READ = text(
    """SELECT coalesce(h.seq, 0) AS seq, h.hash, coalesce(l.seq, 0) AS audit_seq, l.hash AS audit_hash,
  coalesce(n.last_n, 0) AS receipts,
  ARRAY(SELECT concat_ws(' ', a.account_no, a.code, a.class, a.currency) FROM ledger.account a
    WHERE a.group_id = g.id ORDER BY a.account_no) AS accounts,
  ARRAY(SELECT concat_ws(' ', s.id, s.account_no, s.source, to_char(s.as_of, 'YYYY-MM-DD'), s.stated_minor,
      s.ledger_minor, s.seq, s.actor, to_char(s.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    FROM ledger.assertion s WHERE s.group_id = g.id ORDER BY s.seq, s.recorded_at, s.id) AS counts,
  ARRAY(SELECT concat_ws(' ', to_char(p.through, 'YYYY-MM-DD'), p.seq, p.actor,
      to_char(p.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      (SELECT string_agg(concat_ws(',', b.account_no, b.debit_minor, b.credit_minor, b.balance_minor), ' '
         ORDER BY b.account_no)
       FROM ledger.period_balance b WHERE b.group_id = g.id AND b.through = p.through))
    FROM ledger.period p WHERE p.group_id = g.id ORDER BY p.through) AS closes
FROM (SELECT CAST(:group_id AS uuid) AS id) g LEFT JOIN ledger.chain_head h ON h.group_id = g.id
LEFT JOIN audit.head l ON l.group_id = g.id LEFT JOIN receipt_counters n ON n.group_id = g.id"""
)
_HASHES = {
    ENTRIES: text(
        "SELECT seq, hash FROM ledger.journal_entry WHERE group_id = :group_id AND seq = ANY(CAST(:seqs AS bigint[]))"
    ),
    AUDIT: text("SELECT seq, hash FROM audit.chain WHERE group_id = :group_id AND seq = ANY(CAST(:seqs AS bigint[]))"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Of a list: how many stand there, and what they come to."""

    count: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """A group at a moment. `lists` are the marks of LISTS by name; empty in version 1."""

    head: Head
    lists: tuple[tuple[str, Mark], ...] = ()

    def marks(self) -> Iterable[tuple[str, Mark]]:
        """Everything that is said, the entries first; nothing of what had not begun."""
        found = ((ENTRIES, Mark(self.head.seq, self.head.hash)), *self.lists)
        return (one for one in found if one[1].count)


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkpoint's word: of the list `what` the first so many come to this."""

    number: int
    what: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Grown:
    """A group's lists as they are: of each the running digest after every line; the audit trail's and entries' last."""

    head: Head
    audit: Mark
    receipts: int
    running: dict[str, list[bytes]]

    @property
    def standing(self) -> Standing:
        marks = {what: Mark(len(digests), digests[-1]) for what, digests in self.running.items() if digests}
        marks |= {AUDIT: self.audit, RECEIPTS: Mark(self.receipts, NOTHING)}
        return Standing(self.head, tuple((what, marks.get(what, Mark(0, NOTHING))) for what in LISTS))

    def last(self, what: str) -> int:
        if what == ENTRIES:
            return self.head.seq
        return len(self.running[what]) if what in self.running else dict(self.standing.lists)[what].count


def line_of(account_no: str, code: str, class_: str, currency: str) -> str:
    """An account's line, as the database makes it."""
    return f"{account_no} {code} {class_} {currency}"


def running(lines: Iterable[str]) -> list[bytes]:
    """The digest after each line: SHA-256 over the one before and the line."""
    digests, last = list[bytes](), NOTHING
    for line in lines:
        last = hashlib.sha256(last + line.encode()).digest()
        digests.append(last)
    return digests


def record_of(group_id: UUID, standing: Standing) -> bytes:
    """The leaf in canonical form (RFC 8785), of the version that it says."""
    head = standing.head
    said: dict[str, Any] = {"group": str(group_id), "hash": head.hash.hex(), "seq": str(head.seq), "v": "1"}
    if standing.lists:
        said |= {what: [str(mark.count), mark.digest.hex()] for what, mark in standing.lists if what != RECEIPTS}
        said |= {RECEIPTS: str(dict(standing.lists)[RECEIPTS].count), "v": "2"}
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def read_record(record: str) -> tuple[UUID, Standing] | None:
    """What a leaf says, and of whom; None for what is none."""
    if len(record) > MAX_RECORD:
        return None
    if found := _V1.fullmatch(record):
        return UUID(found[1]), Standing(Head(int(found[3]), bytes.fromhex(found[2])))
    found = _V2.fullmatch(record)
    if found is None:
        return None
    lists = [(what, _mark(found, 2 * place + 1)) for place, what in enumerate((ACCOUNTS, AUDIT, CLOSES, COUNTS))]
    lists.append((RECEIPTS, Mark(int(found[11]), NOTHING)))
    return UUID(found[9]), Standing(Head(int(found[12]), bytes.fromhex(found[10])), tuple(lists))


def _mark(found: re.Match[str], at: int) -> Mark:
    return Mark(int(found[at]), bytes.fromhex(found[at + 1]))


async def read_grown(session: Session, group_id: UUID) -> Grown:
    """One query, one moment. The nil UUID is the platform, which has an audit trail alone."""
    row = (await session.execute(_READ, {"group_id": group_id})).one()
    head = Head(row.seq, bytes(row.hash)) if row.seq else Head(0, NOTHING)
    audit = Mark(row.audit_seq, bytes(row.audit_hash)) if row.audit_seq else Mark(0, NOTHING)
    lists = {what: running(row._mapping[what]) for what in (ACCOUNTS, CLOSES, COUNTS)}
    return Grown(head, audit, row.receipts, lists)


async def find_departure(session: Session, group_id: UUID, grown: Grown, claims: list[Claim]) -> Fault | None:
    """The lowest entry at which the books are not what the claims say, else the first list that isn't; two queries."""
    found: dict[str, dict[int, bytes]] = {}
    for what, query in _HASHES.items():
        seqs = sorted({claim.mark.count for claim in claims if claim.what == what})
        rows = await session.execute(query, {"group_id": group_id, "seqs": seqs}) if seqs else ()
        found[what] = {row.seq: bytes(row.hash) for row in rows}
    faults = [
        fault
        for claim in claims
        if (fault := departure(claim, grown.last(claim.what), _digest(grown, found, claim))) is not None
    ]
    return min(faults, key=lambda one: (one.place != "entry", one.seq), default=None)


def _digest(grown: Grown, found: dict[str, dict[int, bytes]], claim: Claim) -> bytes | None:
    count = claim.mark.count
    if claim.what in found:
        return found[claim.what].get(count)
    if claim.what == RECEIPTS:
        return claim.mark.digest if count <= grown.receipts else None
    return grown.running[claim.what][count - 1] if count <= len(grown.running[claim.what]) else None


def departure(claim: Claim, last: int, found: bytes | None) -> Fault | None:
    """What a claim says against a list that ends at `last` and comes to `found` where the claim ends."""
    count = claim.mark.count
    if count == 0 or found == claim.mark.digest:
        return None
    if claim.what != ENTRIES:
        return Fault(min(count, last + 1), claim.what)
    return Fault(last + 1, CUT) if count > last else Fault(count, CHECKPOINT)
