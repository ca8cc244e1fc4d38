"""Whether a group's books hold, asked of everything there is: chain, balances, receipts, records, checkpoints, audit.

For the worker and the operator, who have authorised; `verified` has what members ask. Locks nothing: run it in a
snapshot beside writers.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from app.domain.audit import service as audit
from app.domain.ledger import checkpoint_checking, checkpoints, standing
from app.domain.ledger import service as ledger
from app.domain.ledger.checkpoint_holding import RECEIPT, Claims
from app.domain.ledger.checkpoints import PLATFORM
from app.domain.ledger.standing import AUDIT, CUT, Grown
from app.domain.ledger.verifying import UNREADABLE_ENTRY
from app.domain.ledger.views import Fault, Head
from app.domain.receipts import service as receipts
from app.domain.receipts.rules import says_the_same
from app.domain.receipts.views import ReceiptView
from app.domain.reports.holding import find_contradiction
from app.kit.db import UNREADABLE, Session, signer_of

PAGE = 200

_NEXT_RECEIPT = text(
    """SELECT n, seq FROM receipts WHERE group_id = :group_id AND n < coalesce(CAST(:before AS bigint), n + 1)
       ORDER BY n DESC LIMIT 1"""
)


@dataclass(frozen=True, slots=True)
class CheckedBooks:
    """`fault` is the first thing wrong; `checkpoints` are our own that were asked, `held` those from outside."""

    head: Head
    checkpoints: int
    held: int
    receipts: int
    fault: Fault | None


async def check_books(session: Session, group_id: UUID, claims: Claims | None = None) -> CheckedBooks:
    """The entries first; when they are of one piece, what was said of them and what stands around them.

    Outside checkpoints, our own, receipts, payments, earlier verifications, the audit trail. Of what speaks against
    the books the lowest entry is the fault, and after the entries the first of the rest. The nil UUID is the platform:
    its audit trail, and our own row of checkpoints. Keys are those of the session's signer.
    """
    try:
        return await _check(session, group_id, claims)
    except UNREADABLE:  # in what is read as a whole: there it is all that can be said
        return CheckedBooks(Head(0, bytes(32)), 0, 0, 0, Fault(1, UNREADABLE_ENTRY))


async def _check(session: Session, group_id: UUID, claims: Claims | None) -> CheckedBooks:
    grown = await standing.read_grown(session, group_id)
    held = claims.held(group_id) if claims is not None else 0
    if fault := await ledger.find_fault(session, group_id):
        return CheckedBooks(grown.head, 0, held, 0, fault)
    log = await audit.find_fault(session, group_id)
    theirs = await _outside(session, group_id, grown, claims) if claims is not None else None
    own, asked = await checkpoint_checking.find_departure(session, group_id, grown)
    wrong, agreeing = await _receipts(session, group_id)
    around = await _around(session, group_id, grown.head, claims)
    faults = [fault for fault in (theirs, own, wrong, around, Fault(log.seq, AUDIT) if log else None) if fault]
    first = min(faults, key=lambda one: (one.place != "entry", one.seq), default=None)
    return CheckedBooks(grown.head, asked, held, agreeing, first)


async def find_in_chains(session: Session, group_id: UUID) -> Fault | None:
    """What the books and the audit trail say against themselves, without any key."""
    if fault := await ledger.find_fault(session, group_id):
        return fault
    log = await audit.find_fault(session, group_id)
    return Fault(log.seq, AUDIT) if log else None


async def find_gone(session: Session, claims: Claims) -> Fault | None:
    """Whether every group that outside checkpoints name is still there; asked of the platform."""
    there = {PLATFORM, *(await checkpoints.every_group(session))}
    return Fault(1, CUT) if claims.groups - there else None


async def _outside(session: Session, group_id: UUID, grown: Grown, claims: Claims) -> Fault | None:
    return await standing.find_departure(session, group_id, grown, claims.of(group_id))


async def _around(session: Session, group_id: UUID, head: Head, claims: Claims | None) -> Fault | None:
    if group_id != PLATFORM:
        return await find_contradiction(session, group_id, head)
    if fault := await checkpoint_checking.find_in_series(session):
        return fault
    if lost := await checkpoints.find_lost(session):
        return lost[1]
    if claims is None:
        return None
    return await find_gone(session, claims) or await checkpoint_checking.find_outside(session, claims)


async def _receipts(session: Session, group_id: UUID) -> tuple[Fault | None, int]:
    """Every receipt's token against its row, its entry's hash and the account it stands on; the newest first.

    Of a page that can't be read each is read alone, so that the one has a number.
    """
    before, agreeing, limit = None, 0, PAGE
    faults = list[Fault]()
    while True:
        try:
            page = await receipts.list_receipts(session, group_id, before=before, limit=limit)
            faults += await _disagreeing(session, group_id, page)
        except UNREADABLE:
            if limit > 1:
                limit = 1
                continue
            row = (await session.execute(_NEXT_RECEIPT, {"group_id": group_id, "before": before})).one()
            faults, before = [*faults, Fault(max(row.seq, 1), UNREADABLE_ENTRY)], row.n
            continue
        if not page:
            return min(faults, key=lambda one: one.seq, default=None), agreeing
        agreeing, before = agreeing + len(page), page[-1].n


async def _disagreeing(session: Session, group_id: UUID, page: list[ReceiptView]) -> list[Fault]:
    verifier, seqs = signer_of(session), [one.seq for one in page]
    hashes = await checkpoints.hashes_at(session, group_id, seqs)
    codes = await ledger.codes_at(session, group_id, seqs)
    faults = []
    for one in page:
        payload = verifier.verify(one.token)
        is_hers = any(code.endswith(f".{one.member_id}") for code in codes.get(one.seq, ()))
        if not is_hers or payload is None or not says_the_same(payload, one) or hashes.get(one.seq) != one.hash:
            faults.append(Fault(max(one.seq, 1), RECEIPT))
    return faults
