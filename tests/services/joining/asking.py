"""What the tests of joining do over and over."""

from typing import Any
from uuid import UUID, uuid4

from app.domain.groups.joining import invites, requests
from app.domain.groups.joining.views import (
    ApproveRequest,
    AskToJoin,
    DenyRequest,
    InviteView,
    MakeInvite,
    MyRequest,
    RequestView,
)
from app.kit.actor import Actor
from app.kit.db import Database


async def run(database: Database, actor: Actor, service: Any, *args: Any, **named: Any) -> Any:
    async with database.transaction(actor) as session:
        return await service(session, actor, *args, **named)


async def invite(database: Database, actor: Actor, *, days: int = 7, uses: int = 5, key: str = "") -> InviteView:
    return await run(database, actor, invites.make_invite, MakeInvite(days, uses, key or str(uuid4())))


async def ask(database: Database, person: Actor, code: str, name: str = "Wanjiru Kamau") -> MyRequest:
    return await run(database, person, requests.ask_to_join, AskToJoin(code, name))


async def approve(
    database: Database, actor: Actor, request_id: UUID, member_no: str = "", region: str = ""
) -> RequestView:
    return await run(database, actor, requests.approve_request, ApproveRequest(request_id, member_no, region))


async def deny(database: Database, actor: Actor, request_id: UUID, reason: str = "We don’t know you") -> RequestView:
    return await run(database, actor, requests.deny_request, DenyRequest(request_id, reason))
