"""Checks an export without a database: chain, hashes, sums, running balances, signatures, outside checkpoints.

It shares no code with `verifying`, on purpose: tests hold the two against each other. Takes the memory of the accounts,
and 16 bytes an entry for reversals to be compared with.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from uuid import UUID

from app.domain.ledger import verifying
from app.domain.ledger.checkpoint_holding import RECEIPT, SIGNATURE, BadCheckpoint, Claims
from app.domain.ledger.checkpoint_notes import read_note
from app.domain.ledger.checkpoint_tree import root_from
from app.domain.ledger.export_reading import BEGUN, BadExport, Reader
from app.domain.ledger.export_records import TYPE, VERSION, accounts_digest
from app.domain.ledger.standing import (
    ACCOUNTS,
    CHECKPOINT,
    CUT,
    ENTRIES,
    RECEIPTS,
    Claim,
    Standing,
    line_of,
    read_record,
    record_of,
    running,
)
from app.domain.ledger.views import Fault, Head
from app.kit import notes
from app.kit.canonical import one_line
from app.kit.signing import NoKeys, Verifier

ACCOUNT, GROUP, EARLIER = "account", "group", "earlier"
_KEYS = frozenset(
    (
        *("actor", "doc", "effective_on", "entry_id", "group_id", "idem", "kind", "lines", "prev", "recorded_at"),
        *("reverses", "seq", "v"),
    )
)
_HEX = re.compile(r"[0-9a-f]{64}")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_DIGEST = 16
MAX_ACCOUNTS = 100_000
"""Of a group of 500 members a few thousand are opened in many years."""
_ACCOUNT = ("no", "code", "class", "currency")
_MEMBERS = frozenset(("sanduk_export", "group", "keys", "members", "checkpoint", "head"))
"""Of what stands beside the records, all that is looked at; nothing else is remembered."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `fault` is the first thing wrong, None when the books hold.

    `held` counts the outside checkpoints that speak of the group; `receipts` the signed receipts that agree; `head` is
    the last entry.
    """

    group_id: UUID
    code: str
    head: Head
    held: int
    receipts: int
    fault: Fault | None

    @property
    def entries(self) -> int:
        return self.head.seq


@dataclass(slots=True)
class _Header:
    """The members of the document that stand before and after the entries, as far as they came."""

    seen: dict[str, Any] = field(default_factory=dict)
    accounts: dict[str, dict[str, str]] = field(default_factory=dict)


class ExportChecker:
    """Takes an export's entries in order. `claims` are what outside checkpoints say of this group.

    `has_memos`: an entry without its memo says that it was erased. `kept` is a head that somebody saw before.
    """

    def __init__(
        self,
        group_id: str,
        accounts: Mapping[str, Mapping[str, str]],
        verifier: Verifier,
        claims: Sequence[Claim],
        *,
        has_memos: bool = False,
        kept: Head | None = None,
    ) -> None:
        self._kept = kept
        self.group_id, self.seq, self.hash, self.at = group_id, 0, "0" * 64, ""
        self._has_memos = has_memos
        self.receipts = 0
        self._currencies = {no: account["currency"] for no, account in accounts.items()}
        self._codes = {no: account["code"] for no, account in accounts.items()}
        self._verifier = verifier
        self._balances: Counter[str] = Counter()
        self._digests = bytearray()
        self._claimed: dict[int, str] = {}
        self._rivals = False
        for claim in claims:
            if claim.what == ENTRIES:
                digest = claim.mark.digest.hex()
                self._rivals |= self._claimed.setdefault(claim.mark.count, digest) != digest
        self.claims = claims
        self._running = running(line_of(*(accounts[no][part] for part in _ACCOUNT)) for no in sorted(accounts, key=int))

    def take(self, record: dict[str, Any]) -> Fault | None:
        """The fault of this entry, None when it holds. Raises BadExport for what is no entry."""
        entry = _entry_of(record)
        seq = _whole(entry["seq"])
        reason = self._chain(seq, entry, record["hash"]) or self._lines(entry["lines"])
        reason = reason or self._memo(record, entry["doc"]) or self._reversal(entry)
        if reason is not None:
            return Fault(self.seq + 1 if reason == verifying.GAP else seq, reason)
        self.seq, self.hash, self.at = seq, record["hash"], entry["recorded_at"]
        if self._claimed.get(seq, self.hash) != self.hash:
            return Fault(seq, CHECKPOINT)
        if self._kept is not None and self._kept.seq == seq and self._kept.hash.hex() != self.hash:
            return Fault(seq, EARLIER)
        token = record.get("receipt")
        return None if token is None or self._receipt(token, entry) else Fault(seq, RECEIPT)

    def _chain(self, seq: int, entry: dict[str, Any], stated: str) -> str | None:
        if seq != self.seq + 1:
            return verifying.GAP
        if entry["group_id"] != self.group_id:
            return GROUP
        if entry["prev"] != self.hash:
            return verifying.CHAIN
        try:
            is_true = hashlib.sha256(one_line(entry).encode()).hexdigest() == stated
        except UnicodeEncodeError:
            is_true = False
        if not is_true:
            return verifying.HASH
        return None if entry["recorded_at"] > self.at else verifying.TIME

    def _lines(self, lines: list[list[str]]) -> str | None:
        if len(lines) < 2:
            return verifying.LINES
        sums: Counter[str] = Counter()
        for number, (line_no, account, currency, amount, after) in enumerate(lines, 1):
            if line_no != str(number):
                return verifying.LINES
            if self._currencies.get(account) != currency:
                return ACCOUNT
            minor = _whole(amount)
            sums[currency] += minor
            self._balances[account] += minor
            if self._balances[account] != _whole(after):
                return verifying.RUNNING_BALANCE
        return verifying.UNBALANCED if any(sums.values()) else None

    def _memo(self, record: dict[str, Any], doc: str) -> str | None:
        if "salt" not in record:
            return verifying.MEMO if self._has_memos and record.get("erased") != "yes" else None
        committed = hashlib.sha256(b"\x01" + record["salt"] + record.get("memo", "").encode()).hexdigest()
        return None if committed == doc else verifying.MEMO

    def _reversal(self, entry: dict[str, Any]) -> str | None:
        """Reversed lines are blotted out, reversals never kept: neither can be reversed again."""
        lines = entry["lines"]
        if not entry["reverses"]:
            self._digests += _digest("".join(f"{line[1]} {line[3]};" for line in lines))
            return None
        place = (_whole(entry["reverses"]) - 1) * _DIGEST
        was = bytes(self._digests[place : place + _DIGEST]) if place >= 0 else b""
        self._digests += bytes(_DIGEST)
        if was != _digest("".join(f"{line[1]} {-int(line[3])};" for line in lines)):
            return verifying.REVERSAL
        self._digests[place : place + _DIGEST] = bytes(_DIGEST)
        return None

    def _receipt(self, token: object, entry: dict[str, Any]) -> bool:
        payload = self._verifier.verify(token) if isinstance(token, str) else None
        amount = sum(int(line[3]) for line in entry["lines"] if not line[3].startswith("-"))
        self.receipts += 1
        return (
            payload is not None
            and self._is_hers(payload.get("member"), entry)
            and (
                payload.get("typ"),
                payload.get("group"),
                payload.get("seq"),
                payload.get("hash"),
                payload.get("amount_minor"),
            )
            == ("receipt", self.group_id, self.seq, self.hash, amount)
        )

    def _is_hers(self, member: object, entry: dict[str, Any]) -> bool:
        """Whether a line stands on an account of the member whom the receipt names."""
        return any(self._codes.get(line[1], "").endswith(f".{member}") for line in entry["lines"])

    def end(self) -> Fault | None:
        """What checkpoints say that the entries end before, what they say against one another, or of other lists.

        An export holds no audit trail, no counts and no closes: what is claimed of them is not asked.
        """
        if self._kept is not None and self._kept.seq > self.seq:
            return Fault(self.seq + 1, EARLIER)
        if max(self._claimed, default=0) > self.seq:
            return Fault(self.seq + 1, CUT)
        if self._rivals:
            return Fault(max(self.seq, 1), CHECKPOINT)
        for claim in self.claims:
            count, digest = claim.mark.count, claim.mark.digest
            known = self._running[count - 1] if count <= len(self._running) else None
            if claim.what == ACCOUNTS and known != digest:
                return Fault(min(count, len(self._running) + 1), ACCOUNTS)
            if claim.what == RECEIPTS and count > self.receipts:
                return Fault(self.receipts + 1, RECEIPTS)
        return None


def check_export(file: BinaryIO, trusted: Verifier | None, claims: Claims | None, kept: Head | None = None) -> Checked:
    """Check a whole export, and whether the head `kept` from an earlier one is still in it.

    Without `trusted` keys, the export's own say only that it is of one piece.

    Raises BadExport for a file that can't be read, is cut off, or is something else.
    """
    reader, header, checker = Reader(file), _Header(), None
    found: Fault | None = None
    for name, value in reader.members():
        try:
            if name == "accounts":
                if value is not BEGUN:
                    _take_account(header, value)
            elif name != "entries":
                if name in _MEMBERS:
                    header.seen[name] = value
            elif value is BEGUN:
                checker, found = _begin(header, trusted, claims, kept)
            elif found is None and checker is not None:
                found = checker.take(value)
        except _MALFORMED as error:
            msg = f"it holds what no export holds ({str(error)[:80]}), at {reader.where}"
            raise BadExport(msg) from error
    if checker is None or "head" not in header.seen:
        msg = "it is no whole export: accounts, entries and head must follow one another"
        raise BadExport(msg)
    try:
        found = found or checker.end() or _ending(header, checker, _verifier(header, trusted))
    except _MALFORMED as error:
        msg = f"it holds what no export holds ({str(error)[:80]}), behind the entries"
        raise BadExport(msg) from error
    group_id = UUID(checker.group_id)
    held = claims.held(group_id) if claims is not None else 0
    head = Head(checker.seq, bytes.fromhex(checker.hash))
    return Checked(group_id, header.seen["group"]["code"], head, held, checker.receipts, found)


_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError)


def _take_account(header: _Header, record: dict[str, str]) -> None:
    _whole(record["no"])
    if {type(one) for one in record.values()} != {str} or record["no"] in header.accounts:
        msg = "an account is there twice or is none"
        raise ValueError(msg)
    if len(header.accounts) == MAX_ACCOUNTS:
        msg = f"it has more than {MAX_ACCOUNTS:,} accounts"
        raise ValueError(msg)
    header.accounts[record["no"]] = {key: record[key] for key in _ACCOUNT}


def _begin(
    header: _Header, trusted: Verifier | None, claims: Claims | None, kept: Head | None
) -> tuple[ExportChecker, Fault | None]:
    """What checks the entries, and what is wrong before the first of them. Raises BadExport, BadCheckpoint."""
    if header.seen.get("sanduk_export") != VERSION:
        msg = f"“sanduk_export” is not {VERSION}: it is no export of books that this version reads"
        raise BadExport(msg)
    group = header.seen["group"]
    if not re.fullmatch(r"[2-9A-HJ-NP-Z]{6}", group["code"]):
        msg = "the group has no code"
        raise ValueError(msg)
    group_id, verifier = UUID(group["id"]), _verifier(header, trusted)
    outside = claims.of(group_id) if claims is not None else []
    fault = None
    if claims is not None and (name := claims.unsigned(verifier)):
        if trusted is not None or not outside:
            msg = f"{name} is signed by none of the keys"
            raise BadCheckpoint(msg)
        fault = Fault(
            next((one.mark.count for one in outside if one.what == ENTRIES), 1), SIGNATURE
        )  # one of the two has other keys than it should
    own, is_own_signed = _own_claim(header, group_id, verifier)
    if not is_own_signed:
        fault = fault or Fault(1, SIGNATURE)
    has_memos = "members" in header.seen
    said = [*outside, *own]
    return ExportChecker(str(group_id), header.accounts, verifier, said, has_memos=has_memos, kept=kept), fault


def _verifier(header: _Header, trusted: Verifier | None) -> Verifier:
    if trusted is not None:
        return trusted
    try:
        return Verifier.of_jwks(one_line(header.seen["keys"]))
    except (NoKeys, KeyError) as error:
        msg = "it holds no keys"
        raise ValueError(msg) from error


def _ending(header: _Header, checker: ExportChecker, verifier: Verifier) -> Fault | None:
    """The head against the last entry, its signature, and the checkpoint that holds an earlier or the same head."""
    head, last = header.seen["head"], max(checker.seq, 1)
    stated = _whole(head["seq"])
    if (stated, head["hash"]) != (checker.seq, checker.hash):
        return Fault(min(stated, checker.seq) + 1 if stated != checker.seq else last, verifying.HEAD)
    payload = verifier.verify(head["token"]) or {}
    group, digest = header.seen["group"], accounts_digest(header.accounts.values())
    said = tuple(payload.get(name) for name in ("typ", "group", "code", "seq", "hash"))
    if said != (TYPE, checker.group_id, group["code"], checker.seq, checker.hash):
        return Fault(last, SIGNATURE)
    if payload.get("accounts") != digest:
        return Fault(last, ACCOUNT)
    return None


def _own_claim(header: _Header, group_id: UUID, verifier: Verifier) -> tuple[list[Claim], bool]:
    """What the export's own checkpoint says of the group, and whether its proof and signature are right.

    Exports from before carry `seq` and `hash` instead of the record.
    """
    given = header.seen["checkpoint"]
    if given is None:
        return [], True
    note, path = read_note(given["note"]), bytes.fromhex(given["path"])
    if "record" in given:
        found = read_record(given["record"])
        if found is None or found[0] != group_id:
            return [], False
        standing = found[1]
    else:
        standing = Standing(Head(_whole(given["seq"]), bytes.fromhex(given["hash"])))
    if note is None or not notes.is_note_signed(verifier, note.origin, given["note"]):
        return [], False
    is_inside = root_from(record_of(group_id, standing), _whole(given["leaf"]), note.size, path) == note.root
    return [Claim(note.number, what, mark) for what, mark in standing.marks()], is_inside


def _entry_of(record: dict[str, Any]) -> dict[str, Any]:
    """The canonical object in a record, every part of the right shape."""
    entry = record["entry"]
    if entry.keys() != _KEYS or entry["v"] != "1":
        msg = "an entry has other parts than version 1"
        raise ValueError(msg)
    if not all(_HEX.fullmatch(one) for one in (record["hash"], entry["prev"], entry["doc"])):
        msg = "a hash is none"
        raise ValueError(msg)
    if not _AT.fullmatch(entry["recorded_at"]) or not all(
        type(part) is str for line in entry["lines"] for part in line
    ):
        msg = "an instant or a line is none"
        raise ValueError(msg)
    if "salt" in record:
        record["salt"] = bytes.fromhex(record["salt"])
    return entry


def _whole(text: str) -> int:
    """A whole number in its one spelling. Raises ValueError."""
    number = int(text)
    if str(number) != text:
        msg = f"{text[:30]} is no whole number in its plain form"
        raise ValueError(msg)
    return number


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST).digest()
