"""A statement on screen: its balances, its lines, its signed files."""

from dataclasses import dataclass, replace

from app.domain.ledger.recipes import PAID_OUT
from app.domain.reports.views import MemberStatement, PrintedFile, SignedStatement, StatementLine
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.presenters.amounts import amount, exact
from app.web.presenters.dates import day

SHOWN = 200
"""Lines on the screen; the files have all."""


@dataclass(frozen=True)
class StatementRow:
    """`kind` is in, out (a reversal) or void (reversed later); `receipt_id` is empty where there is none."""

    day: str
    title: str
    note: str
    how: str
    receipt: str
    receipt_id: str
    figure: str
    balance: str
    kind: str


@dataclass(frozen=True)
class StatementSheet:
    """What stands over the lines."""

    name: str = ""
    member_no: str = ""
    period: str = ""
    opening_label: str = ""
    opening: str = ""
    came_in: str = ""
    went_out: str = ""
    closing_label: str = ""
    closing: str = ""
    lines: str = ""
    more: str = ""


@dataclass(frozen=True)
class SignedSheet:
    """The signed statement's files and check page; all empty until it is signed. `state` is that of the PDF."""

    id: str = ""
    state: str = ""
    waited: str = ""
    pdf: str = ""
    csv: str = ""
    xlsx: str = ""
    check_code: str = ""
    check_url: str = ""


def statement_sheet(made: MemberStatement) -> StatementSheet:
    def figure(minor: int) -> str:
        return amount(minor, made.currency)

    left = len(made.lines) - SHOWN
    return StatementSheet(
        name=made.name,
        member_no=t("paper.member_no_alone", number=made.member_no),
        period=t("paper.period", from_day=day(made.from_on), until_day=day(made.until_on)),
        opening_label=t("paper.before", day=day(made.from_on)),
        opening=figure(made.opening_minor),
        came_in=f"+\u00a0{figure(made.in_minor)}",
        went_out=f"\u2212\u00a0{figure(made.out_minor)}",
        closing_label=t("paper.after", day=day(made.until_on)),
        closing=figure(made.closing_minor),
        lines=t("statement.lines", count=len(made.lines)),
        more=t("statement.more", count=left) if left > 0 else "",
    )


def statement_row(line: StatementLine, currency: str) -> StatementRow:
    is_void = line.reversed_by_seq is not None
    title = title_of(line)
    if line.reverses_seq is not None:
        title = t("paper.correction", seq=f"{line.reverses_seq:,}", title=title)
    how = [t(f"method.{line.method}") if line.method else "", line.provider_code]
    return StatementRow(
        day=day(line.effective_on),
        title=title,
        note=t("paper.reversed_later", seq=f"{line.reversed_by_seq:,}") if is_void else "",
        how=" ".join(filter(None, how)),
        receipt=line.receipt_number,
        receipt_id=str(line.receipt_id or ""),
        figure=exact(line.in_minor or line.out_minor, currency),
        balance=exact(line.balance_after_minor, currency),
        kind="void" if is_void else "out" if line.out_minor else "in",
    )


def title_of(line: StatementLine, locale: str = "") -> str:
    """What the line is for: of its receipt; of money that went out, its kind; else the number of its entry."""
    if line.kind in PAID_OUT:
        return t(f"entry.{line.kind}", locale)
    return line.title or t("paper.entry_short", locale, seq=f"{line.seq:,}")


def signed_sheet(signed: SignedStatement, file: PrintedFile, public_url: str) -> SignedSheet:
    base = f"/documents/statements/{signed.id}"
    sheet = SignedSheet(
        id=str(signed.id),
        csv=f"{base}.csv?lang={file.language}",
        xlsx=f"{base}.xlsx?lang={file.language}",
        check_code=in_fours(signed.check_code),
        check_url=f"{public_url}/s/{signed.check_code}",
    )
    return with_file(sheet, file)


def with_file(sheet: SignedSheet, file: PrintedFile) -> SignedSheet:
    """The same with the PDF as far as it is."""
    is_ready = file.state == "ready"
    pdf = f"/documents/statements/{file.subject_id}.pdf?lang={file.language}" if is_ready else ""
    return replace(sheet, state=file.state, pdf=pdf, waited=t("statement.waited", seconds=file.waited_s))
