"""How often a code may be asked for: by whom, for one phone, and by the whole installation.

What a stranger asks for somebody's phone is counted against the stranger's address and against the strangers of that
phone, never against a browser that has signed in with it before (docs/decisions/0010).
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import func, select
from sqlmodel import col

from app.domain.identity.errors import CodesUsedUp
from app.domain.identity.models import CodeRequest
from app.kit.crypto import Keyring
from app.kit.db import Session
from app.kit.errors import CodeJustSent

FIRST_WAIT_S = 30
PER_DAY = {"sign_in": 24, "step_up": 30, "phone_old": 6, "phone_new": 6}
"""Codes per phone; apart, so that an officer's day of reversals never keeps her from signing in.

For sign-in: so many for strangers together, and as many again for browsers that know the phone.
"""
PER_ADDRESS = 6
"""Unused codes that one address may ask for one phone in a day: a quarter of what strangers have together."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KNOWN_FOR = timedelta(days=400)
CAP_LOCK = 0x73616E64756B
"""Advisory lock under which the installation's codes are counted."""


@dataclass(frozen=True, slots=True)
class CodePolicy:
    """The operator's choices. `countries` are ISO 3166 regions, `a_day` the codes sent in any 24 hours.

    `by_provider`: the vendor makes the codes, ours are not made at all.
    """

    countries: tuple[str, ...] = ("KE", "IN")
    a_day: int = 1000
    by_provider: bool = False


def policy_of(session: Session) -> CodePolicy:
    return session.info.get("codes") or CodePolicy()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the address of the network, and what the browser kept from an earlier sign-in."""

    address: str = ""
    proof: str = ""


def make_proof(keyring: Keyring, phone: str, now: datetime) -> str:
    """What a browser keeps to show later that it has signed in with this phone; it opens nothing."""
    day = int(now.timestamp()) // 86_400
    return f"{day}.{_proof_of(keyring, phone, day)}"


def _proof_of(keyring: Keyring, phone: str, day: int) -> str:
    return keyring.blind_index(f"known-browser\0{phone}\0{day}").hex()


def is_proof(keyring: Keyring, phone: str, proof: str, now: datetime) -> bool:
    day, _, given = proof.partition(".")
    if not (day.isascii() and day.isdecimal() and len(day) < 7 and given.isascii()):
        return False
    age = now.timestamp() - int(day) * 86_400
    is_ours = hmac.compare_digest(given, _proof_of(keyring, phone, int(day)))
    return is_ours and 0 <= age < KNOWN_FOR.total_seconds()


def index_of(keyring: Keyring, phone: str, asker: Asker, now: datetime) -> bytes:
    """32 bytes that stand for the asker of this phone: its known browsers are one, each other address is one.

    Keyed and bound to the phone: neither an address nor who asked for two phones can be read from them.
    """
    if is_proof(keyring, phone, asker.proof, now):
        return known_index(keyring, phone)
    return keyring.blind_index(f"asker\0{phone}\0{asker.address}")


def known_index(keyring: Keyring, phone: str) -> bytes:
    return keyring.blind_index(f"known\0{phone}")


@dataclass(frozen=True, slots=True)
class Asking:
    """One phone asked by one asker, each by its index."""

    phone: bytes
    asker: bytes
    known: bytes
    purpose: str

    @property
    def is_trusted(self) -> bool:
        """A stranger can't make this asker wait."""
        return self.purpose in ("step_up", "phone_old") or self.asker == self.known


async def wait_s(session: Session, asking: Asking, now: datetime) -> int:
    """Whole seconds until this asker may get another code for this phone; 0 when it may now."""
    asked = select(col(CodeRequest.created_at), col(CodeRequest.used_at), col(CodeRequest.asker_index)).where(
        col(CodeRequest.phone_index) == asking.phone,
        col(CodeRequest.purpose) == asking.purpose,
        col(CodeRequest.created_at) > now - DAY,
    )
    rows = (await session.execute(asked.order_by(col(CodeRequest.created_at)))).all()
    side = [row for row in rows if (row.asker_index == asking.known) == (asking.asker == asking.known)]
    unused = [row.created_at for row in rows if row.asker_index == asking.asker and row.used_at is None]
    waits = [_until_room([row.created_at for row in side], PER_DAY[asking.purpose], now)]
    if not asking.is_trusted:
        waits.append(_until_room(unused, PER_ADDRESS, now))
    if recent := [at for at in unused if at > now - HOUR]:
        waits.append(_seconds(recent[-1] + timedelta(seconds=FIRST_WAIT_S * 2 ** (len(recent) - 1)) - now))
    return max(waits)


def _until_room(times: list[datetime], limit: int, now: datetime) -> int:
    """Seconds until fewer than `limit` of the instants lie within a day."""
    return _seconds(times[-limit] + DAY - now) if len(times) >= limit else 0


def _seconds(left: timedelta) -> int:
    return max(0, ceil(left.total_seconds()))


async def lock_phone(session: Session, phone: bytes) -> None:
    """Askers of one phone, and tries of its codes that a vendor compares, one after another."""
    key = int.from_bytes(phone[:8], "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def take_turn(session: Session, asking: Asking, now: datetime) -> None:
    """Raises CodeJustSent(wait_s), or CodesUsedUp when the installation has sent what it may in a day.

    Holds the phone's lock, then the installation's, to the end of the transaction. The last quarter of the day's
    codes is kept for step-ups and for browsers that know their phone.
    """
    await lock_phone(session, asking.phone)
    if seconds := await wait_s(session, asking, now):
        raise CodeJustSent(wait_s=seconds)
    await session.execute(select(func.pg_advisory_xact_lock(CAP_LOCK)))
    sent = select(func.count()).where(col(CodeRequest.is_sent), col(CodeRequest.created_at) > now - DAY)
    cap = policy_of(session).a_day
    if (await session.execute(sent)).scalar_one() >= (cap if asking.is_trusted else cap * 3 // 4):
        raise CodesUsedUp
