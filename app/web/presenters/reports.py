"""Reports as tables: what each is of, its columns, its lines and its figures."""

from calendar import monthrange
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.domain.ledger.views import BalanceView
from app.domain.reports.programmes import Programme, Programmes
from app.domain.reports.report_views import (
    Balance,
    Bucket,
    Contributions,
    EarnedLine,
    EntryLine,
    FineLine,
    Fines,
    Interest,
    Invoices,
    MemberLine,
    Members,
    Overdue,
    OwedLine,
    Receipts,
    Regions,
    Report,
    ReportHead,
    Transactions,
)
from app.kit.i18n import show_day, t
from app.kit.ids import in_fours
from app.kit.sheets import Cell
from app.web.paper.tables import Column, Kind, Line, Table, money
from app.web.presenters.amounts import amount
from app.web.presenters.dates import zone


def report_table(report: Report, lang: str = "") -> Table:
    """The report in the reader's language, or in `lang`."""
    return _MADE[report.head.kind](report, lang)


def programmes_table(found: Programmes, lang: str = "") -> Table:
    """Groups side by side, each in its currency; nothing is added up."""

    def column(name: str, width: int, kind: Kind = "text") -> Column:
        return Column(t(f"report.column.{name}", lang), width, kind)

    def line(row: Programme) -> Line:
        open_minor = row.asked_minor - row.confirmed_minor - row.waiting_minor
        figures = (row.asked_minor, row.confirmed_minor, row.waiting_minor, open_minor, row.late_minor)
        cells = (row.name, row.code, Decimal(row.members), row.currency)
        return Line((*cells, *(money(minor, row.currency) for minor in figures)), currency=row.currency)

    today = found.made_at.astimezone(zone.get()).date()
    return Table(
        name=f"programmes-{today.isoformat()}",
        title=t("programmes.title", lang),
        currency="",
        about=((t("report.kind", lang), t("programmes.title", lang)), (t("report.as_of", lang), today)),
        columns=(
            column("programme", 30),
            column("code", 9, "code"),
            column("members", 10, "count"),
            column("currency", 10),
            *(column(name, 14, "amount") for name in ("asked", "confirmed", "waiting", "open", "late")),
        ),
        lines=tuple(line(row) for row in found.rows),
    )


class _Maker:
    """The words and figures of one report's table."""

    def __init__(self, head: ReportHead, lang: str) -> None:
        self.head, self.lang, self.currency = head, lang, head.currency

    def t(self, key: str, **params: Any) -> str:
        return t(key, self.lang, **params)

    def column(self, name: str, width: int, kind: Kind = "text") -> Column:
        label = self.t(f"region.{self.head.region_kind}") if name == "region" else self.t(f"report.column.{name}")
        return Column(f"{label} {self.currency}" if kind == "amount" else label, width, kind)

    def money(self, minor: int) -> Decimal:
        return money(minor, self.currency)

    def figure(self, minor: int) -> str:
        return amount(minor, self.currency)

    def table(
        self,
        columns: list[Column],
        lines: list[Line],
        *,
        sums: list[tuple[str, str]] | None = None,
        totals: tuple[Cell, ...] = (),
    ) -> Table:
        head = self.head
        return Table(
            name=f"{head.group_code}-{head.kind}-{head.today.isoformat()}",
            title=self.t(f"report.kind.{head.kind}"),
            currency=self.currency,
            about=(
                (self.t("report.kind"), self.t(f"report.kind.{head.kind}")),
                (self.t("sheet.group"), head.group_name),
                *narrowed_words(head, self.lang),
                (self.t("report.as_of"), head.today),
            ),
            columns=tuple(columns),
            lines=tuple(lines),
            sums=tuple(sums or ()),
            totals=totals,
        )


def narrowed_words(head: ReportHead, lang: str = "") -> list[tuple[str, str]]:
    """What the report leaves out, a pair of words each; nothing for a report of all."""
    by = head.narrowed
    found = [
        ("report.call", head.call_title),
        ("report.member", head.member_name),
        ("report.from", show_day(by.since, lang) if by.since else ""),
        ("report.until", show_day(by.until, lang) if by.until else ""),
        ("report.entry", t(f"entry.{by.entry}", lang) if by.entry else ""),
        ("report.account", t(f"account.{by.account}", lang) if by.account else ""),
        ("report.least", amount(by.least_minor, head.currency) if by.least_minor is not None else ""),
        ("report.most", amount(by.most_minor, head.currency) if by.most_minor is not None else ""),
        ("report.only", t("report.late", lang) if by.is_late else ""),
    ]
    return [(t(key, lang), words) for key, words in found if words]


