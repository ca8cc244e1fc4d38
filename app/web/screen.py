"""What every screen's state shares: its phase, what went wrong and where, and a transaction under its actor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import reflex as rx
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.domain.ledger.errors import translate
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import DomainError, InvalidInput, NotFound
from app.kit.i18n import t
from app.kit.ids import new_id
from app.web import session as web_session
from app.web.live import hub
from app.web.place import show_place
from app.web.presenters.amounts import amount

PAGE_FIELD = "page"
"""Where a problem stands that the page says itself, in place of its content."""


def sentence(error: DomainError) -> str:
    """The error in the reader's words."""
    words = dict(error.params)
    if "place" in words:
        words["place"] = t(f"account.{words['place']}")
    for name in ("left", "asked", "difference", "most"):
        if f"{name}_minor" in words:
            words[name] = amount(int(words[f"{name}_minor"]), str(words["currency"]))
    return t(error.message_key, **words)


class Screen(rx.State, mixin=True):
    """`phase` is loading, ready, empty, missing or error; `problem` stands at `problem_field`, else on top.

    `_refusal` is the code of what was refused last.
    """

    phase: str = "loading"
    problem: str = ""
    problem_field: str = ""
    done: str = ""
    form_key: str = ""
    _refusal: str = ""

    def __setattr__(self, name: str, value: Any) -> None:
        """An unchanged value is not sent again: a page that is read again sends only what differs."""
        before = vars(self).get(name, self)
        is_same = before is not value or isinstance(value, str | int | None)
        if is_same and name in self.base_vars and type(before) is type(value) and before == value:
            return
        super().__setattr__(name, value)

    def _clear(self) -> None:
        self.problem = self.problem_field = self.done = self._refusal = ""

    def _new_form(self) -> None:
        """A fresh idempotency key: what is sent twice from one form is done once."""
        self.form_key = str(new_id())

    def _fail(self, error: DomainError) -> None:
        self.problem, self.problem_field, self._refusal = sentence(error), error.field or "", error.code

    def _refuse(self, error: Exception) -> None:
        known = translate(error) if isinstance(error, DBAPIError) else error
        if isinstance(known, DomainError):
            self._fail(known)
        else:
            self.problem, self.problem_field, self._refusal = t("error.records_unreachable"), "", ""

    @asynccontextmanager
    async def _refusals(self) -> AsyncIterator[None]:
        """What is refused inside becomes `problem`."""
        try:
            yield
        except (DomainError, SQLAlchemyError, OSError) as error:
            self._refuse(error)

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[tuple[Session, Actor]]:
        """Run a command: when it is refused, everything of its transaction is rolled back."""
        is_open = False
        try:
            async with web_session.transaction(self) as opened:
                is_open = True
                yield opened
        except (DomainError, SQLAlchemyError, OSError) as error:
            if not is_open:
                raise
            self._refuse(error)

    @asynccontextmanager
    async def _reading(self, *, arrives: bool = False) -> AsyncIterator[tuple[Session, Actor]]:
        """Load the screen: when that fails, it is in its error or missing phase and holds nothing that it showed.

        One who arrives is told the place too.
        """
        before = self.problem, self.problem_field, self._refusal
        self.problem = self._refusal = ""
        async with self._work() as opened:
            if arrives:
                await show_place(self, *opened)
            yield opened
        if self.problem:
            problem, refusal = self.problem, self._refusal
            self.reset()
            self.problem, self.problem_field, self._refusal = problem, PAGE_FIELD, refusal
            self.phase = "missing" if refusal == NotFound.code else "error"
        else:
            self.problem, self.problem_field, self._refusal = before

    @asynccontextmanager
    async def _refreshing(self) -> AsyncIterator[tuple[Session, Actor]]:
        """Read the rows of an open page again, and the count of its bell: what a person typed or chose stays.

        What fails changes nothing on the screen, and is tried again when the records were out of reach; what then works
        mends a broken screen.
        """
        was_broken = self.phase in ("error", "missing")
        is_open = False
        try:
            async with web_session.transaction(self) as opened:
                is_open = True
                yield opened
                await show_place(self, *opened)
            if was_broken:
                self.problem = self.problem_field = self._refusal = ""
        except (DomainError, SQLAlchemyError, OSError) as error:
            if not isinstance(error, DomainError):
                hub.postpone(self.router_data)
            if not is_open:
                raise web_session.ReadLater from error


class FormScreen(Screen, mixin=True):
    """`problems` has a place for each field of the form, and each shows its own fault: all at once."""

    problems: dict[str, str] = {}

    def _clear(self) -> None:
        super()._clear()
        self.problems = dict.fromkeys(self.problems, "")

    def _fail(self, error: DomainError) -> None:
        super()._fail(error)
        for fault in (error, *error.others) if isinstance(error, InvalidInput) else (error,):
            place = self._place_of(fault.field or "")
            if self.problems.get(place) == "":
                self.problems |= {place: sentence(fault)}

    def _place_of(self, field: str) -> str:
        """Where the fault of a field is shown: at itself."""
        return field


def parse_id(text: str) -> UUID:
    """An id that came with an address or an event. Raises NotFound: one that is none names nothing."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def parse_number(text: str) -> int:
    """A number of a line or an entry, up to 9 digits. Raises NotFound, as `parse_id`."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise NotFound
    return int(text)


def parse_date(text: str, *, field: str) -> date:
    """A date input's value (`2026-11-30`). Raises InvalidInput."""
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise InvalidInput(field, "date") from None


def parse_time(text: str, *, field: str) -> time:
    """A time input's value (`14:02`). Raises InvalidInput."""
    try:
        return time.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        raise InvalidInput(field, "time") from None
