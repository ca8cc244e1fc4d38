"""`./sanduk staff`: who runs the platform. Whoever has this shell decides it; the pages can't."""

import asyncio
from pathlib import Path

from app.kit.actor import NOBODY
from app.kit.errors import InvalidInput
from app.launch.paths import Refusal
from app.launch.place import bring_up_to_date, open_place, set_environment, wired


def add(phone: str, data: Path | None) -> str:
    """Make the phone's person staff and let the phone sign in; repeating changes nothing. The phone in E.164."""
    with open_place(data) as place:
        set_environment(place)
        bring_up_to_date(place)
        try:
            return asyncio.run(_add(phone))
        except InvalidInput as error:
            msg = f"{phone} is not a phone number; write it as +254700000001."
            raise Refusal(msg, 2) from error


async def _add(phone: str) -> str:
    from app.domain.identity import service as identity
    from app.domain.identity.phones import parse_phone

    number = parse_phone(phone)
    services = wired()
    try:
        async with services.database.transaction(NOBODY) as session:
            await identity.add_staff(session, number)
    finally:
        await services.database.close()
    return number
