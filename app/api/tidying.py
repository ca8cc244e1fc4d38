"""What the web process does on its own, once an hour: forget what is no longer needed. Several processes may."""

import asyncio
import logging

from app import wiring
from app.domain.identity import codes
from app.kit.actor import NOBODY
from app.kit.db import UNREACHABLE

log = logging.getLogger(__name__)
FIRST_S, EVERY_S = 60, 3600


async def tidy() -> None:
    """Runs until the process ends. A database that is away is tried again the next time."""
    await asyncio.sleep(FIRST_S)
    while True:
        try:
            async with wiring.services().database.transaction(NOBODY) as session:
                if gone := await codes.forget_old(session):
                    log.info("forgot old requests for codes", extra={"count": gone})
        except UNREACHABLE as error:
            log.warning("could not forget old requests for codes: %s", type(error).__name__)
        await asyncio.sleep(EVERY_S)