def _contributions(report: Contributions, lang: str) -> Table:
    make = _Maker(report.head, lang)

    def line(row: MemberLine) -> Line:
        figures = (row.asked_minor, row.confirmed_minor, row.waiting_minor, row.open_minor)
        cells = (row.member_no, row.name, row.region, _of(make, row.paid_dues, row.dues), *map(make.money, figures))
        return Line(cells, f"/member?id={row.member_id}")

    sums = (report.asked_minor, report.confirmed_minor, report.waiting_minor, report.open_minor)
    words = ("asked", "confirmed", "waiting", "open")
    return make.table(
        [
            make.column("number", 10, "code"),
            make.column("member", 26),
            make.column("region", 14),
            make.column("paid_dues", 10),
            *(make.column(word, 14, "amount") for word in words),
        ],
        [line(row) for row in report.rows],
        sums=[(make.t(f"report.column.{word}"), make.figure(minor)) for word, minor in zip(words, sums, strict=True)],
        totals=("", make.t("report.total"), "", "", *map(make.money, sums)),
    )


def _of(make: _Maker, paid: int, dues: int) -> str:
    return make.t("report.paid_of", paid=paid, dues=dues) if dues else ""


def _overdue(report: Overdue, lang: str) -> Table:
    make = _Maker(report.head, lang)
    return make.table(
        [
            make.column("number", 10, "code"),
            make.column("member", 26),
            make.column("region", 14),
            make.column("title", 26),
            make.column("reference", 12, "code"),
            make.column("due_on", 12, "date"),
            make.column("days_late", 9, "count"),
            make.column("open", 14, "amount"),
        ],
        [_owed(make, row) for row in report.rows],
        sums=[
            (make.t("report.column.open"), make.figure(report.open_minor)),
            *((_age(make, one), make.figure(one.open_minor)) for one in report.ages if one.dues),
        ],
        totals=("", make.t("report.total"), "", "", "", None, None, make.money(report.open_minor)),
    )


def _owed(make: _Maker, row: OwedLine) -> Line:
    late = Decimal(row.days_late) if row.days_late else None
    cells = (row.member_no, row.name, row.region, row.title, in_fours(row.reference), row.due_on, late)
    return Line((*cells, make.money(row.open_minor)), f"/member?id={row.member_id}")


def _age(make: _Maker, one: Bucket) -> str:
    if not one.first:
        return make.t("report.age.none")
    if one.last is None:
        return make.t("report.age.over", days=one.first - 1)
    return make.t("report.age", first=one.first, last=one.last)


def _regions(report: Regions, lang: str) -> Table:
    make = _Maker(report.head, lang)
    lines, rows = [], report.rows
    for row in rows:
        share = f"{100 * row.confirmed_minor / row.expected_minor:.0f} %" if row.expected_minor else ""
        figures = (row.expected_minor, row.confirmed_minor, row.waiting_minor)
        cells = (row.region or make.t("region.none"), Decimal(row.members), _of(make, row.paid_dues, row.dues))
        open_minor = row.expected_minor - row.confirmed_minor - row.waiting_minor
        lines.append(Line((f"{row.rank}", *cells, *map(make.money, (*figures, open_minor)), share)))
    sums = [sum(row.expected_minor for row in rows), sum(row.confirmed_minor for row in rows)]
    sums += [sum(row.waiting_minor for row in rows)]
    words = ("asked", "confirmed", "waiting", "open")
    sums += [sums[0] - sums[1] - sums[2]]
    return make.table(
        [
            make.column("rank", 6, "code"),
            make.column("region", 20),
            make.column("members", 9, "count"),
            make.column("paid_dues", 10),
            *(make.column(word, 14, "amount") for word in words),
            make.column("share", 8, "share"),
        ],
        lines,
        sums=[(make.t(f"report.column.{word}"), make.figure(minor)) for word, minor in zip(words, sums, strict=True)],
        totals=(
            "",
            make.t("report.total"),
            Decimal(sum(row.members for row in rows)),
            "",
            *map(make.money, sums),
            "",
        ),
    )


