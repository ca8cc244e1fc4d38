"""Checkpoints on their way to the place outside."""

from app.domain.ledger import checkpoints
from app.domain.ledger.checkpoint_ports import OutsidePlace
from app.kit.actor import NOBODY
from app.kit.db import Database


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
