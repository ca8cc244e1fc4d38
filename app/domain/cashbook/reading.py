"""Where the group's money lies, and what it holds for a member."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.cashbook.decisions import HELD, held_for
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.ways import way_of
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import MONEY
from app.kit.actor import Actor
from app.kit.db import Session


@dataclass(frozen=True, slots=True)
class MoneyView:
    """Balances by account of MONEY, in minor units. `holds_savings`: members have money that can be paid out.

    `way` is how members are paid here besides in cash.
    """

    currency: str
    places: tuple[tuple[str, int], ...]
    holds_savings: bool
    way: str


@dataclass(frozen=True, slots=True)
class HeldView:
    """What the group holds for one member."""

    member_id: UUID
    currency: str
    held_minor: int
    holds_savings: bool
    way: str


async def money(session: Session, actor: Actor) -> MoneyView:
    """The group's money, place by place; for those who read the books."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    found = {row.control_code: row for row in await ledger.trial_balance(session, acting.group_id)}
    places = tuple((code, found[code].debit_minor - found[code].credit_minor) for code in MONEY if code in found)
    return MoneyView(acting.currency, places, acting.purpose in HELD, way_of(acting.country))


async def held_for_me(session: Session, actor: Actor) -> HeldView:
    """One's own savings, as they can be paid out."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    held = await held_for(session, acting, acting.member_id)
    return HeldView(acting.member_id, acting.currency, held, acting.purpose in HELD, way_of(acting.country))