def _transactions(report: Transactions, lang: str) -> Table:
    make = _Maker(report.head, lang)

    def line(found: EntryLine) -> Line:
        entry = found.row.entry
        what = make.t(f"entry.{entry.kind}")
        if entry.reverses_seq is not None:
            what = make.t("report.reverses", seq=f"{entry.reverses_seq:,}")
        came, went = (make.money(minor) if minor else None for minor in (found.in_minor, found.out_minor))
        cells = (
            entry.effective_on,
            f"{entry.seq}",
            what,
            ", ".join(dict.fromkeys(found.row.members)),
            entry.memo or found.row.said,
        )
        receipt = found.row.receipt_number or ""
        return Line((*cells, receipt, came, went), f"/books?entry={entry.seq}", entry.reversed_by_seq is not None)

    sums = (make.figure(report.in_minor), make.figure(report.out_minor))
    return make.table(
        [
            make.column("date", 12, "date"),
            make.column("entry", 8, "code"),
            make.column("kind", 24),
            make.column("members_of", 26),
            make.column("note", 24),
            make.column("receipt", 15, "code"),
            make.column("in", 14, "amount"),
            make.column("out", 14, "amount"),
        ],
        [line(row) for row in report.rows],
        sums=[
            (make.t("report.entries"), f"{report.total:,}"),
            (make.t("report.column.in"), sums[0]),
            (make.t("report.column.out"), sums[1]),
        ],
        totals=(
            None,
            "",
            make.t("report.total"),
            "",
            "",
            "",
            make.money(report.in_minor),
            make.money(report.out_minor),
        ),
    )


def _balance(report: Balance, lang: str) -> Table:
    make = _Maker(report.head, lang)

    def line(row: BalanceView) -> Line:
        sides = (make.money(minor) if minor else None for minor in (row.debit_minor, row.credit_minor))
        name = make.t(f"account.{row.control_code}")
        return Line((row.control_code, name, *sides), f"/reports?what=transactions&account={row.control_code}")

    return make.table(
        [
            make.column("number", 8, "code"),
            make.column("account", 40),
            make.column("debit", 18, "amount"),
            make.column("credit", 18, "amount"),
        ],
        [line(row) for row in report.rows],
        totals=("", make.t("report.total"), make.money(report.debit_minor), make.money(report.credit_minor)),
    )


def _receipts(report: Receipts, lang: str) -> Table:
    make = _Maker(report.head, lang)
    lines = []
    for found in report.rows:
        one = found.receipt
        is_void = one.state == "reversed"
        title = ", ".join(part.title for part in one.lines)
        how = " ".join(filter(None, (make.t(f"method.{one.method}"), one.provider_code or "")))
        cells = (one.paid_on, one.number, found.member_no, found.member_name, title, how)
        state = make.t("report.reversed") if is_void else ""
        lines.append(Line((*cells, make.money(one.amount_minor), state), f"/receipts?id={one.id}", is_void))
    return make.table(
        [
            make.column("date", 12, "date"),
            make.column("receipt", 16, "code"),
            make.column("number", 10, "code"),
            make.column("member", 24),
            make.column("title", 28),
            make.column("how", 20),
            make.column("amount", 14, "amount"),
            make.column("state", 11),
        ],
        lines,
        sums=[
            (make.t("report.count"), f"{report.total:,}"),
            (make.t("report.valid"), make.figure(report.valid_minor)),
            (make.t("report.reversed_count"), f"{report.reversed:,}"),
        ],
        totals=(None, "", "", make.t("report.valid"), "", "", make.money(report.valid_minor), ""),
    )


def _members(report: Members, lang: str) -> Table:
    make = _Maker(report.head, lang)
    lines = []
    for row in report.rows:
        roles = ", ".join(make.t(f"role.{role}") for role in sorted(row.roles))
        cells = (row.member_no, row.name, row.region or "", row.phone or "", row.joined_on, roles, "")
        lines.append(Line(cells, f"/member?id={row.id}"))
    return make.table(
        [
            make.column("number", 10, "code"),
            make.column("member", 28),
            make.column("region", 16),
            make.column("phone", 18),
            make.column("joined", 12, "date"),
            make.column("roles", 20),
            make.column("signature", 20),
        ],
        lines,
        sums=[(make.t("report.column.members"), f"{report.total:,}")],
    )


