"""One-time codes: six digits, ten minutes, five attempts, single use, bound to the request that asked."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from app.domain.identity.errors import CodeExpired, CodeWrong, StepUpNeeded
from app.domain.identity.models import CodeRequest, ListedPhone, StepUp
from app.domain.identity.service import person_phone
from app.domain.identity.views import CodeChecked, CodeStarted
from app.kit.crypto import NIL, place
from app.kit.db import Session, clock_of, keyring_of
from app.kit.errors import TooManyRequests
from app.kit.ids import new_id

LIFETIME = timedelta(minutes=10)
FRESH = timedelta(minutes=5)
ATTEMPTS = 5
FIRST_WAIT_S = 30
PER_DAY = 12


async def start_code(session: Session, phone: str, *, purpose: str, request_id: UUID) -> CodeStarted:
    """Make a code for a listed phone, and nothing but a request for any other: the caller answers both alike.

    Raises TooManyRequests(wait_s): the wait between two codes doubles from 30 s, at most 12 a day per phone.
    """
    now = clock_of(session).now()
    keyring = keyring_of(session)
    index = keyring.blind_index(phone)
    # serialises askers of one phone, so that the wait can't be raced
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(index[:8], "big", signed=True))))
    await _check_pace(session, index, now)
    listed = await session.get(ListedPhone, index) is not None
    code = f"{secrets.randbelow(10**6):06d}"
    where = place("code_requests", "phone_enc", NIL, request_id)
    session.add(
        CodeRequest(
            id=request_id,
            purpose=purpose,
            phone_index=index,
            phone_enc=keyring.seal_small(phone, where),
            code_hash=_hash(request_id, code) if listed else None,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    await session.flush()
    return CodeStarted(request_id=request_id, phone=phone, code=code if listed else None)


async def _check_pace(session: Session, index: bytes, now: datetime) -> None:
    day = now - timedelta(days=1)
    statement = select(func.count(), func.max(CodeRequest.created_at)).where(
        CodeRequest.phone_index == index, CodeRequest.created_at > day
    )
    count, newest = (await session.execute(statement)).one()
    if count >= PER_DAY:
        raise TooManyRequests(wait_s=3600)
    recent_statement = select(func.count()).where(
        CodeRequest.phone_index == index,
        CodeRequest.created_at > now - timedelta(hours=1),
        CodeRequest.used_at.is_(None),
    )
    recent = (await session.execute(recent_statement)).scalar_one()
    wait = FIRST_WAIT_S * 2 ** (recent - 1) if recent else 0
    left = wait - (now - newest).total_seconds() if recent and newest else 0
    if left > 0:
        raise TooManyRequests(wait_s=int(left) + 1)


async def check_code(session: Session, request_id: UUID, code: str, *, purpose: str = "sign_in") -> CodeChecked:
    """Compare and use up. Returns failures instead of raising, so that the attempt is committed."""
    statement = (
        select(CodeRequest).where(CodeRequest.id == request_id, CodeRequest.purpose == purpose).with_for_update()
    )
    request = (await session.execute(statement)).scalar_one_or_none()
    now = clock_of(session).now()
    if request is None or request.used_at is not None or now >= request.expires_at or request.attempts >= ATTEMPTS:
        return CodeChecked(failure="expired")
    request.attempts += 1
    typed = "".join(c for c in code if c.isdigit())
    expected = request.code_hash or bytes(32)
    if not hmac.compare_digest(_hash(request_id, typed), expected):
        await session.flush()
        return CodeChecked(failure="expired" if request.attempts >= ATTEMPTS else "wrong")
    request.used_at = now
    await session.flush()
    where = place("code_requests", "phone_enc", NIL, request_id)
    return CodeChecked(phone=keyring_of(session).open_small(request.phone_enc, where))


def raise_failure(checked: CodeChecked) -> None:
    """Raises CodeWrong or CodeExpired; to be called after the transaction that counted the attempt."""
    if checked.failure == "wrong":
        raise CodeWrong(field="code")
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
            StepUp.id == step_up_id,
            StepUp.person_id == person_id,
            StepUp.used_at.is_(None),
            StepUp.made_at > now - FRESH,
        )
        .values(used_at=now)
        .returning(StepUp.id)
    )
    if (await session.execute(statement)).scalar_one_or_none() is None:
        raise StepUpNeeded


def _hash(request_id: UUID, code: str) -> bytes:
    return hashlib.sha256(request_id.bytes + code.encode()).digest()
