"""What the tests of the login side do over and over."""

from itertools import count
from uuid import UUID, uuid4

from app.domain.identity import codes, service, sessions
from app.domain.identity.views import CodeChecked
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database, keyring_of

_numbers = count(712_000_000)


def new_phone() -> str:
    return f"+254{next(_numbers)}"


async def listed_phone(base: Database) -> str:
    """A phone of its own for each test, listed as a group does it."""
    phone = new_phone()
    async with base.transaction(NOBODY) as session:
        await service.list_phone(session, keyring_of(session).blind_index(phone))
    return phone


async def ask(base: Database, phone: str, purpose: str = "sign_in") -> tuple[UUID, str]:
    """A request and its code; the code is empty where none is sent."""
    request_id = uuid4()
    async with base.transaction(NOBODY) as session:
        started = await codes.start_code(session, phone, purpose=purpose, request_id=request_id)
    return request_id, started.code or ""


async def check(base: Database, request_id: UUID, code: str, purpose: str = "sign_in") -> CodeChecked:
    async with base.transaction(NOBODY) as session:
        return await codes.check_code(session, request_id, code, purpose=purpose)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def new_person(base: Database, phone: str = "") -> Actor:
    async with base.transaction(NOBODY) as session:
        person = await service.get_or_create_person(session, phone or new_phone())
    return Actor(person_id=person.id)


async def new_session(base: Database, me: Actor) -> str:
    assert me.person_id is not None
    async with base.transaction(me) as session:
        return await sessions.open_session(session, me.person_id, user_agent="test")
