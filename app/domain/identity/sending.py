"""Codes beyond the transaction: the vendor is asked between one that counts and one that keeps what it said."""

import logging
from uuid import UUID

from app.domain.identity import codes
from app.domain.identity.errors import CodeUnchecked
from app.domain.identity.ports import CodeSender, NotChecked, NotDelivered
from app.domain.identity.views import CodeChecked, CodeStarted
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.kit.metrics import CODES_CHECKED, CODES_SENT

log = logging.getLogger(__name__)
FINE = ("sent", "has_one", "unlisted")
"""Outcomes of `deliver` after which there is nothing to tell."""


async def deliver(database: Database, sender: CodeSender, started: CodeStarted, locale: str = "en") -> str:
    """Bring a started code to its phone. Never raises: the answer must not depend on it. Returns what became of it:
    `sent`, `has_one` where the vendor repeats the phone's present code no more and the request may use that one,
    `unlisted` where nothing goes, `refused` by the vendor, or `failed`; the log says why.
    """
    outcome = await _send(database, sender, started, locale) if started.is_sent else "unlisted"
    CODES_SENT.labels(started.channel, outcome).inc()
    return outcome


async def _send(database: Database, sender: CodeSender, started: CodeStarted, locale: str) -> str:
    try:
        reference = await sender.send(
            started.request_id, started.phone, started.code or "", locale, channel=started.channel
        )
        if reference:
            async with database.transaction(NOBODY) as session:
                await codes.note_reference(session, started.request_id, reference)
    except NotDelivered as error:
        log.warning("A one-time code could not be sent by %s: %s", started.channel, error.why)
        return "has_one" if error.has_one and await _use_present(database, started.request_id) else "refused"
    except Exception as error:  # a vendor may fail in any way; what it says may hold the phone
        log.error("A one-time code could not be sent by %s: %s", started.channel, type(error).__name__)
        return "failed"
    return "sent"


async def _use_present(database: Database, request_id: UUID) -> bool:
    """The phone's code that somebody else's asking brought serves its owner too."""
    async with database.transaction(NOBODY) as session:
        return await codes.use_present_code(session, request_id)


async def check(
    database: Database,
    sender: CodeSender,
    request_id: UUID,
    typed: str,
    *,
    purpose: str = "sign_in",
    actor: Actor = NOBODY,
) -> CodeChecked:
    """Compare what was typed, whoever made the code. The attempt is counted and committed before anybody answers.

    Every phone is asked about alike: an unlisted one costs the vendor's time too. Raises CodeUnchecked when the vendor
    does not answer; whether it had looked is unknown, so the attempt stays counted.
    """
    try:
        checked = await _check(database, sender, request_id, typed, purpose, actor)
    except CodeUnchecked:
        CODES_CHECKED.labels(purpose, "unchecked").inc()
        raise
    CODES_CHECKED.labels(purpose, checked.failure or "right").inc()
    return checked


async def _check(
    database: Database, sender: CodeSender, request_id: UUID, typed: str, purpose: str, actor: Actor
) -> CodeChecked:
    if not sender.makes_codes:
        async with database.transaction(actor) as session:
            return await codes.check_code(session, request_id, typed, purpose=purpose)
    async with database.transaction(actor) as session:
        tried = await codes.count_try(session, request_id, typed, purpose=purpose)
    if tried.failure:
        return CodeChecked(failure=tried.failure, left=tried.left)
    try:
        is_right = await sender.check(tried.reference, tried.code)
    except NotChecked as error:
        log.warning("A one-time code could not be checked: %s", error.why)
        raise CodeUnchecked from None
    async with database.transaction(actor) as session:
        return await codes.settle_try(session, request_id, is_right=is_right, left=tried.left, purpose=purpose)
