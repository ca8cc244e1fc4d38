"""Browser sessions: a reference token of 256 bits in a cookie; only its hash is kept."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from app.domain.identity.models import LoginSession, Staff
from app.domain.identity.views import SessionView
from app.kit.actor import Actor
from app.kit.db import Session, clock_of, set_tenant
from app.kit.ids import new_id

ABSOLUTE = timedelta(days=90)
IDLE = timedelta(days=30)
SEEN_EVERY = timedelta(hours=1)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def open_session(session: Session, person_id: UUID, *, user_agent: str) -> str:
    """A new session of the person who acts; returns the token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    now = clock_of(session).now()
    session.add(
        LoginSession(
            id=new_id(),
            token_hash=token_hash(token),
            person_id=person_id,
            user_agent=user_agent[:200],
            created_at=now,
            seen_at=now,
            expires_at=now + ABSOLUTE,
        )
    )
    await session.flush()
    return token


async def find_session(session: Session, token: str) -> SessionView | None:
    """The live session of a token; the transaction then acts as its person. Two queries."""
    hashed = token_hash(token)
    person_id = (await session.execute(select(func.lookup.person_of_session(hashed)))).scalar_one()
    if person_id is None:
        return None
    await set_tenant(await session.connection(), Actor(person_id=person_id))
    statement = (
        select(LoginSession, Staff.person_id)
        .outerjoin(Staff, Staff.person_id == LoginSession.person_id)
        .where(LoginSession.token_hash == hashed, LoginSession.ended_at.is_(None))
    )
    row = (await session.execute(statement)).one_or_none()
    now = clock_of(session).now()
    if row is None or now >= row[0].expires_at or now >= row[0].seen_at + IDLE:
        return None
    found: LoginSession = row[0]
    if now - found.seen_at > SEEN_EVERY:
        found.seen_at = now
        await session.flush()
    return SessionView(
        id=found.id, person_id=person_id, group_id=found.group_id, role=found.role, is_staff=row[1] is not None
    )


async def set_place(session: Session, session_id: UUID, group_id: UUID | None, role: str | None) -> None:
    """The group and the role in which the person acts from now on; the caller has checked both."""
    await session.execute(
        update(LoginSession).where(LoginSession.id == session_id).values(group_id=group_id, role=role)
    )


async def end_session(session: Session, session_id: UUID) -> None:
    await session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None))
        .values(ended_at=clock_of(session).now())
    )
