"""The handlers of jobs. Each may run twice: it looks first, works without a transaction, and writes in one."""

import asyncio
from uuid import UUID

from app.domain.reports import files, issuing
from app.domain.reports.ports import CannotPrint
from app.kit.actor import Actor
from app.kit.jobs import Handler
from app.web.paper.statements import statement_paper
from app.wiring import Services


class Handlers:
    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._printer = services.printer
        self._public_url = services.settings.public_url.rstrip("/")

    def all(self) -> dict[str, Handler]:
        return {files.PRINT: self.print_statement, files.FORGET: self.forget_statement}

    async def print_statement(self, group_id: str, statement_id: str, language: str) -> None:
        """A statement's PDF. Whoever waits for it is told of a failure at once; a later try may still make it."""
        actor, what = Actor(group_id=UUID(group_id)), (UUID(group_id), UUID(statement_id))
        async with self._database.transaction(actor) as session:
            if not await files.is_wanted(session, *what, language):
                return
            signed = await issuing.draw_again(session, *what)
        try:
            paper = await asyncio.to_thread(statement_paper, signed, language, self._public_url)
            pdf = await self._printer.pdf(paper.html, paper.attachments)
        except CannotPrint:
            async with self._database.transaction(actor) as session:
                await files.fail_file(session, *what, language)
            raise
        async with self._database.transaction(actor) as session:
            await files.keep_file(session, *what, language, pdf)

    async def forget_statement(self, group_id: str, statement_id: str, language: str) -> None:
        async with self._database.transaction(Actor(group_id=UUID(group_id))) as session:
            await files.forget_file(session, UUID(group_id), UUID(statement_id), language)
