"""Checkpoints on their way to the place outside, and what lies there read back."""

from app.domain.ledger import checkpoints
from app.domain.ledger.checkpoint_holding import BadCheckpoint, Claims
from app.domain.ledger.checkpoint_ports import OutsidePlace
from app.kit.actor import NOBODY
from app.kit.db import Database
from app.kit.signing import Verifier

NEWEST, BEYOND = 30, 5
"""So many are read back: what is older was held against the books on earlier nights. So many numbers are looked for
beyond our newest, in case ours were deleted."""


async def put_waiting(database: Database, place: OutsidePlace) -> list[int]:
    """Put everything that waits, and return the numbers. Safe to repeat and to run twice: nothing is replaced there.

    A note never comes to lie there without its heads. Raises CannotKeep; what was put before stays put.
    """
    numbers = []
    while True:
        async with database.transaction(NOBODY) as session:
            waiting = await checkpoints.next_waiting(session)
        if waiting is None:
            return numbers
        name = f"{waiting.number:08}"
        await place.put(f"{name}.heads", waiting.heads.encode())
        await place.put(f"{name}.checkpoint", waiting.note.encode())
        async with database.transaction(NOBODY) as session:
            await checkpoints.mark_kept(session, waiting.number)
        numbers.append(waiting.number)


async def read_newest(database: Database, place: OutsidePlace, verifier: Verifier) -> tuple[Claims, int]:
    """What the newest checkpoints say that lie outside, and the number of the first that we put there and is gone.

    Raises CannotKeep when the place can't be read, BadCheckpoint when they are not ours or don't follow one another.
    """
    async with database.transaction(NOBODY) as session:
        newest = await checkpoints.newest(session)
        last = newest.number if newest else 0
        first = max(1, last - NEWEST + 1)
        kept = await checkpoints.kept_outside(session, first)
    claims, gone = Claims(), 0
    for number in range(first, last + BEYOND + 1):
        name = f"{number:08}"
        note = await place.get(f"{name}.checkpoint")
        if note is None:
            gone = gone or (number if number in kept else 0)
            continue
        heads = await place.get(f"{name}.heads")
        claims.add(f"{name}.checkpoint", note.decode(errors="replace"), (heads or b"").splitlines())
    if name := claims.unsigned(verifier):
        msg = f"{name} in {place.name} is signed by none of our keys"
        raise BadCheckpoint(msg)
    claims.series()
    return claims, gone
