"""What every screen's state shares: its phase, what went wrong and where, and a transaction under its actor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import reflex as rx
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.domain.ledger.errors import translate
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import DomainError, InvalidInput
from app.kit.i18n import t
from app.kit.ids import new_id
from app.web import session as web_session


def sentence(error: DomainError) -> str:
    """The error in the reader's words."""
    return t(error.message_key, **error.params)


class Screen(rx.State, mixin=True):
    """`phase` is loading, ready, empty or error; `problem` stands at `problem_field`, or on top when that is empty."""

    phase: str = "loading"
    problem: str = ""
    problem_field: str = ""
    done: str = ""
    form_key: str = ""

    def _clear(self) -> None:
        self.problem = self.problem_field = self.done = ""

    def _new_form(self) -> None:
        """A fresh idempotency key: what is sent twice from one form is done once."""
        self.form_key = str(new_id())

    def _fail(self, error: DomainError) -> None:
        self.problem, self.problem_field = sentence(error), error.field or ""

    def _refuse(self, error: Exception) -> None:
        known = translate(error) if isinstance(error, DBAPIError) else error
        if isinstance(known, DomainError):
            self._fail(known)
        else:
            self.problem, self.problem_field = t("error.records_unreachable"), ""

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
    async def _reading(self) -> AsyncIterator[tuple[Session, Actor]]:
        """Load the screen: when that fails, the whole screen is in its error phase."""
        before = self.problem, self.problem_field
        self.problem = ""
        async with self._work() as opened:
            yield opened
        if self.problem:
            self.phase = "error"
        else:
            self.problem, self.problem_field = before


def parse_date(text: str, *, field: str) -> date:
    """A date input's value (`2026-11-30`). Raises InvalidInput."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(field, "date") from None
