"""Books: trial balance, journal, one entry with its place in the chain."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import reflex as rx

from app.domain.ledger.views import EntryView
from app.domain.reports import books
from app.domain.reports.verified import last_check
from app.domain.reports.views import AsOf, JournalRow
from app.kit.actor import Actor
from app.kit.db import Session, clock_of, real_clock_of
from app.kit.i18n import t
from app.web.place import load_place
from app.web.presenters.amounts import exact
from app.web.presenters.dates import day, moment, zone
from app.web.presenters.matches import bank_line
from app.web.presenters.verified import kind_of, title_of
from app.web.screen import Screen, parse_date, parse_number, parse_time
from app.web.session import event
from app.web.treasurer.states.counts import CountsState


@dataclass(frozen=True)
class BalanceRow:
    code: str
    account: str
    heading: str
    debit: str
    credit: str


@dataclass(frozen=True)
class EntryRow:
    """`way` is in, out, or moved between places of the group's; the figure has no sign. `balance`: of one account."""

    seq: str
    what: str
    detail: str
    receipt: str
    figure: str
    way: str
    balance: str
    is_reversal: bool
    note: str


@dataclass(frozen=True)
class LineRow:
    account: str
    debit: str
    credit: str


@dataclass(frozen=True)
class EntrySheet:
    seq: str = ""
    what: str = ""
    recorded: str = ""
    recorded_line: str = ""
    short: str = ""
    total: str = ""
    whole_hash: str = ""
    previous_seq: str = ""
    previous: str = ""
    next_seq: str = ""
    next: str = ""
    receipt_id: str = ""
    receipt_number: str = ""
    note: str = ""
    reason: str = ""
    by: str = ""
    line: str = ""
    """The bank's line from which it was booked, in words; `line_id` leads to it."""
    line_id: str = ""


HEADINGS = {
    "A": "books.assets",
    "L": "books.liabilities",
    "E": "books.liabilities",
    "I": "books.income",
    "X": "books.income",
}


def entry_row(row: JournalRow) -> EntryRow:
    entry, currency = row.entry, row.entry.lines[0].currency
    return EntryRow(
        seq=str(entry.seq),
        what=", ".join(row.members) or t(f"entry.{entry.kind}"),
        detail=f"{t(f'entry.{entry.kind}')}, {day(entry.effective_on)}" if row.members else day(entry.effective_on),
        receipt=row.receipt_number or "",
        figure=exact(abs(row.amount_minor) or sum(max(line.amount_minor, 0) for line in entry.lines), currency),
        way="out" if row.amount_minor < 0 else "in" if row.amount_minor else "moved",
        balance="" if row.balance_after_minor is None else exact(row.balance_after_minor, currency),
        is_reversal=bool(entry.reverses_seq),
        note=_note(entry) or row.said,
    )


def end_of_minute(on: date, at: time) -> datetime:
    """The last instant of the minute, in the zone of what pages show: what was recorded within it is in."""
    return datetime.combine(on, at.replace(second=59, microsecond=999_999), zone.get())


PAGE = 25


