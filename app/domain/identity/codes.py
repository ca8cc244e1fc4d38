"""One-time codes: six digits, ten minutes, five attempts, single use, bound to the request that asked."""

import hmac
import secrets
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import func, select, update
from sqlmodel import col

from app.domain.identity.errors import CodeExpired, CodeWrong, StepUpNeeded
from app.domain.identity.models import CodeRequest, ListedPhone, StepUp
from app.domain.identity.service import person_phone
from app.domain.identity.views import CodeAsked, CodeChecked, CodeStarted
from app.kit.crypto import NIL, place
from app.kit.db import Session, clock_of, keyring_of
from app.kit.errors import InvalidInput, TooManyRequests
from app.kit.ids import new_id

LIFETIME = timedelta(minutes=10)
FRESH = timedelta(minutes=5)
ATTEMPTS = 5
DIGITS = 6
FIRST_WAIT_S = 30
PER_DAY = {"sign_in": 12, "step_up": 30}
"""Codes per phone; apart, so that an officer's day of reversals never keeps her from signing in."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def start_code(session: Session, phone: str, *, purpose: str, request_id: UUID) -> CodeStarted:
    """Make a code for a listed phone, and nothing but a request for any other: the caller answers both alike.

    Raises TooManyRequests(wait_s): the wait between two unused codes doubles from 30 s, and a day has its limit.
    """
    now = clock_of(session).now()
    keyring = keyring_of(session)
    index = keyring.blind_index(phone)
    # serialises askers of one phone, so that the wait can't be raced
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(index[:8], "big", signed=True))))
    if wait_s := await _wait(session, index, purpose, now):
        raise TooManyRequests(wait_s=wait_s)
    listed = await session.get(ListedPhone, index) is not None
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    mac = keyring.code_mac(request_id, code)
    session.add(
        CodeRequest(
            id=request_id,
            purpose=purpose,
            phone_index=index,
            phone_enc=keyring.seal_small(phone, _phone_place(request_id)),
            code_hash=mac if listed else None,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    await session.flush()
    return CodeStarted(request_id=request_id, phone=phone, code=code if listed else None)


async def _wait(session: Session, index: bytes, purpose: str, now: datetime) -> int:
    """Whole seconds until this phone may get another code; 0 when it may now."""
    asked = select(col(CodeRequest.created_at), col(CodeRequest.used_at)).where(
        col(CodeRequest.phone_index) == index,
        col(CodeRequest.purpose) == purpose,
        col(CodeRequest.created_at) > now - DAY,
    )
    rows = (await session.execute(asked.order_by(col(CodeRequest.created_at)))).all()
    if len(rows) >= PER_DAY[purpose]:
        return _seconds(rows[-PER_DAY[purpose]].created_at + DAY - now)
    unused = [row.created_at for row in rows if row.used_at is None and row.created_at > now - HOUR]
    if not unused:
        return 0
    return _seconds(unused[-1] + timedelta(seconds=FIRST_WAIT_S * 2 ** (len(unused) - 1)) - now)


def _seconds(left: timedelta) -> int:
    return max(0, ceil(left.total_seconds()))


async def find_request(session: Session, request_id: UUID) -> CodeAsked | None:
    """What the asking browser may be told of its own sign-in request; None when it is unknown or a day old."""
    request = await session.get(CodeRequest, request_id)
    now = clock_of(session).now()
    if request is None or request.purpose != "sign_in" or now > request.created_at + DAY:
        return None
    return CodeAsked(
        phone=keyring_of(session).open_small(request.phone_enc, _phone_place(request_id)),
        wait_s=await _wait(session, request.phone_index, request.purpose, now),
        is_open=_is_open(request, now),
    )


def _is_open(request: CodeRequest, now: datetime) -> bool:
    return request.used_at is None and now < request.expires_at and request.attempts < ATTEMPTS


def _phone_place(request_id: UUID) -> str:
    return place("code_requests", "phone_enc", NIL, request_id)


async def check_code(session: Session, request_id: UUID, code: str, *, purpose: str = "sign_in") -> CodeChecked:
    """Compare and use up. Returns failures instead of raising, so that the attempt is committed.

    Raises InvalidInput for what is not six digits: that is no attempt, of whatever request.
    """
    typed = "".join(c for c in code if c.isdecimal())
    if len(typed) != DIGITS:
        raise InvalidInput("code", "code_digits" if typed else "code_empty", digits=len(typed))
    is_it = (col(CodeRequest.id) == request_id) & (col(CodeRequest.purpose) == purpose)
    statement = select(CodeRequest).where(is_it).with_for_update()
    request = (await session.execute(statement)).scalar_one_or_none()
    now = clock_of(session).now()
    if request is None or not _is_open(request, now):
        return CodeChecked(failure="expired")
    request.attempts += 1
    keyring = keyring_of(session)
    if not hmac.compare_digest(keyring.code_mac(request_id, typed), request.code_hash or bytes(32)):
        left = ATTEMPTS - request.attempts
        await session.flush()
        return CodeChecked(failure="wrong" if left else "expired", left=left)
    request.used_at = now
    await session.flush()
    return CodeChecked(phone=keyring.open_small(request.phone_enc, _phone_place(request_id)))


def raise_failure(checked: CodeChecked) -> None:
    """Raises CodeWrong(left) or CodeExpired; to be called after the transaction that counted the attempt."""
    if checked.failure == "wrong":
        raise CodeWrong(field="code", left=checked.left)
    if checked.failure:
        raise CodeExpired(field="code")


async def start_step_up(session: Session, person_id: UUID, *, request_id: UUID) -> CodeStarted:
    """A code for the person who acts, to the phone of her login."""
    phone = await person_phone(session, person_id)
    return await start_code(session, phone, purpose="step_up", request_id=request_id)


async def confirm_step_up(session: Session, person_id: UUID, checked: CodeChecked) -> UUID:
    """Keep the proof that this person just typed a right code."""
    if checked.failure or checked.phone != await person_phone(session, person_id):
        raise StepUpNeeded
    proof = StepUp(id=new_id(), person_id=person_id, made_at=clock_of(session).now())
    session.add(proof)
    await session.flush()
    return proof.id


async def use_step_up(session: Session, person_id: UUID, step_up_id: UUID) -> None:
    """Use the proof up. Raises StepUpNeeded when it is another's, older than five minutes, or used."""
    now = clock_of(session).now()
    statement = (
        update(StepUp)
        .where(
            col(StepUp.id) == step_up_id,
            col(StepUp.person_id) == person_id,
            col(StepUp.used_at).is_(None),
            col(StepUp.made_at) > now - FRESH,
        )
        .values(used_at=now)
        .returning(col(StepUp.id))
    )
    if (await session.execute(statement)).scalar_one_or_none() is None:
        raise StepUpNeeded
