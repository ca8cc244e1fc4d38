"""The PDF files of reports: asked for here, printed by the worker.

A file is named after what the report was asked for and where the group's log stood then: as long as nothing happened
and the day is the same, it is the same file.
"""

from datetime import timedelta
from uuid import UUID, uuid5

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.reports.models import ReportFile
from app.domain.reports.report_views import Narrowed
from app.domain.reports.reporting import check_report, head_of
from app.domain.reports.shelf import Shelf
from app.domain.reports.views import PrintedFile
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of

PRINT, FORGET = "print_report", "forget_report"
"""Jobs, with `group_id`, `report_id` and `language`."""
REPORTS = Shelf(ReportFile, "report_id", PRINT, FORGET, timedelta(days=1))


async def ask_report(
    session: Session, actor: Actor, kind: str, narrowed: Narrowed, query: str, language: str
) -> PrintedFile:
    """Have the file of a report made; `query` is how an address says `narrowed`. For those who read the books.

    Idempotent while nothing happens in the group. Raises as `read_report`.
    """
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    check_report(kind, narrowed)
    await head_of(session, acting.group_id, kind, narrowed)
    end = await audit.head(session, acting.group_id)
    today = today_in(acting.timezone, clock_of(session).now())
    report_id = uuid5(acting.group_id, f"{kind}?{query} {end.seq} {today}")
    return await REPORTS.ask(session, acting.group_id, report_id, language, kind=kind, query=query)


async def find_report(session: Session, actor: Actor, report_id: UUID, language: str) -> PrintedFile:
    """How far it is. NotFound when nobody has asked for it."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    return await REPORTS.find(session, acting.group_id, report_id, language)


async def read_report_file(session: Session, actor: Actor, report_id: UUID, language: str) -> tuple[str, bytes]:
    """Its kind and the PDF. NotFound unless it is ready."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    pdf = await REPORTS.read(session, acting.group_id, report_id, language)
    kind, _ = await what_is_asked(session, acting.group_id, report_id, language)
    return kind, pdf


async def what_is_asked(session: Session, group_id: UUID, report_id: UUID, language: str) -> tuple[str, str]:
    """Kind and query of a file that was asked for; for the worker."""
    row = await session.get_one(ReportFile, (group_id, report_id, language))
    return row.kind, row.query
