"""One-time codes: six digits, ten minutes, five attempts, single use, bound to the request that asked."""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlmodel import col

from app.domain.identity import asking
from app.domain.identity.asking import DAY, Asker, Asking, policy_of
from app.domain.identity.errors import CodeExpired, CodeWrong, StepUpNeeded
from app.domain.identity.models import CodeRequest, ListedPhone, StepUp
from app.domain.identity.phones import region_of
from app.domain.identity.service import person_phone
from app.domain.identity.views import CodeAsked, CodeChecked, CodeStarted, CodeTried
from app.kit.crypto import NIL, Keyring, place
from app.kit.db import Session, keyring_of, real_clock_of
from app.kit.errors import InvalidInput
from app.kit.ids import new_id

LIFETIME = timedelta(minutes=10)
FRESH = timedelta(minutes=5)
KEPT = timedelta(days=2)
"""Requests older than this are forgotten; the row-level policy lets none younger than a day be deleted."""
ATTEMPTS = 5
STRANGERS_TRIES = 4
"""A vendor compares a phone's one code five times, whoever asked for it: the last is for whom the phone knows."""
DIGITS = 6
_ALONE = re.compile(rf"(?<!\d)\d{{{DIGITS}}}(?!\d)")
PER_DAY = asking.PER_DAY


async def start_code(
    session: Session,
    phone: str,
    *,
    purpose: str,
    request_id: UUID,
    asker: Asker | None = None,
    channel: str = "sms",
    may: bool | None = None,
) -> CodeStarted:
    """Make a code for a listed phone, and nothing but a request for any other: the caller answers both alike.

    `may` decides in place of the list: True for an invited phone, False for one that must not get a code.

    Raises InvalidInput(phone) for a country that the operator has not opened, TooManyRequests(wait_s) (the wait between
    two unused codes of one asker doubles from 30 s, and a day has its limits) and CodesUsedUp.
    """
    policy, now, keyring = policy_of(session), real_clock_of(session).now(), keyring_of(session)
    if region_of(phone) not in policy.countries:
        raise InvalidInput("phone", "phone_country")
    by = _asking(keyring, phone, purpose, asking.index_of(keyring, phone, asker or Asker(), now))
    await asking.take_turn(session, by, now)
    is_sent = await session.get(ListedPhone, by.phone) is not None if may is None else may
    code = "" if policy.by_provider else f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    mac = keyring.code_mac(request_id, code)
    session.add(
        CodeRequest(
            id=request_id,
            purpose=purpose,
            phone_index=by.phone,
            phone_enc=keyring.seal_small(phone, _phone_place(request_id)),
            code_hash=mac if is_sent and code else None,
            created_at=now,
            expires_at=now + LIFETIME,
            asker_index=by.asker,
            channel=channel,
            is_sent=is_sent,
        )
    )
    await session.flush()
    own = code if is_sent and code else None
    return CodeStarted(request_id=request_id, phone=phone, code=own, is_sent=is_sent, channel=channel)


def _asking(keyring: Keyring, phone: str, purpose: str, asker: bytes) -> Asking:
    known = asking.known_index(keyring, phone)
    return Asking(phone=keyring.blind_index(phone), asker=asker, known=known, purpose=purpose)


async def note_reference(session: Session, request_id: UUID, reference: str) -> None:
    """Keep the vendor's name of the code that it made for this request."""
    await session.execute(update(CodeRequest).where(col(CodeRequest.id) == request_id).values(reference=reference))


async def use_present_code(session: Session, request_id: UUID) -> bool:
    """Let a request use the vendor's code that its phone has from another one; False when none is still good."""
    request = await session.get(CodeRequest, request_id)
    if request is None or not request.is_sent:
        return False
    present = select(col(CodeRequest.reference)).where(
        col(CodeRequest.phone_index) == request.phone_index,
        col(CodeRequest.reference) != "",
        col(CodeRequest.used_at).is_(None),
        col(CodeRequest.expires_at) > real_clock_of(session).now(),
    )
    latest = present.order_by(col(CodeRequest.created_at).desc()).limit(1)
    request.reference = (await session.execute(latest)).scalar_one_or_none() or ""
    await session.flush()
    return request.reference != ""


