"""Browser sessions: a reference token of 256 bits in a cookie; only its hash is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.domain.identity.models import LoginSession
from app.domain.identity.views import DeviceView, SessionView
from app.kit.actor import Actor
from app.kit.db import Session, hint_at, is_read_only, real_clock_of, set_tenant
from app.kit.errors import NotFound
from app.kit.hints import Hint
from app.kit.ids import new_id

ABSOLUTE = timedelta(days=90)
IDLE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=5)
_BY_TOKEN = text(
    """SELECT id, person_id, group_id, role, seen_at, expires_at, is_staff
       FROM lookup.session_by_token(:token_hash)"""
)
"""Asked before every event of every page: not put together anew each time."""


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def open_session(session: Session, person_id: UUID, *, user_agent: str) -> str:
    """A new session of the person who acts; returns the token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    now = real_clock_of(session).now()
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


async def keep_session(
    session: Session, person_id: UUID, token: str, *, group_id: UUID, role: str, until: datetime
) -> None:
    """A session of the person who acts, in one place, with a token that the caller can make again.

    It is neither idle nor too old before `until`. Repeating puts it back as it was.
    """
    kept = {"person_id": person_id, "group_id": group_id, "role": role, "seen_at": until, "expires_at": until}
    fresh = {
        "id": new_id(),
        "token_hash": token_hash(token),
        "user_agent": "",
        "created_at": real_clock_of(session).now(),
    }
    command = insert(LoginSession).values(**fresh, **kept)
    await session.execute(command.on_conflict_do_update(index_elements=["token_hash"], set_={**kept, "ended_at": None}))


async def find_session(session: Session, token: str) -> SessionView | None:
    """The live session of a token, in one query; None once it is ended, idle or too old.

    Its `role` is None as soon as the person does not hold it any more. The transaction then acts as its person.
    Every five minutes it notes that the session was seen.
    """
    found = await look_up_session(session, token)
    if found is None:
        return None
    await set_tenant(await session.connection(), Actor(person_id=found.person_id))
    if found.is_to_note and not is_read_only(session):
        seen = update(LoginSession).where(col(LoginSession.id) == found.id)
        await session.execute(seen.values(seen_at=real_clock_of(session).now()))
    return found


async def look_up_session(session: Session, token: str) -> SessionView | None:
    """As `find_session`, by one question that needs no transaction; `is_to_note` when the other should be asked."""
    row = (await session.execute(_BY_TOKEN, {"token_hash": token_hash(token)})).one_or_none()
    now = real_clock_of(session).now()
    if row is None or now >= row.expires_at or now >= row.seen_at + IDLE:
        return None
    return SessionView(
        id=row.id,
        person_id=row.person_id,
        group_id=row.group_id,
        role=row.role,
        is_staff=row.is_staff,
        is_to_note=now - row.seen_at > SEEN_EVERY,
    )


async def set_place(session: Session, session_id: UUID, group_id: UUID | None, role: str | None) -> None:
    """The group and the role in which the person acts from now on; the caller has checked both."""
    await session.execute(
        update(LoginSession).where(col(LoginSession.id) == session_id).values(group_id=group_id, role=role)
    )


async def list_sessions(session: Session, person_id: UUID) -> list[DeviceView]:
    """Where the person who acts is signed in: live sessions, the last seen first, at most 50."""
    now = real_clock_of(session).now()
    statement = (
        select(LoginSession)
        .where(
            col(LoginSession.person_id) == person_id,
            col(LoginSession.ended_at).is_(None),
            col(LoginSession.expires_at) > now,
            col(LoginSession.seen_at) > now - IDLE,
        )
        .order_by(col(LoginSession.seen_at).desc(), col(LoginSession.id).desc())
        .limit(50)
    )
    return [
        DeviceView(id=one.id, user_agent=one.user_agent, created_at=one.created_at, seen_at=one.seen_at)
        for one in (await session.execute(statement)).scalars()
    ]


async def end_own_session(session: Session, person_id: UUID, session_id: UUID) -> None:
    """Sign another device out. Raises NotFound for a session that is not the person's; twice changes nothing."""
    mine = select(col(LoginSession.id)).where(
        col(LoginSession.id) == session_id, col(LoginSession.person_id) == person_id
    )
    if (await session.execute(mine)).scalar_one_or_none() is None:
        raise NotFound
    await end_session(session, session_id)


async def end_all_sessions(session: Session, person_id: UUID, *, but: UUID | None = None) -> int:
    """Sign out everywhere, `but` for one session if given. Returns how many ended."""
    live = select(col(LoginSession.id)).where(
        col(LoginSession.person_id) == person_id, col(LoginSession.ended_at).is_(None)
    )
    ids = [one for one in (await session.execute(live)).scalars() if one != but]
    for session_id in ids:
        await end_session(session, session_id)
    return len(ids)


async def end_session(session: Session, session_id: UUID) -> None:
    """End it everywhere at once: its open pages hear of it and leave."""
    statement = (
        update(LoginSession)
        .where(col(LoginSession.id) == session_id, col(LoginSession.ended_at).is_(None))
        .values(ended_at=real_clock_of(session).now())
        .returning(col(LoginSession.person_id))
    )
    for person_id in (await session.execute(statement)).scalars():
        hint_at(session, Hint(person_id=person_id))
