"""The handlers of jobs. Each may run twice: it looks first, works without a transaction, and writes in one."""

import asyncio
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from app.backup.taking import Source, Target, take_nightly
from app.domain.contributions import looking_after
from app.domain.governance import service as governance
from app.domain.groups.access import read_group
from app.domain.ledger import checkpoints
from app.domain.ledger.checkpoint_holding import BadCheckpoint, Claims
from app.domain.ledger.checkpoint_ports import CannotKeep
from app.domain.ledger.checkpoints import PLATFORM
from app.domain.ledger.views import Fault
from app.domain.loans import nightly as loans
from app.domain.reconciliation.bank import staging, taking
from app.domain.reports import files, issuing, proving, report_files, verified
from app.domain.reports.ports import CannotPrint
from app.domain.reports.reporting import draw_report
from app.kit.actor import NOBODY, Actor
from app.kit.jobs import Handler, enqueue
from app.web.paper.reports import report_paper
from app.web.paper.statements import statement_paper
from app.web.report_address import ReportAddress
from app.wiring import Services
from app.worker import outside

LOOK_AFTER_BOOKS, VERIFY_BOOKS, MAKE_CHECKPOINT = "look_after_books", "verify_books", "make_checkpoint"
LOOK_AFTER_LOANS = "look_after_loans"
LOOK_AFTER_DUES, LOOK_AFTER_GROUP = "look_after_dues", "look_after_group"
BACK_UP = "backup.nightly"
EVERY_TEN_MINUTES = "*/10 * * * *"
"""It is looked what is due: a night on which no worker ran is made up for."""
EVERY_HOUR = "17 * * * *"
"""The backup is taken once a night; a machine that slept then catches up at the next look."""

READ_AGAIN = 3600.0
"""Seconds after which the outside place is read again."""
OUTSIDE = "outside"
"""Reason: what lies outside is not our own row of checkpoints."""

_log = logging.getLogger(__name__)


class BooksDontHold(Exception):
    """A group's books, or its audit trail, don't verify. That is recorded, and the job dies of it: staff see it."""


