"""Hints: after a commit, every process hears that something of a group has changed.

A hint carries ids alone and promises nothing: who hears it reads again, with its own rights. A lost one is made good
by the next. It is sent after the commit, on a connection of its own: a NOTIFY inside the writing transaction would make
all commits of the database queue.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextvars import Context
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from app.kit.actor import Actor

CHANNEL = "sanduk_live"
COALESCE_S = 0.1
QUIET = "sanduk_quiet"
"""An execution option: the statement changes nothing that the group sees."""

_WROTE, _TOLD, _ONLY = "sanduk_wrote", "sanduk_told", "sanduk_only"
log = logging.getLogger("sanduk.live")


@dataclass(frozen=True, slots=True)
class Hint:
    """Something changed that is seen in `group_id`, by `person_id` alone when given; without a group, everywhere.

    With `is_of_all`, only on pages that show the whole group's affairs, not on those of each person's own.
    """

    group_id: UUID | None = None
    person_id: UUID | None = None
    is_of_all: bool = False

    def __str__(self) -> str:
        return f"{self.group_id or ''}/{'*' if self.is_of_all else self.person_id or ''}"

    @classmethod
    def parse(cls, text: str) -> "Hint | None":
        """None for a text that is no hint."""
        group, _, person = text.partition("/")
        is_of_all = person == "*"
        try:
            found = cls(UUID(group) if group else None, UUID(person) if person and not is_of_all else None, is_of_all)
        except ValueError:
            return None
        return found if found.group_id or found.person_id else None

    def concerns(self, actor: Actor, *, shows_all: bool) -> bool:
        """Whether a page of the actor's may have changed; `shows_all`: it shows the whole group's affairs."""
        if self.is_of_all and not shows_all:
            return False
        return self.group_id in (None, actor.group_id) and self.person_id in (None, actor.person_id)


class NotingSession(Session):
    """Notes whether it wrote: by a flush, or by a statement that is not `QUIET`."""


@event.listens_for(NotingSession, "after_flush")
def _note_flush(session: Session, _context: object) -> None:
    session.info[_WROTE] = True


@event.listens_for(NotingSession, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.execution_options.get(QUIET):
        state.session.info[_WROTE] = True


def has_written(info: dict) -> bool:
    """Whether the session that `info` belongs to wrote anything."""
    return bool(info.get(_WROTE))


def tell(info: dict, hint: Hint) -> None:
    """Send this hint too, once the session that `info` belongs to has committed."""
    info.setdefault(_TOLD, set()).add(hint)


def tell_only(info: dict, persons: Iterable[UUID]) -> None:
    """What is written changes no person's own pages but these persons'."""
    info.setdefault(_ONLY, set()).update(persons)


def hints_of(info: dict, actor: Actor) -> set[Hint]:
    """What to send after the commit: a write concerns the whole group in which the transaction began."""
    found = set(info.get(_TOLD, ()))
    if info.get(_WROTE) and actor.group_id:
        if _ONLY in info:
            found |= {Hint(actor.group_id, is_of_all=True), *(Hint(actor.group_id, one) for one in info[_ONLY])}
        else:
            found.add(Hint(actor.group_id))
    return found


class Notifier:
    """Sends the hints of one process: the first at once, then at most every 100 ms, each hint once."""

    def __init__(self, send: Callable[[list[str]], Awaitable[None]]) -> None:
        self._send = send
        self._waiting: set[Hint] = set()
        self._task: asyncio.Task[None] | None = None

    def mark(self, hints: set[Hint]) -> None:
        if not hints:
            return
        self._waiting |= hints
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), context=Context())

    async def _run(self) -> None:
        while self._waiting:
            due, self._waiting = self._waiting, set()
            try:
                await self._send(sorted(str(hint) for hint in due))
            except Exception as error:
                log.warning("hints lost: %s", type(error).__name__)
            await asyncio.sleep(COALESCE_S)

    async def close(self) -> None:
        """After the last ones have gone out."""
        if self._task is not None:
            await self._task
