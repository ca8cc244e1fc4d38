"""Who makes an HTTP request: the session behind its cookie."""

from fastapi import Request, Response

from app import wiring
from app.domain.identity import sessions
from app.domain.identity.views import SessionView
from app.kit.actor import Actor
from app.kit.db import Session, set_tenant
from app.kit.errors import NotFound


def set_cookie(response: Response, name: str, value: str, max_age_s: int) -> None:
    """HttpOnly, SameSite=Lax, whole site; Secure on https."""
    secure = wiring.services().settings.is_https
    response.set_cookie(name, value, max_age=max_age_s, httponly=True, secure=secure, samesite="lax", path="/")


def forget_cookie(response: Response, name: str) -> None:
    """With the same attributes: browsers ignore any other removal of a `__Host-` cookie."""
    secure = wiring.services().settings.is_https
    response.delete_cookie(name, httponly=True, secure=secure, samesite="lax", path="/")


async def session_of(session: Session, request: Request) -> SessionView | None:
    """The live session of the request's cookie; the transaction then acts as its person."""
    token = request.cookies.get(wiring.services().settings.cookie_name, "")
    return await sessions.find_session(session, token) if token else None


async def actor_of(session: Session, request: Request) -> Actor:
    """Who makes this HTTP request, in the session's group; the transaction acts as that. Raises NotFound."""
    found = await session_of(session, request)
    if found is None or found.group_id is None:
        raise NotFound
    actor = Actor(person_id=found.person_id, group_id=found.group_id)
    await set_tenant(await session.connection(), actor)
    return actor
