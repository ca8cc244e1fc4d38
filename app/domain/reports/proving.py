"""Whether a group's books hold, asked of everything there is: chain, balances, receipts, checkpoints.

For the worker and the operator, who have authorised; `verified` has what members ask. Locks nothing: run it in a
snapshot beside writers.
"""

from dataclasses import dataclass
from uuid import UUID

from app.domain.ledger import checkpoints
from app.domain.ledger import service as ledger
from app.domain.ledger.checkpoint_holding import RECEIPT, Claims
from app.domain.ledger.views import Fault, Head
from app.domain.receipts import service as receipts
from app.domain.receipts.rules import says_the_same
from app.kit.db import Session, signer_of

PAGE = 200


@dataclass(frozen=True, slots=True)
class CheckedBooks:
    """`fault` is the first thing wrong; `checkpoints` are our own that were asked, `held` those from outside."""

    head: Head
    checkpoints: int
    held: int
    receipts: int
    fault: Fault | None


async def check_books(session: Session, group_id: UUID, claims: Claims | None = None) -> CheckedBooks:
    """The entries first; when they are of one piece, what was said of them: outside checkpoints, our own, receipts.

    Of what speaks against the books the lowest entry is the fault.
    """
    head = await ledger.head(session, group_id)
    head = head if head.seq else Head(0, bytes(32))
    held = claims.held(group_id) if claims is not None else 0
    if fault := await ledger.find_fault(session, group_id):
        return CheckedBooks(head, 0, held, 0, fault)
    theirs = await _outside(session, group_id, head, claims) if claims is not None else None
    own, asked = await checkpoints.find_departure(session, group_id, head)
    wrong, agreeing = await _receipts(session, group_id)
    faults = [fault for fault in (theirs, own, wrong) if fault]
    return CheckedBooks(head, asked, held, agreeing, min(faults, key=lambda one: one.seq, default=None))


async def _outside(session: Session, group_id: UUID, head: Head, claims: Claims) -> Fault | None:
    claimed = claims.of(group_id)
    found = await checkpoints.hashes_at(session, group_id, [one.head.seq for one in claimed])
    faults = (checkpoints.departure(one.head, head.seq, found.get(one.head.seq)) for one in claimed)
    return next((fault for fault in faults if fault), None)


async def _receipts(session: Session, group_id: UUID) -> tuple[Fault | None, int]:
    """Every receipt's token against its row, its entry's hash and the account it stands on; the newest first."""
    verifier, before, agreeing = signer_of(session), None, 0
    lowest: int | None = None
    while page := await receipts.list_receipts(session, group_id, before=before, limit=PAGE):
        seqs = [one.seq for one in page]
        hashes = await checkpoints.hashes_at(session, group_id, seqs)
        codes = await ledger.codes_at(session, group_id, seqs)
        for one in page:
            payload = verifier.verify(one.token)
            is_hers = any(code.endswith(f".{one.member_id}") for code in codes.get(one.seq, ()))
            if not is_hers or payload is None or not says_the_same(payload, one) or hashes.get(one.seq) != one.hash:
                lowest = one.seq
            agreeing += 1
        before = page[-1].n
    return (Fault(lowest, RECEIPT) if lowest is not None else None), agreeing