async def find_request(session: Session, request_id: UUID) -> CodeAsked | None:
    """What the asking browser may be told of its own sign-in request; None when it is unknown or a day old."""
    request = await session.get(CodeRequest, request_id)
    now, keyring = real_clock_of(session).now(), keyring_of(session)
    if request is None or request.purpose != "sign_in" or now > request.created_at + DAY:
        return None
    phone = keyring.open_small(request.phone_enc, _phone_place(request_id))
    by = _asking(keyring, phone, request.purpose, request.asker_index)
    return CodeAsked(
        phone=phone,
        wait_s=await asking.wait_s(session, by, now),
        is_open=_is_open(request, now),
        channel=request.channel,
    )


def _is_open(request: CodeRequest, now: datetime) -> bool:
    return request.used_at is None and now < request.expires_at and request.attempts < ATTEMPTS


def _phone_place(request_id: UUID) -> str:
    return place("code_requests", "phone_enc", NIL, request_id)


async def _locked(session: Session, request_id: UUID, purpose: str) -> CodeRequest | None:
    is_it = (col(CodeRequest.id) == request_id) & (col(CodeRequest.purpose) == purpose)
    return (await session.execute(select(CodeRequest).where(is_it).with_for_update())).scalar_one_or_none()


def _digits(code: str) -> str:
    """The six digits that were typed, or that stand in a pasted message. Raises InvalidInput for anything else: that
    is no attempt of any request."""
    alone = set(_ALONE.findall(code))
    typed = "".join(str(int(c)) for c in (alone.pop() if len(alone) == 1 else code) if c.isdecimal())
    if len(typed) != DIGITS:
        raise InvalidInput("code", "code_digits" if typed else "code_empty", digits=len(typed))
    return typed


def _failed(left: int) -> CodeChecked:
    return CodeChecked(failure="wrong" if left else "expired", left=left)


async def check_code(session: Session, request_id: UUID, code: str, *, purpose: str = "sign_in") -> CodeChecked:
    """Compare with the code that we made, and use up. Returns failures instead of raising: the attempt is committed.

    Raises InvalidInput for what is not six digits.
    """
    typed = _digits(code)
    request, now = await _locked(session, request_id, purpose), real_clock_of(session).now()
    if request is None or not _is_open(request, now):
        return CodeChecked(failure="expired")
    request.attempts += 1
    keyring = keyring_of(session)
    if not hmac.compare_digest(keyring.code_mac(request_id, typed), request.code_hash or bytes(32)):
        await session.flush()
        return _failed(ATTEMPTS - request.attempts)
    return await _use_up(session, request)


async def count_try(session: Session, request_id: UUID, code: str, *, purpose: str) -> CodeTried:
    """Count an attempt at a code that the vendor made, before the vendor is asked; to be committed first.

    Holds the phone's lock, then the request's row. Raises InvalidInput for what is not six digits.
    """
    typed, now = _digits(code), real_clock_of(session).now()
    phone = select(col(CodeRequest.phone_index)).where(col(CodeRequest.id) == request_id)
    await asking.lock_phone(session, (await session.execute(phone)).scalar_one_or_none() or bytes(8))
    request = await _locked(session, request_id, purpose)
    if request is None or not _is_open(request, now):
        return CodeTried(failure="expired")
    left = await _tries_left(session, request, now)
    if left < 1:
        return CodeTried(failure="expired")
    request.attempts += 1
    await session.flush()
    return CodeTried(reference=request.reference, code=typed, left=left - 1)


