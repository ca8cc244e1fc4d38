"""Our own checkpoints held against the books, against one another, and against those that lie outside."""

from uuid import UUID

from sqlalchemy import text

from app.domain.ledger import standing
from app.domain.ledger.checkpoint_holding import MISSING, SERIES, SIGNATURE, Claims
from app.domain.ledger.checkpoint_notes import note_hash, read_note
from app.domain.ledger.checkpoints import OWN, SETTLED, first_entry_at, newest, proof_of
from app.domain.ledger.standing import Claim, Grown
from app.domain.ledger.views import Fault
from app.kit import notes
from app.kit.db import Session, signer_of

_ALL_OWN = text(f"{OWN} AND h.number > :after ORDER BY h.number LIMIT 500")
_NAMED = text("SELECT count(*) AS rows, min(number) AS first FROM checkpoint_heads WHERE group_id = :group_id")
_NOTES = text("SELECT number, note FROM checkpoints WHERE number > :after ORDER BY number LIMIT 500")


async def find_departure(session: Session, group_id: UUID, grown: Grown) -> tuple[Fault | None, int]:
    """Where the group is not what its own checkpoints say; how many were asked.

    A proof that doesn't lead to the root counts as a departure, and so does a checkpoint that should name the group and
    has no row of it. An unsigned note is the platform's fault (SERIES, the checkpoint's number).
    """
    signer, after, asked = signer_of(session), 0, 0
    seen: dict[str, bool] = {}
    while rows := (await session.execute(_ALL_OWN, {"group_id": group_id, "after": after})).all():
        proofs = [proof_of(group_id, row) for row in rows]
        for one in proofs:
            made = read_note(one.note)
            if one.note not in seen:
                seen[one.note] = made is not None and notes.is_note_signed(signer, made.origin, one.note)
            if not seen[one.note]:
                return Fault(one.number, SERIES), asked
            if not one.is_inside():
                return Fault(max(one.head.seq, 1), SIGNATURE), asked
        said = [Claim(one.number, what, mark) for one in proofs for what, mark in one.standing.marks()]
        if fault := await standing.find_departure(session, group_id, grown, said):
            return fault, asked
        asked, after = asked + len(proofs), proofs[-1].number
    return await _find_missing(session, group_id), asked


async def _find_missing(session: Session, group_id: UUID) -> Fault | None:
    """Every checkpoint from the group's first one on names it, and so does each made well after its first entry."""
    last, after = await newest(session), 0
    row = (await session.execute(_NAMED, {"group_id": group_id})).one()
    if row.rows and (last is None or row.rows != last.number - row.first + 1):
        return Fault(1, MISSING)
    born = await first_entry_at(session, group_id)
    while born is not None and (page := (await session.execute(_NOTES, {"after": after})).all()):
        for number, note in page:
            made = read_note(note)
            if made is not None and made.at > born + SETTLED and (not row.rows or number < row.first):
                return Fault(1, MISSING)
        after = page[-1].number
    return None


async def find_in_series(session: Session) -> Fault | None:
    """The number of the first of our own checkpoints that doesn't follow the one before it, or isn't signed."""
    signer, before, number = signer_of(session), None, 0
    while page := (await session.execute(_NOTES, {"after": number})).all():
        for row in page:
            made = read_note(row.note)
            if made is None or not notes.is_note_signed(signer, made.origin, row.note):
                return Fault(row.number, SERIES)
            if (made.number, made.previous) != (number + 1, before) or row.number != made.number:
                return Fault(number + 1, SERIES)
            number, before = row.number, note_hash(row.note)
    return None


async def find_outside(session: Session, claims: Claims) -> Fault | None:
    """Whether what lies outside is our own row of checkpoints: the number of the first that isn't."""
    outside, after = claims.notes_by_number(), min(claims.notes_by_number(), default=1) - 1
    own: dict[int, str] = {}
    while page := (await session.execute(_NOTES, {"after": after})).all():
        own |= {row.number: row.note for row in page if row.number in outside}
        after = page[-1].number
    return next((Fault(number, SERIES) for number in sorted(outside) if own.get(number) != outside[number]), None)
