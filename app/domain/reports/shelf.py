"""Files that the worker prints: asked for by a page, kept sealed for some days. Statements and reports each have one.

A file is of one subject in one language; its row is the place where whoever waits looks how far it is.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from app.domain.groups.store import group_key
from app.domain.reports.views import PrintedFile
from app.kit import jobs
from app.kit.crypto import place, seal, unseal
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound

LOST = timedelta(minutes=10)
"""A file that is still queued after this may be asked for again."""


@dataclass(frozen=True)
class Shelf:
    """`model` has group_id, `subject` (a column of ids), language, state, asked_at, made_at and content.

    `printing` and `forgetting` are jobs, with `group_id`, the subject's id and `language`. The callers have authorised.
    """

    model: type[SQLModel]
    subject: str
    printing: str
    forgetting: str
    kept: timedelta

    async def ask(self, session: Session, group_id: UUID, subject_id: UUID, language: str, **facts: str) -> PrintedFile:
        """Have the file made unless it is there or being made; `facts` are columns of a new row.

        Idempotent: one job, however often and by whomever it is asked for.
        """
        table: Any = self.model
        now = clock_of(session).now()
        key = {"group_id": group_id, self.subject: subject_id, "language": language}
        new = insert(table).values(**key, **facts, state="queued", asked_at=now)
        again = or_(table.state.in_(("failed", "forgotten")), (table.state == "queued") & (table.asked_at < now - LOST))
        asked = new.on_conflict_do_update(
            index_elements=list(key), set_={"state": "queued", "asked_at": now}, where=again
        ).returning(table.state)
        if (await session.execute(asked)).one_or_none():
            await self._defer(session, self.printing, group_id, subject_id, language)
        return await self.find(session, group_id, subject_id, language)

    async def find(self, session: Session, group_id: UUID, subject_id: UUID, language: str) -> PrintedFile:
        """How far it is, without the content, which may be a megabyte. NotFound when nobody has asked for it."""
        table: Any = self.model
        statement = select(table.state, table.asked_at).where(*self._is(group_id, subject_id, language))
        row = (await session.execute(statement)).one_or_none()
        if row is None:
            raise NotFound
        waited = clock_of(session).now() - row.asked_at
        return PrintedFile(subject_id, language, row.state, max(0, int(waited.total_seconds())))

    async def read(self, session: Session, group_id: UUID, subject_id: UUID, language: str) -> bytes:
        """The PDF. NotFound unless it is ready."""
        row: Any = await session.get(self.model, (group_id, subject_id, language))
        if row is None or row.content is None:
            raise NotFound
        return unseal(await group_key(session, group_id), row.content, self._place(group_id, subject_id, language))

    async def is_wanted(self, session: Session, group_id: UUID, subject_id: UUID, language: str) -> bool:
        """Whether the file is still to be made; for the worker, which may get a job twice."""
        row: Any = await session.get(self.model, (group_id, subject_id, language))
        return row is not None and row.state != "ready"

    async def keep(self, session: Session, group_id: UUID, subject_id: UUID, language: str, pdf: bytes) -> None:
        """The file is ready; after `kept` it will be forgotten. For the worker."""
        sealed = seal(await group_key(session, group_id), pdf, self._place(group_id, subject_id, language))
        now = clock_of(session).now()
        await self._change(session, group_id, subject_id, language, state="ready", content=sealed, made_at=now)
        await self._defer(session, self.forgetting, group_id, subject_id, language, after=self.kept)

    async def fail(self, session: Session, group_id: UUID, subject_id: UUID, language: str) -> None:
        """It can't be made for now: whoever waits is told, and may ask again. For the worker."""
        await self._change(session, group_id, subject_id, language, state="failed", content=None)

    async def forget(self, session: Session, group_id: UUID, subject_id: UUID, language: str) -> None:
        """The content goes, unless it was made anew meanwhile; what was signed stays. For the worker."""
        row: Any = await session.get(self.model, (group_id, subject_id, language))
        if row is not None and row.made_at is not None and row.made_at <= clock_of(session).now() - self.kept:
            await self._change(session, group_id, subject_id, language, state="forgotten", content=None)

    def _is(self, group_id: UUID, subject_id: UUID, language: str) -> tuple[Any, ...]:
        table: Any = self.model
        return (table.group_id == group_id, getattr(table, self.subject) == subject_id, table.language == language)

    async def _change(
        self, session: Session, group_id: UUID, subject_id: UUID, language: str, **values: object
    ) -> None:
        await session.execute(update(self.model).where(*self._is(group_id, subject_id, language)).values(**values))

    async def _defer(
        self,
        session: Session,
        name: str,
        group_id: UUID,
        subject_id: UUID,
        language: str,
        after: timedelta | None = None,
    ) -> None:
        at = clock_of(session).now() + after if after else None
        ids = {"group_id": str(group_id), self.subject: str(subject_id), "language": language}
        await jobs.enqueue(session, name, at=at, **ids)

    def _place(self, group_id: UUID, subject_id: UUID, language: str) -> str:
        return place(str(self.model.__tablename__), f"content {language}", group_id, subject_id)