class BooksState(Screen, rx.State):
    tab: str = "balance"
    currency: str = ""
    balances: list[BalanceRow] = []
    debit: str = ""
    credit: str = ""
    is_equal: bool = True
    note: str = ""
    verified: str = ""
    verified_kind: str = ""
    debit_label: str = ""
    credit_label: str = ""
    entry_title: str = ""
    entries: list[EntryRow] = []
    only: str = ""
    has_more: bool = False
    lines: list[LineRow] = []
    sheet: EntrySheet = EntrySheet()
    clock: str = "day"
    on: str = ""
    at: str = ""
    as_of: str = ""
    as_of_day: str = ""
    only_code: str = ""
    _as_of: AsOf | None = None
    _code: str = ""
    _before: int | None = None

    @event("treasurer")
    async def load(self):
        """`?entry=` opens an entry."""
        await load_place(self)
        self._clear()
        self.tab, self.only, self._code, self.only_code, self.sheet = "balance", "", "", "", EntrySheet()
        self.clock, self._as_of = "day", None
        async with self._reading() as (session, actor):
            await self._show_balance(session, actor)
            self._show_clock(session)
            await (await self.get_state(CountsState))._begin(session, actor, self.currency)
        wanted = self.router.url.query_parameters.get("entry", "")
        if wanted and self.phase == "ready":
            await self._open(wanted)

    @event("treasurer")
    async def refresh(self):
        """Something changed in the group: balances, as many lines of the journal as are shown, the open entry."""
        async with self._refreshing() as (session, actor):
            await self._show_balance(session, actor)
            await (await self.get_state(CountsState))._fill(session, actor)
            if self.entries:
                wanted = -(-len(self.entries) // PAGE) * PAGE
                found = await books.journal(session, actor, control=self._code or None, limit=wanted + 1)
                self._show_entries(found, [], wanted)
            if self.sheet.seq:
                await self._show_entry(session, actor, int(self.sheet.seq))

    async def _show_balance(self, session: Session, actor: Actor) -> None:
        view = await books.trial_balance(session, actor, as_of=self._as_of)
        heading, rows = "", []
        for row in view.rows:
            title = t(HEADINGS[row.class_])
            rows.append(
                BalanceRow(
                    code=row.control_code,
                    account=t(f"account.{row.control_code}"),
                    heading=title if title != heading else "",
                    debit=exact(row.debit_minor, row.currency) if row.debit_minor else "",
                    credit=exact(row.credit_minor, row.currency) if row.credit_minor else "",
                )
            )
            heading = title
        self.balances, self.currency = rows, view.currency
        self.debit, self.credit = exact(view.debit_minor, view.currency), exact(view.credit_minor, view.currency)
        self.is_equal = view.debit_minor == view.credit_minor
        if self._as_of is None:
            self.note = t("books.note", entries=view.entries, count=f"{view.entries:,}")
        its_zone, last = await last_check(session, actor)
        self.verified = title_of(last, ZoneInfo(its_zone), real_clock_of(session).now())
        self.verified_kind = kind_of(last)
        self.debit_label = t("books.debit", currency=view.currency)
        self.credit_label = t("books.credit", currency=view.currency)
        self.phase = "ready"

    def _show_clock(self, session: Session) -> None:
        """The form and its answer; not when the page is read again, so that what is being typed stays."""
        now = clock_of(session).now().astimezone(zone.get())
        shown = self._as_of or AsOf(now.date(), now)
        self.on, self.at = shown.day.isoformat(), (shown.at or now).astimezone(zone.get()).strftime("%H:%M")
        self.as_of = ""
        self.as_of_day = self._as_of.day.isoformat() if self._as_of else ""
        if self._as_of and self._as_of.at:
            self.as_of = t("books.as_of_moment", moment=moment(self._as_of.at))
        elif self._as_of:
            self.as_of = t("books.as_of_day", day=day(self._as_of.day))

    @event("treasurer")
    async def choose_clock(self, clock: str):
        """By the date of the money, or as the books stood at a moment."""
        self.clock = "moment" if clock == "moment" else "day"

    @event("treasurer")
    async def show_as_of(self, form: dict[str, str]):
        self._clear()
        before = self._as_of
        async with self._work() as (session, actor):
            on = parse_date(str(form.get("on", ""))[:20], field="on")
            at = parse_time(str(form.get("at", ""))[:10], field="at") if self.clock == "moment" else None
            self._as_of = AsOf(on, end_of_minute(on, at) if at else None)
            await self._show_balance(session, actor)
            self._show_clock(session)
        if self.problem:
            self._as_of = before

    @event("treasurer")
    async def show_now(self):
        self._clear()
        self._as_of = None
        async with self._reading() as (session, actor):
            await self._show_balance(session, actor)
            self._show_clock(session)

    @event("treasurer")
    async def show_counts(self):
        self._clear()
        self.tab = "counts"

    @event("treasurer")
    async def show_balance(self):
        self.tab = "balance"

    @event("treasurer")
    async def show_journal(self, code: str):
        """The journal of one control account; of all when `code` is empty."""
        self.tab, self.entries, self._before, self.sheet = "journal", [], None, EntrySheet()
        names = {row.code: row.account for row in self.balances}
        self._code = self.only_code = code if code in names else ""
        self.only = t("books.only", account=names[code]) if self._code else ""
        await self._page()

    @event("treasurer")
    async def more(self):
        if self.has_more:
            await self._page()

    async def _page(self) -> None:
        async with self._reading() as (session, actor):
            found = await books.journal(
                session, actor, before_seq=self._before, control=self._code or None, limit=PAGE + 1
            )
            self._show_entries(found, self.entries, PAGE)

    def _show_entries(self, found: list[JournalRow], before: list[EntryRow], limit: int) -> None:
        page = found[:limit]
        self.has_more, self._before = len(found) > limit, page[-1].entry.seq if page else None
        self.entries = [*before, *(entry_row(row) for row in page)]

    @event("treasurer")
    async def open_entry(self, seq: str):
        await self._open(seq)

    async def _open(self, wanted: str) -> None:
        self._clear()
        async with self._work() as (session, actor):
            await self._show_entry(session, actor, parse_number(wanted))

    async def _show_entry(self, session: Session, actor: Actor, seq: int) -> None:
        proof = await books.entry_proof(session, actor, seq)
        entry, currency = proof.entry, proof.entry.lines[0].currency
        self.lines = [
            LineRow(
                account=_account(line.account, proof.members),
                debit=exact(line.amount_minor, line.currency) if line.amount_minor > 0 else "",
                credit=exact(-line.amount_minor, line.currency) if line.amount_minor < 0 else "",
            )
            for line in entry.lines
        ]
        line = bank_line(proof.line) if proof.line else None
        self.entry_title = t("books.entry", seq=f"{seq:,}")
        self.sheet = EntrySheet(
            seq=str(seq),
            what=t(f"entry.{entry.kind}"),
            recorded=moment(entry.recorded_at),
            recorded_line=". ".join(
                (
                    t("books.recorded", moment=moment(entry.recorded_at), name=proof.recorded_by),
                    t("books.effective", day=day(entry.effective_on)),
                )
            ),
            short=entry.hash.hex()[:8].upper(),
            total=exact(sum(line.amount_minor for line in entry.lines if line.amount_minor > 0), currency),
            whole_hash=entry.hash.hex(),
            previous_seq=str(seq - 1) if seq > 1 else t("books.start"),
            previous=proof.previous_hash[:8].upper(),
            next_seq=str(seq + 1) if proof.next_hash else t("books.newest"),
            next=proof.next_hash[:8].upper(),
            receipt_id=str(proof.receipt_id or ""),
            receipt_number=t("books.receipt", number=proof.receipt_number) if proof.receipt_number else "",
            note=_note(entry) or proof.said,
            line=t("books.line", who=line.who, day=line.day, code=line.code or "–") if line else "",
            line_id=line.id if line else "",
            reason=t("books.reason", reason=entry.memo) if entry.reverses_seq and entry.memo else "",
            by=t("books.by", name=proof.recorded_by) if entry.reverses_seq else "",
        )


def _account(code: str, members: dict[UUID, str]) -> str:
    control, _, member = code.partition(".")
    name = next((name for id_, name in members.items() if str(id_) == member), "")
    label = f"{control} {t('account.' + control)}"
    return f"{label}, {name}" if name else label


def _note(entry: EntryView) -> str:
    if entry.reverses_seq:
        return t("books.reverses", seq=entry.reverses_seq)
    if entry.reversed_by_seq:
        return t("books.reversed_by", seq=entry.reversed_by_seq)
    return entry.memo or ""
