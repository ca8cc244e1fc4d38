"""A member's statement on paper, and as a table."""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.reports.ports import Attachment
from app.domain.reports.views import MemberStatement, SignedStatement, StatementLine
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.kit.sheets import Cell
from app.web.paper.drawing import qr_image, seal_image
from app.web.paper.rendering import Paper, currency_name, day, in_words, iso, moment, place_of, render
from app.web.presenters.amounts import amount, exact
from app.web.presenters.receipts import fingerprint_in_fours
from app.web.presenters.statements import title_of

ATTACHED = "statement.jws"
WIDTHS = (12, 34, 12, 24, 18, 14, 14, 16, 26)
"""Of the table's columns, in characters."""


@dataclass(frozen=True, slots=True)
class LineOnPaper:
    day: str
    title: str
    note: str
    how: str
    receipt: str
    came_in: str
    went_out: str
    balance: str
    is_void: bool


def statement_paper(signed: SignedStatement, lang: str, public_url: str) -> Paper:
    """Designed for A4, any number of pages; the token is attached."""
    made = signed.statement
    digits = signed.digest.hex()
    period = _period(made, lang)
    who = t("paper.who", lang, name=made.name, number=made.member_no)
    boxes = _boxes(made, lang)
    check_url = f"{public_url}/s/{signed.check_code}"
    place = place_of(public_url, "/s")
    html = render(
        "statement.html",
        lang=lang,
        kind="statement",
        title=t("paper.statement_title", lang, name=made.name, period=period),
        made_iso=iso(signed.made_at),
        group=made.group_name,
        who=who,
        footer=t("paper.check_footer", lang, place=place, code=in_fours(signed.check_code)),
        period=period,
        all_amounts=t(
            "paper.all_amounts", lang, currency_name=currency_name(made.currency, lang), currency=made.currency
        ),
        name=made.name,
        member_no=t("paper.member_no_alone", lang, number=made.member_no),
        made=t("paper.made", lang, moment=moment(signed.made_at, made.timezone, lang)),
        boxes=boxes,
        small_values=max(len(value) for _, value in boxes) < 15,
        words=in_words(made.closing_minor, made.currency, lang),
        currency=made.currency,
        opened=day(made.from_on, lang),
        opening=exact(made.opening_minor, made.currency),
        lines=[_line(line, made.currency, lang) for line in made.lines],
        closed=day(made.until_on, lang),
        total_in=exact(made.in_minor, made.currency),
        total_out=exact(made.out_minor, made.currency),
        closing=exact(made.closing_minor, made.currency),
        qr=qr_image(check_url),
        check_url=check_url,
        check_code=in_fours(signed.check_code),
        place=place,
        drawn_from=t("paper.drawn_from", lang, seq=f"{made.head_seq:,}", count=len(made.lines)),
        fingerprint=fingerprint_in_fours(digits),
        seal=seal_image(digits),
        seal_digits=digits[:12],
        never_holds=t("paper.never_holds", lang),
    )
    token = Attachment(ATTACHED, signed.token.encode(), t("paper.statement", lang))
    return Paper(file_name(made), html, (token,))


def file_name(made: MemberStatement) -> str:
    """Without names, which end in other people's download folders: `statement-2026-01-01-2026-11-21`."""
    return f"statement-{made.from_on.isoformat()}-{made.until_on.isoformat()}"


def _period(made: MemberStatement, lang: str) -> str:
    return t("paper.period", lang, from_day=day(made.from_on, lang), until_day=day(made.until_on, lang))


def _boxes(made: MemberStatement, lang: str) -> list[tuple[str, str]]:
    return [
        (t("paper.before", lang, day=day(made.from_on, lang)), amount(made.opening_minor, made.currency)),
        (t("paper.came_in", lang), f"+\u00a0{amount(made.in_minor, made.currency)}"),
        (t("paper.went_out", lang), f"\u2013\u00a0{amount(made.out_minor, made.currency)}"),
        (t("paper.after", lang, day=day(made.until_on, lang)), amount(made.closing_minor, made.currency)),
    ]


def _line(line: StatementLine, currency: str, lang: str) -> LineOnPaper:
    is_void = line.reversed_by_seq is not None
    return LineOnPaper(
        day=day(line.effective_on, lang),
        title=_title(line, lang),
        note=t("paper.reversed_later", lang, seq=f"{line.reversed_by_seq:,}") if is_void else "",
        how=" ".join(filter(None, (t(f"method.{line.method}", lang) if line.method else "", line.provider_code))),
        receipt=line.receipt_number,
        came_in=exact(line.in_minor, currency) if line.in_minor else "",
        went_out=exact(line.out_minor, currency) if line.out_minor else "",
        balance=exact(line.balance_after_minor, currency),
        is_void=is_void,
    )


def _title(line: StatementLine, lang: str) -> str:
    title = title_of(line, lang)
    if line.reverses_seq is None:
        return title
    return t("paper.correction", lang, seq=f"{line.reverses_seq:,}", title=title)


@dataclass(frozen=True, slots=True)
class StatementTable:
    """`head` is the row of column names."""

    rows: tuple[tuple[Cell, ...], ...]
    head: int


def statement_table(signed: SignedStatement, lang: str, public_url: str) -> StatementTable:
    """The same statement for spreadsheets: what it is, then a row each, amounts as numbers."""
    made = signed.statement
    code = made.currency
    columns = (
        t("paper.date", lang),
        t("paper.what", lang),
        t("sheet.method", lang),
        t("sheet.code", lang),
        t("paper.receipt_column", lang),
        t("paper.in", lang, currency=code),
        t("paper.out", lang, currency=code),
        t("paper.balance", lang, currency=code),
        t("sheet.note", lang),
    )
    about: tuple[tuple[Cell, ...], ...] = (
        (t("sheet.group", lang), made.group_name),
        (t("sheet.member", lang), made.name),
        (t("sheet.member_no", lang), made.member_no),
        (t("sheet.from", lang), made.from_on),
        (t("sheet.until", lang), made.until_on),
        (t("sheet.check", lang), f"{public_url}/s/{signed.check_code}"),
        (),
    )
    opening = (made.from_on, t("sheet.opening", lang), "", "", "", None, None, _number(made, made.opening_minor), "")
    totals = (_number(made, made.in_minor), _number(made, made.out_minor), _number(made, made.closing_minor))
    closing = (made.until_on, t("sheet.closing", lang), "", "", "", *totals, "")
    lines = (_row(made, line, lang) for line in made.lines)
    return StatementTable((*about, columns, opening, *lines, closing), len(about))


def _row(made: MemberStatement, line: StatementLine, lang: str) -> tuple[Cell, ...]:
    on_paper = _line(line, made.currency, lang)
    return (
        line.effective_on,
        on_paper.title,
        t(f"method.{line.method}", lang) if line.method else "",
        line.provider_code,
        line.receipt_number,
        _number(made, line.in_minor) if line.in_minor else None,
        _number(made, line.out_minor) if line.out_minor else None,
        _number(made, line.balance_after_minor),
        on_paper.note,
    )


def _number(made: MemberStatement, minor: int) -> Decimal:
    return Decimal(minor).scaleb(-made.exponent)