class Handlers:
    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._outside = services.outside
        self._printer = services.printer
        self._public_url = services.settings.public_url.rstrip("/")
        self._settings = services.settings
        self._signer = services.signer
        self._claims: Claims | None = None
        self._gone = 0
        self._unread: CannotKeep | BadCheckpoint | None = None
        self._read_at = -READ_AGAIN

    def all(self) -> dict[str, Handler]:
        return {
            files.PRINT: self.print_statement,
            files.FORGET: self.forget_statement,
            report_files.PRINT: self.print_report,
            report_files.FORGET: self.forget_report,
            staging.READ: self.read_bank_file,
            LOOK_AFTER_BOOKS: self.look_after_books,
            VERIFY_BOOKS: self.verify_books,
            MAKE_CHECKPOINT: self.make_checkpoint,
            LOOK_AFTER_LOANS: self.look_after_loans,
            governance.EXPIRE: self.expire_decision,
            LOOK_AFTER_DUES: self.look_after_dues,
            LOOK_AFTER_GROUP: self.look_after_group,
            BACK_UP: self.back_up,
        }

    def schedule(self) -> dict[str, str]:
        """What runs by the clock, as cron has it, in UTC; the backup where a folder is named for it."""
        backup = {BACK_UP: EVERY_HOUR} if self._settings.backup_folder else {}
        return {LOOK_AFTER_BOOKS: EVERY_TEN_MINUTES, LOOK_AFTER_DUES: EVERY_TEN_MINUTES, **backup}

    async def back_up(self) -> None:
        """Once a night; what is older than 30 days goes. Repeating within the night changes nothing."""
        chosen = self._settings
        keys_folder = Path(chosen.backup_keys_folder) if chosen.backup_keys_folder else None
        target = Target(Path(chosen.backup_folder), keys_folder, chosen.backup_recipient)
        mark = chosen.key_folder.parent / "demo"
        start = mark.read_text(encoding="utf-8").strip() if mark.is_file() else ""
        url = chosen.database_admin_url.get_secret_value()
        source = Source(url, chosen.key_folder, chosen.files_folder, start)
        if made := await asyncio.to_thread(take_nightly, source, target, datetime.now(UTC)):
            _log.warning("backup %s taken", made.folder.name)

    async def look_after_books(self) -> None:
        """Ask for each group's verification after two in its morning, for its loans, and for the day's checkpoint."""
        async with self._database.transaction(NOBODY) as session:
            for group_id in await verified.due_groups(session):
                await enqueue(session, VERIFY_BOOKS, group_id=str(group_id))
            for group_id in await loans.due_groups(session):
                await enqueue(session, LOOK_AFTER_LOANS, group_id=str(group_id))
            if await checkpoints.is_due(session) or await checkpoints.next_waiting(session):
                await enqueue(session, MAKE_CHECKPOINT)

    async def look_after_loans(self, group_id: str) -> None:
        """A group's loans by its own day: penalties, and who is late. Repeating, late or twice, changes nothing."""
        group, looked = UUID(group_id), True
        while looked:
            async with self._database.transaction(Actor(group_id=group)) as session:
                looked = await loans.look_after_loans(session, group) > 0

    async def verify_books(self, group_id: str) -> None:
        """Recompute a group's books and its audit trail; what is found is recorded, once a night.

        The nil UUID is the platform: its audit trail, our own row of checkpoints, and what lies outside.
        """
        group, actor = UUID(group_id), Actor(group_id=UUID(group_id))
        async with self._database.transaction(NOBODY) as session:
            is_due = group in await verified.due_groups(session)
        async with self._database.transaction(actor) as session:
            last = await verified.newest_check(session, group)
        if not is_due and last is not None and last.fault is None:
            return
        claims, unread = await self._read_outside()
        async with self._database.transaction(actor, is_snapshot=True) as session:
            found = await proving.check_books(session, group, claims)
        if group == PLATFORM and found.fault is None and (self._gone or isinstance(unread, BadCheckpoint)):
            found = replace(found, fault=Fault(self._gone or 1, OUTSIDE))
        async with self._database.transaction(actor) as session:
            await verified.record_check(session, group, found)
        if found.fault:
            msg = f"{found.fault.place} {found.fault.seq}: {found.fault.reason}"
            raise BooksDontHold(msg) from unread
        if group == PLATFORM and unread is not None:
            raise unread

    async def _read_outside(self) -> tuple[Claims | None, CannotKeep | BadCheckpoint | None]:
        """What lies outside, read once an hour for the jobs of a night; or why it can't be used."""
        if self._outside is None:
            return None, None
        if time.monotonic() - self._read_at > READ_AGAIN:
            self._claims, self._gone, self._unread = None, 0, None
            try:
                self._claims, self._gone = await outside.read_newest(self._database, self._outside, self._signer)
            except (CannotKeep, BadCheckpoint) as error:
                _log.warning("the outside place can't be held against the books: %s", error)
                self._unread = error
            self._read_at = time.monotonic()
        return self._claims, self._unread

    async def make_checkpoint(self) -> None:
        """The day's checkpoint, and whatever is not outside yet: oldest first, the list of heads before its note.

        Nothing is signed over books that are not what an earlier checkpoint, ours or outside, says of them.
        """
        self._read_at = -READ_AGAIN
        claims, unread = await self._read_outside()
        if isinstance(unread, BadCheckpoint):
            raise unread
        goes_out = self._outside is not None
        async with self._database.transaction(NOBODY) as session:
            await checkpoints.make_checkpoint(session, goes_out=goes_out, is_due_only=True, claims=claims)
        if self._outside is not None:
            await outside.put_waiting(self._database, self._outside)

    async def expire_decision(self, group_id: str, proposal_id: str) -> None:
        """What nobody signed in time lapses; what was decided meanwhile stays as it is."""
        async with self._database.transaction(Actor(group_id=UUID(group_id))) as session:
            await governance.expire_decision(session, UUID(group_id), UUID(proposal_id))

    async def print_statement(self, group_id: str, statement_id: str, language: str) -> None:
        """A statement's PDF. Whoever waits for it is told of a failure at once; a later try may still make it."""
        actor, what = Actor(group_id=UUID(group_id)), (UUID(group_id), UUID(statement_id))
        async with self._database.transaction(actor) as session:
            if not await files.STATEMENTS.is_wanted(session, *what, language):
                return
            signed = await issuing.draw_again(session, *what)
        try:
            paper = await asyncio.to_thread(statement_paper, signed, language, self._public_url)
            pdf = await self._printer.pdf(paper.html, paper.attachments)
        except CannotPrint:
            async with self._database.transaction(actor) as session:
                await files.STATEMENTS.fail(session, *what, language)
            raise
        async with self._database.transaction(actor) as session:
            await files.STATEMENTS.keep(session, *what, language, pdf)

    async def forget_statement(self, group_id: str, statement_id: str, language: str) -> None:
        async with self._database.transaction(Actor(group_id=UUID(group_id))) as session:
            await files.STATEMENTS.forget(session, UUID(group_id), UUID(statement_id), language)

    async def look_after_dues(self) -> None:
        """Ask for each group's look at its dues, once on each of its days; a day that was missed is made up for."""
        async with self._database.transaction(NOBODY) as session:
            for group_id in await looking_after.unseen_groups(session):
                await enqueue(session, LOOK_AFTER_GROUP, group_id=str(group_id))

    async def look_after_group(self, group_id: str) -> None:
        """Fines of what is late, reminders of what is open."""
        async with self._database.transaction(Actor(group_id=UUID(group_id))) as session:
            await looking_after.look_after_dues(session, UUID(group_id))

    async def print_report(self, group_id: str, report_id: str, language: str) -> None:
        """A report's PDF, of the records as they are now; otherwise as `print_statement`."""
        actor, what = Actor(group_id=UUID(group_id)), (UUID(group_id), UUID(report_id))
        async with self._database.transaction(actor, is_snapshot=True) as session:
            if not await report_files.REPORTS.is_wanted(session, *what, language):
                return
            kind, query = await report_files.what_is_asked(session, *what, language)
            group = await read_group(session, what[0])
            wanted = ReportAddress.parse(query).narrowed(group.currency)
            drawn = await draw_report(session, what[0], kind, wanted)
        try:
            paper = await asyncio.to_thread(report_paper, drawn, language)
            pdf = await self._printer.pdf(paper.html, paper.attachments)
        except CannotPrint:
            async with self._database.transaction(actor) as session:
                await report_files.REPORTS.fail(session, *what, language)
            raise
        async with self._database.transaction(actor) as session:
            await report_files.REPORTS.keep(session, *what, language, pdf)

    async def forget_report(self, group_id: str, report_id: str, language: str) -> None:
        async with self._database.transaction(Actor(group_id=UUID(group_id))) as session:
            await report_files.REPORTS.forget(session, UUID(group_id), UUID(report_id), language)

    async def read_bank_file(self, group_id: str, file_id: str) -> None:
        """A bank's statement into lines; what can't be taken is told where it waits."""
        await taking.read_bank_file(self._database, UUID(group_id), UUID(file_id))
