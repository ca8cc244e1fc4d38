"""What a member paid over what she owed: kept for her, as payments settle it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from app.domain.groups.access import read_group
from app.domain.groups.members import member_cards
from app.domain.payments.ports import Claim
from app.kit.db import Session
from app.kit.money import MAX_MINOR

KIND = "credit"
TITLE = "Credit"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('kept ' || :group_id, 0))")


class CreditSettlement:
    """A claim is the member herself; there is always room. The ledger alone knows how much is kept, so nothing is
    counted here, and there is no row to lock: see `app.domain.payments.ports.Settlement`.
    """

    async def lock_claims(self, session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
        """One transaction of the group at a time, so that the same command sent twice at once finds the first."""
        await session.execute(_LOCK, {"group_id": str(group_id)})
        return await self.read_claims(session, group_id, ids)

    async def read_claims(self, session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
        currency = (await read_group(session, group_id)).currency
        return [
            Claim(one, one, TITLE, KIND, reference="", open_minor=MAX_MINOR, currency=currency)
            for one in sorted(await member_cards(session, group_id, ids))
        ]

    async def change_paid(self, session: Session, group_id: UUID, parts: Sequence[tuple[UUID, int]]) -> None:
        """The entry is the record."""
