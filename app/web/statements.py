"""The state of a statement's page, for the member's room and the treasurer's: a period, its lines, its signed files."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.domain.reports import files
from app.domain.reports.issuing import issue_statement
from app.domain.reports.statement import Period, member_statement, statement_days
from app.domain.reports.views import MemberStatement
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import LANGUAGES
from app.web.paper.rendering import language
from app.web.presenters.statements import (
    SHOWN,
    SignedSheet,
    StatementRow,
    StatementSheet,
    signed_sheet,
    statement_row,
    statement_sheet,
    with_file,
)
from app.web.screen import Screen, parse_date
from app.web.site import public_url


@dataclass(frozen=True)
class LanguageChoice:
    code: str
    name: str


def periods(first: date, today: date) -> dict[str, Period]:
    """What most people want, by name; `first` is the day of the account's first line."""
    year = date(today.year, 1, 1)
    return {
        "year": Period(year, today),
        "last_year": Period(date(today.year - 1, 1, 1), year - timedelta(days=1)),
        "all": Period(min(first, today), today),
    }


class StatementScreen(Screen, mixin=True):
    """What both rooms share. `tick` changes while a PDF is being made, so that the page asks again."""

    from_on: str = ""
    until_on: str = ""
    lang: str = ""
    languages: list[LanguageChoice] = []
    sheet: StatementSheet = StatementSheet()
    rows: list[StatementRow] = []
    signed: SignedSheet = SignedSheet()
    tick: int = 0
    _member_id: str = ""

    def _member(self) -> UUID | None:
        return UUID(self._member_id) if self._member_id else None

    async def _begin(self, member_id: UUID | None) -> None:
        self._clear()
        self._member_id = str(member_id) if member_id else ""
        self.lang = language()
        self.languages = [LanguageChoice(code, name) for code, name in LANGUAGES.items() if language(code) == code]
        async with self._reading() as (session, actor):
            await self._draw(session, actor, await self._chosen(session, actor, "year"))
            self.phase = "ready"

    async def _chosen(self, session: Session, actor: Actor, name: str) -> Period:
        known = periods(*await statement_days(session, actor, member_id=self._member()))
        return known.get(name, known["year"])

    async def _draw(self, session: Session, actor: Actor, period: Period) -> None:
        self._fill(await member_statement(session, actor, period, member_id=self._member()))
        self.signed = SignedSheet()

    def _fill(self, made: MemberStatement) -> None:
        self.from_on, self.until_on = made.from_on.isoformat(), made.until_on.isoformat()
        self.sheet = statement_sheet(made)
        self.rows = [statement_row(line, made.currency) for line in made.lines[:SHOWN]]

    async def _show(self, form: dict[str, str]) -> None:
        self._clear()
        async with self._work() as (session, actor):
            first = parse_date(str(form.get("from", ""))[:20], field="from")
            last = parse_date(str(form.get("until", ""))[:20], field="until")
            await self._draw(session, actor, Period(first, last))

    async def _quick(self, name: str) -> None:
        self._clear()
        async with self._work() as (session, actor):
            await self._draw(session, actor, await self._chosen(session, actor, name))

    def _choose(self, lang: str) -> None:
        self.lang, self.signed = language(lang[:5]), SignedSheet()

    async def _sign(self) -> None:
        """Sign what is shown and have its PDF made."""
        self._clear()
        async with self._work() as (session, actor):
            period = Period(parse_date(self.from_on, field="from"), parse_date(self.until_on, field="until"))
            made = await issue_statement(session, actor, period, member_id=self._member())
            file = await files.ask_file(session, actor, made.id, self.lang)
            self._fill(made.statement)
            self.signed = signed_sheet(made, file, public_url())

    async def _look(self) -> None:
        """How far the PDF is."""
        if self.signed.state == "queued":
            async with self._work() as (session, actor):
                file = await files.find_file(session, actor, UUID(self.signed.id), self.lang)
                self.signed = with_file(self.signed, file)
            self.tick += 1
