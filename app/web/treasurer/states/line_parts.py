"""Whose a bank line is, said by hand: its parts, each a due of a member or money kept for her."""

from contextlib import suppress
from dataclasses import replace

from app.domain.reconciliation.bank import choices
from app.domain.reconciliation.bank.queue_views import QueueRow
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.kit.money import parse_amount
from app.web.presenters.amounts import amount
from app.web.presenters.matches import BankLine, PartRow, PayerRow, part_row, payer_row
from app.web.screen import Screen, parse_id
from app.web.session import event


class LineParts(Screen, mixin=True):
    """`chosen` is the line, `candidate` the suggestion that is looked at; `_queue` has the lines that are open."""

    chosen: BankLine = BankLine()
    candidate: str = "1"
    parts: list[PartRow] = []
    payers: list[PayerRow] = []
    left: str = ""
    """What of the line nobody is said to have paid, in words."""
    _queue: dict[str, QueueRow] = {}
    _currency: str = "KES"

    def _start_parts(self, row: QueueRow) -> None:
        """With the parts of the chosen suggestion."""
        at = int(self.candidate) - 1
        offered = row.candidates[at].parts if at < len(row.candidates) else ()
        self.parts = [part_row(str(n), part, row.line.currency) for n, part in enumerate(offered, 1)]
        self._count_left()

    @event("treasurer")
    async def find(self, text: str):
        async with self._work() as (session, actor):
            found = await choices.find_payers(session, actor, text[:80])
            self.payers = [payer_row(one, self._currency) for one in found]

    @event("treasurer")
    async def add_part(self, member_id: str, due_id: str):
        """A due of a member, or money kept for her; what is left of the line, as far as there is room."""
        self._clear()
        row = self._queue.get(self.chosen.id)
        if row is None or any((one.member_id, one.due_id) == (member_id, due_id) for one in self.parts):
            return
        async with self._work() as (session, actor):
            self.parts = [*self.parts, await self._new_part(session, actor, row, member_id, due_id)]
        self._count_left()

    async def _new_part(self, session: Session, actor: Actor, row: QueueRow, member_id: str, due_id: str) -> PartRow:
        wanted = parse_id(due_id) if due_id else None
        part = await choices.find_part(session, actor, parse_id(member_id), wanted)
        left = max(0, row.line.amount_minor - self._said())
        amount_minor = left if wanted is None else min(left, part.amount_minor)
        key = max((int(one.key) for one in self.parts), default=0) + 1
        return replace(part_row(str(key), replace(part, amount_minor=amount_minor), self._currency), is_new=True)

    @event("treasurer")
    async def drop_part(self, key: str):
        self.parts = [one for one in self.parts if one.key != key]
        self._count_left()

    @event("treasurer")
    async def set_part(self, key: str, text: str):
        self.parts = [with_text(one, text[:40]) if one.key == key else one for one in self.parts]
        self._count_left()

    def _said(self) -> int:
        """What the parts come to, as far as they can be read."""
        total = 0
        for one in self.parts:
            with suppress(InvalidInput):
                total += parse_amount(one.amount, self._currency, may_be_zero=True)
        return total

    def _count_left(self) -> None:
        row = self._queue.get(self.chosen.id)
        left = (row.line.amount_minor if row else 0) - self._said()
        key = "matching.left" if left > 0 else "matching.too_much" if left < 0 else "matching.all_said"
        self.left = t(key, amount=amount(abs(left), self._currency))


def with_text(part: PartRow, text: str) -> PartRow:
    return replace(part, amount=text)