async def _tries_left(session: Session, request: CodeRequest, now: datetime) -> int:
    """How often the vendor may still be asked for this request: fewer for a stranger, with what all strangers tried.

    Counted by the phone and not by the vendor's reference: an unlisted phone has none and must hear the same.
    """
    own, keyring = ATTEMPTS - request.attempts, keyring_of(session)
    phone = keyring.open_small(request.phone_enc, _phone_place(request.id))
    by = _asking(keyring, phone, request.purpose, request.asker_index)
    if by.is_trusted:
        return own
    tried = select(func.coalesce(func.sum(col(CodeRequest.attempts)), 0)).where(
        col(CodeRequest.phone_index) == by.phone,
        col(CodeRequest.purpose) == by.purpose,
        col(CodeRequest.asker_index) != by.known,
        col(CodeRequest.used_at).is_(None),
        col(CodeRequest.expires_at) > now,
    )
    return min(own, STRANGERS_TRIES - (await session.execute(tried)).scalar_one())


async def settle_try(session: Session, request_id: UUID, *, is_right: bool, left: int, purpose: str) -> CodeChecked:
    """What the vendor said of a counted try. A right code of a request that was used meanwhile is expired."""
    if not is_right:
        return _failed(left)
    request = await _locked(session, request_id, purpose)
    if request is None or request.used_at is not None:
        return CodeChecked(failure="expired")
    return await _use_up(session, request)


async def _use_up(session: Session, request: CodeRequest) -> CodeChecked:
    request.used_at = real_clock_of(session).now()
    await session.flush()
    return CodeChecked(phone=keyring_of(session).open_small(request.phone_enc, _phone_place(request.id)))


async def is_used(session: Session, request_id: UUID) -> bool:
    """Whether a request's code was typed right."""
    used = select(col(CodeRequest.used_at)).where(col(CodeRequest.id) == request_id)
    return (await session.execute(used)).scalar_one_or_none() is not None


async def is_fresh(session: Session, request_id: UUID) -> bool:
    """Whether a request's code can still be typed."""
    fresh = select(col(CodeRequest.id)).where(
        col(CodeRequest.id) == request_id,
        col(CodeRequest.used_at).is_(None),
        col(CodeRequest.expires_at) > real_clock_of(session).now(),
    )
    return (await session.execute(fresh)).first() is not None


def raise_failure(checked: CodeChecked, *, field: str = "code") -> None:
    """Raises CodeWrong(left) or CodeExpired; to be called after the transaction that counted the attempt."""
    if checked.failure == "wrong":
        raise CodeWrong(field=field, left=checked.left)
    if checked.failure:
        raise CodeExpired(field=field)


async def forget_old(session: Session) -> int:
    """Delete the requests that nothing needs any more; how many. Repeating it does no harm."""
    before = real_clock_of(session).now() - KEPT
    gone = await session.execute(
        delete(CodeRequest).where(col(CodeRequest.created_at) < before).returning(col(CodeRequest.id))
    )
    return len(gone.all())


async def start_step_up(session: Session, person_id: UUID, *, request_id: UUID) -> CodeStarted:
    """A code for the person who acts, to the phone of her login."""
    phone = await person_phone(session, person_id)
    return await start_code(session, phone, purpose="step_up", request_id=request_id)


async def confirm_step_up(session: Session, person_id: UUID, checked: CodeChecked) -> UUID:
    """Keep the proof that this person just typed a right code."""
    if checked.failure or checked.phone != await person_phone(session, person_id):
        raise StepUpNeeded
    proof = StepUp(id=new_id(), person_id=person_id, made_at=real_clock_of(session).now())
    session.add(proof)
    await session.flush()
    return proof.id


async def use_step_up(session: Session, person_id: UUID, step_up_id: UUID | None) -> None:
    """Use the proof up. Raises StepUpNeeded without one, and for another's, a used one, one older than five minutes."""
    now = real_clock_of(session).now()
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
