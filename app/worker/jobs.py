"""The handlers of jobs. Each may run twice: it looks first, works without a transaction, and writes in one."""

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from app.backup.taking import Source, Target, take_nightly
from app.domain.reports import files, issuing
from app.domain.reports.ports import CannotPrint
from app.kit.actor import Actor
from app.kit.jobs import Handler
from app.web.paper.statements import statement_paper
from app.wiring import Services

BACK_UP = "backup.nightly"
EVERY_HOUR = "17 * * * *"
"""The backup is taken once a night; a machine that slept then catches up at the next look."""

_log = logging.getLogger(__name__)


class Handlers:
    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._printer = services.printer
        self._public_url = services.settings.public_url.rstrip("/")
        self._settings = services.settings

    def all(self) -> dict[str, Handler]:
        return {
            files.PRINT: self.print_statement,
            files.FORGET: self.forget_statement,
            BACK_UP: self.back_up,
        }

    def schedule(self) -> dict[str, str]:
        """What runs by the clock: the backup, where a folder is named for it."""
        return {BACK_UP: EVERY_HOUR} if self._settings.backup_folder else {}

    async def back_up(self, timestamp: int) -> None:  # noqa: ARG002 - procrastinate passes it
        """Once a night; what is older than 30 days goes. Repeating within the night changes nothing."""
        chosen = self._settings
        keys_folder = Path(chosen.backup_keys_folder) if chosen.backup_keys_folder else None
        target = Target(Path(chosen.backup_folder), keys_folder, chosen.backup_recipient)
        mark = chosen.key_folder.parent / "demo"
        start = mark.read_text(encoding="utf-8").strip() if mark.is_file() else ""
        source = Source(chosen.database_admin_url.get_secret_value(), chosen.key_folder, start)
        if made := await asyncio.to_thread(take_nightly, source, target, datetime.now(UTC)):
            _log.warning("backup %s taken", made.folder.name)

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
