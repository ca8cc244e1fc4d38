"""Rows of claims: locked, sealed and opened, judged, and shown, for the services of this package."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.governance.reading import decisions_about
from app.domain.groups.models import Member
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key, member_key
from app.domain.groups.views import Acting
from app.domain.ledger import service as ledger
from app.domain.welfare.models import WelfareClaim, WelfareDocument, WelfareRules
from app.domain.welfare.rules import Reason
from app.domain.welfare.scheme import Scheme, scheme_of
from app.domain.welfare.views import DocumentView
from app.kit.crypto import decrypt, encrypt, place
from app.kit.db import Session
from app.kit.errors import NotFound

KIND = "welfare_payout"
LIVE = ("reported", "accepted", "paid")
ACCEPTED = ("accepted", "paid")


async def scheme_in_force(session: Session, group_id: UUID, version: int | None = None) -> Scheme:
    """The newest scheme, or that of the version; an empty one of version 0 where there is none."""
    statement = select(WelfareRules).where(WelfareRules.group_id == group_id)
    if version is not None:
        statement = statement.where(WelfareRules.version == version)
    found = (await session.execute(statement.order_by(col(WelfareRules.version).desc()).limit(1))).scalar_one_or_none()
    return scheme_of(found.terms, found.version) if found else Scheme()


async def lock_claim(session: Session, group_id: UUID, claim_id: UUID) -> WelfareClaim:
    statement = select(WelfareClaim).where(WelfareClaim.group_id == group_id, WelfareClaim.id == claim_id)
    return await _locked(session, statement)


async def _locked(session: Session, statement: Any) -> WelfareClaim:
    locking = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.execute(locking)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def lock_claims_of_event(session: Session, group_id: UUID, *event_ids: UUID) -> list[WelfareClaim]:
    """All claims of these events, in id order."""
    statement = (
        select(WelfareClaim)
        .where(WelfareClaim.group_id == group_id, col(WelfareClaim.event_id).in_(event_ids))
        .order_by(col(WelfareClaim.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list((await session.execute(statement)).scalars())


async def get_claim(session: Session, group_id: UUID, claim_id: UUID) -> WelfareClaim:
    found = await session.get(WelfareClaim, (group_id, claim_id))
    if found is None:
        raise NotFound
    return found


async def require_reader(session: Session, acting: Acting, claim: WelfareClaim) -> None:
    """Whom it concerns, who reads the group, and who signs what pays it. Raises NotFound for others."""
    if acting.member_id in (claim.member_id, claim.payee_id, claim.reported_by) or acting.may(Permission.READ_GROUP):
        return
    decision = (await decisions_about(session, acting, KIND, [claim.id])).get(claim.id)
    if decision is None or not any(one.is_me for one in decision.signatures):
        raise NotFound


class Sealing:
    """Texts and files of claims under the keys of their members; keys are looked up once."""

    def __init__(self, session: Session, group_id: UUID) -> None:
        self._session, self._group_id = session, group_id
        self._group_key: bytes | None = None
        self._keys: dict[UUID, bytes] = {}

    async def key(self, member_id: UUID) -> bytes:
        if member_id not in self._keys:
            if self._group_key is None:
                self._group_key = await group_key(self._session, self._group_id)
            member = await self._session.get_one(Member, (self._group_id, member_id))
            self._keys[member_id] = member_key(self._session, self._group_key, member)
        return self._keys[member_id]

    async def seal(self, member_id: UUID, row_id: UUID, column: str, text: str) -> bytes | None:
        """None for an empty text."""
        if not text:
            return None
        return encrypt(await self.key(member_id), text, place("welfare_claims", column, self._group_id, row_id))

    async def open(self, claim: WelfareClaim, column: str) -> str:
        sealed = getattr(claim, column)
        if sealed is None:
            return ""
        where = place("welfare_claims", column, self._group_id, claim.id)
        return decrypt(await self.key(claim.member_id), sealed, where)

    async def born_on(self, claim: WelfareClaim) -> date | None:
        text = await self.open(claim, "born_enc")
        return date.fromisoformat(text) if text else None

    async def document(self, claim: WelfareClaim, row: WelfareDocument) -> DocumentView:
        where = place("welfare_documents", "name_enc", self._group_id, row.id)
        name = decrypt(await self.key(claim.member_id), row.name_enc, where)
        return DocumentView(row.id, row.claim_id, name, row.kind, row.size_bytes, row.added_at)


async def documents_of(
    session: Session, group_id: UUID, claim_ids: Sequence[UUID]
) -> dict[UUID, list[WelfareDocument]]:
    """By claim, in the order in which they came. One query."""
    found: dict[UUID, list[WelfareDocument]] = defaultdict(list)
    if claim_ids:
        statement = (
            select(WelfareDocument)
            .where(WelfareDocument.group_id == group_id, col(WelfareDocument.claim_id).in_(claim_ids))
            .order_by(col(WelfareDocument.id))
        )
        for one in (await session.execute(statement)).scalars():
            found[one.claim_id].append(one)
    return found


def reason_terms(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """As they are kept with an accepted claim; JSON."""
    return [
        {
            "code": one.code,
            "verdict": one.verdict,
            "days": one.days,
            "on": one.on.isoformat() if one.on else None,
            "amount_minor": one.amount_minor,
            "count": one.count,
        }
        for one in reasons
    ]


def kept_reason(terms: dict[str, Any]) -> Reason:
    on = terms["on"]
    return Reason(**{**terms, "on": date.fromisoformat(on) if on else None})


async def fund_minor(session: Session, group_id: UUID) -> int:
    """What belongs to the group and to no single member: all it received for good, less all it spent."""
    return (await fund_parts(session, group_id))[0]


async def fund_parts(session: Session, group_id: UUID) -> tuple[int, tuple[tuple[str, int], ...]]:
    """`fund_minor`, and what it is made of: by control code what the group has and, below 0, what it owes."""
    rows = await ledger.trial_balance(session, group_id)
    balances = [(row, row.debit_minor - row.credit_minor) for row in rows]
    fund = -sum(minor for row, minor in balances if row.class_ in ("I", "X", "E"))
    return fund, tuple((row.control_code, minor) for row, minor in balances if row.class_ in ("A", "L") and minor)
