"""One receipt, for the member it belongs to."""

import reflex as rx

from app.domain.receipts import service as receipts
from app.kit.actor import Actor
from app.kit.db import Session
from app.web.presenters.qr import qr_path
from app.web.presenters.receipts import PartRow, ReceiptSheet, receipt_parts, receipt_sheet
from app.web.screen import Screen, parse_id
from app.web.session import event
from app.web.site import public_url


class ReceiptState(Screen, rx.State):
    sheet: ReceiptSheet = ReceiptSheet()
    parts: list[PartRow] = []
    qr: str = ""
    qr_box: str = ""

    @event("member")
    async def load(self):
        """`?id=` names the receipt; another's answers like a missing one."""
        async with self._reading(arrives=True) as (session, actor):
            await self._show(session, actor)

    @event("member")
    async def refresh(self):
        """Something changed in the group: the receipt may be reversed."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        wanted = self.router.url.query_parameters.get("id", "")
        found = await receipts.get_receipt_for(session, actor, parse_id(wanted))
        self.sheet = receipt_sheet(
            found.receipt,
            payer=found.member_name,
            member_no=found.member_no,
            group_name=found.group_name,
            public_url=public_url(),
        )
        self.parts = receipt_parts(found.receipt)
        self.qr, self.qr_box = qr_path(self.sheet.check_url)
        self.phase = "ready"