def _invoices(report: Invoices, lang: str) -> Table:
    make = _Maker(report.head, lang)
    lines = []
    for one in report.rows:
        late = sum(line.open_minor for line in one.lines if line.days_late)
        last = max(line.due_on for line in one.lines)
        cells = (one.member_no, one.name, Decimal(len(one.lines)), make.money(late), last, make.money(one.total_minor))
        lines.append(Line(cells, f"/member?id={one.member_id}"))
    return make.table(
        [
            make.column("number", 10, "code"),
            make.column("member", 28),
            make.column("dues", 8, "count"),
            make.column("late", 14, "amount"),
            make.column("last_due", 12, "date"),
            make.column("total", 14, "amount"),
        ],
        lines,
        sums=[
            (make.t("report.kind.invoices"), f"{report.total:,}"),
            (make.t("report.column.total"), make.figure(report.open_minor)),
        ],
        totals=("", make.t("report.total"), None, None, None, make.money(report.open_minor)),
    )


def _interest(report: Interest, lang: str) -> Table:
    make = _Maker(report.head, lang)

    def line(row: EarnedLine) -> Line:
        last = row.month.replace(day=monthrange(row.month.year, row.month.month)[1])
        figures = (row.interest_minor, row.fees_minor, row.penalties_minor, row.total_minor)
        proof = f"/reports?what=transactions&member={row.member_id}&from={row.month}&until={last}"
        return Line((f"{row.month:%Y-%m}", row.member_no, row.name, *map(make.money, figures)), proof)

    sums = (report.interest_minor, report.fees_minor, report.penalties_minor)
    words = ("interest", "fees", "penalties")
    return make.table(
        [
            make.column("month", 9, "code"),
            make.column("number", 10, "code"),
            make.column("member", 26),
            *(make.column(word, 14, "amount") for word in words),
            make.column("received", 14, "amount"),
        ],
        [line(row) for row in report.rows],
        sums=[(make.t(f"report.column.{word}"), make.figure(minor)) for word, minor in zip(words, sums, strict=True)],
        totals=("", "", make.t("report.total"), *map(make.money, (*sums, sum(sums)))),
    )


def _fines(report: Fines, lang: str) -> Table:
    make = _Maker(report.head, lang)

    def line(row: FineLine) -> Line:
        figures = (row.confirmed_minor, row.waived_minor, row.waiting_minor, row.open_minor)
        shown = (make.money(minor) if minor else None for minor in figures)
        cells = (row.charged_on, row.member_no, row.name, row.title, make.money(row.amount_minor), *shown)
        return Line((*cells, make.t(_fine_state(row))), f"/member?id={row.member_id}", row.is_dropped)

    words = ("asked", "confirmed", "waived", "waiting", "open")
    sums = (report.asked_minor, report.confirmed_minor, report.waived_minor, report.waiting_minor, report.open_minor)
    return make.table(
        [
            make.column("date", 12, "date"),
            make.column("number", 10, "code"),
            make.column("member", 24),
            make.column("title", 26),
            *(make.column(word, 12, "amount") for word in words),
            make.column("state", 11),
        ],
        [line(row) for row in report.rows],
        sums=[(make.t(f"report.column.{word}"), make.figure(minor)) for word, minor in zip(words, sums, strict=True)],
        totals=(None, "", make.t("report.total"), "", *map(make.money, sums), ""),
    )


def _fine_state(row: FineLine) -> str:
    """What became of it, in a word; the figures say what of it."""
    if row.is_dropped:
        return "report.fine_dropped"
    if row.waived_minor:
        return "report.fine_waived"
    if row.open_minor + row.waiting_minor == 0:
        return "report.fine_paid"
    return "report.fine_waiting" if row.open_minor == 0 else "report.fine_open"


_MADE: dict[str, Callable[[Any, str], Table]] = {
    "contributions": _contributions,
    "overdue": _overdue,
    "regions": _regions,
    "transactions": _transactions,
    "balance": _balance,
    "receipts": _receipts,
    "members": _members,
    "invoices": _invoices,
    "interest": _interest,
    "fines": _fines,
}
