"""Reports on paper: a table of any length; invoices, a page for each member."""

from datetime import datetime
from typing import Any

from app.domain.reports.programmes import Programmes
from app.domain.reports.report_views import Invoice, Invoices, Report, ReportHead
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.paper.rendering import Paper, currency_name, day, in_words, iso, moment, render
from app.web.paper.tables import Line, Table
from app.web.presenters.amounts import amount, exact
from app.web.presenters.reports import narrowed_words, programmes_table, report_table


def report_paper(report: Report, lang: str) -> Paper:
    """A4, lying where the columns need it."""
    if isinstance(report, Invoices):
        return invoice_paper(report, lang)
    head = report.head
    return _printed(
        report_table(report, lang),
        lang,
        group=head.group_name,
        made_at=head.made_at,
        made=t("paper.made", lang, moment=moment(head.made_at, head.timezone, lang)),
        narrowed=narrowed_words(head, lang),
        all_amounts=t(
            "report.all_amounts", lang, currency_name=currency_name(head.currency, lang), currency=head.currency
        ),
    )


def programmes_paper(found: Programmes, lang: str) -> Paper:
    """Several groups side by side: lying, no sums."""
    return _printed(
        programmes_table(found, lang),
        lang,
        group=t("programmes.title", lang),
        made_at=found.made_at,
        made=t("paper.made", lang, moment=moment(found.made_at, "UTC", lang)),
        narrowed=[],
        all_amounts=t("programmes.note", lang),
    )


def _printed(
    table: Table,
    lang: str,
    *,
    group: str,
    made_at: datetime,
    made: str,
    narrowed: list[tuple[str, str]],
    all_amounts: str,
) -> Paper:
    html = render(
        "report.html",
        lang=lang,
        kind="report",
        title=f"{table.title}, {group}",
        made_iso=iso(made_at),
        group=group,
        name=table.title,
        made=made,
        narrowed=narrowed,
        all_amounts=all_amounts,
        sums=table.sums,
        columns=table.columns,
        widths=_widths(table),
        lines=[table.texts(line, lang) for line in table.lines],
        voids=[line.is_void for line in table.lines],
        totals=table.texts(Line(table.totals), lang) if table.totals else [],
        never_holds=t("paper.never_holds", lang),
    )
    return Paper(table.name, html, ())


def _widths(table: Table) -> list[str]:
    whole = sum(column.width for column in table.columns)
    return [f"{100 * column.width / whole:.2f}%" for column in table.columns]


def invoice_paper(report: Invoices, lang: str) -> Paper:
    """What each member owes and where to pay it, each on a page of her own."""
    head = report.head
    html = render(
        "invoice.html",
        lang=lang,
        kind="invoice",
        title=f"{t('paper.invoice', lang)}, {head.group_name}",
        made_iso=iso(head.made_at),
        group=head.group_name,
        made=t("paper.made", lang, moment=moment(head.made_at, head.timezone, lang)),
        until=t("paper.invoice_until", lang, day=day(head.narrowed.until, lang)) if head.narrowed.until else "",
        place=t(f"pay.{head.way}.place", lang),
        reference=t(f"pay.{head.way}.account", lang),
        pay_to=head.pay_to,
        invoices=[_invoice(one, head, lang) for one in report.rows],
        currency=head.currency,
        never_holds=t("paper.never_holds", lang),
    )
    return Paper(f"{head.group_code}-invoices-{head.today.isoformat()}", html, ())


def _invoice(one: Invoice, head: ReportHead, lang: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "member_no": t("paper.member_no_alone", lang, number=one.member_no),
        "total": amount(one.total_minor, head.currency),
        "words": in_words(one.total_minor, head.currency, lang),
        "lines": [
            {
                "title": line.title,
                "due_on": day(line.due_on, lang),
                "late": t("date.days_late", lang, count=line.days_late) if line.days_late else "",
                "reference": in_fours(line.reference),
                "figure": exact(line.open_minor, head.currency),
            }
            for line in one.lines
        ],
    }
