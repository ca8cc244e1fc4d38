"""The queue of bank lines: each with what is suggested, taken, said otherwise, undone and confirmed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import reflex as rx

from app.domain.groups.permissions import Permission
from app.domain.reconciliation import service as reconciliation
from app.domain.reconciliation.bank import balancing, booked, confirming, queue
from app.domain.reconciliation.bank.queue_views import (
    AcceptMatch,
    BookOther,
    CandidateView,
    ConfirmMatch,
    IgnoreLine,
    MatchBooked,
    MatchPart,
    MatchView,
    PairReversal,
    QueueRow,
)
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.kit.ids import new_id
from app.kit.money import parse_amount
from app.web.officers import name_who_may, who_else_may
from app.web.place import load_place
from app.web.presenters.amounts import amount
from app.web.presenters.balance import SumLine, sum_line
from app.web.presenters.matches import (
    VERDICTS,
    BankLine,
    CandidateRow,
    EntryChoice,
    bank_line,
    candidate_rows,
    decided_line,
    entry_choice,
    in_and_out,
    queue_line,
)
from app.web.screen import parse_id, parse_number, sentence
from app.web.session import event
from app.web.treasurer.states.line_parts import LineParts, with_text

PAGE, REVIEWED, AT_ONCE, STEP = 25, 200, 500, 100
"""Lines of a page and of a review; lines that are confirmed by one press, and in one transaction of it."""
DECIDED = ("accepted", "ignored", "confirmed")
ASKED = ("assign", "other", "ignore", "booked", "sure", "all")


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    count: str


class MatchingState(LineParts, rx.State):
    tabs: list[Tab] = []
    tab: str = ""
    is_decided: bool = False
    """The lines shown are decided: nothing is to be chosen for them by keys."""
    has_begun: bool = False
    """Some line has ever come in."""
    rows: list[BankLine] = []
    candidates: list[CandidateRow] = []
    place: str = ""
    page: str = ""
    has_before: bool = False
    has_after: bool = False
    sure: str = ""
    later: str = ""
    bulk: str = ""
    asking: str = ""
    review: list[BankLine] = []
    review_words: str = ""
    entries: list[EntryChoice] = []
    undo_id: str = ""
    own_words: str = ""
    results: list[str] = []
    progress: str = ""
    share: str = ""
    sums: list[SumLine] = []
    _skip: int = 0
    _sure: list[UUID] = []
    _closed: date | None = None

    @event("treasurer")
    async def load(self):
        """`?line=` opens one, `?tab=` a part of the lines; where neither is asked for, the first part that has some."""
        await load_place(self)
        self._clear()
        self._put_away()
        self._new_form()
        self.results, self.undo_id, self._skip, self.chosen = [], "", 0, BankLine()
        query = self.router.url.query_parameters
        wanted = query.get("tab", "")
        self.tab = wanted if wanted in (*VERDICTS, *DECIDED) else ""
        async with self._reading() as (session, actor):
            names = await who_else_may(session, actor, Permission.CONFIRM_PAYMENTS)
            self.own_words = t("payments.own", names=names) if names else t("payments.own_nobody")
            await self._show_sums(session, actor)
            await self._show(session, actor, wanted=query.get("line", ""))
            if not self.rows and not self.tab:
                self.tab = next((one.name for one in self.tabs if one.count != "0"), "")
                if self.tab:
                    await self._show(session, actor)

    async def _show_sums(self, session: Session, actor: Actor) -> None:
        """Bank and books today, in one line; and through which day the books are closed."""
        closes = await reconciliation.list_closes(session, actor)
        self._closed = closes.rows[0].through if closes.rows else None
        self.sums = [sum_line(one) for one in await balancing.list_agreements(session, actor, closes.today)]

    @event("treasurer")
    async def refresh(self):
        """Something changed in the group: the rows are read again; who is deciding is left alone."""
        if self.asking:
            return
        async with self._refreshing() as (session, actor):
            await self._show_sums(session, actor)
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor, *, wanted: str = "") -> None:
        """The page of the tab; the chosen line stays, else the one that came into its place."""
        at = next((n for n, row in enumerate(self.rows) if row.id == self.chosen.id), 0)
        verdict = self.tab if self.tab in VERDICTS else ""
        self.is_decided = self.tab in DECIDED
        view = await queue.propose_matches(
            session, actor, verdict=verdict, skip=self._skip, limit=queue.MOST if wanted else PAGE
        )
        counts = await queue.count_matches(session, actor)
        self._show_tabs(view.counts, counts.to_confirm, counts.ignored, counts.confirmed)
        if self.tab in DECIDED:
            most = {"skip": 0, "limit": queue.MOST} if wanted else {"skip": self._skip, "limit": PAGE}
            found = await queue.list_matches(session, actor, state=self.tab, **most)
            if wanted:
                found = self._page_of(wanted, found, [one.line.id for one in found])
            total = {"accepted": counts.to_confirm, "ignored": counts.ignored, "confirmed": counts.confirmed}[self.tab]
            rows, self._queue = [decided_line(one, self._closed) for one in found], {}
        else:
            found = []
            page = list(view.rows)
            if wanted:
                page = self._page_of(wanted, page, [row.line.id for row in page])
            rows, self._queue, total = (
                [queue_line(row, self._closed) for row in page],
                {str(r.line.id): r for r in page},
                view.total,
            )
        if view.rows:
            self._currency = view.rows[0].line.currency
        others = counts.to_confirm
        if self.tab == "accepted" and counts.to_confirm <= PAGE:
            others = sum(not one.is_own for one in found)
        self.bulk = t("matching.confirm_all", count=others) if others else ""
        sure = view.counts.get("sure", 0)
        self.sure = t("matching.accept_sure", count=sure) if sure else ""
        self.later = t("matching.later", count=view.later) if view.later else ""
        if not rows and self._skip:
            self._skip = max(0, self._skip - PAGE)
            await self._show(session, actor)
            return
        self._show_page(rows, total, at, wanted)

    def _page_of(self, wanted: str, found: list[Any], lines: list[UUID]) -> list[Any]:
        """The page on which the wanted line stands."""
        place = next((n for n, line_id in enumerate(lines) if str(line_id) == wanted), 0)
        self._skip = place - place % PAGE
        return found[self._skip : self._skip + PAGE]

    def _show_tabs(self, verdicts: dict[str, int], to_confirm: int, ignored: int, confirmed: int) -> None:
        found = [(name, verdicts.get(name, 0)) for name in VERDICTS if verdicts.get(name) or name == self.tab]
        decided = zip(DECIDED, (to_confirm, ignored, confirmed), strict=True)
        self.has_begun = bool(sum(verdicts.values()) + to_confirm + ignored + confirmed)
        self.tabs = [
            Tab("", t("matching.all"), str(sum(verdicts.values()))),
            *(Tab(name, t(f"matching.verdict.{name}"), str(count)) for name, count in found),
            *(Tab(name, t(f"matching.decided.{name}"), str(count)) for name, count in decided),
        ]

    def _show_page(self, rows: list[BankLine], total: int, at: int, wanted: str) -> None:
        self.rows = rows
        self.has_before, self.has_after = self._skip > 0, self._skip + PAGE < total
        first = self._skip + 1
        self.page = t("matching.page", first=first, last=self._skip + len(rows), total=total) if total > PAGE else ""
        kept = next((row for row in rows if row.id == (wanted or self.chosen.id)), None)
        self._choose(kept or (rows[min(at, len(rows) - 1)] if rows else BankLine()))
        self.phase = "ready"

    def _choose(self, row: BankLine) -> None:
        is_same = row.id == self.chosen.id
        self.chosen = row
        found = self._queue.get(row.id)
        self.candidates = candidate_rows(found) if found else []
        if not is_same or int(self.candidate) > max(1, len(self.candidates)):
            self.candidate = "1"
        at = next((n for n, one in enumerate(self.rows, self._skip + 1) if one.id == row.id), 0)
        total = next((one.count for one in self.tabs if one.name == self.tab), "0")
        self.place = t("matching.place", n=at, all=total) if row.id else ""

    @event("treasurer")
    async def choose(self, line_id: str):
        self._clear()
        self._choose(next((row for row in self.rows if row.id == line_id), self.chosen))

    @event("treasurer")
    async def step(self, by: int):
        """To the line before or after, over the page's edge too."""
        self._clear()
        at = next((n for n, row in enumerate(self.rows) if row.id == self.chosen.id), 0) + (1 if by > 0 else -1)
        if 0 <= at < len(self.rows):
            self._choose(self.rows[at])
        elif (at < 0 and self.has_before) or (at > 0 and self.has_after):
            await self._turn(self._skip + (PAGE if at > 0 else -PAGE), is_last=at < 0)

    @event("treasurer")
    async def choose_candidate(self, key: str):
        if key in {one.key for one in self.candidates}:
            self.candidate = key

    @event("treasurer")
    async def show_tab(self, name: str):
        self._clear()
        self.results, self.undo_id = [], ""
        self.tab = name if name in (*VERDICTS, *DECIDED) else ""
        await self._turn(0)

    @event("treasurer")
    async def turn(self, by: int):
        self._clear()
        await self._turn(self._skip + (PAGE if by > 0 else -PAGE))

    async def _turn(self, skip: int, *, is_last: bool = False) -> None:
        self._skip, self.chosen = max(0, skip), BankLine()
        async with self._work() as (session, actor):
            await self._show(session, actor)
            if is_last and self.rows:
                self._choose(self.rows[-1])

    # deciding

    async def _decide(self, command: Callable[[Session, Actor], Awaitable[MatchView]]) -> None:
        """Run one decision about the chosen line; the next line comes into its place."""
        self._clear()
        self.results = []
        made: MatchView | None = None
        async with self._work() as (session, actor):
            made = await command(session, actor)
        if made is None or self.problem:
            return
        self._put_away()
        self.undo_id = str(made.id)
        line = decided_line(made)
        async with self._reading() as (session, actor):
            await self._show(session, actor)
        self.done = t("matching.decided_line", what=line.verdict, amount=line.figure, who=line.more or line.who)

    @event("treasurer")
    async def take(self):
        """What the chosen suggestion says."""
        row = self._queue.get(self.chosen.id)
        shown = next((one for one in self.candidates if one.key == self.candidate), None)
        if row is None or shown is None:
            return
        one, key = row.candidates[int(shown.key) - 1], str(new_id())
        if shown.act == "booked":
            await self._ask("booked")
        elif shown.act:
            await self._decide(lambda session, actor: _take(session, actor, row, one, shown.act, key))

    @event("treasurer")
    async def ask(self, what: str):
        """Open what is asked about the chosen line, or about all that are sure."""
        await self._ask(what if what in ASKED else "")

    async def _ask(self, what: str) -> None:
        self._clear()
        self._new_form()
        self._put_away()
        row = self._queue.get(self.chosen.id)
        if what == "sure":
            await self._review()
        elif what == "all":
            await self._review_accepted()
        elif row is None or not what:
            return
        elif what == "assign":
            self._start_parts(row)
        elif what == "booked":
            async with self._work() as (session, actor):
                found = await booked.find_booked(session, actor, row.line.id)
                self.entries = [entry_choice(one) for one in found]
        if not self.problem:
            self.asking = what

    @event("treasurer")
    async def close(self):
        self._clear()
        self._put_away()

    def _put_away(self) -> None:
        self.asking, self.review, self.parts, self.payers, self.entries, self.left = "", [], [], [], [], ""

    async def _review(self) -> None:
        async with self._work() as (session, actor):
            view = await queue.propose_matches(session, actor, verdict="sure", limit=queue.MOST)
            self._sure = [row.line.id for row in view.rows]
            self.review = [_reviewed(row) for row in view.rows[:REVIEWED]]
            total = sum(row.line.amount_minor for row in view.rows)
            self.review_words = t("matching.sure_words", count=len(view.rows), amount=amount(total, self._currency))

    async def _waiting(self) -> list[MatchView]:
        """What may be confirmed by one press, one's own too."""
        async with self._work() as (session, actor):
            return await queue.list_matches(session, actor, state="accepted", limit=AT_ONCE)
        return []

    async def _review_accepted(self) -> None:
        others = [one for one in await self._waiting() if not one.is_own]
        lines = [decided_line(one) for one in others[:REVIEWED]]
        self.bulk = t("matching.confirm_all", count=len(others))
        self.review = [
            BankLine(id=one.id, who=one.more or one.who, more=one.verdict, figure=one.figure) for one in lines
        ]
        self.review_words = in_and_out("matching.all_words", [one.line.amount_minor for one in others], self._currency)

    @event("treasurer")
    async def accept_sure(self):
        """Those that were looked at, and no other."""
        self._clear()
        count, total = 0, 0
        async with self._work() as (session, actor):
            made = await queue.accept_sure(session, actor, key=self.form_key, only=frozenset(self._sure))
            count, total = made.count, made.amount_minor
        if self.problem:
            return
        self._put_away()
        self.tab = "accepted"
        await self._turn(0)
        self.done = t("matching.accepted_sure", count=count, amount=amount(total, self._currency))

    @event("treasurer")
    async def book(self, form: dict[str, str]):
        """Other income, an expense or a charge."""
        line_id, note, key = self.chosen.id, str(form.get("note", ""))[:600], self.form_key
        kind = "income" if self.chosen.way == "in" else str(form.get("kind", ""))[:20]

        async def command(session: Session, actor: Actor) -> MatchView:
            return await queue.book_other(session, actor, BookOther(parse_id(line_id), kind, note, key))

        await self._decide(command)

    @event("treasurer")
    async def ignore(self, form: dict[str, str]):
        line_id, reason, key = self.chosen.id, str(form.get("reason", ""))[:600], self.form_key

        async def command(session: Session, actor: Actor) -> MatchView:
            return await queue.ignore_line(session, actor, IgnoreLine(parse_id(line_id), reason, key))

        await self._decide(command)

    @event("treasurer")
    async def take_entry(self, seq: str):
        line_id, key = self.chosen.id, self.form_key

        async def command(session: Session, actor: Actor) -> MatchView:
            return await booked.match_booked(session, actor, MatchBooked(parse_id(line_id), parse_number(seq), key))

        await self._decide(command)

    # saying whose it is

    @event("treasurer")
    async def assign(self, form: dict[str, str]):
        """What the parts say, as typed."""
        line_id, key = self.chosen.id, self.form_key
        self.parts = [with_text(one, str(form.get(f"part-{one.key}", one.amount))[:40]) for one in self.parts]
        self._count_left()

        async def command(session: Session, actor: Actor) -> MatchView:
            parts = tuple(
                MatchPart(
                    parse_id(one.member_id),
                    parse_amount(one.amount, self._currency, field="parts"),
                    parse_id(one.due_id) if one.due_id else None,
                )
                for one in self.parts
            )
            return await queue.accept_match(session, actor, AcceptMatch(parse_id(line_id), key, parts))

        await self._decide(command)

    # what was decided

    @event("treasurer")
    async def undo(self, match_id: str):
        """The line is open again; without an id the decision that was made last."""
        self._clear()
        wanted = match_id or self.undo_id
        if not wanted:
            return
        undone: MatchView | None = None
        async with self._work() as (session, actor):
            undone = await queue.undo_match(session, actor, parse_id(wanted))
        if undone is None or self.problem:
            return
        self.undo_id = ""
        line = bank_line(undone.line)
        if not match_id:
            self.chosen = line
        async with self._reading() as (session, actor):
            await self._show(session, actor)
        self.done = t("matching.undone", amount=line.figure, who=line.who)

    @event("treasurer")
    async def confirm(self, match_id: str):
        self._clear()
        self.results = []
        made: MatchView | None = None
        async with self._work() as (session, actor):
            made = await confirming.confirm_match(session, actor, self._confirming(match_id))
        await name_who_may(self, Permission.CONFIRM_PAYMENTS)
        problem = self.problem
        async with self._reading() as (session, actor):
            await self._show(session, actor)
        self.problem, self.problem_field = problem, ""
        if made is not None and not problem:
            self.undo_id = ""
            self.done = _confirmed(made)

    def _confirming(self, match_id: str) -> ConfirmMatch:
        return ConfirmMatch(parse_id(match_id), f"page:{match_id}")

    @event("treasurer")
    async def confirm_all(self):
        """A hundred lines in a transaction, each with its own key and outcome, and how far it is on the way; one's own
        are left out, and what is refused is named.
        """
        self._clear()
        self.results = []
        waiting = await self._waiting()
        if self.problem:
            return
        self._put_away()
        others = [one for one in waiting if not one.is_own]
        confirmed, results = list[int](), []
        for first in range(0, len(others), STEP):
            if len(others) > STEP:
                self._show_progress(first, len(others))
                yield
            some = others[first : first + STEP]
            refused = await self._confirm_some(some)
            confirmed += [one.line.amount_minor for one in some if one.id not in refused]
            results += [_refused(one, refused[one.id]) for one in some if one.id in refused]
        if own := len(waiting) - len(others):
            results.append(t("matching.own_left", count=own, why=self.own_words))
        self._clear()
        self.undo_id = self.progress = self.share = ""
        await self._turn(0)
        self.results = results
        self.done = in_and_out("matching.confirmed_many", confirmed, self._currency) if confirmed else ""

    def _show_progress(self, done: int, of: int) -> None:
        self.progress = t("matching.confirming", done=done, of=of)
        self.share = f"{done * 100 // of}%"

    async def _confirm_some(self, some: list[MatchView]) -> dict[UUID, str]:
        """Why some are not confirmed; all of them where the records are out of reach."""
        self.problem = ""
        refusals: dict[UUID, str] = {}
        async with self._work() as (session, actor):
            found = await confirming.confirm_matches(session, actor, [self._confirming(str(one.id)) for one in some])
            refusals = {one.match_id: sentence(one.refusal) for one in found if one.refusal is not None}
        return {one.id: self.problem for one in some} if self.problem else refusals


async def _take(session: Session, actor: Actor, row: QueueRow, one: CandidateView, act: str, key: str) -> MatchView:
    line_id = row.line.id
    if act == "pair" and one.pair_id:
        return await queue.pair_reversal(session, actor, PairReversal(line_id, one.pair_id, key))
    if act == "charge":
        return await queue.book_other(session, actor, BookOther(line_id, "charge", "", key))
    parts = tuple(MatchPart(part.member_id, part.amount_minor, part.due_id) for part in one.parts)
    return await queue.accept_match(session, actor, AcceptMatch(line_id, key, parts, one.payment_id))


def _reviewed(row: QueueRow) -> BankLine:
    line, (best, *_) = queue_line(row), candidate_rows(row)
    return BankLine(id=line.id, day=line.day, who=best.who, more=" · ".join(best.parts), figure=line.figure)


def _refused(one: MatchView, why: str) -> str:
    line = bank_line(one.line)
    return f"{line.who}, {line.figure}: {why}"


def _confirmed(made: MatchView) -> str:
    line = decided_line(made)
    return t("matching.confirmed", who=line.more or line.who, amount=line.figure, proof=line.proof_words)
