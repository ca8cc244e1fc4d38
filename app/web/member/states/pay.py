"""Pay: how to pay one due outside, then send its code."""

from uuid import UUID

import reflex as rx

from app.domain.contributions import reading as contributions
from app.domain.groups import access
from app.domain.payments import service as payments
from app.domain.payments.commands import Part, SubmitPayment
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.place import load_place
from app.web.presenters.amounts import amount, exact
from app.web.presenters.dates import day, days_until
from app.web.screen import Screen, parse_date
from app.web.session import event


class PayState(Screen, rx.State):
    due_id: str = ""
    title: str = ""
    amount: str = ""
    amount_digits: str = ""
    due_line: str = ""
    send_label: str = ""
    reference: str = ""
    reference_plain: str = ""
    paybill: str = ""
    rejected: str = ""
    code: str = ""
    paid_on: str = ""
    today: str = ""
    is_sent: bool = False
    _amount_minor: int = 0

    @event("member")
    async def load(self):
        """`?due=` names the due; without it, the oldest that needs paying."""
        await load_place(self)
        self._clear()
        self._new_form()
        self.code, self.is_sent = "", False
        wanted = self.router.url.query_parameters.get("due", "")
        async with self._reading() as (session, actor):
            home = await contributions.home(session, actor)
            group = await access.get_group(session, actor)
            self.today = self.paid_on = home.today.isoformat()
            dues = [
                due for due in home.dues if (str(due.id) == wanted if wanted else due.open_minor > due.waiting_minor)
            ]
            if not dues:
                self.phase = "empty"
                return
            due = dues[0]
            self._amount_minor = due.open_minor - due.waiting_minor
            self.due_id, self.title = str(due.id), due.title
            self.is_sent = self._amount_minor <= 0
            shown = due.open_minor if self.is_sent else self._amount_minor
            self.amount = amount(shown, due.currency)
            self.amount_digits = exact(shown, due.currency).replace(",", "").removesuffix(".00")
            self.due_line = t("due.by", day=day(due.due_on), days=days_until(due.due_on, home.today))
            self.send_label = t("pay.send", amount=self.amount)
            self.reference, self.reference_plain = in_fours(due.reference), due.reference
            self.paybill = group.paybill or ""
            self.rejected = due.rejected_reason or ""
            self.phase = "ready"

    @event("member")
    async def send(self, form: dict[str, str]):
        """The member's "I have paid"."""
        if self.is_sent or not self.due_id:
            return
        self._clear()
        self.code = str(form.get("code", ""))[:60]
        self.paid_on = str(form.get("paid_on", ""))[:10]
        async with self._work() as (session, actor):
            command = SubmitPayment(
                parts=(Part(claim_id=UUID(self.due_id), amount_minor=self._amount_minor),),
                method="mpesa",
                provider_code=self.code,
                paid_on=parse_date(self.paid_on, field="paid_on"),
                key=self.form_key,
            )
            await payments.submit_payment(session, actor, command)
        if not self.problem:
            self.is_sent = True
            self.done = t("pay.sent")
