"""`./sanduk staff`: who runs the platform. Whoever has this shell decides it; the pages can't."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from app.kit.actor import NOBODY
from app.kit.db import Session
from app.kit.errors import InvalidInput, NotFound
from app.launch.paths import Refusal
from app.launch.place import Place, bring_up_to_date, open_place, opened_services, set_environment

Found = TypeVar("Found")


def add(phone: str, data: Path | None) -> str:
    """Make the phone's person staff and let the phone sign in; repeating changes nothing. Says where it was done."""
    from app.domain.identity import service as identity

    number = _number(phone)
    with open_place(data) as place:
        _run(place, lambda session: identity.add_staff(session, number))
        return f"staff {number} in {_where(place)}"


def remove(phone: str, data: Path | None) -> str:
    """The phone's person is staff no more. Says where it was done. Refuses a phone that is nobody's of the staff."""
    from app.domain.identity import service as identity

    number = _number(phone)
    with open_place(data) as place:
        try:
            _run(place, lambda session: identity.remove_staff(session, number))
        except NotFound as error:
            msg = f"{number} is not staff in {_where(place)}."
            raise Refusal(msg, 2) from error
        return f"no longer staff {number} in {_where(place)}"


def phones(data: Path | None) -> tuple[list[str], str]:
    """The staff's phones in E.164, the first named first, and where they were read."""
    from app.domain.identity import service as identity

    with open_place(data) as place:
        return [one.phone for one in _run(place, identity.list_staff)], _where(place)


def _number(phone: str) -> str:
    """E.164. Raises Refusal."""
    from app.domain.identity.phones import parse_phone

    try:
        return parse_phone(phone)
    except InvalidInput as error:
        msg = f"{phone} is not a phone number; write it as +254700000001."
        raise Refusal(msg, 2) from error


def _where(place: Place) -> str:
    """The data folder, or the database of DATABASE_URL without its password."""
    if place.is_embedded:
        return str(place.data)
    address = urlsplit(place.application)
    return f"{address.hostname or 'the socket'}{address.path}"


def _run(place: Place, command: Callable[[Session], Awaitable[Found]]) -> Found:
    """One command in a transaction of its own, by nobody."""
    set_environment(place)
    bring_up_to_date(place)

    async def work() -> Found:
        async with opened_services() as services, services.database.transaction(NOBODY) as session:
            return await command(session)

    return asyncio.run(work())
