"""Passbook: every line of the member's account, with its receipt."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import reflex as rx

from app.domain.ledger.recipes import PAID_OUT, REVERSAL
from app.domain.reports.passbook import passbook
from app.domain.reports.verified import last_check
from app.domain.reports.views import Passbook
from app.domain.reports.views import PassbookRow as PassbookView
from app.kit.actor import Actor
from app.kit.db import Session, real_clock_of
from app.kit.i18n import t
from app.web.presenters.amounts import amount, exact
from app.web.presenters.dates import day
from app.web.presenters.kept import kept_words
from app.web.presenters.verified import kind_of, title_of
from app.web.screen import Screen
from app.web.session import event


@dataclass(frozen=True)
class LineRow:
    seq: str
    title: str
    detail: str
    figure: str
    balance: str
    href: str
    kind: str


def line_row(view: PassbookView, currency: str) -> LineRow:
    """`kind` is in, void (reversed later) or out (the reversal, and what was paid out)."""
    kind = "out" if view.amount_minor < 0 else "void" if view.is_reversed else "in"
    title = t("passbook.reversal", title=view.title) if kind == "out" else view.title
    if view.purpose == "credit":
        title = kept_title(view)
    besides = t("passbook.besides") if view.balance_after_minor is None else ""
    if view.kind in PAID_OUT:
        title = t(f"entry.{view.kind}")
    return LineRow(
        seq=str(view.seq),
        title=title,
        detail=", ".join(filter(None, (day(view.effective_on), view.receipt_number, besides))),
        figure=exact(abs(view.amount_minor), currency),
        balance="" if view.balance_after_minor is None else exact(view.balance_after_minor, currency),
        href=f"/receipt?id={view.receipt_id}" if view.receipt_id else "/savings",
        kind=kind,
    )


def kept_title(view: PassbookView) -> str:
    """Of a line of what is kept: it came from a payment, or paid a due; and each of the two taken back."""
    is_back = view.kind == REVERSAL
    is_use = (view.amount_minor < 0) != is_back
    title = t("passbook.kept_used", title=view.title) if is_use else t("passbook.kept")
    return t("passbook.reversal", title=title) if is_back else title


class PassbookState(Screen, rx.State):
    balance_label: str = ""
    balance: str = ""
    kept: str = ""
    """What is kept for a later due, in a sentence; empty for nothing."""
    rows: list[LineRow] = []
    has_more: bool = False
    verified: str = ""
    verified_kind: str = ""
    _before: int | None = None

    @event("member")
    async def load(self):
        self.rows, self._before = [], None
        async with self._reading(arrives=True) as opened:
            await self._page(*opened)

    @event("member")
    async def refresh(self):
        """Something changed in the group: as many lines as are shown."""
        async with self._refreshing() as (session, actor):
            rows, before = [], None
            while True:
                book = await passbook(session, actor, before_seq=before)
                rows += [line_row(row, book.currency) for row in book.rows]
                before = book.next_before_seq
                if before is None or len(rows) >= len(self.rows):
                    break
            self._show(book, rows)
            await self._show_verified(session, actor)

    @event("member")
    async def more(self):
        if self.has_more:
            async with self._reading() as opened:
                await self._page(*opened)

    async def _page(self, session: Session, actor: Actor) -> None:
        book = await passbook(session, actor, before_seq=self._before)
        self._show(book, [*self.rows, *(line_row(row, book.currency) for row in book.rows)])
        await self._show_verified(session, actor)

    async def _show_verified(self, session: Session, actor: Actor) -> None:
        zone, last = await last_check(session, actor)
        self.verified = title_of(last, ZoneInfo(zone), real_clock_of(session).now())
        self.verified_kind = kind_of(last)

    def _show(self, book: Passbook, rows: list[LineRow]) -> None:
        self.rows = rows
        self.balance_label = t("savings.held") if book.holds_savings else t("passbook.balance")
        self.balance = amount(book.balance_minor, book.currency)
        self.kept = kept_words(book.kept_minor, book.currency)
        self._before, self.has_more = book.next_before_seq, book.next_before_seq is not None
        self.phase = "ready" if rows else "empty"
