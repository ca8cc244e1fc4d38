"""Counts on the page of the books: what was there beside what the books said."""

from dataclasses import dataclass

import reflex as rx

from app.domain.reconciliation import service as reconciliation
from app.domain.reconciliation.views import SOURCES, CountView, RecordCount
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.i18n import t
from app.kit.money import parse_amount
from app.web.presenters.amounts import amount
from app.web.presenters.dates import ZONE, day, moment
from app.web.screen import Screen, parse_date
from app.web.session import event


@dataclass(frozen=True)
class CountRow:
    """`verdict` says the difference in words; `is_equal` that there is none."""

    id: str
    what: str
    books: str
    by: str
    verdict: str
    is_equal: bool


def count_row(view: CountView) -> CountRow:
    gap = amount(abs(view.difference_minor), view.currency)
    verdict = t("counts.equal")
    if view.difference_minor:
        verdict = t("counts.missing" if view.difference_minor < 0 else "counts.more", amount=gap)
    shown = {"amount": amount(view.stated_minor, view.currency), "day": day(view.as_of)}
    return CountRow(
        id=str(view.id),
        what=t(f"counts.line.{view.source}", account=t(f"account.{view.account}"), **shown),
        books=t("counts.books", amount=amount(view.books_minor, view.currency)),
        by=t("counts.by", name=view.by, moment=moment(view.recorded_at)),
        verdict=verdict,
        is_equal=view.difference_minor == 0,
    )


class CountsState(Screen, rx.State):
    """Filled by the page of the books."""

    rows: list[CountRow] = []
    as_of: str = ""
    currency: str = ""
    label: str = ""

    async def _begin(self, session: Session, actor: Actor, currency: str) -> None:
        self._clear()
        self._new_form()
        self.currency, self.label = currency, t("counts.stated", currency=currency)
        self.as_of = today_in(str(ZONE), clock_of(session).now()).isoformat()
        await self._fill(session, actor)

    async def _fill(self, session: Session, actor: Actor) -> None:
        self.rows = [count_row(one) for one in await reconciliation.list_counts(session, actor)]

    @event("treasurer")
    async def record(self, form: dict[str, str]):
        """One form, one count; the difference is shown, and nothing is booked."""
        self._clear()
        async with self._work() as (session, actor):
            command = RecordCount(
                account=str(form.get("account", ""))[:10] if form.get("account") in SOURCES else "",
                as_of=parse_date(str(form.get("as_of", ""))[:20], field="as_of"),
                stated_minor=parse_amount(
                    str(form.get("stated", ""))[:40], self.currency, field="stated", may_be_zero=True
                ),
                key=self.form_key,
            )
            made = count_row(await reconciliation.record_count(session, actor, command))
            await self._fill(session, actor)
            self.done = t("counts.done", verdict=made.verdict)
        if not self.problem:
            self._new_form()
