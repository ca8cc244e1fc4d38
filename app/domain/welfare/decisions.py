"""A claim that is paid, as a decision that others sign.

Order of locks, after the proposal's: the claim, the group's money, the ledger's head.
"""

from uuid import UUID

from app.domain.governance.ports import Matter
from app.domain.governance.reading import approvers_of
from app.domain.governance.spending import method_out, spend
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.holds import lock_money
from app.domain.welfare import store
from app.domain.welfare.around import left_of, look_around
from app.domain.welfare.errors import NotAccepted, NotEnoughInFund, NothingToPay, RecorderAlone
from app.domain.welfare.models import WelfareClaim
from app.kit.db import Session
from app.kit.errors import NotFound


class WelfarePayout:
    """What an accepted claim brings, paid once; then what its call brings later. Terms: `method`, and of the claim
    `number`, `event` and `relation`.
    """

    askable = False

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """The amount is what the rules say now. Raises NotFound, NotAccepted, NothingToPay, NotEnoughInFund."""
        if asked.subject_id is None:
            raise NotFound
        claim = await store.get_claim(session, acting.group_id, asked.subject_id)
        method = method_out(asked)
        amount = await _due(session, acting, claim)
        await _check_fund(session, acting, amount)
        terms = {"method": method, "number": str(claim.number), "event": claim.event, "relation": claim.relation}
        member_id = claim.payee_id or claim.member_id
        return Matter(amount_minor=amount, member_id=member_id, subject_id=claim.id, terms=terms)

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int:
        """Raises what `prepare` does, RecorderAlone, NothingToPay when less is due than was signed for."""
        assert matter.subject_id is not None
        claim = await store.lock_claim(session, acting.group_id, matter.subject_id)
        if await _due(session, acting, claim) < matter.amount_minor:
            raise NothingToPay
        approvers = await approvers_of(session, acting.group_id, proposal_id) or {acting.member_id}
        if not approvers - {claim.reported_by, claim.decided_by}:
            raise RecorderAlone
        await lock_money(session, acting.group_id)
        await _check_fund(session, acting, matter.amount_minor)
        kind, code = store.KIND, f"{recipes.RECIPES[store.KIND].control}.{claim.member_id}"
        parts = [(claim.member_id, matter.amount_minor)]
        lines = recipes.build(kind, method=matter.terms["method"], parts=parts)
        await ledger.open_account(session, acting.group_id, code=code, class_="X", currency=acting.currency)
        seq = await spend(session, acting, proposal_id, kind, lines, matter.note)
        claim.state, claim.paid_minor = "paid", (claim.paid_minor or 0) + matter.amount_minor
        claim.entry_seq = claim.entry_seq or seq
        await session.flush()
        return seq


async def _due(session: Session, acting: Acting, claim: WelfareClaim) -> int:
    """What can be paid now by the rules. Raises NotAccepted, also where all of it is paid, and NothingToPay."""
    if claim.state not in store.ACCEPTED:
        raise NotAccepted
    left = left_of(claim, await look_around(session, acting, [claim]))
    if left <= 0:
        raise NotAccepted if claim.state == "paid" else NothingToPay
    return left


async def _check_fund(session: Session, acting: Acting, amount_minor: int) -> None:
    """What belongs to the members themselves pays nobody's benefit."""
    fund = await store.fund_minor(session, acting.group_id)
    if amount_minor > fund:
        raise NotEnoughInFund(left_minor=max(fund, 0), currency=acting.currency)
