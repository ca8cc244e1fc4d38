"""Receipts of the group; one receipt, and its reversal with a reason and a fresh one-time code."""

from uuid import UUID

import reflex as rx

from app.domain.governance import service as governance
from app.domain.governance.commands import ProposeDecision
from app.domain.governance.ports import Matter
from app.domain.groups.permissions import Permission
from app.domain.identity.errors import StepUpNeeded
from app.domain.payments import service as payments
from app.domain.payments.commands import ReversePayment
from app.domain.payments.errors import ApprovalNeeded
from app.domain.receipts import service as receipts
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.web.fresh_code import FreshCode
from app.web.officers import name_who_may
from app.web.place import load_place
from app.web.presenters.receipts import (
    GroupReceiptRow,
    PartRow,
    ReceiptSheet,
    group_receipt_row,
    receipt_parts,
    receipt_sheet,
)
from app.web.screen import parse_id
from app.web.session import event
from app.web.site import public_url

PAGE = 50


class ReceiptsState(FreshCode, rx.State):
    rows: list[GroupReceiptRow] = []
    search: str = ""
    has_more: bool = False
    sheet: ReceiptSheet = ReceiptSheet()
    parts: list[PartRow] = []
    is_open: bool = False
    is_reversing: bool = False
    reason: str = ""
    reverse_title: str = ""
    _before: int | None = None

    @event("treasurer")
    async def load(self):
        """`?id=` opens one receipt, without it the list."""
        await load_place(self)
        self._clear()
        self._new_form()
        self._close_code()
        self.is_reversing, self.search, self.rows, self._before = False, "", [], None
        wanted = self.router.url.query_parameters.get("id", "")
        self.is_open = bool(wanted)
        await (self._open(wanted) if wanted else self._page())

    @event("treasurer")
    async def find(self, text: str):
        self.search, self.rows, self._before = text[:80], [], None
        await self._page()

    @event("treasurer")
    async def refresh(self):
        """Something changed in the group: the open receipt, or as many lines as are shown."""
        async with self._refreshing() as (session, actor):
            if self.is_open:
                await self._show_sheet(session, actor, self.router.url.query_parameters.get("id", ""))
            else:
                await self._list(session, actor, [], None, at_least=len(self.rows))

    @event("treasurer")
    async def more(self):
        if self.has_more:
            await self._page()

    async def _page(self) -> None:
        async with self._reading() as (session, actor):
            await self._list(session, actor, self.rows, self._before)

    async def _list(
        self, session: Session, actor: Actor, rows: list[GroupReceiptRow], before: int | None, *, at_least: int = 0
    ) -> None:
        """Add a page to the rows; more while there are fewer than `at_least`."""
        while True:
            found = await receipts.list_group_receipts(
                session, actor, search=self.search, before_n=before, limit=PAGE + 1
            )
            page, has_more = found[:PAGE], len(found) > PAGE
            rows = [*rows, *(group_receipt_row(one) for one in page)]
            before = page[-1].receipt.n if page else None
            if not has_more or len(rows) >= at_least:
                break
        self.rows, self._before, self.has_more = rows, before, has_more
        self.phase = "ready" if rows or self.search.strip() else "empty"

    async def _open(self, receipt_id: str) -> None:
        async with self._reading() as (session, actor):
            await self._show_sheet(session, actor, receipt_id)

    async def _show_sheet(self, session: Session, actor: Actor, receipt_id: str) -> None:
        found = await receipts.get_receipt_for(session, actor, parse_id(receipt_id))
        self.sheet = receipt_sheet(
            found.receipt,
            payer=found.member_name,
            member_no=found.member_no,
            group_name=found.group_name,
            public_url=public_url(),
        )
        self.parts = receipt_parts(found.receipt)
        self.phase = "ready"

    @event("treasurer")
    async def start_reversal(self):
        self._clear()
        self.is_reversing, self.reason = True, ""
        self.reverse_title = t("receipts.reverse_title", number=self.sheet.number)

    @event("treasurer")
    async def keep(self):
        """Nothing is reversed."""
        self._clear()
        self._close_code()
        self.is_reversing = False

    @event("treasurer")
    async def ask_code(self, form: dict[str, str]):
        """The reason is given. What is wrong is said first; then a fresh code goes to the treasurer's own phone, or,
        where the group's rule wants others to sign, the reversal is proposed.
        """
        self._clear()
        self.reason = str(form.get("reason", ""))[:600]
        await self._reverse(None)

    @event("treasurer")
    async def reverse(self, form: dict[str, str]):
        """The code is typed: it is reversed."""
        if (proof := await self._proof_of(form)) is not None:
            await self._reverse(proof)

    @event("treasurer")
    async def send_again(self):
        await self._ask_again()

    async def _reverse(self, proof: UUID | None) -> None:
        async with self._work() as (session, actor):
            command = ReversePayment(parse_id(self.sheet.payment_id), self.reason, proof, self.form_key)
            await payments.reverse_payment(session, actor, command)
        if self._refusal == StepUpNeeded.code and proof is None:
            await self._ask_code(self.reverse_title)
        elif self._refusal == ApprovalNeeded.code:
            await self._propose()
        elif self.problem:
            await name_who_may(self, Permission.REVERSE_PAYMENTS)
        else:
            await self._close(t("receipts.reversed", number=self.sheet.number))

    async def _propose(self) -> None:
        self._clear()
        async with self._work() as (session, actor):
            matter = Matter(note=self.reason, subject_id=parse_id(self.sheet.payment_id))
            await governance.propose_decision(session, actor, ProposeDecision("reversal", matter, self.form_key))
        if not self.problem:
            await self._close(t("receipts.reversal_proposed", number=self.sheet.number))

    async def _close(self, said: str) -> None:
        self._close_code()
        self.is_reversing = False
        await self._open(self.sheet.id)
        self.done = said
