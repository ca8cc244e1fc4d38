"""The state of “Books verified”, for the member's room and the treasurer's."""

from zoneinfo import ZoneInfo

from app.domain.ledger.checkpoint_holding import CUT
from app.domain.reports import verified
from app.domain.reports.verified import KeepHead, LookForHead
from app.kit.actor import Actor
from app.kit.db import Session, real_clock_of
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.web.presenters.verified import KeptRow, VerifiedSheet, checks_of, kept_row, verified_sheet
from app.web.screen import Screen

LONGEST = 200


class VerifiedScreen(Screen, mixin=True):
    """`answer` is what was said about words that somebody typed; `answer_kind` is ok, bad or nothing."""

    sheet: VerifiedSheet = VerifiedSheet()
    checks: list[str] = []
    kept: list[KeptRow] = []
    is_kept: bool = False
    answer: str = ""
    answer_kind: str = ""

    async def _load(self) -> None:
        self._clear()
        self.answer = self.answer_kind = ""
        async with self._reading(arrives=True) as (session, actor):
            await self._show(session, actor)

    async def _refresh(self) -> None:
        """An entry more, or a verification."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        view = await verified.books_verified(session, actor)
        zone = ZoneInfo(view.timezone)
        self.sheet = verified_sheet(view, real_clock_of(session).now())
        self.checks = checks_of(view)
        self.kept = [kept_row(one, zone) for one in view.kept]
        self.is_kept = any(one.kept.head == view.now.head for one in view.kept)
        self.phase = "ready"

    async def _keep(self) -> None:
        """Keep the head that is shown, for whoever looks at it."""
        self._clear()
        async with self._work() as (session, actor):
            command = KeepHead(int(self.sheet.seq.replace(",", "") or 0), self.sheet.hash)
            await verified.keep_head(session, actor, command)
            await self._show(session, actor)
            self.done = t("verified.kept_now", seq=self.sheet.seq)

    async def _look(self, form: dict[str, str]) -> None:
        """Are the words that somebody wrote down still those of that entry?"""
        self._clear()
        self.answer = self.answer_kind = ""
        async with self._work() as (session, actor):
            seq = _number(form.get("seq", "")[:LONGEST])
            words = form.get("words", "")[:LONGEST]
            fault = await verified.look_for_head(session, actor, LookForHead(seq, words))
            key = "still" if fault is None else "cut" if fault.reason == CUT else "other"
            self.answer_kind = "ok" if fault is None else "bad"
            self.answer = t(f"verified.answer.{key}", seq=f"{seq:,}")


def _number(text: str) -> int:
    """An entry's number, with or without commas. Raises InvalidInput."""
    plain = text.strip().replace(",", "")
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= 12):
        raise InvalidInput("seq", "head_seq")
    return int(plain)
